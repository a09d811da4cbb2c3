/* SPDX-License-Identifier: Apache-2.0 */
/* Families of relations between header fields: which there are, who uses them, and the names
 * that analysts give them. */

#include "base/clock.h"
#include "server/body.h"
#include "server/internal.h"
#include "store/families.h"

int route_families(struct ask *ask, struct nj_err *err)
{
    const struct query *query = ask->query;
    struct answer_rows rows;
    struct row_sink sink;

    answer_rows_init(&rows, ask->answer, query->offset, query->limit);
    sink = answer_rows_sink(&rows);
    return answer_rows_finish(
        &rows, store_families(ask->store, NULL, query->offset + query->limit + 1, &sink, err),
        err);
}

static void answer_unknown(struct ask *ask)
{
    answer_error(ask->answer, 404, "the store tells of no such family");
}

int route_family(struct ask *ask, struct nj_err *err)
{
    json_t *object;
    int rc = store_family(ask->store, ask->query->relation, &object, err);

    if (rc == STORE_UNKNOWN) {
        answer_unknown(ask);
        return 0;
    }
    if (rc < 0)
        return -1;
    rc = answer_object(ask->answer, object, err);
    json_decref(object);
    return rc;
}

static int answer_name(struct ask *ask, const char *name, struct nj_err *err)
{
    json_t *object = json_pack("{ss ss*}", "family", ask->query->relation, "name",
                               name[0] == '\0' ? NULL : name);
    int rc = object == NULL ? nj_fail(err, NJ_NOMEM, "no memory for the answer")
                            : answer_object(ask->answer, object, err);

    json_decref(object);
    return rc;
}

int route_family_name(struct ask *ask, struct nj_err *err)
{
    const char *name;
    json_t *body;
    int rc;

    if (body_object(ask, &body, err) < 0)
        return -1;
    rc = body_text(body, "name", FAMILY_NAME_BYTES_MAX, &name, err);
    if (rc == 0 && name == NULL)
        rc = nj_fail(err, NJ_CONFIG, "the body: expected \"name\" (\"\" takes it back)");
    if (rc == 0)
        rc = store_name_family(ask->store, ask->query->relation, name, nj_wall_us(), err);
    if (rc == STORE_UNKNOWN) {
        answer_unknown(ask);
        rc = 0;
    } else if (rc == 0) {
        rc = answer_name(ask, name, err);
    }
    json_decref(body);
    return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Rankings, rows, and all that is known of one address or port: the same questions as the
 * commands ask, so that the answers are the same. */
#include <string.h>

#include "about/about.h"
#include "server/internal.h"

/* One more than is shown says whether there is a next page. */
static unsigned rows_wanted(const struct query *query)
{
    return query->offset + query->limit + 1;
}

/* ---- rankings and rows ---- */

struct naming {
    struct server *server;
    char name[128];
};

static const char *as_name(void *ctx, uint32_t asn)
{
    struct naming *naming = ctx;

    lookup_as_name(naming->server, asn, naming->name, sizeof(naming->name));
    return naming->name;
}

/* "left_out": {"backscatter": 12, ...}: sessions of the classes that do not count here. */
static int left_out_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    json_t *left_out = ctx;

    char name[32];

    (void)count;
    (void)snprintf(name, sizeof(name), "%.*s", (int)cells[0].length,
                   cells[0].kind == CELL_TEXT ? cells[0].text : "");
    if (json_object_set_new(left_out, name, json_integer(cells[1].number)) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for the answer");
    return 0;
}

static int add_left_out(struct ask *ask, const struct store_scope *scope, struct nj_err *err)
{
    json_t *left_out = json_object();
    const struct row_sink sink = {.row = left_out_row, .ctx = left_out};
    int rc;

    if (left_out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the answer");
    rc = store_left_out(ask->store, scope, &sink, err);
    if (rc == 0) {
        text_add_z(&ask->answer->body, ",\"left_out\":");
        text_json_value(&ask->answer->body, left_out, false, 0);
    }
    json_decref(left_out);
    return rc;
}

int route_top(struct ask *ask, struct nj_err *err)
{
    const struct query *query = ask->query;
    struct naming naming = {.server = ask->server};
    struct top_question question = {
        .field = query->field,
        .scope = query_scope(query),
        .by = query->by,
        .limit = query->by == PERIOD_NONE ? rows_wanted(query) : query->limit,
        .as_name = as_name,
        .as_ctx = &naming,
        .service = ports_service_for,
        .service_ctx = ask->server->options.ports,
    };
    struct answer_rows rows;
    struct row_sink sink;
    int rc;

    if (query->by != PERIOD_NONE && query->offset > 0)
        return nj_fail(err, NJ_CONFIG, "offset does not go with by: limit is of each period");
    answer_rows_init(&rows, ask->answer, query->offset,
                     query->by == PERIOD_NONE ? query->limit : UINT32_MAX);
    sink = answer_rows_sink(&rows);
    rc = store_top(ask->store, &question, &sink, err);
    if (rc == 0)
        rc = answer_rows_close(&rows, err);
    if (rc == 0)
        rc = add_left_out(ask, &question.scope, err);
    if (rc == 0)
        rc = answer_rows_end(&rows, err);
    answer_rows_done(&rows);
    return rc;
}

int route_visits(struct ask *ask, struct nj_err *err)
{
    const struct query *query = ask->query;
    const struct store_scope scope = query_scope(query);
    struct answer_rows rows;
    struct row_sink sink;

    answer_rows_init(&rows, ask->answer, query->offset, query->limit);
    sink = answer_rows_sink(&rows);
    return answer_rows_finish(
        &rows, store_visits(ask->store, &scope, rows_wanted(query), &sink, err), err);
}

int route_timeline(struct ask *ask, struct nj_err *err)
{
    const struct query *query = ask->query;
    struct store_scope scope = query_scope(query);
    struct answer_rows rows;
    struct row_sink sink;

    if (query->source_count == 0)
        return nj_fail(err, NJ_CONFIG, "sources: expected one to 100 addresses");
    answer_rows_init(&rows, ask->answer, 0, UINT32_MAX);
    sink = answer_rows_sink(&rows);
    return answer_rows_finish(
        &rows,
        store_timeline(ask->store, query->sources, query->source_count, &scope,
                       query->by == PERIOD_NONE ? PERIOD_DAY : query->by, &sink, err),
        err);
}

/* ---- objects ---- */

int route_source(struct ask *ask, struct nj_err *err)
{
    struct place_detail detail;
    json_t *object = NULL;
    int rc;

    lookup_detail(ask->server, ask->query->address, &detail);
    rc = about_source(ask->store, ask->query->address, &detail, &object, err);
    if (rc == STORE_UNKNOWN) {
        answer_error(ask->answer, 404, "the store holds nothing from this address");
        return 0;
    }
    if (rc == 0)
        rc = answer_object(ask->answer, object, err);
    json_decref(object);
    return rc;
}

int route_port(struct ask *ask, struct nj_err *err)
{
    const struct store_scope scope = query_scope(ask->query);
    json_t *object = NULL;
    int rc = about_port(ask->store, ask->server->options.ports, ask->query->port,
                        ask->query->proto, &scope, &object, err);

    if (rc == 0)
        rc = answer_object(ask->answer, object, err);
    json_decref(object);
    return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* All that the store knows of one address, as a JSON object. */
#include <stdarg.h>
#include <string.h>

#include "store/derived_ask.h"
#include "store/derived_internal.h"
#include "store/families.h"
#include "store/ledger.h"
#include "store/named.h"
#include "store/rows.h"

/* [{"name": "scan", "sessions": 5}, ...] as {"scan": 5, ...}, or ["scan", ...]. */
static json_t *as_object(json_t *rows)
{
    json_t *object = json_object();
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));

        (void)json_object_set(object, name == NULL ? "unknown" : name,
                              json_object_get(row, "sessions"));
    }
    json_decref(rows);
    return object;
}

/* What the questions below need of the rows of one source, so that the segments are read once:
 * its traits, then its visits. A statement that makes a table takes no bound values; the
 * address is of our own writing. */
/* No condition on other columns: ports stand on the first row of a source and day. */
#define ABOUT_LEDGERS                                                                          \
    "CREATE OR REPLACE TEMP TABLE about AS SELECT sensor, class, rule, proto, dport, day,"     \
    " first, last, sessions, packets, sport_min, sport_max, sports, exact, stack, tool"        \
    " FROM ledgers(['%s'::UUID])"

#define ABOUT_VISITS                                                                           \
    "CREATE OR REPLACE TEMP TABLE about AS SELECT sensor, class, rule, proto, dport, day,"     \
    " ts AS first, ts + to_microseconds(duration_us) AS last, sessions, packets, sport_min,"   \
    " sport_max, sports, sessions <= len(sports) AS exact, stack, tool"                        \
    " FROM visits WHERE %s AND day IN (%s)"

#define SAID                                                                                   \
    "CREATE OR REPLACE TEMP TABLE said AS SELECT src, kind, value, bits, packets, ts FROM "    \
    "traits"                                                                                   \
    " WHERE %s AND day IN (%s) AND value IS NOT NULL"

/* A trait is of a packet of the visit, or of its end, which may be noticed a day later. */
static const char trait_days[] =
    "SELECT unnest(generate_series(day, last::DATE + 1, INTERVAL 1 DAY)) FROM about";

/* The questions about one source; every class counts. */

static const struct {
    const char *name;
    const char *sql;
    enum { AS_ARRAY, AS_OBJECT } shape;
} parts[] = {
    {"ports",
     "SELECT dport AS port, CASE proto WHEN 1 THEN 'icmp' WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp'"
     " WHEN 58 THEN 'icmpv6' WHEN 132 THEN 'sctp' ELSE proto::VARCHAR END AS proto,"
     " sum(sessions)::BIGINT AS sessions FROM about"
     " GROUP BY dport, about.proto ORDER BY sessions DESC, port, proto",
     AS_ARRAY},
    /* port 0 alone is of logs that tell none, or of protocols without ports */
    {"source_ports",
     "SELECT CASE WHEN max > 0 THEN min END AS min, nullif(max, 0) AS max,"
     " CASE WHEN max > 0 THEN (SELECT count(DISTINCT p)"
     " FROM (SELECT unnest(sports) AS p FROM about)) ELSE 0 END AS distinct, exact"
     " FROM (SELECT min(sport_min) FILTER (sessions > 0) AS min,"
     " max(sport_max) FILTER (sessions > 0) AS max, bool_and(exact) AS exact FROM about)",
     AS_ARRAY},
    {"classes",
     "SELECT class AS name, sum(sessions)::BIGINT AS sessions FROM about"
     " GROUP BY class ORDER BY sessions DESC, name",
     AS_OBJECT},
    {"rules",
     "SELECT rule AS name, sum(sessions)::BIGINT AS sessions FROM about"
     " GROUP BY rule ORDER BY sessions DESC, name LIMIT 20",
     AS_OBJECT},
    {"tools",
     "SELECT coalesce(tool, (SELECT arg_max(value, ts) FROM said WHERE kind = 'tool')) AS name,"
     " sum(sessions)::BIGINT AS sessions FROM about GROUP BY 1 ORDER BY sessions DESC, name",
     AS_OBJECT},
    {"stacks",
     "SELECT stack, sum(sessions)::BIGINT AS sessions FROM about"
     " WHERE stack IS NOT NULL GROUP BY stack ORDER BY sessions DESC, stack",
     AS_ARRAY},
    {"sensors",
     "SELECT sensor AS name, sum(sessions)::BIGINT AS sessions FROM about"
     " GROUP BY sensor ORDER BY sessions DESC, name",
     AS_OBJECT},
    {"traits",
     /* a new run is told in slightly other numbers: of each kind the best founded */
     "SELECT kind, value, bits, packets, first, last FROM ("
     " SELECT kind, value, max(bits)::DOUBLE AS bits, max(packets)::BIGINT AS packets,"
     " min(ts) AS first, max(ts) AS last FROM said"
     /* these have questions of their own */
     " WHERE kind NOT IN ('tool', 'relation', 'family', 'app') GROUP BY kind, value)"
     " QUALIFY row_number() OVER (PARTITION BY kind ORDER BY packets DESC, bits DESC,"
     " last DESC, value) <= 3 ORDER BY kind, last DESC, value",
     AS_ARRAY},
};

/* @return 0; -1 */
__attribute__((format(printf, 3, 4))) static int run(struct store *store, struct nj_err *err,
                                                     const char *format, ...)
{
    va_list values;
    char *sql;
    int rc;

    va_start(values, format);
    rc = vasprintf(&sql, format, values);
    va_end(values);
    if (rc < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    rc = duck_exec(store->duck, err, sql);
    free(sql);
    return rc;
}

/* The condition on a row to be of the source, taken; NULL with *err. */
static char *of_source(struct addr source, struct nj_err *err)
{
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);

    if (out != NULL)
        named_where(&source, 1, out);
    if (out != NULL && fclose(out) == 0)
        return sql;
    free(sql);
    (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
    return NULL;
}

/* From ledgers, or from the visits of its days where there are none. @return 0; STORE_UNKNOWN;
 * -1 */
static int gather_about(struct store *store, struct addr source, const char *where,
                        struct nj_err *err)
{
    char text[ADDR_TEXT_MAX], *days;
    int rc = STORE_UNKNOWN;

    if (ledger_whole(store) && !named_nets(&source, 1))
        return run(store, err, ABOUT_LEDGERS, uuid_text(source, text));
    if (named_days(store, &source, 1, &days, err) < 0)
        return -1;
    if (days[0] != '\0')
        rc = run(store, err, ABOUT_VISITS, where, days);
    free(days);
    return rc;
}

/* @return 0; STORE_UNKNOWN; -1 */
static int gather_said(struct store *store, const char *where, struct nj_err *err)
{
    char *days;
    int rc = STORE_UNKNOWN;

    if (rows_dates(store, trait_days, &days, err) < 0)
        return -1;
    if (days[0] != '\0')
        rc = run(store, err, SAID, where, days);
    free(days);
    return rc;
}

/* @return 0; STORE_UNKNOWN; -1 */
static int gather(struct store *store, struct addr source, struct nj_err *err)
{
    char *where = of_source(source, err);
    int rc = where == NULL ? -1 : gather_about(store, source, where, err);

    if (rc == 0)
        rc = gather_said(store, where, err);
    free(where);
    return rc;
}

/* The words of families are read from all files, so they are asked for only where there is a
 * relation. */
static int add_relations(struct store *store, json_t *object, struct nj_err *err)
{
    json_t *any =
        rows_json(store, "SELECT 1 FROM said WHERE kind = 'relation' LIMIT 1", NULL, 0, err);
    size_t count = json_array_size(any);

    if (any == NULL)
        return -1;
    json_decref(any);
    if (count > 0)
        return families_about(store, object, err);
    (void)json_object_set_new(object, "relations", json_array());
    return 0;
}

int store_source(struct store *store, struct addr source, json_t **ret, struct nj_err *err)
{
    json_t *object, *rows;
    int rc = gather(store, source, err);

    if (rc != 0)
        return rc;
    rows = rows_json(
        store,
        "SELECT min(first) AS first, max(last) AS last,"
        " sum(sessions)::BIGINT AS sessions, sum(packets)::BIGINT AS packets FROM about"
        " HAVING count(*) > 0",
        NULL, 0, err);
    if (rows == NULL)
        return -1;
    if (rows_only(rows, &object) == STORE_UNKNOWN)
        return STORE_UNKNOWN;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        rows = rows_json(store, parts[i].sql, NULL, 0, err);
        if (rows == NULL) {
            json_decref(object);
            return -1;
        }
        if (strcmp(parts[i].name, "source_ports") == 0) { /* one row: the object itself */
            json_t *first = json_incref(json_array_get(rows, 0));

            json_decref(rows);
            rows = first;
        }
        (void)json_object_set_new(object, parts[i].name,
                                  parts[i].shape == AS_OBJECT ? as_object(rows) : rows);
    }
    if (add_relations(store, object, err) < 0 ||
        derived_about(store, source, object, err) < 0) {
        json_decref(object);
        return -1;
    }
    *ret = object;
    return 0;
}

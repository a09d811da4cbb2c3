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
    {"source_ports",
     "SELECT min(sport_min) FILTER (sessions > 0) AS min,"
     " max(sport_max) FILTER (sessions > 0) AS max,"
     " (SELECT count(DISTINCT p) FROM (SELECT unnest(sports) AS p FROM about)) AS distinct,"
     " bool_and(exact) AS exact FROM about",
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
static int add_relations(struct store *store, struct addr source, json_t *object,
                         struct nj_err *err)
{
    json_t *any =
        rows_json(store, "SELECT 1 FROM said WHERE kind = 'relation' LIMIT 1", NULL, 0, err);
    size_t count = json_array_size(any);

    if (any == NULL)
        return -1;
    json_decref(any);
    if (count > 0)
        return families_about(store, source, object, err);
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
    if (add_relations(store, source, object, err) < 0 ||
        derived_about(store, source, object, err) < 0) {
        json_decref(object);
        return -1;
    }
    *ret = object;
    return 0;
}

/* ---- status
 * ------------------------------------------------------------------------------------- */

static json_t *column_json(sqlite3_stmt *stmt, int i)
{
    switch (sqlite3_column_type(stmt, i)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(stmt, i));
    case SQLITE_FLOAT:
        return json_real(sqlite3_column_double(stmt, i));
    case SQLITE_NULL:
        return json_null();
    default:
        return json_string((const char *)sqlite3_column_text(stmt, i));
    }
}

static json_t *catalog_rows(struct store *store, const char *sql, struct nj_err *err)
{
    json_t *array = json_array();
    sqlite3_stmt *stmt;
    int rc;

    if (catalog_prepare(store, sql, &stmt, err) < 0) {
        json_decref(array);
        return NULL;
    }
    while ((rc = catalog_next(store, stmt, err)) > 0) {
        json_t *object = json_object();

        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            const char *name = sqlite3_column_name(stmt, i);

            (void)json_object_set_new(object, name,
                                      strcmp(name, "complete") == 0 /* SQLite has no booleans */
                                          ? json_boolean(sqlite3_column_int(stmt, i))
                                          : column_json(stmt, i));
        }
        (void)json_array_append_new(array, object);
    }
    (void)sqlite3_finalize(stmt);
    if (rc < 0) {
        json_decref(array);
        return NULL;
    }
    return array;
}

int store_status(struct store *store, json_t **ret, struct nj_err *err)
{
    static const struct {
        const char *name;
        const char *sql;
    } asked[] = {
        {"inputs",
         "SELECT name, sensor, format, packets, sessions, visits, truncated, malformed,"
         " unsupported, refused,"
         " CASE WHEN first_us = 0 THEN NULL ELSE strftime('%Y-%m-%dT%H:%M:%SZ',"
         " first_us / 1000000, 'unixepoch') END AS first,"
         " CASE WHEN last_us = 0 THEN NULL ELSE strftime('%Y-%m-%dT%H:%M:%SZ',"
         " last_us / 1000000, 'unixepoch') END AS last, complete, note FROM input ORDER BY id"},
        {"segments",
         "SELECT CASE kind WHEN 0 THEN 'visits' WHEN 1 THEN 'traits' WHEN 2 THEN 'counts'"
         " WHEN 3 THEN 'sources' WHEN 4 THEN 'samples' WHEN 5 THEN 'old ledgers'"
         " ELSE 'ledgers' END AS kind, count(*) AS segments, sum(row_count) AS rows,"
         " sum(size) AS bytes, count(DISTINCT day) AS days, date(min(day) * 86400, 'unixepoch')"
         " AS first_day, date(max(day) * 86400, 'unixepoch') AS last_day"
         " FROM segment WHERE retired_at IS NULL GROUP BY segment.kind ORDER BY segment.kind"},
        {"facts", "SELECT name, value FROM fact ORDER BY name"},
        {"derived",
         "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', m.position_us / 1000000, 'unixepoch') AS until,"
         " (SELECT count(*) FROM episode) AS episodes,"
         " (SELECT count(*) FROM link WHERE state = 1) AS links,"
         " (SELECT count(*) FROM link WHERE state = 1 AND kind = 2) AS hops,"
         " (SELECT count(*) FROM link WHERE state = 0) AS tentative,"
         " (SELECT count(*) FROM actor WHERE merged_into IS NULL) AS actors,"
         " (SELECT count(*) FROM score) AS suspects, (SELECT count(*) FROM event) AS events,"
         " (SELECT count(*) FROM checkpoint) AS checkpoints FROM derive_mark m"
         " WHERE m.position_us > -9223372036854775807"},
        {"derived_figures", "SELECT name, round(value, 6) AS value FROM derive_figure"},
    };
    json_t *object = json_object();

    (void)json_object_set_new(object, "store", json_string(store->dir));
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        struct nj_err ignored;
        json_t *rows;

        /* a store of the first version has nothing derived */
        if (strncmp(asked[i].name, "derived", 7) == 0 && derived_present(store, &ignored) < 0)
            continue;
        rows = catalog_rows(store, asked[i].sql, err);

        if (rows == NULL) {
            json_decref(object);
            return -1;
        }
        (void)json_object_set_new(object, asked[i].name, rows);
    }
    *ret = object;
    return 0;
}

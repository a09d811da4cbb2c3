/* SPDX-License-Identifier: Apache-2.0 */
#include "store/weeks.h"

#include <string.h>

#include "store/joined.h"
#include "store/rows.h"
#include "store/scope.h"

const char *const unit_names[UNITS] = {
    [UNIT_SOURCES] = "sources",
    [UNIT_ACTORS] = "actors",
    [UNIT_SESSIONS] = "sessions",
};

/* Actors of a cell, from rows of one source, port and week each: sources of none are distinct
 * already, so only the others need to be told apart. */
#define ACTORS "count(*) FILTER (NOT joint) + count(DISTINCT who) FILTER (joint)"

/* How cells count. */
static const char *const unit_sql[UNITS] = {
    [UNIT_SOURCES] = "count(*)",
    [UNIT_ACTORS] = ACTORS,
    [UNIT_SESSIONS] = "sum(n)::BIGINT",
};
/* And over several ports. */
static const char *const unit_total_sql[UNITS] = {
    [UNIT_SOURCES] = "count(DISTINCT src)",
    [UNIT_ACTORS] = "count(DISTINCT who)",
    [UNIT_SESSIONS] = "sum(n)::BIGINT",
};

/* Rows of one source, port and week each, with the country of most of its days there, and the
 * actor: the address that stands for it, the source itself if it has none. */
static const char rows_sql[] =
    "SELECT r.*, coalesce(j.who, r.src) AS who, j.who IS NOT NULL AS joint FROM"
    " (SELECT date_trunc('week', day)::DATE AS week, src, proto, dport,"
    " coalesce(max(country), '?') AS country, max(asn) AS asn,"
    " sum(sessions)::BIGINT AS n FROM %s WHERE %s"
    " AND (%u >> (isodow(day)::INTEGER - 1)) & 1 = 1 GROUP BY ALL) r"
    " LEFT JOIN joined j USING (src)";
/* The same where no source has an actor. */
static const char rows_alone_sql[] =
    "SELECT date_trunc('week', day)::DATE AS week, src, proto, dport,"
    " coalesce(max(country), '?') AS country, max(asn) AS asn,"
    " sum(sessions)::BIGINT AS n, src AS who, false AS joint FROM %s WHERE %s"
    " AND (%u >> (isodow(day)::INTEGER - 1)) & 1 = 1 GROUP BY ALL";

/* What the rows are used for twice: u, a source's week in a country; f, the sources that ask
 * for too many ports to ask for any. */
static const char sums_sql[] =
    "CREATE OR REPLACE TEMP TABLE week_sums AS SELECT week, country, src,"
    " any_value(who) AS who, sum(n)::BIGINT AS n, count(*) AS ports FROM week_rows GROUP BY"
    " week, country, src; CREATE OR REPLACE TEMP TABLE week_sweepers AS SELECT week, src FROM"
    " week_sums GROUP BY week, src HAVING sum(ports) > %u";

static const char drop_sql[] = "DROP TABLE IF EXISTS week_rows; DROP TABLE IF EXISTS week_sums;"
                               " DROP TABLE IF EXISTS week_sweepers;"
                               " " JOINED_DROP;

/* Make the tables week_rows, week_sums and week_sweepers, of the scope's time. They live until
 * store_weeks_end. */
static int make_tables(struct store *store, const struct weeks_question *question,
                       struct nj_err *err)
{
    struct scope scope;
    char *select = NULL, *create = NULL, *sums = NULL;
    bool joined;
    int rc;

    if (joined_make(store, &joined, err) < 0 ||
        scope_compile(store, &question->scope, &scope, err) < 0)
        return -1;
    if (asprintf(&select, joined ? rows_sql : rows_alone_sql,
                 scope.view == VIEW_VISITS ? "visits" : "sources", scope.sql,
                 question->weekdays) < 0)
        select = NULL;
    if (select == NULL ||
        asprintf(&create, "CREATE OR REPLACE TEMP TABLE week_rows AS %s", select) < 0)
        create = NULL;
    if (create == NULL || asprintf(&sums, sums_sql, question->focus) < 0)
        sums = NULL;
    if (sums == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a query");
    else
        rc = rows_run(store, create, scope.values, scope.count, err);
    if (rc == 0)
        rc = duck_exec(store->duck, err, sums);
    free(select);
    free(create);
    free(sums);
    scope_done(&scope);
    return rc;
}

void store_weeks_end(struct store *store)
{
    (void)duck_exec(store->duck, NULL, drop_sql);
}

int store_days(struct store *store, const struct weeks_question *question,
               const struct row_sink *sink, struct nj_err *err)
{
    struct store_scope asked = {.all_classes = true,
                                .from_us = question->scope.from_us,
                                .to_us = question->scope.to_us};
    struct scope scope;
    char *sql = NULL;

    if (scope_compile(store, &asked, &scope, err) < 0)
        return -1;
    if (asprintf(&sql,
                 "SELECT day, count(*) AS hours FROM (SELECT DISTINCT day,"
                 " epoch_us(ts) // 3600000000 AS hour FROM visits WHERE %s) GROUP BY day"
                 " ORDER BY day",
                 scope.sql) < 0)
        sql = NULL;
    return scope_rows(store, &scope, sql, sink, err);
}

static int totals(struct store *store, const struct weeks_question *question,
                  const struct row_sink *sink, struct nj_err *err)
{
    char sql[640];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT week AS monday, coalesce(country, '') AS country, %s AS count,"
                   " count(DISTINCT src) AS sources, count(DISTINCT src) FILTER (sweeps) AS"
                   " sweepers, sum(n)::BIGINT AS sessions FROM (SELECT u.*, f.src IS NOT NULL"
                   " AS sweeps FROM week_sums u LEFT JOIN week_sweepers f USING (week, src))"
                   " GROUP BY GROUPING SETS ((week, country), (week)) ORDER BY ALL",
                   unit_total_sql[question->unit]);
    return rows_query(store, sql, NULL, 0, sink, err);
}

static int cells(struct store *store, const struct weeks_question *question,
                 const struct row_sink *sink, struct nj_err *err)
{
    char sql[800];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT week AS monday, coalesce(country, '') AS country, proto, dport,"
                   " %s AS count, count(*) AS sources, count(DISTINCT asn) AS networks,"
                   " sum(n)::BIGINT AS sessions, %s AS actors FROM week_rows ANTI JOIN"
                   " week_sweepers USING (week, src)"
                   " GROUP BY GROUPING SETS ((week, country, proto, dport),"
                   " (week, proto, dport))",
                   unit_sql[question->unit], ACTORS);
    return rows_query(store, sql, NULL, 0, sink, err);
}

int store_week_counts(struct store *store, const struct weeks_question *question,
                      const struct row_sink *total_sink, const struct row_sink *cell_sink,
                      struct nj_err *err)
{
    int rc = make_tables(store, question, err);

    if (rc == 0)
        rc = totals(store, question, total_sink, err);
    if (rc == 0)
        rc = cells(store, question, cell_sink, err);
    return rc;
}

int store_week_pairs(struct store *store, int32_t monday, const struct row_sink *sink,
                     struct nj_err *err)
{
    const struct duck_value week = {.kind = DUCK_INT, .integer = monday};

    return rows_query(store,
                      "SELECT src, country, proto, dport FROM week_rows ANTI JOIN"
                      " week_sweepers USING (week, src)"
                      " WHERE week = DATE '1970-01-01' + CAST(? AS INTEGER)"
                      " ORDER BY src, proto, dport",
                      &week, 1, sink, err);
}

/* The query for store_hour_cells. Ports are numbers, so they stand in its text. */
static char *hours_sql(const struct scope *scope, const uint32_t *ports, size_t port_count)
{
    char *text = NULL;
    size_t size;
    FILE *sql = open_memstream(&text, &size);

    if (sql == NULL)
        return NULL;
    (void)fprintf(sql,
                  "WITH h AS (SELECT DISTINCT coalesce(country, '?') AS country, proto, dport,"
                  " src, (epoch_us(ts) // 3600000000)::INTEGER AS hour FROM visits WHERE %s"
                  " AND (proto::UINTEGER << 16 | dport) IN (0",
                  scope->sql);
    for (size_t i = 0; i < port_count; i++)
        (void)fprintf(sql, ", %u", ports[i]);
    (void)fputs(")), a AS (SELECT *, hour - lag(hour) OVER (PARTITION BY src, proto, dport"
                " ORDER BY hour) AS gap FROM h)"
                " SELECT coalesce(country, '') AS country, proto, dport, hour,"
                " count(*) AS count FROM a WHERE gap IS NULL OR gap > 24"
                " GROUP BY GROUPING SETS ((country, proto, dport, hour), (proto, dport, hour))"
                " ORDER BY ALL",
                sql);
    if (fclose(sql) != 0)
        return NULL;
    return text;
}

int store_hour_cells(struct store *store, const struct weeks_question *question,
                     const uint32_t *ports, size_t port_count, const struct row_sink *sink,
                     struct nj_err *err)
{
    struct scope scope;

    if (scope_compile(store, &question->scope, &scope, err) < 0)
        return -1;
    return scope_rows(store, &scope, hours_sql(&scope, ports, port_count), sink, err);
}

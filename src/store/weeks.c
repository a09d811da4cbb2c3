/* SPDX-License-Identifier: Apache-2.0 */
#include "store/weeks.h"

#include <string.h>

#include "store/rows.h"
#include "store/scope.h"

const char *const unit_names[UNITS] = {
    [UNIT_SOURCES] = "sources",
    [UNIT_ACTORS] = "actors",
    [UNIT_SESSIONS] = "sessions",
};

/* How cells count, from rows of one source, port and week each. */
static const char *const unit_sql[UNITS] = {
    [UNIT_SOURCES] = "count(*)",
    [UNIT_ACTORS] = "count(DISTINCT who)",
    [UNIT_SESSIONS] = "sum(n)::BIGINT",
};
/* And over several ports. */
static const char *const unit_total_sql[UNITS] = {
    [UNIT_SOURCES] = "count(DISTINCT src)",
    [UNIT_ACTORS] = "count(DISTINCT who)",
    [UNIT_SESSIONS] = "sum(n)::BIGINT",
};

/* s: a row for each source, port and week, with the country of most of its days there; f: the
 * sources that ask for too many ports to ask for any. $1 ... of the scope. */
static void common_tables(FILE *sql, const struct weeks_question *question,
                          const struct scope *scope)
{
    (void)fprintf(sql,
                  "WITH s AS (SELECT date_trunc('week', day)::DATE AS week, src, proto, dport,"
                  " coalesce(max(country), '?') AS country, max(asn) AS asn,"
                  " sum(sessions)::BIGINT AS n, src AS who FROM %s WHERE %s"
                  " AND (%u >> (isodow(day)::INTEGER - 1)) & 1 = 1"
                  " GROUP BY ALL),"
                  " f AS (SELECT week, src FROM s GROUP BY ALL HAVING count(*) > %u) ",
                  scope->view == VIEW_VISITS ? "visits" : "sources", scope->sql,
                  question->weekdays, question->focus);
}

/* Run a query made by `write` behind the common tables, with values of its own behind the
 * scope's. */
static int ask(struct store *store, const struct weeks_question *question, const char *rest,
               const struct duck_value *own, size_t own_count, const struct row_sink *sink,
               struct nj_err *err)
{
    struct scope scope;
    struct duck_value *values;
    char *text = NULL;
    size_t size;
    FILE *sql;
    int rc = -1;

    if (scope_compile(&question->scope, &scope, err) < 0)
        return -1;
    values = calloc(scope.count + own_count + 1, sizeof(*values));
    sql = open_memstream(&text, &size);
    if (values == NULL || sql == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        if (sql != NULL)
            (void)fclose(sql);
        goto out;
    }
    common_tables(sql, question, &scope);
    (void)fputs(rest, sql);
    if (fclose(sql) != 0) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        goto out;
    }
    memcpy(values, scope.values, scope.count * sizeof(*values));
    if (own_count > 0)
        memcpy(values + scope.count, own, own_count * sizeof(*values));
    rc = rows_query(store, text, values, scope.count + own_count, sink, err);
out:
    free(text);
    free(values);
    scope_done(&scope);
    return rc;
}

int store_weeks(struct store *store, const struct weeks_question *question,
                const struct row_sink *sink, struct nj_err *err)
{
    struct store_scope asked = {.all_classes = true,
                                .from_us = question->scope.from_us,
                                .to_us = question->scope.to_us};
    struct scope scope;
    char *sql = NULL;
    int rc;

    if (scope_compile(&asked, &scope, err) < 0)
        return -1;
    if (asprintf(&sql,
                 "WITH h AS (SELECT DISTINCT date_trunc('hour', ts) AS hour FROM visits"
                 " WHERE %s AND (%u >> (isodow(ts)::INTEGER - 1)) & 1 = 1)"
                 " SELECT date_trunc('week', hour)::DATE AS monday, count(*) AS hours,"
                 " bit_or(1 << (isodow(hour)::INTEGER - 1))::BIGINT AS weekdays FROM h"
                 " GROUP BY ALL ORDER BY monday",
                 scope.sql, question->weekdays) < 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a query");
    else
        rc = rows_query(store, sql, scope.values, scope.count, sink, err);
    free(sql);
    scope_done(&scope);
    return rc;
}

int store_week_cells(struct store *store, const struct weeks_question *question,
                     const struct row_sink *sink, struct nj_err *err)
{
    char rest[640];

    (void)snprintf(rest, sizeof(rest),
                   "SELECT week AS monday, coalesce(country, '') AS country, proto, dport,"
                   " %s AS count, count(*) AS sources, count(DISTINCT asn) AS networks,"
                   " sum(n)::BIGINT AS sessions, count(DISTINCT who) AS actors FROM s ANTI "
                   "JOIN f USING (week, src)"
                   " GROUP BY GROUPING SETS ((week, country, proto, dport),"
                   " (week, proto, dport)) ORDER BY ALL",
                   unit_sql[question->unit]);
    return ask(store, question, rest, NULL, 0, sink, err);
}

int store_week_totals(struct store *store, const struct weeks_question *question,
                      const struct row_sink *sink, struct nj_err *err)
{
    char rest[640];

    (void)snprintf(rest, sizeof(rest),
                   "SELECT s.week AS monday, coalesce(country, '') AS country, %s AS count,"
                   " count(DISTINCT s.src) AS sources, count(DISTINCT f.src) AS sweepers,"
                   " sum(n)::BIGINT AS sessions FROM s LEFT JOIN f ON s.week = f.week"
                   " AND s.src = f.src GROUP BY GROUPING SETS ((s.week, country), (s.week))"
                   " ORDER BY ALL",
                   question->unit == UNIT_SOURCES ? "count(DISTINCT s.src)"
                                                  : unit_total_sql[question->unit]);
    return ask(store, question, rest, NULL, 0, sink, err);
}

int store_week_pairs(struct store *store, const struct weeks_question *question, int32_t monday,
                     const struct row_sink *sink, struct nj_err *err)
{
    const struct duck_value own = {.kind = DUCK_INT, .integer = monday};

    return ask(store, question,
               "SELECT src, country, proto, dport FROM s ANTI JOIN f USING (week, src)"
               " WHERE week = DATE '1970-01-01' + ?::INTEGER ORDER BY src, proto, dport",
               &own, 1, sink, err);
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
    char *sql;
    int rc;

    if (scope_compile(&question->scope, &scope, err) < 0)
        return -1;
    sql = hours_sql(&scope, ports, port_count);
    rc = sql == NULL ? nj_fail(err, NJ_NOMEM, "no memory for a query")
                     : rows_query(store, sql, scope.values, scope.count, sink, err);
    free(sql);
    scope_done(&scope);
    return rc;
}

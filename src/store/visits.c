/* SPDX-License-Identifier: Apache-2.0 */
/* The stored rows, their timeline, and the user's own SQL. */
#include <stdlib.h>
#include <string.h>

#include "store/ledger.h"
#include "store/named.h"
#include "store/question.h"
#include "store/rows.h"
#include "store/scope.h"

int store_visits(struct store *store, const struct store_scope *asked, unsigned limit,
                 const struct row_sink *sink, struct nj_err *err)
{
    struct scope scope;
    char *sql = NULL;
    char most[32] = "";

    if (scope_compile(store, asked, &scope, err) < 0)
        return -1;
    if (limit > 0)
        (void)snprintf(most, sizeof(most), " LIMIT %u", limit);
    if (asprintf(
            &sql,
            "SELECT * EXCLUDE (day) REPLACE (sports::VARCHAR AS sports) FROM visits WHERE %s"
            " ORDER BY ts, seq%s",
            scope.sql, most) < 0)
        sql = NULL;
    return scope_rows(store, &scope, sql, sink, err);
}

/* The days of a timeline from ledgers, which have what it asks for; hours, instants and
 * fields that they do not have from the visits of the days on which these sources were seen.
 * @return 0; -1 */
static int timeline_from(struct store *store, const struct addr *sources, size_t count,
                         const struct scope *scope, enum period by, FILE *out,
                         struct nj_err *err)
{
    bool days =
        by != PERIOD_HOUR && scope->view != VIEW_VISITS && scope->filter.fields_used == 0;
    char *dates;

    if (days && ledger_whole(store) && !named_nets(sources, count)) {
        ledger_from(store, sources, count, out);
        (void)fprintf(out, " WHERE %s", scope->sql);
        return 0;
    }
    if (named_days(store, sources, count, &dates, err) < 0)
        return -1;
    (void)fprintf(out, "visits WHERE %s AND day IN (%s) AND ", scope->sql,
                  dates[0] == '\0' ? "NULL" : dates);
    named_where(sources, count, out);
    free(dates);
    return 0;
}

static int timeline_sql(struct store *store, const struct addr *sources, size_t count,
                        const struct scope *scope, enum period by, char **ret_sql,
                        struct nj_err *err)
{
    size_t size;
    FILE *out = open_memstream(ret_sql, &size);
    int rc;

    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    (void)fprintf(out, "WITH g AS (SELECT %s AS p, ", period_start(by));
    named_column(sources, count, out);
    (void)fputs(" AS source, dport, proto,"
                " sum(sessions)::BIGINT AS sessions, sum(packets)::BIGINT AS packets,"
                " min(sport_min) FILTER (sessions > 0) AS sport_min,"
                " max(sport_max) FILTER (sessions > 0) AS sport_max,"
                " bit_count(bit_or(sport_bands) FILTER (sessions > 0)) AS sport_bands FROM ",
                out);
    rc = timeline_from(store, sources, count, scope, by, out, err);
    (void)fprintf(
        out,
        " GROUP BY ALL) SELECT %s AS period, source, dport AS port,"
        " CASE proto WHEN 1 THEN 'icmp' WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp'"
        " WHEN 58 THEN 'icmpv6' WHEN 132 THEN 'sctp' ELSE proto::VARCHAR END AS proto,"
        " sessions, packets, sport_min, sport_max, sport_bands"
        " FROM g ORDER BY p, source, dport, g.proto",
        period_label(by));
    if (fclose(out) != 0 && rc == 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a query");
    if (rc < 0)
        free(*ret_sql);
    return rc;
}

int store_timeline(struct store *store, const struct addr *sources, size_t count,
                   const struct store_scope *asked, enum period by, const struct row_sink *sink,
                   struct nj_err *err)
{
    struct scope scope;
    char *sql;

    if (scope_compile(store, asked, &scope, err) < 0)
        return -1;
    if (timeline_sql(store, sources, count, &scope, by, &sql, err) < 0) {
        scope_done(&scope);
        return -1;
    }
    return scope_rows(store, &scope, sql, sink, err);
}

static int lock_engine(struct store *store, struct nj_err *err)
{
    char *sql = NULL;
    int rc;

    if (store->engine_locked)
        return 0;
    if (asprintf(&sql,
                 "SET allowed_directories = ['%s/']; SET enable_external_access = false;"
                 " SET lock_configuration = true",
                 store->dir) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    rc = duck_exec(store->duck, err, sql);
    store->engine_locked = rc == 0;
    free(sql);
    return rc;
}

/* The user's statement with those columns cast that cells can't show: decimals to numbers,
 * lists and the like to what DuckDB writes. *ret_sql is taken; NULL: nothing to cast. @return
 * 0; -1 */
static int cast_columns(struct duck_query *query, const char *sql, char **ret_sql,
                        struct nj_err *err)
{
    size_t count = duck_query_columns(query), size;
    bool all_known = true;
    FILE *out;

    *ret_sql = NULL;
    for (size_t i = 0; i < count; i++)
        all_known = all_known && rows_type_known(duck_query_type(query, i));
    if (all_known)
        return 0;
    out = open_memstream(ret_sql, &size);
    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    for (size_t i = 0; i < count; i++) {
        duckdb_type type = duck_query_type(query, i);

        (void)fprintf(out, "%s c%zu%s AS \"", i == 0 ? "SELECT" : ",", i,
                      rows_type_known(type)         ? ""
                      : type == DUCKDB_TYPE_DECIMAL ? "::DOUBLE"
                                                    : "::VARCHAR");
        for (const char *c = duck_query_name(query, i); *c != '\0'; c++)
            (void)fprintf(out, "%s%c", *c == '"' ? "\"" : "", *c);
        (void)fputc('"', out);
    }
    (void)fprintf(out, " FROM (%s\n) AS q(", sql);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out, "%sc%zu", i == 0 ? "" : ", ", i);
    (void)fputc(')', out);
    if (fclose(out) == 0)
        return 0;
    free(*ret_sql);
    return nj_fail(err, NJ_NOMEM, "no memory for a query");
}

int store_sql(struct store *store, const char *sql, const struct row_sink *sink,
              struct nj_err *err)
{
    struct duck_query *query;
    char *cast = NULL;
    int rc;

    if (lock_engine(store, err) < 0 || question_check(store, sql, err) < 0 ||
        duck_query_open(store->duck, sql, NULL, 0, &query, err) < 0)
        return -1;
    rc = cast_columns(query, sql, &cast, err);
    if (rc == 0 && cast == NULL)
        rc = rows_send(query, sink, err);
    duck_query_close(query);
    if (rc == 0 && cast != NULL)
        rc = rows_query(store, cast, NULL, 0, sink, err);
    free(cast);
    return rc;
}

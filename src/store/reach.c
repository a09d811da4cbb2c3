/* SPDX-License-Identifier: Apache-2.0 */
#include "store/reach.h"

#include <string.h>

#include "store/address_sql.h"
#include "store/rows.h"
#include "store/scope.h"

int store_reach_days(struct store *store, const struct store_scope *asked,
                     const struct row_sink *sink, struct nj_err *err)
{
    const struct store_scope all = {
        .from_us = asked->from_us, .to_us = asked->to_us, .all_classes = true};
    struct scope scope;
    char *sql = NULL;

    if (scope_compile(store, &all, &scope, err) < 0)
        return -1;
    if (asprintf(&sql,
                 "SELECT sensor, count(DISTINCT day) AS days FROM %s WHERE %s GROUP BY sensor"
                 " ORDER BY sensor",
                 view_names[scope.view], scope.sql) < 0)
        sql = NULL;
    return scope_rows(store, &scope, sql, sink, err);
}

/* A row of f is a source's beginning with a port, and of a, its beginning at all. */
static const char reach_sql[] =
    "WITH c AS MATERIALIZED (SELECT unnest(?) AS country),"
    " f AS MATERIALIZED (SELECT coalesce(max(country), '?') AS country, proto, dport AS port,"
    " src, min({'at': %s, 'by': sensor}) AS came FROM %s WHERE " SRC_IS_V4
    " AND %s GROUP BY proto, dport, src),"
    " a AS (SELECT max(country) AS country, src, min(came) AS came FROM f GROUP BY src),"
    " r AS (SELECT coalesce(country, '') AS country, NULL::UTINYINT AS proto,"
    " NULL::USMALLINT AS port, came.by AS sensor, count(*) AS sources FROM a"
    " GROUP BY GROUPING SETS ((country, came.by), (came.by))"
    " HAVING grouping(country) = 1 OR %s country IN (SELECT country FROM c)"
    " UNION ALL SELECT coalesce(country, ''), proto, port, came.by, count(*) FROM f"
    " GROUP BY GROUPING SETS ((country, proto, port, came.by), (proto, port, came.by))"
    " HAVING grouping(country) = 1 OR %s country IN (SELECT country FROM c))"
    " SELECT * FROM r QUALIFY sum(sources) OVER (PARTITION BY country, proto, port) >= %u"
    " ORDER BY country, proto NULLS FIRST, port NULLS FIRST, sensor";

int store_reach(struct store *store, const struct store_scope *asked,
                const char *const *countries, size_t country_count, const struct row_sink *sink,
                struct nj_err *err)
{
    struct duck_value *values = NULL;
    const char *every = countries == NULL ? "true OR" : "";
    struct scope scope;
    char *sql = NULL;
    int rc = -1;

    if (scope_compile(store, asked, &scope, err) < 0)
        return -1;
    if (scope.view < VIEW_SOURCES)
        scope.view = VIEW_SOURCES;
    values = calloc(scope.count + 1, sizeof(*values));
    if (values == NULL ||
        asprintf(&sql, reach_sql, scope.view == VIEW_VISITS ? "ts" : "first",
                 view_names[scope.view], scope.sql, every, every, REACH_SOURCES_MIN) < 0) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        goto out;
    }
    values[0] =
        (struct duck_value){.kind = DUCK_TEXTS, .texts = countries, .count = country_count};
    if (scope.count > 0)
        memcpy(values + 1, scope.values, scope.count * sizeof(*values));
    rc = rows_query(store, sql, values, scope.count + 1, sink, err);
out:
    free(sql);
    free(values);
    scope_done(&scope);
    return rc;
}

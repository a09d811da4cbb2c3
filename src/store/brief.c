/* SPDX-License-Identifier: Apache-2.0 */
#include "store/brief.h"

#include <inttypes.h>
#include <string.h>

#include "store/rows.h"
#include "store/scope.h"

#define PORTS_MAX 65536u

static const char steady_sql[] =
    "CREATE OR REPLACE TEMP TABLE brief_steady AS SELECT unnest(?) AS sensor";

/* The question's rows, once: week by week, one for each source, port and country, of both
 * periods; `now` says of which. Those of steady sensors stand apart. */
static const char rows_sql[] =
    "CREATE OR REPLACE TEMP TABLE brief_rows AS SELECT date_trunc('week', day)::DATE AS week,"
    " %s AS now, s.steady, coalesce(country, '?') AS country, proto, dport AS port, src,"
    " max(asn) AS asn, max(tool) AS tool, min(%s) AS began, sum(sessions)::BIGINT AS n FROM %s"
    " LEFT JOIN (SELECT sensor, true AS steady FROM brief_steady) AS s USING (sensor) WHERE %s"
    " GROUP BY ALL";

/* Both periods as one scope. */
static struct store_scope both_of(const struct brief_scope *asked)
{
    struct store_scope both = asked->scope;

    both.from_us = asked->before_us;
    return both;
}

/* Whether a row is of the period: numbers, so they may stand in the text. */
static void now_sql(const struct brief_scope *asked, const struct scope *scope, char text[96])
{
    if (scope->view == VIEW_VISITS)
        (void)snprintf(text, 96, "ts >= make_timestamp(%" PRId64 "::BIGINT)",
                       asked->scope.from_us);
    else
        (void)snprintf(text, 96, "day >= CAST(make_timestamp(%" PRId64 "::BIGINT) AS DATE)",
                       asked->scope.from_us);
}

int store_brief_begin(struct store *store, const struct brief_scope *asked, struct nj_err *err)
{
    const struct duck_value steady = {
        .kind = DUCK_TEXTS, .texts = asked->steady, .count = asked->steady_count};
    const struct store_scope both = both_of(asked);
    struct scope scope;
    char now[96], *sql = NULL;
    int rc;

    if (rows_run(store, steady_sql, &steady, 1, err) < 0)
        return -1;
    if (scope_compile(store, &both, &scope, err) < 0)
        return -1;
    if (scope.view < VIEW_SOURCES)
        scope.view = VIEW_SOURCES;
    now_sql(asked, &scope, now);
    if (asprintf(&sql, rows_sql, now, scope.view == VIEW_VISITS ? "ts" : "first",
                 view_names[scope.view], scope.sql) < 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a query");
    else
        rc = rows_run(store, sql, scope.values, scope.count, err);
    free(sql);
    scope_done(&scope);
    return rc;
}

void store_brief_end(struct store *store)
{
    (void)duck_exec(store->duck, NULL,
                    "DROP TABLE IF EXISTS brief_rows; DROP TABLE IF EXISTS brief_steady");
}

/* Ask brief_rows, as s, with the countries as c. */
static int ask(struct store *store, const struct brief_scope *asked, const char *rest,
               json_t **ret, struct nj_err *err)
{
    const struct duck_value countries = {
        .kind = DUCK_TEXTS, .texts = asked->countries, .count = asked->country_count};
    char *sql = NULL;

    if (asprintf(&sql,
                 "WITH c AS MATERIALIZED (SELECT unnest(?) AS country), s AS (FROM brief_rows)"
                 " %s",
                 rest) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    *ret = rows_json(store, sql, &countries, 1, err);
    free(sql);
    return *ret == NULL ? -1 : 0;
}

/* Ask the visits of both periods, as r with `now`; `every_class` counts all. */
static int ask_visits(struct store *store, const struct brief_scope *asked, bool every_class,
                      const char *rest, json_t **ret, struct nj_err *err)
{
    struct store_scope both = both_of(asked);
    struct scope scope;
    char now[96], *sql = NULL;
    int rc = -1;

    both.all_classes = both.all_classes || every_class;
    if (scope_compile(store, &both, &scope, err) < 0)
        return -1;
    scope.view = VIEW_VISITS;
    now_sql(asked, &scope, now);
    if (asprintf(&sql, "WITH r AS (SELECT *, %s AS now FROM visits WHERE %s) %s", now,
                 scope.sql, rest) < 0) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
    } else {
        *ret = rows_json(store, sql, scope.values, scope.count, err);
        rc = *ret == NULL ? -1 : 0;
    }
    free(sql);
    scope_done(&scope);
    return rc;
}

int store_brief_sensors(struct store *store, const struct brief_scope *asked, json_t **ret,
                        struct nj_err *err)
{
    struct scope scope;
    const char *counted;
    char rest[1200];

    if (scope_compile(store, &asked->scope, &scope, err) < 0)
        return -1;
    counted = scope.counted != NULL ? scope.counted : "true";
    scope_done(&scope);
    (void)snprintf(rest, sizeof(rest),
                   ", h AS (SELECT sensor, now, epoch_us(ts) // 3600000000 AS hour,"
                   " sum(sessions) FILTER (%s) AS m FROM r GROUP BY ALL),"
                   " t AS (SELECT sensor, count(*) FILTER (now) AS hours, count(*) FILTER"
                   " (NOT now) AS before_hours, coalesce(sum(m) FILTER (now), 0)::BIGINT AS"
                   " sessions FROM h GROUP BY sensor),"
                   " d AS (SELECT sensor, greatest(count(DISTINCT dst), max(targets)) AS"
                   " reached FROM r WHERE now GROUP BY sensor)"
                   " SELECT t.*, coalesce(reached, 0) AS reached FROM t LEFT JOIN d"
                   " USING (sensor) ORDER BY sensor",
                   counted);
    return ask_visits(store, asked, true, rest, ret, err);
}

#define STEADY                                                                                 \
    ", coalesce(sum(n) FILTER (now AND steady), 0)::BIGINT AS steady_sessions,"                \
    " coalesce(sum(n) FILTER (NOT now AND steady), 0)::BIGINT AS steady_before"

int store_brief_totals(struct store *store, const struct brief_scope *asked, json_t **ret,
                       struct nj_err *err)
{
    return ask(store, asked,
               "SELECT coalesce(country, '') AS country,"
               " coalesce(sum(n) FILTER (now), 0)::BIGINT AS sessions,"
               " count(DISTINCT src) FILTER (now) AS sources,"
               " count(DISTINCT asn) FILTER (now) AS networks,"
               " count(DISTINCT (proto, port)) FILTER (now) AS port_count,"
               " coalesce(sum(n) FILTER (NOT now), 0)::BIGINT AS before_sessions,"
               " count(DISTINCT src) FILTER (NOT now) AS before_sources" STEADY
               " FROM s GROUP BY GROUPING SETS ((country), ())"
               " HAVING grouping(country) = 1 OR country IN (SELECT country FROM c)"
               " ORDER BY country",
               ret, err);
}

int store_brief_countries(struct store *store, const struct brief_scope *asked, unsigned limit,
                          json_t **ret, struct nj_err *err)
{
    char rest[320];

    (void)snprintf(rest, sizeof(rest),
                   "SELECT country, sum(n)::BIGINT AS sessions, count(DISTINCT src) AS sources"
                   " FROM s WHERE now GROUP BY country"
                   " ORDER BY sessions DESC, country LIMIT %u",
                   limit);
    return ask(store, asked, rest, ret, err);
}

int store_brief_ports(struct store *store, const struct brief_scope *asked, unsigned limit,
                      json_t **ret, struct nj_err *err)
{
    char rest[1600];

    (void)snprintf(rest, sizeof(rest),
                   ", p AS (SELECT coalesce(country, '') AS country, proto, port,"
                   " coalesce(sum(n) FILTER (now), 0)::BIGINT AS sessions,"
                   " count(DISTINCT src) FILTER (now) AS sources,"
                   " count(DISTINCT asn) FILTER (now) AS networks,"
                   " coalesce(sum(n) FILTER (NOT now), 0)::BIGINT AS before_sessions,"
                   " count(DISTINCT src) FILTER (NOT now) AS before_sources" STEADY
                   " FROM s GROUP BY GROUPING SETS ((country, proto, port), (proto, port))"
                   " HAVING grouping(country) = 1 OR country IN (SELECT country FROM c)),"
                   " k AS (SELECT country, proto, port, row_number() OVER (PARTITION BY country"
                   " ORDER BY sessions DESC, proto, port) AS rank, sessions, sources, networks,"
                   " before_sessions, before_sources, steady_sessions, steady_before, CASE "
                   "WHEN before_sessions > 0 THEN"
                   " rank() OVER (PARTITION BY country ORDER BY before_sessions DESC) END"
                   " AS before_rank FROM p)"
                   " SELECT * FROM k WHERE rank <= %u AND sessions > 0 ORDER BY country, rank",
                   limit);
    return ask(store, asked, rest, ret, err);
}

int store_brief_weeks(struct store *store, const struct brief_scope *asked, json_t **ret,
                      struct nj_err *err)
{
    char rest[2400];

    (void)snprintf(
        rest, sizeof(rest),
        ", w AS (SELECT week, country, proto, port, src, sum(n)::BIGINT AS n FROM s"
        " WHERE now AND country IN (SELECT country FROM c) GROUP BY ALL"
        " UNION ALL SELECT week, '', proto, port, src, sum(n)::BIGINT FROM s WHERE now"
        " GROUP BY ALL),"
        " l AS (SELECT country, proto, port FROM (SELECT country, proto, port, row_number()"
        " OVER (PARTITION BY country ORDER BY sum(n) DESC, proto, port) AS rank FROM w"
        " GROUP BY country, proto, port) WHERE rank <= %u),"
        " x AS (SELECT week, country, src, sum(n)::DOUBLE AS x FROM w GROUP BY ALL),"
        " t AS (SELECT week, country, sum(x) AS all_sessions, count(*) AS all_sources,"
        " sum(x * x) AS xx FROM x GROUP BY ALL),"
        " y AS (SELECT week, country, proto, port, sum(n)::DOUBLE AS y, count(*) AS sources,"
        " sum(n::DOUBLE * n) AS yy, sum(n * x) AS xy FROM w JOIN l USING (country, proto, port)"
        " JOIN x USING (week, country, src) GROUP BY ALL),"
        " g AS (SELECT unnest(generate_series(min(week), max(week), INTERVAL 7 DAY))::DATE"
        " AS week FROM s WHERE now)"
        " SELECT g.week - DATE '1970-01-01' AS monday, l.country, l.proto, l.port,"
        " coalesce(y, 0)::BIGINT AS sessions, coalesce(sources, 0) AS sources,"
        " coalesce(all_sessions, 0)::BIGINT AS all_sessions,"
        " coalesce(all_sources, 0) AS all_sources,"
        " greatest(coalesce(yy - 2 * (y / all_sessions) * xy, 0)"
        " + coalesce(power(coalesce(y, 0) / all_sessions, 2) * xx, 0), 0) AS residual"
        " FROM l CROSS JOIN g LEFT JOIN t ON t.week = g.week AND t.country = l.country"
        " LEFT JOIN y ON y.week = g.week AND y.country = l.country AND y.proto = l.proto"
        " AND y.port = l.port ORDER BY l.country, l.proto, l.port, g.week",
        BRIEF_WEEK_PORTS);
    return ask(store, asked, rest, ret, err);
}

/* A table of numbers, t(proto, port, theme), and what is asked with it. */
static int ask_themes(struct store *store, const struct brief_scope *asked,
                      const struct brief_theme_port *ports, size_t count, const char *rest,
                      json_t **ret, struct nj_err *err)
{
    char *text = NULL;
    size_t size;
    FILE *sql = open_memstream(&text, &size);
    int rc;

    if (sql == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    (void)fputs(", t AS MATERIALIZED (SELECT * FROM (VALUES (NULL::UTINYINT, NULL::USMALLINT,"
                " NULL::INTEGER)",
                sql);
    for (size_t i = 0; i < count && i < PORTS_MAX; i++)
        (void)fprintf(sql, ", (%u, %u, %u)", ports[i].proto, ports[i].port, ports[i].theme);
    (void)fprintf(sql, ") AS v(proto, port, theme)) %s", rest);
    rc = fclose(sql) != 0 ? nj_fail(err, NJ_NOMEM, "no memory for a query")
                          : ask(store, asked, text, ret, err);
    free(text);
    return rc;
}

int store_brief_themes(struct store *store, const struct brief_scope *asked,
                       const struct brief_theme_port *ports, size_t count, json_t **ret,
                       struct nj_err *err)
{
    static const char rest[] =
        ", m AS (SELECT s.*, theme FROM s LEFT JOIN t USING (proto, port) WHERE now),"
        " a AS (SELECT coalesce(country, '') AS country, theme, sum(n)::BIGINT AS sessions,"
        " count(DISTINCT src) AS sources, count(DISTINCT asn) AS networks,"
        " count(DISTINCT (proto, port)) AS ports FROM m"
        " GROUP BY GROUPING SETS ((country, theme), (theme))"
        " HAVING grouping(country) = 1 OR country IN (SELECT country FROM c)),"
        " u AS (SELECT coalesce(country, '') AS country, theme, tool,"
        " count(DISTINCT src) AS k FROM m WHERE tool IS NOT NULL"
        " GROUP BY GROUPING SETS ((country, theme, tool), (theme, tool))"
        " HAVING grouping(country) = 1 OR country IN (SELECT country FROM c)),"
        " v AS (SELECT country, theme, string_agg(format('{} ({:,} source{})', tool, k,"
        " CASE WHEN k = 1 THEN '' ELSE 's' END), ', '"
        " ORDER BY k DESC, tool) AS tools FROM (SELECT *, row_number() OVER (PARTITION BY"
        " country, theme ORDER BY k DESC, tool) AS rank FROM u) WHERE rank <= 3"
        " GROUP BY ALL)"
        " SELECT a.*, tools FROM a LEFT JOIN v ON a.country = v.country"
        " AND a.theme IS NOT DISTINCT FROM v.theme"
        " ORDER BY a.country, sessions DESC, a.theme";

    return ask_themes(store, asked, ports, count, rest, ret, err);
}

int store_brief_payloads(struct store *store, const struct brief_scope *asked, unsigned limit,
                         json_t **ret, struct nj_err *err)
{
    char rest[320];

    (void)snprintf(rest, sizeof(rest),
                   "SELECT proto, dport AS port, app, sum(sessions)::BIGINT AS sessions,"
                   " count(DISTINCT src) AS sources FROM r WHERE now AND app IS NOT NULL"
                   " GROUP BY proto, dport, app ORDER BY sources DESC, proto, port, app"
                   " LIMIT %u",
                   limit);
    return ask_visits(store, asked, false, rest, ret, err);
}

int store_brief_campaigns(struct store *store, const struct brief_scope *asked, int32_t monday,
                          const struct brief_theme_port *ports, size_t count, json_t **ret,
                          struct nj_err *err)
{
    static const char rest[] =
        ", l AS (SELECT proto, port, country, src, max(asn) AS asn, max(tool) AS tool,"
        " min(began) AS began, sum(n) AS n FROM s WHERE week = DATE '1970-01-01' + %d"
        " AND now GROUP BY ALL),"
        " m AS (SELECT l.*, count(*) OVER (PARTITION BY src) AS wide FROM l"
        " JOIN t USING (proto, port)),"
        " o AS (SELECT proto, port, string_agg(format('{} ({:,})', country, k), ', ' ORDER BY"
        " k DESC, country) AS countries FROM (SELECT proto, port, country, count(*) AS k,"
        " row_number() OVER (PARTITION BY proto, port ORDER BY count(*) DESC, country)"
        " AS rank FROM m GROUP BY proto, port, country) WHERE rank <= 5"
        " GROUP BY proto, port),"
        " u AS (SELECT proto, port, string_agg(format('{} ({:,})', tool, k), ', ' ORDER BY"
        " k DESC, tool) AS tools FROM (SELECT proto, port, tool, count(*) AS k FROM m"
        " WHERE tool IS NOT NULL GROUP BY proto, port, tool) GROUP BY proto, port)"
        " SELECT proto, port, min(began) AS first, sum(n)::BIGINT AS sessions,"
        " count(*) AS sources, count(DISTINCT asn) AS networks, any_value(countries) AS"
        " countries, any_value(tools) AS tools, count(*) FILTER (wide > 1) AS shared"
        " FROM m LEFT JOIN o USING (proto, port) LEFT JOIN u USING (proto, port)"
        " GROUP BY proto, port ORDER BY sources DESC, proto, port";
    char *sql = NULL;
    int rc;

    if (asprintf(&sql, rest, monday) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    rc = ask_themes(store, asked, ports, count, sql, ret, err);
    free(sql);
    return rc;
}

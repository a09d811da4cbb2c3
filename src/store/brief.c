/* SPDX-License-Identifier: Apache-2.0 */
#include "store/brief.h"

#include <inttypes.h>
#include <string.h>

#include "store/rows.h"
#include "store/scope.h"

#define PORTS_MAX 65536u

/* A question under construction: text, and the values of the scope. */
struct asking {
    struct scope scope;
    struct duck_value *values;
    char *text;
    size_t size;
    FILE *sql;
};

/* Begin with the table s: one row for each source, port and what else is named, of both
 * periods; `now` says of which. */
static int begin(struct asking *asking, const struct brief_scope *asked, const char *more,
                 bool every_class, bool visits, struct nj_err *err)
{
    struct store_scope whole = asked->scope;
    const struct duck_value countries = {
        .kind = DUCK_TEXTS, .texts = asked->countries, .count = asked->country_count};

    *asking = (struct asking){0};
    whole.from_us = asked->before_us;
    whole.all_classes = whole.all_classes || every_class;
    if (scope_compile(&whole, &asking->scope, err) < 0)
        return -1;
    asking->values = calloc(asking->scope.count + 1, sizeof(*asking->values));
    asking->sql = open_memstream(&asking->text, &asking->size);
    if (asking->values == NULL || asking->sql == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    memcpy(asking->values, asking->scope.values, asking->scope.count * sizeof(*asking->values));
    asking->values[asking->scope.count] = countries;
    if (asking->scope.view < VIEW_SOURCES)
        asking->scope.view = VIEW_SOURCES;
    if (visits)
        asking->scope.view = VIEW_VISITS;
    (void)fprintf(asking->sql, "WITH r AS (SELECT *, ");
    if (asking->scope.view == VIEW_VISITS)
        (void)fprintf(asking->sql,
                      "ts >= make_timestamp(%" PRId64 "::BIGINT) AS now, ts AS began",
                      asked->scope.from_us);
    else
        (void)fprintf(asking->sql,
                      "day >= CAST(make_timestamp(%" PRId64 "::BIGINT) AS DATE) AS now,"
                      " first AS began",
                      asked->scope.from_us);
    (void)fprintf(asking->sql,
                  " FROM %s WHERE %s), s AS (SELECT coalesce(country, '?') AS country, proto,"
                  " dport AS port, src, now, max(asn) AS asn, sum(sessions)::BIGINT AS n%s"
                  " FROM r GROUP BY ALL), c AS (SELECT unnest(?) AS country) ",
                  view_names[asking->scope.view], asking->scope.sql, more);
    return 0;
}

static int finish(struct asking *asking, struct store *store, json_t **ret, struct nj_err *err)
{
    if (fclose(asking->sql) != 0) {
        asking->sql = NULL;
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    }
    asking->sql = NULL;
    *ret = rows_json(store, asking->text, asking->values, asking->scope.count + 1, err);
    return *ret == NULL ? -1 : 0;
}

static void drop(struct asking *asking)
{
    if (asking->sql != NULL)
        (void)fclose(asking->sql);
    free(asking->text);
    free(asking->values);
    scope_done(&asking->scope);
}

/* The whole life of a question that has no text of its own but `rest`. */
static int ask(struct store *store, const struct brief_scope *asked, const char *more,
               const char *rest, json_t **ret, struct nj_err *err)
{
    struct asking asking;
    int rc = begin(&asking, asked, more, false, false, err);

    if (rc == 0) {
        (void)fputs(rest, asking.sql);
        rc = finish(&asking, store, ret, err);
    }
    drop(&asking);
    return rc;
}

int store_brief_sensors(struct store *store, const struct brief_scope *asked, json_t **ret,
                        struct nj_err *err)
{
    struct asking asking;
    int rc = begin(&asking, asked, "", true, true, err);

    if (rc == 0) {
        (void)fprintf(asking.sql,
                      "SELECT sensor, count(DISTINCT h) FILTER (now) AS hours,"
                      " count(DISTINCT h) FILTER (NOT now) AS before_hours,"
                      " coalesce(sum(m) FILTER (now), 0)::BIGINT AS sessions,"
                      " count(DISTINCT dst) FILTER (now) AS reached FROM"
                      " (SELECT sensor, now, dst, epoch_us(ts) // 3600000000 AS h,"
                      " sum(sessions) FILTER (%s) AS m FROM r, (SELECT count(*) FROM c)"
                      " GROUP BY ALL) GROUP BY sensor ORDER BY sensor",
                      asking.scope.default_classes || !asked->scope.all_classes
                          ? "class IN ('scan', 'exploit', 'credential')"
                          : "true");
        rc = finish(&asking, store, ret, err);
    }
    drop(&asking);
    return rc;
}

int store_brief_totals(struct store *store, const struct brief_scope *asked, json_t **ret,
                       struct nj_err *err)
{
    return ask(store, asked, "",
               "SELECT coalesce(country, '') AS country,"
               " coalesce(sum(n) FILTER (now), 0)::BIGINT AS sessions,"
               " count(DISTINCT src) FILTER (now) AS sources,"
               " count(DISTINCT asn) FILTER (now) AS networks,"
               " count(DISTINCT (proto, port)) FILTER (now) AS port_count,"
               " coalesce(sum(n) FILTER (NOT now), 0)::BIGINT AS before_sessions,"
               " count(DISTINCT src) FILTER (NOT now) AS before_sources"
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
                   " FROM s, (SELECT count(*) FROM c) WHERE now GROUP BY country"
                   " ORDER BY sessions DESC, country LIMIT %u",
                   limit);
    return ask(store, asked, "", rest, ret, err);
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
                   " count(DISTINCT src) FILTER (NOT now) AS before_sources"
                   " FROM s GROUP BY GROUPING SETS ((country, proto, port), (proto, port))"
                   " HAVING grouping(country) = 1 OR country IN (SELECT country FROM c)),"
                   " k AS (SELECT country, proto, port, row_number() OVER (PARTITION BY country"
                   " ORDER BY sessions DESC, proto, port) AS rank, sessions, sources, networks,"
                   " before_sessions, before_sources, CASE WHEN before_sessions > 0 THEN"
                   " rank() OVER (PARTITION BY country ORDER BY before_sessions DESC) END"
                   " AS before_rank FROM p)"
                   " SELECT * FROM k WHERE rank <= %u AND sessions > 0 ORDER BY country, rank",
                   limit);
    return ask(store, asked, "", rest, ret, err);
}

int store_brief_weeks(struct store *store, const struct brief_scope *asked, json_t **ret,
                      struct nj_err *err)
{
    char rest[2400];

    (void)snprintf(
        rest, sizeof(rest),
        ", d AS (SELECT week, count(DISTINCT day) AS days FROM"
        " (SELECT DISTINCT day, date_trunc('week', day)::DATE AS week FROM r WHERE now)"
        " GROUP BY week),"
        " w AS (SELECT date_trunc('week', day)::DATE AS week, country, proto, dport AS port,"
        " src, sum(sessions)::BIGINT AS n FROM (SELECT * REPLACE (coalesce(country, '?') AS"
        " country) FROM r) WHERE now AND country IN (SELECT country FROM c) GROUP BY ALL"
        " UNION ALL SELECT date_trunc('week', day)::DATE, '', proto, dport, src,"
        " sum(sessions)::BIGINT FROM r WHERE now GROUP BY ALL),"
        " l AS (SELECT country, proto, port FROM (SELECT country, proto, port, row_number()"
        " OVER (PARTITION BY country ORDER BY sum(n) DESC, proto, port) AS rank FROM w"
        " GROUP BY country, proto, port) WHERE rank <= %u),"
        " x AS (SELECT week, country, src, sum(n)::DOUBLE AS x FROM w GROUP BY ALL),"
        " t AS (SELECT week, country, sum(x) AS all_sessions, count(*) AS all_sources,"
        " sum(x * x) AS xx FROM x GROUP BY ALL),"
        " y AS (SELECT week, country, proto, port, sum(n)::DOUBLE AS y, count(*) AS sources,"
        " sum(n::DOUBLE * n) AS yy, sum(n * x) AS xy FROM w JOIN l USING (country, proto, port)"
        " JOIN x USING (week, country, src) GROUP BY ALL)"
        " SELECT week - DATE '1970-01-01' AS monday, days, t.country, l.proto, l.port,"
        " coalesce(y, 0)::BIGINT AS sessions, coalesce(sources, 0) AS sources,"
        " all_sessions::BIGINT AS all_sessions, all_sources,"
        " greatest(coalesce(yy - 2 * (y / all_sessions) * xy, 0)"
        " + power(coalesce(y, 0) / all_sessions, 2) * xx, 0) AS residual"
        " FROM t JOIN l USING (country) JOIN d USING (week)"
        " LEFT JOIN y USING (week, country, proto, port)"
        " ORDER BY t.country, l.proto, l.port, week",
        BRIEF_WEEK_PORTS);
    return ask(store, asked, "", rest, ret, err);
}

/* A table of numbers: t(proto, port, theme). */
static void theme_table(FILE *sql, const struct brief_theme_port *ports, size_t count)
{
    (void)fputs(
        ", t AS (SELECT * FROM (VALUES (NULL::UTINYINT, NULL::USMALLINT, NULL::INTEGER)", sql);
    for (size_t i = 0; i < count && i < PORTS_MAX; i++)
        (void)fprintf(sql, ", (%u, %u, %u)", ports[i].proto, ports[i].port, ports[i].theme);
    (void)fputs(") AS v(proto, port, theme)) ", sql);
}

int store_brief_themes(struct store *store, const struct brief_scope *asked,
                       const struct brief_theme_port *ports, size_t count, json_t **ret,
                       struct nj_err *err)
{
    struct asking asking;
    int rc = begin(&asking, asked, ", max(tool) AS tool", false, false, err);

    if (rc == 0) {
        theme_table(asking.sql, ports, count);
        (void)fputs(
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
            " v AS (SELECT country, theme, string_agg(tool || ' (' || k || ' sources)', ', '"
            " ORDER BY k DESC, tool) AS tools FROM (SELECT *, row_number() OVER (PARTITION BY"
            " country, theme ORDER BY k DESC, tool) AS rank FROM u) WHERE rank <= 3"
            " GROUP BY ALL)"
            " SELECT a.*, tools FROM a LEFT JOIN v ON a.country = v.country"
            " AND a.theme IS NOT DISTINCT FROM v.theme"
            " ORDER BY a.country, sessions DESC, a.theme",
            asking.sql);
        rc = finish(&asking, store, ret, err);
    }
    drop(&asking);
    return rc;
}

int store_brief_payloads(struct store *store, const struct brief_scope *asked, unsigned limit,
                         json_t **ret, struct nj_err *err)
{
    struct asking asking;
    int rc = begin(&asking, asked, "", false, true, err);

    if (rc == 0) {
        (void)fprintf(asking.sql,
                      "SELECT proto, dport AS port, app, sum(sessions)::BIGINT AS sessions,"
                      " count(DISTINCT src) AS sources FROM r, (SELECT count(*) FROM c)"
                      " WHERE now AND app IS NOT NULL GROUP BY proto, dport, app"
                      " ORDER BY sources DESC, proto, port, app LIMIT %u",
                      limit);
        rc = finish(&asking, store, ret, err);
    }
    drop(&asking);
    return rc;
}

int store_brief_campaigns(struct store *store, const struct brief_scope *asked,
                          int64_t since_us, const struct brief_theme_port *ports, size_t count,
                          json_t **ret, struct nj_err *err)
{
    struct brief_scope last = *asked;
    struct asking asking;
    int rc;

    last.scope.from_us = since_us;
    last.before_us = since_us;
    rc = begin(&asking, &last, ", min(began) AS began, max(tool) AS tool", false, false, err);
    if (rc == 0) {
        theme_table(asking.sql, ports, count);
        (void)fputs(
            ", m AS (SELECT s.*, count(*) OVER (PARTITION BY src) AS wide FROM s"
            " JOIN t USING (proto, port), (SELECT count(*) FROM c)),"
            " o AS (SELECT proto, port, string_agg(country || ' (' || k || ')', ', ' ORDER BY"
            " k DESC, country) AS countries FROM (SELECT proto, port, country, count(*) AS k,"
            " row_number() OVER (PARTITION BY proto, port ORDER BY count(*) DESC, country)"
            " AS rank FROM m GROUP BY proto, port, country) WHERE rank <= 5"
            " GROUP BY proto, port),"
            " u AS (SELECT proto, port, string_agg(tool || ' (' || k || ')', ', ' ORDER BY"
            " k DESC, tool) AS tools FROM (SELECT proto, port, tool, count(*) AS k FROM m"
            " WHERE tool IS NOT NULL GROUP BY proto, port, tool) GROUP BY proto, port)"
            " SELECT proto, port, min(began) AS first, sum(n)::BIGINT AS sessions,"
            " count(*) AS sources, count(DISTINCT asn) AS networks, any_value(countries) AS"
            " countries, any_value(tools) AS tools, count(*) FILTER (wide > 1) AS shared"
            " FROM m LEFT JOIN o USING (proto, port) LEFT JOIN u USING (proto, port)"
            " GROUP BY proto, port ORDER BY sources DESC, proto, port",
            asking.sql);
        rc = finish(&asking, store, ret, err);
    }
    drop(&asking);
    return rc;
}

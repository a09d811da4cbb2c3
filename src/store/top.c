/* SPDX-License-Identifier: Apache-2.0 */
/* Rankings. Sessions come from the smallest view that has the fields; distinct sources are
 * counted exactly, but only of the keys that are shown. */
#include <stdlib.h>
#include <string.h>

#include "store/rows.h"
#include "store/scope.h"
#include "store/verdicts.h"

const char *const top_names[TOP_FIELDS] = {
    [TOP_PORTS] = "ports",     [TOP_COUNTRIES] = "countries", [TOP_NETWORKS] = "networks",
    [TOP_SOURCES] = "sources", [TOP_TOOLS] = "tools",         [TOP_STACKS] = "stacks",
    [TOP_SENSORS] = "sensors", [TOP_CLASSES] = "classes",     [TOP_APPS] = "apps",
};

/* A ranking: what is grouped by (k1, k2), the smallest view that has it, and what is shown. */
struct ranking {
    const char *keys;  /* as k1 and k2 */
    const char *shown; /* of k1 and k2 */
    enum scope_view view;
};

/* The name of an IP protocol, of its number in k2. */
#define PROTO_NAME                                                                             \
    "CASE k2 WHEN 1 THEN 'icmp' WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp' WHEN 58 THEN 'icmpv6'"    \
    " WHEN 132 THEN 'sctp' ELSE k2::VARCHAR END"

static const struct ranking rankings[TOP_FIELDS] = {
    [TOP_PORTS] = {"dport AS k1, proto AS k2",
                   "k1 AS port, " PROTO_NAME " AS proto, NULL::VARCHAR AS service",
                   VIEW_COUNTS},
    [TOP_COUNTRIES] = {"country AS k1, 0 AS k2", "k1 AS country", VIEW_COUNTS},
    [TOP_NETWORKS] = {"asn AS k1, 0 AS k2", "k1 AS asn, NULL::VARCHAR AS as_name",
                      VIEW_SOURCES},
    [TOP_SOURCES] = {"src AS k1, 0 AS k2", "k1 AS source", VIEW_SOURCES},
    [TOP_TOOLS] = {"coalesce(tool, verdict) AS k1, 0 AS k2", "k1 AS tool", VIEW_SOURCES},
    [TOP_STACKS] = {"stack AS k1, 0 AS k2", "k1 AS stack", VIEW_VISITS},
    [TOP_SENSORS] = {"sensor AS k1, 0 AS k2", "k1 AS sensor", VIEW_COUNTS},
    [TOP_CLASSES] = {"class AS k1, 0 AS k2", "k1 AS class", VIEW_COUNTS},
    [TOP_APPS] = {"app AS k1, 0 AS k2", "k1 AS app", VIEW_VISITS},
};

struct time_step {
    const char *start; /* of the period, from a row */
    const char *label; /* of a start, as `period` */
    const char *length;
};

static const struct time_step steps[] = {
    [PERIOD_NONE] = {"DATE '1970-01-01'", "NULL", "INTERVAL 1 DAY"},
    [PERIOD_HOUR] = {"date_trunc('hour', ts)", "strftime(p, '%Y-%m-%dT%H:00:00Z')",
                     "INTERVAL 1 HOUR"},
    [PERIOD_DAY] = {"day", "strftime(p, '%Y-%m-%d')", "INTERVAL 1 DAY"},
    [PERIOD_WEEK] = {"date_trunc('week', day)", "strftime(p, '%G-W%V')", "INTERVAL 7 DAY"},
    [PERIOD_MONTH] = {"date_trunc('month', day)", "strftime(p, '%Y-%m')", "INTERVAL 1 MONTH"},
};

const char *period_start(enum period by)
{
    return steps[by].start;
}

const char *period_label(enum period by)
{
    return steps[by].label;
}

static enum scope_view larger(enum scope_view a, enum scope_view b)
{
    return a > b ? a : b;
}

/* Where the rows of a view come from; tools ask the verdict on the source where the row has
 * none, since the first packets of a source seldom tell its tool. */
static void from(FILE *sql, enum scope_view view, enum top_field field)
{
    if (field == TOP_TOOLS)
        (void)fprintf(sql,
                      "(SELECT v.*, t.verdict FROM %s v LEFT JOIN (SELECT sensor, src,"
                      " arg_max(value, ts) AS verdict FROM traits WHERE kind = 'tool'"
                      " GROUP BY ALL) t USING (sensor, src))",
                      view_names[view]);
    else
        (void)fputs(view_names[view], sql);
}

/* Years 1 to 9999: what is outside is no bound. */
#define TIME_FIRST_US (-62135596800000000)
#define TIME_LAST_US 253402300799999999

/* The keys to show, t, of the sums g: with rank, running sum and total. */
static void first_of(FILE *sql, const struct top_question *question)
{
    if (question->by == PERIOD_NONE)
        (void)fprintf(sql,
                      "r AS (SELECT *, (SELECT sum(s) FROM g) AS total FROM g"
                      " ORDER BY s DESC, k1, k2 LIMIT %u),"
                      " t AS (SELECT *, row_number() OVER w AS rank, sum(s) OVER (w ROWS"
                      " UNBOUNDED PRECEDING) AS running FROM r"
                      " WINDOW w AS (ORDER BY s DESC, k1, k2)), ",
                      question->limit);
    else
        (void)fprintf(sql,
                      "r AS (SELECT *, sum(s) OVER (PARTITION BY p) AS total,"
                      " row_number() OVER w AS rank,"
                      " sum(s) OVER (w ROWS UNBOUNDED PRECEDING) AS running FROM g"
                      " WINDOW w AS (PARTITION BY p ORDER BY s DESC, k1, k2)),"
                      " t AS (SELECT * FROM r WHERE rank <= %u), ",
                      question->limit);
}

static char *top_sql(const struct top_question *question, const struct scope *scope)
{
    const struct ranking *ranking = &rankings[question->field];
    const struct time_step *step = &steps[question->by];
    enum scope_view sums = larger(ranking->view, scope->view);
    enum scope_view names;
    int64_t from_us =
        question->scope.from_us < TIME_FIRST_US ? TIME_FIRST_US : question->scope.from_us;
    int64_t until_us =
        question->scope.to_us >= TIME_LAST_US ? TIME_LAST_US : question->scope.to_us + 1;
    char *text = NULL;
    size_t size;
    FILE *sql = open_memstream(&text, &size);

    if (sql == NULL)
        return NULL;
    if (question->by == PERIOD_HOUR)
        sums = VIEW_VISITS;
    names = larger(sums, VIEW_SOURCES);
    (void)fprintf(sql, "WITH g AS (SELECT %s AS p, %s, sum(sessions)::BIGINT AS s FROM ",
                  step->start, ranking->keys);
    from(sql, sums, question->field);
    (void)fprintf(sql, " WHERE %s GROUP BY ALL), ", scope->sql);
    first_of(sql, question);
    if (question->field == TOP_SOURCES) { /* each is one */
        (void)fputs("d AS (SELECT p AS dp, k1 AS d1, k2 AS d2, 1 AS sources FROM t),", sql);
    } else {
        (void)fprintf(sql,
                      "d AS (SELECT x.p AS dp, x.k1 AS d1, x.k2 AS d2,"
                      " count(DISTINCT x.src) AS sources FROM (SELECT %s AS p, %s, src FROM ",
                      step->start, ranking->keys);
        from(sql, names, question->field);
        (void)fprintf(sql,
                      " WHERE %s) x SEMI JOIN t ON x.p = t.p AND x.k2 = t.k2"
                      " AND x.k1 IS NOT DISTINCT FROM t.k1 GROUP BY ALL),",
                      scope->sql);
    }
    (void)fprintf(
        sql,
        " span AS (SELECT greatest(min(day)::TIMESTAMP, make_timestamp(%lld)) AS first,"
        " least(max(day) + INTERVAL 1 DAY, make_timestamp(%lld)) AS until"
        " FROM counts) SELECT ",
        (long long)from_us, (long long)until_us);
    if (question->by != PERIOD_NONE)
        (void)fprintf(sql,
                      "%s AS period, (p < (SELECT first FROM span) OR p + %s >"
                      " (SELECT until FROM span)) AS partial, ",
                      step->label, step->length);
    (void)fprintf(
        sql,
        "%s, s AS sessions, sources, s / total AS share, running / total AS cumulative"
        " FROM t LEFT JOIN d ON p = dp AND k2 = d2 AND k1 IS NOT DISTINCT FROM d1"
        " ORDER BY p, rank",
        ranking->shown);
    if (fclose(sql) != 0)
        return NULL;
    return text;
}

/* ---- names that no database column holds
 * ---------------------------------------------------------- */

struct naming {
    const struct top_question *question;
    const struct row_sink *sink;
    size_t at; /* column to fill, 0: none */
    char text[256];
};

static int name_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    struct naming *naming = ctx;

    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], "service") == 0 || strcmp(names[i], "as_name") == 0)
            naming->at = i;
    return naming->sink->head(naming->sink->ctx, names, count, err);
}

static int name_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct naming *naming = ctx;
    const struct top_question *question = naming->question;
    struct cell named[32];
    const char *name = "";

    if (naming->at == 0 || count > 32)
        return naming->sink->row(naming->sink->ctx, cells, count, err);
    memcpy(named, cells, count * sizeof(*cells));
    if (question->field == TOP_NETWORKS && question->as_name != NULL &&
        cells[naming->at - 1].kind == CELL_UINT)
        name = question->as_name(question->as_ctx,
                                 (uint32_t)cells[naming->at - 1].unsigned_number);
    if (question->field == TOP_PORTS && question->service != NULL)
        name = question->service(
            question->service_ctx, (uint16_t)cells[naming->at - 2].unsigned_number,
            proto_number(cells[naming->at - 1].text, cells[naming->at - 1].length));
    if (name[0] != '\0')
        named[naming->at] =
            (struct cell){.kind = CELL_TEXT, .text = name, .length = strlen(name)};
    return naming->sink->row(naming->sink->ctx, named, count, err);
}

int store_top(struct store *store, const struct top_question *question,
              const struct row_sink *sink, struct nj_err *err)
{
    struct naming naming = {.question = question, .sink = sink};
    struct row_sink named = {.head = name_head, .row = name_row, .ctx = &naming};
    struct duck_value *values = NULL;
    struct scope scope;
    size_t copies = 2;
    char *sql = NULL;
    int rc = -1;

    if (scope_compile(store, &question->scope, &scope, err) < 0)
        return -1;
    /* the condition stands twice in the query, or once */
    if (question->field == TOP_SOURCES)
        copies = 1;
    values = calloc(copies * scope.count + 1, sizeof(*values));
    sql = top_sql(question, &scope);
    if (values == NULL || sql == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        goto out;
    }
    for (size_t i = 0; i < scope.count; i++) {
        values[i] = scope.values[i];
        values[(copies - 1) * scope.count + i] = scope.values[i];
    }
    rc = rows_query(store, sql, values, copies * scope.count, &named, err);
out:
    free(values);
    free(sql);
    scope_done(&scope);
    return rc;
}

int store_left_out(struct store *store, const struct store_scope *asked,
                   const struct row_sink *sink, struct nj_err *err)
{
    struct store_scope all = *asked;
    struct scope scope, whole;
    const char *counted;
    char *sql = NULL;

    if (scope_compile(store, asked, &scope, err) < 0)
        return -1;
    if (scope.counted == NULL) {
        scope_done(&scope);
        return 0;
    }
    counted = scope.counted; /* constant */
    scope_done(&scope);
    all.all_classes = true;
    if (scope_compile(store, &all, &whole, err) < 0)
        return -1;
    if (whole.view < scope.view)
        whole.view = scope.view;
    if (asprintf(&sql,
                 "SELECT CASE WHEN " COUNTED_CLASSES " THEN 'client' ELSE class END AS"
                 " class, sum(sessions)::BIGINT AS sessions FROM %s WHERE %s AND NOT (%s)"
                 " GROUP BY ALL HAVING sum(sessions) > 0 ORDER BY sessions DESC, class",
                 view_names[whole.view], whole.sql, counted) < 0)
        sql = NULL;
    return scope_rows(store, &whole, sql, sink, err);
}

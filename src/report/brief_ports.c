/* SPDX-License-Identifier: Apache-2.0 */
/* What a brief says of ports: the leading ones, their weeks, what they are for, and which of
 * their services are at risk. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/stat.h"
#include "model/packet.h"
#include "report/advice.h"
#include "report/brief_making.h"
#include "report/facts.h"

#define RISK_MIN 0.5 /* of a service that is named as at risk */

static const struct port_info *info_of(const struct brief_making *making, const json_t *row)
{
    return ports_find(making->question->ports, (uint16_t)fact_count(row, "port"),
                      (uint8_t)fact_count(row, "proto"));
}

/* What is known of a row's port. */
static void describe_port(const struct brief_making *making, json_t *row)
{
    const struct port_info *info = info_of(making, row);

    fact_set_text(row, "service", info == NULL ? "" : info->service);
    fact_set_text(row, "practice", info == NULL ? "" : info->practice);
    fact_set_text(row, "category", info == NULL ? "other" : info->category);
    advice_known(row, info == NULL ? "" : info->known, fact_text(making->facts, "to"));
    fact_set_number(row, "risk", info == NULL ? PORT_RISK_UNKNOWN : info->risk);
}

/* Hand a row to its country's list. */
static void give(const struct brief_making *making, const char *list, json_t *row)
{
    json_t *country = brief_country(making, fact_text(row, "country"));
    json_t *rows;

    if (country == NULL)
        return;
    rows = fact_list(country, list);
    if (rows != NULL)
        (void)json_array_append(rows, row);
}
/* ---- counts and shares ---- */

/* Sessions per captured hour against those of the period before, at the steady sensors: NAN
 * without such a period, INFINITY is not told: a port that was not asked for has no change but
 * is new. */
static double change_of(const struct brief_making *making, const json_t *row)
{
    double now = fact_number(row, "steady_sessions") / making->steady_hours;
    double before = fact_number(row, "steady_before") / making->steady_before;

    return fact_true(making->facts, "compared") && before > 0 ? now / before - 1 : NAN;
}

static void port_shares(const struct brief_making *making, const json_t *country, json_t *row)
{
    double all = fact_number(country, "sessions"), sources = fact_number(country, "sources");
    struct nj_interval interval = nj_wilson(fact_number(row, "sources"), sources);

    fact_set_number(row, "share", fact_number(row, "sessions") / all);
    fact_set_number(row, "share_sources", fact_number(row, "sources") / sources);
    fact_set_number(row, "share_sources_low", interval.low);
    fact_set_number(row, "share_sources_high", interval.high);
    fact_set_number(row, "before_share",
                    fact_true(making->facts, "compared")
                        ? fact_number(row, "before_sessions") /
                              fact_number(country, "before_sessions")
                        : NAN);
    fact_set_number(row, "change", change_of(making, row));
}

int brief_ports(struct brief_making *making, struct nj_err *err)
{
    json_t *rows, *row;
    size_t i;

    if (store_brief_ports(making->store, &making->scope, BRIEF_PORTS, &rows, err) < 0)
        return -1;
    json_array_foreach(rows, i, row)
    {
        const json_t *country = brief_country(making, fact_text(row, "country"));

        describe_port(making, row);
        if (country != NULL)
            port_shares(making, country, row);
        give(making, "ports", row);
    }
    json_decref(rows);
    return 0;
}

/* The share of a port in a week: a ratio of sums over sources, whose interval takes sources,
 * not sessions, for the sample (Cochran, Sampling Techniques, 6.3). */
static void week_shares(const struct store_scope *scope, json_t *row)
{
    int32_t monday = (int32_t)fact_number(row, "monday");
    double all = fact_number(row, "all_sessions"), n = fact_number(row, "all_sources");
    double share = fact_number(row, "sessions") / all;
    double spread = NAN;

    if (n >= BRIEF_SOURCES_SHARES)
        spread = 1.96 * sqrt(fact_number(row, "residual") * n / (n - 1)) / all;
    fact_set_text(row, "week", WEEK(monday));
    fact_set_number(row, "share", n >= BRIEF_SOURCES_SHARES ? share : NAN);
    fact_set_number(row, "low", fmax(share - spread, 0));
    fact_set_number(row, "high", fmin(share + spread, 1));
    if (isnan(spread)) { /* fmax and fmin drop it */
        fact_set_number(row, "low", NAN);
        fact_set_number(row, "high", NAN);
    }
    fact_set_number(row, "share_sources",
                    n >= BRIEF_SOURCES_SHARES ? fact_number(row, "sources") / n : NAN);
    (void)json_object_set_new(row, "partial",
                              json_boolean((int64_t)monday * DAY_US < scope->from_us ||
                                           ((int64_t)monday + 7) * DAY_US - 1 > scope->to_us));
    (void)json_object_del(row, "residual");
}

int brief_weeks(struct brief_making *making, struct nj_err *err)
{
    json_t *rows, *row;
    size_t i;

    if (store_brief_weeks(making->store, &making->scope, &rows, err) < 0)
        return -1;
    json_array_foreach(rows, i, row)
    {
        describe_port(making, row);
        week_shares(&making->scope.scope, row);
        give(making, "weeks", row);
    }
    json_decref(rows);
    return 0;
}

/* ---- themes ---- */

static size_t theme_ports(const struct brief_making *making, struct brief_theme_port **ret)
{
    struct brief_theme_port *table = calloc(2 * 65536, sizeof(*table));
    static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP};
    size_t count = 0;

    for (size_t p = 0; table != NULL && p < 2; p++)
        for (unsigned port = 0; port < 65536; port++) {
            const struct port_info *info =
                ports_find(making->question->ports, (uint16_t)port, protos[p]);

            if (info != NULL)
                table[count++] =
                    (struct brief_theme_port){.proto = protos[p],
                                              .port = (uint16_t)port,
                                              .theme = (unsigned)advice_find(info->category)};
        }
    *ret = table;
    return count;
}

int brief_themes(struct brief_making *making, struct nj_err *err)
{
    struct brief_theme_port *table;
    size_t count = theme_ports(making, &table), i;
    json_t *rows, *row;
    int rc;

    if (table == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for themes");
    rc = store_brief_themes(making->store, &making->scope, table, count, &rows, err);
    free(table);
    if (rc < 0)
        return -1;
    json_array_foreach(rows, i, row)
    {
        double number = fact_number(row, "theme");
        const json_t *country = brief_country(making, fact_text(row, "country"));
        size_t theme = isnan(number) ? advice_count - 1 : (size_t)number;

        fact_set_text(row, "category", isnan(number) ? "unknown" : advices[theme].category);
        fact_set_text(row, "name",
                      isnan(number) ? "ports that mean nothing known" : advices[theme].name);
        fact_set_number(row, "share",
                        fact_number(row, "sessions") / fact_number(country, "sessions"));
        (void)json_object_del(row, "theme");
        give(making, "themes", row);
    }
    json_decref(rows);
    return 0;
}

/* ---- services at risk ---- */

static int by_risk(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    double risk_x = fact_number(x, "risk") * log1p(fact_number(x, "sources"));
    double risk_y = fact_number(y, "risk") * log1p(fact_number(y, "sources"));

    if (risk_x != risk_y)
        return risk_x > risk_y ? -1 : 1;
    return fact_count(x, "port") < fact_count(y, "port") ? -1 : 1;
}

/* From the leading ports of the whole and of each country: those that hurt. */
int brief_risks(struct brief_making *making, struct nj_err *err)
{
    json_t *country, *row, *list = json_array(), **sorted;
    size_t c, i, count = 0;

    sorted = calloc(json_array_size(fact_list(making->facts, "countries")) * BRIEF_PORTS + 1,
                    sizeof(json_t *));
    if (sorted == NULL || list == NULL) {
        free(sorted);
        json_decref(list);
        return nj_fail(err, NJ_NOMEM, "no memory for services at risk");
    }
    json_array_foreach(fact_list(making->facts, "countries"), c, country)
    {
        json_array_foreach(fact_list(country, "ports"), i, row)
        {
            bool known = fact_number(row, "risk") < RISK_MIN ||
                         fact_count(row, "sources") < BRIEF_SOURCES_COUNTS;

            for (size_t k = 0; k < count && !known; k++)
                known = fact_count(sorted[k], "port") == fact_count(row, "port") &&
                        fact_count(sorted[k], "proto") == fact_count(row, "proto");
            if (!known)
                sorted[count++] = row;
        }
    }
    qsort(sorted, count, sizeof(json_t *), by_risk);
    for (i = 0; i < count; i++) {
        static const char *const members[] = {"proto",    "port",    "service",
                                              "practice", "known",   "category",
                                              "risk",     "sources", "sessions"};
        json_t *risk = json_object();

        for (size_t m = 0; m < sizeof(members) / sizeof(members[0]); m++)
            (void)json_object_set(risk, members[m], json_object_get(sorted[i], members[m]));
        fact_set_text(risk, "seen_in", fact_text(sorted[i], "country"));
        fact_set_text(risk, "theme",
                      advices[advice_find(fact_text(sorted[i], "category"))].name);
        fact_set_text(risk, "advice",
                      advices[advice_find(fact_text(sorted[i], "category"))].what);
        (void)json_array_append_new(list, risk);
    }
    free(sorted);
    (void)json_object_set_new(making->facts, "risks", list);
    return 0;
}

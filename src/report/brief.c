/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of a brief. */
#include "report/brief_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/stat.h"
#include "model/packet.h"
#include "report/advice.h"
#include "report/facts.h"
#include "store/brief.h"
#include "trend/telescope.h"

#define COUNTRIES 12u /* of the ranking of all */
#define PAYLOADS 200u
#define RISK_MIN 0.5 /* of a service that is named as at risk */

struct making {
    struct store *store;
    const struct brief_question *question;
    struct brief_scope scope;
    json_t *facts;
    double hours, before_hours; /* captured by any sensor, the most of one */
};

void brief_last_week(int64_t first_us, int64_t last_us, int64_t *ret_from_us,
                     int64_t *ret_to_us)
{
    int64_t last = last_us / DAY_US;        /* a day */
    int64_t monday = last - (last + 3) % 7; /* 1970-01-01 was a Thursday */

    if (monday + 6 > last)
        monday -= 7;
    if (monday + 6 < first_us / DAY_US)
        monday = last - 6;
    *ret_from_us = monday * DAY_US;
    *ret_to_us = (monday + 7) * DAY_US - 1;
}

static const struct port_info *info_of(const struct making *making, const json_t *row)
{
    return ports_find(making->question->ports, (uint16_t)fact_count(row, "port"),
                      (uint8_t)fact_count(row, "proto"));
}

/* What is known of a row's port. */
static void describe_port(const struct making *making, json_t *row)
{
    const struct port_info *info = info_of(making, row);

    fact_set_text(row, "service", info == NULL ? "" : info->service);
    fact_set_text(row, "practice", info == NULL ? "" : info->practice);
    fact_set_text(row, "category", info == NULL ? "other" : info->category);
    advice_known(row, info == NULL ? "" : info->known,
                 strtol(DAY(making->scope.scope.to_us), NULL, 10));
    fact_set_number(row, "risk", info == NULL ? PORT_RISK_UNKNOWN : info->risk);
}

static json_t *country_facts(const struct making *making, const char *country)
{
    json_t *row;
    size_t i;

    json_array_foreach(fact_list(making->facts, "countries"), i, row)
    {
        if (strcmp(fact_text(row, "country"), country) == 0)
            return row;
    }
    return NULL;
}

/* Hand a row to its country's list. */
static void give(const struct making *making, const char *list, json_t *row)
{
    json_t *country = country_facts(making, fact_text(row, "country"));
    json_t *rows;

    if (country == NULL)
        return;
    rows = fact_list(country, list);
    if (rows != NULL)
        (void)json_array_append(rows, row);
}

/* ---- totals ------------------------------------------------------------------------------ */

static void add_country(const struct making *making, const char *country)
{
    static const char *const lists[] = {"ports",
                                        "weeks",
                                        "themes",
                                        "neighbours",
                                        "findings",
                                        "sentences",
                                        "findings_sentences"};
    json_t *object = json_object();

    fact_set_text(object, "country", country);
    fact_set_text(object, "name", COUNTRY(country));
    for (size_t i = 0; i < 4; i++)
        fact_set_count(object,
                       (const char *const[]){"sessions", "sources", "before_sessions",
                                             "before_sources"}[i],
                       0);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        (void)json_object_set_new(object, lists[i], json_array());
    (void)json_array_append_new(fact_list(making->facts, "countries"), object);
}

static int totals(struct making *making, struct nj_err *err)
{
    json_t *rows, *row;
    size_t i;

    (void)json_object_set_new(making->facts, "countries", json_array());
    add_country(making, "");
    for (size_t c = 0; c < making->question->country_count; c++)
        if (country_facts(making, making->question->countries[c]) == NULL)
            add_country(making, making->question->countries[c]);
    if (store_brief_totals(making->store, &making->scope, &rows, err) < 0)
        return -1;
    json_array_foreach(rows, i, row)
    {
        json_t *country = country_facts(making, fact_text(row, "country"));

        if (country != NULL)
            (void)json_object_update(country, row);
    }
    json_decref(rows);
    json_array_foreach(fact_list(making->facts, "countries"), i, row)
    {
        uint64_t sources = fact_count(row, "sources");

        fact_set_text(row, "data",
                      sources < BRIEF_SOURCES_COUNTS   ? "insufficient"
                      : sources < BRIEF_SOURCES_SHARES ? "counts"
                                                       : "shares");
    }
    if (store_brief_countries(making->store, &making->scope, COUNTRIES, &rows, err) < 0)
        return -1;
    json_array_foreach(rows, i, row)
    {
        fact_set_text(row, "name", COUNTRY(fact_text(row, "country")));
        fact_set_number(row, "share",
                        fact_number(row, "sessions") /
                            fact_number(country_facts(making, ""), "sessions"));
    }
    (void)json_object_set_new(making->facts, "ranking", rows);
    return 0;
}

/* ---- sensors and what they can see --------------------------------------------------------
 */

static double addresses_of(const struct making *making, const char *sensor)
{
    for (size_t i = 0; i < making->question->sensor_count; i++)
        if (strcmp(making->question->sensors[i].name, sensor) == 0)
            return making->question->sensors[i].addresses;
    return NAN;
}

static int sensors(struct making *making, struct nj_err *err)
{
    double exposure = 0, addresses = 0;
    json_t *rows, *row;
    size_t i;

    if (store_brief_sensors(making->store, &making->scope, &rows, err) < 0)
        return -1;
    json_array_foreach(rows, i, row)
    {
        double own = addresses_of(making, fact_text(row, "sensor"));
        double hours = fact_number(row, "hours");

        making->hours = fmax(making->hours, hours);
        making->before_hours = fmax(making->before_hours, fact_number(row, "before_hours"));
        fact_set_number(row, "addresses", own);
        fact_set_number(row, "address_hours", own * hours);
        exposure += own * hours;
        addresses += own;
    }
    (void)json_object_set_new(making->facts, "sensors", rows);
    fact_set_number(making->facts, "hours", making->hours);
    fact_set_number(making->facts, "before_hours", making->before_hours);
    fact_set_number(making->facts, "period_hours",
                    (double)(making->scope.scope.to_us + 1 - making->scope.scope.from_us) /
                        (double)HOUR_US);
    fact_set_number(making->facts, "addresses", addresses);
    fact_set_number(making->facts, "address_hours", exposure);
    /* what one address would see in all these hours */
    fact_set_number(making->facts, "smallest_rate", telescope_smallest(1, 3600 * exposure));
    fact_set_number(making->facts, "coverage_seen", telescope_coverage_seen(addresses));
    return 0;
}

static int left_out_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    json_t *row = json_object();

    (void)count;
    (void)err;
    (void)json_object_set_new(row, "class", json_stringn(cells[0].text, cells[0].length));
    (void)json_object_set_new(row, "sessions", json_integer(cells[1].number));
    (void)json_array_append_new(ctx, row);
    return 0;
}

static int left_out_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    (void)ctx;
    (void)names;
    (void)count;
    (void)err;
    return 0;
}

static int left_out(struct making *making, struct nj_err *err)
{
    json_t *list = json_array();
    const struct row_sink sink = {.head = left_out_head, .row = left_out_row, .ctx = list};

    (void)json_object_set_new(making->facts, "left_out", list);
    return store_left_out(making->store, &making->scope.scope, &sink, err);
}

/* ---- ports ---------------------------------------------------------------------------------
 */

/* Sessions per captured hour against those of the period before: NAN without such a period,
 * INFINITY is not told: a port that was not asked for has no change but is new. */
static double change_of(const struct making *making, const json_t *row)
{
    double now = fact_number(row, "sessions") / making->hours;
    double before = fact_number(row, "before_sessions") / making->before_hours;

    return fact_true(making->facts, "compared") && before > 0 ? now / before - 1 : NAN;
}

static void port_shares(const struct making *making, const json_t *country, json_t *row)
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

static int ports(struct making *making, struct nj_err *err)
{
    json_t *rows, *row;
    size_t i;

    if (store_brief_ports(making->store, &making->scope, BRIEF_PORTS, &rows, err) < 0)
        return -1;
    json_array_foreach(rows, i, row)
    {
        const json_t *country = country_facts(making, fact_text(row, "country"));

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

static int weeks(struct making *making, struct nj_err *err)
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

/* ---- themes --------------------------------------------------------------------------------
 */

static size_t theme_ports(const struct making *making, struct brief_theme_port **ret)
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

static int themes(struct making *making, struct nj_err *err)
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
        const json_t *country = country_facts(making, fact_text(row, "country"));
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

/* ---- services at risk ----------------------------------------------------------------------
 */

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
static int risks(struct making *making, struct nj_err *err)
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

/* ---- the whole -----------------------------------------------------------------------------
 */

static void set_period(struct making *making)
{
    const struct store_scope *scope = &making->scope.scope;
    json_t *facts = making->facts;

    fact_set_text(facts, "document", "brief");
    fact_set_text(facts, "from", DAY(scope->from_us));
    fact_set_text(facts, "to", DAY(scope->to_us));
    fact_set_text(facts, "before_from", DAY(making->scope.before_us));
    fact_set_text(facts, "before_to", DAY(scope->from_us - 1));
    fact_set_text(facts, "unit", unit_names[making->question->unit]);
    fact_set_text(facts, "selection", making->question->selection);
    fact_set_text(facts, "arguments", making->question->arguments);
    fact_set_text(facts, "notes",
                  making->question->notes == NULL ? "" : making->question->notes);
    (void)json_object_set_new(facts, "all_classes", json_boolean(scope->all_classes));
}

/* A comparison needs at least half of the hours on both sides. */
static void set_compared(struct making *making)
{
    double period = fact_number(making->facts, "period_hours");

    (void)json_object_set_new(
        making->facts, "compared",
        json_boolean(making->hours >= period / 2 && making->before_hours >= period / 2));
}

static int payloads(struct making *making, struct nj_err *err)
{
    json_t *rows;

    if (store_brief_payloads(making->store, &making->scope, PAYLOADS, &rows, err) < 0)
        return -1;
    (void)json_object_set_new(making->facts, "payloads", rows);
    return 0;
}

int brief_facts(struct store *store, const struct brief_question *question, json_t **ret,
                struct nj_err *err)
{
    const struct store_scope *scope = &question->scope;
    struct making making = {
        .store = store,
        .question = question,
        .scope = {.scope = *scope,
                  .before_us = scope->from_us - (scope->to_us + 1 - scope->from_us),
                  .countries = question->countries,
                  .country_count = question->country_count},
        .facts = json_object(),
    };

    if (making.facts == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a brief");
    set_period(&making);
    if (store_brief_begin(store, &making.scope, err) < 0 || totals(&making, err) < 0 ||
        sensors(&making, err) < 0 || left_out(&making, err) < 0)
        goto fail;
    set_compared(&making);
    if (ports(&making, err) < 0 || weeks(&making, err) < 0 || themes(&making, err) < 0 ||
        payloads(&making, err) < 0 || risks(&making, err) < 0 ||
        brief_trends(store, question, making.facts, err) < 0)
        goto fail;
    store_brief_end(store);
    brief_words(making.facts);
    *ret = making.facts;
    return 0;
fail:
    store_brief_end(store);
    json_decref(making.facts);
    return -1;
}

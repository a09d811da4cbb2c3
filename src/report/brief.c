/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of a brief: the whole, its countries and sensors. */
#include "report/brief_making.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "report/facts.h"
#include "trend/telescope.h"

#define COUNTRIES 12u /* of the ranking of all */
#define PAYLOADS 200u
/* A sensor with less of the longest one's hours makes a difference by week. */
#define UNEVEN 0.9

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

json_t *brief_country(const struct brief_making *making, const char *country)
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

/* ---- totals ---- */

static void add_country(const struct brief_making *making, const char *country)
{
    static const char *const lists[] = {"ports",
                                        "weeks",
                                        "themes",
                                        "neighbours",
                                        "findings",
                                        "sentences",
                                        "findings_sentences"};
    static const char *const counts[] = {"sessions",       "sources",         "before_sessions",
                                         "before_sources", "steady_sessions", "steady_before"};
    json_t *object = json_object();

    fact_set_text(object, "country", country);
    fact_set_text(object, "name", COUNTRY(country));
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        fact_set_count(object, counts[i], 0);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        (void)json_object_set_new(object, lists[i], json_array());
    (void)json_array_append_new(fact_list(making->facts, "countries"), object);
}

static int totals(struct brief_making *making, struct nj_err *err)
{
    json_t *rows, *row, *whole;
    size_t i;

    (void)json_object_set_new(making->facts, "countries", json_array());
    add_country(making, "");
    for (size_t c = 0; c < making->question->country_count; c++)
        if (brief_country(making, making->question->countries[c]) == NULL)
            add_country(making, making->question->countries[c]);
    if (store_brief_totals(making->store, &making->scope, &rows, err) < 0)
        return -1;
    json_array_foreach(rows, i, row)
    {
        json_t *country = brief_country(making, fact_text(row, "country"));

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
    whole = brief_country(making, "");
    if (store_brief_countries(making->store, &making->scope, COUNTRIES, &rows, err) < 0)
        return -1;
    json_array_foreach(rows, i, row)
    {
        fact_set_text(row, "name", COUNTRY(fact_text(row, "country")));
        fact_set_number(row, "share",
                        strcmp(fact_text(whole, "data"), "shares") == 0
                            ? fact_number(row, "sessions") / fact_number(whole, "sessions")
                            : NAN);
    }
    (void)json_object_set_new(making->facts, "ranking", rows);
    return 0;
}

/* ---- sensors and what they can see ---- */

static double addresses_of(const struct brief_making *making, const char *sensor)
{
    for (size_t i = 0; i < making->question->sensor_count; i++)
        if (strcmp(making->question->sensors[i].name, sensor) == 0)
            return making->question->sensors[i].addresses;
    return NAN;
}

static int sensors(struct brief_making *making, struct nj_err *err)
{
    double exposure = 0, addresses = 0, least = INFINITY;
    json_t *rows, *row;
    size_t i;

    if (store_brief_sensors(making->store, &making->scope, &rows, err) < 0)
        return -1;
    json_array_foreach(rows, i, row)
    {
        double own = addresses_of(making, fact_text(row, "sensor"));
        double hours = fact_number(row, "hours");

        making->hours = fmax(making->hours, hours);
        least = hours > 0 ? fmin(least, hours) : least;
        making->before_hours = fmax(making->before_hours, fact_number(row, "before_hours"));
        fact_set_number(row, "addresses", own);
        fact_set_number(row, "address_hours", own * hours);
        exposure += own * hours;
        addresses += own;
    }
    (void)json_object_set_new(making->facts, "sensors", rows);
    (void)json_object_set_new(making->facts, "uneven",
                              json_boolean(least < UNEVEN * making->hours));
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

static int left_out(struct brief_making *making, struct nj_err *err)
{
    json_t *list = json_array();
    const struct row_sink sink = {.head = left_out_head, .row = left_out_row, .ctx = list};

    (void)json_object_set_new(making->facts, "left_out", list);
    return store_left_out(making->store, &making->scope.scope, &sink, err);
}

/* What is compared is what the same sensors saw: with another sensor there is more of
 * everything. Each has to have captured at least half of both periods. */
static int choose_steady(struct brief_making *making, struct nj_err *err)
{
    const json_t *rows = fact_list(making->facts, "sensors");
    double half = fact_number(making->facts, "period_hours") / 2;
    size_t i, count = 0;
    json_t *row;

    making->steady = calloc(json_array_size(rows) + 1, sizeof(*making->steady));
    if (making->steady == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for sensors");
    json_array_foreach(rows, i, row)
    {
        double hours = fact_number(row, "hours"), before = fact_number(row, "before_hours");
        bool steady = hours >= half && before >= half;

        (void)json_object_set_new(row, "compared", json_boolean(steady));
        if (!steady)
            continue;
        making->steady[count++] = fact_text(row, "sensor");
        making->steady_hours += hours;
        making->steady_before += before;
    }
    making->scope.steady = making->steady;
    making->scope.steady_count = count;
    (void)json_object_set_new(making->facts, "compared", json_boolean(count > 0));
    fact_set_number(making->facts, "steady_hours", making->steady_hours);
    fact_set_number(making->facts, "steady_before_hours", making->steady_before);
    return 0;
}

/* ---- the whole ---- */

static void set_period(struct brief_making *making)
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

static int payloads(struct brief_making *making, struct nj_err *err)
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
    struct brief_making making = {
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
    if (sensors(&making, err) < 0 || choose_steady(&making, err) < 0 ||
        store_brief_begin(store, &making.scope, err) < 0 || totals(&making, err) < 0 ||
        left_out(&making, err) < 0)
        goto fail;
    if (brief_ports(&making, err) < 0 || brief_weeks(&making, err) < 0 ||
        brief_themes(&making, err) < 0 || payloads(&making, err) < 0 ||
        brief_risks(&making, err) < 0 || brief_trends(store, question, making.facts, err) < 0)
        goto fail;
    store_brief_end(store);
    free(making.steady);
    brief_words(making.facts);
    *ret = making.facts;
    return 0;
fail:
    store_brief_end(store);
    free(making.steady);
    json_decref(making.facts);
    return -1;
}

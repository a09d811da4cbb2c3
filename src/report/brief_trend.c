/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as facts. What belongs together is told together: the neighbours of one known
 * service are one story, however many ports and weeks they have. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "model/packet.h"
#include "report/brief_parts.h"
#include "report/facts.h"
#include "store/brief.h"
#include "trend/findings.h"

#define CAMPAIGN_PORTS 64u

static json_t *country_of(const json_t *facts, const char *country)
{
    json_t *row;
    size_t i;

    json_array_foreach(fact_list(facts, "countries"), i, row)
    {
        if (strcmp(fact_text(row, "country"), country) == 0)
            return row;
    }
    return NULL;
}

static json_t *finding_json(const struct finding *finding)
{
    json_t *row = json_object();

    fact_set_text(row, "kind", finding_names[finding->kind]);
    fact_set_count(row, "port", finding->port.port);
    fact_set_text(row, "proto", PROTO_TEXT(finding->port.proto));
    fact_set_text(row, "country", finding->country);
    fact_set_text(row, "week", WEEK(finding->monday));
    fact_set_number(row, "count", finding->count);
    fact_set_number(row, "baseline", finding->baseline);
    fact_set_number(row, "ratio", finding->ratio);
    fact_set_number(row, "p", finding->p);
    fact_set_number(row, "q", finding->q);
    fact_set_text(row, "unit", unit_names[finding->unit]);
    fact_set_count(row, "sources", finding->sources);
    fact_set_count(row, "actors", finding->actors);
    fact_set_count(row, "networks", finding->networks);
    fact_set_text(row, "state", finding_state_names[finding->state]);
    if (finding->near != 0) {
        fact_set_count(row, "near", finding->near);
        fact_set_number(row, "together", finding->together);
    }
    if (finding->kind == FINDING_SHARE) {
        fact_set_number(row, "share", finding->share);
        fact_set_number(row, "share_before", finding->share_before);
    }
    fact_set_number(row, "uniform", finding->uniform);
    fact_set_text(row, "reach", reach_word(finding->uniform));
    fact_set_text(row, "text", finding->text);
    return row;
}

/* ---- neighbours ---- */

static json_t *find_count(json_t *list, const char *name, uint64_t wanted)
{
    json_t *row;
    size_t i;

    json_array_foreach(list, i, row)
    {
        if (fact_count(row, name) == wanted)
            return row;
    }
    row = json_object();
    fact_set_count(row, name, wanted);
    return json_array_append_new(list, row) < 0 ? NULL : row;
}

/* The story of a known port in one country: its neighbours, each with its best week. */
static void add_neighbour(json_t *country, const struct finding *finding,
                          const struct ports *ports)
{
    json_t *story = find_count(fact_list(country, "neighbours"), "near", finding->near);
    json_t *port;

    if (story == NULL)
        return;
    if (fact_list(story, "ports") == NULL) {
        fact_set_text(story, "service", ports_service(ports, finding->near, PROTO_TCP));
        (void)json_object_set_new(story, "ports", json_array());
    }
    port = find_count(fact_list(story, "ports"), "port", finding->port.port);
    if (port == NULL)
        return;
    fact_set_count(port, "weeks", fact_count(port, "weeks") + 1);
    if (finding->count > fact_number(port, "count") || isnan(fact_number(port, "count"))) {
        fact_set_number(port, "count", finding->count);
        fact_set_number(port, "baseline", finding->baseline);
        fact_set_number(port, "together", finding->together);
        fact_set_text(port, "week", WEEK(finding->monday));
    }
}

static int by_port(const void *a, const void *b)
{
    uint64_t x = fact_count(*(json_t *const *)a, "port");
    uint64_t y = fact_count(*(json_t *const *)b, "port");

    return x < y ? -1 : x > y;
}

static int by_size(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    double size_x = fact_number(x, "most"), size_y = fact_number(y, "most");

    if (size_x != size_y)
        return size_x > size_y ? -1 : 1;
    return fact_count(x, "near") < fact_count(y, "near") ? -1 : 1;
}

static int sort_list(json_t *list, int (*order)(const void *, const void *), struct nj_err *err)
{
    size_t count = json_array_size(list);
    json_t **rows = calloc(count + 1, sizeof(json_t *));

    if (rows == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory to sort");
    for (size_t i = 0; i < count; i++)
        rows[i] = json_incref(json_array_get(list, i));
    qsort(rows, count, sizeof(json_t *), order);
    (void)json_array_clear(list);
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, rows[i]);
    free(rows);
    return 0;
}

/* Applications that payloads on the story's ports spoke: proof of what is looked for. */
static void add_proof(const json_t *facts, json_t *story)
{
    json_t *payload, *proof = json_array();
    size_t i;

    json_array_foreach(fact_list(facts, "payloads"), i, payload)
    {
        uint32_t port = (uint32_t)fact_count(payload, "port");

        if (fact_count(payload, "proto") == PROTO_TCP &&
            find_count(fact_list(story, "ports"), "port", port) != NULL)
            (void)json_array_append(proof, payload);
    }
    (void)json_object_set_new(story, "payloads", proof);
}

static int finish_stories(const json_t *facts, json_t *country, struct nj_err *err)
{
    json_t *story, *port;
    size_t i, p;

    json_array_foreach(fact_list(country, "neighbours"), i, story)
    {
        double most = 0, low = 1, high = 0;
        const json_t *best = NULL;

        if (sort_list(fact_list(story, "ports"), by_port, err) < 0)
            return -1;
        json_array_foreach(fact_list(story, "ports"), p, port)
        {
            low = fmin(low, fact_number(port, "together"));
            high = fmax(high, fact_number(port, "together"));
            if (fact_number(port, "count") > most) {
                most = fact_number(port, "count");
                best = port;
            }
        }
        fact_set_number(story, "most", most);
        fact_set_count(story, "most_port", fact_count(best, "port"));
        fact_set_text(story, "most_week", fact_text(best, "week"));
        fact_set_number(story, "together_low", low);
        fact_set_number(story, "together_high", high);
        add_proof(facts, story);
    }
    return sort_list(fact_list(country, "neighbours"), by_size, err);
}

/* ---- campaigns of the last week ---- */

/* What is usual elsewhere and new in one country is told in its chapter. */
static bool begins_something(const struct finding *finding)
{
    return finding->kind == FINDING_NEW_PORT ||
           (finding->country[0] == '\0' &&
            (finding->kind == FINDING_NEWCOMER || finding->kind == FINDING_BURST));
}

static const char *kind_in(const struct findings *findings, int32_t monday, const json_t *row)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        if (finding->monday == monday && begins_something(finding) &&
            finding->port.port == fact_count(row, "port") &&
            finding->port.proto == fact_count(row, "proto"))
            return finding_names[finding->kind];
    }
    return "";
}

static int campaigns(struct store *store, const struct brief_question *question,
                     const struct findings *findings, json_t *facts, struct nj_err *err)
{
    const struct brief_scope scope = {.scope = question->scope,
                                      .countries = question->countries,
                                      .country_count = question->country_count};
    int64_t last_day = question->scope.to_us / DAY_US;
    int32_t monday = (int32_t)(last_day - (last_day + 3) % 7);
    struct brief_theme_port ports[CAMPAIGN_PORTS];
    size_t count = 0, i;
    json_t *rows, *row;

    fact_set_text(facts, "last_week", WEEK(monday));
    (void)json_object_set_new(facts, "last_week_partial", json_boolean(last_day - monday < 6));
    for (i = 0; i < findings->count && count < CAMPAIGN_PORTS; i++) {
        const struct finding *finding = &findings->items[i];
        bool known = false;

        for (size_t k = 0; k < count; k++)
            known = known || (ports[k].port == finding->port.port &&
                              ports[k].proto == finding->port.proto);
        if (finding->monday == monday && begins_something(finding) && !known)
            ports[count++] = (struct brief_theme_port){.proto = finding->port.proto,
                                                       .port = finding->port.port};
    }
    if (count == 0) {
        (void)json_object_set_new(facts, "campaigns", json_array());
        return 0;
    }
    if (store_brief_campaigns(store, &scope, monday, ports, count, &rows, err) < 0)
        return -1;
    json_array_foreach(rows, i, row)
    {
        fact_set_text(row, "kind", kind_in(findings, monday, row));
        fact_set_text(row, "service",
                      ports_service(question->ports, (uint16_t)fact_count(row, "port"),
                                    (uint8_t)fact_count(row, "proto")));
    }
    (void)json_object_set_new(facts, "campaigns", rows);
    return 0;
}

/* ---- localised or Internet-wide ---- */

static void set_reach(json_t *row, const struct reach *reach, const char *country, int proto)
{
    double p = reach_of(reach, country, proto, (uint16_t)fact_count(row, "port"));

    fact_set_number(row, "uniform", p);
    fact_set_text(row, "reach", reach_word(p));
}

static void add_reach(json_t *facts, const struct reach *reach)
{
    json_t *country, *port;
    size_t i, k;

    fact_set_text(facts, "reach_unknown", reach->why == NULL ? "" : reach->why);
    json_array_foreach(fact_list(facts, "countries"), i, country)
    {
        set_reach(country, reach, fact_text(country, "country"), -1);
        json_array_foreach(fact_list(country, "ports"), k, port)
        {
            set_reach(port, reach, fact_text(country, "country"),
                      (int)fact_count(port, "proto"));
        }
    }
}

/* ---- all of it ---- */

static int keep(const struct brief_question *question, const struct findings *findings,
                json_t *facts, struct nj_err *err)
{
    json_t *all = json_array(), *country;
    size_t i;

    (void)json_object_set_new(facts, "findings", all);
    for (i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        json_t *row = finding_json(finding);

        country = country_of(facts, finding->country);
        (void)json_array_append_new(all, row);
        if (country == NULL)
            continue;
        if (finding->kind == FINDING_NEIGHBOUR)
            add_neighbour(country, finding, question->ports);
        else
            (void)json_array_append(fact_list(country, "findings"), row);
    }
    json_array_foreach(fact_list(facts, "countries"), i, country)
    {
        if (finish_stories(facts, country, err) < 0)
            return -1;
    }
    return 0;
}

int brief_trends(struct store *store, const struct brief_question *question, json_t *facts,
                 struct nj_err *err)
{
    static const char *const none[] = {NULL};
    const struct findings_question asked = {
        .scope = question->scope,
        .unit = question->unit,
        .countries = question->countries == NULL ? none : question->countries,
        .country_count = question->country_count,
        .sensors = question->sensors,
        .sensor_count = question->sensor_count,
        .q = FINDINGS_Q,
        .service = ports_service_for,
        .own_service = ports_own_service,
        /* the table is only read; the call-back's context can't say so */
        .service_ctx = (void *)(uintptr_t)question->ports,
    };
    struct findings findings;
    int rc;

    if (findings_find(store, &asked, &findings, err) < 0)
        return -1;
    fact_set_count(facts, "tested", findings.tested);
    fact_set_count(facts, "weeks_tested", findings.weeks);
    fact_set_count(facts, "weeks_untested", findings.weeks_untested);
    fact_set_number(facts, "false_share", FINDINGS_Q);
    add_reach(facts, &findings.reach);
    rc = keep(question, &findings, facts, err);
    if (rc == 0)
        rc = campaigns(store, question, &findings, facts, err);
    findings_done(&findings);
    return rc;
}

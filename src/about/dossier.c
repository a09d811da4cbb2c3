/* SPDX-License-Identifier: Apache-2.0 */
#include "about/dossier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "about/brief.h"
#include "about/decision.h"
#include "about/hidden.h"
#include "about/packets.h"
#include "report/dossier.h"
#include "report/facts.h"
#include "store/derived_ask.h"
#include "store/dossier.h"

/* ---- who is meant ---- */

int about_members(struct store *store, uint64_t actor, struct addr *sources, size_t max,
                  size_t *count, struct nj_err *err)
{
    json_t *object, *row;
    size_t i;
    int rc = store_actor(store, actor, &object, err);

    if (rc != 0)
        return rc;
    json_array_foreach(fact_list(object, "sources"), i, row)
    {
        struct addr source;
        bool there = false;

        if (addr_parse(fact_text(row, "source"), &source, NULL) < 0 || *count == max)
            continue;
        for (size_t j = 0; j < *count; j++)
            there = there || addr_equal(sources[j], source);
        if (!there)
            sources[(*count)++] = source;
    }
    json_decref(object);
    return 0;
}

/* The actor of an address. */
static int find_actor(struct store *store, struct addr source, uint64_t *ret,
                      struct nj_err *err)
{
    json_t *known;
    int rc = store_source(store, source, &known, err);

    if (rc != 0)
        return rc;
    if (fact_text(known, "actor")[0] != '\0')
        rc = actor_parse(fact_text(known, "actor"), ret, err);
    json_decref(known);
    return rc;
}

/* ---- what databases say ---- */

json_t *about_databases(struct enrich *enrich)
{
    const struct enrich_source *sources;
    size_t count = enrich_sources(enrich, &sources);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        const char *name = strrchr(sources[i].path, '/');
        json_t *row = json_object();

        fact_set_text(row, "file", name == NULL ? sources[i].path : name + 1);
        fact_set_text(row, "kind", sources[i].kind);
        fact_set_text(row, "built",
                      sources[i].built == 0 ? "" : DAY(sources[i].built * 1000000));
        fact_set_text(row, "problem", sources[i].problem);
        (void)json_array_append_new(list, row);
    }
    return list;
}

static double all_addresses(const struct config *config)
{
    double sum = 0;

    for (size_t i = 0; i < config->sensor_count; i++) {
        double own = about_addresses(&config->sensors[i]);

        sum += isnan(own) ? 0 : own;
    }
    return sum > 0 ? sum : NAN;
}

/* ---- the answer ---- */

static void draw_too(const char *name, const struct dossier_question *asked,
                     struct addr drawn[TIMELINE_LANES], size_t *count)
{
    bool there = false, known = false;
    struct addr a;

    if (*count == TIMELINE_LANES || addr_parse(name, &a, NULL) < 0)
        return;
    for (size_t i = 0; i < *count; i++)
        there = there || addr_equal(drawn[i], a);
    for (size_t i = 0; i < asked->source_count; i++)
        known = known || addr_equal(asked->sources[i], a);
    if (known && !there)
        drawn[(*count)++] = a;
}

/* The address asked for, those it hopped with, those that hopped at all, then the others. */
static size_t choose_drawn(const struct dossier_question *asked, const json_t *facts,
                           struct addr drawn[TIMELINE_LANES])
{
    const json_t *lists[] = {fact_list(json_array_get(fact_list(facts, "sources"), 0), "hops"),
                             fact_list(json_object_get(facts, "actor"), "hops")};
    size_t count = 1, i;
    json_t *hop;

    drawn[0] = asked->sources[0];
    for (size_t of = 0; of < 2; of++)
        json_array_foreach(lists[of], i, hop)
        {
            draw_too(fact_text(hop, "from"), asked, drawn, &count);
            draw_too(fact_text(hop, "to"), asked, drawn, &count);
        }
    for (i = 0; i < asked->source_count; i++) {
        char text[ADDR_TEXT_MAX];

        draw_too(addr_text(asked->sources[i], text), asked, drawn, &count);
    }
    return count;
}

/* Days for a long life, hours for a short one. */
static enum period step_of(const json_t *facts)
{
    return json_array_size(fact_list(facts, "hours")) > 0 &&
                   fact_count(json_array_get(fact_list(facts, "totals"), 0), "hours") <= 72
               ? PERIOD_HOUR
               : PERIOD_DAY;
}

/* What others say of each address goes to what the store says of it. */
static int add_testimony(struct store *store, const struct about_dossier_question *question,
                         const json_t *facts, struct nj_err *err)
{
    json_t *source;
    size_t i;

    json_array_foreach(fact_list(facts, "sources"), i, source)
    {
        struct place_detail detail;
        struct addr a;

        if (addr_parse(fact_text(source, "source"), &a, err) < 0)
            return -1;
        question->detail(question->ctx, a, &detail);
        if (about_testimony(store, a, &detail, source, err) < 0)
            return -1;
    }
    return 0;
}

static int make(struct store *store, const struct about_dossier_question *question,
                const struct dossier_question *asked, json_t **ret_facts, struct doc *ret_doc,
                struct nj_err *err)
{
    const struct store_scope scope = {
        .from_us = INT64_MIN, .to_us = INT64_MAX, .all_classes = true};
    struct addr drawn[TIMELINE_LANES];
    struct timeline timeline = {0};
    json_t *facts = NULL;
    int rc = dossier_facts(store, asked, &facts, err);

    if (rc == 0)
        rc = add_testimony(store, question, facts, err);
    if (rc == 0)
        rc = hidden_traits(store, asked->sources, asked->source_count, question->config, facts,
                           err);
    if (rc == 0)
        rc = about_packets(store, asked->sources, asked->source_count, question->config, facts,
                           err);
    if (rc == 0)
        rc = about_decision(store, question->policy, asked->sources[0], facts, err);
    if (rc == 0)
        rc = timeline_load(store, drawn, choose_drawn(asked, facts, drawn), &scope,
                           step_of(facts), &timeline, err);
    if (rc == 0) {
        dossier_doc(facts, &timeline, ret_doc);
        *ret_facts = facts;
        facts = NULL;
    }
    timeline_done(&timeline);
    json_decref(facts);
    return rc;
}

int about_dossier(struct store *store, const struct about_dossier_question *question,
                  json_t **ret_facts, struct doc *ret_doc, struct nj_err *err)
{
    struct addr sources[DOSSIER_SOURCES];
    struct dossier_question asked = {.sources = sources,
                                     .actor = question->actor,
                                     .databases = question->databases,
                                     .ports = question->ports,
                                     .addresses = all_addresses(question->config)};
    struct reach_sensor *sensors;
    json_t *places;
    int rc = 0;

    if (addr_is_none(question->source) && question->actor == 0)
        return STORE_UNKNOWN;
    if (!addr_is_none(question->source)) {
        sources[asked.source_count++] = question->source;
        rc = find_actor(store, question->source, &asked.actor, err);
    }
    if (rc == 0 && asked.actor != 0)
        rc = about_members(store, asked.actor, sources, DOSSIER_SOURCES, &asked.source_count,
                           err);
    if (rc != 0)
        return rc;
    sensors = about_sensors(question->config);
    if (sensors == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for sensors");
    asked.sensors = sensors;
    asked.sensor_count = question->config->sensor_count;
    places = json_array();
    for (size_t i = 0; i < asked.source_count; i++) {
        struct place_detail detail;

        question->detail(question->ctx, sources[i], &detail);
        (void)json_array_append_new(places, about_place(sources[i], &detail));
    }
    asked.places = places;
    rc = make(store, question, &asked, ret_facts, ret_doc, err);
    json_decref(places);
    free(sensors);
    return rc;
}

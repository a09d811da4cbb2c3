/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of a dossier. */
#include "report/dossier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/packet.h"
#include "model/sweep.h"
#include "report/advice.h"
#include "report/facts.h"
#include "store/derived_ask.h"
#include "store/dossier.h"
#include "trend/telescope.h"

/* What is known of the ports that were asked for, and of the themes they make. */
static void describe_ports(json_t *source, const struct ports *ports)
{
    json_t *row;
    size_t i;

    json_array_foreach(fact_list(source, "ports"), i, row)
    {
        const char *proto = fact_text(row, "proto");
        const struct port_info *info = ports_find(ports, (uint16_t)fact_count(row, "port"),
                                                  proto_number(proto, strlen(proto)));

        fact_set_text(row, "service", info == NULL ? "" : info->service);
        fact_set_text(row, "practice", info == NULL ? "" : info->practice);
        fact_set_text(row, "category", info == NULL ? "other" : info->category);
        advice_known(row, info == NULL ? "" : info->known, fact_text(source, "last"));
        fact_set_number(row, "risk", info == NULL ? PORT_RISK_UNKNOWN : info->risk);
    }
}

/* Whether a database of today contradicts what was stored at ingest. */
static void compare_places(json_t *facts)
{
    json_t *stored, *now, *said = fact_list(facts, "places_now");
    size_t i, k;

    json_array_foreach(fact_list(facts, "places"), i, stored)
    {
        bool differs = false;

        json_array_foreach(said, k, now)
        {
            if (strcmp(fact_text(now, "source"), fact_text(stored, "source")) != 0)
                continue;
            differs = strcmp(fact_text(now, "country"), fact_text(stored, "country")) != 0 ||
                      fact_count(now, "asn") != fact_count(stored, "asn");
        }
        (void)json_object_set_new(stored, "disagrees", json_boolean(differs));
    }
}

static bool any_v4(const struct dossier_question *question)
{
    bool any = false;

    for (size_t i = 0; i < question->source_count; i++)
        any = any || addr_is_v4(question->sources[i]);
    return any;
}

/* What the sensors' share of IPv4 allows to say: of what came by IPv4, to those of them whose
 * share is known. */
static void extrapolate(json_t *facts, const struct dossier_question *question)
{
    const json_t *hits = json_array_get(fact_list(facts, "hits"), 0);
    double addresses = question->addresses;
    double seconds = 3600 * fact_number(hits, "hours");
    double targets = fact_number(hits, "targets");
    double sessions = fact_number(hits, "sessions");
    struct telescope_rate rate = telescope_rate(sessions, addresses, seconds);
    struct nj_interval coverage = telescope_coverage(targets, addresses);
    bool hosts =
        rate.claim != TELESCOPE_NOTHING &&
        !is_sweep(sessions, targets, fact_number(hits, "ports"), fact_number(hits, "hours"));
    json_t *told = json_object();

    if (hosts)
        rate = (struct telescope_rate){.interval = {NAN, NAN}, .claim = TELESCOPE_NOTHING};
    fact_set_number(told, "addresses", addresses);
    fact_set_number(told, "targets", targets);
    /* all that there are can't be more */
    (void)json_object_set_new(told, "exact",
                              json_boolean(fact_true(hits, "exact") || targets >= addresses));
    fact_set_number(told, "rate", rate.claim == TELESCOPE_NOTHING ? NAN : rate.rate);
    fact_set_number(told, "rate_low", rate.interval.low);
    fact_set_number(told, "rate_high", rate.interval.high);
    fact_set_text(told, "claim",
                  !any_v4(question)                   ? "ipv6"
                  : isnan(addresses)                  ? "unknown"
                  : hosts                             ? "hosts"
                  : rate.claim == TELESCOPE_NOTHING   ? "none"
                  : rate.claim == TELESCOPE_MAGNITUDE ? "magnitude"
                                                      : "rate");
    fact_set_number(told, "coverage_low",
                    targets >= SWEEP_COVERAGE_TARGETS ? coverage.low : NAN);
    fact_set_number(told, "coverage_high",
                    targets >= SWEEP_COVERAGE_TARGETS ? coverage.high : NAN);
    (void)json_object_set_new(facts, "telescope", told);
}

/* Whether it comes to the sensors by their sizes. */
static void spread(json_t *facts, const struct dossier_question *question)
{
    double hits[REACH_SENSORS_MAX], sizes[REACH_SENSORS_MAX], p = NAN;
    json_t *told = json_object_get(facts, "telescope"), *row;
    size_t count = 0, unknown = 0, i;

    json_array_foreach(fact_list(facts, "spread"), i, row)
    {
        unknown++;
        for (size_t k = 0; k < question->sensor_count; k++)
            unknown -= question->sensors[k].addresses > 0 &&
                       strcmp(question->sensors[k].name, fact_text(row, "sensor")) == 0;
    }
    for (size_t k = 0; k < question->sensor_count && count < REACH_SENSORS_MAX; k++) {
        if (!(question->sensors[k].addresses > 0))
            continue;
        hits[count] = 0;
        sizes[count] = question->sensors[k].addresses;
        json_array_foreach(fact_list(facts, "spread"), i, row)
        {
            if (strcmp(question->sensors[k].name, fact_text(row, "sensor")) == 0)
                hits[count] += fact_number(row, "targets");
        }
        count++;
    }
    if (unknown == 0)
        p = telescope_uniform(hits, sizes, count);
    fact_set_number(told, "uniform", p);
    fact_set_text(told, "reach", reach_word(p));
    fact_set_text(told, "reach_unknown",
                  count < 2     ? "it takes two sensors or more whose IPv4"
                                  " prefixes are configured"
                  : unknown > 0 ? "the prefixes of a sensor are not configured"
                  : isnan(p)    ? "it came too rarely"
                                : "");
}

/* What the store tells beside store_source. */
static int add_more(struct store *store, const struct dossier_question *question, json_t *facts,
                    struct nj_err *err)
{
    const char *sized[REACH_SENSORS_MAX];
    size_t count = 0;
    json_t *more;

    for (size_t i = 0; i < question->sensor_count && count < REACH_SENSORS_MAX; i++)
        if (question->sensors[i].addresses > 0)
            sized[count++] = question->sensors[i].name;
    if (store_dossier(store, question->sources, question->source_count, sized, count, &more,
                      err) < 0)
        return -1;
    (void)json_object_update(facts, more);
    json_decref(more);
    return 0;
}

/* The address that the dossier begins with, and those that share its actor. */
static int add_sources(struct store *store, const struct dossier_question *question,
                       json_t *facts, struct nj_err *err)
{
    json_t *list = json_array();

    (void)json_object_set_new(facts, "sources", list);
    for (size_t i = 0; i < question->source_count && i < DOSSIER_SOURCES; i++) {
        char text[ADDR_TEXT_MAX];
        json_t *source;
        int rc = store_source(store, question->sources[i], &source, err);

        if (rc == STORE_UNKNOWN && i > 0)
            continue;
        if (rc != 0)
            return rc;
        fact_set_text(source, "source", addr_text(question->sources[i], text));
        describe_ports(source, question->ports);
        (void)json_array_append_new(list, source);
    }
    return 0;
}

int dossier_facts(struct store *store, const struct dossier_question *question, json_t **ret,
                  struct nj_err *err)
{
    json_t *facts = json_object(), *actor = NULL;
    int rc;

    if (facts == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a dossier");
    fact_set_text(facts, "document", "dossier");
    rc = add_sources(store, question, facts, err);
    if (rc == 0)
        rc = add_more(store, question, facts, err);
    if (rc == 0 && question->actor != 0) {
        rc = store_actor(store, question->actor, &actor, err);
        if (rc == STORE_UNKNOWN)
            rc = 0;
        else if (rc == 0)
            (void)json_object_set_new(facts, "actor", actor);
    }
    if (rc != 0) {
        json_decref(facts);
        return rc;
    }
    (void)json_object_set(facts, "places_now", (json_t *)(uintptr_t)question->places);
    (void)json_object_set(facts, "databases", (json_t *)(uintptr_t)question->databases);
    compare_places(facts);
    extrapolate(facts, question);
    spread(facts, question);
    *ret = facts;
    return 0;
}

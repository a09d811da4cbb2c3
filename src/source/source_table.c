/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a row (add) and of a trait. What is known of light sources stands in light.c, of
 * followed ones in follow.c; step.c tells what changed. */
#include "model/instance.h"
#include "source/table_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PART_S_DEFAULT 600

void source_table_clear(struct source_table *table)
{
    places_clear(table);
    table->followed_count = table->followed_hand = 0;
    table->due_count = table->dirty_count = table->held_count = 0;
    memset(&table->counts, 0, sizeof(table->counts));
    memset(table->sensors, 0, sizeof(table->sensors));
    for (unsigned i = 0; i < SENSORS; i++) {
        table->sensors[i].last_us = table->sensors[i].change_us = TIME_NONE;
        table->sensors[i].waiting = NOBODY;
    }
    table->now_us = table->decided_us = TIME_NONE;
    table->next_id = 1;
    table->outages_s = 0;
}

int source_table_new(const struct source_options *options, struct source_table **ret_table,
                     struct nj_err *err)
{
    struct source_table *table = calloc(1, sizeof(*table));
    struct source_options *o;

    if (table == NULL)
        return nj_fail(err, NJ_NOMEM, "source table");
    o = &table->options;
    *o = *options;
    if (o->max_sources < 2)
        o->max_sources = 2;
    if (o->max_sources > UINT32_MAX / 8)
        o->max_sources = UINT32_MAX / 8;
    if (o->max_followed < 1)
        o->max_followed = 1;
    if (o->max_followed > o->max_sources / 2)
        o->max_followed = o->max_sources / 2;
    if (o->part_s < 1)
        o->part_s = PART_S_DEFAULT;
    if (o->part_s > 3600)
        o->part_s = 3600;
    if (places_init(table, err) < 0 || followed_init(table, err) < 0) {
        source_table_free(table);
        return -1;
    }
    source_table_clear(table);
    *ret_table = table;
    return 0;
}

void source_table_free(struct source_table *table)
{
    if (table == NULL)
        return;
    followed_done(table);
    places_done(table);
    free(table);
}

const struct source_counts *source_table_counts(const struct source_table *table)
{
    return &table->counts;
}

/* ---- rows ---- */

static int64_t clamp_us(int64_t ns)
{
    int64_t us = nj_floor_div(ns, 1000);

    return us > TIME_MAX_US ? TIME_MAX_US : us < -TIME_MAX_US ? -TIME_MAX_US : us;
}

static struct row_time row_time_of(const struct visit *visit)
{
    struct row_time at = {.first_us = clamp_us(visit->first_ns),
                          .last_us = clamp_us(visit->last_ns),
                          .handed_us = clamp_us(visit->handed_ns)};

    if (at.last_us > at.handed_us)
        at.last_us = at.handed_us;
    if (at.first_us > at.last_us)
        at.first_us = at.last_us;
    return at;
}

/* @return NOBODY and *err when out of memory */
static uint32_t find_or_new(struct source_table *table, struct addr src, struct nj_err *err)
{
    struct addr key = addr_source(src);
    uint32_t place = place_find(table, key);

    return place != NOBODY ? place : place_new(table, key, err);
}

/* What a scanner of a lit network sends by TCP is a scan (docs/LIT-NETWORKS.md). No answer to
 * it counts: to an ACK our host's RST may be one, and who forges the next ACK has
 * not seen it. */
static bool is_stray_scan(const struct followed *f, const struct visit *visit)
{
    return f->walked && visit->class == CLASS_OTHER && visit->proto == PROTO_TCP;
}

static struct visit as_scan(const struct visit *visit)
{
    struct visit scan = *visit;

    scan.class = CLASS_SCAN;
    scan.answered = 0;
    return scan;
}

static void set_walked(struct followed *f, bool scanner)
{
    if (scanner) {
        f->class_sessions[CLASS_OTHER] -= f->strays;
        f->class_sessions[CLASS_SCAN] += f->strays;
        f->strays = 0;
    }
    f->walked = scanner;
}

int source_table_add(struct source_table *table, const struct visit *visit, uint32_t asn,
                     const char *country, struct nj_err *err)
{
    struct row_time at = row_time_of(visit);
    struct followed *f = NULL;
    struct light light;
    struct source *s;
    uint32_t place;

    if (at.handed_us > table->now_us)
        table->now_us = at.handed_us;
    /* what was due before this minute is decided as it was before this row */
    if (due_decide(table, nj_floor_div(table->now_us, MINUTE_US) * MINUTE_US, err) < 0 ||
        sensor_seen(table, visit, at.last_us, at.handed_us, err) < 0)
        return -1;
    place = find_or_new(table, visit->src, err);
    if (place == NOBODY)
        return -1;
    s = place_at(table, place);
    if (s->is_followed) {
        f = followed_at(table, s->followed);
    } else {
        source_light(table, s, &light);
        if (!source_light_deserves(&light, visit)) {
            source_light_add(s, &light, visit, at);
            return source_light_set(table, s, &light, err);
        }
        f = follow(table, place, err);
        if (f == NULL)
            return -1;
    }
    if (is_stray_scan(f, visit)) {
        struct visit scan = as_scan(visit);

        return followed_add(table, f, &scan, asn, country, at, err);
    }
    return followed_add(table, f, visit, asn, country, at, err);
}

int source_table_trait(struct source_table *table, const struct trait *trait,
                       struct nj_err *err)
{
    bool tool = strcmp(trait->kind, "tool") == 0;
    bool declared = strcmp(trait->kind, "declared") == 0;
    bool walk = strcmp(trait->kind, "trw") == 0;
    bool scanner = walk && strncmp(trait->value, "scanner;", 8) == 0;
    bool known = tool && strcmp(trait->value, "unknown") != 0; /* else: the verdict fell */
    uint64_t instance = instance_of_trait(trait->kind, trait->value);
    struct followed *f;
    uint32_t place;

    if (!tool && !declared && !walk && instance == 0)
        return 0;
    place = find_or_new(table, trait->src, err);
    if (place == NOBODY)
        return -1;
    if (!place_at(table, place)->is_followed) {
        if ((tool && !known) || (walk && !scanner))
            return 0;
        f = follow(table, place, err);
        if (f == NULL)
            return -1;
    }
    f = followed_at(table, place_at(table, place)->followed);
    if (tool) {
        f->tool_packets = known ? trait->packets : 0;
        f->tool_bits = known && isfinite(trait->bits) ? trait->bits : 0;
    }
    if (instance != 0)
        run_add_instance(&f->run, instance, trait->packets > 0 ? trait->packets : 1);
    if (walk)
        set_walked(f, scanner);
    f->declared |= declared;
    f->changed = true;
    return followed_touch(table, f, err);
}

bool source_table_is_declared(const struct source_table *table, struct addr src)
{
    uint32_t place = place_find(table, addr_source(src));

    return place != NOBODY && place_at(table, place)->is_followed &&
           followed_at(table, place_at(table, place)->followed)->declared;
}

bool source_table_find(const struct source_table *table, struct addr src,
                       struct source_facts *ret_facts)
{
    uint32_t place = place_find(table, addr_source(src));

    if (place == NOBODY || !place_at(table, place)->is_followed)
        return false;
    make_facts(table, followed_at(table, place_at(table, place)->followed), ret_facts);
    return true;
}

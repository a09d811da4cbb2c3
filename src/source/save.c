/* SPDX-License-Identifier: Apache-2.0 */
/* The state as bytes (base/saved.h): head, sensors, sources in the order of their places,
 * followed sources in the order of theirs, held changes. Index, heap and waiting lists are made
 * anew: what comes out follows from the rest. */
#include "source/table_state.h"

#include <string.h>

#include "base/saved.h"

#define MAGIC "NJSOURC\3"

static void walk_time(struct nj_saved *s, int64_t *us)
{
    nj_saved_i64(s, us);
    nj_saved_check(s, *us == TIME_NONE || (*us >= -TIME_MAX_US && *us <= TIME_MAX_US));
    if (nj_saved_reading(s) && nj_saved_bad(s))
        *us = 0;
}

/* A time less outages, or a span. */
static void walk_span(struct nj_saved *s, int64_t *us)
{
    nj_saved_i64(s, us);
    nj_saved_check(s, *us == TIME_NONE || (*us >= -4 * TIME_MAX_US && *us <= 4 * TIME_MAX_US));
    if (nj_saved_reading(s) && nj_saved_bad(s))
        *us = 0;
}

static void walk_addr(struct nj_saved *s, struct addr *a)
{
    nj_saved_u64(s, &a->hi);
    nj_saved_u64(s, &a->lo);
}

static void walk_amount(struct nj_saved *s, double *amount)
{
    nj_saved_double(s, amount);
    nj_saved_check(s, *amount >= 0);
}

static void walk_head(struct nj_saved *s, struct source_table *table)
{
    struct source_counts *c = &table->counts;
    uint64_t part_s = (uint64_t)table->options.part_s;

    nj_saved_u64(s, &part_s);
    nj_saved_check(s, part_s == (uint64_t)table->options.part_s);
    walk_time(s, &table->now_us);
    walk_time(s, &table->decided_us);
    nj_saved_u64(s, &table->next_id);
    nj_saved_u64(s, &c->sources_evicted);
    nj_saved_u64(s, &c->followed_evicted);
    nj_saved_u64(s, &c->episodes);
    nj_saved_u64(s, &c->ceased);
    nj_saved_u64(s, &c->resumed);
    nj_saved_u64(s, &c->outages_s);
    walk_amount(s, &table->outages_s);
}

static void walk_sensor(struct nj_saved *s, struct sensor_life *life)
{
    walk_addr(s, &life->last_src);
    walk_time(s, &life->last_us);
    walk_time(s, &life->change_us);
    walk_time(s, &life->dead_us);
    walk_time(s, &life->lag_us);
    nj_saved_check(s, life->dead_us >= 0 && life->lag_us >= 0);
    nj_saved_u64(s, &life->changes);
    walk_amount(s, &life->mean_s);
    walk_amount(s, &life->longest_s);
}

static void walk_source(struct nj_saved *s, struct source *source, struct light *light)
{
    walk_time(s, &source->first_us);
    walk_time(s, &source->last_us);
    nj_saved_u64(s, &light->sensors);
    nj_saved_u32(s, &light->packets);
    nj_saved_u32(s, &light->days);
    nj_saved_u32(s, &source->run_after_s);
    for (unsigned i = 0; i < 4; i++)
        nj_saved_u16(s, &light->unasked[i]);
    for (unsigned i = 0; i < LIGHT_PORTS; i++) {
        nj_saved_u16(s, &light->port[i]);
        nj_saved_u8(s, &light->port_proto[i]);
    }
    for (unsigned i = 0; i < 3; i++)
        nj_saved_u8(s, &light->asked[i]);
    nj_saved_u8(s, &light->fresh);
    nj_saved_u8(s, &light->run);
    nj_saved_u8(s, &light->answered);
    nj_saved_u8(s, &light->repeats);
    nj_saved_check(s, (source->first_us == TIME_NONE) == (source->last_us == TIME_NONE));
    nj_saved_check(s, light->run == 0 || source->first_us != TIME_NONE);
}

static void walk_top(struct nj_saved *s, struct top *top, bool names)
{
    for (unsigned i = 0; i < TOPS; i++) {
        if (names)
            nj_saved_name(s, &top->value[i]);
        else
            nj_saved_u32(s, &top->value[i]);
        nj_saved_u32(s, &top->count[i]);
    }
}

static void walk_map(struct nj_saved *s, struct map *map)
{
    for (unsigned i = 0; i < MAP_WORDS; i++)
        nj_saved_u64(s, &map->word[i]);
}

static void walk_gaps(struct nj_saved *s, struct gaps *gaps)
{
    walk_amount(s, &gaps->count);
    walk_amount(s, &gaps->total_s);
}

static void walk_run_counts(struct nj_saved *s, struct run *run)
{
    nj_saved_u64(s, &run->id);
    walk_time(s, &run->first_us);
    walk_time(s, &run->last_us);
    walk_time(s, &run->ceased_us);
    nj_saved_u64(s, &run->sessions);
    nj_saved_u64(s, &run->packets);
    nj_saved_u64(s, &run->repeats);
    nj_saved_u64(s, &run->answered);
    nj_saved_u64(s, &run->sensors);
    nj_saved_u64(s, &run->told_sessions);
    walk_time(s, &run->told_us);
    walk_gaps(s, &run->gaps);
    walk_time(s, &run->window.first_us);
    walk_time(s, &run->window.last_us);
    walk_time(s, &run->window.handed_us);
    walk_amount(s, &run->window.sessions);
    nj_saved_check(s, run->first_us <= run->last_us && run->told_sessions <= run->sessions);
    nj_saved_check(s, run->window.first_us == TIME_NONE ||
                          (run->window.first_us <= run->window.last_us &&
                           run->window.last_us != TIME_NONE));
}

static void walk_run(struct nj_saved *s, struct run *run)
{
    walk_run_counts(s, run);
    for (unsigned i = 0; i < EPISODE_GAP_BINS; i++)
        nj_saved_u32(s, &run->hist[i]);
    for (unsigned i = 0; i < 24; i++)
        nj_saved_u32(s, &run->day_hours[i]);
    walk_top(s, &run->tool, true);
    walk_top(s, &run->stack, true);
    walk_top(s, &run->ttl_window, false);
    for (unsigned i = 0; i < EPISODE_INSTANCES; i++) {
        nj_saved_u64(s, &run->instance.value[i]);
        nj_saved_u32(s, &run->instance.count[i]);
    }
    walk_map(s, &run->targets);
    walk_map(s, &run->ports);
    nj_saved_u64(s, &run->sport_bands);
    nj_saved_u32(s, &run->largest_part);
    nj_saved_u32(s, &run->hours);
    nj_saved_u32(s, &run->bursts);
    nj_saved_u32(s, (uint32_t *)&run->hour);
    nj_saved_u16(s, &run->stacks);
    nj_saved_u16(s, &run->stacks_met);
    nj_saved_u16(s, &run->sport_min);
    nj_saved_u16(s, &run->sport_max);
    for (unsigned i = 0; i < SPORTS; i++)
        nj_saved_u16(s, &run->sport[i]);
    nj_saved_u8(s, &run->sport_count);
    nj_saved_u8(s, &run->ttl_min);
    nj_saved_u8(s, &run->ttl_max);
    nj_saved_bool(s, &run->has_ports);
    nj_saved_bool(s, &run->has_fields);
    nj_saved_u32(s, &run->sport_even);
    nj_saved_u32(s, &run->sport_odd);
    nj_saved_float(s, &run->longest_s);
    nj_saved_check(s, run->longest_s >= 0);
    nj_saved_bool(s, &run->quiet);
    nj_saved_bool(s, &run->told_quiet);
    nj_saved_check(s, run->sport_count <= SPORTS + 1);
}

static void walk_followed_facts(struct nj_saved *s, struct followed *f)
{
    nj_saved_u32(s, &f->asn);
    nj_saved_u8(s, (uint8_t *)&f->country[0]);
    nj_saved_u8(s, (uint8_t *)&f->country[1]);
    nj_saved_bool(s, &f->declared);
    nj_saved_bool(s, &f->walked);
    nj_saved_u8(s, &f->ttl_min);
    nj_saved_u8(s, &f->ttl_max);
    for (unsigned i = 0; i < CLASS_COUNT; i++)
        nj_saved_u64(s, &f->class_sessions[i]);
    nj_saved_u64(s, &f->strays);
    nj_saved_check(s, f->strays <= f->class_sessions[CLASS_OTHER]);
    nj_saved_u64(s, &f->packets);
    nj_saved_u64(s, &f->sensors);
    nj_saved_u64(s, &f->answered);
    nj_saved_u64(s, &f->repeats);
    nj_saved_u64(s, &f->fields);
    walk_map(s, &f->targets);
    walk_map(s, &f->ports);
    nj_saved_name(s, &f->rule);
    nj_saved_name(s, &f->tool);
    nj_saved_name(s, &f->stack);
    nj_saved_bool(s, &f->rule_exploit);
    nj_saved_u32(s, &f->tool_packets);
    nj_saved_float(s, &f->tool_bits);
    nj_saved_u32(s, &f->largest_part);
    nj_saved_u32(s, &f->hours);
    nj_saved_u32(s, &f->days);
    nj_saved_u32(s, (uint32_t *)&f->hour);
    nj_saved_u32(s, (uint32_t *)&f->day);
    for (unsigned i = 0; i < STACKS; i++)
        nj_saved_name(s, &f->stack_list[i]);
    nj_saved_u16(s, &f->stacks);
    nj_saved_check(s, f->stacks <= 255);
}

static int walk_followed_ports(struct nj_saved *s, struct followed *f, struct nj_err *err)
{
    uint8_t count = f->port_count;

    nj_saved_u8(s, &count);
    nj_saved_check(s, count <= EPISODE_PORTS);
    for (unsigned i = 0; i < count && !nj_saved_bad(s); i++) {
        struct followed_port *port =
            nj_saved_reading(s) ? followed_port_add(f, err) : &f->port[i];

        if (port == NULL)
            return -1;
        nj_saved_u16(s, &port->port);
        nj_saved_u8(s, &port->proto);
        nj_saved_u16(s, &port->before);
        nj_saved_u32(s, &port->now);
    }
    return 0;
}

static int walk_followed(struct nj_saved *s, struct followed *f, struct nj_err *err)
{
    nj_saved_u32(s, &f->place);
    nj_saved_bool(s, &f->dirty);
    nj_saved_bool(s, &f->changed);
    nj_saved_bool(s, &f->tell_ceased);
    nj_saved_bool(s, &f->tell_resumed);
    nj_saved_u8(s, &f->home);
    nj_saved_u8(s, &f->home_lead);
    walk_time(s, &f->first_us);
    walk_time(s, &f->last_us);
    walk_span(s, &f->last_x);
    walk_span(s, &f->alive_x);
    walk_span(s, &f->needed_us);
    walk_span(s, &f->quiet_us);
    nj_saved_u64(s, &f->recount_at);
    walk_gaps(s, &f->before);
    for (unsigned i = 0; i < PAUSE_BINS; i++) {
        nj_saved_u32(s, &f->pauses.count[i]);
        nj_saved_float(s, &f->pauses.sum_s[i]);
        nj_saved_check(s, f->pauses.sum_s[i] >= 0);
    }
    walk_amount(s, &f->lone_pause_s);
    nj_saved_u64(s, &f->program);
    nj_saved_u64(s, &f->former);
    nj_saved_bool(s, &f->mixed);
    walk_followed_facts(s, f);
    if (walk_followed_ports(s, f, err) < 0)
        return -1;
    walk_run(s, &f->run);
    nj_saved_check(s, f->home < SENSORS && f->needed_us >= 0 && f->quiet_us >= 0);
    nj_saved_check(s,
                   f->run.packets == 0 || (f->last_x != TIME_NONE && f->alive_x != TIME_NONE));
    nj_saved_check(s, f->run.sessions == 0 || f->run.packets > 0);
    nj_saved_check(s, (f->first_us == TIME_NONE) == (f->last_us == TIME_NONE));
    return 0;
}

static void walk_port(struct nj_saved *s, struct episode_port *port)
{
    nj_saved_u16(s, &port->port);
    nj_saved_u8(s, &port->proto);
    nj_saved_u32(s, &port->sessions);
}

static void walk_held(struct nj_saved *s, struct held *held)
{
    struct episode *e = &held->episode;
    uint8_t change = (uint8_t)held->change, model = (uint8_t)e->sport_model;

    nj_saved_u8(s, &change);
    nj_saved_check(s, change <= EPISODE_FORGOTTEN);
    held->change = (enum episode_change)change;
    nj_saved_u64(s, &e->id);
    walk_addr(s, &e->src);
    nj_saved_u32(s, &e->asn);
    for (unsigned i = 0; i < 2; i++)
        nj_saved_u8(s, (uint8_t *)&e->country[i]);
    nj_saved_bool(s, &e->declared);
    walk_time(s, &e->first_us);
    walk_time(s, &e->last_us);
    walk_time(s, &e->ceased_us);
    nj_saved_bool(s, &e->quiet);
    nj_saved_u64(s, &e->sessions);
    nj_saved_u64(s, &e->packets);
    nj_saved_u64(s, &e->targets);
    nj_saved_u64(s, &e->sensors);
    nj_saved_u32(s, &e->hours);
    nj_saved_u32(s, &e->bursts);
    walk_amount(s, &e->rate);
    nj_saved_u32(s, &e->port_count);
    nj_saved_check(s, e->port_count <= EPISODE_PORTS);
    for (unsigned i = 0; i < e->port_count && !nj_saved_bad(s); i++)
        walk_port(s, &e->ports[i]);
    nj_saved_u32(s, &e->ports_seen);
    nj_saved_u8(s, &model);
    nj_saved_check(s, model <= SPORT_ODD);
    e->sport_model = (enum sport_model)model;
    nj_saved_u16(s, &e->sport_min);
    nj_saved_u16(s, &e->sport_max);
    nj_saved_u64(s, &e->sport_bands);
    nj_saved_name(s, &e->tool);
    nj_saved_name(s, &e->stack);
    nj_saved_u32(s, &e->stacks);
    nj_saved_u16(s, &e->window);
    nj_saved_u8(s, &e->ttl_min);
    nj_saved_u8(s, &e->ttl_max);
    nj_saved_bool(s, &e->no_fields);
    for (unsigned i = 0; i < EPISODE_INSTANCES; i++)
        nj_saved_u64(s, &e->instances[i]);
    for (unsigned i = 0; i < EPISODE_GAP_BINS; i++)
        nj_saved_u32(s, &e->gaps[i]);
    for (unsigned i = 0; i < 24; i++)
        nj_saved_u32(s, &e->day_hours[i]);
    nj_saved_u64(s, &e->repeats);
    nj_saved_u64(s, &e->answered);
}

static void put_place(struct nj_saved *s, const struct source_table *table, size_t place)
{
    struct source one = *place_at(table, place);
    struct addr src = place_src(&one);
    struct light light;

    source_light(table, &one, &light);
    if (one.is_followed)
        place_leave(&one, followed_at(table, one.followed));
    walk_addr(s, &src);
    walk_source(s, &one, &light);
}

static int get_place(struct nj_saved *s, struct source_table *table, struct nj_err *err)
{
    struct source one = {.key = 0}, *to;
    struct light light = {.sensors = 0};
    struct addr src = {0, 0};
    uint32_t place;

    walk_addr(s, &src);
    walk_source(s, &one, &light);
    nj_saved_check(s, addr_equal(src, addr_source(src)) && place_find(table, src) == NOBODY);
    if (nj_saved_bad(s))
        return 0;
    place = place_new(table, src, err);
    if (place == NOBODY)
        return -1;
    to = place_at(table, place);
    to->first_us = one.first_us;
    to->last_us = one.last_us;
    to->run_after_s = one.run_after_s;
    return source_light_set(table, to, &light, err);
}

static int walk_places(struct nj_saved *s, struct source_table *table, struct nj_err *err)
{
    uint64_t count = table->place_count, hand = table->place_hand;

    nj_saved_u64(s, &count);
    nj_saved_u64(s, &hand);
    nj_saved_check(s, count <= table->options.max_sources && hand <= count);
    for (uint64_t i = 0; i < count && !nj_saved_bad(s); i++) {
        if (!nj_saved_reading(s))
            put_place(s, table, i);
        else if (get_place(s, table, err) < 0)
            return -1;
    }
    if (nj_saved_reading(s))
        table->place_hand = nj_saved_bad(s) ? 0 : hand;
    return 0;
}

static int get_followed(struct nj_saved *s, struct source_table *table, struct nj_err *err)
{
    uint32_t number = (uint32_t)table->followed_count;
    struct followed *f = followed_append(table, err);
    bool dirty;

    if (f == NULL)
        return -1;
    if (walk_followed(s, f, err) < 0)
        return -1;
    nj_saved_check(s, f->place < table->place_count && !place_at(table, f->place)->is_followed);
    if (nj_saved_bad(s))
        return 0;
    place_follow(place_at(table, f->place), f, number);
    dirty = f->dirty;
    f->dirty = false;
    if (dirty && followed_touch(table, f, err) < 0)
        return -1;
    return due_file(table, f, err);
}

static int walk_second(struct nj_saved *s, struct source_table *table, struct nj_err *err)
{
    uint64_t count = table->followed_count, hand = table->followed_hand;

    nj_saved_u64(s, &count);
    nj_saved_u64(s, &hand);
    nj_saved_check(s, count <= table->options.max_followed && hand <= count);
    for (uint64_t i = 0; i < count && !nj_saved_bad(s); i++) {
        if ((nj_saved_reading(s) ? get_followed(s, table, err)
                                 : walk_followed(s, followed_at(table, i), err)) < 0)
            return -1;
    }
    if (nj_saved_reading(s))
        table->followed_hand = nj_saved_bad(s) ? 0 : hand;
    return 0;
}

static int walk_table(struct nj_saved *s, void *state, struct nj_err *err)
{
    struct source_table *table = state;
    uint64_t held = table->held_count;

    walk_head(s, table);
    for (unsigned i = 0; i < SENSORS; i++)
        walk_sensor(s, &table->sensors[i]);
    if (walk_places(s, table, err) < 0 || walk_second(s, table, err) < 0)
        return -1;
    nj_saved_u64(s, &held);
    for (uint64_t i = 0; i < held && !nj_saved_bad(s); i++) {
        struct held *place = nj_saved_reading(s) ? held_append(table, err) : &table->held[i];

        if (place == NULL)
            return -1;
        walk_held(s, place);
    }
    return 0;
}

int source_table_save(const struct source_table *table, const struct nj_intern *names,
                      FILE *out, struct nj_err *err)
{
    /* a walk that writes changes nothing */
    return nj_saved_write(out, MAGIC, names, walk_table, (void *)(uintptr_t)table, err);
}

int source_table_load(struct source_table *table, struct nj_intern *names, FILE *in,
                      struct nj_err *err)
{
    source_table_clear(table);
    if (nj_saved_read(in, MAGIC, names, walk_table, table, err) < 0) {
        source_table_clear(table);
        return nj_within(err, "sources");
    }
    return 0;
}

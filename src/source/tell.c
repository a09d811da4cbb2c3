/* SPDX-License-Identifier: Apache-2.0 */
/* From the table's own records to what others are told. */
#include "source/table_state.h"

#include <stdlib.h>
#include <string.h>

#define SLOW_PACKET_US (600 * US_PER_S) /* docs/RISK.md, "deliberately slow" */
#define SLOW_LEAST_US (3 * DAY_US)

static bool has_many_ports(const struct followed *f)
{
    unsigned count = 0;

    for (unsigned i = 0; i < f->port_count && count < MANY_PORTS; i++)
        count += f->port[i].now > 0;
    return count == MANY_PORTS;
}

bool run_says_something(const struct followed *f)
{
    const struct run *run = &f->run;

    return run->sessions >= FOLLOW_SESSIONS ||
           (run->sessions >= FOLLOW_SOONER && has_many_ports(f)) ||
           (run->sessions > 0 &&
            (f->walked || run->instance.count[0] > 0 || run->tool.count[0] > 0));
}

static double rate_of(const struct run *run)
{
    int64_t us = run->last_us - run->first_us;

    return run->sessions < 2 || us <= 0 ? 0 : (double)(run->sessions - 1) / seconds(us);
}

static int by_port(const void *a, const void *b)
{
    const struct episode_port *left = a, *right = b;

    if (left->proto != right->proto)
        return left->proto < right->proto ? -1 : 1;
    return left->port < right->port ? -1 : left->port > right->port;
}

/* @param all  of all runs, else of the present one. @return how many */
static uint32_t list_ports(const struct followed *f, bool all,
                           struct episode_port ret[EPISODE_PORTS])
{
    uint32_t count = 0;

    for (unsigned i = 0; i < f->port_count; i++) {
        const struct followed_port *port = &f->port[i];
        uint32_t sessions = port->now;

        if (all && sessions <= UINT32_MAX - port->before)
            sessions += port->before;
        if (sessions > 0)
            ret[count++] = (struct episode_port){
                .port = port->port, .proto = port->proto, .sessions = sessions};
    }
    qsort(ret, count, sizeof(*ret), by_port);
    return count;
}

/* How many ports at least: those that are kept, and those of which a bit is left. One that left
 * the list and came back stands in both, so bits of kept ones do not count. */
static uint32_t count_ports(const struct episode_port *ports, uint32_t count,
                            const struct map *left)
{
    struct map kept = {{0}}, both = *left;
    uint32_t others = 0, all;

    for (uint32_t i = 0; i < count; i++)
        map_set(&kept, (uint64_t)ports[i].proto << 16 | ports[i].port);
    for (unsigned i = 0; i < MAP_WORDS; i++) {
        others += (uint32_t)__builtin_popcountll(left->word[i] & ~kept.word[i]);
        both.word[i] |= kept.word[i];
    }
    if (others == 0)
        return count;
    all = map_count(&both);
    return all > count + others ? all : count + others;
}

static uint64_t most_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static enum sport_model sport_model_of(const struct run *run)
{
    if (!run->has_ports || run->sessions < FOLLOW_SESSIONS)
        return SPORT_UNKNOWN;
    if (run->sport_count <= SPORTS)
        return SPORT_FIXED;
    if (run->sport_odd == 0 && run->sport_even >= 16)
        return SPORT_EVEN;
    if (run->sport_even == 0 && run->sport_odd >= 16)
        return SPORT_ODD;
    return SPORT_RANGE;
}

static void list_instances(const struct run *run, uint64_t ret[EPISODE_INSTANCES])
{
    bool taken[EPISODE_INSTANCES] = {false};

    for (unsigned i = 0; i < EPISODE_INSTANCES; i++) {
        unsigned most = EPISODE_INSTANCES;

        for (unsigned k = 0; k < EPISODE_INSTANCES; k++)
            if (!taken[k] && run->instance.count[k] > 0 &&
                (most == EPISODE_INSTANCES ||
                 run->instance.count[k] > run->instance.count[most]))
                most = k;
        if (most == EPISODE_INSTANCES)
            return;
        taken[most] = true;
        ret[i] = run->instance.value[most];
    }
}

void make_episode(const struct source_table *table, const struct followed *f,
                  struct episode *ret)
{
    const struct run *run = &f->run;
    uint32_t window = top_first(&run->ttl_window);

    *ret = (struct episode){
        .id = run->id,
        .src = place_src(place_at(table, f->place)),
        .asn = f->asn,
        .country = {f->country[0], f->country[1]},
        .declared = f->declared,
        .first_us = run->first_us,
        .last_us = run->last_us,
        .ceased_us = run->ceased_us,
        .quiet = run->quiet || run->ceased_us != 0,
        .sessions = run->sessions,
        .packets = run->packets,
        .targets = most_of(run->largest_part, map_count(&run->targets)),
        .sensors = run->sensors,
        .hours = run->hours,
        .bursts = run->bursts,
        .rate = rate_of(run),
        .sport_model = sport_model_of(run),
        .sport_min = run->sport_min,
        .sport_max = run->sport_max,
        .sport_bands = run->sport_bands,
        .tool = top_first(&run->tool),
        .stack = top_first(&run->stack),
        .stacks = run->stacks,
        .window = window == 0 ? 0 : (uint16_t)(window - 1),
        .ttl_min = run->ttl_min,
        .ttl_max = run->ttl_max,
        .no_fields = !run->has_fields,
        .repeats = run->repeats,
        .answered = run->answered,
    };
    ret->port_count = list_ports(f, false, ret->ports);
    ret->ports_seen = count_ports(ret->ports, ret->port_count, &run->ports);
    list_instances(run, ret->instances);
    run_histogram(run, ret->gaps);
    memcpy(ret->day_hours, run->day_hours, sizeof(ret->day_hours));
}

void make_facts(const struct source_table *table, const struct followed *f,
                struct source_facts *ret)
{
    uint32_t tool = top_first(&f->run.tool), stack = top_first(&f->run.stack);

    *ret = (struct source_facts){
        .src = place_src(place_at(table, f->place)),
        .asn = f->asn,
        .country = {f->country[0], f->country[1]},
        .declared = f->declared,
        .first_us = f->first_us,
        .last_us = f->last_us,
        .packets = f->packets,
        .rule_exploit = f->rule,
        .targets = most_of(f->largest_part, map_count(&f->targets)),
        .days = f->days,
        .sensors = f->sensors,
        .rate = rate_of(&f->run),
        .slow = f->last_us - f->first_us >= SLOW_LEAST_US &&
                (int64_t)f->packets <= (f->last_us - f->first_us) / SLOW_PACKET_US,
        .tool = tool != 0 ? tool : f->tool,
        .stack = stack != 0 ? stack : f->stack,
        .tool_packets = f->tool_packets,
        .tool_bits = f->tool_bits,
        .answered = f->answered,
        .repeats = f->repeats,
        .fields = f->fields,
        .stacks = f->stacks,
        .ttl_min = f->ttl_min,
        .ttl_max = f->ttl_max,
        .hours = f->hours,
    };
    for (unsigned i = 0; i < CLASS_COUNT; i++) {
        ret->class_sessions[i] = f->class_sessions[i];
        ret->sessions += f->class_sessions[i];
    }
    ret->port_count = list_ports(f, true, ret->ports);
    ret->ports_seen = count_ports(ret->ports, ret->port_count, &f->ports);
}

struct held *held_append(struct source_table *table, struct nj_err *err)
{
    if (table->held_count == table->held_room) {
        size_t room = table->held_room * 2 + 8;
        struct held *list = realloc(table->held, room * sizeof(*list));

        if (list == NULL) {
            nj_fail(err, NJ_NOMEM, "changes of episodes");
            return NULL;
        }
        table->held = list;
        table->held_room = room;
    }
    memset(&table->held[table->held_count], 0, sizeof(struct held));
    return &table->held[table->held_count++];
}

int hold(struct source_table *table, const struct followed *f, enum episode_change change,
         struct nj_err *err)
{
    struct held *held = held_append(table, err);

    if (held == NULL)
        return -1;
    held->change = change;
    make_episode(table, f, &held->episode);
    return 0;
}

int hold_ceased(struct source_table *table, struct followed *f, struct nj_err *err)
{
    struct run *run = &f->run;

    if (run->sessions > run->told_sessions) {
        if (hold(table, f, EPISODE_GREW, err) < 0)
            return -1;
        table->held[table->held_count - 1].episode.ceased_us = 0;
    }
    run->told_sessions = run->sessions;
    run->told_us = run->ceased_us;
    return hold(table, f, EPISODE_CEASED, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of a source that sends little, in the first tier, until it deserves to be
 * followed. */
#include "source/table_state.h"

#include <string.h>

void source_light(const struct source_table *table, const struct source *s, struct light *ret)
{
    size_t size = 0;

    *ret = (struct light){.sensors = 0};
    if (s->light != 0)
        memcpy(ret, nj_shared_bytes(&table->lights, s->light, &size), sizeof(*ret));
}

int source_light_set(struct source_table *table, struct source *s, const struct light *light,
                     struct nj_err *err)
{
    uint32_t number = nj_shared_take(&table->lights, light, sizeof(*light));

    if (number == 0)
        return nj_fail(err, NJ_NOMEM, "sources");
    if (s->light != 0)
        nj_shared_give(&table->lights, s->light);
    s->light = number & (UINT32_MAX >> 2);
    return 0;
}

static void add_saturated(uint8_t *count, uint32_t more)
{
    *count = more < UINT8_MAX - (uint32_t)*count ? (uint8_t)(*count + more) : UINT8_MAX;
}

static void light_port(struct light *l, const struct visit *visit)
{
    for (unsigned i = 0; i < LIGHT_PORTS; i++) {
        if (l->port_proto[i] == 0) {
            l->port[i] = visit->dport;
            l->port_proto[i] = visit->proto;
            return;
        }
        if (l->port[i] == visit->dport && l->port_proto[i] == visit->proto)
            return;
    }
}

static void light_days(const struct source *s, struct light *l, int64_t last_us)
{
    int64_t days = s->last_us == TIME_NONE
                       ? 0
                       : nj_floor_div(last_us, DAY_US) - nj_floor_div(s->last_us, DAY_US);

    if (days > 0)
        l->days = days < 32 ? l->days << days : 0;
    if (days > -32)
        l->days |= days < 0 ? 1u << -days : 1;
}

/* Whether the row begins a run: the first, or behind the reach of the present one. */
static bool light_begins(const struct source *s, const struct light *l, struct row_time at)
{
    struct gaps gaps = {.count = l->run - 1.0};
    double gap_s;

    if (l->run == 0)
        return true;
    gap_s = seconds(at.first_us - s->last_us);
    gaps.total_s = seconds(s->last_us - s->first_us) - s->run_after_s;
    return gap_s > SILENCE_LEAST_S && gap_s > silence_gap_s(&gaps);
}

static void light_run(struct source *s, struct light *l, uint32_t sessions, struct row_time at)
{
    if (light_begins(s, l, at)) {
        int64_t after_s = (at.first_us - s->first_us) / US_PER_S;

        l->run = 0;
        s->run_after_s = after_s < 0            ? 0
                         : after_s < UINT32_MAX ? (uint32_t)after_s
                                                : UINT32_MAX;
    }
    add_saturated(&l->run, sessions);
}

void source_light_add(struct source *s, struct light *l, const struct visit *visit,
                      struct row_time at)
{
    static const int8_t asked_at[CLASS_COUNT] = {
        [CLASS_SCAN] = 0,         [CLASS_EXPLOIT] = 1,           [CLASS_CREDENTIAL] = 2,
        [CLASS_BACKSCATTER] = -1, [CLASS_MISCONFIGURATION] = -2, [CLASS_SERVICE] = -3,
        [CLASS_OTHER] = -4};
    int at_index = asked_at[visit->class < CLASS_COUNT ? visit->class : CLASS_OTHER];

    if (s->first_us == TIME_NONE)
        s->first_us = at.first_us;
    if (visit->sessions > 0)
        light_days(s, l, at.last_us);
    if (at_index >= 0) {
        add_saturated(&l->asked[at_index], visit->sessions);
        add_saturated(&l->fresh, visit->sessions);
        if (visit->sessions > 0)
            light_run(s, l, visit->sessions, at);
        light_port(l, visit);
    } else {
        uint16_t *count = &l->unasked[-at_index - 1];

        *count = visit->sessions < UINT16_MAX - (uint32_t)*count
                     ? (uint16_t)(*count + visit->sessions)
                     : UINT16_MAX;
    }
    if (at.first_us < s->first_us) {
        int64_t earlier_s = (s->first_us - at.first_us) / US_PER_S;

        if (l->run > 0 && earlier_s < UINT32_MAX - (int64_t)s->run_after_s)
            s->run_after_s += (uint32_t)earlier_s;
        s->first_us = at.first_us;
    }
    if (at.last_us > s->last_us)
        s->last_us = at.last_us;
    l->packets = visit->packets < UINT32_MAX - l->packets
                     ? l->packets + (uint32_t)visit->packets
                     : UINT32_MAX;
    l->sensors |= UINT64_C(1) << sensor_slot(visit->sensor);
    add_saturated(&l->answered, proven_answers(visit));
    add_saturated(&l->repeats, visit->repeats);
}

/* Ports that were asked for, with this row's, up to LIGHT_PORTS. */
static unsigned ports_with(const struct light *l, const struct visit *visit)
{
    for (unsigned i = 0; i < LIGHT_PORTS; i++) {
        if (l->port_proto[i] == 0)
            return i + 1;
        if (l->port[i] == visit->dport && l->port_proto[i] == visit->proto) {
            while (i < LIGHT_PORTS && l->port_proto[i] != 0)
                i++;
            return i;
        }
    }
    return LIGHT_PORTS;
}

bool source_light_deserves(const struct light *l, const struct visit *visit)
{
    uint64_t fresh = l->fresh + (uint64_t)visit->sessions;

    return class_asks(visit->class) &&
           (fresh >= FOLLOW_SESSIONS || visit->class != CLASS_SCAN || visit->tool != 0 ||
            visit->instance != 0 ||
            (fresh >= FOLLOW_SOONER && ports_with(l, visit) >= MANY_PORTS));
}

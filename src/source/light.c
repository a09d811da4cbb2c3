/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of a source that sends little, in the 80 bytes of the first tier, until it
 * deserves to be followed. */
#include "source/table_state.h"

static void add_saturated(uint8_t *count, uint32_t more)
{
    *count = more < UINT8_MAX - (uint32_t)*count ? (uint8_t)(*count + more) : UINT8_MAX;
}

static void light_port(struct source *s, const struct visit *visit)
{
    for (unsigned i = 0; i < LIGHT_PORTS; i++) {
        if (s->port_proto[i] == 0) {
            s->port[i] = visit->dport;
            s->port_proto[i] = visit->proto;
            return;
        }
        if (s->port[i] == visit->dport && s->port_proto[i] == visit->proto)
            return;
    }
}

static void light_days(struct source *s, int64_t last_us)
{
    int64_t days = s->last_us == TIME_NONE
                       ? 0
                       : floor_div(last_us, DAY_US) - floor_div(s->last_us, DAY_US);

    if (days > 0)
        s->days = days < 32 ? s->days << days : 0;
    if (days > -32)
        s->days |= days < 0 ? 1u << -days : 1;
}

/* Whether the row begins a run: the first, or behind the reach of the present one. */
static bool light_begins(const struct source *s, struct row_time at)
{
    struct gaps gaps = {.count = s->run - 1.0};
    double gap_s;

    if (s->run == 0)
        return true;
    gap_s = seconds(at.first_us - s->last_us);
    gaps.total_s = seconds(s->last_us - s->first_us) - s->run_after_s;
    return gap_s > SILENCE_LEAST_S && gap_s > silence_gap_s(&gaps);
}

static void light_run(struct source *s, uint32_t sessions, struct row_time at)
{
    if (light_begins(s, at)) {
        int64_t after_s = (at.first_us - s->first_us) / US_PER_S;

        s->run = 0;
        s->run_after_s = after_s < 0            ? 0
                         : after_s < UINT32_MAX ? (uint32_t)after_s
                                                : UINT32_MAX;
    }
    add_saturated(&s->run, sessions);
}

void source_light_add(struct source *s, const struct visit *visit, struct row_time at)
{
    static const int8_t asked_at[CLASS_COUNT] = {
        [CLASS_SCAN] = 0,         [CLASS_EXPLOIT] = 1,           [CLASS_CREDENTIAL] = 2,
        [CLASS_BACKSCATTER] = -1, [CLASS_MISCONFIGURATION] = -2, [CLASS_SERVICE] = -3,
        [CLASS_OTHER] = -4};
    int at_index = asked_at[visit->class < CLASS_COUNT ? visit->class : CLASS_OTHER];

    if (s->first_us == TIME_NONE)
        s->first_us = at.first_us;
    if (visit->sessions > 0)
        light_days(s, at.last_us);
    if (at_index >= 0) {
        add_saturated(&s->asked[at_index], visit->sessions);
        add_saturated(&s->fresh, visit->sessions);
        if (visit->sessions > 0)
            light_run(s, visit->sessions, at);
        light_port(s, visit);
    } else {
        uint16_t *count = &s->unasked[-at_index - 1];

        *count = visit->sessions < UINT16_MAX - (uint32_t)*count
                     ? (uint16_t)(*count + visit->sessions)
                     : UINT16_MAX;
    }
    if (at.first_us < s->first_us) {
        int64_t earlier_s = (s->first_us - at.first_us) / US_PER_S;

        if (s->run > 0 && earlier_s < UINT32_MAX - (int64_t)s->run_after_s)
            s->run_after_s += (uint32_t)earlier_s;
        s->first_us = at.first_us;
    }
    if (at.last_us > s->last_us)
        s->last_us = at.last_us;
    s->packets = visit->packets < UINT32_MAX - s->packets
                     ? s->packets + (uint32_t)visit->packets
                     : UINT32_MAX;
    s->sensors |= UINT64_C(1) << sensor_slot(visit->sensor);
    add_saturated(&s->answered, proven_answers(visit));
    add_saturated(&s->repeats, visit->repeats);
}

/* Ports that were asked for, with this row's, up to LIGHT_PORTS. */
static unsigned ports_with(const struct source *s, const struct visit *visit)
{
    for (unsigned i = 0; i < LIGHT_PORTS; i++) {
        if (s->port_proto[i] == 0)
            return i + 1;
        if (s->port[i] == visit->dport && s->port_proto[i] == visit->proto) {
            while (i < LIGHT_PORTS && s->port_proto[i] != 0)
                i++;
            return i;
        }
    }
    return LIGHT_PORTS;
}

bool source_light_deserves(const struct source *s, const struct visit *visit)
{
    uint64_t fresh = s->fresh + (uint64_t)visit->sessions;

    return class_asks(visit->class) &&
           (fresh >= FOLLOW_SESSIONS || visit->tool != 0 || visit->instance != 0 ||
            (fresh >= FOLLOW_SOONER && ports_with(s, visit) >= MANY_PORTS));
}

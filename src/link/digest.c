/* SPDX-License-Identifier: Apache-2.0 */
#include "link/digest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "link/map.h"

static uint32_t saturate(uint64_t n)
{
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

uint32_t digest_name_key(const struct nj_intern *names, uint32_t name)
{
    if (name == NJ_INTERN_NONE || name >= nj_intern_count(names))
        return 0;

    const char *text = nj_intern_text(names, name);
    uint32_t key = (uint32_t)XXH3_64bits(text, strlen(text));

    return key == 0 ? 1 : key;
}

uint64_t digest_net24(struct addr src)
{
    return addr_is_v4(src) ? ADDR_V4_PREFIX | addr_v4(src) >> 8 : src.hi;
}

uint64_t digest_net16(struct addr src)
{
    return addr_is_v4(src) ? ADDR_V4_PREFIX | addr_v4(src) >> 16 : src.hi >> 16;
}

void digest_touch(struct digest *d, const struct episode *e)
{
    d->last_us = e->last_us;
    d->ceased_us = e->ceased_us;
    d->quiet = e->quiet;
    d->sessions = saturate(e->sessions);
    d->rate = (float)e->rate;
}

static uint8_t part_of(uint64_t part, uint64_t all)
{
    return (uint8_t)(all == 0 ? 0 : (part * 255 + all / 2) / all);
}

int digest_room(struct digest *d, uint8_t ports, struct nj_err *err)
{
    struct digest_port *list;

    if (ports == 0) {
        free(d->ports);
        d->ports = NULL;
        return 0;
    }
    list = reallocarray(d->ports, ports, sizeof(*list));
    if (list == NULL)
        return nj_fail(err, NJ_NOMEM, "%u ports of an episode", ports);
    d->ports = list;
    return 0;
}

static int fill_ports(struct digest *d, const struct episode *e, struct nj_err *err)
{
    struct {
        uint32_t port, proto;
    } list[EPISODE_PORTS];
    uint32_t count = e->port_count > EPISODE_PORTS ? EPISODE_PORTS : e->port_count;
    uint64_t sessions = 0;

    d->ports_seen = (uint16_t)(e->ports_seen > UINT16_MAX ? UINT16_MAX : e->ports_seen);
    if (e->ports_seen > DIGEST_PORTS || count > DIGEST_PORTS) {
        const uint64_t wide[2] = {1, (uint64_t)(31 - __builtin_clz(e->ports_seen | 1))};

        d->set = XXH3_64bits(wide, sizeof(wide));
        d->port_count = 0;
        return digest_room(d, 0, err);
    }
    if (count != d->port_count && digest_room(d, (uint8_t)count, err) < 0)
        return -1;
    d->port_count = (uint8_t)count;
    for (uint32_t i = 0; i < count; i++) {
        list[i].port = e->ports[i].port;
        list[i].proto = e->ports[i].proto;
        sessions += e->ports[i].sessions;
    }
    d->set = count == 0 ? 0 : XXH3_64bits(list, count * sizeof(list[0]));
    for (uint32_t i = 0; i < count; i++) {
        uint8_t share = part_of(e->ports[i].sessions, sessions);

        d->ports[i] = (struct digest_port){.port = e->ports[i].port,
                                           .proto = e->ports[i].proto,
                                           .share = share == 0 ? 1 : share};
    }
    return 0;
}

int digest_fill(struct digest *d, const struct episode *e, const struct nj_intern *names,
                struct nj_err *err)
{
    uint64_t gaps = 0, hours = 0;

    digest_touch(d, e);
    d->filled = d->sessions;
    memcpy(d->instances, e->instances, sizeof(d->instances));
    d->sport_bands = e->sport_bands;
    d->sport_min = e->sport_min;
    d->sport_max = e->sport_max;
    d->sport_model = (uint8_t)e->sport_model;
    if (d->tool != e->tool || d->tool_key == 0)
        d->tool_key = digest_name_key(names, e->tool);
    if (d->stack != e->stack || d->stack_key == 0)
        d->stack_key = digest_name_key(names, e->stack);
    d->tool = e->tool;
    d->stack = e->stack;
    d->window = e->window;
    d->ttl = e->ttl_max;
    d->ttl_min = e->ttl_min;
    d->stacks = (uint8_t)(e->stacks > 255 ? 255 : e->stacks);
    d->asn = e->asn;
    memcpy(d->country, e->country, sizeof(d->country));
    d->country[2] = '\0';
    d->declared = e->declared;
    d->no_fields = e->no_fields;
    d->hours = (uint16_t)(e->hours > UINT16_MAX ? UINT16_MAX : e->hours);
    if (fill_ports(d, e, err) < 0)
        return -1;
    for (unsigned i = 0; i < EPISODE_GAP_BINS; i++)
        gaps += e->gaps[i];
    for (unsigned i = 0; i < EPISODE_GAP_BINS; i++)
        d->gaps[i] = part_of(e->gaps[i], gaps);
    for (unsigned i = 0; i < 24; i++)
        hours += e->day_hours[i];
    for (unsigned i = 0; i < 24; i++)
        d->day_hours[i] = part_of(e->day_hours[i], hours);
    return 0;
}

uint64_t digest_sport(const struct digest *d)
{
    switch ((enum sport_model)d->sport_model) {
    case SPORT_UNKNOWN:
        return 0;
    case SPORT_FIXED:
        return (uint64_t)SPORT_FIXED << 32 | (uint64_t)d->sport_min << 16 | d->sport_max;
    case SPORT_RANGE:
    case SPORT_EVEN:
    case SPORT_ODD:
        break;
    }
    /* edges to 4096; what is seen falls short of the true edges by span / (n + 1) */
    uint32_t span = (uint32_t)(d->sport_max - d->sport_min);
    uint32_t n = d->sessions > 4096 ? 4096 : d->sessions;
    uint32_t lack = n < 4 ? 0 : span / (n + 1);
    uint32_t low = d->sport_min > lack ? d->sport_min - lack : 0;
    uint32_t high = d->sport_max + lack > UINT16_MAX ? UINT16_MAX : d->sport_max + lack;

    return (uint64_t)d->sport_model << 32 | (low + 1024) >> 12 << 8 | (high + 1024) >> 12;
}

bool digest_same_sports(const struct digest *a, const struct digest *b)
{
    uint64_t value_a = digest_sport(a), value_b = digest_sport(b);

    if (value_a == 0 || value_a == value_b || a->sport_model != b->sport_model ||
        a->sport_model == SPORT_FIXED)
        return value_a != 0 && value_a == value_b;

    uint32_t span = (uint32_t)(a->sport_max - a->sport_min);
    uint32_t lack = span / (b->sessions + 1) + span / 50 + 64;

    return b->sport_min + 64 >= a->sport_min && b->sport_max <= a->sport_max + 64 &&
           b->sport_min <= a->sport_min + lack * 4 && a->sport_max <= b->sport_max + lack * 4;
}

bool digest_share_instance(const struct digest *a, const struct digest *b)
{
    for (unsigned i = 0; i < EPISODE_INSTANCES; i++)
        for (unsigned j = 0; a->instances[i] != 0 && j < EPISODE_INSTANCES; j++)
            if (a->instances[i] == b->instances[j])
                return true;
    return false;
}

double digest_pace(const struct digest *d)
{
    return d->hours == 0 ? (double)d->rate
                         : fmax((double)d->rate, d->filled / (3600.0 * d->hours));
}

int digest_distance(const struct digest *d)
{
    if (d->ttl == 0)
        return -1;
    return (d->ttl > 128 ? 255 : d->ttl > 64 ? 128 : d->ttl > 32 ? 64 : 32) - d->ttl;
}

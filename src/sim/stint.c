/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/stint.h"

#include <stdio.h>

#include "sim/mix.h"

#define CLAIM_TRIES 400
#define BURST_NS (360 * SIM_SECOND)

/* ---- addresses and numbers ---- */

uint64_t sim_log_between(struct nj_rng *rng, uint64_t low, uint64_t high)
{
    uint32_t octaves = 0;
    uint64_t at;

    while (low << (octaves + 1) <= high)
        octaves++;
    at = low << nj_rng_below(rng, octaves + 1);
    at += nj_rng_below64(rng, at);
    return at < high ? at : high;
}

uint32_t sim_claim_any(struct sim_world *world, struct nj_rng *rng)
{
    const struct sim_mix_job job = {.mix = &sim_mix_now};

    return sim_mix_claim(world, &job, rng);
}

uint32_t sim_claim_near(struct sim_world *world, uint32_t addr, enum sim_zone zone,
                        struct nj_rng *rng)
{
    uint32_t asn = zone == ZONE_AS ? sim_geo_place(world->geo, addr).asn : 0;

    if (zone == ZONE_AS && asn == 0)
        zone = ZONE_24; /* nobody knows its AS: stay where it is */
    if (zone == ZONE_ANY)
        return sim_claim_any(world, rng);
    for (int i = 0; i < CLAIM_TRIES; i++) {
        uint32_t near = zone == ZONE_AS ? sim_geo_pick_asn(world->geo, asn, rng)
                                        : (addr & 0xffffff00u) + nj_rng_between(rng, 1, 254);

        if (sim_world_claim(world, near))
            return near;
        if (zone == ZONE_24 && i % 100 == 99)
            addr += 256;
        if (sim_geo_reserved(addr))
            break;
    }
    return sim_claim_any(world, rng);
}

/* ---- what a program looks like ---- */

struct sim_style sim_own_style(struct nj_rng *rng)
{
    static const uint8_t ttls[3] = {64, 128, 255};
    static const uint16_t windows[] = {1024, 5840, 8192, 14600, 16384, 29200, 64240, 65535};
    uint32_t first = nj_rng_between(rng, 4, 110) * 256; /* 1024 .. 28160 */
    uint32_t width = nj_rng_between(rng, 8, 120) * 256;

    return (struct sim_style){
        .ttl = ttls[nj_rng_below(rng, 3)],
        .df = nj_rng_below(rng, 3) == 0,
        /* most authors write down a number that they have seen elsewhere */
        .window = nj_rng_below(rng, 4) == 0 ? (uint16_t)nj_rng_between(rng, 512, 65535)
                                            : windows[nj_rng_below(rng, 8)],
        .sport_first = (uint16_t)first,
        .sport_last = (uint16_t)(first + width),
        .sport_step = (uint8_t)nj_rng_between(rng, 1, 2),
        .layout = (enum sim_layout)nj_rng_below(rng, 4),
        .seq = (enum sim_seq)nj_rng_below(rng, 3),
        .id = (enum sim_id)nj_rng_below(rng, 3),
        .ip_id = (uint16_t)nj_rng_u32(rng),
    };
}

int sim_port_set(struct sim_world *world, struct nj_rng *rng, uint32_t count, uint32_t rare,
                 const struct sim_ports **ret_ports, struct nj_err *err)
{
    static const uint16_t popular[] = {21,   22,   23,   25,   53,   80,   110,  143,
                                       443,  445,  993,  1433, 2323, 3306, 3389, 5060,
                                       5555, 5900, 6379, 8000, 8080, 8081, 8443, 9200};
    const uint32_t populars = sizeof(popular) / sizeof(popular[0]);
    uint16_t chosen[SIM_PORTS_MAX];
    char text[SIM_PORTS_MAX * 6 + 1];
    size_t length = 0;

    if (count > SIM_PORTS_MAX)
        count = SIM_PORTS_MAX;
    for (uint32_t i = 0; i < count;) {
        uint16_t port = i < rare || i >= populars ? (uint16_t)nj_rng_between(rng, 1024, 49151)
                                                  : popular[nj_rng_below(rng, populars)];
        uint32_t known = 0;

        while (known < i && chosen[known] != port)
            known++;
        if (known == i)
            chosen[i++] = port;
    }
    for (uint32_t i = 0; i < count; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, i == 0 ? "%u" : " %u",
                                   chosen[i]);
    return sim_world_ports(world, text, ret_ports, err);
}

/* ---- stints ---- */

/* Packets of a span: the fraction decides by chance. */
static uint32_t count_of(const struct sim_world *world, const struct sim_stint *stint,
                         int64_t span_ns, struct nj_rng *rng)
{
    double hours = (double)span_ns / (double)SIM_HOUR;
    double count = hours * stint->per_hour_100 / 100 * world->options->scale;

    return (uint32_t)(count + (double)nj_rng_below(rng, 1 << 16) / 65536);
}

static int add_window(struct sim_world *world, const struct sim_stint *stint, int64_t from_ns,
                      int64_t to_ns, struct nj_rng *rng, struct nj_err *err)
{
    uint32_t count = from_ns < to_ns ? count_of(world, stint, to_ns - from_ns, rng) : 0;

    return count == 0 ? 0 : sim_world_window(world, from_ns, to_ns, count, err);
}

/* A third of a block's packets in six minutes, the rest evenly. */
static int add_block(struct sim_world *world, const struct sim_stint *stint, int64_t from_ns,
                     int64_t to_ns, struct nj_rng *rng, struct nj_err *err)
{
    int64_t length = to_ns - from_ns, burst;
    uint32_t count, before;

    if (length < 4 * BURST_NS)
        return add_window(world, stint, from_ns, to_ns, rng, err);
    burst = from_ns + (int64_t)nj_rng_below64(rng, (uint64_t)(length - BURST_NS));
    count = count_of(world, stint, length, rng);
    before = (uint32_t)((double)(count - count / 3) * (double)(burst - from_ns) /
                        (double)(length - BURST_NS));
    if (sim_world_window(world, from_ns, burst, before, err) < 0 ||
        sim_world_window(world, burst, burst + BURST_NS, count / 3, err) < 0)
        return -1;
    return sim_world_window(world, burst + BURST_NS, to_ns, count - count / 3 - before, err);
}

int sim_stint_add(struct sim_world *world, const struct sim_stint *stint, struct nj_rng *rng,
                  struct nj_err *err)
{
    const struct sim_new_sender spec = {
        .addr = stint->addr,
        .tool = stint->tool,
        .kind = stint->kind,
        .actor = stint->actor,
        .ports = stint->ports,
        .style = stint->style,
        .relation = stint->relation,
        .group = stint->group,
    };
    int64_t step = stint->schedule == SCHEDULE_BLOCKS ? 6 * SIM_HOUR : SIM_DAY;
    int64_t first = stint->from_ns - stint->from_ns % step;

    if (sim_world_add(world, &spec, err) < 0)
        return -1;
    if (stint->schedule == SCHEDULE_STEADY)
        return add_window(world, stint, stint->from_ns, stint->to_ns, rng, err);
    for (int64_t at = first; at < stint->to_ns; at += step) {
        int64_t quiet = (int64_t)nj_rng_between(rng, 1200, 2400) * SIM_SECOND;
        bool days = stint->schedule == SCHEDULE_DAYS;
        int64_t begin = days ? at + stint->hour * SIM_HOUR : at;
        int64_t end = days ? begin + 10 * SIM_HOUR - quiet : at + step - quiet;
        int64_t from = begin > stint->from_ns ? begin : stint->from_ns;
        int64_t to = end < stint->to_ns ? end : stint->to_ns;

        if (from < to && (days ? add_window(world, stint, from, to, rng, err)
                               : add_block(world, stint, from, to, rng, err)) < 0)
            return -1;
    }
    return 0;
}

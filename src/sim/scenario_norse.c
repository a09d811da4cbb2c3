/* SPDX-License-Identifier: Apache-2.0 */
/* norse-2014: a scanner that changes its address and comes back, as a human analyst once found
 * it in the records of 2014.
 *
 * 218.77.79.43 scans nine TCP ports in equal shares, source ports 32000-62000, 7,200 to 10,600
 * sessions a day (fewer on Tuesday and Wednesday), in blocks of six hours with bursts. On
 * 2014-09-23 it falls silent and 218.77.79.58 goes on; a bit over 192,000 sessions later, on
 * 2014-10-13, it is back:
 *
 *     .43  =================|                        |===========
 *     .58                   |========================|
 *                         09-23                    10-13
 *
 * Around it, background of that year, among it other scanners of the same network. */
#include "sim/mix.h"
#include "sim/scenario.h"

#define ADDR_43 0xda4d4f2bu /* 218.77.79.43 */
#define ADDR_58 0xda4d4f3au /* 218.77.79.58 */
#define CHINANET 4134u
#define BACKGROUND_PER_DAY 18000u
#define SOURCES_PER_DAY 900u

enum { LABEL_DAY = 1000, LABEL_TOTAL = 10, LABEL_BACKGROUND, LABEL_NEIGHBOUR, LABEL_NETWORK };

static void defaults(struct sim_options *options)
{
    if (!options->have_sensor)
        options->sensor = (struct sim_net){.first = 0xcb007100, .bits = 8}; /* 203.0.113.0/24 */
    if (!options->have_from)
        options->from_ns = sim_date(2014, 9, 8);
    if (!options->have_to)
        options->to_ns = sim_date(2014, 10, 28);
}

/* The random stream of a day is the day's own, whatever the period. */
static struct nj_rng day_rng(const struct sim_world *world, int64_t day_ns)
{
    return nj_rng(world->options->seed, LABEL_DAY + (uint64_t)(day_ns / SIM_DAY));
}

/* Sessions of the actor on a day. 1970-01-01 was a Thursday. */
static uint32_t day_count(const struct sim_world *world, int64_t day_ns)
{
    struct nj_rng rng = day_rng(world, day_ns);
    int64_t weekday = (day_ns / SIM_DAY + 3) % 7; /* 0: Monday */

    return weekday == 1 || weekday == 2 ? nj_rng_between(&rng, 7250, 8500)
                                        : nj_rng_between(&rng, 9700, 10550);
}

/* When and how much: the hand-over and the return. */
struct hops {
    int64_t leave_ns, arrive_ns; /* .43 ends, .58 begins */
    int64_t back_ns, resume_ns;  /* .58 ends, .43 is back */
    uint32_t first_58, last_58;  /* sessions of .58 on its first and last day */
};

static struct hops plan_hops(const struct sim_world *world)
{
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_TOTAL);
    int64_t first_day = sim_date(2014, 9, 23), last_day = sim_date(2014, 10, 13);
    uint32_t total = nj_rng_between(&rng, 192050, 192950), last = day_count(world, last_day);
    struct hops hops = {.leave_ns = first_day + 9 * SIM_HOUR};
    uint32_t sum;

    hops.leave_ns += (int64_t)nj_rng_below(&rng, 3600) * SIM_SECOND;
    hops.arrive_ns = hops.leave_ns + (int64_t)nj_rng_between(&rng, 1500, 3000) * SIM_SECOND;
    hops.first_58 = (uint32_t)((double)day_count(world, first_day) *
                               ((double)(first_day + SIM_DAY - hops.arrive_ns) / SIM_DAY));
    sum = hops.first_58;
    for (int64_t day = first_day + SIM_DAY; day < last_day; day += SIM_DAY)
        sum += day_count(world, day);
    hops.last_58 = sum < total ? total - sum : 0;
    if (hops.last_58 < last / 10)
        hops.last_58 = last / 10;
    if (hops.last_58 > last - last / 10)
        hops.last_58 = last - last / 10;
    hops.back_ns = last_day + (int64_t)((double)hops.last_58 / last * (double)SIM_DAY);
    hops.resume_ns = hops.back_ns + (int64_t)nj_rng_between(&rng, 600, 1800) * SIM_SECOND;
    return hops;
}

/* Part of a block: its sessions spread evenly, but for two bursts of six minutes that hold a
 * sixth each. */
static int add_block(struct sim_world *world, int64_t from_ns, int64_t to_ns, uint32_t count,
                     struct nj_rng *rng, struct nj_err *err)
{
    int64_t length = to_ns - from_ns, burst = 360 * SIM_SECOND, at = from_ns;
    uint32_t in_burst = count / 6, left = count;

    if (length < 10 * burst)
        return sim_world_window(world, from_ns, to_ns, count, err);
    for (int i = 0; i < 2; i++) {
        int64_t start = from_ns + length / 2 * i +
                        (int64_t)nj_rng_below64(rng, (uint64_t)(length / 2 - burst));
        uint32_t before = (uint32_t)((double)(count - 2 * in_burst) *
                                     ((double)(start - at) / (double)length));

        if (sim_world_window(world, at, start, before, err) < 0 ||
            sim_world_window(world, start, start + burst, in_burst, err) < 0)
            return -1;
        left -= before + in_burst;
        at = start + burst;
    }
    return sim_world_window(world, at, to_ns, left, err);
}

/* `count` sessions between two instants of one day, in blocks that end half an hour before the
 * next one begins. */
static int add_day(struct sim_world *world, int64_t from_ns, int64_t to_ns, uint32_t count,
                   struct nj_err *err)
{
    struct nj_rng rng = day_rng(world, from_ns);
    int64_t day = from_ns - from_ns % SIM_DAY, block = 6 * SIM_HOUR;
    uint32_t left = (uint32_t)sim_scaled(world->options, count);
    int64_t rest = to_ns - from_ns;

    for (int64_t start = day; start < to_ns && left > 0; start += block) {
        int64_t quiet = (int64_t)nj_rng_between(&rng, 1200, 2400) * SIM_SECOND;
        int64_t from = start > from_ns ? start : from_ns;
        int64_t to = start + block < to_ns ? start + block : to_ns;
        uint32_t part;

        if (from >= to)
            continue;
        part = (uint32_t)((double)left * ((double)(to - from) / (double)rest));
        rest -= to - from;
        left -= part;
        if (to == start + block && to - quiet > from)
            to -= quiet;
        if (add_block(world, from, to, part, &rng, err) < 0)
            return -1;
    }
    return 0;
}

/* All days from the day of `from_ns` to that of `to_ns`; the first and the last
 * may be parts. */
static int add_days(struct sim_world *world, int64_t from_ns, int64_t to_ns, uint32_t first,
                    uint32_t last, struct nj_err *err)
{
    for (int64_t day = from_ns - from_ns % SIM_DAY; day < to_ns; day += SIM_DAY) {
        int64_t from = day > from_ns ? day : from_ns;
        int64_t to = day + SIM_DAY < to_ns ? day + SIM_DAY : to_ns;
        uint32_t count = day_count(world, day);

        if (from != day)
            count = first;
        else if (to != day + SIM_DAY)
            count = last;
        if (add_day(world, from, to, count, err) < 0)
            return -1;
    }
    return 0;
}

static int add_actor(struct sim_world *world, struct nj_err *err)
{
    struct hops hops = plan_hops(world);
    int64_t begin = world->from_ns - world->from_ns % SIM_DAY;
    int64_t end = (world->to_ns + SIM_DAY - 1) / SIM_DAY * SIM_DAY;
    int64_t away_day = sim_date(2014, 9, 23), back_day = sim_date(2014, 10, 13);
    uint32_t last_43 = day_count(world, away_day) - hops.first_58;
    uint32_t first_43 = day_count(world, back_day) - hops.last_58;
    struct sim_new_sender spec = {.addr = ADDR_43, .tool = "custom", .kind = "norse"};

    spec.actor = ++world->actor_count;
    if (sim_world_ports(world, "21 22 23 25 53 80 443 3389 8080", &spec.ports, err) < 0)
        return -1;
    (void)sim_world_claim(world, ADDR_43);
    (void)sim_world_claim(world, ADDR_58);
    if (sim_world_add(world, &spec, err) < 0)
        return -1;
    if (begin < hops.leave_ns && add_days(world, begin, hops.leave_ns, 0, last_43, err) < 0)
        return -1;
    if (end > hops.resume_ns && add_days(world, hops.resume_ns, end, first_43, 0, err) < 0)
        return -1;
    spec.addr = ADDR_58;
    if (sim_world_add(world, &spec, err) < 0)
        return -1;
    return add_days(world, hops.arrive_ns, hops.back_ns, hops.first_58, hops.last_58, err);
}

static uint32_t pick_neighbour(const struct sim_world *world, struct nj_rng *rng)
{
    (void)world;
    return 0xda4d0000u + (4u << 8) + nj_rng_below(rng, 0xfb00); /* 218.77.4.0 and above */
}

static uint32_t pick_network(const struct sim_world *world, struct nj_rng *rng)
{
    return sim_geo_pick_asn(world->geo, CHINANET, rng);
}

static int plan(struct sim_world *world, struct nj_err *err)
{
    double days = (double)(world->to_ns - world->from_ns) / (double)SIM_DAY;
    uint64_t count = (uint64_t)(days * (double)sim_scaled(world->options, BACKGROUND_PER_DAY));
    uint32_t sources = (uint32_t)(days * SOURCES_PER_DAY);
    const struct sim_mix_job jobs[] = {
        {.mix = &sim_mix_2014, .count = count, .sources = sources, .label = LABEL_BACKGROUND},
        {.mix = &sim_mix_2014_scanners,
         .count = count / 60,
         .sources = 60,
         .label = LABEL_NEIGHBOUR,
         .kind = "neighbour",
         .pick = pick_neighbour},
        {.mix = &sim_mix_2014_scanners,
         .count = count / 15,
         .sources = 400,
         .label = LABEL_NETWORK,
         .kind = "same-network",
         .pick = pick_network},
    };

    world->count_sessions = true;
    if (add_actor(world, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
        if (jobs[i].count > 0 && sim_mix_add(world, &jobs[i], err) < 0)
            return -1;
    }
    return 0;
}

const struct sim_scenario sim_scenario_norse = {
    .name = "norse-2014",
    .summary = "one scanner that moves to another address and back, in 50 days of background",
    .defaults = defaults,
    .plan = plan,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* s4-shards: scans that are divided among several addresses, with what their programs then
 * share: ZMap's shards (one generator; with the Linux options one start second as well), ZMap
 * with a pool of source addresses (residue classes of the targets), masscan's shards (one
 * seed), unicornscan's drones (one key), nmap's decoys (copies of one packet), and Mirai bots
 * that come back from another address (one source port and window).
 *
 * s5-slow: the same idea drawn out: forty addresses with one packet an hour each. */
#include "sim/crowd.h"
#include "sim/scenario.h"

enum { LABEL_SHARDS = 7500, LABEL_SLOW = 7600 };

static void shards_defaults(struct sim_options *options)
{
    sim_crowd_defaults(options, 7);
}

static void slow_defaults(struct sim_options *options)
{
    sim_crowd_defaults(options, 14);
}

/* A divided scan. */
struct team {
    struct sim_stint stint;
    struct sim_style style; /* what all share; the shard or residue is each one's own */
    uint32_t members;
    enum sim_zone zone; /* where the others are, seen from the first */
    bool pool;          /* one machine with many addresses: residues instead of shards */
};

static int add_team(struct sim_world *world, struct team *team, struct nj_rng *rng,
                    struct nj_err *err)
{
    uint32_t first = sim_claim_any(world, rng);

    team->stint.actor = ++world->actor_count;
    team->stint.group = ++world->group_count;
    for (uint32_t m = 0; m < team->members; m++) {
        struct sim_stint stint = team->stint;

        if (team->pool) {
            team->style.modulus = team->members;
            team->style.residue = m;
        } else { /* machines are neither started nor done in the same second */
            team->style.shards = team->members;
            team->style.shard = m;
            stint.from_ns += (int64_t)nj_rng_below(rng, 60) * SIM_SECOND;
            stint.to_ns += (int64_t)nj_rng_below(rng, 600) * SIM_SECOND;
        }
        stint.addr = m == 0 ? first : sim_claim_near(world, first, team->zone, rng);
        if (stint.addr == 0)
            return nj_fail(err, NJ_LIMIT, "no free addresses");
        if (sim_world_style(world, &team->style, &stint.style, err) < 0 ||
            sim_stint_add(world, &stint, rng, err) < 0)
            return -1;
    }
    return 0;
}

/* A span of some hours somewhere in the period, and a rate that gives each member at least
 * sixteen packets. */
static void choose_time(const struct sim_world *world, struct team *team, struct nj_rng *rng)
{
    uint64_t span = (uint64_t)(world->to_ns - world->from_ns), eighth = span / 8;
    uint64_t length = eighth / 2 + nj_rng_below64(rng, eighth);
    double hours = (double)length / (double)SIM_HOUR;

    team->stint.from_ns = world->from_ns + (int64_t)nj_rng_below64(rng, span - length);
    team->stint.to_ns = team->stint.from_ns + (int64_t)length;
    team->stint.per_hour_100 = (uint32_t)(nj_rng_between(rng, 20, 160) * 100 / hours) + 1;
}

/* ---- s4 ---- */

static const struct kind {
    const char *kind, *tool, *ports;
    uint32_t teams, members_low, members_high;
    enum sim_zone zone;
    bool pool, clock, one_sport, typed;
} kinds[] = {
    {.kind = "zmap-shard",
     .tool = "zmap-4",
     .ports = "443",
     .teams = 8,
     .members_low = 3,
     .members_high = 16,
     .zone = ZONE_ANY},
    {.kind = "zmap-shard",
     .tool = "zmap-4",
     .ports = "8728",
     .teams = 4,
     .members_low = 3,
     .members_high = 8,
     .zone = ZONE_AS},
    {.kind = "zmap-shard-linux",
     .tool = "zmap-4-linux",
     .ports = "443",
     .teams = 6,
     .members_low = 3,
     .members_high = 12,
     .zone = ZONE_ANY,
     .clock = true},
    {.kind = "zmap-pool",
     .tool = "zmap-3",
     .ports = "80",
     .teams = 8,
     .members_low = 4,
     .members_high = 32,
     .zone = ZONE_24,
     .pool = true},
    {.kind = "masscan-shard",
     .tool = "masscan-1.3",
     .ports = "6379",
     .teams = 8,
     .members_low = 3,
     .members_high = 8,
     .zone = ZONE_ANY,
     .one_sport = true,
     .typed = true},
    {.kind = "unicornscan-drone",
     .tool = "unicornscan",
     .ports = "22 80 8080",
     .teams = 8,
     .members_low = 3,
     .members_high = 12,
     .zone = ZONE_ANY},
};

static int add_kind(struct sim_world *world, const struct kind *kind, struct nj_rng *rng,
                    struct nj_err *err)
{
    const struct sim_ports *ports;

    if (sim_world_ports(world, kind->ports, &ports, err) < 0)
        return -1;
    for (uint32_t t = 0; t < kind->teams; t++) {
        struct team team = {
            .stint = {.tool = kind->tool,
                      .kind = kind->kind,
                      .ports = ports,
                      .relation = "instance"},
            .style = {.shared = true, .key = nj_rng_u32(rng)},
            .members = nj_rng_between(rng, kind->members_low, kind->members_high),
            .zone = kind->zone,
            .pool = kind->pool,
        };

        choose_time(world, &team, rng);
        if (kind->clock) /* one controller starts all within a second */
            team.style.clock = (uint32_t)(team.stint.from_ns / SIM_SECOND) - 3600;
        if (kind->one_sport)
            team.style.sport = (uint16_t)nj_rng_between(rng, 40000, 59999);
        if (kind->typed && t % 2 == 0) /* the seed is a number that somebody made up */
            team.style.key %= 1000;
        if (add_team(world, &team, rng, err) < 0)
            return -1;
    }
    return 0;
}

/* One scanner and the addresses that it wants to be blamed with it. */
static int add_decoys(struct sim_world *world, struct nj_rng *rng, struct nj_err *err)
{
    struct sim_style style = {.decoys = nj_rng_between(rng, 3, 9)};
    struct team time = {.members = 1};
    struct sim_stint stint = {.tool = "nmap",
                              .kind = "nmap-decoyed",
                              .actor = ++world->actor_count,
                              .relation = "instance",
                              .group = ++world->group_count,
                              .addr = sim_claim_any(world, rng)};

    choose_time(world, &time, rng);
    stint.from_ns = time.stint.from_ns;
    stint.to_ns = time.stint.to_ns;
    stint.per_hour_100 = time.stint.per_hour_100;
    if (sim_world_style(world, &style, &stint.style, err) < 0 ||
        sim_world_ports(world, "21 22 23 80 443 3306 3389 8080", &stint.ports, err) < 0 ||
        sim_stint_add(world, &stint, rng, err) < 0)
        return -1;
    for (uint32_t d = 0; d < style.decoys; d++) {
        const struct sim_new_sender decoy = {.addr = sim_claim_any(world, rng),
                                             .tool = "nmap",
                                             .kind = "nmap-decoy",
                                             .actor = stint.actor,
                                             .ports = stint.ports,
                                             .relation = stint.relation,
                                             .group = stint.group};

        if (decoy.addr == 0)
            return nj_fail(err, NJ_LIMIT, "no free addresses");
        if (sim_world_add(world, &decoy, err) < 0)
            return -1;
    }
    return 0;
}

/* The crowd's moving bots are the sixth kind. */
static int plan_shards(struct sim_world *world, struct nj_err *err)
{
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_SHARDS);

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        if (add_kind(world, &kinds[k], &rng, err) < 0)
            return -1;
    }
    for (int i = 0; i < 10; i++) {
        if (add_decoys(world, &rng, err) < 0)
            return -1;
    }
    return sim_crowd_add(world, (struct sim_crowd){.related = true}, err);
}

/* ---- s5 ---- */

static int plan_slow(struct sim_world *world, struct nj_err *err)
{
    static const char *const tools[] = {"unicornscan", "own-permute", "masscan-1.3",
                                        "own-permute"};
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_SLOW);

    for (uint32_t t = 0; t < 4; t++) {
        struct team team = {
            .stint = {.tool = tools[t],
                      .kind = t == 0 ? "slow-instance" : "slow-team",
                      .relation = t == 0 ? "instance" : "parallel",
                      .from_ns =
                          world->from_ns + (int64_t)nj_rng_below(&rng, 86400) * SIM_SECOND,
                      .to_ns = world->to_ns,
                      .per_hour_100 = 100},
            .members = 40,
            .zone = t == 3 ? ZONE_AS : ZONE_ANY,
        };

        team.style = sim_own_style(&rng);
        team.style.shared = true;
        team.style.key = nj_rng_u32(&rng);
        if (sim_port_set(world, &rng, 4, 3, &team.stint.ports, err) < 0 ||
            add_team(world, &team, &rng, err) < 0)
            return -1;
    }
    return sim_crowd_add(world, (struct sim_crowd){.related = true}, err);
}

const struct sim_scenario sim_scenario_shards = {
    .name = "s4-shards",
    .summary = "scans divided among addresses that share a secret of one run",
    .defaults = shards_defaults,
    .plan = plan_shards,
};

const struct sim_scenario sim_scenario_slow = {
    .name = "s5-slow",
    .summary = "four plans of 40 addresses with one packet an hour each",
    .defaults = slow_defaults,
    .plan = plan_slow,
};

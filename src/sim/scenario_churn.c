/* SPDX-License-Identifier: Apache-2.0 */
/* s6-churn: bots behind lines that get another address every six to forty-eight hours. Each of
 * sixteen networks has a pool of 256 addresses and 60 bots; an address that one bot has left is
 * soon another's. Two thirds are Mirai, whose source port and window live as long as the
 * process; the rest calls connect() and keeps nothing that could be recognised. */
#include "sim/crowd.h"
#include "sim/scenario.h"

#define POOLS 16u
#define BOTS 60u
#define QUARANTINE_NS (60 * SIM_SECOND) /* of an address: a last repeat may be under way */

enum { LABEL_CHURN = 7700 };

static void defaults(struct sim_options *options)
{
    sim_crowd_defaults(options, 10);
}

struct pool {
    uint32_t first;
    int64_t free_ns[256]; /* when the last lease of an address ends */
};

/* A lease of an address that nobody has now. */
static uint32_t lease(struct pool *pool, int64_t from_ns, int64_t to_ns, struct nj_rng *rng)
{
    uint32_t i = nj_rng_between(rng, 1, 254);

    while (pool->free_ns[i] > from_ns)
        i = i % 254 + 1;
    pool->free_ns[i] = to_ns + QUARANTINE_NS;
    return pool->first + i;
}

/* Where a bot is. Those of a pool take turns, so that an address is never given out twice at
 * once. */
struct bot {
    struct sim_stint stint;
    uint32_t previous; /* sender + 1; 0: none yet */
    uint32_t left;     /* last address: a line seldom gets it again at once */
};

static int add_lease(struct sim_world *world, struct pool *pool, struct bot *bot,
                     struct nj_rng *rng, struct nj_err *err)
{
    const struct sim_hop hop = {.from = bot->previous - 1,
                                .to = world->sender_count,
                                .kind = bot->stint.relation != NULL ? "dhcp" : "dhcp-plain",
                                .changed = ""};

    bot->stint.to_ns = bot->stint.from_ns + (int64_t)nj_rng_between(rng, 6, 48) * SIM_HOUR;
    do {
        bot->stint.addr = lease(pool, bot->stint.from_ns, bot->stint.to_ns, rng);
    } while (bot->stint.addr == bot->left);
    if ((bot->previous != 0 && sim_world_hop(world, &hop, err) < 0) ||
        sim_stint_add(world, &bot->stint, rng, err) < 0)
        return -1;
    bot->previous = world->sender_count;
    bot->left = bot->stint.addr;
    bot->stint.from_ns = bot->stint.to_ns + (int64_t)nj_rng_between(rng, 30, 600) * SIM_SECOND;
    return 0;
}

static int begin_bot(struct sim_world *world, struct bot *bot, uint32_t number,
                     struct nj_rng *rng, struct nj_err *err)
{
    const struct sim_style style = {.sport = (uint16_t)nj_rng_between(rng, 1024, 65535),
                                    .port_window = (uint16_t)nj_rng_between(rng, 1, 65535)};
    bool plain = number % 3 == 2;

    *bot = (struct bot){.stint = {.tool = plain ? "linux-2.6" : "mirai",
                                  .kind = plain ? "plain-bot" : "moving-bot",
                                  .actor = ++world->actor_count,
                                  .from_ns = world->from_ns +
                                             (int64_t)nj_rng_below(rng, 2 * 86400) * SIM_SECOND,
                                  .per_hour_100 = (uint32_t)sim_log_between(rng, 60, 500)}};
    if (sim_world_ports(world, plain ? "23" : "23:9 2323:1", &bot->stint.ports, err) < 0)
        return -1;
    if (plain)
        return 0;
    bot->stint.relation = "instance";
    bot->stint.group = ++world->group_count;
    return sim_world_style(world, &style, &bot->stint.style, err);
}

/* The lines of one pool, always the one whose lease ends next. */
static int add_pool(struct sim_world *world, struct nj_rng *rng, struct nj_err *err)
{
    struct pool pool = {.first = sim_claim_any(world, rng) & 0xffffff00u};
    struct bot bots[BOTS];

    for (uint32_t i = 1; i < 255; i++) {
        if (!sim_world_claim(world, pool.first + i))
            pool.free_ns[i] = INT64_MAX; /* somebody has it; or it is the telescope's */
    }
    for (uint32_t b = 0; b < BOTS; b++) {
        if (begin_bot(world, &bots[b], b, rng, err) < 0)
            return -1;
    }
    for (;;) {
        uint32_t next = 0;

        for (uint32_t b = 1; b < BOTS; b++) {
            if (bots[b].stint.from_ns < bots[next].stint.from_ns)
                next = b;
        }
        if (bots[next].stint.from_ns >= world->to_ns)
            return 0;
        if (add_lease(world, &pool, &bots[next], rng, err) < 0)
            return -1;
    }
}

static int plan(struct sim_world *world, struct nj_err *err)
{
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_CHURN);

    for (uint32_t p = 0; p < POOLS; p++) {
        if (add_pool(world, &rng, err) < 0)
            return -1;
    }
    return sim_crowd_add(world, (struct sim_crowd){.related = true}, err);
}

const struct sim_scenario sim_scenario_churn = {
    .name = "s6-churn",
    .summary = "bots in dynamic pools, whose addresses are given to the next one",
    .defaults = defaults,
    .plan = plan,
};

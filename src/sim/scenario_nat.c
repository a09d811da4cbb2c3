/* SPDX-License-Identifier: Apache-2.0 */
/* s8-nat: sixty addresses behind each of which two programs run that have nothing to do with
 * each other but the line: a Mirai bot, and an operator's scanner with ports of its own.
 *
 *     whole    the line gets another address: both programs go on there       (kind "nat")
 *     partial  the scanner moves elsewhere, the bot stays                  (kind "partial")
 *     stays    nothing moves; two operators' scanners run behind one address
 *
 * Two operators behind one address are not one actor. */
#include "sim/crowd.h"
#include "sim/scenario.h"

#define LINES 60u

enum { LABEL_NAT = 7800 };

static void defaults(struct sim_options *options)
{
    sim_crowd_defaults(options, 10);
}

/* One program behind an address, before the move and after it. */
static int add_program(struct sim_world *world, struct sim_stint stint, uint32_t to_addr,
                       int64_t move_ns, const char *hop_kind, struct nj_rng *rng,
                       struct nj_err *err)
{
    stint.actor = ++world->actor_count;
    if (stint.addr == to_addr)
        return sim_stint_add(world, &stint, rng, err);
    stint.to_ns = move_ns;
    if (sim_stint_add(world, &stint, rng, err) < 0)
        return -1;
    if (sim_world_hop(world,
                      &(struct sim_hop){.from = world->sender_count - 1,
                                        .to = world->sender_count,
                                        .kind = hop_kind,
                                        .changed = ""},
                      err) < 0)
        return -1;
    stint.addr = to_addr;
    stint.from_ns = move_ns + (int64_t)sim_log_between(rng, 60, 3600) * SIM_SECOND;
    stint.to_ns = world->to_ns;
    return sim_stint_add(world, &stint, rng, err);
}

static int add_line(struct sim_world *world, uint32_t number, struct nj_rng *rng,
                    struct nj_err *err)
{
    const struct sim_style own = sim_own_style(rng),
                           mirai = {.sport = (uint16_t)nj_rng_between(rng, 1024, 65535),
                                    .port_window = (uint16_t)nj_rng_between(rng, 1, 65535)};
    uint32_t addr = sim_claim_any(world, rng);
    uint32_t next = number % 3 == 2 ? addr : sim_claim_near(world, addr, ZONE_AS, rng);
    uint64_t third = (uint64_t)(world->to_ns - world->from_ns) / 3;
    int64_t move = world->from_ns + (int64_t)(third + nj_rng_below64(rng, third));
    const char *hop = number % 3 == 0 ? "nat" : "partial";
    struct sim_stint bot = {.addr = addr,
                            .tool = "mirai",
                            .kind = "nat-bot",
                            .from_ns = world->from_ns,
                            .to_ns = world->to_ns,
                            .per_hour_100 = (uint32_t)sim_log_between(rng, 60, 400)};
    struct sim_stint scanner = {.addr = addr,
                                .tool = "own-permute",
                                .kind = "nat-scanner",
                                .from_ns = world->from_ns + 6 * SIM_HOUR,
                                .to_ns = world->to_ns,
                                .per_hour_100 = (uint32_t)sim_log_between(rng, 800, 12800)};

    if (addr == 0 || next == 0)
        return nj_fail(err, NJ_LIMIT, "no free addresses");
    if (sim_world_style(world, &mirai, &bot.style, err) < 0 ||
        sim_world_style(world, &own, &scanner.style, err) < 0 ||
        sim_world_ports(world, "23:9 2323:1", &bot.ports, err) < 0 ||
        sim_port_set(world, rng, nj_rng_between(rng, 2, 9), 2, &scanner.ports, err) < 0)
        return -1;
    if (number % 3 == 2) { /* two operators instead of an operator and a bot */
        bot.tool = "unicornscan";
        bot.kind = "nat-scanner";
        bot.style = NULL;
        if (sim_port_set(world, rng, 3, 2, &bot.ports, err) < 0)
            return -1;
    }
    if (add_program(world, bot, number % 3 == 0 ? next : addr, move, hop, rng, err) < 0)
        return -1;
    return add_program(world, scanner, next, move, hop, rng, err);
}

static int plan(struct sim_world *world, struct nj_err *err)
{
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_NAT);

    for (uint32_t i = 0; i < LINES; i++) {
        if (add_line(world, i, &rng, err) < 0)
            return -1;
    }
    return sim_crowd_add(world, (struct sim_crowd){.related = true}, err);
}

const struct sim_scenario sim_scenario_nat = {
    .name = "s8-nat",
    .summary = "two programs behind one address, one or both of which move",
    .defaults = defaults,
    .plan = plan,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* s9-imitation: others who look like an operator on purpose. Ninety victims, each with rare
 * ports and a program of its own, and an imitator of one of three skills, which the truth
 * calls imitator-1 to imitator-3:
 *
 *     1  the ports, as a public report lists them, with masscan
 *     2  the ports and the program's header fields, with other source ports and another rate
 *     3  all that can be seen: a true copy
 *
 * A third of them runs beside the victim, who does not stop; a third begins within hours of the
 * victim's end; a third begins at the time at which the victim really moves, so that two claim
 * to be its successor. No imitator is the victim. */
#include "sim/crowd.h"
#include "sim/scenario.h"

#define VICTIMS 90u

enum { LABEL_IMITATION = 7900 };
enum when { WHILE_ACTIVE, AFTER_THE_END, AT_THE_MOVE };

static void defaults(struct sim_options *options)
{
    sim_crowd_defaults(options, 14);
}

static int add_imitator(struct sim_world *world, const struct sim_stint *victim, uint32_t skill,
                        int64_t from_ns, struct nj_rng *rng, struct nj_err *err)
{
    static const char *const kinds[3] = {"imitator-1", "imitator-2", "imitator-3"};
    struct sim_stint stint = *victim;
    struct sim_style style = *victim->style;

    stint.kind = kinds[skill];
    stint.actor = ++world->actor_count;
    stint.addr = sim_claim_any(world, rng);
    stint.from_ns = from_ns;
    stint.to_ns = world->to_ns;
    if (stint.addr == 0)
        return nj_fail(err, NJ_LIMIT, "no free addresses");
    if (skill == 0)
        stint.tool = "masscan-1.3";
    if (skill < 2) {
        const struct sim_style other = sim_own_style(rng);

        style.sport_first = other.sport_first;
        style.sport_last = other.sport_last;
        style.sport_step = other.sport_step;
        stint.per_hour_100 = (uint32_t)sim_log_between(rng, 400, 12800);
        stint.schedule = SCHEDULE_STEADY;
    }
    if (sim_world_style(world, &style, &stint.style, err) < 0)
        return -1;
    return sim_stint_add(world, &stint, rng, err);
}

static int add_victim(struct sim_world *world, uint32_t number, struct nj_rng *rng,
                      struct nj_err *err)
{
    const struct sim_style style = sim_own_style(rng);
    uint32_t count = nj_rng_between(rng, 2, 9), skill = number / 3 % 3;
    uint64_t third = (uint64_t)(world->to_ns - world->from_ns) / 3;
    enum when when = (enum when)(number % 3);
    struct sim_stint victim = {
        .addr = sim_claim_any(world, rng),
        .tool = "own-permute",
        .kind = "victim-of-copy",
        .actor = ++world->actor_count,
        .from_ns = world->from_ns,
        .to_ns = world->from_ns + (int64_t)(third + nj_rng_below64(rng, third)),
        .per_hour_100 = (uint32_t)sim_log_between(rng, 400, 12800),
        .schedule = nj_rng_below(rng, 2) == 0 ? SCHEDULE_BLOCKS : SCHEDULE_STEADY,
    };
    int64_t end = victim.to_ns;
    int64_t copied = end + (int64_t)sim_log_between(rng, 600, 21600) * SIM_SECOND;

    if (victim.addr == 0)
        return nj_fail(err, NJ_LIMIT, "no free addresses");
    if (when == WHILE_ACTIVE) {
        victim.to_ns = world->to_ns;
        copied = end;
    }
    if (sim_world_style(world, &style, &victim.style, err) < 0 ||
        sim_port_set(world, rng, count, count / 2 + 1, &victim.ports, err) < 0 ||
        sim_stint_add(world, &victim, rng, err) < 0)
        return -1;
    if (when == AT_THE_MOVE) {
        const struct sim_hop hop = {.from = world->sender_count - 1,
                                    .to = world->sender_count,
                                    .kind = "first",
                                    .changed = ""};

        victim.addr = sim_claim_near(world, victim.addr,
                                     nj_rng_below(rng, 2) == 0 ? ZONE_24 : ZONE_AS, rng);
        victim.from_ns = end + (int64_t)sim_log_between(rng, 600, 21600) * SIM_SECOND;
        victim.to_ns = world->to_ns;
        if (sim_world_hop(world, &hop, err) < 0 || sim_stint_add(world, &victim, rng, err) < 0)
            return -1;
    }
    return add_imitator(world, &victim, skill, copied, rng, err);
}

static int plan(struct sim_world *world, struct nj_err *err)
{
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_IMITATION);

    for (uint32_t i = 0; i < VICTIMS; i++) {
        if (add_victim(world, i, &rng, err) < 0)
            return -1;
    }
    return sim_crowd_add(world, (struct sim_crowd){.related = true}, err);
}

const struct sim_scenario sim_scenario_imitation = {
    .name = "s9-imitation",
    .summary = "imitators who run beside an operator, or begin when it stops or moves",
    .defaults = defaults,
    .plan = plan,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* s3-lookalikes: nothing but unrelated sources that look alike: the crowd with its bots, worms
 * and default ZMap and masscan users, without those who belong together; and kits that many
 * unrelated people run as they come, with a port list, a window and a source-port range that
 * look rare at first sight. Every link in it is a false one.
 *
 * In each kit's neighbourhood one user stops and another begins soon after, as often happens
 * among hundreds of customers of one provider. */
#include "sim/crowd.h"
#include "sim/scenario.h"

#define KITS 6u
#define USERS 80u

enum { LABEL_KITS = 7400 };

static void defaults(struct sim_options *options)
{
    sim_crowd_defaults(options, 10);
}

static int add_kit(struct sim_world *world, struct nj_rng *rng, struct nj_err *err)
{
    static const char *const tools[] = {"own-permute", "masscan-2023", "linux-5"};
    const struct sim_style style = sim_own_style(rng);
    struct sim_stint stint = {.tool = tools[nj_rng_below(rng, 3)], .kind = "cloned-kit"};
    uint64_t span = (uint64_t)(world->to_ns - world->from_ns);

    if (sim_world_style(world, &style, &stint.style, err) < 0 ||
        sim_port_set(world, rng, nj_rng_between(rng, 3, 12), 2, &stint.ports, err) < 0)
        return -1;
    for (uint32_t u = 0; u < USERS; u++) {
        bool beside = u % 4 == 3; /* begins where and when the one before ends */

        stint.from_ns =
            beside ? stint.to_ns + (int64_t)sim_log_between(rng, 600, 40000) * SIM_SECOND
                   : world->from_ns + (int64_t)nj_rng_below64(rng, span);
        stint.addr = beside ? sim_claim_near(world, stint.addr, ZONE_24, rng)
                            : sim_claim_any(world, rng);
        stint.to_ns = stint.from_ns + (int64_t)sim_log_between(rng, 6, 72) * SIM_HOUR;
        stint.per_hour_100 = (uint32_t)sim_log_between(rng, 400, 12800);
        if (stint.addr == 0)
            return nj_fail(err, NJ_LIMIT, "no free addresses");
        if (sim_stint_add(world, &stint, rng, err) < 0)
            return -1;
    }
    return 0;
}

static int plan(struct sim_world *world, struct nj_err *err)
{
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_KITS);

    for (uint32_t k = 0; k < KITS; k++) {
        if (add_kit(world, &rng, err) < 0)
            return -1;
    }
    return sim_crowd_add(world, (struct sim_crowd){.related = false}, err);
}

const struct sim_scenario sim_scenario_lookalikes = {
    .name = "s3-lookalikes",
    .summary = "unrelated sources that look alike: no link is right",
    .defaults = defaults,
    .plan = plan,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* s1-reference: the hand-over of the first story as a reference for measuring: one operator
 * with nine ports and blocks of six hours moves within its /24 on the same day, and back:
 *
 *     A  ============|                |==========
 *     B              |================|
 *
 * Address, header fields and hours are drawn from the seed; the network's other newcomers and
 * a hard background stand around it. */
#include "sim/crowd.h"
#include "sim/scenario.h"

enum { LABEL_STORY = 7100 };

static void defaults(struct sim_options *options)
{
    sim_crowd_defaults(options, 14);
}

/* Two sevenths to three sevenths of the period. */
static int64_t some_days(const struct sim_world *world, struct nj_rng *rng)
{
    uint64_t seventh = (uint64_t)(world->to_ns - world->from_ns) / 7;

    return (int64_t)(2 * seventh + nj_rng_below64(rng, seventh / 2));
}

static int plan(struct sim_world *world, struct nj_err *err)
{
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_STORY);
    const struct sim_style style = sim_own_style(&rng);
    uint32_t a = sim_claim_any(world, &rng), b = sim_claim_near(world, a, ZONE_24, &rng);
    const uint32_t addresses[3] = {a, b, a};
    struct sim_stint stint = {
        .tool = "own-random",
        .kind = "reference",
        .actor = ++world->actor_count,
        .from_ns = world->from_ns,
        .per_hour_100 = 36000, /* one packet in ten seconds */
        .schedule = SCHEDULE_BLOCKS,
    };

    if (sim_world_ports(world, "21 22 23 25 53 80 443 3389 8080", &stint.ports, err) < 0 ||
        sim_world_style(world, &style, &stint.style, err) < 0)
        return -1;
    for (uint32_t s = 0; s < 3; s++) {
        const struct sim_hop hop = {
            .from = s - 1, .to = s, .kind = s == 1 ? "first" : "return", .changed = ""};

        stint.addr = addresses[s];
        stint.to_ns = s < 2 ? stint.from_ns + some_days(world, &rng) : world->to_ns;
        if ((s > 0 && sim_world_hop(world, &hop, err) < 0) ||
            sim_stint_add(world, &stint, &rng, err) < 0)
            return -1;
        stint.from_ns = stint.to_ns + (int64_t)sim_log_between(&rng, 600, 7200) * SIM_SECOND;
    }
    for (uint32_t s = 0; s < 2; s++) {
        const struct sim_sender *sender = &world->senders[s];
        const struct sim_window *last =
            &world->windows[sender->windows + sender->windows_left - 1];

        if (sender->windows_left > 0 &&
            sim_crowd_beside(world, addresses[s], last->to_ns, &rng, err) < 0)
            return -1;
    }
    return sim_crowd_add(world, (struct sim_crowd){.related = true}, err);
}

const struct sim_scenario sim_scenario_reference = {
    .name = "s1-reference",
    .summary = "one operator moves from A to B in its /24, and back",
    .defaults = defaults,
    .plan = plan,
};

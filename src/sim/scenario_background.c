/* SPDX-License-Identifier: Apache-2.0 */
/* background: what a telescope of today receives. Sources by Zipf's law, most of them with a
 * handful of packets; every tool of the table with its true relations; backscatter. */
#include "sim/mix.h"
#include "sim/scenario.h"

static void defaults(struct sim_options *options)
{
    if (!options->have_sensor)
        options->sensor = (struct sim_net){.first = 0xc6120000, .bits = 16}; /* 198.18.0.0/16 */
    if (options->packets == 0)
        options->packets = 20000000;
    if (options->sources == 0)
        options->sources = 400000;
    if (options->hours == 0)
        options->hours = 24;
    if (!options->have_from)
        options->from_ns = sim_date(2024, 9, 2);
    if (!options->have_to)
        options->to_ns = options->from_ns + options->hours * SIM_HOUR;
}

static int plan(struct sim_world *world, struct nj_err *err)
{
    const struct sim_mix_job job = {
        .mix = &sim_mix_now,
        .count = sim_scaled(world->options, world->options->packets),
        .sources = world->options->sources,
        .label = 1,
    };

    return sim_mix_add(world, &job, err);
}

const struct sim_scenario sim_scenario_background = {
    .name = "background",
    .summary = "Zipf sources with today's tools and backscatter on a /16",
    .defaults = defaults,
    .plan = plan,
};

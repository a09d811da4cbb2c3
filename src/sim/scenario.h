/* SPDX-License-Identifier: Apache-2.0 */
/* The scenarios. A new one is a file scenario_NAME.c with one of these, and a line in
 * scenario.c. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <stddef.h>

#include "sim/world.h"

struct sim_scenario {
    const char *name, *summary;
    /** Fill in what the command line left open. */
    void (*defaults)(struct sim_options *options);
    /** Fill the world. Deterministic: only the seed and the geo data decide.
     * @return 0; -1 with *err */
    int (*plan)(struct sim_world *world, struct nj_err *err);
};

extern const struct sim_scenario sim_scenario_norse, sim_scenario_packetwatch,
    sim_scenario_background, sim_scenario_reference, sim_scenario_hoppers,
    sim_scenario_lookalikes, sim_scenario_shards, sim_scenario_slow, sim_scenario_churn,
    sim_scenario_evasion, sim_scenario_nat, sim_scenario_imitation, sim_scenario_programs;

extern const struct sim_scenario *const sim_scenarios[];
extern const size_t sim_scenario_count;

/** Find the scenario that the options name and apply its defaults. @return 0; -1 NJ_CONFIG */
int sim_scenario_choose(struct sim_options *options, const struct sim_scenario **ret_scenario,
                        struct nj_err *err);

/** `count` times the options' scale. */
uint64_t sim_scaled(const struct sim_options *options, uint64_t count);

#endif

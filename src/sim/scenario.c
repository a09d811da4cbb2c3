/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/scenario.h"

#include <string.h>

const struct sim_scenario *const sim_scenarios[] = {
    &sim_scenario_norse,     &sim_scenario_packetwatch, &sim_scenario_background,
    &sim_scenario_reference, &sim_scenario_hoppers,     &sim_scenario_lookalikes,
    &sim_scenario_shards,    &sim_scenario_slow,        &sim_scenario_churn,
    &sim_scenario_evasion,   &sim_scenario_nat,         &sim_scenario_imitation,
    &sim_scenario_programs,
};
const size_t sim_scenario_count = sizeof(sim_scenarios) / sizeof(sim_scenarios[0]);

uint64_t sim_scaled(const struct sim_options *options, uint64_t count)
{
    return (uint64_t)((double)count * options->scale);
}

int sim_scenario_choose(struct sim_options *options, const struct sim_scenario **ret_scenario,
                        struct nj_err *err)
{
    for (size_t i = 0; i < sim_scenario_count; i++) {
        if (strcmp(sim_scenarios[i]->name, options->scenario) != 0)
            continue;
        if (options->scale == 0)
            options->scale = 1;
        sim_scenarios[i]->defaults(options);
        if (options->from_ns >= options->to_ns)
            return nj_fail(err, NJ_CONFIG, "the period ends before it begins");
        *ret_scenario = sim_scenarios[i];
        return 0;
    }
    return nj_fail(err, NJ_CONFIG,
                   "scenario \"%.40s\" is not known; nightjar-sim --help lists them",
                   options->scenario);
}

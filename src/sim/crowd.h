/* SPDX-License-Identifier: Apache-2.0 */
/* A hard background for scenarios about operators: who looks alike without having to do with
 * each other, and who belongs together without being what the scenario is about. */
#ifndef SIM_CROWD_H
#define SIM_CROWD_H

#include "sim/stint.h"

struct sim_crowd {
    /** Also research fleets, and bots whose address changes: they belong together, and the
     * truth says so. */
    bool related;
};

/**
 * Add options->sources sources, options->packets of them by the mix (Zipf): Mirai bots, users
 * of ZMap and masscan with their defaults, worms, brute forcers, flood victims, sources that
 * sleep at night, and newcomers of the same kind in the same /24.
 *
 * @return 0; -1 NJ_NOMEM, NJ_LIMIT
 */
int sim_crowd_add(struct sim_world *world, struct sim_crowd crowd, struct nj_err *err);

/** Two to four newcomers with default tools in the /24 of an address, each at some time within
 * six hours of an instant: nothing to do with it. @return 0; -1 NJ_NOMEM */
int sim_crowd_beside(struct sim_world *world, uint32_t addr, int64_t around_ns,
                     struct nj_rng *rng, struct nj_err *err);

/** Defaults of a scenario with a crowd: sensor 198.18.0.0/20, from 2024-09-02, so many days. */
void sim_crowd_defaults(struct sim_options *options, uint32_t days);

#endif

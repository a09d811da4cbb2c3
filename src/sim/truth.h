/* SPDX-License-Identifier: Apache-2.0 */
/* The truth beside a capture: a CSV row for each source that sent something. */
#ifndef SIM_TRUTH_H
#define SIM_TRUTH_H

#include "sim/world.h"

/**
 * Write source,actor,tool,class,kind,country,asn,first,last,packets,sessions,ports after the
 * engine has run. `ports` are those used, joined by ";" (of backscatter: the attacked
 * service's); `kind` is the role in the scenario, or the tool's variant.
 *
 * @return 0; -1 NJ_IO
 */
int sim_truth_write(const struct sim_world *world, const char *path, struct nj_err *err);

#endif

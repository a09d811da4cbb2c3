/* SPDX-License-Identifier: Apache-2.0 */
/* The truth beside a capture: a CSV row for each source that sent something. */
#ifndef SIM_TRUTH_H
#define SIM_TRUTH_H

#include "sim/world.h"

/**
 * Write source,actor,tool,class,kind,country,asn,first,last,packets,sessions,ports,group after
 * the engine has run. `ports` are those used, joined by ";" (of backscatter: the attacked
 * service's); `kind` is the role in the scenario, or the tool's variant; `group` is empty or
 * "instance:7", "parallel:7": what runs one program or one plan together. A source has a row
 * for each of its programs and stints.
 *
 * @return 0; -1 NJ_IO
 */
int sim_truth_write(const struct sim_world *world, const char *path, struct nj_err *err);

/**
 * Write actor,from,to,stopped,started,kind,changed: a row for each hand-over whose both sides
 * sent something, in the order in which they were planned. `stopped` is the last packet of
 * `from`, `started` the first of `to` in this stint.
 *
 * @return 0; -1 NJ_IO
 */
int sim_hops_write(const struct sim_world *world, const char *path, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which attempts look like ones seen shortly before, and are therefore no sessions of their
 * own: a TCP SYN with the five-tuple and sequence number of one less than 120 s before, any
 * other packet with the five-tuple of one less than 60 s before. */
#ifndef SIM_RECENT_H
#define SIM_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/probe.h"

struct sim_recent;

/** @return NULL when out of memory */
struct sim_recent *sim_recent_new(void);
void sim_recent_free(struct sim_recent *recent);

/** Remember the packet. Bounded at 2^18 packets: of four that share a place, the oldest is
 * forgotten. @return whether it begins a session */
bool sim_recent_add(struct sim_recent *recent, const struct sim_probe *probe, int64_t time_ns);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Plays a planned world: all senders' packets in order of time. */
#ifndef SIM_ENGINE_H
#define SIM_ENGINE_H

#include "sim/log_out.h"
#include "sim/pcap_out.h"
#include "sim/world.h"

/* Where the traffic goes: a capture, a log of its sessions, or both. */
struct sim_sinks {
    struct sim_pcap *pcap; /* NULL: none */
    struct sim_log *log;   /* NULL: none */
};

struct sim_counts {
    uint64_t packets, sessions, bytes;
};

/**
 * Write all packets of the world and fill in what its senders really did (packets, sessions,
 * first, last, ports used).
 *
 * Memory: that of the world, about 8 bytes for each sender, 40 for each try that waits for its
 * repeat, and the sightings of the ZMap scans under way.
 *
 * @return 0; -1 NJ_IO, NJ_NOMEM
 */
int sim_engine_run(struct sim_world *world, struct sim_sinks sinks,
                   struct sim_counts *ret_counts, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The programs that build packets: one table row each, with the relations between header
 * fields that the real program's source code shows.
 *
 * Adding one: a start and a build function in a tool_*.c, and a row in its table. */
#ifndef SIM_TOOL_H
#define SIM_TOOL_H

#include <stddef.h>

#include "model/packet.h"
#include "sim/probe.h"
#include "sim/sender.h"

/* How a program walks through its targets. */
enum sim_walk {
    WALK_RANDOM,  /* each target drawn anew, with replacement */
    WALK_PERMUTE, /* a permutation: no target twice in one pass */
    WALK_SWEEP,   /* one after the other */
    WALK_ZMAP,    /* ZMap's multiplicative group, g < 2^32, blocks of 4096 */
    WALK_ZMAP4,   /* the same since 4.0 / 2024: g < 2^22, blocks of 16384 */
};

/* One attempt, kept while it is repeated. `build` chooses the second half on attempt 0 and
 * finds it unchanged on later ones. */
struct sim_try {
    int64_t time_ns;
    uint32_t dst;
    uint16_t dport;
    uint8_t attempt; /* 0: the first */
    uint16_t sport;
    uint32_t seq, ack;
};

struct sim_tool {
    const char *name;    /* the program, as the truth calls it: "zmap" */
    const char *variant; /* unique: "zmap-3" */
    enum class class;    /* why such packets are here */
    enum sim_walk walk;
    bool same_tuple;           /* two tries at one target look alike: one session if close */
    bool repeat_is_session;    /* a repeat has a new source port or sequence number */
    const uint16_t *repeat_ms; /* times of repeats since the first try, 0 ends; NULL: none */

    /** The program starts: choose what it keeps for its run, besides the random key that it is
     * given. NULL: nothing. A program starts anew for each window, unless it
     * `keeps` running. */
    void (*start)(struct sim_sender *sender, int64_t time_ns);
    bool keeps;
    bool styled; /* can't run without a style */

    /** Fill what the tool sets in a zeroed probe. The caller has set src and dst, lowers the
     * TTL by the hops of the way, and keeps the probe until it is written. */
    void (*build)(struct sim_sender *sender, struct sim_try *attempt, struct sim_probe *probe);
};

/** @return NULL if there is none of that variant */
const struct sim_tool *sim_tool_find(const char *variant);

/** Start the sender's program: a new key, then the tool's own start, then what the style shares
 * with other senders. */
void sim_tool_start(struct sim_sender *sender, int64_t time_ns);

extern const struct sim_tool sim_tools_raw[], sim_tools_stack[], sim_tools_udp[],
    sim_tools_backscatter[], sim_tools_own[];
extern const size_t sim_tools_raw_count, sim_tools_stack_count, sim_tools_udp_count,
    sim_tools_backscatter_count, sim_tools_own_count;

/* The relations by themselves, for tests and for whoever wants to compare. */
uint16_t sim_masscan_id(uint32_t dst, uint16_t dport, uint32_t seq);
uint32_t sim_unicornscan_seq(uint32_t key, uint32_t dst, uint16_t dport, uint16_t sport);
uint16_t sim_xmap_sport(uint32_t seq, unsigned probe);
uint32_t sim_nmap_seq(uint32_t mask, uint8_t attempt);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of one source over all its episodes: counts that only grow, for risk and grade.
 * Made by source/, read by score/. Microseconds since 1970 UTC. */
#ifndef NJ_MODEL_SOURCE_H
#define NJ_MODEL_SOURCE_H

#include "model/episode.h"
#include "model/packet.h"

struct source_facts {
    struct addr src;
    uint32_t asn;
    char country[3];
    bool declared; /* a declared scanner of a published list */

    int64_t first_us, last_us;
    uint64_t sessions, packets;
    uint64_t class_sessions[CLASS_COUNT];
    uint64_t rule_exploit; /* name of the strongest exploit or credential rule; 0: none */

    struct episode_port ports[EPISODE_PORTS];
    uint32_t port_count, ports_seen;

    uint64_t targets; /* distinct destinations, lower bound */
    uint32_t days;    /* bit i: a session i days before the day of last_us */
    uint64_t sensors; /* bit per sensor */
    double rate;      /* sessions per second of the present or last episode */
    bool slow;        /* at most one packet in ten minutes, for three days and more */

    uint32_t tool, stack;
    uint32_t tool_packets; /* that the tool's label rests on */
    float tool_bits;       /* and its strength */

    /* was the address real? */
    uint64_t answered; /* sessions our side answered and the source went on with */
    uint64_t repeats;  /* SYNs repeated with the same sequence number */
    uint64_t fields;   /* sessions that told TTL and stack */
    uint32_t stacks;   /* distinct stacks, to 255 */
    uint8_t ttl_min, ttl_max;
    uint32_t hours; /* distinct hours with a session */
};

/** @param facts  borrowed for the call. @return 0, or -1 with *err */
typedef int (*source_fn)(void *ctx, const struct source_facts *facts, struct nj_err *err);

#endif

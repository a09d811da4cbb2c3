/* SPDX-License-Identifier: Apache-2.0 */
/* A visit: a run of sessions of one (sensor, protocol, source, destination port, class, stack)
 * with no silence longer than the sensor's gather time, never over an hour boundary. What is
 * stored is a part of it: all counts are those of the part alone, so parts add up. */
#ifndef NJ_MODEL_VISIT_H
#define NJ_MODEL_VISIT_H

#include "model/packet.h"

#define VISIT_SPORT_SAMPLES 4
#define VISIT_PAYLOAD_MAX 256
#define VISIT_USER_MAX 64

struct visit {
    int64_t first_ns, last_ns; /* first and last packet of this part */
    int64_t handed_ns;         /* capture time at which the part was handed on */
    uint64_t seq;              /* number of the part, from 1, in the order of handing on */
    struct addr src;
    struct addr dst; /* of the first packet; addr_is_none if unknown */
    uint64_t packets, bytes;
    uint32_t sessions;
    uint32_t targets;     /* distinct destinations of this part; exact up to its bound */
    uint32_t repeats;     /* SYNs that repeated a session's own first SYN */
    uint32_t answered;    /* sessions that were answered by our side */
    uint64_t sport_bands; /* bit i: a source port in [1024 i, 1024 i + 1023] was seen */
    uint64_t instance;
    uint32_t sensor;
    uint32_t rule, tool, stack, app, conn_state, country; /* name numbers, 0 if none */
    uint16_t dport;
    uint16_t sport, sport_min, sport_max;
    uint16_t sports[VISIT_SPORT_SAMPLES]; /* first distinct source ports */
    uint8_t sports_count;
    uint8_t proto;
    uint8_t ttl, ttl_min, ttl_max; /* 0 if unknown */
    uint8_t tcp_flags;             /* of all packets from the source, or-ed */
    uint16_t window;               /* of the first packet */
    uint8_t class;                 /* enum class */
    bool no_fields;                /* ttl, window, tcp_flags unknown (stored as NULL) */
    uint16_t payload_length, user_length;
    uint8_t payload[VISIT_PAYLOAD_MAX];
    char user[VISIT_USER_MAX];
};

/** Takes parts one by one, in order of `seq`. `visit` is borrowed for the call.
 * @return 0, or -1 with *err */
typedef int (*visit_fn)(void *ctx, const struct visit *visit, struct nj_err *err);

#endif

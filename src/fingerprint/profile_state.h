/* SPDX-License-Identifier: Apache-2.0 */
/* What profile.c (the table) and profile_tell.c (what it means) share. */
#ifndef NJ_FINGERPRINT_PROFILE_STATE_H
#define NJ_FINGERPRINT_PROFILE_STATE_H

#include "fingerprint/profile.h"

#define PROFILE_SYNS 4u /* SYNs that are watched for repeats */

/* What is told apart; profile->told[] holds the last statement of each, 0 for none. */
enum habit { HABIT_PORTS, HABIT_IP_ID, HABIT_HOPS, HABIT_TIMESTAMP, HABIT_REPEATS, HABITS };

struct profile_syn {
    int64_t first_ns; /* 0: none */
    uint32_t seq, target;
    uint16_t sport;
    uint8_t repeats;
    uint8_t schedules; /* bit i: all repeats so far were those of schedule i */
};

struct profile {
    struct addr src;
    uint64_t hash;
    int64_t ts_first_ns, ts_last_ns;
    uint32_t sensor;
    uint32_t syns;              /* counted: repeats are not */
    uint32_t odd;               /* source ports */
    uint32_t port_same;         /* ports like the one before */
    uint32_t port_steps;        /* one above the one before */
    uint32_t id_zero, id_same;  /* likewise of IP IDs */
    uint32_t id_steps;          /* 1 to 64 above the one before */
    uint32_t id_swapped_steps;  /* the same with bytes swapped */
    uint32_t ts_count, ts_same; /* SYNs with timestamps; like the first */
    uint32_t ts_first, ts_last;
    uint16_t port_min, port_max, port_last, id_last;
    uint8_t ttl_min, ttl_max;
    uint8_t told[HABITS];
    uint8_t oldest; /* of recent[] */
    struct profile_syn recent[PROFILE_SYNS];
};

/** Count a SYN, and tell the sink what has become known. @return 0; -1 from the sink */
int profile_count(struct profile *profile, const struct packet *packet, uint32_t target,
                  const struct option_set *set, trait_fn sink, void *ctx, struct nj_err *err);

#endif

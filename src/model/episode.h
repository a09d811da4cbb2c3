/* SPDX-License-Identifier: Apache-2.0 */
/* An episode: a maximal run of one source's activity, with no silence longer than its own rate
 * explains (source/silence.h). Made by source/ from stored parts and traits, read by link/.
 *
 * Times are microseconds since 1970 UTC, capture time. Names are numbers of the one table that
 * the driver hands to all later stages (pipeline/derive.h). */
#ifndef NJ_MODEL_EPISODE_H
#define NJ_MODEL_EPISODE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/addr.h"

#define EPISODE_PORTS 64    /* ports that are kept exactly */
#define EPISODE_INSTANCES 4 /* instance keys that are kept */
#define EPISODE_GAP_BINS 16 /* bin i: gaps from 2^i to 2^(i+1) seconds; bin 0 also shorter */

/* A destination port with its protocol; ICMP: type << 8 | code. */
struct episode_port {
    uint16_t port;
    uint8_t proto;
    uint32_t sessions;
};

/* How the source ports look. */
enum sport_model {
    SPORT_UNKNOWN, /* too few sessions, or no ports */
    SPORT_FIXED,   /* one, or one of a few constants */
    SPORT_RANGE,   /* spread between two edges */
    SPORT_EVEN,    /* spread, all even (Linux connect() since 4.2) */
    SPORT_ODD,
};

struct episode {
    uint64_t id; /* from 1, in the order in which episodes began to be followed */
    struct addr src;
    uint32_t asn; /* 0: unknown */
    char country[3];
    bool declared; /* a declared scanner of a published list */

    int64_t first_us, last_us; /* first and last packet */
    int64_t ceased_us;         /* when its silence was decided (a step's time); 0: it is not */
    bool quiet; /* silent for longer than ever in this episode, and than its rate explains:
                 * enough to name a successor, not yet to call it ceased */

    uint64_t sessions, packets;
    uint64_t targets; /* distinct destinations: a lower bound (largest part, or sketch) */
    uint64_t sensors; /* bit i: seen by sensor i of the driver's table (63: that and above) */
    uint32_t hours;   /* distinct hours of capture time with a session */
    uint32_t bursts;  /* runs of sessions without a gap of 10 times the mean gap */
    double rate;      /* sessions per second from first to last packet */

    struct episode_port ports[EPISODE_PORTS]; /* by (proto, port); those seen first */
    uint32_t port_count;                      /* how many of them are filled */
    uint32_t ports_seen; /* distinct ports; beyond EPISODE_PORTS a lower bound */

    enum sport_model sport_model;
    uint16_t sport_min, sport_max;
    uint64_t sport_bands; /* bit i: 1024 i to 1024 i + 1023 was seen */

    uint32_t tool, stack;     /* names: of most sessions; 0: unknown */
    uint32_t stacks;          /* distinct stacks seen, at most 255 are told apart */
    uint16_t window;          /* of most sessions that have one */
    uint8_t ttl_min, ttl_max; /* 0: a log did not tell */
    bool no_fields;           /* all sessions came from logs without TTL, window, stack */

    uint64_t instances[EPISODE_INSTANCES]; /* keys of visits, most frequent first; 0: none */
    uint32_t gaps[EPISODE_GAP_BINS]; /* between sessions of a source, as parts tell them */
    uint32_t day_hours[24];          /* sessions by hour of day UTC */
    uint64_t repeats, answered;      /* sessions; answered as in source_facts */
};

enum episode_change {
    EPISODE_BEGUN,     /* followed from now on: enough sessions to say something */
    EPISODE_GREW,      /* has more sessions than when it was last told, or fell quiet */
    EPISODE_CEASED,    /* its silence is decided */
    EPISODE_RESUMED,   /* was ceased, and the same source is back within the same episode's
                        * reach: the decision was wrong */
    EPISODE_FORGOTTEN, /* left the table to make room; counted */
};

/** @param episode  borrowed for the call. @return 0, or -1 with *err */
typedef int (*episode_fn)(void *ctx, enum episode_change change, const struct episode *episode,
                          struct nj_err *err);

#endif

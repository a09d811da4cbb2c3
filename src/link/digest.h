/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of an episode: a few hundred bytes, for 30 days of silence. */
#ifndef NJ_LINK_DIGEST_H
#define NJ_LINK_DIGEST_H

#include "base/intern.h"
#include "model/episode.h"

#define DIGEST_PORTS 40 /* lists of published scanners end there; wider ones are sweeps */
#define DIGEST_KEYS 14

struct digest_port {
    uint16_t port;
    uint8_t proto;
    uint8_t share; /* of the sessions on kept ports, in 1/255, at least 1 */
};

struct digest {  /* what rules partners out stands first, in two cache lines */
    uint64_t id; /* of the episode */
    struct addr src;
    int64_t first_us, last_us, ceased_us;
    int64_t slept_us, woke_us; /* last long pause, longer than all before: its ends; 0: none */
    int64_t start_us;          /* first packet, or where it went on after a wrong decision */
    uint32_t sessions;         /* saturates */
    float rate;                /* sessions per second */
    uint32_t next;             /* digest of the same source after this; LINK_NONE */
    uint32_t previous;         /* and before */
    uint32_t asn;
    uint32_t node; /* of its source among the actors'; LINK_NONE: it never was of one */
    char country[3];
    bool quiet;     /* as episode.quiet */
    bool forgotten; /* the source table told that it left */
    bool newcomer;  /* its source had no episode that is remembered */
    uint64_t instances[EPISODE_INSTANCES];
    uint64_t set;    /* hash of the exact port set; of its size class if it has too many */
    uint64_t placed; /* hash of what its keys were made of; 0: it has none */
    uint64_t sport_bands;
    uint32_t tool, stack;         /* names */
    uint32_t tool_key, stack_key; /* hashes of their texts, the same in every run; 0: unknown */
    uint32_t filled;              /* sessions when what is compared was last taken over */
    uint32_t scored;              /* sessions when partners were last looked for */
    uint16_t hours;
    uint16_t ports_seen;
    uint16_t sport_min, sport_max, window;
    uint8_t sport_model;
    uint8_t port_count; /* of ports; 0 with a set of too many ports is possible */
    uint8_t ttl, ttl_min;
    uint8_t stacks;
    struct digest_port *ports;      /* by (proto, port); of this digest alone, NULL: none */
    uint8_t gaps[EPISODE_GAP_BINS]; /* shares in 1/255 */
    uint8_t day_hours[24];          /* shares in 1/255 */
    bool declared, no_fields;
    bool counted; /* in the background, with set_counted */
    bool learned; /* was used to learn likeness */
    uint64_t set_counted;
    uint32_t tool_counted;
    int64_t counted_us;
    uint32_t keys[DIGEST_KEYS]; /* lists that it is in (candidate.h); LINK_NONE: no such key */
    uint32_t older, newer;      /* in the order of being told */
    uint32_t as_a, as_b;        /* first pair in which it is a, b; LINK_NONE */
    uint64_t sport_counted;
    uint32_t stack_counted;
    uint64_t copy_of; /* episode beside which it began to show the same from elsewhere; 0 */
    bool rare;        /* next to nobody else shows its set of ports */
    bool used, dirty;
};

/** Times, sessions and rate: cheap, each time. */
void digest_touch(struct digest *d, const struct episode *e);

/** All that is compared. @param names  texts of tool and stack. @return 0; -1 NJ_NOMEM */
int digest_fill(struct digest *d, const struct episode *e, const struct nj_intern *names,
                struct nj_err *err);

/** Room for so many ports, of which the digest had some or none. @return 0; -1 NJ_NOMEM */
int digest_room(struct digest *d, uint8_t ports, struct nj_err *err);

/** Hash of a name's text; 0 for none. */
uint32_t digest_name_key(const struct nj_intern *names, uint32_t name);

/** /24 and /16; IPv6: /64 and /48, which are as much one's own place. */
uint64_t digest_net24(struct addr src);
uint64_t digest_net16(struct addr src);

/** What its source ports are like, as one value; 0: unknown. */
uint64_t digest_sport(const struct digest *d);

/** Whether the source ports of b, which may be young, look like those of a. */
bool digest_same_sports(const struct digest *a, const struct digest *b);

/** Whether both show one process key. */
bool digest_share_instance(const struct digest *a, const struct digest *b);

/** Sessions per second while it is at work: hours without any don't count. */
double digest_pace(const struct digest *d);

/** Hops that its packets made: initial TTL less TTL; -1 unknown. */
int digest_distance(const struct digest *d);

#endif

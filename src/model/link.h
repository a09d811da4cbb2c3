/* SPDX-License-Identifier: Apache-2.0 */
/* A link: a statement with a probability that two episodes have one operator and set-up; and an
 * actor, the sources that accepted links join. Made by link/. Microseconds since 1970 UTC. */
#ifndef NJ_MODEL_LINK_H
#define NJ_MODEL_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/addr.h"

#define LINK_EVIDENCE_MAX 16

enum link_kind {
    LINK_INSTANCE,   /* one running program's secret in both */
    LINK_PARALLEL,   /* one plan, at the same time */
    LINK_SUCCESSION, /* a stops, b carries on: a hop */
};

enum hop_kind {
    HOP_NONE,
    HOP_FIRST,
    HOP_RETURN, /* b was a member of the chain before */
    HOP_SPLIT,  /* one of several that share what a did */
};

enum link_state {
    LINK_TENTATIVE, /* can't be decided yet */
    LINK_ACCEPTED,
    LINK_WITHDRAWN, /* was tentative or accepted, and is refuted or no longer enough */
};

/* One compared feature, with the counts behind it in words. */
struct evidence_line {
    char feature[24]; /* "ports", "tool", "delay", "network", ... */
    float bits;       /* log2 of the likelihood ratio; negative: speaks against */
    char text[168];   /* UTF-8, NUL-terminated, one line */
};

struct link {
    uint64_t id; /* from 1, in the order of first statement */
    enum link_kind kind;
    enum hop_kind hop;
    enum link_state state;
    uint64_t process; /* key of one process in both: it went on while its address changed */
    uint64_t a, b;    /* episodes; succession: a stops, b starts; else a < b */
    struct addr a_src, b_src;
    int64_t stopped_us, started_us; /* last packet of a, first of b */
    int64_t stated_us;              /* the step at which it got its present state */
    int64_t first_stated_us;
    double probability; /* 0 to 1 */
    double bits;        /* sum of the evidence after dependence, without the prior */
    double prior_bits;
    uint64_t actor; /* number of the actor that both are of; 0: not accepted */
    uint32_t evidence_count;
    struct evidence_line evidence[LINK_EVIDENCE_MAX]; /* strongest first, by magnitude */
    char refute[128];                                 /* what would refute it */
};

/** A link was stated, or changed its state, probability or actor. Borrowed for the call. */
typedef int (*link_fn)(void *ctx, const struct link *link, struct nj_err *err);

enum actor_change_kind {
    ACTOR_NEW,    /* with its first two sources */
    ACTOR_JOINED, /* `source` is of it from now on */
    ACTOR_LEFT,   /* a link was withdrawn: `source` is of it no longer */
    ACTOR_MERGED, /* all sources of `other` are of `actor` from now on; `other` is an alias */
};

struct actor_change {
    enum actor_change_kind kind;
    uint64_t actor; /* NJ-000042 is 42 */
    uint64_t other;
    struct addr source;
    int64_t at_us; /* step */
    bool declared; /* a fleet of declared scanners */
};

typedef int (*actor_fn)(void *ctx, const struct actor_change *change, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The states that scored sources went through. For candidates.c. Microseconds
 * since 1970 UTC. */
#ifndef NJ_STORE_CANDIDATE_STATES_H
#define NJ_STORE_CANDIDATE_STATES_H

#include "model/risk.h"
#include "store/candidates.h"

/* From a point where the score moved, where it was scored last, or where a hop to the source
 * was accepted, to the next such point. */
struct source_state {
    int64_t from_us;
    int64_t last_us; /* last packet until the next point; 0: there was none */
    double risk;
    enum risk_level level;
    enum grade grade;
    uint64_t actor;                 /* 0: none */
    const struct accepted_hop *hop; /* the newest to it; NULL: none */
};

/* What its episodes say, or else its score, as of the instant that is asked for. */
struct source_seen {
    int64_t first_us, last_us;
    int64_t sessions, targets, ports_seen;
    int64_t asn;     /* 0: unknown */
    char country[3]; /* "": unknown */
    bool any, declared;
};

struct source_states {
    struct addr source;
    struct source_seen seen;
    int stage;
    const struct source_state *items; /* by time, one at least */
    size_t count;
    const uint8_t *fact; /* the first of the last state's receipt, packed (model/fact.h) */
    size_t fact_size;    /* 0: there is none */
};

struct source_states_question {
    int64_t at_us;
    int64_t window_us; /* as of store_candidates */
    bool risks;        /* of all states, else of the last one alone */
};

/** Send the sources by address. Everything they have is borrowed for the call of `fn`.
 * @param hops  all that are accepted, in the order of acceptance */
int source_states_send(struct store *store, const struct source_states_question *question,
                       const struct accepted_hop *hops, size_t hop_count,
                       int (*fn)(void *ctx, const struct source_states *states,
                                 struct nj_err *err),
                       void *ctx, struct nj_err *err);

#endif

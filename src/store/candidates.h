/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy decides about: scored sources with the states they went through, and which of
 * its rules held in each. Microseconds since 1970 UTC. */
#ifndef NJ_STORE_CANDIDATES_H
#define NJ_STORE_CANDIDATES_H

#include "model/decision.h"
#include "store/query.h"

/* Conditions over candidate_fields(); the first rule that holds counts. */
struct candidate_rule {
    const struct filter *when, *unless; /* unless: NULL for never */
};

/* A state of a source: from a point where its score moved, where it was scored last, or where a
 * hop to it was accepted, to the next such point. */
struct candidate_state {
    int64_t from_us;
    int64_t last_us; /* last packet until the next point; 0: there was none */
    int rule;        /* -1: none holds */
    enum grade grade;
};

struct candidate {
    struct addr source;
    const struct candidate_state *states; /* by time, one at least; borrowed for the call */
    size_t count;
    /* of the last state: */
    double risk;
    enum risk_level level; /* an analyst's before the computed one */
    uint64_t actor;
    double hop; /* probability of the newest hop to it; 0: none */
    struct addr hop_from;
    const uint8_t *fact; /* why, packed (model/fact.h); borrowed for the call */
    size_t fact_size;    /* 0: there is nothing to say */
    bool declared;       /* a scanner of a published list */
};

struct accepted_hop {
    struct addr from, to;
    int64_t accepted_us;
    double probability;
};

/* Both return 0; -1 with *err to stop. */
struct candidate_sink {
    int (*source)(void *ctx, const struct candidate *candidate, struct nj_err *err);
    int (*hop)(void *ctx, const struct accepted_hop *hop, struct nj_err *err);
    void *ctx;
};

/* A port that stands out, for conditions on `finding`. */
struct candidate_finding {
    const char *kind;    /* "newcomer", ... */
    const char *proto;   /* "tcp", ... */
    const char *country; /* "": the whole */
    uint16_t port;
    int64_t from_us; /* its week's beginning */
};

/** Whether one of the rules has a condition on findings. If so they must be given before
 * store_candidates. */
bool store_candidates_ask_findings(const struct candidate_rule *rules, size_t count);
int store_candidates_findings(struct store *store, const struct candidate_finding *findings,
                              size_t count, struct nj_err *err);

/** What conditions may name. */
const struct filter_field *candidate_fields(size_t *ret_count);

struct candidate_question {
    const struct candidate_rule *rules;
    size_t rule_count;
    int64_t at_us;     /* the instant: what came later does not count */
    int64_t window_us; /* states that ended earlier than that before are left out, of sources
                        * that were not seen in twice that time */
};

/**
 * Send every scored source with its states, by address; then the hops that were accepted by
 * then and still are, in the order of acceptance.
 *
 * Cost: a look at each score and episode, and at the history of scores of the sources that were
 * seen in twice the window. @return 0; -1
 */
int store_candidates(struct store *store, const struct candidate_question *question,
                     const struct candidate_sink *sink, struct nj_err *err);

/** Fill what lists tell of addresses: country, AS, tool, ports, first packet, and sessions
 * unless the source went on after `at_us`. What nothing is known of stays as it is. */
int store_decisions_about(struct store *store, int64_t at_us, struct decision *decisions,
                          size_t count, struct nj_err *err);

/** The instant that the store knows: the end of the minute of its last packet, when that was
 * scored. While more is being stored, of the last one that the later stages have told all
 * about.
 * @return 0; STORE_UNKNOWN: it is empty */
int store_instant(struct store *store, int64_t *ret_us, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy decides about: scored sources with the states they went through, and which of
 * its rules held in each. One SELECT does it, so that conditions mean here what they mean in
 * `suspects`. Microseconds since 1970 UTC. */
#ifndef NJ_STORE_CANDIDATES_H
#define NJ_STORE_CANDIDATES_H

#include "model/decision.h"
#include "store/query.h"

/* Conditions over candidate_fields(); the first rule that holds counts. */
struct candidate_rule {
    const struct filter *when, *unless; /* unless: NULL for never */
};

/* One state of one source: from a change of its score or an accepted hop to the next one. */
struct candidate {
    struct addr source;
    int64_t from_us, to_us; /* to: INT64_MAX for the present state */
    int64_t last_us;        /* last packet until then */
    int rule;               /* -1: none holds */
    double risk;
    enum risk_level level; /* an analyst's before the computed one */
    enum grade grade;
    uint64_t actor;
    double hop; /* probability of the newest hop to it; 0: none */
    struct addr hop_from;
    bool declared;      /* a scanner of a published list */
    const char *reason; /* borrowed for the call; "" if there is none */
    const char *grade_reason;
};

/** @return 0; -1 with *err to stop */
typedef int (*candidate_fn)(void *ctx, const struct candidate *candidate, struct nj_err *err);

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

/**
 * Every state of every scored source that reached into the window before `at_us`, by source
 * and time.
 *
 * @param window_us  states that ended earlier than that before are left out, of sources that
 *                   were not seen in twice that time
 */
int store_candidates(struct store *store, const struct candidate_rule *rules, size_t rule_count,
                     int64_t at_us, int64_t window_us, candidate_fn fn, void *ctx,
                     struct nj_err *err);

struct accepted_hop {
    struct addr from, to;
    int64_t stopped_us, started_us, accepted_us;
    double probability;
};

typedef int (*accepted_hop_fn)(void *ctx, const struct accepted_hop *hop, struct nj_err *err);

/** Hops that were accepted by then and still are, in the order of acceptance. */
int store_accepted_hops(struct store *store, int64_t at_us, accepted_hop_fn fn, void *ctx,
                        struct nj_err *err);

/** Fill what lists tell of addresses: country, AS, tool, ports, first packet, and sessions
 * unless the source went on after `at_us`. What nothing is known of stays as it is. */
int store_decisions_about(struct store *store, int64_t at_us, struct decision *decisions,
                          size_t count, struct nj_err *err);

/** The instant that the store knows: its last packet. @return 0; STORE_UNKNOWN: it is empty */
int store_last_packet(struct store *store, int64_t *ret_us, struct nj_err *err);

#endif

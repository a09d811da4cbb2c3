/* SPDX-License-Identifier: Apache-2.0 */
/* Who a policy decides about: what the store says of each source, and how long the actions last
 * that the rules say of it, its actor's hops followed. For decide.c. */
#ifndef NJ_POLICY_SUBJECTS_H
#define NJ_POLICY_SUBJECTS_H

#include "base/text.h"
#include "policy/policy.h"
#include "store/store.h"

/* While an action, or a stronger one, lasts without a gap. */
struct action_run {
    int64_t since, until; /* until 0: there was none */
    int64_t for_us;
    int rule;         /* of the last state whose action it was */
    int from_subject; /* taken along from this one; -1: own */
};

struct subject {
    struct addr source;
    struct action_run runs[ACTIONS];
    int64_t last_us;
    double risk, hop;
    enum risk_level level;
    enum grade grade;
    uint64_t actor;
    struct addr hop_from, moved_to;
    int64_t moved_us; /* 0: it did not */
    bool declared;
    enum action held; /* what the grade did not let through */
    int held_rule;
    size_t fact, fact_size; /* why, packed (model/fact.h), among the list's facts */
};

struct subject_list {
    struct subject *items; /* by address */
    size_t count, room;
    struct text facts;
};

/**
 * Ask the store.
 *
 * @param at_us  the instant: states until then count
 * @param ret    to be released with subject_list_done, also after a failure
 * @return 0; -1 NJ_LIMIT (more than DECISIONS_MAX), NJ_NOMEM, or from the store
 */
int subject_list_load(struct store *store, const struct policy *policy, int64_t at_us,
                      struct subject_list *ret, struct nj_err *err);
void subject_list_done(struct subject_list *subjects);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy decides as of an instant. A pure function of the store, the policy and the
 * allow lists: the same again whenever it is asked, for the past as for now.
 *
 * A source goes through states (store/candidates.h). In each the first rule that holds says an
 * action, which lasts until `for` after the last packet seen. The strongest that still lasts
 * counts. At an accepted hop the new address takes the decision along, and the one on the old
 * address ends if it stays silent. Then the grade, budgets, prefixes, special ranges and allow
 * lists take away what may not be. */
#ifndef NJ_POLICY_DECIDE_H
#define NJ_POLICY_DECIDE_H

#include "policy/allow.h"
#include "policy/policy.h"
#include "store/store.h"

#define DECISIONS_MAX 4000000u /* subjects: as many as are scored */

struct decisions {
    struct decision *items; /* by address; the ended ones of more than monitoring too */
    size_t count;
    int64_t at_us;
    size_t held;    /* would be more, but the grade is too low */
    size_t allowed; /* an allow list or special range said no */
    size_t cut;     /* over a budget */
};

/** @return 0; -1 NJ_STORE, NJ_LIMIT, NJ_NOMEM */
int policy_decide(struct store *store, const struct policy *policy, const struct allow *allow,
                  int64_t at_us, struct decisions *ret, struct nj_err *err);
void decisions_done(struct decisions *decisions);

/** The active decision for an address, or for a prefix that has it. @return NULL: none */
const struct decision *decisions_find(const struct decisions *decisions, struct addr a);

#endif

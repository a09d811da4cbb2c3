/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy in force says of an address, for documents. */
#ifndef NJ_ABOUT_DECISION_H
#define NJ_ABOUT_DECISION_H

#include <jansson.h>

#include "policy/ready.h"

/**
 * Add `policy` to the facts, an object: net, action, state, since, until, rule, reason;
 * `action` "none" without a decision; `problem` why nothing could be decided, else "".
 *
 * Cost: a decision on everybody. @return 0; -1
 */
int about_decision(struct store *store, const struct policy_wanted *wanted, struct addr source,
                   json_t *facts, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a policy's rules holds in a state of a source. For candidates.c. */
#ifndef NJ_STORE_CANDIDATE_RULES_H
#define NJ_STORE_CANDIDATE_RULES_H

#include "store/candidate_states.h"
#include "store/candidates.h"

struct rule_finder;

/** @param rules  borrowed until rule_finder_free */
int rule_finder_new(struct store *store, const struct candidate_rule *rules, size_t count,
                    struct rule_finder **ret, struct nj_err *err);
void rule_finder_free(struct rule_finder *finder);

/** Whether a rule asks for the risk. */
bool rule_finder_asks_risk(const struct rule_finder *finder);

/** The first rule that holds. @param ret  -1: none does */
int rule_finder_find(struct rule_finder *finder, const struct source_states *source,
                     const struct source_state *state, int *ret, struct nj_err *err);

#endif

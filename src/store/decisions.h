/* SPDX-License-Identifier: Apache-2.0 */
/* The policy in force and what was decided, in the catalog. Its tables are made when something
 * is first kept. Microseconds since 1970 UTC. */
#ifndef NJ_STORE_DECISIONS_H
#define NJ_STORE_DECISIONS_H

#include "model/decision.h"
#include "store/query.h"

/* ---- the policy ---- */

/** The policy that was put in force last. @param ret_path  where it came from; both taken
 * @return 0; STORE_UNKNOWN: none ever was; -1 */
int store_policy(struct store *store, char **ret_path, char **ret_text, struct nj_err *err);

/** Put a policy in force. Those before stay in the catalog. */
int store_set_policy(struct store *store, const char *path, const char *text, int64_t now_us,
                     struct nj_err *err);

/** How many entries an allow list had when it was last used. @return 0; STORE_UNKNOWN; -1 */
int store_allow_size(struct store *store, const char *path, int64_t *ret_entries,
                     struct nj_err *err);
int store_set_allow_size(struct store *store, const char *path, int64_t entries,
                         struct nj_err *err);

/* ---- decisions ---- */

/**
 * Keep what is decided as of an instant: what is new begins, what is no longer ends, what
 * changed does both. Decisions that are not active begin nothing.
 *
 * @return 0; STORE_OLD: decisions of a later instant are kept, nothing was done; -1
 */
#define STORE_OLD 2
int store_keep_decisions(struct store *store, const struct decision *decisions, size_t count,
                         int64_t at_us, struct nj_err *err);

/** What was kept, newest first: rows (net, action, since, until, ended, rule, risk, grade,
 * actor, hop, hop_from, reason). @param source  only of this address; addr_is_none: all */
int store_decision_history(struct store *store, struct addr source, unsigned limit,
                           const struct row_sink *sink, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Briefs that were made and are kept: as the facts that they were made of, so that they can be
 * read in any form and say the same when the store has grown. Microseconds since 1970 UTC. */
#ifndef NJ_STORE_KEPT_H
#define NJ_STORE_KEPT_H

#include "store/query.h"

#define KEPT_MAX 500              /* briefs; more are refused until some are forgotten */
#define KEPT_BYTES_MAX (8u << 20) /* of one */

struct kept_brief {
    int64_t made_us; /* the clock's */
    int64_t from_us, to_us;
    const char *title;
    const char *asked; /* what was asked for, as a line */
    const char *facts; /* JSON */
    size_t facts_length;
};

/** @param ret_id  its number, from 1. @return 0; -1 NJ_LIMIT, NJ_STORE */
int store_keep_brief(struct store *store, const struct kept_brief *brief, int64_t *ret_id,
                     struct nj_err *err);

/** @param ret_facts  taken. @return 0; STORE_UNKNOWN; -1 */
int store_kept_brief(struct store *store, int64_t id, json_t **ret_facts, struct nj_err *err);

/** Rows (brief, made, from, to, title, asked, bytes), newest first. */
int store_kept_briefs(struct store *store, unsigned limit, const struct row_sink *sink,
                      struct nj_err *err);

/** @return 0; STORE_UNKNOWN; -1 */
int store_forget_brief(struct store *store, int64_t id, struct nj_err *err);

#endif

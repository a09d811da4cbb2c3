/* SPDX-License-Identifier: Apache-2.0 */
/* Who is worst as of an instant: only address and risk, so that a list of suspects looks up the
 * rest of those it shows alone. Risk falls at a pace of its own for every source, so the order
 * is no column; it is worked out once and kept until somebody commits or asks for another
 * instant. Called by derived_ask.c. */
#ifndef NJ_STORE_RANKING_H
#define NJ_STORE_RANKING_H

#include "store/internal.h"

#define RANKING_UNKNOWN (-1) /* a state that this program can't read */

struct ranked {
    uint8_t source[16];
    int32_t risk; /* hundredths of a point, or RANKING_UNKNOWN */
};

struct ranking;

/**
 * Every source with a score as of then, worst first, then by address.
 *
 * @param at_us      INT64_MAX: as of the end of the last minute that has rows
 * @param ret_items  borrowed until the next call for this store
 */
int ranking_at(struct store *store, int64_t at_us, const struct ranked **ret_items,
               size_t *ret_count, struct nj_err *err);
void ranking_free(struct ranking *ranking);

#endif

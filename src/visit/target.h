/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of destinations, for visits with more of them than they hold themselves. Exact up to
 * TARGETS_MAX. Inside of visit/ only. */
#ifndef NJ_VISIT_TARGET_H
#define NJ_VISIT_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TARGETS_MAX 4096
#define TARGET_SIZES 6

/* Sets of one size, lent from an area. */
struct target_shelf {
    uint32_t *area;
    uint32_t used;     /* sets ever lent */
    uint32_t returned; /* number + 1 of the first of those given back */
};

struct target_pool {
    size_t budget_bytes; /* of all sizes together */
    size_t used_bytes;
    struct target_shelf shelves[TARGET_SIZES];
};

/** @return 0; -1 NJ_NOMEM */
int target_pool_init(struct target_pool *pool, size_t budget_bytes, struct nj_err *err);
void target_pool_done(struct target_pool *pool);
/** All sets are given back. */
void target_pool_clear(struct target_pool *pool);

#define TARGET_SET_NONE UINT32_MAX

/** Lend an empty set. @return its number; TARGET_SET_NONE when the budget is spent */
uint32_t target_set_new(struct target_pool *pool);
void target_set_free(struct target_pool *pool, uint32_t set);

enum target_result {
    TARGET_KNOWN,
    TARGET_ADDED,
    TARGET_FULL, /* it may be new, but the set is at its bound or the budget is spent */
};

/** Add a target.
 * @param set    in and out: the number changes when the set grows
 * @param count  how many are in it */
enum target_result target_set_add(struct target_pool *pool, uint32_t *set, uint32_t count,
                                  uint32_t target);

/** Start loading what target_set_add will look at. Any number of a set is harmless. */
void target_set_prefetch(const struct target_pool *pool, uint32_t set, uint32_t target);

/** Go through a set. @param cursor  0 at first. @return 1, or 0 at the end */
int target_set_each(const struct target_pool *pool, uint32_t set, uint32_t *cursor,
                    uint32_t *ret_target);

#endif

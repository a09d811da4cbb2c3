/* SPDX-License-Identifier: Apache-2.0 */
/* When to look at what: items with a time, taken out in the order of (time, order).
 *
 * A ring of slots of 2^30 ns (about a second) holds what is due later, unsorted; a
 * binary heap holds what is due in the slots loaded so far. Nothing is ever removed but by
 * taking it: who finds that an item came too early puts it back with a later time. So moving a
 * deadline costs nothing until the old one has come. */
#ifndef NJ_VISIT_WHEEL_H
#define NJ_VISIT_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WHEEL_SLOT_SHIFT 30
#define WHEEL_SLOTS 4096 /* of 2^30 ns: 73 minutes, the hour that a visit lives and more */

struct wheel_item {
    int64_t key_ns;
    uint32_t order; /* among equal times the smaller first, counted round 2^32 */
    uint32_t index; /* the caller's */
};

/** Something about an item will soon be needed: at first the thing itself (`again` false), a
 * slot later, when it is here, what else its turn will touch (true). Only to prefetch. */
typedef void (*wheel_hint_fn)(void *ctx, const struct wheel_item *item, bool again);

struct wheel {
    wheel_hint_fn hint; /* may be NULL */
    void *hint_ctx;
    struct wheel_node *nodes;
    struct wheel_item *heap;
    size_t max_items, max_nodes;
    size_t heap_count;
    uint32_t free_node, used_nodes; /* nodes ever used, and a list of those given back */
    int64_t loaded;                 /* all slots up to this one are in the heap */
    bool started;
    uint32_t *slots; /* first node of each, 0 none */
};

/** @param max_items  items in it at any time, at most. @return 0; -1 NJ_NOMEM */
int wheel_init(struct wheel *wheel, size_t max_items, struct nj_err *err);
void wheel_done(struct wheel *wheel);
/** Forget all items. */
void wheel_clear(struct wheel *wheel);

/** Put an item in. Its time is not before that of the last item taken, and not more than 4000 s
 * after the latest `limit_ns` that wheel_next was called with, or after the first item. */
void wheel_put(struct wheel *wheel, struct wheel_item item);

/** The first item, if its time is at most `limit_ns`; stays inside. Amortised O(log n). */
bool wheel_next(struct wheel *wheel, int64_t limit_ns, struct wheel_item *ret_item);

/** Take out the item that wheel_next has just shown. */
void wheel_take(struct wheel *wheel);

/** May anything be due at `now_ns`? Cheap. */
static inline bool wheel_may_be_due(const struct wheel *wheel, int64_t now_ns)
{
    return now_ns >> WHEEL_SLOT_SHIFT > wheel->loaded ||
           (wheel->heap_count > 0 && wheel->heap[0].key_ns <= now_ns);
}

#endif

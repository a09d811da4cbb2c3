/* SPDX-License-Identifier: Apache-2.0 */
/* Episodes and the history of scores are found in the order of time and asked for by source. A
 * table that takes them one by one changes most of its pages again and again, and each time a
 * changed page goes to the log and from there to the catalog. So they wait here, and are
 * written sorted by source. */
#include <stdlib.h>
#include <string.h>

#include "store/derived_write.h"

#define HELD_BYTES (16u << 20)
#define ALIGNMENT sizeof(uint64_t)

/* A row that waits stands behind its head. */
struct held_head {
    int64_t era;
    uint32_t size;
    enum row_kind kind;
};

struct derived_held {
    uint8_t *bytes;
    size_t used;
    const struct held_head **rows; /* in the order in which they came */
    size_t count, room;
};

struct derived_held *derived_held_new(void)
{
    struct derived_held *held = calloc(1, sizeof(*held));

    if (held == NULL)
        return NULL;
    held->bytes = malloc(HELD_BYTES);
    if (held->bytes == NULL) {
        free(held);
        return NULL;
    }
    return held;
}

void derived_held_free(struct derived_held *held)
{
    if (held == NULL)
        return;
    free(held->bytes);
    free(held->rows);
    free(held);
}

void derived_forget(struct derived *derived)
{
    derived->held->used = derived->held->count = 0;
}

static const struct row_key *key_of(const struct held_head *head)
{
    return (const struct row_key *)(const void *)(head + 1);
}

/* Of two versions of a row the later stands behind. */
static int in_order(const void *a, const void *b)
{
    const struct held_head *left = *(const struct held_head *const *)a;
    const struct held_head *right = *(const struct held_head *const *)b;
    const struct row_key *x = key_of(left), *y = key_of(right);
    int by_source = addr_compare(x->src, y->src);

    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    if (by_source != 0)
        return by_source;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (left > right) - (left < right);
}

int derived_release(struct derived *derived, struct nj_err *err)
{
    struct derived_held *held = derived->held;
    int rc = 0;

    if (held->count > 0)
        qsort(held->rows, held->count, sizeof(const struct held_head *), in_order);
    for (size_t i = 0; rc == 0 && i < held->count; i++) {
        const struct held_head *head = held->rows[i];

        rc = derived_queue_add(derived, head->kind, head->era, head + 1, head->size, err);
    }
    derived_forget(derived);
    return rc;
}

int derived_hold(struct derived *derived, enum row_kind kind, int64_t era, const void *row,
                 size_t size, struct nj_err *err)
{
    struct derived_held *held = derived->held;
    size_t whole = (sizeof(struct held_head) + size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct held_head *head;

    if (held->used + whole > HELD_BYTES && derived_release(derived, err) < 0)
        return -1;
    if (held->count == held->room) {
        size_t room = 2 * held->room + 4096;
        const struct held_head **rows =
            reallocarray(held->rows, room, sizeof(const struct held_head *));

        if (rows == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu episodes and scores", room);
        held->rows = rows;
        held->room = room;
    }
    head = (struct held_head *)(void *)(held->bytes + held->used);
    *head = (struct held_head){.era = era, .size = (uint32_t)size, .kind = kind};
    memcpy(head + 1, row, size);
    held->used += whole;
    held->rows[held->count++] = head;
    return 0;
}

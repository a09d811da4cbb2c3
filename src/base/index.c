/* SPDX-License-Identifier: Apache-2.0 */
#include "base/index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/huge.h"

#define FIRST_SLOTS 1024u

int nj_index_init(struct nj_index *index, uint64_t (*hash_of)(const void *ctx, uint32_t number),
                  const void *ctx)
{
    *index = (struct nj_index){.slots = nj_huge_zeroed(FIRST_SLOTS * sizeof(*index->slots)),
                               .mask = FIRST_SLOTS - 1,
                               .hash_of = hash_of,
                               .ctx = ctx};
    return index->slots == NULL ? -1 : 0;
}

void nj_index_done(struct nj_index *index)
{
    free(index->slots);
    *index = (struct nj_index){.slots = NULL};
}

void nj_index_clear(struct nj_index *index)
{
    memset(index->slots, 0, ((size_t)index->mask + 1) * sizeof(*index->slots));
    index->count = 0;
}

/* What a slot has of a hash. */
static uint32_t tag_of(const struct nj_index *index, uint64_t hash)
{
    return (uint32_t)(hash >> 32) & ~index->mask;
}

uint32_t nj_index_next(const struct nj_index *index, uint64_t hash, uint32_t *cursor)
{
    uint32_t tag = tag_of(index, hash), slot;

    do {
        slot = index->slots[((uint32_t)hash + *cursor) & index->mask];
        ++*cursor;
    } while (slot != 0 && (slot & ~index->mask) != tag);
    return slot & index->mask;
}

static void put(struct nj_index *index, uint64_t hash, uint32_t number)
{
    uint32_t at = (uint32_t)hash & index->mask;

    while (index->slots[at] != 0)
        at = (at + 1) & index->mask;
    index->slots[at] = tag_of(index, hash) | number;
}

static int grow(struct nj_index *index)
{
    struct nj_index old = *index;

    index->slots = nj_huge_zeroed(2 * ((size_t)old.mask + 1) * sizeof(*index->slots));
    if (index->slots == NULL) {
        *index = old;
        return -1;
    }
    index->mask = 2 * old.mask + 1;
    for (size_t i = 0; i <= old.mask; i++)
        if (old.slots[i] != 0) {
            uint32_t number = old.slots[i] & old.mask;

            put(index, index->hash_of(index->ctx, number), number);
        }
    free(old.slots);
    return 0;
}

int nj_index_add(struct nj_index *index, uint64_t hash, uint32_t number)
{
    while (index->count >= index->mask / 8 * 5 || number > index->mask)
        if (grow(index) < 0)
            return -1;
    put(index, hash, number);
    index->count++;
    return 0;
}

void nj_index_remove(struct nj_index *index, uint64_t hash, uint32_t number)
{
    uint32_t *slots = index->slots, mask = index->mask, hole = (uint32_t)hash & mask;

    while ((slots[hole] & mask) != number) {
        assert(slots[hole] != 0);
        hole = (hole + 1) & mask;
    }
    /* close the gap: what stands behind it and could not be found over it moves up */
    for (uint32_t at = (hole + 1) & mask; slots[at] != 0; at = (at + 1) & mask) {
        uint32_t home = (uint32_t)index->hash_of(index->ctx, slots[at] & mask) & mask;

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            slots[hole] = slots[at];
            hole = at;
        }
    }
    slots[hole] = 0;
    index->count--;
}

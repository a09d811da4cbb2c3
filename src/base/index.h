/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers by hash: an open table that grows and forgets, 4 bytes a slot. Beside a number a slot
 * has as many bits of its hash as find room; the caller compares keys, and knows the hash of a
 * number, which must not change while it stands there.
 *
 * A number's place is of the lower 32 bits of its hash, what stands beside it of the upper:
 * both must be well mixed. Growing asks for the hash of all numbers, removing for those of its
 * neighbours, which costs more than finding one. */
#ifndef NJ_BASE_INDEX_H
#define NJ_BASE_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct nj_index {
    uint32_t *slots; /* number in the bits of `mask`, hash in those above; 0: free */
    uint32_t mask, count;
    uint64_t (*hash_of)(const void *ctx, uint32_t number);
    const void *ctx;
};

/** @param hash_of  of a number that stands in the index. @return 0; -1 when out of memory */
int nj_index_init(struct nj_index *index, uint64_t (*hash_of)(const void *ctx, uint32_t number),
                  const void *ctx);
void nj_index_done(struct nj_index *index);
void nj_index_clear(struct nj_index *index);

/** Numbers that may have this hash, one a call. @param cursor  0 at first.
 * @return 0: no more */
uint32_t nj_index_next(const struct nj_index *index, uint64_t hash, uint32_t *cursor);
/** Start loading what the first nj_index_next of a hash will touch. */
static inline void nj_index_prefetch(const struct nj_index *index, uint64_t hash)
{
    __builtin_prefetch(&index->slots[hash & index->mask]);
}

/** @param number  from 1; numbers without large gaps keep it small. @return 0; -1 when out of
 * memory */
int nj_index_add(struct nj_index *index, uint64_t hash, uint32_t number);
/** One that stands in it. */
void nj_index_remove(struct nj_index *index, uint64_t hash, uint32_t number);

#endif

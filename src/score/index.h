/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers by hash: an open table that grows and forgets. Of a hash 32 bits are kept, so the
 * caller compares keys. */
#ifndef NJ_SCORE_INDEX_H
#define NJ_SCORE_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct index_slot {
    uint32_t hash;
    uint32_t number; /* 0: free */
};

struct index {
    struct index_slot *slots;
    size_t mask, count;
};

/** @return 0; -1 when out of memory */
int index_init(struct index *index);
void index_done(struct index *index);

/** Numbers with this hash, one a call. @param cursor  0 at first. @return 0: no more */
uint32_t index_next(const struct index *index, uint64_t hash, size_t *cursor);

/** @return 0; -1 when out of memory */
int index_add(struct index *index, uint64_t hash, uint32_t number);
void index_remove(struct index *index, uint64_t hash, uint32_t number);

#endif

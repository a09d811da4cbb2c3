/* SPDX-License-Identifier: Apache-2.0 */
#include "score/index.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_SLOTS 1024

int index_init(struct index *index)
{
    *index = (struct index){.slots = calloc(FIRST_SLOTS, sizeof(*index->slots)),
                            .mask = FIRST_SLOTS - 1};
    return index->slots == NULL ? -1 : 0;
}

void index_done(struct index *index)
{
    free(index->slots);
    *index = (struct index){.slots = NULL};
}

uint32_t index_next(const struct index *index, uint64_t hash, size_t *cursor)
{
    for (;;) {
        const struct index_slot *slot = &index->slots[(hash + *cursor) & index->mask];

        ++*cursor;
        if (slot->number == 0 || slot->hash == (uint32_t)hash)
            return slot->number;
    }
}

static void put(struct index *index, uint32_t hash, uint32_t number)
{
    size_t at = hash & index->mask;

    while (index->slots[at].number != 0)
        at = (at + 1) & index->mask;
    index->slots[at] = (struct index_slot){.hash = hash, .number = number};
}

int index_add(struct index *index, uint64_t hash, uint32_t number)
{
    if (2 * (index->count + 1) > index->mask) {
        struct index old = *index;

        index->slots = calloc(2 * (old.mask + 1), sizeof(*index->slots));
        if (index->slots == NULL) {
            *index = old;
            return -1;
        }
        index->mask = 2 * old.mask + 1;
        for (size_t i = 0; i <= old.mask; i++) {
            if (old.slots[i].number != 0)
                put(index, old.slots[i].hash, old.slots[i].number);
        }
        free(old.slots);
    }
    put(index, (uint32_t)hash, number);
    index->count++;
    return 0;
}

void index_remove(struct index *index, uint64_t hash, uint32_t number)
{
    size_t hole = hash & index->mask, at;

    while (index->slots[hole].number != number) {
        assert(index->slots[hole].number != 0);
        hole = (hole + 1) & index->mask;
    }
    /* close the gap: what stands behind it and could not be found over it moves up */
    for (at = (hole + 1) & index->mask; index->slots[at].number != 0;
         at = (at + 1) & index->mask) {
        size_t home = index->slots[at].hash & index->mask;

        if (((at - home) & index->mask) >= ((at - hole) & index->mask)) {
            index->slots[hole] = index->slots[at];
            hole = at;
        }
    }
    index->slots[hole].number = 0;
    index->count--;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* An open table of numbers over the runs, at most half full. */
#define XXH_INLINE_ALL
#include "base/shared.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#define FIRST_SLOTS 1024u
#define FIRST_RUNS (FIRST_SLOTS / 2)

int nj_shared_init(struct nj_shared *shared, uint64_t secret)
{
    *shared = (struct nj_shared){.slots = calloc(FIRST_SLOTS, sizeof(*shared->slots)),
                                 .runs = calloc(FIRST_RUNS, sizeof(*shared->runs)),
                                 .mask = FIRST_SLOTS - 1,
                                 .room = FIRST_RUNS,
                                 .end = 1,
                                 .secret = secret};
    return shared->slots == NULL || shared->runs == NULL ? -1 : 0;
}

void nj_shared_done(struct nj_shared *shared)
{
    nj_shelf_empty(&shared->shelf);
    free(shared->runs);
    free(shared->slots);
    *shared = (struct nj_shared){.slots = NULL};
}

void nj_shared_clear(struct nj_shared *shared)
{
    nj_shelf_empty(&shared->shelf);
    if (shared->slots != NULL)
        memset(shared->slots, 0, ((size_t)shared->mask + 1) * sizeof(*shared->slots));
    shared->end = 1;
    shared->free = shared->count = 0;
}

/* ---- the table ---- */

static void put(struct nj_shared *shared, uint32_t number)
{
    uint32_t at = shared->runs[number].hash & shared->mask;

    while (shared->slots[at] != 0)
        at = (at + 1) & shared->mask;
    shared->slots[at] = number;
}

static int grow_slots(struct nj_shared *shared)
{
    size_t slots = ((size_t)shared->mask + 1) * 2;
    uint32_t *more = calloc(slots, sizeof(*more));

    if (more == NULL)
        return -1;
    free(shared->slots);
    shared->slots = more;
    shared->mask = (uint32_t)(slots - 1);
    for (uint32_t number = 1; number < shared->end; number++)
        if (shared->runs[number].users > 0)
            put(shared, number);
    return 0;
}

/* Behind the hole moves up what could not be found over it. */
static void take_out(struct nj_shared *shared, uint32_t number)
{
    uint32_t *slots = shared->slots, mask = shared->mask;
    uint32_t hole = shared->runs[number].hash & mask;

    while (slots[hole] != number)
        hole = (hole + 1) & mask;
    for (uint32_t at = (hole + 1) & mask; slots[at] != 0; at = (at + 1) & mask)
        if (((at - shared->runs[slots[at]].hash) & mask) >= ((at - hole) & mask)) {
            slots[hole] = slots[at];
            hole = at;
        }
    slots[hole] = 0;
}

/* Room for one more run. */
static int make_room(struct nj_shared *shared)
{
    if (shared->free == 0 && shared->end == shared->room) {
        struct nj_shared_run *runs =
            reallocarray(shared->runs, shared->room, 2 * sizeof(*runs));

        if (runs == NULL)
            return -1;
        shared->runs = runs;
        shared->room *= 2;
    }
    return shared->count >= shared->mask / 2 ? grow_slots(shared) : 0;
}

/* ---- the runs ---- */

uint32_t nj_shared_take(struct nj_shared *shared, const void *bytes, size_t size)
{
    uint32_t hash = (uint32_t)XXH3_64bits_withSeed(bytes, size, shared->secret), number;
    struct nj_shared_run run = {.users = 1, .hash = hash, .size = (uint16_t)size};

    for (uint32_t at = hash & shared->mask; shared->slots[at] != 0;
         at = (at + 1) & shared->mask) {
        struct nj_shared_run *other = &shared->runs[shared->slots[at]];

        if (other->hash == hash && other->size == size &&
            memcmp(nj_shelf_at(&shared->shelf, other->place), bytes, size) == 0) {
            other->users++;
            return shared->slots[at];
        }
    }
    if (make_room(shared) < 0 ||
        nj_shelf_take(&shared->shelf, nj_shelf_units(size), &run.place) < 0)
        return 0;
    number = shared->free != 0 ? shared->free : shared->end;
    if (number == shared->free)
        shared->free = shared->runs[number].place;
    else
        shared->end++;
    memcpy(nj_shelf_at(&shared->shelf, run.place), bytes, size);
    shared->runs[number] = run;
    shared->count++;
    put(shared, number);
    return number;
}

void nj_shared_give(struct nj_shared *shared, uint32_t number)
{
    struct nj_shared_run *run = &shared->runs[number];

    if (--run->users > 0)
        return;
    take_out(shared, number);
    nj_shelf_give(&shared->shelf, run->place, nj_shelf_units(run->size));
    run->place = shared->free;
    shared->free = number;
    shared->count--;
}

const uint8_t *nj_shared_bytes(const struct nj_shared *shared, uint32_t number,
                               size_t *ret_size)
{
    *ret_size = shared->runs[number].size;
    return nj_shelf_at(&shared->shelf, shared->runs[number].place);
}

void nj_shared_tidy(struct nj_shared *shared)
{
    struct nj_shelf tidy = {.boards = NULL};

    if (!nj_shelf_is_loose(&shared->shelf) || nj_shelf_reserve(&tidy, shared->shelf.taken) < 0)
        return; /* without memory it goes on as it is */
    for (uint32_t number = 1; number < shared->end; number++) {
        struct nj_shared_run *run = &shared->runs[number];
        uint32_t place;

        if (run->users == 0)
            continue;
        (void)nj_shelf_take(&tidy, nj_shelf_units(run->size), &place);
        memcpy(nj_shelf_at(&tidy, place), nj_shelf_at(&shared->shelf, run->place), run->size);
        run->place = place;
    }
    nj_shelf_empty(&shared->shelf);
    shared->shelf = tidy;
}

/* SPDX-License-Identifier: Apache-2.0 */
#define XXH_INLINE_ALL
#include "base/shared.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/huge.h"

#define FIRST_RUNS 512u

/* Its place in the index and what the index has beside it are of different halves. */
static uint64_t both_halves(uint32_t hash)
{
    return (uint64_t)hash << 32 | hash;
}

static uint64_t hash_of(const void *ctx, uint32_t number)
{
    const struct nj_shared *shared = ctx;

    return both_halves(shared->runs[number].hash);
}

int nj_shared_init(struct nj_shared *shared, uint64_t secret)
{
    *shared = (struct nj_shared){.runs = calloc(FIRST_RUNS, sizeof(*shared->runs)),
                                 .room = FIRST_RUNS,
                                 .end = 1,
                                 .secret = secret};
    return shared->runs == NULL ? -1 : nj_index_init(&shared->by_hash, hash_of, shared);
}

void nj_shared_done(struct nj_shared *shared)
{
    nj_shelf_empty(&shared->shelf);
    free(shared->runs);
    nj_index_done(&shared->by_hash);
    *shared = (struct nj_shared){.runs = NULL};
}

void nj_shared_clear(struct nj_shared *shared)
{
    nj_shelf_empty(&shared->shelf);
    nj_index_clear(&shared->by_hash);
    shared->end = 1;
    shared->free = 0;
}

/* A number that nobody has; what stood under it before may be there still. */
static uint32_t free_number(struct nj_shared *shared)
{
    if (shared->free != 0)
        return shared->free;
    if (shared->end == shared->room) {
        struct nj_shared_run *runs =
            nj_huge_grown(shared->runs, shared->room, (size_t)2 * shared->room, sizeof(*runs));

        if (runs == NULL)
            return 0;
        shared->runs = runs;
        shared->room *= 2;
    }
    return shared->end;
}

uint32_t nj_shared_take(struct nj_shared *shared, const void *bytes, size_t size)
{
    uint32_t hash = (uint32_t)XXH3_64bits_withSeed(bytes, size, shared->secret);
    uint32_t cursor = 0, number, next;
    struct nj_shared_run run = {.users = 1, .hash = hash, .size = (uint16_t)size};

    while ((number = nj_index_next(&shared->by_hash, both_halves(hash), &cursor)) != 0) {
        struct nj_shared_run *other = &shared->runs[number];

        if (other->hash == hash && other->size == size &&
            memcmp(nj_shelf_at(&shared->shelf, other->place), bytes, size) == 0) {
            other->users++;
            return number;
        }
    }
    number = free_number(shared);
    if (number == 0 || nj_shelf_take(&shared->shelf, nj_shelf_units(size), &run.place) < 0)
        return 0;
    if (nj_index_add(&shared->by_hash, both_halves(hash), number) < 0) {
        nj_shelf_give(&shared->shelf, run.place, nj_shelf_units(size));
        return 0;
    }
    next = number == shared->free ? shared->runs[number].place : 0;
    shared->end += number == shared->end;
    shared->free = next;
    memcpy(nj_shelf_at(&shared->shelf, run.place), bytes, size);
    shared->runs[number] = run;
    return number;
}

void nj_shared_give(struct nj_shared *shared, uint32_t number)
{
    struct nj_shared_run *run = &shared->runs[number];

    if (--run->users > 0)
        return;
    nj_index_remove(&shared->by_hash, both_halves(run->hash), number);
    nj_shelf_give(&shared->shelf, run->place, nj_shelf_units(run->size));
    run->place = shared->free;
    shared->free = number;
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

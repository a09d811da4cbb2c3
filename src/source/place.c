/* SPDX-License-Identifier: Apache-2.0 */
/* The first tier: sources in the order of their coming, and an index. What leaves is found by a
 * hand over the places, so hashes decide nothing. */
#define XXH_INLINE_ALL
#include "source/table_state.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "base/huge.h"

#define CHUNK 131072u /* 4 MiB: two huge pages */
#define LOOK 8u       /* places under the hand that are compared */

static uint64_t hash_of(const struct source_table *table, struct addr key)
{
    return XXH3_64bits_withSeed(&key, sizeof(key), table->secret);
}

/* In the index a place has its number + 1. */
static uint64_t hash_of_number(const void *ctx, uint32_t number)
{
    const struct source_table *table = ctx;

    return hash_of(table, place_src(place_at(table, number - 1)));
}

int places_init(struct source_table *table, struct nj_err *err)
{
    table->places = calloc((table->options.max_sources - 1) / CHUNK + 1, sizeof(void *));
    if (getrandom(&table->secret, sizeof(table->secret), GRND_NONBLOCK) < 0)
        table->secret = 0; /* works as well, but senders could aim at the index */
    if (table->places == NULL || nj_index_init(&table->by_key, hash_of_number, table) < 0 ||
        nj_shared_init(&table->lights, table->secret) < 0)
        return nj_fail(err, NJ_NOMEM, "source table");
    return 0;
}

void places_clear(struct source_table *table)
{
    nj_index_clear(&table->by_key);
    table->place_count = table->place_hand = 0;
    nj_shared_clear(&table->lights);
}

void places_done(struct source_table *table)
{
    for (size_t i = 0; table->places != NULL && i * CHUNK < table->options.max_sources; i++)
        free(table->places[i]);
    free((void *)table->places);
    nj_index_done(&table->by_key);
    nj_shared_done(&table->lights);
}

struct source *place_at(const struct source_table *table, size_t i)
{
    return &table->places[i / CHUNK][i % CHUNK];
}

/* A source of which nothing is known but its key. */
static struct source fresh(struct addr key)
{
    bool is_v4 = addr_is_v4(key);

    return (struct source){.key = is_v4 ? key.lo : key.hi,
                           .is_v4 = is_v4,
                           .first_us = TIME_NONE,
                           .last_us = TIME_NONE};
}

void place_follow(struct source *s, struct followed *f, uint32_t number)
{
    f->run_after_s = s->run_after_s;
    s->is_followed = true;
    s->followed = number;
}

void place_leave(struct source *s, const struct followed *f)
{
    s->is_followed = false;
    s->run_after_s = f->run_after_s;
}

uint32_t place_find(const struct source_table *table, struct addr key)
{
    uint64_t hash = hash_of(table, key);
    uint32_t cursor = 0, number;

    do
        number = nj_index_next(&table->by_key, hash, &cursor);
    while (number != 0 && !addr_equal(place_src(place_at(table, number - 1)), key));
    return number == 0 ? NOBODY : number - 1;
}

/* What a row of a followed source surely touches. */
static void prefetch_followed(const struct followed *f)
{
    const char *head = (const char *)f, *run = (const char *)&f->run;

    for (size_t at = 0; at < offsetof(struct followed, before); at += 64)
        __builtin_prefetch(head + at, 1);
    for (size_t at = 0; at < offsetof(struct run, targets); at += 64)
        __builtin_prefetch(run + at, 1);
}

void source_table_prefetch(struct source_table *table, struct addr src)
{
    unsigned turn = table->prefetched++ % AHEAD;
    uint64_t earlier = table->ahead[turn]; /* of AHEAD rows ago: its line of the index came */
    uint32_t known = table->ahead_place[turn]; /* of twice as many: its place came */
    uint32_t cursor = 0, number;

    table->ahead[turn] = hash_of(table, addr_source(src));
    nj_index_prefetch(&table->by_key, table->ahead[turn]);
    number = nj_index_next(&table->by_key, earlier, &cursor);
    table->ahead_place[turn] = number == 0 ? NOBODY : number - 1;
    if (number != 0)
        __builtin_prefetch(place_at(table, number - 1), 1);
    if (known < table->place_count && place_at(table, known)->is_followed)
        prefetch_followed(followed_at(table, place_at(table, known)->followed));
}

/* The longest silent of the next few that are not followed. At most half of the places are
 * followed, so the hand finds them. */
static uint32_t place_of_leaver(struct source_table *table)
{
    uint32_t leaver = NOBODY;

    for (unsigned looked = 0; looked < LOOK && looked < table->place_count;) {
        uint32_t i;
        const struct source *s;

        if (table->place_hand >= table->place_count)
            table->place_hand = 0;
        i = (uint32_t)table->place_hand++;
        s = place_at(table, i);
        if (s->is_followed)
            continue;
        if (leaver == NOBODY || s->last_us < place_at(table, leaver)->last_us)
            leaver = i;
        looked++;
    }
    return leaver;
}

uint32_t place_new(struct source_table *table, struct addr key, struct nj_err *err)
{
    uint32_t place;
    struct source **chunk;

    if (table->place_count >= table->options.max_sources) {
        place = place_of_leaver(table);
        nj_index_remove(&table->by_key, hash_of_number(table, place + 1), place + 1);
        if (place_at(table, place)->light != 0)
            nj_shared_give(&table->lights, place_at(table, place)->light);
        table->counts.sources_evicted++;
    } else {
        place = (uint32_t)table->place_count;
        chunk = &table->places[place / CHUNK];
        if (*chunk == NULL) {
            size_t left = table->options.max_sources - place;

            *chunk = nj_huge_new((left < CHUNK ? left : CHUNK) * sizeof(**chunk));
            if (*chunk == NULL)
                goto fail;
        }
    }
    *place_at(table, place) = fresh(key);
    if (nj_index_add(&table->by_key, hash_of(table, key), place + 1) < 0)
        goto fail; /* not where another left: the index has room for as many as before */
    if (place == table->place_count)
        table->counts.sources = ++table->place_count;
    return place;
fail:
    nj_fail(err, NJ_NOMEM, "source %zu", table->place_count + 1);
    return NOBODY;
}

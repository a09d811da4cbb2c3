/* SPDX-License-Identifier: Apache-2.0 */
/* The first tier: sources in the order of their coming, and an index that is at most half
 * full. What leaves is found by a hand over the places, so hashes decide nothing. */
#define XXH_INLINE_ALL
#include "source/table_state.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "base/huge.h"

#define CHUNK 131072u /* 10 MiB: five huge pages */
#define SLOTS_FIRST 1024u
#define LOOK 8u /* places under the hand that are compared */

int places_init(struct source_table *table, struct nj_err *err)
{
    table->places = calloc((table->options.max_sources - 1) / CHUNK + 1, sizeof(void *));
    table->slots = nj_huge_zeroed(SLOTS_FIRST * sizeof(*table->slots));
    table->mask = SLOTS_FIRST - 1;
    if (getrandom(&table->secret, sizeof(table->secret), GRND_NONBLOCK) < 0)
        table->secret = 0; /* works as well, but senders could aim at the index */
    if (table->places == NULL || table->slots == NULL)
        return nj_fail(err, NJ_NOMEM, "source table");
    return 0;
}

void places_clear(struct source_table *table)
{
    memset(table->slots, 0, ((size_t)table->mask + 1) * sizeof(*table->slots));
    table->place_count = table->place_hand = 0;
}

void places_done(struct source_table *table)
{
    for (size_t i = 0; table->places != NULL && i * CHUNK < table->options.max_sources; i++)
        free(table->places[i]);
    free((void *)table->places);
    free(table->slots);
}

struct source *place_at(const struct source_table *table, size_t i)
{
    return &table->places[i / CHUNK][i % CHUNK];
}

static uint32_t tag_of(const struct source_table *table, struct addr key)
{
    return (uint32_t)(XXH3_64bits_withSeed(&key, sizeof(key), table->secret) >> 32);
}

uint32_t place_find(const struct source_table *table, struct addr key)
{
    uint32_t tag = tag_of(table, key);

    for (uint32_t i = tag & table->mask; table->slots[i].place != 0; i = (i + 1) & table->mask)
        if (table->slots[i].tag == tag &&
            addr_equal(place_at(table, table->slots[i].place - 1)->src, key))
            return table->slots[i].place - 1;
    return NOBODY;
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
    uint32_t earlier = table->ahead[turn]; /* of AHEAD rows ago: its line of the index came */
    uint32_t known = table->ahead_place[turn]; /* of twice as many: its place came */

    table->ahead[turn] = tag_of(table, source_key(src));
    __builtin_prefetch(&table->slots[table->ahead[turn] & table->mask]);
    table->ahead_place[turn] = NOBODY;
    for (uint32_t i = earlier & table->mask; table->slots[i].place != 0;
         i = (i + 1) & table->mask)
        if (table->slots[i].tag == earlier) {
            const char *line;

            table->ahead_place[turn] = table->slots[i].place - 1;
            line = (const char *)place_at(table, table->ahead_place[turn]);
            __builtin_prefetch(line, 1);
            __builtin_prefetch(line + sizeof(struct source) - 1, 1);
            break;
        }
    if (known < table->place_count && place_at(table, known)->followed != NOBODY)
        prefetch_followed(followed_at(table, place_at(table, known)->followed));
}

static void link_slot(struct slot *slots, uint32_t mask, struct slot slot)
{
    uint32_t i = slot.tag & mask;

    while (slots[i].place != 0)
        i = (i + 1) & mask;
    slots[i] = slot;
}

/* Take a place out of the index, moving back those behind it that want to stand nearer to
 * their home (Knuth, vol. 3, 6.4, algorithm R). */
static void unlink_slot(struct source_table *table, uint32_t place)
{
    struct slot *slots = table->slots;
    uint32_t mask = table->mask;
    uint32_t hole = tag_of(table, place_at(table, place)->src) & mask;

    while (slots[hole].place != place + 1)
        hole = (hole + 1) & mask;
    for (uint32_t i = (hole + 1) & mask; slots[i].place != 0; i = (i + 1) & mask)
        if (((i - slots[i].tag) & mask) >= ((i - hole) & mask)) {
            slots[hole] = slots[i];
            hole = i;
        }
    slots[hole].place = 0;
}

static bool grow_index(struct source_table *table)
{
    uint32_t mask = table->mask * 2 + 1;
    struct slot *slots = nj_huge_zeroed(((size_t)mask + 1) * sizeof(*slots));

    if (slots == NULL)
        return false;
    for (size_t i = 0; i <= table->mask; i++)
        if (table->slots[i].place != 0)
            link_slot(slots, mask, table->slots[i]);
    free(table->slots);
    table->slots = slots;
    table->mask = mask;
    return true;
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
        if (s->followed != NOBODY)
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
        unlink_slot(table, place);
        table->counts.sources_evicted++;
    } else {
        place = (uint32_t)table->place_count;
        chunk = &table->places[place / CHUNK];
        if (place >= table->mask / 2 && !grow_index(table))
            goto fail;
        if (*chunk == NULL) {
            size_t left = table->options.max_sources - place;

            *chunk = nj_huge_new((left < CHUNK ? left : CHUNK) * sizeof(**chunk));
            if (*chunk == NULL)
                goto fail;
        }
        table->counts.sources = ++table->place_count;
    }
    *place_at(table, place) = (struct source){
        .src = key, .first_us = TIME_NONE, .last_us = TIME_NONE, .followed = NOBODY};
    link_slot(table->slots, table->mask,
              (struct slot){.tag = tag_of(table, key), .place = place + 1});
    return place;
fail:
    nj_fail(err, NJ_NOMEM, "source %zu", table->place_count + 1);
    return NOBODY;
}

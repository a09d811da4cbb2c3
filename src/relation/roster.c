/* SPDX-License-Identifier: Apache-2.0 */
#include "relation/roster.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct roster {
    size_t places, entry_size, zeroed, count,
        fresh;                   /* fresh: places never taken stand from here on */
    uint32_t first, last, spare; /* places + 1 */
    uint32_t mask;
    uint64_t secret;
    uint32_t *chains, *next; /* links: of each chain the first, of each place the next one */
    uint8_t *entries;
};

/* A link: a place + 1, 0 none, and eight bits of the hash above, so that only the entry that is
 * meant is touched. */
#define PLACE_BITS 24u
#define PLACES_MAX ((1u << PLACE_BITS) - 1)

static uint32_t link_to(uint64_t hash, uint32_t place)
{
    return (uint32_t)(hash >> 56) << PLACE_BITS | place;
}

struct roster *roster_new(size_t places, size_t entry_size, size_t zeroed)
{
    struct roster *roster = calloc(1, sizeof(*roster));
    uint32_t chains = 1;

    if (roster == NULL)
        return NULL;
    roster->places = places < 1 ? 1 : places > PLACES_MAX ? PLACES_MAX : places;
    roster->entry_size = entry_size;
    roster->zeroed = zeroed;
    while (chains < 2 * roster->places)
        chains *= 2;
    roster->mask = chains - 1;
    roster->chains = calloc(chains, sizeof(*roster->chains));
    roster->next = malloc(roster->places * sizeof(*roster->next));
    roster->entries = malloc(roster->places * entry_size);
    /* Without the secret the roster works as well, but senders could aim at one chain. */
    if (getrandom(&roster->secret, sizeof(roster->secret), GRND_NONBLOCK) < 0)
        roster->secret = 0;
    if (roster->chains == NULL || roster->next == NULL || roster->entries == NULL) {
        roster_free(roster);
        return NULL;
    }
    return roster;
}

void roster_free(struct roster *roster)
{
    if (roster == NULL)
        return;
    free(roster->chains);
    free(roster->next);
    free(roster->entries);
    free(roster);
}

void roster_clear(struct roster *roster)
{
    memset(roster->chains, 0, ((size_t)roster->mask + 1) * sizeof(*roster->chains));
    roster->count = roster->fresh = 0;
    roster->first = roster->last = roster->spare = 0;
}

/* The entry sizes are multiples of eight, so heads are aligned. */
static struct roster_head *at(const struct roster *roster, uint32_t place)
{
    return (struct roster_head *)(void *)(roster->entries + (place - 1) * roster->entry_size);
}

static uint32_t place_of(const struct roster *roster, const struct roster_head *head)
{
    return (uint32_t)((size_t)((const uint8_t *)head - roster->entries) / roster->entry_size) +
           1;
}

static uint32_t *chain_of(const struct roster *roster, uint64_t hash)
{
    return &roster->chains[((hash ^ roster->secret) * 0xff51afd7ed558ccdull >> 32) &
                           roster->mask];
}

void roster_prefetch_index(const struct roster *roster, uint64_t hash)
{
    __builtin_prefetch(chain_of(roster, hash));
}

void roster_prefetch(const struct roster *roster, uint64_t hash)
{
    uint32_t link = *chain_of(roster, hash);
    const char *entry;

    while (link != 0 && link != link_to(hash, link & PLACES_MAX))
        link = roster->next[(link & PLACES_MAX) - 1];
    if (link == 0)
        return;
    entry = (const char *)at(roster, link & PLACES_MAX);
    __builtin_prefetch(entry, 1);
    __builtin_prefetch(entry + 64, 1);
}

void *roster_find(const struct roster *roster, const struct roster_head *key)
{
    uint32_t link = *chain_of(roster, key->hash);

    for (; link != 0; link = roster->next[(link & PLACES_MAX) - 1]) {
        struct roster_head *head = at(roster, link & PLACES_MAX);

        if (link == link_to(key->hash, link & PLACES_MAX) && head->hash == key->hash &&
            addr_equal(head->src, key->src) && head->sensor == key->sensor)
            return head;
    }
    return NULL;
}

void *roster_leaver(const struct roster *roster)
{
    return roster->count < roster->places ? NULL : at(roster, roster->first);
}

void roster_drop(struct roster *roster, void *entry)
{
    struct roster_head *head = entry;
    uint32_t place = place_of(roster, head);
    uint32_t *link = chain_of(roster, head->hash);

    while ((*link & PLACES_MAX) != place)
        link = &roster->next[(*link & PLACES_MAX) - 1];
    *link = roster->next[place - 1];
    *(head->before != 0 ? &at(roster, head->before)->after : &roster->first) = head->after;
    *(head->after != 0 ? &at(roster, head->after)->before : &roster->last) = head->before;
    head->after = roster->spare;
    roster->spare = place;
    roster->count--;
}

void *roster_put(struct roster *roster, const struct roster_head *key)
{
    struct roster_head *head;
    uint32_t place, *chain = chain_of(roster, key->hash);

    if (roster->count == roster->places)
        roster_drop(roster, at(roster, roster->first));
    if (roster->spare != 0) {
        place = roster->spare;
        roster->spare = at(roster, place)->after;
    } else {
        place = (uint32_t)++roster->fresh;
    }
    head = at(roster, place);
    memset(head, 0, roster->zeroed);
    *head = (struct roster_head){
        .src = key->src, .hash = key->hash, .sensor = key->sensor, .before = roster->last};
    roster->next[place - 1] = *chain;
    *chain = link_to(key->hash, place);
    *(roster->last != 0 ? &at(roster, roster->last)->after : &roster->first) = place;
    roster->last = place;
    roster->count++;
    return head;
}

void *roster_next(const struct roster *roster, const void *entry)
{
    uint32_t place = entry == NULL ? roster->first : ((const struct roster_head *)entry)->after;

    return place == 0 ? NULL : at(roster, place);
}

size_t roster_count(const struct roster *roster)
{
    return roster->count;
}

void roster_head_walk(struct nj_saved *saved, struct roster_head *head)
{
    nj_saved_u64(saved, &head->src.hi);
    nj_saved_u64(saved, &head->src.lo);
    nj_saved_u64(saved, &head->hash);
    nj_saved_u32(saved, &head->sensor);
}

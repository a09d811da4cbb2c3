/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of profiles, and what is counted for each. profile_tell.c says what it means. */
#include "fingerprint/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/saved.h"
#include "fingerprint/profile_state.h"

/* A link of a chain: the profile's number, and eight bits of its hash above, so that a chain is
 * walked in its own small arrays and only the profile that is meant is touched. */
#define NUMBER_BITS 24u
#define NUMBER_MASK ((1u << NUMBER_BITS) - 1)
#define NOWHERE UINT32_MAX

struct profile_table {
    uint32_t max, count, hand; /* the hand points at the one that came first */
    uint32_t mask;
    uint32_t *chains; /* links: mask + 1, a power of two */
    uint32_t *next;   /* of each profile, the next link in its chain */
    struct profile *ring;
};

static uint32_t link_to(uint64_t hash, uint32_t number)
{
    return (uint32_t)(hash >> 56) << NUMBER_BITS | number;
}

struct profile_table *profile_table_new(size_t max_profiles)
{
    struct profile_table *table = calloc(1, sizeof(*table));
    uint32_t chains = 1;

    if (table == NULL)
        return NULL;
    table->max = max_profiles < 1             ? 1
                 : max_profiles > NUMBER_MASK ? NUMBER_MASK
                                              : (uint32_t)max_profiles;
    while (chains < 2 * table->max) /* most hold one or none: a second link is another miss */
        chains *= 2;
    table->mask = chains - 1;
    table->chains = malloc(chains * sizeof(*table->chains));
    table->next = malloc(table->max * sizeof(*table->next));
    table->ring = malloc(table->max * sizeof(*table->ring)); /* touched as it fills */
    if (table->chains == NULL || table->next == NULL || table->ring == NULL) {
        profile_table_free(table);
        return NULL;
    }
    profile_table_clear(table);
    return table;
}

void profile_table_free(struct profile_table *table)
{
    if (table == NULL)
        return;
    free(table->chains);
    free(table->next);
    free(table->ring);
    free(table);
}

void profile_table_clear(struct profile_table *table)
{
    table->count = table->hand = 0;
    memset(table->chains, 0xff, ((size_t)table->mask + 1) * sizeof(*table->chains));
}

/* packet->src_hash has a fixed seed; whoever aims at one chain makes that chain long, at most
 * by the profiles it can hold, so chains are cut at a length that no chance gives. */
#define CHAIN_MAX 32

static struct profile *find(struct profile_table *table, uint64_t hash, struct addr src,
                            uint32_t sensor)
{
    uint32_t at = table->chains[hash & table->mask];

    for (int steps = 0; at != NOWHERE && steps < CHAIN_MAX; steps++) {
        uint32_t number = at & NUMBER_MASK;

        if (at == link_to(hash, number)) {
            struct profile *profile = &table->ring[number];

            if (profile->hash == hash && addr_equal(profile->src, src) &&
                profile->sensor == sensor)
                return profile;
        }
        at = table->next[number];
    }
    return NULL;
}

void profile_table_prefetch_index(const struct profile_table *table, uint64_t hash)
{
    __builtin_prefetch(&table->chains[hash & table->mask]);
}

void profile_table_prefetch(const struct profile_table *table, uint64_t hash)
{
    uint32_t at = table->chains[hash & table->mask];

    for (int steps = 0; at != NOWHERE && steps < CHAIN_MAX; steps++) {
        uint32_t number = at & NUMBER_MASK;

        if (at == link_to(hash, number)) {
            const char *profile = (const char *)&table->ring[number];

            for (size_t line = 0; line < sizeof(struct profile); line += 64)
                __builtin_prefetch(profile + line, 1);
            return;
        }
        at = table->next[number];
    }
}

static void unlink_profile(struct profile_table *table, uint32_t number)
{
    uint32_t *at = &table->chains[table->ring[number].hash & table->mask];

    while ((*at & NUMBER_MASK) != number)
        at = &table->next[*at & NUMBER_MASK];
    *at = table->next[number];
}

static void link_profile(struct profile_table *table, uint32_t number)
{
    uint64_t hash = table->ring[number].hash;
    uint32_t *chain = &table->chains[hash & table->mask];

    table->next[number] = *chain;
    *chain = link_to(hash, number);
}

static struct profile *put(struct profile_table *table, const struct packet *packet)
{
    uint32_t number = table->hand;

    if (table->count < table->max)
        table->count++;
    else
        unlink_profile(table, number);
    table->hand = (number + 1) % table->max;
    table->ring[number] = (struct profile){
        .src = packet->src, .sensor = packet->sensor, .hash = packet->src_hash};
    link_profile(table, number);
    return &table->ring[number];
}

int profile_table_add(struct profile_table *table, const struct packet *packet, uint32_t number,
                      uint32_t target, const struct option_set *set, trait_fn sink, void *ctx,
                      struct nj_err *err)
{
    struct profile *profile = find(table, packet->src_hash, packet->src, packet->sensor);

    if (profile == NULL)
        profile = put(table, packet);
    else if (number == PROFILE_FROM) /* a new episode */
        *profile = (struct profile){
            .src = packet->src, .sensor = packet->sensor, .hash = packet->src_hash};
    return profile_count(profile, packet, target, set, sink, ctx, err);
}

/* ---- saving ---- */

static void walk_one(struct nj_saved *saved, struct profile *p)
{
    nj_saved_u64(saved, &p->hash);
    nj_saved_u64(saved, &p->src.hi);
    nj_saved_u64(saved, &p->src.lo);
    nj_saved_i64(saved, &p->ts_first_ns);
    nj_saved_i64(saved, &p->ts_last_ns);
    nj_saved_u32(saved, &p->sensor);
    nj_saved_u32(saved, &p->syns);
    nj_saved_u32(saved, &p->odd);
    nj_saved_u32(saved, &p->port_same);
    nj_saved_u32(saved, &p->port_steps);
    nj_saved_u32(saved, &p->id_zero);
    nj_saved_u32(saved, &p->id_same);
    nj_saved_u32(saved, &p->id_steps);
    nj_saved_u32(saved, &p->id_swapped_steps);
    nj_saved_u32(saved, &p->ts_count);
    nj_saved_u32(saved, &p->ts_same);
    nj_saved_u32(saved, &p->ts_first);
    nj_saved_u32(saved, &p->ts_last);
    nj_saved_u16(saved, &p->port_min);
    nj_saved_u16(saved, &p->port_max);
    nj_saved_u16(saved, &p->port_last);
    nj_saved_u16(saved, &p->id_last);
    nj_saved_u8(saved, &p->ttl_min);
    nj_saved_u8(saved, &p->ttl_max);
    for (unsigned i = 0; i < HABITS; i++)
        nj_saved_u8(saved, &p->told[i]);
    nj_saved_u8(saved, &p->oldest);
    nj_saved_check(saved, p->oldest < PROFILE_SYNS && p->port_min <= p->port_max &&
                              p->ttl_min <= p->ttl_max && p->ts_first_ns >= 0 &&
                              p->ts_last_ns >= p->ts_first_ns);
    for (unsigned i = 0; i < PROFILE_SYNS; i++) {
        nj_saved_i64(saved, &p->recent[i].first_ns);
        nj_saved_u32(saved, &p->recent[i].seq);
        nj_saved_u32(saved, &p->recent[i].target);
        nj_saved_u16(saved, &p->recent[i].sport);
        nj_saved_u8(saved, &p->recent[i].repeats);
        nj_saved_u8(saved, &p->recent[i].schedules);
        nj_saved_check(saved, p->recent[i].first_ns >= 0);
    }
}

static int walk(struct nj_saved *saved, void *state, struct nj_err *err)
{
    struct profile_table *table = state;
    uint32_t count = table->count, first = table->count < table->max ? 0 : table->hand;

    (void)err;
    nj_saved_u32(saved, &count);
    for (uint32_t i = 0; i < count && !nj_saved_bad(saved); i++) {
        struct profile one = {.hash = 0};

        if (!nj_saved_reading(saved))
            one = table->ring[(first + i) % table->max];
        walk_one(saved, &one);
        if (!nj_saved_reading(saved) || nj_saved_bad(saved))
            continue;
        if (find(table, one.hash, one.src, one.sensor) != NULL) {
            nj_saved_refuse(saved);
        } else { /* more than there is room for: the first ones leave */
            struct packet as = {.src = one.src, .sensor = one.sensor, .src_hash = one.hash};

            *put(table, &as) = one;
        }
    }
    return 0;
}

#define MAGIC "NJHABITS"

int profile_table_save(struct profile_table *table, FILE *out, struct nj_err *err)
{
    return nj_saved_write(out, MAGIC, NULL, walk, table, err);
}

int profile_table_load(struct profile_table *table, FILE *in, struct nj_err *err)
{
    int rc = nj_saved_read(in, MAGIC, NULL, walk, table, err);

    if (rc < 0)
        profile_table_clear(table);
    return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#define XXH_INLINE_ALL
#include "fingerprint/sender.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "base/huge.h"

#define HASH_SEED 0x6e696768746a6172ull /* any; fixed for good, see sender_hash */

#define CHUNK_SENDERS 16384u /* 2 MiB: one huge page */
#define SLOTS_FIRST 1024u
#define LOOK 8u /* entries under the hand that a new sender looks at */

/* Packets may come a little late: an entry is free for others only this much later. */
#define LATE_NS (60ll * 1000000000)

_Static_assert(sizeof(struct sender) == 128, "a sender is two cache lines");

struct slot {
    uint32_t tag;
    uint32_t sender; /* number + 1, 0: free */
};

struct sender_table {
    size_t max, count, hand;
    uint64_t secret;
    uint32_t mask; /* slots - 1, a power of two */
    struct slot *slots;
    size_t chunk_count;
    struct sender **chunks; /* room for max */
};

struct sender_table *sender_table_new(size_t max_senders)
{
    struct sender_table *table = calloc(1, sizeof(*table));

    if (table == NULL)
        return NULL;
    if (max_senders < 1)
        max_senders = 1;
    if (max_senders > UINT32_MAX / 4)
        max_senders = UINT32_MAX / 4;
    table->max = max_senders;
    table->chunks = calloc((max_senders - 1) / CHUNK_SENDERS + 1, sizeof(struct sender *));
    table->slots = nj_huge_zeroed(SLOTS_FIRST * sizeof(*table->slots));
    table->mask = SLOTS_FIRST - 1;
    /* Without the secret the table works as well, but senders could aim at it. */
    if (getrandom(&table->secret, sizeof(table->secret), GRND_NONBLOCK) < 0)
        table->secret = HASH_SEED;
    if (table->chunks == NULL || table->slots == NULL) {
        sender_table_free(table);
        return NULL;
    }
    return table;
}

void sender_table_free(struct sender_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->chunk_count; i++)
        free(table->chunks[i]);
    free((void *)table->chunks);
    free(table->slots);
    free(table);
}

void sender_table_clear(struct sender_table *table)
{
    memset(table->slots, 0, ((size_t)table->mask + 1) * sizeof(struct slot));
    table->count = table->hand = 0;
}

uint64_t sender_hash(struct addr src, uint32_t sensor)
{
    uint64_t key[3] = {src.hi, src.lo, sensor};

    return XXH3_64bits_withSeed(key, sizeof(key), HASH_SEED);
}

static uint32_t tag_of(const struct sender_table *table, uint64_t hash)
{
    return (uint32_t)((hash ^ table->secret) * 0xff51afd7ed558ccdull >> 32);
}

static inline struct sender *at(const struct sender_table *table, size_t i)
{
    return &table->chunks[i / CHUNK_SENDERS][i % CHUNK_SENDERS];
}

struct sender *sender_at(const struct sender_table *table, size_t i)
{
    return at(table, i);
}

size_t sender_count(const struct sender_table *table)
{
    return table->count;
}

size_t sender_hand(const struct sender_table *table)
{
    return table->hand;
}

void sender_set_hand(struct sender_table *table, size_t hand)
{
    table->hand = hand;
}

void sender_prefetch_index(const struct sender_table *table, uint64_t hash)
{
    __builtin_prefetch(&table->slots[tag_of(table, hash) & table->mask]);
}

void sender_prefetch(const struct sender_table *table, uint64_t hash)
{
    uint32_t tag = tag_of(table, hash);

    for (uint32_t i = tag & table->mask; table->slots[i].sender != 0; i = (i + 1) & table->mask)
        if (table->slots[i].tag == tag) {
            const char *lines = (const char *)at(table, table->slots[i].sender - 1);

            __builtin_prefetch(lines, 1);
            __builtin_prefetch(lines + 64, 1);
            return;
        }
}

struct sender *sender_find(const struct sender_table *table, uint64_t hash, struct addr src,
                           uint32_t sensor)
{
    uint32_t tag = tag_of(table, hash);

    for (uint32_t i = tag & table->mask; table->slots[i].sender != 0; i = (i + 1) & table->mask)
        if (table->slots[i].tag == tag) {
            struct sender *sender = at(table, table->slots[i].sender - 1);

            if (addr_equal(sender->src, src) && sender->sensor == sensor)
                return sender;
        }
    return NULL;
}

static void link_slot(struct slot *slots, uint32_t mask, struct slot slot)
{
    uint32_t i = slot.tag & mask;

    while (slots[i].sender != 0)
        i = (i + 1) & mask;
    slots[i] = slot;
}

/* Take a sender out of the index, moving back those behind it that want to stand nearer to
 * their home (Knuth, vol. 3, 6.4, algorithm R). */
static void unlink_slot(struct sender_table *table, uint32_t tag, uint32_t sender)
{
    struct slot *slots = table->slots;
    uint32_t mask = table->mask;
    uint32_t hole = tag & mask;

    while (slots[hole].sender != sender)
        hole = (hole + 1) & mask;
    for (uint32_t i = (hole + 1) & mask; slots[i].sender != 0; i = (i + 1) & mask)
        if (((i - slots[i].tag) & mask) >= ((i - hole) & mask)) {
            slots[hole] = slots[i];
            hole = i;
        }
    slots[hole].sender = 0;
}

static bool grow_index(struct sender_table *table)
{
    uint32_t mask = table->mask * 2 + 1;
    struct slot *slots = nj_huge_zeroed(((size_t)mask + 1) * sizeof(*slots));

    if (slots == NULL)
        return false;
    for (size_t i = 0; i <= table->mask; i++)
        if (table->slots[i].sender != 0)
            link_slot(slots, mask, table->slots[i]);
    free(table->slots);
    table->slots = slots;
    table->mask = mask;
    return true;
}

/* A place nobody has stood in. */
static struct sender *fresh_place(struct sender_table *table)
{
    size_t chunk = table->count / CHUNK_SENDERS;

    if (table->count >= table->mask / 2 && !grow_index(table))
        return NULL;
    if (chunk == table->chunk_count) {
        size_t left = table->max - table->count;
        struct sender *senders =
            nj_huge_new((left < CHUNK_SENDERS ? left : CHUNK_SENDERS) * sizeof(struct sender));

        if (senders == NULL)
            return NULL;
        table->chunks[table->chunk_count++] = senders;
    }
    return at(table, table->count);
}

struct sender_place sender_room(struct sender_table *table, int64_t now_ns)
{
    struct sender_place longest = {.place = NULL, .held = true, .forced = true};
    uint64_t longest_ns = 0;
    size_t look = table->count < LOOK ? table->count : LOOK;

    for (size_t i = 0; i < look; i++) {
        struct sender *sender;
        uint64_t silent_ns;

        if (table->hand >= table->count)
            table->hand = 0;
        sender = at(table, table->hand++);
        silent_ns = sender_distance(now_ns, sender->last_ns);
        if (silent_ns > (uint64_t)(EPISODE_GAP_NS + LATE_NS))
            return (struct sender_place){.place = sender, .held = true, .forced = false};
        if (longest.place == NULL || silent_ns > longest_ns) {
            longest.place = sender;
            longest_ns = silent_ns;
        }
    }
    for (size_t i = table->hand; i < table->hand + LOOK && i < table->count; i++)
        __builtin_prefetch(at(table, i)); /* what the next new sender looks at */
    if (table->count < table->max)
        return (struct sender_place){.place = fresh_place(table)};
    return longest;
}

struct sender_place sender_room_loading(struct sender_table *table, int64_t now_ns)
{
    if (table->count < table->max)
        return (struct sender_place){.place = fresh_place(table)};
    return sender_room(table, now_ns);
}

void sender_put(struct sender_table *table, struct sender_place place, uint64_t hash,
                struct addr src, uint32_t sensor)
{
    uint32_t tag = tag_of(table, hash);
    uint32_t number = 0;

    if (place.held) {
        uint32_t old = tag_of(table, sender_hash(place.place->src, place.place->sensor));

        for (uint32_t i = old & table->mask; number == 0; i = (i + 1) & table->mask)
            if (table->slots[i].tag == old &&
                at(table, table->slots[i].sender - 1) == place.place)
                number = table->slots[i].sender;
        unlink_slot(table, old, number);
    } else {
        number = (uint32_t)++table->count;
    }
    *place.place = (struct sender){.src = src, .sensor = sensor};
    link_slot(table->slots, table->mask, (struct slot){.tag = tag, .sender = number});
}

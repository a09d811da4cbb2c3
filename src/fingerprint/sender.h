/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded table of senders: one entry for each (sensor, source). Called by fingerprint.c.
 *
 * Entries stand in the order of their coming in chunks that never move; an index of eight
 * bytes a slot, at most half full and doubled when it must be, leads to them. So a live sender
 * costs 144 to 160 bytes. What the table does never depends on hashes: a new sender takes
 * the place of one whose episode is over if a look at the next few under a moving hand finds
 * one, else a fresh place, else (at the maximum) that of the longest silent of those few. */
#ifndef NJ_FINGERPRINT_SENDER_H
#define NJ_FINGERPRINT_SENDER_H

#include "fingerprint/tool.h"

/* A sender silent for longer has ended its episode. One number for all, so far: long enough
 * for slow scanners of a small telescope, short against a day. */
#define EPISODE_GAP_NS (1800ll * 1000000000)

struct sender {
    _Alignas(128) struct addr src; /* two cache lines */
    int64_t last_ns;               /* of its last packet; never steps back within an episode */
    uint32_t sensor;
    uint32_t episode_packets; /* 0: the last episode was ended from outside */
    float told_bits;          /* strength that the last trait told */
    struct evidence evidence;
};

struct sender_table;

/** @return NULL when out of memory */
struct sender_table *sender_table_new(size_t max_senders);
void sender_table_free(struct sender_table *table);
void sender_table_clear(struct sender_table *table);

/** Hash of a sender for packet->src_hash. Its seed is fixed, so that tables which let it decide
 * something decide the same in every run; this table mixes in a secret of its own. */
uint64_t sender_hash(struct addr src, uint32_t sensor);

/** First and second step of loading a sender: the index's line, then the entry's two. */
void sender_prefetch_index(const struct sender_table *table, uint64_t hash);
void sender_prefetch(const struct sender_table *table, uint64_t hash);

/** @return NULL if it is not there */
struct sender *sender_find(const struct sender_table *table, uint64_t hash, struct addr src,
                           uint32_t sensor);

struct sender_place {
    struct sender *place; /* NULL when out of memory */
    bool held;            /* by a sender, who leaves with sender_put */
    bool forced;          /* though its episode may be going on */
};

/** Find a place for a new sender; nothing changes but the hand. `now_ns` is the highest packet
 * time (see fingerprint.c). */
struct sender_place sender_room(struct sender_table *table, int64_t now_ns);

/** The same for one that is loaded: only a full table makes others leave. */
struct sender_place sender_room_loading(struct sender_table *table, int64_t now_ns);

/** Put a sender there, zeroed but for src and sensor. It must not be in the table. */
void sender_put(struct sender_table *table, struct sender_place place, uint64_t hash,
                struct addr src, uint32_t sensor);

/** Senders by number, 0 to sender_count - 1, in the order of their places. */
size_t sender_count(const struct sender_table *table);
struct sender *sender_at(const struct sender_table *table, size_t i);

/** The moving hand, below or at sender_count; for saving and loading. */
size_t sender_hand(const struct sender_table *table);
void sender_set_hand(struct sender_table *table, size_t hand);

/** Nanoseconds between two times, whichever comes first. */
static inline uint64_t sender_distance(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

#endif

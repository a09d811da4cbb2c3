/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed number of places for sources, found by address and sensor. When all are taken the one
 * that came first leaves. An entry begins with a struct roster_head; what is behind it is the
 * owner's. The index is keyed with a secret, and decides nothing. */
#ifndef NJ_RELATION_ROSTER_H
#define NJ_RELATION_ROSTER_H

#include "base/saved.h"
#include "model/addr.h"

struct roster_head {
    struct addr src;
    uint64_t hash; /* packet.src_hash */
    uint32_t sensor;
    uint32_t before, after; /* places + 1, 0: none; the roster's own */
};

struct roster;

/** @param zeroed  bytes at the front of an entry that roster_put clears, its head included
 * @return NULL when out of memory. Memory of a place is touched when it is first taken. */
struct roster *roster_new(size_t places, size_t entry_size, size_t zeroed);
void roster_free(struct roster *roster);
void roster_clear(struct roster *roster);

/** Start loading what leads to a source's entry, then what the entry begins with. */
void roster_prefetch_index(const struct roster *roster, uint64_t hash);
void roster_prefetch(const struct roster *roster, uint64_t hash);

/** @return NULL if it has no place */
void *roster_find(const struct roster *roster, const struct roster_head *key);

/** Give a place to a source that has none. It is zeroed behind the head as roster_new was told.
 * If all are taken, roster_leaver leaves. */
void *roster_put(struct roster *roster, const struct roster_head *key);

/** Who would leave now if another came; NULL: there is room. */
void *roster_leaver(const struct roster *roster);

/** Give a place back. */
void roster_drop(struct roster *roster, void *entry);

/** In the order of their coming; NULL: the end. `entry` NULL: the first. */
void *roster_next(const struct roster *roster, const void *entry);
size_t roster_count(const struct roster *roster);

/** Walk over a head; when reading a refused one is as damaged. */
void roster_head_walk(struct nj_saved *saved, struct roster_head *head);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Who might be a partner of whom: lists of the most recent episodes with one key, never all
 * pairs (docs/LINKING.md). A list that overflowed within 30 days says that the key is too
 * common to be evidence, and is not looked at. */
#ifndef NJ_LINK_CANDIDATE_H
#define NJ_LINK_CANDIDATE_H

#include "link/digest.h"
#include "link/map.h"

#define CANDIDATE_LIST 64

/* Places of keys: tool and exact set of ports, then each of the rarest ports. */
#define CANDIDATE_SET 4
#define CANDIDATE_PORTS_LAST 8

struct key_list {
    uint64_t key;
    int64_t overflow_us; /* when the oldest last had to make room; 0: never */
    uint32_t *digests;   /* oldest first */
    uint32_t refs;       /* digests with this key, dropped ones too */
    uint8_t count, room;
};

struct candidates {
    struct link_map index;
    struct key_list *lists;
    uint32_t count, room; /* lists made, of which `free` are not in use */
    uint32_t *free;
    uint32_t free_count, free_room;
};

int candidates_init(struct candidates *c, uint64_t secret, struct nj_err *err);
void candidates_done(struct candidates *c);

/** The keys of a digest; 0: no such key. `rarest` are its ports by rarity. */
void candidate_keys(const struct digest *d, const uint8_t rarest[DIGEST_PORTS],
                    uint64_t ret_keys[DIGEST_KEYS]);

/** Hash of all that its keys are made of: while it stays, so do the keys. Not 0. */
uint64_t candidate_basis(const struct digest *d);

/** Put the digest at `number` into the lists of its present keys and take it out of others.
 * @return 0; -1 NJ_NOMEM */
int candidates_place(struct candidates *c, struct digest *d, uint32_t number,
                     const uint64_t keys[DIGEST_KEYS], int64_t now_us, struct nj_err *err);
void candidates_remove(struct candidates *c, struct digest *d, uint32_t number);

/** @return the list of the digest's i-th key; NULL if it has none, or it is too common */
const struct key_list *candidates_list(const struct candidates *c, const struct digest *d,
                                       unsigned i, int64_t now_us, bool *ret_too_common);

/** Put the digest behind those of a list; of a full one the oldest leaves, at now_us.
 * @return 0; -1 NJ_NOMEM */
int candidates_append(struct candidates *c, uint32_t list, uint32_t number, int64_t now_us,
                      struct nj_err *err);

#endif

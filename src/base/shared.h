/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of bytes that many have alike: each stands once, has a number, and is counted by how
 * many have it; when nobody has it any more it leaves, and its number is free for another.
 *
 * For what is known of millions of sources, of which most have done the same: sent one packet
 * to one port. Numbers depend on the order of coming, and nothing that is told may depend on
 * them. */
#ifndef NJ_BASE_SHARED_H
#define NJ_BASE_SHARED_H

#include "base/index.h"
#include "base/shelf.h"

#define NJ_SHARED_MAX (NJ_SHELF_UNITS_MAX * NJ_SHELF_UNIT) /* bytes of one run */

struct nj_shared_run {
    uint32_t place;
    uint32_t users; /* 0: free, `place` is the number of the next free one */
    uint32_t hash;
    uint16_t size;
};

struct nj_shared {
    struct nj_shelf shelf;
    struct nj_shared_run *runs; /* from 1 */
    uint32_t end, room, free;
    struct nj_index by_hash; /* has a pointer to this struct, which must not move */
    uint64_t secret;
};

/** @param secret  senders may choose the bytes. @return 0; -1 when out of memory */
int nj_shared_init(struct nj_shared *shared, uint64_t secret);
void nj_shared_done(struct nj_shared *shared);
/** Nobody has anything. */
void nj_shared_clear(struct nj_shared *shared);

/** One more has these bytes. @param size  1 to NJ_SHARED_MAX
 * @return their number, from 1; 0 when out of memory */
uint32_t nj_shared_take(struct nj_shared *shared, const void *bytes, size_t size);
/** One less has them. */
void nj_shared_give(struct nj_shared *shared, uint32_t number);
/** Borrowed until something is taken, given or tidied. */
const uint8_t *nj_shared_bytes(const struct nj_shared *shared, uint32_t number,
                               size_t *ret_size);
/** Packs all anew if much lies free between them. */
void nj_shared_tidy(struct nj_shared *shared);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* In which order a source visits its targets, and when: the walk of a ZMap scan with its
 * generator, pools of sources that divide the targets, sweeps, permutations, bursts. Called by
 * pipeline/ for each packet behind fingerprint/. One thread.
 *
 * Of a source with three packets and more the next 40 distinct targets are kept, and looked at
 * when there are 10, 14, 20 and 40; then it is left alone until its next episode. A bounded
 * table; who comes to a full set takes the place of one that is done, else of the one silent
 * longest. docs/ORDERS.md has the method, its limits, and the words of the traits:
 *
 *   zmap      "generator 2893004 of 2^32 + 15; 4 threads or shards"
 *   pool      "16 addresses of 198.51.100.0/24, port 80; targets 3 mod 16"
 *   order     "sequential, step 1", "permuted", "permuted, in passes", "random, targets repeat"
 *   schedule  "one each 3.2 s", "bursts of 8 each 600 s", "rate fell 6-fold"
 *   walk      the same where a generator is no key: scans of 2^16 addresses
 *   seed      "masscan seed 1337", where it is small
 *   tool      "zmap", where nothing else had named one
 *
 * What stands before a semicolon is what members of one run share (model/instance.h). */
#ifndef NJ_ORDER_ORDER_H
#define NJ_ORDER_ORDER_H

#include <stdio.h>

#include "base/intern.h"
#include "model/packet.h"
#include "model/trait.h"

#define ORDER_TARGETS 40u

struct order_counts {
    uint64_t searches; /* for a walk */
    uint64_t deferred; /* searches left out, since the work for these packets was done */
    uint64_t walks;    /* found */
    uint64_t seeds;    /* of masscan, found */
};

struct order_table;

/**
 * @param names        borrowed; tools are known by their names
 * @param max_senders  one place for 16 of them (700 bytes), touched as it fills
 * @param sink         gets the traits; NULL: nobody
 * @return 0; -1 NJ_NOMEM
 */
int order_new(struct nj_intern *names, size_t max_senders, trait_fn sink, void *sink_ctx,
              struct order_table **ret, struct nj_err *err);
void order_free(struct order_table *table);

/** Start loading what order_add will touch, in two steps, the second some hundred ns later;
 * packet->src_hash is set. */
void order_prefetch(const struct order_table *table, const struct packet *packet);
void order_prefetch_source(const struct order_table *table, const struct packet *packet);

/**
 * Count a packet; direction, tool and episode_packets are set. Counted are TCP SYNs, UDP and
 * echo requests to IPv4 addresses, and rows of logs.
 *
 * @return 0; -1 from the sink
 *
 * Cost: a few ns, one cache line; within the sample some 50 ns. Searches, of 8 us
 * to 2 ms, are paid for by packets, 8 us for 341 in the long run; without credit they are left
 * out and counted.
 */
int order_add(struct order_table *table, const struct packet *packet, struct nj_err *err);

const struct order_counts *order_counts(const struct order_table *table);

/** @return 0; -1 NJ_IO, NJ_NOMEM */
int order_save(struct order_table *table, FILE *out, struct nj_err *err);
/** Into a new one. @return 0; -1 NJ_FORMAT, NJ_IO, NJ_NOMEM, and it is empty */
int order_load(struct order_table *table, FILE *in, struct nj_err *err);

#endif

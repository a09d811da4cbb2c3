/* SPDX-License-Identifier: Apache-2.0 */
/* What the SYNs of one sender have in common beyond single packets: how it picks source ports,
 * numbers its IP packets, repeats itself, and what its timestamps count. Kept for senders of
 * eight packets or more, so that the many small ones cost nothing. Called by fingerprint.c.
 *
 * A bounded ring: a new sender takes the place of the one that came first. So what is kept
 * never depends on hashes. docs/FINGERPRINTS.md, "Habits", has the words of the statements. */
#ifndef NJ_FINGERPRINT_PROFILE_H
#define NJ_FINGERPRINT_PROFILE_H

#include <stdio.h>

#include "fingerprint/option.h"
#include "model/trait.h"

#define PROFILE_FROM 8u  /* packet of the episode with which a profile begins */
#define PROFILE_TO 4096u /* and with which it ends: habits show before */

struct profile_table;

/** @param max_profiles  at least 1. @return NULL when out of memory */
struct profile_table *profile_table_new(size_t max_profiles);
void profile_table_free(struct profile_table *table);
void profile_table_clear(struct profile_table *table);

/**
 * Add a SYN without ACK.
 *
 * @param number  n-th packet of its sender's episode, PROFILE_FROM to PROFILE_TO
 * @param target  a hash of where it goes
 * @param sink    gets a statement when the 16th, 64th, 256th, ... SYN of the profile changes
 * what is known, or a repeat completes a schedule
 * @return 0; -1 from the sink
 *
 * Cost: one more cache line or two.
 */
int profile_table_add(struct profile_table *table, const struct packet *packet, uint32_t number,
                      uint32_t target, const struct option_set *set, trait_fn sink, void *ctx,
                      struct nj_err *err);

/** First and second step of loading the profile of the sender with this packet->src_hash. */
void profile_table_prefetch_index(const struct profile_table *table, uint64_t hash);
void profile_table_prefetch(const struct profile_table *table, uint64_t hash);

/** @return 0; -1 NJ_IO, NJ_NOMEM */
int profile_table_save(struct profile_table *table, FILE *out, struct nj_err *err);
/** Into an empty one. @return 0; -1 NJ_FORMAT, NJ_IO, NJ_NOMEM */
int profile_table_load(struct profile_table *table, FILE *in, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Later fragments that came before the first one of their packet and wait for it, as fragment.h
 * says. Called by fragment.c alone. One thread. */
#ifndef NJ_DECODE_HELD_H
#define NJ_DECODE_HELD_H

#include "base/saved.h"
#include "decode/fragment.h"

struct held_table;

/**
 * @param secret  keys the chains
 * @param counts  borrowed as long as the table lives; joined, held, alone and hurried are
 *                counted there
 * @return NULL when out of memory
 */
struct held_table *held_new(uint64_t secret, struct fragment_counts *counts);
void held_free(struct held_table *table);

/** Forget all. */
void held_clear(struct held_table *table);

/** Hold a later fragment back, copied. */
void held_add(struct held_table *table, const struct packet *packet);

/** The first one has come: all that wait for it are ready. */
void held_join(struct held_table *table, const struct packet *first);

/** As fragment_table_due, fragment_table_take and fragment_table_waiting. */
bool held_due(const struct held_table *table, int64_t now_ns);
bool held_take(struct held_table *table, int64_t now_ns, struct packet *ret_packet);
uint32_t held_count(const struct held_table *table);

/** Write them, or read them into an empty table. */
void held_walk(struct nj_saved *saved, struct held_table *table);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that wait for a commit: filled and sorted by stage.c, shown to DuckDB by
 * stage_table.c. */
#ifndef NJ_STORE_STAGE_H
#define NJ_STORE_STAGE_H

#include "store/internal.h"
#include "store/tally.h"

struct sort_key {
    uint64_t key;
    uint32_t index;
};

struct stage {
    struct row *rows;
    size_t count, room;
    struct trait_row *traits;
    size_t trait_count, trait_room;
    struct sample_row *samples;
    size_t sample_count, sample_room;
    uint8_t *heap; /* payloads, user names, trait values, packets */
    size_t heap_used, heap_room;
    struct nj_intern *texts; /* sensor names and countries: few, kept for good */
    struct sort_key *order, *trait_order, *sample_order;
    struct tally tally; /* summaries of the sorted rows */
};

/** Make the table functions staged_visits, staged_traits, staged_samples, staged_counts and
 * staged_sources known to DuckDB; each takes (start, end), row numbers of the sorted rows. */
int stage_register(struct store *store, struct nj_err *err);

#endif

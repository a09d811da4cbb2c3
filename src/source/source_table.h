/* SPDX-License-Identifier: Apache-2.0 */
/* Sources and their episodes, from stored parts and traits (linking.md 0, 3 and 5). Bounded,
 * deterministic, without a clock. Called by pipeline/derive.c; one thread owns it.
 *
 * Two tiers: a source is first a small entry; with enough sessions, or with an instance key or
 * a tool, it is *followed*, and has episodes. Entries leave when the table is full; counted. */
#ifndef NJ_SOURCE_SOURCE_TABLE_H
#define NJ_SOURCE_SOURCE_TABLE_H

#include <stdio.h>

#include "base/intern.h"
#include "model/source.h"
#include "model/trait.h"
#include "model/visit.h"

struct source_table;

struct source_options {
    size_t max_sources;  /* entries of the first tier at most */
    size_t max_followed; /* entries of the second tier at most, half of max_sources at most */
    int64_t part_s;      /* rows of captures are handed on this late at most; 0: 600 */
};

struct source_counts {
    uint64_t sources, followed;                 /* now */
    uint64_t sources_evicted, followed_evicted; /* while they might have gone on */
    uint64_t episodes, ceased, resumed;
    uint64_t outages_s; /* seconds in which a sensor itself was silent: no silence of sources */
};

/** What a step tells. Episodes come by id, sources by address. */
struct source_sink {
    episode_fn episode;
    source_fn source; /* facts of each followed source that changed since the last step */
    void *ctx;
};

int source_table_new(const struct source_options *options, struct source_table **ret_table,
                     struct nj_err *err);
void source_table_free(struct source_table *table);

/**
 * Add one stored part. Parts come in the order of (handed, seq).
 *
 * @param visit    borrowed; its names are of the driver's table; `sensor` is the number of the
 *                 sensor in the driver's table, from 0
 * @param country  "" if unknown
 * @return 0; -1 NJ_NOMEM
 */
int source_table_add(struct source_table *table, const struct visit *visit, uint32_t asn,
                     const char country[3], struct nj_err *err);
int source_table_trait(struct source_table *table, const struct trait *trait,
                       struct nj_err *err);

/** Capture time has reached `now_us`, a whole step: decide silences, tell what changed. Results
 * do not depend on how rows were batched between two steps. */
int source_table_step(struct source_table *table, int64_t now_us,
                      const struct source_sink *sink, struct nj_err *err);

/** Facts of a source that is followed. @return whether it is */
bool source_table_find(const struct source_table *table, struct addr src,
                       struct source_facts *ret_facts);

const struct source_counts *source_table_counts(const struct source_table *table);

/** The whole state; names are written as texts of `names`. A table that goes on from a loaded
 * state tells what the saved one would have told. @return 0; -1 NJ_IO, NJ_NOMEM, NJ_FORMAT */
int source_table_save(const struct source_table *table, const struct nj_intern *names,
                      FILE *out, struct nj_err *err);
int source_table_load(struct source_table *table, struct nj_intern *names, FILE *in,
                      struct nj_err *err);

#endif

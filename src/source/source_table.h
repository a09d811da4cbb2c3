/* SPDX-License-Identifier: Apache-2.0 */
/* Sources and their episodes, from stored parts and traits (docs/LINKING.md). Bounded,
 * deterministic, without a clock. Called by pipeline/derive.c; one thread owns it.
 *
 * Two tiers: a source is first a small entry (32 bytes, a share of the index and of its
 * counts and three ports, which stand once for all who have them alike); with 8 sessions, 4 to
 * three ports, an exploit, a login, a tool or an instance key it is *followed* (1.1 KB, 1.9
 * with as many ports as are kept), and may have episodes. Of the sessions before only what the
 * small entry holds is known. Entries leave when a tier is full, by a hand over the order of
 * their coming; counted. IPv6: the /64 is the source, and told as its first address, so that
 * addresses changed inside it are one source.
 *
 * Only scan, exploit and credential sessions make episodes; facts count all classes.
 *
 * An episode ends when the source comes back after a silence that its rate and its own pauses
 * do not explain (30 minutes to 14 days; silence.h): then a new one begins, with a new id. Its
 * *silence is decided* (`ceased_us`, a whole minute) by a test with one false alarm in 10^6
 * source-hours, which may come much earlier: at a session each ten seconds for hours, after
 * three minutes and what rows of captures may be late (`part_s`). If the source is back within
 * the episode's reach the decision was wrong: RESUMED. A pause once taken for the end becomes a
 * habit of the source when a second like it is met.
 *
 * Silence counts in exposure time of the sensor that sees most of the source: an outage, a time
 * in which a sensor known for many sources shows none of them for far longer than usual, is no
 * silence, and while a sensor shows nothing no silence is decided.
 *
 * Told are episodes with 8 sessions, 4 to three ports, a tool or an instance, and a scanner's;
 * growth in each step while there are up to 64 sessions, later when sessions grew by a quarter
 * or an hour has passed, and before CEASED. */
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

/* What a step tells. Episodes come by id, the changes of one in their order; then sources by
 * address. */
struct source_sink {
    episode_fn episode;
    source_fn source; /* facts of each followed source that changed since the last step */
    /* facts of this source come some sources later; NULL: nobody wants to know */
    void (*soon)(void *ctx, struct addr src);
    void *ctx;
};

/* An episode as it is now. @return 0, or -1 with *err to stop */
typedef int (*episode_state_fn)(void *ctx, const struct episode *episode, struct nj_err *err);

int source_table_new(const struct source_options *options, struct source_table **ret_table,
                     struct nj_err *err);
void source_table_free(struct source_table *table);

/** Start loading what adding a row of this source will touch. Best for all rows of a batch,
 * each some tens of rows in advance; changes nothing that is told. */
void source_table_prefetch(struct source_table *table, struct addr src);

/**
 * Add one stored part. Parts come in the order of (handed, seq).
 *
 * @param visit    borrowed; its names are of the driver's table; `sensor` is the number of the
 *                 sensor in the driver's table, from 0
 * @param country  two letters, or "" if unknown
 * @return 0; -1 NJ_NOMEM
 */
int source_table_add(struct source_table *table, const struct visit *visit, uint32_t asn,
                     const char *country, struct nj_err *err);
/** Known kinds: "tool" (packets and bits of the facts; the source is followed from now on),
 * "declared" (a scanner of a published list), "trw" (of a scanner its TCP sessions of class
 * other are scans, those before as well; it is followed from now on), and those that hold
 * instance keys (model/instance.h). Others are ignored. @return 0; -1 NJ_NOMEM */
int source_table_trait(struct source_table *table, const struct trait *trait,
                       struct nj_err *err);

/** Capture time has reached `now_us`, a whole minute: decide silences, tell what changed. Steps
 * are due at the end of each minute that has rows; those in silence may be left out, which
 * changes when a decision is told but not the decision; a source that is quiet and back between
 * two steps was never quiet. Cost: what changed or is due. */
int source_table_step(struct source_table *table, int64_t now_us,
                      const struct source_sink *sink, struct nj_err *err);

/** Tell the episodes that go on and changed since the last flush, by id, as they are now: of
 * many that grow all the time each is told once. Those that ceased or were forgotten were told
 * in a step, for good. After a step, before source_table_save. */
int source_table_flush(struct source_table *table, episode_state_fn fn, void *ctx,
                       struct nj_err *err);

/** Whether a source that is followed is known as a declared scanner. */
bool source_table_is_declared(const struct source_table *table, struct addr src);

/** Facts of a source (IPv6: of its /64) that is followed. @return whether it is */
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

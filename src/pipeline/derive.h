/* SPDX-License-Identifier: Apache-2.0 */
/* The later stages: stored rows -> source -> link -> score -> the catalog. The only place that
 * puts them together, as stages.c does with the packet stages.
 *
 * A pass takes what is stored behind the last one, in the order of (handed, seq), and lets
 * capture time step from minute to minute. Nothing but stored rows is used, so rows stored in
 * one command or in many, and a rebuild, give the same tables (docs/ARCHITECTURE.md, "Later
 * stages"). One thread at a time; that which commits to the store. */
#ifndef NJ_PIPELINE_DERIVE_H
#define NJ_PIPELINE_DERIVE_H

#include "model/sensor.h"
#include "store/derived.h"

struct derive;

/** A change, in the order of capture time. Borrowed for the call. @return 0, or -1 with *err */
typedef int (*derive_event_fn)(void *ctx, const struct derived_event *event,
                               struct nj_err *err);

struct derive_options {
    struct store *store;          /* borrowed, opened for writing */
    const struct sensor *sensors; /* borrowed; the configuration's */
    size_t sensor_count;
    /* risk of a port, 0 to 1; NULL: no port says anything */
    double (*port_risk)(void *ctx, uint16_t port, uint8_t proto);
    void *port_ctx;
    size_t max_sources, max_followed, max_episodes;
    double fdr;               /* accepted share of false hops */
    uint64_t checkpoint_rows; /* after so many a long pass leaves one; 0: 2,097,152 */
    /* nobody looks before the last pass: what is told once for many changes (episodes that go
     * on, states of sources) waits for it */
    bool lean;
    derive_event_fn event; /* NULL: events are only stored */
    void *event_ctx;
    store_line_fn line; /* damage, for people */
    void *line_ctx;
};

#define DERIVE_FDR 0.01
#define DERIVE_MAX_SOURCES 4000000u
#define DERIVE_MAX_FOLLOWED 200000u
#define DERIVE_MAX_EPISODES 400000u

struct derive_counts { /* of this run */
    uint64_t rows, traits, steps, events, checkpoints;
    /* times that rows came late, behind what an earlier run had taken, and a checkpoint was
     * gone back to */
    uint64_t recomputed;
    int64_t back_to_us; /* where the last of them began; DERIVED_NO_POSITION: at nothing */
    uint64_t sources_evicted, episodes_evicted; /* bounds of the stages */
};

int derive_new(const struct derive_options *options, struct derive **ret_derive,
               struct nj_err *err);
void derive_free(struct derive *derive);

/**
 * One pass.
 *
 * @param last  nothing follows for now: what is stored is taken to its end, rows that came late
 *              lead to one recompute, and a checkpoint is left. Else (while data flows) the
 * last two minutes wait, and late rows too.
 */
int derive_run(struct derive *derive, bool last, struct nj_err *err);

/** Drop all that was derived and derive it again from the stored rows. */
int derive_rebuild(struct derive *derive, struct nj_err *err);

const struct derive_counts *derive_counts(struct derive *derive);

#endif

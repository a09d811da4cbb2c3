/* SPDX-License-Identifier: Apache-2.0 */
/* What derive.c (order and time), derive_sinks.c (what the stages tell) and derive_state.c (the
 * stages, saved and loaded) share. */
#ifndef NJ_PIPELINE_DERIVE_STATE_H
#define NJ_PIPELINE_DERIVE_STATE_H

#include "base/span.h"
#include "link/linker.h"
#include "pipeline/derive.h"
#include "score/score_table.h"
#include "source/source_table.h"
#include "store/replay.h"
#include "store/testimony.h"

#define STEP_US 60000000ll

struct derive {
    struct derive_options options;
    struct derived *derived;
    struct replay *replay;
    struct nj_intern *names;
    struct source_table *source;
    struct linker *linker;
    struct score_table *score;
    struct nets *declared; /* lists of declared scanners; NULL: none */

    struct derived_mark mark;
    bool anew;          /* whatever was derived is dropped first */
    bool looked;        /* a pass of this run has read the mark, */
    int64_t before_us;  /* which stood here */
    bool loaded;        /* the stages stand at mark.position_us, */
    bool in_tail;       /* or behind it, provisionally */
    int64_t now_us;     /* the last step; DERIVED_NO_POSITION: none yet */
    int64_t rows_us;    /* the last one that had rows */
    int64_t pending_us; /* the step of the rows added since */
    bool pending;
    uint64_t since_checkpoint; /* rows */

    char **sensors; /* in the order in which they were first met: the sensors' numbers */
    uint32_t sensor_count;
    uint32_t last_sensor;

    int64_t told_us; /* events up to this step were told before */
    struct nj_err event_err;

    struct derive_counts counts;
};

/* derive_state.c */

/** New, empty stages. */
int derive_renew(struct derive *d, struct nj_err *err);
/** Write a checkpoint: the state of all stages. A store_snapshot_fn, ctx a struct derive.
 * @return 0; -1 NJ_IO, NJ_NOMEM */
int derive_save(void *ctx, FILE *out, struct nj_err *err);
/** Read one into new, empty stages. @return 0; -1 NJ_IO, NJ_NOMEM, NJ_FORMAT (damaged, cut, of
 * another version), and the stages are to be made anew */
int derive_load(struct derive *d, FILE *in, struct nj_err *err);
/** The number of a sensor, a new one if need be. */
uint32_t derive_sensor(struct derive *d, const char *name);

/* derive_sinks.c: what the stages tell goes on to the next stage, the catalog and the events */

int derive_on_episode(void *ctx, enum episode_change change, const struct episode *episode,
                      struct nj_err *err);
int derive_on_episode_state(void *ctx, const struct episode *episode, struct nj_err *err);
int derive_on_source(void *ctx, const struct source_facts *facts, struct nj_err *err);
void derive_on_soon(void *ctx, struct addr src);
int derive_on_link(void *ctx, const struct link *link, struct nj_err *err);
int derive_on_actor(void *ctx, const struct actor_change *change, struct nj_err *err);
int derive_on_news(void *ctx, const struct suspect *suspect, struct nj_err *err);
int derive_on_state(void *ctx, const struct suspect *suspect, struct nj_err *err);

/** Have what waits written, and the tables of sources and scores tell what changed in them. */
int derive_flush(struct derive *d, struct nj_err *err);

#endif

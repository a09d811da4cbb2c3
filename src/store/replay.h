/* SPDX-License-Identifier: Apache-2.0 */
/* Stored rows read back in the order in which they were handed on, for the later stages.
 *
 * A trait has no time of handing on but its own (the pipeline sees to it that the two agree);
 * visits and traits come merged by it, visits first where they are equal. */
#ifndef NJ_STORE_REPLAY_H
#define NJ_STORE_REPLAY_H

#include "model/visit.h"
#include "store/store.h"

/* What is stored, as a pass sees it. Microseconds since 1970 UTC. */
struct replay_span {
    int64_t commit;            /* the newest */
    int64_t new_us;            /* the oldest row of the commits asked for; INT64_MAX: none */
    int64_t first_us, last_us; /* the oldest and the newest row of all; first > last: none */
};

/** Both are borrowed for the call, the visit to be changed at will; @return 0, or -1 with *err
 * to stop. */
struct replay_sink {
    int (*visit)(void *ctx, struct visit *visit, const char *sensor,
                 const struct store_place *place, struct nj_err *err);
    int (*trait)(void *ctx, const struct trait *trait, const char *sensor, struct nj_err *err);
    /* a visit of this source comes some rows later; NULL: nobody wants to know */
    void (*soon)(void *ctx, struct addr src);
    void *ctx;
};

struct replay;

/**
 * Look at what is stored.
 *
 * @param names   numbers of a visit's names are of it; borrowed, kept
 * @param line    each damaged segment is named once; its rows are left out
 */
int replay_new(struct store *store, struct nj_intern *names, store_line_fn line, void *line_ctx,
               struct replay **ret_replay, struct nj_err *err);
void replay_free(struct replay *replay);

/** @param after  commits behind this one are new. Cost: a look at each segment that was not
 * seen before. */
int replay_look(struct replay *replay, int64_t after, struct replay_span *ret,
                struct nj_err *err);

/** Send the rows handed on in [from, to), at most some 500,000 of them in memory at a time. */
int replay_rows(struct replay *replay, int64_t from_us, int64_t to_us,
                const struct replay_sink *sink, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the later stages found, in the catalog: episodes, links, actors, scores, events, and how
 * far they have come. One writer, pipeline/derive.c; commands ask by store/derived_ask.h.
 *
 * All times are microseconds since 1970 UTC. Everything between derived_begin and
 * derived_commit is one transaction with the mark: after a kill all of it is there or none.
 * What a lean pass (pipeline/derive.h) has held back is then not there; the next one goes back
 * for it. */
#ifndef NJ_STORE_DERIVED_H
#define NJ_STORE_DERIVED_H

#include "base/intern.h"
#include "model/decay.h"
#include "model/episode.h"
#include "model/fact.h"
#include "model/link.h"
#include "model/risk.h"
#include "model/source.h"
#include "store/event_fact.h"
#include "store/store.h"

struct derived;

/* How far the later stages have come. */
struct derived_mark {
    int64_t position_us; /* all rows handed on before it have been taken */
    int64_t commit;      /* commits up to this one have been looked at */
    int64_t checkpoint;  /* the one that the present era follows; 0: the empty state */
    bool complete;       /* the rows behind the position are in, provisionally */
};

#define DERIVED_NO_POSITION (-INT64_MAX)

/* The order is stored: append only. */
enum event_kind {
    EVENT_STARTED, /* a source is followed */
    EVENT_CEASED,
    EVENT_RESUMED,
    EVENT_HOP,       /* a succession is accepted */
    EVENT_WITHDRAWN, /* an accepted link no longer is */
    EVENT_ACTOR,     /* a new actor */
    EVENT_JOINED,
    EVENT_LEFT,
    EVENT_MERGED,
    EVENT_LEVEL, /* of risk */
    EVENT_KINDS,
};

extern const char *const event_names[EVENT_KINDS];

/* A change, as it is stored, printed and later streamed. */
struct derived_event {
    int64_t at_us;     /* the step that noticed it */
    int64_t packet_us; /* the packet it is about */
    enum event_kind kind;
    struct addr source, other; /* hop: from and to; none: addr_is_none */
    uint64_t actor, link, episode;
    struct event_fact fact;
};

/** Prepare the statements. One at a time per store; the store must outlive it. */
int derived_open(struct store *store, struct derived **ret_derived, struct nj_err *err);
void derived_close(struct derived *derived);

int derived_read_mark(struct derived *derived, struct derived_mark *ret, struct nj_err *err);

int derived_begin(struct derived *derived, struct nj_err *err);
/** All that follows from the rows up to then stands in the tables, or will with this
 * transaction: what is asked without a time is answered as of then.
 * @param until_us  INT64_MAX: up to the last packet of the store */
int derived_told(struct derived *derived, int64_t until_us, struct nj_err *err);
/** Write the mark and make all since derived_begin durable. */
int derived_commit(struct derived *derived, const struct derived_mark *mark,
                   struct nj_err *err);
/** Forget all since derived_begin. */
void derived_cancel(struct derived *derived);

/* ---- rows: insert, or replace what is there under that number -----------------------------
 *
 * `era` is mark.checkpoint. */

int derived_episode(struct derived *derived, int64_t era, const struct episode *episode,
                    const struct nj_intern *names, struct nj_err *err);

/** @param ret_before  the state that is stored so far; -1: the link is new */
int derived_link(struct derived *derived, int64_t era, const struct link *link, int *ret_before,
                 struct nj_err *err);

int derived_actor(struct derived *derived, int64_t era, const struct actor_change *change,
                  struct nj_err *err);

/* The state of a source, and what it rests on. */
struct derived_score {
    struct addr src;
    const struct receipt *receipt;
    const struct grade_fact *reason; /* of the grade */
    enum kill_stage stage;
    const struct risk_state *state;   /* from which readers compute score and level */
    const struct source_facts *facts; /* NULL: not followed any more, what is stored stays */
};

int derived_score(struct derived *derived, int64_t era, const struct derived_score *score,
                  struct nj_err *err);

/** A line of a source's history. */
int derived_history(struct derived *derived, int64_t era, const struct derived_score *score,
                    struct nj_err *err);

/** Episodes and history wait in memory, at most 16 MB of them, over transactions too: have them
 * written, sorted by source, or forget them. A pass that leaves some waiting is as if it had
 * not seen them until then; a new one goes back for them. */
int derived_release(struct derived *derived, struct nj_err *err);
void derived_forget(struct derived *derived);

/** A figure of the stages as of the mark, for `status` and `hops`. In the open transaction. */
int derived_figure(struct derived *derived, const char *name, double value, struct nj_err *err);

int derived_event(struct derived *derived, const struct derived_event *event,
                  struct nj_err *err);

/** The step of the newest event; DERIVED_NO_POSITION: there is none. */
int derived_last_event(struct derived *derived, int64_t *ret_us, struct nj_err *err);

/* ---- checkpoints ---------------------------------------------------------------------------
 *
 * The state of the stages at a position, in STORE/checkpoints/. A file counts once the
 * transaction that names it is durable. */

struct checkpoint {
    int64_t id; /* from 1 */
    int64_t position_us;
    char path[160]; /* below the store's folder */
    uint64_t digest, size;
};

#define CHECKPOINTS_MAX 8

/** Write a state to a file and, in the open transaction, the row that names it. The era of
 * what follows is ret_id. Older ones beyond CHECKPOINTS_MAX are dropped, thinned with age. */
int derived_checkpoint(struct derived *derived, int64_t position_us, store_snapshot_fn write,
                       void *ctx, int64_t *ret_id, struct nj_err *err);

/** The checkpoints, newest first. @param ret  room for CHECKPOINTS_MAX + 1 */
int derived_checkpoints(struct derived *derived, struct checkpoint *ret, size_t *ret_count,
                        struct nj_err *err);

/** Open a checkpoint's file. @return 0; CHECKPOINT_BAD when it is missing or its digest
 * differs; -1 */
#define CHECKPOINT_BAD 1
int derived_checkpoint_open(struct derived *derived, const struct checkpoint *checkpoint,
                            FILE **ret_in, struct nj_err *err);

/** Take back everything behind a checkpoint (0: everything), later checkpoints included. In the
 * open transaction. */
int derived_roll_back(struct derived *derived, int64_t checkpoint, struct nj_err *err);

/** Unlink checkpoint files that no row names. After derived_commit. */
void derived_sweep(struct derived *derived);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The way of the data: inputs to packets to visits to the store. The only place that puts the
 * stages together. Two threads: the caller's reads up to the visit, one of its own enriches
 * and stores (docs/ARCHITECTURE.md, "Threads"). */
#ifndef NJ_PIPELINE_PIPELINE_H
#define NJ_PIPELINE_PIPELINE_H

#include "enrich/enrich.h"
#include "log/log.h"
#include "model/sensor.h"
#include "store/store.h"

struct pipeline;

/** A row on its way to the store. All is borrowed for the call. */
typedef void (*visited_fn)(void *ctx, const struct visit *visit, const char *sensor,
                           const struct store_place *place, const struct nj_intern *names);

struct pipeline_options {
    struct store *store;               /* borrowed, opened for writing */
    struct enrich *enrich;             /* borrowed; the storing thread uses it */
    const struct log_formats *formats; /* borrowed */
    const char *payload_rules;    /* path of the rules of payloads, borrowed for pipeline_new;
                                   * NULL: none */
    const struct sensor *sensors; /* borrowed; the configuration's */
    size_t sensor_count;
    const char *sensor; /* name for all inputs; NULL: by prefixes if any sensor has some, else
                         * "default" */
    const char *as;     /* name of the format of all inputs; NULL: found from the content */
    struct log_options log;
    size_t max_senders, max_visits, max_sessions;
    int64_t part_s;
    size_t payload_bytes;
    /* inputs are journals of live capture (capture/journal.h): they grow, and a frame without
     * bytes says that capture time has come that far */
    bool journal;
    unsigned tunnels;       /* bits of enum tunnel: kinds that are looked into */
    bool judge_checksums;   /* else none is taken for wrong */
    size_t samples_per_day; /* 0: none (sample/sampler.h) */
    bool close;     /* at the end of each input close all visits and let no fragment wait */
    bool drop_open; /* begin without the state that the last run left */
    void (*progress)(void *ctx, const char *name, uint64_t done, uint64_t total,
                     uint64_t packets); /* may be NULL */
    void *progress_ctx;
    /* called for each row that is stored, by the thread that stores; may be NULL */
    visited_fn visited;
    void *visited_ctx;
    /* called after each commit, by a thread of its own, which has the store to itself until it
     * returns; may be NULL. @return 0; -1 */
    int (*committed)(void *ctx, struct nj_err *err);
    void *committed_ctx;
};

struct ingest_result {
    char input[512];
    char format[32];
    struct store_counts counts; /* of this run alone */
    uint64_t own;               /* packets of the sensor's own clients */
    int64_t first_us, last_us;  /* 0 if there was no packet */
    bool already_known;         /* nothing in it was new */
    bool failed;                /* `note` is an error: the input could not be read */
    char note[256];             /* what was wrong, one line; "" if nothing */
    char rejects[8][160]; /* the first rows of a log that did not fit, with line and reason */
    size_t reject_count;  /* how many of them are filled */
};

struct pipeline_totals {
    uint64_t visits_forced, sessions_evicted, senders_evicted, targets_saturated;
    uint64_t stacks_refused; /* names that became "other" */
    uint64_t fragments_alone, fragments_forgotten, fragments_hurried; /* decode/fragment.h */
    uint64_t fragments_waiting;      /* now: with the next packets of the stream they go on */
    uint64_t bad_checksums, packets; /* of those that were judged */
    uint64_t labels_refused;         /* sessions whose rule and stack did */
    uint64_t recounted; /* sessions that rows of two classes count (visit/visit_table.h) */
    /* order/order.h, relation/relation.h, classify/trw.h, sample/sampler.h */
    uint64_t searches, searches_deferred, walks;
    uint64_t relations_lent, relations_evicted, relations_found, relations_recognised;
    uint64_t families, families_evicted;
    uint64_t contacts, contacts_forgotten;
    uint64_t samples, samples_refused;
};

/** Load the state that the last run of this sensor left and start the storing thread. */
int pipeline_new(const struct pipeline_options *options, struct pipeline **ret_pipeline,
                 struct nj_err *err);

/**
 * Read one input into the store.
 *
 * @param ret  filled in every case; an input that can't be read is no fault of the pipeline
 *             (ret->failed), and the next one may follow
 * @return 0; -1 when the store failed: the pipeline can only be freed
 */
int pipeline_ingest(struct pipeline *pl, const char *path, struct ingest_result *ret,
                    struct nj_err *err);

/* ---- a log or journal that grows
 * ----------------------------------------------------------------------
 *
 * Several may be open in turn with each other, but what was read of one is committed before
 * another one is read: a commit makes everything durable that was handed on. */

struct growing;

#define PIPELINE_REFUSED 1 /* the input can't be read: ret->note says why */
#define PIPELINE_MORE 2    /* there is more to read right now */

/**
 * Open a log that may grow, behind what the store has of it.
 *
 * @param as   name of its format; NULL: as the pipeline's options say
 * @param over  nothing more is written to it: it may be packed
 * @param after_us  the last time of the log that stood there before: the years of times that
 *                  have none go on behind it; 0: none did
 * @param ret  filled when the log is refused
 * @return 0; PIPELINE_REFUSED; -1 when the store failed
 */
int pipeline_open(struct pipeline *pl, const char *path, const char *as, bool over,
                  int64_t after_us, struct growing **ret_growing, struct ingest_result *ret,
                  struct nj_err *err);

/**
 * Take whole rows that stand there now, some thousand at most.
 *
 * @param final  nothing more is written: a last line without its end is a row too
 * @return 0: that was all; PIPELINE_MORE; PIPELINE_REFUSED: reading failed, the log is at its
 *         end; -1 when the store failed
 */
int pipeline_take(struct pipeline *pl, struct growing *growing, bool final, struct nj_err *err);

/** Make what was read durable; nothing happens when nothing was. @return 0; -1 */
int pipeline_commit(struct pipeline *pl, struct growing *growing, struct nj_err *err);

/** Rows handed on that no commit holds yet. */
uint64_t pipeline_uncommitted(const struct pipeline *pl);

/** What was read so far of all inputs of this run. */
struct store_counts growing_counts(const struct growing *growing);

/** Give the store back what was handed on, without a commit, so that it is seen soon. */
int pipeline_hand_on(struct pipeline *pl, struct nj_err *err);

/** Whether the store had something of it when it was opened. */
bool growing_is_known(const struct growing *growing);

/** Whether its first row, at least, is that of an input that the store knows, while it is not
 * that input: a copy of its beginning, or one that was changed. */
bool growing_is_copy(const struct growing *growing);

/** The latest time in it so far, of all runs; 0: none. */
int64_t growing_last_us(const struct growing *growing);

/** Whether the file at `path` begins with all of its first bytes, some thousand: it is a copy
 * of that file, whole or not, as it stands there now. */
bool growing_begins(const struct growing *growing, const char *path);

/** How many bytes of it were read, and the name of its format. */
uint64_t growing_offset(const struct growing *growing);
const char *growing_format(const struct growing *growing);

/** Close it. @param ret  what this run had of it; may be NULL */
void pipeline_close(struct pipeline *pl, struct growing *growing, struct ingest_result *ret);

/** Nothing follows in this run: close all visits, make everything durable. Fragments that wait
 * for their first one wait on, in the snapshot, since the next run may bring it. Parts that
 * this closes count in *last, the result of the last input (may be NULL). @return 0; -1 */
int pipeline_finish(struct pipeline *pl, struct ingest_result *last, struct nj_err *err);

const struct pipeline_totals *pipeline_totals(struct pipeline *pl);

/** Does not commit: what was not committed is read again next time. */
void pipeline_free(struct pipeline *pl);

#endif

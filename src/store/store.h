/* SPDX-License-Identifier: Apache-2.0 */
/* The store: a folder of segments, Parquet files and ledgers, and a SQLite catalog
 * (docs/ARCHITECTURE.md, "The store"). One writer, any number of readers. What the catalog
 * lists exists; nothing else does. Called by pipeline/ (writing) and cli/ (reading, upkeep). */
#ifndef NJ_STORE_STORE_H
#define NJ_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/intern.h"
#include "model/sample.h"
#include "model/trait.h"
#include "model/visit.h"

struct store;

/* What handles of one process on one store may share: its summaries, read once. It outlives the
 * handles; any of them may use it at any time. */
struct store_memory;
struct store_memory *store_memory_new(void); /* NULL when out of memory */
void store_memory_free(struct store_memory *memory);

/** Called with one line for people. */
typedef void (*store_line_fn)(void *ctx, const char *line);

struct store_options {
    const char *dir;
    /* where DuckDB spills to; NULL: a folder in the store, for readers nowhere */
    const char *temp_dir;
    unsigned threads;            /* of DuckDB; 0: as many as there are cores */
    unsigned memory_mb;          /* of DuckDB */
    struct store_memory *memory; /* readers; borrowed. NULL: every question reads the files */
    const char *what;            /* writers: the command, for those who wait; NULL: not told */
    /* for another writer's turn, or its transaction, to end; 0: writers not at all,
     * transactions 10 s; for a writer that gives no turns never over 10 s */
    unsigned wait_s;
    bool gives_turns;   /* writers: asks store_wanted now and then, and lets others write */
    store_line_fn line; /* is told whom a writer waits for; NULL: nobody */
    void *line_ctx;
};

#define STORE_MEMORY_MB_DEFAULT 1024

/** Open for reading. @return 0; -1 NJ_STORE (no store there, or of a newer version), NJ_IO */
int store_open(const struct store_options *options, struct store **ret_store,
               struct nj_err *err);

/** A small reader that can be asked for store_generation and nothing else. @return 0; -1 */
int store_open_catalog(const char *dir, struct store **ret_store, struct nj_err *err);

/** Open for writing, creating the store if there is none: takes the writer's lock and removes
 * what a killed writer left. @return 0; -1 as above, NJ_BUSY naming the process
 * that holds it */
int store_open_writer(const struct store_options *options, struct store **ret_store,
                      struct nj_err *err);

/** Whether another process waits to write: a writer that stays should close the store soon.
 * Cost: a system call. Thread: the writer's. */
bool store_wanted(struct store *store);

/** Let those who wait take the store, which the caller has closed. @param limit_ms  at most */
void store_give_way(const char *dir, unsigned limit_ms);
void store_close(struct store *store);

/* ---- inputs: what was read, how far ---- */

struct store_counts {
    uint64_t packets, sessions, visits; /* visits: stored parts */
    uint64_t truncated, malformed, unsupported, refused;
};

/* Where a run of `ingest` came to the end of an input that has grown since. */
struct store_end {
    uint64_t position, digest, line; /* as of an input; 0: none */
    int64_t last_us;
};

struct store_input {
    int64_t id;           /* 0: not in the catalog yet */
    char sensor[64];      /* as named on the command line */
    char format[32];      /* "pcap", "pcapng" or the name of a log format */
    char name[512];       /* path as given, for people */
    uint64_t head_length; /* the first bytes, hashed, find candidates quickly */
    uint64_t head_digest;
    uint64_t position; /* decompressed bytes known so far */
    uint64_t digest;   /* XXH3-64 of them */
    uint64_t line;     /* lines known so far (logs) */
    bool complete;     /* the run that read it came to its end */
    struct store_counts counts;
    int64_t first_us, last_us; /* capture time of the first and last packet; 0 if none */
    char note[256];            /* what was wrong with it; "" if nothing */
    struct store_end before;   /* kept for good when a commit is made behind it */
};

/** Inputs of one sensor and format, longest first, and among them, with id 0, name "" and no
 * counts, the kept ends of earlier runs.
 * @param ret_inputs  taken; free() it */
int store_find_inputs(struct store *store, const char *sensor, const char *format,
                      struct store_input **ret_inputs, size_t *ret_count, struct nj_err *err);

/** The number of the newest input; 0: there is none. @return 0; -1 */
int store_newest_input(struct store *store, int64_t *ret_id, struct nj_err *err);

/** Tell of each input behind `after_id` that may be an older one's traffic in another file: one
 * of the same sensor with as many packets or rows from the same instant to the same instant.
 * @return 0; -1 */
int store_input_twins(struct store *store, int64_t after_id, store_line_fn line, void *ctx,
                      struct nj_err *err);

/* ---- writing ---- */

struct store_place {
    char country[3];
    uint32_t asn;
};

/** Stage one part. Parts of one commit are sorted by the store. @return 0; -1 NJ_NOMEM */
int store_add_visit(struct store *store, const struct visit *visit, const char *sensor,
                    const struct store_place *place, const struct nj_intern *names,
                    struct nj_err *err);
int store_add_trait(struct store *store, const struct trait *trait, const char *sensor,
                    struct nj_err *err);
int store_add_sample(struct store *store, const struct sample *sample, const char *sensor,
                     const struct nj_intern *names, struct nj_err *err);

/** Staged rows so far; a commit is due at STORE_COMMIT_ROWS. */
size_t store_staged(const struct store *store);
#define STORE_COMMIT_ROWS (128u * 1024) /* about one row group of Parquet */

/** Writes the running state of the packet stages. @return 0, or -1 with *err */
typedef int (*store_snapshot_fn)(void *ctx, FILE *out, struct nj_err *err);

/**
 * Write the state of the packet stages into a file that waits for its commit. Any thread may,
 * whatever others do with the store.
 *
 * @param number  of the state, from 1; no other one waits under it
 */
int store_write_state(struct store *store, uint64_t number, store_snapshot_fn write, void *ctx,
                      struct nj_err *err);

/**
 * Write everything staged into files that are durable and unknown to all: nearly all the work
 * of a commit. Another thread may use the store meanwhile, but for staging and committing.
 *
 * @param state  the number of the one behind the rows; 0: there is none to keep, and the
 *               stream's old one stays
 */
int store_write(struct store *store, uint64_t state, struct nj_err *err);

/**
 * Make everything prepared part of the store, in one transaction with the position in the input
 * and the state behind it. After a kill before this returns, nothing of it is there; after, all
 * is. Nothing was staged since it was prepared.
 *
 * @param stream    whose state was prepared: the command line's sensor name
 * @param input     updated with its id when it is new; NULL: none is being read
 * @param last_seq  number of the last part handed on
 */
int store_commit(struct store *store, const char *stream, struct store_input *input,
                 uint64_t last_seq, struct nj_err *err);

/** The number of the last part stored. */
uint64_t store_last_seq(const struct store *store);

/** The state that the last commit of this stream left. @return 0; STORE_NO_SNAPSHOT; -1 */
#define STORE_NO_SNAPSHOT 1
int store_snapshot(struct store *store, const char *stream, FILE **ret_in, struct nj_err *err);

/** Let go of it, if there is one: the next run of the stream begins without what was open. */
int store_drop_snapshot(struct store *store, const char *stream, struct nj_err *err);

/** Keep a fact about the store's making, such as the date of the geo data. */
int store_set_fact(struct store *store, const char *name, const char *value,
                   struct nj_err *err);

/* ---- upkeep ---- */

struct store_report {
    uint64_t segments, rows, bytes; /* looked at */
    uint64_t damaged;
    uint64_t written, removed; /* segments */
};

/** Hash every segment. @return 0; STORE_DAMAGED (each named through `line`); -1 */
#define STORE_DAMAGED 1
int store_verify(struct store *store, store_line_fn line, void *ctx, struct store_report *ret,
                 struct nj_err *err);

/** Join the segments of each day into one, sorted by source and time, without merging rows. */
int store_compact(struct store *store, store_line_fn line, void *ctx, struct store_report *ret,
                  struct nj_err *err);

/**
 * Likewise, where commits of few rows have left STORE_SMALL_SEGMENTS small segments more than
 * one a day: those days alone. For who commits little and often; costs nothing before. Each
 * segment takes a question some 2 ms.
 */
#define STORE_SMALL_SEGMENTS 120
int store_tidy(struct store *store, store_line_fn line, void *ctx, struct store_report *ret,
               struct nj_err *err);

/** The days before these (midnight, microseconds since 1970) go; INT64_MIN: none. */
struct store_limits {
    int64_t visits_us; /* visits and their summaries */
    int64_t traits_us;
    int64_t samples_us;
};

/** Drop what is older than the limits. */
int store_expire(struct store *store, const struct store_limits *limits, store_line_fn line,
                 void *ctx, struct store_report *ret, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the pipeline share. Not for other modules.
 *
 *   pipeline.c  inputs one after another, the end of a run
 *   input.c     one input: what it is, what is known of it, its frames or rows
 *   growing.c   an input that grows while it is read
 *   stages.c    the way of a packet, and the state of the stages on it
 *   commits.c   what was handed on becomes durable */
#ifndef NJ_PIPELINE_INTERNAL_H
#define NJ_PIPELINE_INTERNAL_H

#include "app/app.h"
#include "capture/reader.h"
#include "classify/classify.h"
#include "classify/payload_rules.h"
#include "classify/trw.h"
#include "decode/fragment.h"
#include "fingerprint/fingerprint.h"
#include "order/order.h"
#include "pipeline/known.h"
#include "pipeline/pipeline.h"
#include "pipeline/sensors.h"
#include "pipeline/storer.h"
#include "relation/relation.h"
#include "sample/sampler.h"
#include "visit/visit_table.h"

/* Frames per round: enough for the tables' cache lines to arrive before they are used, few
 * enough for the packets to stay in the first-level cache. */
#define PIPELINE_ROUND 32
#define RECENT_INPUTS 64

struct pipeline {
    struct pipeline_options options;
    struct nj_intern *names;
    struct sensors *sensors;
    struct app *apps;
    struct payload_rules *payload_rules; /* NULL: none */
    struct classifier *classifier;
    struct fragment_table *fragments;
    struct fingerprint *fingerprints;
    struct {
        uint32_t tool, rule;
    } named; /* the last tool by which packets were called a scan, and the rule's name */
    struct relations *relations;
    struct order_table *orders;
    struct trw *walks; /* NULL: no sensor has lit prefixes */
    struct visit_table *visits;
    struct sampler *sampler;
    struct queue *queue;
    struct batch *batch; /* being filled */
    struct storer *storer;
    uint64_t uncommitted; /* rows handed on since the last commit */
    uint64_t states;      /* of the packet stages that were written in this run */
    uint64_t last_seq;    /* number of the last part handed on, over all runs and sensors */
    int64_t handed_ns;    /* when the stream's last part was handed on, in any run */
    struct store_input pending; /* an input that was read to its end and waits for its commit */
    bool has_pending;
    struct { /* inputs whose commits may still be on their way to the catalog */
        uint64_t head_length, head_digest;
    } recent[RECENT_INPUTS];
    size_t recent_count;
    struct pipeline_totals totals;
    struct packet round[PIPELINE_ROUND];
    char users[PIPELINE_ROUND][VISIT_USER_MAX]; /* names that packets of the round borrow */
};

/* What is being read, and what is known of it so far. */
struct source_input {
    struct nj_stream *stream;
    struct reader *reader; /* captures */
    struct log *log;       /* logs */
    struct known_head head;
    struct store_input record;
    uint64_t alike; /* known.h */
    bool settled;   /* all of it was known to the store, under this name, when it was opened */
    struct visit_table_counts before;
    struct store_counts base; /* counts of the input's earlier runs, without their end's cut */
    struct reader_counts known; /* of the frames that were stepped over: they are in `base` */
    bool cut;                   /* an earlier run told that it ended inside of something */
    uint64_t packets, decode_truncated, decode_malformed, decode_unsupported, refused;
    int64_t first_ns, last_ns;
};

/* stages.c */
int stages_make(struct pipeline *pl, struct nj_err *err);
void stages_free(struct pipeline *pl);
/** The way of a round of packets that know their sensor and class. A measurement may have left
 * out relations, orders or the sampler (NULL). */
int stages_process(struct pipeline *pl, struct packet *packets, size_t count,
                   struct nj_err *err);
/** Hand the batch on to the storing thread and begin another. */
int stages_send(struct pipeline *pl, struct nj_err *err);
/** Write the state of all stages. A store_snapshot_fn, ctx a struct pipeline. */
int stages_save(void *ctx, FILE *out, struct nj_err *err);
/** @return 0, also when the store has none; -1 */
int stages_load(struct pipeline *pl, const char *stream, struct nj_err *err);

/* commits.c */
/** Everything handed on so far becomes durable with this record (NULL: with none). */
int commit_send(struct pipeline *pl, const struct store_input *record, struct nj_err *err);
/** The same for an input that is being read. */
int commit_so_far(struct pipeline *pl, struct source_input *input, struct nj_err *err);
/** Commit the last input, which has waited for what the end of the run adds to it. */
int commit_pending(struct pipeline *pl, struct nj_err *err);
/** Wait until the catalog knows all that was handed on. */
int commit_settle(struct pipeline *pl, struct nj_err *err);
/** The same, if an input may be one of this run. */
int commit_settle_if_recent(struct pipeline *pl, const struct known_head *head,
                            struct nj_err *err);

/* input.c */
/** Open an input and step over what is known. @param after_us  as of pipeline_open
 * @return 0; -1 with *err: the input is no good */
int input_open(struct pipeline *pl, const char *path, const char *as, int64_t after_us,
               struct source_input *input, struct nj_err *err);
void input_close(struct source_input *input);
/** Read to the end. @return 0; 1: damaged there, with *read_err; -1 */
int input_read_capture(struct pipeline *pl, struct source_input *input, struct nj_err *read_err,
                       struct nj_err *err);
int input_read_log(struct pipeline *pl, struct source_input *input, struct nj_err *read_err,
                   struct nj_err *err);
/** The record's note becomes what is wrong with the capture so far. */
void input_note(struct source_input *input);
/** A round of frames, or of the rows that stand in pl->round. */
int input_frames(struct pipeline *pl, struct source_input *input, const struct frame *frames,
                 size_t frame_count, struct nj_err *err);
int input_rows(struct pipeline *pl, struct source_input *input, size_t count,
               struct nj_err *err);
/** Fragments that wait for their first one go on alone. */
int input_release(struct pipeline *pl, struct nj_err *err);
/** A digest stands for the position in a log only where no row was read ahead. */
bool input_nothing_ahead(const struct source_input *input);
/** Tell who wants to know. @param before  packets when it was last called */
void input_progress(struct pipeline *pl, const struct source_input *input, uint64_t before);
/** Bring the input's record up to date with what has been read. */
void input_record(struct pipeline *pl, struct source_input *input);
/** What was read of it in this run. */
void input_result(const struct source_input *input, const struct visit_table_counts *now,
                  struct ingest_result *ret);

#endif

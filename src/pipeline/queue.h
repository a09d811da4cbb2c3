/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded queue between the two threads: parts, traits and samples in batches, and commits
 * that stand between them. The packet side fills a batch and sends it; the storing side gives
 * it back empty. A full queue makes the packet side wait. */
#ifndef NJ_PIPELINE_QUEUE_H
#define NJ_PIPELINE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/sample.h"
#include "model/trait.h"
#include "model/visit.h"
#include "store/store.h"

#define BATCH_ROWS 512
#define BATCH_SAMPLES 128
#define BATCH_BYTES 131072u /* 256 for each row */
/* As many rows as a commit: while one is written, the next is gathered. */
#define QUEUE_BATCHES 256

/* A point at which everything before it becomes durable together. */
struct commit {
    struct store_input input;
    bool has_input;
    uint64_t last_seq;
    uint64_t state; /* of the packet stages: its number */
};

/* A visit without its payload and user, which most don't have: these stand among the bytes. */
struct batch_visit {
    unsigned char head[offsetof(struct visit, payload)];
    uint32_t bytes_at;
};

struct batch {
    struct batch *next;
    size_t visit_count, trait_count, sample_count, byte_count;
    struct batch_visit visits[BATCH_ROWS];
    struct trait traits[BATCH_ROWS];
    struct sample samples[BATCH_SAMPLES]; /* their packets stand among the bytes */
    uint8_t bytes[BATCH_BYTES];
    bool has_commit; /* after the rows */
    struct commit commit;
};

/** Copy one more into a batch that is not full. */
void batch_add_visit(struct batch *batch, const struct visit *visit, uint64_t seq);
void batch_add_sample(struct batch *batch, const struct sample *sample);
/** Whether one more of some kind might not find room. */
bool batch_is_full(const struct batch *batch);
/** Source of a visit. */
struct addr batch_visit_src(const struct batch *batch, size_t i);
/** A visit as it was added. @param ret  what lies behind its payload and user is
 * left as it is */
void batch_visit(const struct batch *batch, size_t i, struct visit *ret);

struct queue;

/** @return NULL when out of memory */
struct queue *queue_new(void);
void queue_free(struct queue *queue);

/** An empty batch, when there is one; NULL after queue_stop by the storing side. */
struct batch *queue_empty(struct queue *queue);
/** Hand a filled batch to the storing side. */
void queue_send(struct queue *queue, struct batch *batch);
/** The next filled batch; NULL when the queue is closed and drained. */
struct batch *queue_next(struct queue *queue);
/** Give an emptied batch back. */
void queue_return(struct queue *queue, struct batch *batch);
/** Packet side: nothing more will come. */
void queue_close(struct queue *queue);
/** Storing side: it failed; the packet side stops waiting. */
void queue_stop(struct queue *queue);
/** Packet side: wait until all that was sent has been stored. @return false after queue_stop */
bool queue_drain(struct queue *queue);

#endif

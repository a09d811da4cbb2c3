/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that the stages find in such numbers that writing them takes as long as finding them
 * (episodes, scores, their history, events) are written by a thread of their own, in the order
 * in which they were told. Rows are copied into a ring of buffers, so that the stages wait for
 * the catalog only when they are far ahead of it. All else that is done with the catalog waits
 * for the thread (derived_settle), so that there is one user of the transaction at a time. */
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "store/derived_write.h"

#define BUFFER_BYTES (1u << 20)
#define BUFFERS 16u /* made when they are needed */

union row {
    struct episode_row episode;
    struct score_row score;
    struct history_row history;
    struct event_row event;
};

struct head {
    enum row_kind kind;
    uint32_t size; /* of what follows */
    int64_t era;
};

_Static_assert(sizeof(struct head) + sizeof(union row) < BUFFER_BYTES,
               "any row finds room in an empty buffer");

struct buffer {
    unsigned char *bytes;
    size_t filled;
};

struct derived_queue {
    struct derived *derived;
    struct buffer ring[BUFFERS];
    struct buffer *filling; /* of the thread that tells rows */

    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* over all below */
    pthread_cond_t changed;
    unsigned first, full; /* the buffers to write; none: the thread waits */
    bool ended, failed;
    struct nj_err err;
};

struct derived_queue *derived_queue_new(struct derived *derived)
{
    struct derived_queue *queue = calloc(1, sizeof(*queue));

    if (queue == NULL)
        return NULL;
    queue->derived = derived;
    queue->filling = &queue->ring[0];
    queue->filling->bytes = malloc(BUFFER_BYTES);
    (void)pthread_mutex_init(&queue->lock, NULL);
    (void)pthread_cond_init(&queue->changed, NULL);
    if (queue->filling->bytes == NULL) {
        derived_queue_free(queue);
        return NULL;
    }
    return queue;
}

/* ---- the writing thread ---- */

static int write_row(struct derived *derived, const struct head *head, const union row *row,
                     struct nj_err *err)
{
    switch (head->kind) {
    case ROW_EPISODE:
        return derived_write_episode(derived, head->era, &row->episode, err);
    case ROW_SCORE:
        return derived_write_score(derived, head->era, &row->score, err);
    case ROW_HISTORY:
        return derived_write_history(derived, head->era, &row->history, err);
    case ROW_EVENT:
        return derived_write_event(derived, &row->event, err);
    }
    return 0;
}

static int write_rows(struct derived *derived, const unsigned char *bytes, size_t size,
                      struct nj_err *err)
{
    struct head head;
    union row row;

    for (size_t at = 0; at < size; at += sizeof(head) + head.size) {
        memcpy(&head, bytes + at, sizeof(head));
        memcpy(&row, bytes + at + sizeof(head), head.size);
        if (write_row(derived, &head, &row, err) < 0)
            return -1;
    }
    return 0;
}

static void *run(void *arg)
{
    struct derived_queue *queue = arg;

    (void)pthread_mutex_lock(&queue->lock);
    for (;;) {
        struct nj_err err;
        bool failed = queue->failed;
        const struct buffer *buffer = &queue->ring[queue->first];

        if (queue->full == 0) {
            if (queue->ended)
                break;
            (void)pthread_cond_wait(&queue->changed, &queue->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&queue->lock);
        if (!failed)
            failed = write_rows(queue->derived, buffer->bytes, buffer->filled, &err) < 0;
        (void)pthread_mutex_lock(&queue->lock);
        if (failed && !queue->failed) {
            queue->failed = true;
            queue->err = err;
        }
        queue->first = (queue->first + 1) % BUFFERS;
        queue->full--;
        (void)pthread_cond_signal(&queue->changed);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return NULL;
}

/* ---- the thread that tells rows ---- */

void derived_queue_free(struct derived_queue *queue)
{
    if (queue == NULL)
        return;
    if (queue->started) {
        (void)pthread_mutex_lock(&queue->lock);
        queue->ended = true;
        (void)pthread_cond_signal(&queue->changed);
        (void)pthread_mutex_unlock(&queue->lock);
        (void)pthread_join(queue->thread, NULL);
    }
    (void)pthread_cond_destroy(&queue->changed);
    (void)pthread_mutex_destroy(&queue->lock);
    for (unsigned i = 0; i < BUFFERS; i++)
        free(queue->ring[i].bytes);
    free(queue);
}

/* Wait until the thread has no more than so many buffers to write. Locked. */
static int wait_for(struct derived_queue *queue, unsigned full, struct nj_err *err)
{
    while (queue->full > full)
        (void)pthread_cond_wait(&queue->changed, &queue->lock);
    if (!queue->failed)
        return 0;
    *err = queue->err;
    return -1;
}

static int hand_over(struct derived_queue *queue, struct nj_err *err)
{
    struct buffer *next = queue->filling + 1;
    int rc;

    if (next == queue->ring + BUFFERS)
        next = queue->ring;
    if (next->bytes == NULL && (next->bytes = malloc(BUFFER_BYTES)) == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for episodes and scores");
    if (!queue->started && pthread_create(&queue->thread, NULL, run, queue) != 0)
        return nj_fail(err, NJ_IO, "start the thread that writes episodes and scores");
    queue->started = true;
    (void)pthread_mutex_lock(&queue->lock);
    rc = wait_for(queue, BUFFERS - 2, err); /* the next one has been written */
    if (rc == 0) {
        queue->full++;
        queue->filling = next;
        (void)pthread_cond_signal(&queue->changed);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    queue->filling->filled = 0;
    return rc;
}

int derived_settle(struct derived *derived, struct nj_err *err)
{
    struct derived_queue *queue = derived->queue;
    int rc;

    if (queue->filling->filled > 0 && hand_over(queue, err) < 0)
        return -1;
    (void)pthread_mutex_lock(&queue->lock);
    rc = wait_for(queue, 0, err);
    (void)pthread_mutex_unlock(&queue->lock);
    return rc;
}

void derived_drop(struct derived *derived)
{
    struct derived_queue *queue = derived->queue;
    struct nj_err ignored;

    if (queue == NULL)
        return;
    queue->filling->filled = 0;
    (void)pthread_mutex_lock(&queue->lock);
    queue->failed = true; /* of what waits no more is written */
    (void)wait_for(queue, 0, &ignored);
    queue->failed = false;
    (void)pthread_mutex_unlock(&queue->lock);
}

int derived_queue_add(struct derived *derived, enum row_kind kind, int64_t era, const void *row,
                      size_t size, struct nj_err *err)
{
    const struct head head = {.kind = kind, .size = (uint32_t)size, .era = era};
    struct derived_queue *queue = derived->queue;
    struct buffer *buffer = queue->filling;

    if (buffer->filled + sizeof(head) + size > BUFFER_BYTES) {
        if (hand_over(queue, err) < 0)
            return -1;
        buffer = queue->filling;
    }
    memcpy(buffer->bytes + buffer->filled, &head, sizeof(head));
    memcpy(buffer->bytes + buffer->filled + sizeof(head), row, size);
    buffer->filled += sizeof(head) + size;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct batch *empty;        /* a stack */
    struct batch *first, *last; /* filled, oldest first */
    size_t sent;                /* batches sent and not yet given back */
    bool closed, stopped;
    struct batch *batches[QUEUE_BATCHES];
};

#define BYTES_OF_ONE                                                                           \
    (VISIT_PAYLOAD_MAX + VISIT_USER_MAX > SAMPLE_BYTES_MAX                                     \
         ? VISIT_PAYLOAD_MAX + VISIT_USER_MAX                                                  \
         : SAMPLE_BYTES_MAX)

static uint8_t *add_bytes(struct batch *batch, const void *bytes, size_t count)
{
    uint8_t *at = batch->bytes + batch->byte_count;

    memcpy(at, bytes, count);
    batch->byte_count += count;
    return at;
}

void batch_add_visit(struct batch *batch, const struct visit *visit, uint64_t seq)
{
    struct batch_visit *to = &batch->visits[batch->visit_count++];

    memcpy(to->head, visit, sizeof(to->head));
    memcpy(to->head + offsetof(struct visit, seq), &seq, sizeof(seq));
    to->bytes_at = (uint32_t)batch->byte_count;
    (void)add_bytes(batch, visit->payload, visit->payload_length);
    (void)add_bytes(batch, visit->user, visit->user_length);
}

void batch_add_sample(struct batch *batch, const struct sample *sample)
{
    struct sample *to = &batch->samples[batch->sample_count++];

    *to = *sample;
    to->bytes = add_bytes(batch, sample->bytes, sample->captured);
}

bool batch_is_full(const struct batch *batch)
{
    return batch->visit_count == BATCH_ROWS || batch->trait_count == BATCH_ROWS ||
           batch->sample_count == BATCH_SAMPLES ||
           BATCH_BYTES - batch->byte_count < BYTES_OF_ONE;
}

struct addr batch_visit_src(const struct batch *batch, size_t i)
{
    struct addr src;

    memcpy(&src, batch->visits[i].head + offsetof(struct visit, src), sizeof(src));
    return src;
}

void batch_visit(const struct batch *batch, size_t i, struct visit *ret)
{
    const struct batch_visit *from = &batch->visits[i];
    const uint8_t *bytes = batch->bytes + from->bytes_at;

    memcpy(ret, from->head, sizeof(from->head));
    memcpy(ret->payload, bytes, ret->payload_length);
    memcpy(ret->user, bytes + ret->payload_length, ret->user_length);
}

static void empty(struct batch *batch)
{
    batch->visit_count = 0;
    batch->trait_count = 0;
    batch->sample_count = 0;
    batch->byte_count = 0;
    batch->has_commit = false;
}

struct queue *queue_new(void)
{
    struct queue *queue = calloc(1, sizeof(*queue));

    if (queue == NULL)
        return NULL;
    (void)pthread_mutex_init(&queue->lock, NULL);
    (void)pthread_cond_init(&queue->changed, NULL);
    for (size_t i = 0; i < QUEUE_BATCHES; i++) {
        struct batch *batch = malloc(sizeof(*batch));

        if (batch == NULL) {
            queue_free(queue);
            return NULL;
        }
        empty(batch);
        batch->next = queue->empty;
        queue->empty = batch;
        queue->batches[i] = batch;
    }
    return queue;
}

void queue_free(struct queue *queue)
{
    if (queue == NULL)
        return;
    for (size_t i = 0; i < QUEUE_BATCHES; i++)
        free(queue->batches[i]);
    (void)pthread_cond_destroy(&queue->changed);
    (void)pthread_mutex_destroy(&queue->lock);
    free(queue);
}

struct batch *queue_empty(struct queue *queue)
{
    struct batch *batch = NULL;

    (void)pthread_mutex_lock(&queue->lock);
    while (queue->empty == NULL && !queue->stopped)
        (void)pthread_cond_wait(&queue->changed, &queue->lock);
    if (!queue->stopped) {
        batch = queue->empty;
        queue->empty = batch->next;
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return batch;
}

void queue_send(struct queue *queue, struct batch *batch)
{
    batch->next = NULL;
    (void)pthread_mutex_lock(&queue->lock);
    if (queue->first == NULL)
        queue->first = batch;
    else
        queue->last->next = batch;
    queue->last = batch;
    queue->sent++;
    (void)pthread_cond_broadcast(&queue->changed);
    (void)pthread_mutex_unlock(&queue->lock);
}

struct batch *queue_next(struct queue *queue)
{
    struct batch *batch;

    (void)pthread_mutex_lock(&queue->lock);
    while (queue->first == NULL && !queue->closed)
        (void)pthread_cond_wait(&queue->changed, &queue->lock);
    batch = queue->first;
    if (batch != NULL)
        queue->first = batch->next;
    (void)pthread_mutex_unlock(&queue->lock);
    return batch;
}

void queue_return(struct queue *queue, struct batch *batch)
{
    empty(batch);
    (void)pthread_mutex_lock(&queue->lock);
    batch->next = queue->empty;
    queue->empty = batch;
    queue->sent--;
    (void)pthread_cond_broadcast(&queue->changed);
    (void)pthread_mutex_unlock(&queue->lock);
}

void queue_close(struct queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    (void)pthread_cond_broadcast(&queue->changed);
    (void)pthread_mutex_unlock(&queue->lock);
}

void queue_stop(struct queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    queue->stopped = true;
    (void)pthread_cond_broadcast(&queue->changed);
    (void)pthread_mutex_unlock(&queue->lock);
}

bool queue_drain(struct queue *queue)
{
    bool drained;

    (void)pthread_mutex_lock(&queue->lock);
    while (queue->sent > 0 && !queue->stopped)
        (void)pthread_cond_wait(&queue->changed, &queue->lock);
    drained = !queue->stopped;
    (void)pthread_mutex_unlock(&queue->lock);
    return drained;
}

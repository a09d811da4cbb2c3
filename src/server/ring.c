/* SPDX-License-Identifier: Apache-2.0 */
#include "server/ring.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A message lives as long as the ring or a reader in the middle of it needs it. */
struct message {
    size_t uses;
    size_t length;
    char bytes[];
};

struct ring_reader {
    struct ring_reader *next_reader;
    void *wake_ctx;
    uint64_t next; /* number of the message to begin with */
    struct message *present;
    size_t sent; /* of it */
    bool waits;
};

struct ring {
    pthread_mutex_t lock;
    void (*wake)(void *ctx);
    struct message **slots; /* number n at n % size; NULL: it was lost */
    size_t size;
    size_t bytes, bytes_max;
    uint64_t oldest, newest; /* numbers; newest < oldest: none */
    struct ring_reader *readers;
    bool ended;
    struct ring_counts counts;
};

struct ring *ring_new(size_t messages, size_t bytes, void (*wake)(void *ctx))
{
    struct ring *ring = calloc(1, sizeof(*ring));

    if (ring == NULL)
        return NULL;
    ring->slots = calloc(messages, sizeof(*ring->slots));
    if (ring->slots == NULL) {
        free(ring);
        return NULL;
    }
    ring->size = messages;
    ring->bytes_max = bytes;
    ring->wake = wake;
    ring->oldest = 1;
    (void)pthread_mutex_init(&ring->lock, NULL);
    return ring;
}

static void drop(struct message *message)
{
    if (message != NULL && --message->uses == 0)
        free(message);
}

void ring_free(struct ring *ring)
{
    if (ring == NULL)
        return;
    for (size_t i = 0; i < ring->size; i++)
        drop(ring->slots[i]);
    (void)pthread_mutex_destroy(&ring->lock);
    free(ring->slots);
    free(ring);
}

static struct message *make(const char *event, uint64_t number, const char *data, size_t length)
{
    char head[96];
    int used =
        snprintf(head, sizeof(head), "event: %s\nid: %" PRIu64 "\ndata: ", event, number);
    size_t total = (size_t)used + length + 2;
    struct message *message = malloc(sizeof(*message) + total);

    if (message == NULL)
        return NULL;
    message->uses = 1;
    message->length = total;
    memcpy(message->bytes, head, (size_t)used);
    if (length > 0)
        memcpy(message->bytes + used, data, length);
    memcpy(message->bytes + used + length, "\n\n", 2);
    return message;
}

static void drop_oldest(struct ring *ring)
{
    struct message **slot = &ring->slots[ring->oldest++ % ring->size];

    if (*slot != NULL)
        ring->bytes -= (*slot)->length;
    drop(*slot);
    *slot = NULL;
}

static void wake_readers(struct ring *ring)
{
    for (struct ring_reader *reader = ring->readers; reader != NULL;
         reader = reader->next_reader) {
        if (!reader->waits)
            continue;
        reader->waits = false;
        ring->wake(reader->wake_ctx);
    }
}

bool ring_add(struct ring *ring, const char *event, const char *data, size_t length)
{
    struct message *message;

    (void)pthread_mutex_lock(&ring->lock);
    if (ring->newest + 1 - ring->oldest == ring->size)
        drop_oldest(ring);
    message = make(event, ++ring->newest, data, length);
    ring->slots[ring->newest % ring->size] = message;
    ring->counts.messages++;
    if (message != NULL)
        ring->bytes += message->length;
    while (ring->bytes > ring->bytes_max && ring->oldest < ring->newest)
        drop_oldest(ring);
    wake_readers(ring);
    (void)pthread_mutex_unlock(&ring->lock);
    return message != NULL;
}

void ring_end(struct ring *ring)
{
    (void)pthread_mutex_lock(&ring->lock);
    ring->ended = true;
    wake_readers(ring);
    (void)pthread_mutex_unlock(&ring->lock);
}

struct ring_reader *ring_join(struct ring *ring, void *wake_ctx, uint64_t after)
{
    struct ring_reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return NULL;
    (void)pthread_mutex_lock(&ring->lock);
    reader->wake_ctx = wake_ctx;
    /* a number of an earlier life of the service says nothing about this one */
    reader->next = after == 0 || after > ring->newest ? ring->newest + 1 : after + 1;
    reader->next_reader = ring->readers;
    ring->readers = reader;
    ring->counts.readers++;
    (void)pthread_mutex_unlock(&ring->lock);
    return reader;
}

void ring_leave(struct ring *ring, struct ring_reader *reader)
{
    (void)pthread_mutex_lock(&ring->lock);
    for (struct ring_reader **at = &ring->readers; *at != NULL; at = &(*at)->next_reader)
        if (*at == reader) {
            *at = reader->next_reader;
            ring->counts.readers--;
            break;
        }
    drop(reader->present);
    (void)pthread_mutex_unlock(&ring->lock);
    free(reader);
}

/* What was missed, as a message of the reader's own. */
static void tell_missed(struct ring *ring, struct ring_reader *reader)
{
    uint64_t missed = ring->newest - reader->next;
    char data[64];
    int length = snprintf(data, sizeof(data), "{\"missed\":%" PRIu64 "}", missed);

    ring->counts.missed += missed;
    reader->next = ring->newest;
    reader->present = make("lost", ring->newest - 1, data, (size_t)length);
    reader->sent = 0;
}

static void next_message(struct ring *ring, struct ring_reader *reader)
{
    if (reader->next < ring->oldest) {
        tell_missed(ring, reader);
        return;
    }
    while (reader->next <= ring->newest && reader->present == NULL) {
        reader->present = ring->slots[reader->next++ % ring->size];
        reader->sent = 0;
    }
    if (reader->present != NULL)
        reader->present->uses++;
}

ssize_t ring_read(struct ring *ring, struct ring_reader *reader, char *to, size_t room,
                  void (*wait)(void *ctx))
{
    size_t used = 0;
    ssize_t rc;

    (void)pthread_mutex_lock(&ring->lock);
    while (used < room) {
        size_t left;

        if (reader->present == NULL)
            next_message(ring, reader);
        if (reader->present == NULL)
            break;
        left = reader->present->length - reader->sent;
        if (left > room - used)
            left = room - used;
        memcpy(to + used, reader->present->bytes + reader->sent, left);
        used += left;
        reader->sent += left;
        if (reader->sent == reader->present->length) {
            drop(reader->present);
            reader->present = NULL;
        }
    }
    rc = (ssize_t)used;
    if (used == 0 && ring->ended) {
        rc = RING_ENDED;
    } else if (used == 0) {
        reader->waits = true;
        wait(reader->wake_ctx);
    }
    (void)pthread_mutex_unlock(&ring->lock);
    return rc;
}

size_t ring_backlog(struct ring *ring)
{
    uint64_t most = 0;

    (void)pthread_mutex_lock(&ring->lock);
    for (struct ring_reader *reader = ring->readers; reader != NULL;
         reader = reader->next_reader)
        if (ring->newest + 1 - reader->next > most)
            most = ring->newest + 1 - reader->next;
    (void)pthread_mutex_unlock(&ring->lock);
    return (size_t)most;
}

struct ring_counts ring_counts(struct ring *ring)
{
    struct ring_counts counts;

    (void)pthread_mutex_lock(&ring->lock);
    counts = ring->counts;
    (void)pthread_mutex_unlock(&ring->lock);
    return counts;
}

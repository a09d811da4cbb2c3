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
    uint64_t sessions; /* that it tells of */
    uint64_t told;     /* those of all messages up to it */
    char bytes[];
};

struct ring_reader {
    struct ring_reader *next_reader;
    void *wake_ctx;
    uint64_t next; /* number of the message to begin with */
    uint64_t told; /* sessions up to it, for this reader */
    struct message *present;
    size_t sent; /* of it */
    bool waits;
    bool fresh;    /* it has got nothing, and does not come again */
    bool stranger; /* it comes again, with an id of another life */
};

struct ring {
    pthread_mutex_t lock;
    void (*wake)(void *ctx);
    uint64_t life;
    struct message **slots; /* number n at n % size; NULL: it was lost */
    size_t size;
    size_t bytes, bytes_max;
    uint64_t oldest, newest; /* numbers; newest < oldest: none */
    uint64_t told;           /* sessions of all messages, lost ones too */
    struct ring_reader *readers;
    bool ended;
    struct ring_counts counts;
};

struct ring *ring_new(size_t messages, size_t bytes, uint64_t life, void (*wake)(void *ctx))
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
    ring->life = life;
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

/* A message whose id is the place behind message `number`. */
static struct message *make(const struct ring *ring, const char *event, uint64_t number,
                            uint64_t told, const char *data, size_t length)
{
    char head[128];
    int used = snprintf(head, sizeof(head),
                        "event: %s\nid: %" PRIu64 ".%" PRIu64 ".%" PRIx64 "\ndata: ", event,
                        number, told, ring->life);
    size_t total = (size_t)used + length + 2;
    struct message *message = malloc(sizeof(*message) + total);

    if (message == NULL)
        return NULL;
    message->uses = 1;
    message->length = total;
    message->sessions = 0;
    message->told = told;
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

bool ring_add(struct ring *ring, const char *event, const char *data, size_t length,
              uint64_t sessions)
{
    struct message *message;

    (void)pthread_mutex_lock(&ring->lock);
    if (ring->newest + 1 - ring->oldest == ring->size)
        drop_oldest(ring);
    ring->told += sessions;
    message = make(ring, event, ++ring->newest, ring->told, data, length);
    ring->slots[ring->newest % ring->size] = message;
    ring->counts.messages++;
    if (message != NULL) {
        message->sessions = sessions;
        ring->bytes += message->length;
    }
    while (ring->bytes > ring->bytes_max && ring->oldest < ring->newest)
        drop_oldest(ring);
    wake_readers(ring);
    (void)pthread_mutex_unlock(&ring->lock);
    return message != NULL;
}

void ring_skip(struct ring *ring, uint64_t messages, uint64_t sessions)
{
    (void)pthread_mutex_lock(&ring->lock);
    while (ring->oldest <= ring->newest)
        drop_oldest(ring);
    ring->newest += messages;
    ring->oldest = ring->newest + 1;
    ring->told += sessions;
    for (struct ring_reader *reader = ring->readers; reader != NULL;
         reader = reader->next_reader)
        if (reader->fresh) {
            reader->next = ring->oldest;
            reader->told = ring->told;
        }
    wake_readers(ring);
    (void)pthread_mutex_unlock(&ring->lock);
}

void ring_end(struct ring *ring)
{
    (void)pthread_mutex_lock(&ring->lock);
    ring->ended = true;
    wake_readers(ring);
    (void)pthread_mutex_unlock(&ring->lock);
}

/* An id, as `make` writes it. */
static bool parse_place(const char *text, uint64_t *ret_number, uint64_t *ret_told,
                        uint64_t *ret_life)
{
    unsigned long long number, told, life;
    int end = 0;

    if (text == NULL || strspn(text, "0123456789abcdef.") != strlen(text) ||
        sscanf(text, "%20llu.%20llu.%16llx%n", &number, &told, &life, &end) != 3 ||
        text[end] != '\0')
        return false;
    *ret_number = number;
    *ret_told = told;
    *ret_life = life;
    return true;
}

struct ring_reader *ring_join(struct ring *ring, void *wake_ctx, const char *after)
{
    struct ring_reader *reader = calloc(1, sizeof(*reader));
    uint64_t number = 0, told = 0, life = 0;

    if (reader == NULL)
        return NULL;
    (void)pthread_mutex_lock(&ring->lock);
    reader->wake_ctx = wake_ctx;
    reader->next = ring->newest + 1;
    reader->told = ring->told;
    reader->fresh = !parse_place(after, &number, &told, &life);
    if (!reader->fresh && life == ring->life && number <= ring->newest && told <= ring->told) {
        reader->next = number + 1;
        reader->told = told;
    } else {
        reader->stranger = !reader->fresh;
    }
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

/* The next message that is there for a reader: one that fell out of the ring goes on with the
 * newest. Its number, or one more than there are. */
static uint64_t find_next(const struct ring *ring, const struct ring_reader *reader)
{
    uint64_t at = reader->next;

    if (at < ring->oldest)
        at = ring->oldest > ring->newest ? ring->oldest : ring->newest;
    while (at <= ring->newest && ring->slots[at % ring->size] == NULL)
        at++;
    return at;
}

/* What was missed up to message `next`, as a message of the reader's own. Without memory for it
 * the reader asks again. */
static void tell_missed(struct ring *ring, struct ring_reader *reader, uint64_t next)
{
    const struct message *message =
        next <= ring->newest ? ring->slots[next % ring->size] : NULL;
    uint64_t told = message == NULL ? ring->told : message->told - message->sessions;
    uint64_t missed = next - reader->next;
    char data[160];
    int length =
        snprintf(data, sizeof(data),
                 "{\"missed\":%" PRIu64 ",\"sessions\":%" PRIu64 ",\"first\":%" PRIu64
                 ",\"last\":%" PRIu64 "}",
                 missed, told > reader->told ? told - reader->told : 0, reader->next, next - 1);

    reader->present = make(ring, "lost", next - 1, told, data, (size_t)length);
    if (reader->present == NULL)
        return;
    ring->counts.missed += missed;
    reader->next = next;
    reader->told = told;
}

static void next_message(struct ring *ring, struct ring_reader *reader)
{
    static const char unknown[] =
        "{\"missed\":null,\"sessions\":null,\"first\":null,\"last\":null}";
    uint64_t next = find_next(ring, reader);

    reader->sent = 0;
    if (reader->stranger) {
        reader->present =
            make(ring, "lost", reader->next - 1, reader->told, unknown, sizeof(unknown) - 1);
        reader->stranger = reader->present == NULL;
    } else if (next != reader->next) {
        tell_missed(ring, reader, next);
    } else if (next <= ring->newest) {
        reader->present = ring->slots[next % ring->size];
        reader->present->uses++;
        reader->told = reader->present->told;
        reader->next = next + 1;
    }
    if (reader->present != NULL)
        reader->fresh = false;
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

/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for many readers of one stream (Server-Sent Events): each stands there once, whoever
 * reads it. Bounded: a reader that falls behind jumps to the newest and is told how many it
 * missed, and how many sessions they told of:
 *
 *     event: lost
 *     id: 4711.90210.5f5e1
 *     data: {"missed":12,"sessions":340,"first":4700,"last":4711}
 *
 * An id is a place in the stream: number of the message, sessions told of up to it, and the
 * life of the ring. So a reader that comes again with the last id that it has got is told the
 * same, however long it was away; with an id of another life of the service nobody knows what
 * it missed, and all of the above is null. One lock, held for copies only: a slow reader slows
 * nobody. */
#ifndef NJ_SERVER_RING_H
#define NJ_SERVER_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ring;
struct ring_reader;

/** @param life  tells the ids of this ring from those of one before it
 * @param wake  called under the ring's lock when a reader that waits has something to read
 * @return NULL when out of memory */
struct ring *ring_new(size_t messages, size_t bytes, uint64_t life, void (*wake)(void *ctx));

/** No reader may be left. */
void ring_free(struct ring *ring);

/**
 * Add a message: "event: NAME\nid: PLACE\ndata: DATA\n\n". Messages count from 1 in this ring.
 *
 * @param data      one line; copied
 * @param sessions  that it tells of
 * @return false when out of memory: the message counts as missed by all
 */
bool ring_add(struct ring *ring, const char *event, const char *data, size_t length,
              uint64_t sessions);

/** Messages that were not even made, since nobody read. Who comes again and who has begun to
 * read is told that they are lost; for who is new the stream begins behind them. */
void ring_skip(struct ring *ring, uint64_t messages, uint64_t sessions);

/** After it readers get what is there and then an end. */
void ring_end(struct ring *ring);

/**
 * @param wake_ctx  for `wake`
 * @param after     the last id that it has got; NULL or no id: begin with the next message
 * @return NULL when out of memory
 */
struct ring_reader *ring_join(struct ring *ring, void *wake_ctx, const char *after);
void ring_leave(struct ring *ring, struct ring_reader *reader);

/**
 * Copy what is there for this reader.
 *
 * @param wait  called under the lock when there is nothing: the reader is woken by the next
 *              message
 * @return bytes; 0 after `wait`; RING_ENDED
 */
#define RING_ENDED (-1)
ssize_t ring_read(struct ring *ring, struct ring_reader *reader, char *to, size_t room,
                  void (*wait)(void *ctx));

/** Messages that the slowest reader has not begun with; 0 without readers. */
size_t ring_backlog(struct ring *ring);

struct ring_counts {
    uint64_t messages, readers, missed;
};

struct ring_counts ring_counts(struct ring *ring);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The live streams: one of everything, and one for each different filter that somebody reads
 * with. However many readers give the same filter, each visit is held against it once. A stream
 * with a filter begins with its first reader and is remembered for half a minute after its last
 * one: its messages count, are missed and are resumed as those of the stream of everything.
 *
 * Threads: HTTP threads join and leave, the publisher's two take and give. */
#ifndef NJ_SERVER_CHANNEL_H
#define NJ_SERVER_CHANNEL_H

#include <stdatomic.h>

#include "server/event.h"
#include "server/fair.h"

#define FILTERS_MAX 64u /* different ones at a time */
#define CHANNELS_MAX (FILTERS_MAX + 1)
#define WATCHED_NS (30 * 1000000000ll) /* after the last reader has left */

struct channel {
    const char *filter;         /* NULL: everything */
    struct filter_match *match; /* NULL: everything */
    struct ring *ring;
    atomic_ullong sessions; /* that it told of, or counted for nobody */

    struct fair fair; /* the ticker's own; of everything: under the publisher's lock */
    struct batch batch;
    struct { /* the follower's own */
        bool begun;
        uint64_t seq;
        int64_t event;
    } followed;

    /* under the lock of the channels */
    struct channel *next;
    unsigned uses, streams;
    int64_t left_ns; /* when the last stream was closed */
};

struct channels;

/** @param life  tells the ids of this run of the service from those of others
 * @return NULL when out of memory */
struct channels *channels_new(uint64_t life);
void channels_free(struct channels *channels); /* nobody may use one */

/** Read with a filter (NULL or "": everything). @return 0; CHANNELS_FULL: too many different
 * ones are open; -1: what is wrong with it */
#define CHANNELS_FULL 1
int channels_join(struct channels *channels, const char *filter, struct channel **ret_channel,
                  struct nj_err *err);
void channels_leave(struct channels *channels, struct channel *channel, int64_t now_ns);

/** That of everything, as long as the channels. */
struct channel *channels_everything(struct channels *channels);

/** All that there are, that of everything first; they stay until they are given back.
 * @return how many */
size_t channels_take(struct channels *channels, struct channel *ret[static CHANNELS_MAX]);
void channels_give(struct channels *channels, struct channel **taken, size_t count);

/** How many filters are watched, or were just now. Cost: an atomic load. */
size_t channels_filters(const struct channels *channels);

/** Forget filters that nobody watches. */
void channels_expire(struct channels *channels, int64_t now_ns);

/** After it readers get what is there and then an end. */
void channels_end(struct channels *channels);

/** Of all together, those forgotten too. */
struct ring_counts channels_counts(struct channels *channels);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "server/channel.h"

#include <stdlib.h>
#include <string.h>

#define RING_MESSAGES 1024u
#define RING_BYTES (4u << 20)
/* of one filter: that of all together is bounded by FILTERS_MAX */
#define FILTER_RING_MESSAGES 512u
#define FILTER_RING_BYTES (1u << 20)

struct channels {
    pthread_mutex_t lock;
    struct channel *first; /* everything; never forgotten */
    atomic_size_t filters;
    uint64_t life;            /* of the next ring */
    struct ring_counts ended; /* of those forgotten */
    bool ending;
};

static void channel_free(struct channel *channel)
{
    if (channel == NULL)
        return;
    ring_free(channel->ring);
    filter_match_free(channel->match);
    event_batch_done(&channel->batch);
    free((char *)(uintptr_t)channel->filter);
    free(channel);
}

static struct channel *channel_new(uint64_t life, bool filtered)
{
    struct channel *channel = calloc(1, sizeof(*channel));

    if (channel == NULL)
        return NULL;
    channel->uses = 1; /* the list's */
    fair_init(&channel->fair);
    channel->ring = filtered
                        ? ring_new(FILTER_RING_MESSAGES, FILTER_RING_BYTES, life, stream_wake)
                        : ring_new(RING_MESSAGES, RING_BYTES, life, stream_wake);
    if (channel->ring == NULL) {
        free(channel);
        return NULL;
    }
    return channel;
}

struct channels *channels_new(uint64_t life)
{
    struct channels *channels = calloc(1, sizeof(*channels));

    if (channels == NULL)
        return NULL;
    channels->life = life;
    channels->first = channel_new(channels->life++, false);
    if (channels->first == NULL) {
        free(channels);
        return NULL;
    }
    (void)pthread_mutex_init(&channels->lock, NULL);
    return channels;
}

void channels_free(struct channels *channels)
{
    if (channels == NULL)
        return;
    while (channels->first != NULL) {
        struct channel *channel = channels->first;

        channels->first = channel->next;
        channel_free(channel);
    }
    (void)pthread_mutex_destroy(&channels->lock);
    free(channels);
}

/* With the lock held. */
static void drop(struct channels *channels, struct channel *channel)
{
    struct ring_counts counts;

    if (--channel->uses > 0)
        return;
    counts = ring_counts(channel->ring);
    channels->ended.messages += counts.messages;
    channels->ended.missed += counts.missed;
    channel_free(channel);
}

/* With the lock held: take a filter's channel out of the list. */
static void forget(struct channels *channels, struct channel **at)
{
    struct channel *channel = *at;

    *at = channel->next;
    channels->filters--;
    drop(channels, channel);
}

/* With the lock held. */
static struct channel *find(struct channels *channels, const char *filter)
{
    struct channel *channel = channels->first;

    if (filter == NULL || filter[0] == '\0')
        return channel;
    for (channel = channel->next; channel != NULL; channel = channel->next)
        if (strcmp(channel->filter, filter) == 0)
            return channel;
    return NULL;
}

/* With the lock held: forget the filter that nobody reads with for the longest time. @return
 * whether there was one */
static bool forget_one(struct channels *channels)
{
    struct channel **oldest = NULL;

    for (struct channel **at = &channels->first->next; *at != NULL; at = &(*at)->next)
        if ((*at)->streams == 0 && (oldest == NULL || (*at)->left_ns < (*oldest)->left_ns))
            oldest = at;
    if (oldest == NULL)
        return false;
    forget(channels, oldest);
    return true;
}

/* With the lock held: a channel of a filter that nobody reads with yet. */
static int open_filter(struct channels *channels, const char *filter,
                       struct channel **ret_channel, struct nj_err *err)
{
    size_t count;
    const struct filter_field *fields = store_filter_fields(&count);
    struct filter_match *match;
    struct channel *channel;

    if (filter_match_new(filter, fields, count, &match, err) < 0)
        return -1;
    if (channels->filters == FILTERS_MAX && !forget_one(channels)) {
        filter_match_free(match);
        return CHANNELS_FULL;
    }
    channel = channel_new(channels->life, true);
    if (channel == NULL) {
        filter_match_free(match);
        return nj_fail(err, NJ_NOMEM, "no memory for a stream");
    }
    channel->match = match;
    channel->filter = strdup(filter);
    if (channel->filter == NULL) {
        channel_free(channel);
        return nj_fail(err, NJ_NOMEM, "no memory for a stream");
    }
    if (channels->ending)
        ring_end(channel->ring);
    channels->life++; /* ids of a filter that was forgotten mean nothing to its next channel */
    channel->next = channels->first->next;
    channels->first->next = channel;
    channels->filters++;
    *ret_channel = channel;
    return 0;
}

int channels_join(struct channels *channels, const char *filter, struct channel **ret_channel,
                  struct nj_err *err)
{
    struct channel *channel;
    int rc = 0;

    (void)pthread_mutex_lock(&channels->lock);
    channel = find(channels, filter);
    if (channel == NULL)
        rc = open_filter(channels, filter, &channel, err);
    if (rc == 0) {
        channel->uses++;
        channel->streams++;
        *ret_channel = channel;
    }
    (void)pthread_mutex_unlock(&channels->lock);
    return rc;
}

void channels_leave(struct channels *channels, struct channel *channel, int64_t now_ns)
{
    (void)pthread_mutex_lock(&channels->lock);
    if (--channel->streams == 0)
        channel->left_ns = now_ns;
    drop(channels, channel);
    (void)pthread_mutex_unlock(&channels->lock);
}

struct channel *channels_everything(struct channels *channels)
{
    return channels->first;
}

size_t channels_take(struct channels *channels, struct channel *ret[static CHANNELS_MAX])
{
    size_t count = 0;

    (void)pthread_mutex_lock(&channels->lock);
    for (struct channel *channel = channels->first; channel != NULL; channel = channel->next) {
        channel->uses++;
        ret[count++] = channel;
    }
    (void)pthread_mutex_unlock(&channels->lock);
    return count;
}

void channels_give(struct channels *channels, struct channel **taken, size_t count)
{
    (void)pthread_mutex_lock(&channels->lock);
    for (size_t i = 0; i < count; i++)
        drop(channels, taken[i]);
    (void)pthread_mutex_unlock(&channels->lock);
}

size_t channels_filters(const struct channels *channels)
{
    return channels->filters;
}

void channels_expire(struct channels *channels, int64_t now_ns)
{
    (void)pthread_mutex_lock(&channels->lock);
    for (struct channel **at = &channels->first->next; *at != NULL;) {
        if ((*at)->streams > 0 || now_ns - (*at)->left_ns < WATCHED_NS)
            at = &(*at)->next;
        else
            forget(channels, at);
    }
    (void)pthread_mutex_unlock(&channels->lock);
}

void channels_end(struct channels *channels)
{
    (void)pthread_mutex_lock(&channels->lock);
    channels->ending = true;
    for (struct channel *channel = channels->first; channel != NULL; channel = channel->next)
        ring_end(channel->ring);
    (void)pthread_mutex_unlock(&channels->lock);
}

struct ring_counts channels_counts(struct channels *channels)
{
    struct ring_counts all;

    (void)pthread_mutex_lock(&channels->lock);
    all = channels->ended;
    for (struct channel *channel = channels->first; channel != NULL; channel = channel->next) {
        struct ring_counts one = ring_counts(channel->ring);

        all.messages += one.messages;
        all.missed += one.missed;
        all.readers += one.readers;
    }
    (void)pthread_mutex_unlock(&channels->lock);
    return all;
}

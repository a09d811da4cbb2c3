/* SPDX-License-Identifier: Apache-2.0 */
/* What capture hands on becomes a message every 50 ms.
 *
 * Filters cost capture a copy of each visit, whatever they are and however many: the visits are
 * held against them by the thread that makes the messages, in a bounded part of its time. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "server/publish.h"

#define TICK_NS (1000000000 / TICKS_A_SECOND)
#define JUDGING_NS (TICK_NS / 4) /* of a tick, for all filters together: 1/4 of a core */
#define JUDGED_AT_ONCE 64        /* visits between two looks at the clock */
/* Visits shown of all filters together: each costs a message's part of some microseconds. */
#define FILTERED_A_SECOND 4000u

bool publisher_pause(struct publisher *publisher, int64_t ns)
{
    struct timespec until;
    bool stopping;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    ns += until.tv_nsec;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    (void)pthread_mutex_lock(&publisher->lock);
    while (!publisher->stopping &&
           pthread_cond_timedwait(&publisher->stop_cond, &publisher->lock, &until) == 0)
        ;
    stopping = publisher->stopping;
    (void)pthread_mutex_unlock(&publisher->lock);
    return !stopping;
}

bool publisher_is_watched(struct publisher *publisher, int64_t *seen_ns)
{
    int64_t now_ns = nj_monotonic_ns();

    if (ring_counts(publisher->everything->ring).readers > 0)
        *seen_ns = now_ns;
    return *seen_ns != 0 && now_ns - *seen_ns < WATCHED_NS;
}

size_t publisher_share(size_t filters)
{
    return filters <= FILTERED_A_SECOND / SHOWN_A_SECOND ? SHOWN_A_SECOND
                                                         : FILTERED_A_SECOND / filters;
}

void publisher_visit(struct publisher *publisher, const struct live_row *row)
{
    (void)pthread_mutex_lock(&publisher->lock);
    fair_add(&publisher->everything->fair, row);
    if (row->ts_us > publisher->capture_us)
        publisher->capture_us = row->ts_us;
    if (channels_filters(publisher->server->channels) > 0)
        backlog_add(&publisher->waiting, row);
    (void)pthread_mutex_unlock(&publisher->lock);
}

/* Visits of a fair sample become a message. */
static void send_fair(struct publisher *publisher, struct channel *channel,
                      const struct map_visit *visits, size_t count, uint64_t seen,
                      uint64_t sessions)
{
    channel->sessions += sessions;
    event_visits(publisher->server, &channel->batch, visits, count, seen, sessions);
    event_batch(channel->ring, &channel->batch);
}

static void tick_everything(struct publisher *publisher, bool watched)
{
    struct channel *channel = publisher->everything;
    struct fair *fair = &channel->fair;
    struct backlog emptied = publisher->judged;
    size_t count;
    uint64_t seen, sessions;

    (void)pthread_mutex_lock(&publisher->lock);
    count = fair->count;
    seen = fair->seen;
    sessions = fair->sessions;
    if (count > 0)
        memcpy(publisher->taken, fair->visits, count * sizeof(fair->visits[0]));
    fair_next(fair, SHOWN_A_SECOND / TICKS_A_SECOND);
    publisher->judged = publisher->waiting;
    publisher->waiting = emptied;
    (void)pthread_mutex_unlock(&publisher->lock);
    if (seen == 0)
        return;
    if (watched) {
        send_fair(publisher, channel, publisher->taken, count, seen, sessions);
    } else {
        channel->sessions += sessions;
        ring_skip(channel->ring, 1, sessions);
    }
}

/* The CPU time of this thread: while others run none is used up. */
static int64_t used_ns(void)
{
    struct timespec used = {.tv_sec = 0};

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

/* Hold the visits that wait against a filter, until so much time is used: what is left then is
 * told. */
static void judge(const struct backlog *waiting, struct channel *channel, int64_t until_ns)
{
    size_t i = 0;

    channel->batch.unjudged += waiting->left_sessions;
    for (; i < waiting->count; i++) {
        if (i % JUDGED_AT_ONCE == 0 && used_ns() > until_ns)
            break;
        if (filter_match_row(channel->match, &waiting->rows[i], UINT64_MAX) == FILTER_YES)
            fair_add(&channel->fair, &waiting->rows[i]);
    }
    for (; i < waiting->count; i++)
        channel->batch.unjudged += (uint64_t)waiting->rows[i].sessions;
}

/* Each filter has its share of the time, and what those before it did not need. */
static void tick_filters(struct publisher *publisher, struct channel **filters, size_t count)
{
    size_t more = publisher_share(count) / TICKS_A_SECOND;
    int64_t left_ns = JUDGING_NS;

    for (size_t i = 0; i < count; i++) {
        struct channel *channel = filters[i];
        struct fair *fair = &channel->fair;
        int64_t begun_ns = used_ns();

        judge(&publisher->judged, channel, begun_ns + left_ns / (int64_t)(count - i));
        left_ns -= used_ns() - begun_ns;
        if (left_ns < 0)
            left_ns = 0;
        publisher->server->counts.unjudged += channel->batch.unjudged;
        send_fair(publisher, channel, fair->visits, fair->count, fair->seen, fair->sessions);
        fair_next(fair, more);
    }
    if (count > 0)
        backlog_clear(&publisher->judged);
    else
        backlog_done(&publisher->judged);
}

static void tell_time(struct publisher *publisher, struct channel **channels, size_t count,
                      bool watched)
{
    int64_t time_us;

    (void)pthread_mutex_lock(&publisher->lock);
    time_us = publisher->capture_us;
    (void)pthread_mutex_unlock(&publisher->lock);
    for (size_t i = 0; i < count; i++)
        if (channels[i]->filter != NULL || watched)
            event_clock(channels[i]->ring, time_us, channels[i]->sessions);
}

static void *run_ticker(void *arg)
{
    struct publisher *publisher = arg;
    struct server *server = publisher->server;
    unsigned ticks = 0;

    while (publisher_pause(publisher, TICK_NS)) {
        bool watched = publisher_is_watched(publisher, &publisher->ticker_seen);
        struct channel *channels[CHANNELS_MAX];
        size_t count;

        decided_watch(server->decided, nj_monotonic_ns());
        pool_watch(server->pool, nj_monotonic_ns());
        count = channels_take(server->channels, channels);
        tick_everything(publisher, watched);
        tick_filters(publisher, channels + 1, count - 1);
        if (++ticks % TICKS_A_SECOND == 0) {
            tell_time(publisher, channels, count, watched);
            channels_expire(server->channels, nj_monotonic_ns());
        }
        channels_give(server->channels, channels, count);
    }
    return NULL;
}

/* ---- both threads ---- */

int publisher_start(struct server *server, struct publisher **ret, struct nj_err *err)
{
    struct publisher *publisher = calloc(1, sizeof(*publisher));
    pthread_condattr_t clock;

    if (publisher == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the live stream");
    publisher->server = server;
    publisher->everything = channels_everything(server->channels);
    publisher->capture_us = INT64_MIN;
    (void)pthread_mutex_init(&publisher->lock, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&publisher->stop_cond, &clock);
    (void)pthread_condattr_destroy(&clock);
    if (pthread_create(&publisher->ticker, NULL, run_ticker, publisher) != 0) {
        free(publisher);
        return nj_fail(err, NJ_IO, "start the thread of the live stream");
    }
    if (pthread_create(&publisher->follower, NULL, publisher_follow, publisher) != 0) {
        publisher->follower = publisher->ticker;
        publisher_stop(publisher);
        return nj_fail(err, NJ_IO, "start the thread that follows the store");
    }
    *ret = publisher;
    return 0;
}

void publisher_stop(struct publisher *publisher)
{
    if (publisher == NULL)
        return;
    (void)pthread_mutex_lock(&publisher->lock);
    publisher->stopping = true;
    (void)pthread_cond_broadcast(&publisher->stop_cond);
    (void)pthread_mutex_unlock(&publisher->lock);
    (void)pthread_join(publisher->ticker, NULL);
    if (!pthread_equal(publisher->follower, publisher->ticker))
        (void)pthread_join(publisher->follower, NULL);
    (void)pthread_cond_destroy(&publisher->stop_cond);
    (void)pthread_mutex_destroy(&publisher->lock);
    backlog_done(&publisher->waiting);
    backlog_done(&publisher->judged);
    free(publisher);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the live stream says. Two threads: one gathers visits that capture hands on into a
 * message every 50 ms; one looks into the store each second for what others have committed.
 * Neither does anything for nobody: half a minute after the last reader has left (it may come
 * again) visits are only counted, so that who comes again later is told how many it has missed.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/rng.h"
#include "server/event.h"

#define TICK_NS 50000000
#define SHOWN_A_SECOND QUERY_SHOW_DEFAULT
#define EVENTS_A_LOOK 1000
#define WATCHED_NS (30 * 1000000000ll) /* after the last reader has left */
#define SHOWN_A_TICK (SHOWN_A_SECOND / 20)

struct publisher {
    struct server *server;
    pthread_t ticker, follower;
    pthread_mutex_t lock;
    pthread_cond_t stop_cond;
    bool stopping;

    /* of visits handed on since the last message; under the lock */
    struct map_visit pending[SHOWN_A_SECOND];
    size_t pending_count, room; /* room: how many may be shown now */
    uint64_t seen, sessions;
    uint64_t all_sessions;
    int64_t capture_us; /* time of the newest */
    struct nj_rng rng;

    uint64_t followed_seq; /* follower's own */
    int64_t followed_event;
    uint64_t followed_version; /* of the store when it last looked */
    bool following;
    int64_t ticker_seen, follower_seen; /* when each last saw a reader, 0: never */
};

/* Wait. @return false when the service ends */
static bool pause_ns(struct publisher *publisher, int64_t ns)
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

/* Whether messages are for anybody: who has left may come again. */
static bool is_watched(struct publisher *publisher, int64_t *seen_ns)
{
    int64_t now_ns = nj_monotonic_ns();

    if (ring_counts(publisher->server->ring).readers > 0)
        *seen_ns = now_ns;
    return *seen_ns != 0 && now_ns - *seen_ns < WATCHED_NS;
}

/* ---- from capture --------------------------------------------------------------------------
 */

/* A fair sample of what does not fit: each has the same chance to stay. */
void publisher_visit(struct publisher *publisher, const struct map_visit *visit)
{
    (void)pthread_mutex_lock(&publisher->lock);
    publisher->seen++;
    publisher->sessions += visit->sessions;
    publisher->all_sessions += visit->sessions;
    if (visit->ts_us > publisher->capture_us)
        publisher->capture_us = visit->ts_us;
    if (publisher->pending_count < publisher->room) {
        publisher->pending[publisher->pending_count++] = *visit;
    } else if (publisher->room > 0) {
        uint64_t at = nj_rng_below64(&publisher->rng, publisher->seen);

        if (at < publisher->room)
            publisher->pending[at] = *visit;
    }
    (void)pthread_mutex_unlock(&publisher->lock);
}

static void tick(struct publisher *publisher, struct batch *batch, struct map_visit *taken,
                 bool watched)
{
    struct server *server = publisher->server;
    size_t count;
    uint64_t seen, sessions;

    (void)pthread_mutex_lock(&publisher->lock);
    count = publisher->pending_count;
    seen = publisher->seen;
    sessions = publisher->sessions;
    if (count > 0)
        memcpy(taken, publisher->pending, count * sizeof(*taken));
    publisher->room -= count;
    publisher->room += SHOWN_A_TICK;
    if (publisher->room > SHOWN_A_SECOND)
        publisher->room = SHOWN_A_SECOND;
    publisher->pending_count = 0;
    publisher->seen = publisher->sessions = 0;
    (void)pthread_mutex_unlock(&publisher->lock);
    if (seen == 0)
        return;
    if (!watched) {
        ring_skip(server->ring, 1, sessions);
        return;
    }
    event_visits(server, batch, taken, count, seen, sessions);
    event_batch(server->ring, batch);
}

static void *run_ticker(void *arg)
{
    struct publisher *publisher = arg;
    struct map_visit *taken = calloc(SHOWN_A_SECOND, sizeof(*taken));
    struct batch batch = {.shown = 0};
    unsigned ticks = 0;

    while (taken != NULL && pause_ns(publisher, TICK_NS)) {
        bool watched = is_watched(publisher, &publisher->ticker_seen);

        pool_watch(publisher->server->pool, nj_monotonic_ns());
        tick(publisher, &batch, taken, watched);
        if (++ticks % 20 != 0 || !watched)
            continue;
        (void)pthread_mutex_lock(&publisher->lock);
        int64_t time_us = publisher->capture_us;
        uint64_t sessions = publisher->all_sessions;
        (void)pthread_mutex_unlock(&publisher->lock);
        event_clock(publisher->server->ring, time_us, sessions);
    }
    event_batch_done(&batch);
    free(taken);
    return NULL;
}

/* ---- from the store ------------------------------------------------------------------------
 */

struct gathered {
    struct map_visit *visits;
    size_t count;
    uint64_t last_seq;
};

static int gather(void *ctx, const struct map_visit *visit, struct nj_err *err)
{
    struct gathered *gathered = ctx;

    (void)err;
    if (gathered->count < SHOWN_A_SECOND)
        gathered->visits[gathered->count++] = *visit;
    return 0;
}

/* What has been stored since the last look. @return 0: nothing; 1; -1 */
static int look_for_visits(struct publisher *publisher, struct store *store, uint64_t rows,
                           struct gathered *gathered, struct nj_err *err)
{
    const struct map_question question = {
        .scope = {.all_classes = true, .from_us = INT64_MIN, .to_us = INT64_MAX},
        .after_seq = publisher->followed_seq,
        .rows = rows,
    };
    uint64_t seq = store_committed_seq(store);

    if (seq <= publisher->followed_seq)
        return 0;
    gathered->count = 0;
    if (store_map(store, &question, gather, gathered, err) < 0)
        return -1;
    publisher->followed_seq = seq;
    return gathered->count > 0;
}

/* Visits that another process has committed. */
static int follow_visits(struct publisher *publisher, struct store *store,
                         struct gathered *gathered, struct nj_err *err)
{
    struct batch batch = {.shown = 0};
    int rc = look_for_visits(publisher, store, SHOWN_A_SECOND, gathered, err);

    if (rc <= 0)
        return rc;
    event_visits(publisher->server, &batch, gathered->visits, gathered->count,
                 gathered->visits[0].rows_total, gathered->visits[0].sessions_total);
    (void)pthread_mutex_lock(&publisher->lock);
    publisher->all_sessions += batch.sessions;
    if (batch.last_us > publisher->capture_us)
        publisher->capture_us = batch.last_us;
    (void)pthread_mutex_unlock(&publisher->lock);
    event_batch(publisher->server->ring, &batch);
    event_batch_done(&batch);
    return 0;
}

static int on_event(void *ctx, const struct stored_event *event, struct nj_err *err)
{
    struct publisher *publisher = ctx;

    (void)err;
    event_noticed(publisher->server->ring, event);
    if (event->id > publisher->followed_event)
        publisher->followed_event = event->id;
    return 0;
}

/* What the later stages have noticed since. */
static int follow_events(struct publisher *publisher, struct store *store, struct nj_err *err)
{
    const struct events_question question = {
        .after_id = publisher->followed_event,
        .from_us = INT64_MIN,
        .to_us = INT64_MAX,
        .limit = EVENTS_A_LOOK,
    };

    return store_events(store, &question, on_event, publisher, err);
}

/* What the store has got was news for nobody: it is counted. */
static int skip(struct publisher *publisher, struct store *store, struct gathered *gathered,
                struct nj_err *err)
{
    int64_t event = publisher->followed_event;
    uint64_t sessions;
    int rc;

    if (store_last_event(store, &publisher->followed_event, err) < 0)
        return -1;
    if (publisher->followed_event > event)
        ring_skip(publisher->server->ring, (uint64_t)(publisher->followed_event - event), 0);
    if (publisher->server->options.captures)
        return 0;
    rc = look_for_visits(publisher, store, 1, gathered, err);
    if (rc <= 0)
        return rc;
    sessions = gathered->visits[0].sessions_total;
    (void)pthread_mutex_lock(&publisher->lock);
    publisher->all_sessions += sessions;
    (void)pthread_mutex_unlock(&publisher->lock);
    ring_skip(publisher->server->ring, 1, sessions);
    return 0;
}

static int look(struct publisher *publisher, struct store *store, bool watched,
                struct gathered *gathered, struct nj_err *err)
{
    if (!publisher->following) {
        publisher->followed_seq = store_committed_seq(store);
        if (store_last_event(store, &publisher->followed_event, err) < 0)
            return -1;
        publisher->following = true;
        return 0;
    }
    if (!watched)
        return skip(publisher, store, gathered, err);
    if (!publisher->server->options.captures &&
        follow_visits(publisher, store, gathered, err) < 0)
        return -1;
    return follow_events(publisher, store, err);
}

static void follow(struct publisher *publisher, struct gathered *gathered)
{
    struct server *server = publisher->server;
    bool watched = is_watched(publisher, &publisher->follower_seen);
    struct store *store;
    struct nj_err err = {0};
    uint64_t version = 0;
    int rc;

    /* A connection to the catalog stays open as soon as there is one: a first one would need
     * room on the disk, and when that is full questions should still be answered. */
    (void)snapshot_version(&server->snapshot, &version);
    /* nobody has read yet, or nothing is new */
    if (!watched && (!publisher->following || version == publisher->followed_version))
        return;
    if (pool_take(server->pool, &store, &err) < 0)
        return; /* no store yet: questions say so */
    rc = look(publisher, store, watched, gathered, &err);
    pool_give(server->pool, store);
    publisher->followed_version = version;
    if (rc < 0 && !server->stopping)
        server_say(server, "stream: %s", err.msg);
}

static void *run_follower(void *arg)
{
    struct publisher *publisher = arg;
    struct gathered gathered = {.visits = calloc(SHOWN_A_SECOND, sizeof(struct map_visit))};

    while (gathered.visits != NULL && pause_ns(publisher, 1000000000))
        follow(publisher, &gathered);
    free(gathered.visits);
    return NULL;
}

/* ---- both ----------------------------------------------------------------------------------
 */

int publisher_start(struct server *server, struct publisher **ret, struct nj_err *err)
{
    struct publisher *publisher = calloc(1, sizeof(*publisher));
    pthread_condattr_t clock;

    if (publisher == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the live stream");
    publisher->server = server;
    publisher->room = SHOWN_A_SECOND;
    publisher->capture_us = INT64_MIN;
    publisher->rng = nj_rng(1, 0);
    (void)pthread_mutex_init(&publisher->lock, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&publisher->stop_cond, &clock);
    (void)pthread_condattr_destroy(&clock);
    if (pthread_create(&publisher->ticker, NULL, run_ticker, publisher) != 0) {
        free(publisher);
        return nj_fail(err, NJ_IO, "start the thread of the live stream");
    }
    if (pthread_create(&publisher->follower, NULL, run_follower, publisher) != 0) {
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
    free(publisher);
}

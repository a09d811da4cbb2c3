/* SPDX-License-Identifier: Apache-2.0 */
/* Replays of the store: each has a thread and a ring of its own. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "server/stream.h"

#define REPLAY_MESSAGES 256
#define REPLAY_BACKLOG 64 /* messages ahead of a slow reader at which a replay waits for it */
#define REPLAY_ROWS_MAX 20000
#define REPLAY_EVENTS_MAX 5000
#define REPLAY_TICK_NS 50000000
#define WINDOW_US_MIN (60 * 1000000ll)
#define WINDOW_S 4.0 /* wall seconds of a window, if that is longer */

struct replay {
    struct server *server;
    struct ring *ring;
    struct store_scope scope; /* its filter is ours */
    char *filter;
    struct filter_match *match; /* for events */
    double speed;
    unsigned show;
    atomic_int uses; /* the thread and the connection */
    atomic_bool left;
    int64_t from_us, to_us;
    struct map_visit *visits;
    size_t count, room;
    struct stored_event *events; /* noticed in the present window */
    size_t event_count;
    uint64_t sessions; /* replayed so far */
};

static void replay_drop(struct replay *replay)
{
    if (--replay->uses > 0)
        return;
    ring_free(replay->ring);
    free(replay->visits);
    free(replay->events);
    filter_match_free(replay->match);
    free(replay->filter);
    replay->server->counts.replays--;
    free(replay);
}

void replay_leave(struct replay *replay)
{
    replay->left = true;
    replay_drop(replay);
}

static int keep(void *ctx, const struct map_visit *visit, struct nj_err *err)
{
    struct replay *replay = ctx;

    if (replay->count == replay->room) {
        size_t room = replay->room == 0 ? 256 : 2 * replay->room;
        struct map_visit *visits = realloc(replay->visits, room * sizeof(*visits));

        if (visits == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for a replay");
        replay->visits = visits;
        replay->room = room;
    }
    replay->visits[replay->count++] = *visit;
    return 0;
}

static int keep_event(void *ctx, const struct stored_event *event, struct nj_err *err)
{
    struct replay *replay = ctx;

    (void)err;
    if (replay->event_count < REPLAY_EVENTS_MAX &&
        (replay->match == NULL || event_fits(replay->server, replay->match, event)))
        replay->events[replay->event_count++] = *event;
    return 0;
}

/* The visits and events of a window of capture time. */
static int load(struct replay *replay, int64_t from_us, int64_t to_us, struct nj_err *err)
{
    double wall_s = (double)(to_us - from_us + 1) / 1e6 / replay->speed;
    struct map_question question = {.scope = replay->scope};
    double rows = wall_s * replay->show;
    struct store *store;
    int rc;

    const struct events_question events = {
        .from_us = from_us, .to_us = to_us, .limit = REPLAY_EVENTS_MAX};

    question.rows = rows < 1 ? 1 : rows > REPLAY_ROWS_MAX ? REPLAY_ROWS_MAX : (uint64_t)rows;
    question.scope.from_us = from_us;
    question.scope.to_us = to_us;
    replay->count = 0;
    replay->event_count = 0;
    if (pool_take(replay->server->pool, &store, err) < 0)
        return -1;
    rc = store_map(store, &question, keep, replay, err);
    if (rc == 0)
        rc = store_events(store, &events, keep_event, replay, err);
    pool_give(replay->server->pool, store);
    return rc;
}

static bool ended(const struct replay *replay)
{
    return replay->left || replay->server->stopping;
}

/* One step of the clock. A reader that does not keep up makes it stand still.
 * @return seconds */
static double step(struct replay *replay, int64_t *last_ns)
{
    const struct timespec tick = {.tv_nsec = REPLAY_TICK_NS};
    int64_t now_ns;
    double passed;

    do {
        (void)nanosleep(&tick, NULL);
        now_ns = nj_monotonic_ns();
        passed = (double)(now_ns - *last_ns) * 1e-9;
        *last_ns = now_ns;
    } while (ring_backlog(replay->ring) > REPLAY_BACKLOG && !ended(replay));
    return passed > 0.25 ? 0.25 : passed;
}

/* Play what is loaded, up to and with `to_us`. */
static void play(struct replay *replay, int64_t from_us, int64_t to_us, struct batch *batch)
{
    uint64_t seen = replay->count == 0 ? 0 : replay->visits[0].rows_total;
    uint64_t sessions = replay->count == 0 ? 0 : replay->visits[0].sessions_total;
    uint64_t own = 0, shown = 0, told = 0;
    double clock_us = (double)from_us;
    int64_t last_ns = nj_monotonic_ns();
    double since_clock = 0;
    size_t next = 0, next_event = 0;

    for (size_t i = 0; i < replay->count; i++)
        own += replay->visits[i].sessions;
    while (!ended(replay) && (next < replay->count || clock_us < (double)to_us)) {
        double passed = step(replay, &last_ns);
        size_t begun = next;

        clock_us += passed * replay->speed * 1e6;
        if (clock_us > (double)to_us)
            clock_us = (double)to_us;
        while (next < replay->count && (double)replay->visits[next].ts_us <= clock_us) {
            uint64_t upto;

            shown += replay->visits[next].sessions;
            upto = (uint64_t)((double)sessions * ((double)shown / (double)own) + 0.5);
            event_visit(replay->server, batch, &replay->visits[next++], upto - told);
            batch->sessions += upto - told;
            told = upto;
        }
        if (next > begun)
            batch->seen += seen * next / replay->count - seen * begun / replay->count;
        replay->sessions += batch->sessions;
        event_batch(replay->ring, batch);
        while (next_event < replay->event_count &&
               (double)replay->events[next_event].at_us <= clock_us)
            event_noticed(replay->ring, &replay->events[next_event++]);
        since_clock += passed;
        if (since_clock >= 0.25 || clock_us >= (double)to_us) {
            since_clock = 0;
            event_clock(replay->ring, (int64_t)clock_us, replay->sessions);
        }
    }
}

/* From when to when: what the store holds, within what was asked for. @return 0; 1: nothing */
static int find_span(struct replay *replay, struct nj_err *err)
{
    struct map_span span;
    struct store *store;
    int rc;

    if (pool_take(replay->server->pool, &store, err) < 0)
        return -1;
    rc = store_span(store, &span, err);
    pool_give(replay->server->pool, store);
    if (rc < 0)
        return -1;
    if (replay->scope.from_us > span.first_us)
        span.first_us = replay->scope.from_us;
    if (replay->scope.to_us < span.last_us)
        span.last_us = replay->scope.to_us;
    replay->from_us = span.first_us;
    replay->to_us = span.last_us;
    return span.first_us > span.last_us;
}

static int replay_all(struct replay *replay, struct nj_err *err)
{
    int64_t window_us = (int64_t)(WINDOW_S * replay->speed * 1e6);
    struct batch batch = {.shown = 0};
    int rc = find_span(replay, err);

    if (window_us < WINDOW_US_MIN)
        window_us = WINDOW_US_MIN;
    for (int64_t at = replay->from_us; rc == 0 && at <= replay->to_us && !ended(replay);
         at += window_us) {
        int64_t last = at + window_us - 1 < replay->to_us ? at + window_us - 1 : replay->to_us;

        rc = load(replay, at, last, err);
        if (rc == 0)
            play(replay, at, last, &batch);
    }
    event_batch_done(&batch);
    return rc;
}

static void *run_replay(void *arg)
{
    struct replay *replay = arg;
    struct server *server = replay->server;
    struct text text = {0};
    struct nj_err err = {0};

    if (replay_all(replay, &err) < 0 && !ended(replay)) {
        text_add_z(&text, "{\"error\":");
        text_json(&text, err.msg, strlen(err.msg));
        text_add_z(&text, "}");
        if (!text.no_memory)
            (void)ring_add(replay->ring, "problem", text.bytes, text.length, 0);
        text_done(&text);
    } else if (!ended(replay)) {
        (void)ring_add(replay->ring, "end", "{}", 2, 0);
    }
    ring_end(replay->ring);
    replay_drop(replay);
    server->replay_threads--;
    return NULL;
}

/* @param match  taken, whatever comes back */
static struct replay *replay_new(struct server *server, const struct query *query,
                                 struct filter_match *match)
{
    struct replay *replay = calloc(1, sizeof(*replay));

    if (replay == NULL) {
        filter_match_free(match);
        return NULL;
    }
    replay->server = server;
    replay->match = match;
    replay->uses = 1;
    replay->speed = query->speed;
    replay->show = query->show == 0 ? 1 : query->show;
    replay->scope = query_scope(query);
    replay->scope.all_classes = true;
    replay->scope.filter = NULL;
    if (query->filter != NULL) {
        replay->filter = strdup(query->filter);
        replay->scope.filter = replay->filter;
    }
    replay->ring = ring_new(REPLAY_MESSAGES, 4u << 20, 0, stream_wake);
    replay->events = calloc(REPLAY_EVENTS_MAX, sizeof(*replay->events));
    if (replay->ring == NULL || replay->events == NULL ||
        (query->filter != NULL && replay->filter == NULL)) {
        ring_free(replay->ring);
        free(replay->events);
        filter_match_free(match);
        free(replay->filter);
        free(replay);
        return NULL;
    }
    return replay;
}

/* NULL: there is none. */
static int read_filter(const struct query *query, struct filter_match **ret_match,
                       struct nj_err *err)
{
    size_t count;
    const struct filter_field *fields = store_filter_fields(&count);

    *ret_match = NULL;
    return query->filter == NULL
               ? 0
               : filter_match_new(query->filter, fields, count, ret_match, err);
}

enum MHD_Result replay_answer(struct server *server, struct MHD_Connection *connection,
                              const struct query *query)
{
    struct stream *stream = NULL;
    struct replay *replay = NULL;
    struct filter_match *match;
    struct nj_err err;
    pthread_attr_t detached;
    enum MHD_Result rc;
    pthread_t thread;

    if (read_filter(query, &match, &err) < 0)
        return stream_refuse(connection, &err);
    if (server->stopping || ++server->counts.replays > REPLAYS_MAX) {
        server->counts.replays--;
        filter_match_free(match);
        return http_error(connection, 503, "too many replays are open");
    }
    replay = replay_new(server, query, match);
    stream = stream_new(server, connection);
    if (replay == NULL || stream == NULL) {
        if (replay == NULL)
            server->counts.replays--;
        else
            replay_drop(replay);
        free(stream);
        return MHD_NO;
    }
    stream->ring = replay->ring;
    stream->replay = replay;
    replay->uses++; /* the thread's */
    rc = stream_begin(stream, NULL);
    (void)pthread_attr_init(&detached);
    (void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    server->replay_threads++;
    if (rc != MHD_YES || pthread_create(&thread, &detached, run_replay, replay) != 0) {
        ring_end(replay->ring);
        replay_drop(replay);
        server->replay_threads--;
    }
    (void)pthread_attr_destroy(&detached);
    return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What others have committed to the store becomes messages. A filter is a question to the
 * store, so that what it leaves out is never read. */
#include <stdlib.h>
#include <string.h>

#include "server/publish.h"

#define EVENTS_A_LOOK 1000

struct gathered {
    struct map_visit *visits;
    size_t count;
};

/* One stream and what it is looked for. */
struct look {
    struct publisher *publisher;
    struct store *store;
    struct channel *channel;
    struct gathered *gathered;
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
static int look_for_visits(const struct look *look, uint64_t rows, struct nj_err *err)
{
    const struct map_question question = {
        .scope = {.all_classes = true,
                  .from_us = INT64_MIN,
                  .to_us = INT64_MAX,
                  .filter = look->channel->filter},
        .after_seq = look->channel->followed.seq,
        .rows = rows,
    };
    uint64_t seq = store_committed_seq(look->store);

    if (seq <= look->channel->followed.seq)
        return 0;
    look->gathered->count = 0;
    if (store_map(look->store, &question, gather, look->gathered, err) < 0)
        return -1;
    look->channel->followed.seq = seq;
    return look->gathered->count > 0;
}

/* Visits that another process has committed. */
static int follow_visits(const struct look *look, size_t shown, struct nj_err *err)
{
    struct publisher *publisher = look->publisher;
    struct channel *channel = look->channel;
    const struct map_visit *visits = look->gathered->visits;
    struct batch batch = {.shown = 0};
    int rc = look_for_visits(look, shown, err);

    if (rc <= 0)
        return rc;
    event_visits(publisher->server, &batch, visits, look->gathered->count, visits[0].rows_total,
                 visits[0].sessions_total);
    channel->sessions += batch.sessions;
    (void)pthread_mutex_lock(&publisher->lock);
    if (batch.last_us > publisher->capture_us)
        publisher->capture_us = batch.last_us;
    (void)pthread_mutex_unlock(&publisher->lock);
    event_batch(channel->ring, &batch);
    event_batch_done(&batch);
    return 0;
}

static int on_event(void *ctx, const struct stored_event *event, struct nj_err *err)
{
    const struct look *look = ctx;
    struct channel *channel = look->channel;

    (void)err;
    if (event->id > channel->followed.event)
        channel->followed.event = event->id;
    if (channel->match == NULL || event_fits(look->publisher->server, channel->match, event))
        event_noticed(channel->ring, event);
    return 0;
}

/* What the later stages have noticed since. */
static int follow_events(struct look *look, struct nj_err *err)
{
    const struct events_question question = {
        .after_id = look->channel->followed.event,
        .from_us = INT64_MIN,
        .to_us = INT64_MAX,
        .limit = EVENTS_A_LOOK,
    };

    return store_events(look->store, &question, on_event, look, err);
}

/* What the store has got was news for nobody: it is counted. */
static int skip(const struct look *look, struct nj_err *err)
{
    struct channel *channel = look->channel;
    int64_t event = channel->followed.event;
    uint64_t sessions;
    int rc;

    if (store_last_event(look->store, &channel->followed.event, err) < 0)
        return -1;
    if (channel->followed.event > event)
        ring_skip(channel->ring, (uint64_t)(channel->followed.event - event), 0);
    if (look->publisher->server->options.captures)
        return 0;
    rc = look_for_visits(look, 1, err);
    if (rc <= 0)
        return rc;
    sessions = look->gathered->visits[0].sessions_total;
    channel->sessions += sessions;
    ring_skip(channel->ring, 1, sessions);
    return 0;
}

static int look_at(struct look *look, bool watched, size_t shown, struct nj_err *err)
{
    struct channel *channel = look->channel;

    if (!channel->followed.begun) {
        channel->followed.seq = store_committed_seq(look->store);
        if (store_last_event(look->store, &channel->followed.event, err) < 0)
            return -1;
        channel->followed.begun = true;
        return 0;
    }
    if (!watched)
        return skip(look, err);
    if (!look->publisher->server->options.captures && follow_visits(look, shown, err) < 0)
        return -1;
    return follow_events(look, err);
}

/* A filter whose question failed (it took too long) goes on behind what it asked for: others
 * wait, and the next question would be longer still. Its readers are told. */
static void give_up(const struct look *look, const struct nj_err *why)
{
    struct channel *channel = look->channel;
    struct text text = {0};

    channel->followed.seq = store_committed_seq(look->store);
    text_add_z(&text, "{\"error\":");
    text_json(&text, why->msg, strlen(why->msg));
    text_add_z(&text, "}");
    if (!text.no_memory)
        (void)ring_add(channel->ring, "problem", text.bytes, text.length, 0);
    text_done(&text);
}

static void look_all(struct publisher *publisher, struct store *store,
                     struct channel **channels, size_t count, bool watched,
                     struct gathered *gathered)
{
    struct server *server = publisher->server;
    size_t share = publisher_share(count - 1);

    for (size_t i = 0; i < count && !server->stopping; i++) {
        struct look look = {.publisher = publisher,
                            .store = store,
                            .channel = channels[i],
                            .gathered = gathered};
        bool filtered = channels[i]->filter != NULL;
        struct nj_err err = {0};

        if (look_at(&look, filtered || watched, filtered ? share : SHOWN_A_SECOND, &err) == 0 ||
            server->stopping)
            continue;
        if (filtered)
            give_up(&look, &err);
        else
            server_say(server, "stream: %s", err.msg);
    }
}

static void follow(struct publisher *publisher, struct gathered *gathered)
{
    struct server *server = publisher->server;
    bool watched = publisher_is_watched(publisher, &publisher->follower_seen);
    struct channel *channels[CHANNELS_MAX];
    struct store *store;
    struct nj_err err = {0};
    uint64_t version = 0;
    size_t count;

    /* A connection to the catalog stays open as soon as there is one: a first one would need
     * room on the disk, and when that is full questions should still be answered. */
    (void)snapshot_version(&server->snapshot, &version);
    count = channels_take(server->channels, channels);
    /* somebody reads, or what is new is counted for who comes again; no store yet: questions
     * say so */
    if ((watched || count > 1 ||
         (publisher->everything->followed.begun && version != publisher->followed_version)) &&
        pool_take(server->pool, &store, &err) == 0) {
        look_all(publisher, store, channels, count, watched, gathered);
        pool_give(server->pool, store);
        publisher->followed_version = version;
    }
    channels_give(server->channels, channels, count);
}

void *publisher_follow(void *arg)
{
    struct publisher *publisher = arg;
    struct gathered gathered = {.visits = calloc(SHOWN_A_SECOND, sizeof(struct map_visit))};

    while (gathered.visits != NULL && publisher_pause(publisher, 1000000000))
        follow(publisher, &gathered);
    free(gathered.visits);
    return NULL;
}

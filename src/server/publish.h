/* SPDX-License-Identifier: Apache-2.0 */
/* What the live streams say. Two threads: one gathers visits that capture hands on into a
 * message every 50 ms (publish.c); one looks into the store each second for what others have
 * committed (follow.c). Neither does anything for nobody: half a minute after the last reader
 * has left (it may come again) visits are only counted, so that who comes again later is told
 * how many it has missed. */
#ifndef NJ_SERVER_PUBLISH_H
#define NJ_SERVER_PUBLISH_H

#include "server/backlog.h"
#include "server/channel.h"

struct publisher {
    struct server *server;
    pthread_t ticker, follower;
    pthread_mutex_t lock;
    pthread_cond_t stop_cond;
    bool stopping;

    /* of visits handed on since the last message; under the lock */
    struct channel *everything;
    struct backlog waiting; /* for filters */
    int64_t capture_us;     /* time of the newest */

    struct map_visit taken[SHOWN_A_SECOND]; /* the ticker's own */
    struct backlog judged;
    int64_t ticker_seen,
        follower_seen;         /* when each last saw a reader of everything, 0: never */
    uint64_t followed_version; /* of the store when the follower last looked */
};

/** Wait. @return false when the service ends */
bool publisher_pause(struct publisher *publisher, int64_t ns);

/** Whether messages of everything are for anybody: who has left may come again.
 * @param seen_ns  when the calling thread last saw a reader */
bool publisher_is_watched(struct publisher *publisher, int64_t *seen_ns);

/** How many visits of each filter may be shown in a second. */
size_t publisher_share(size_t filters);

/** The thread that follows the store. @param arg  the publisher */
void *publisher_follow(void *arg);

#endif

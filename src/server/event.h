/* SPDX-License-Identifier: Apache-2.0 */
/* What streams say, as JSON: one code for the live stream and its replay. */
#ifndef NJ_SERVER_EVENT_H
#define NJ_SERVER_EVENT_H

#include "server/internal.h"
#include "store/events.h"
#include "store/live.h"

/* Visits gathered for one message: what is shown stands for all that were there. */
struct batch {
    struct text rows;
    uint64_t shown, shown_sessions; /* in `rows` */
    uint64_t seen, sessions;        /* that they stand for */
    uint64_t unjudged; /* sessions that there was no time to hold against the filter */
    int64_t first_us, last_us;
};

/** Add a visit that is shown. @param stands_for  sessions, its own and those left out */
void event_visit(struct server *server, struct batch *batch, const struct map_visit *visit,
                 uint64_t stands_for);

/** A sample of visits that stands for all that were there: `seen` of them, with `sessions`.
 * What each stands for adds up to that exactly. */
void event_visits(struct server *server, struct batch *batch, const struct map_visit *visits,
                  size_t count, uint64_t seen, uint64_t sessions);

/** Send it as "visits" and empty it; nothing if it is empty. */
void event_batch(struct ring *ring, struct batch *batch);
void event_batch_done(struct batch *batch);

/** Whether what was noticed may be about visits that fit a filter: by the addresses that it is
 * about, their countries and networks, and the time of the packet. What a filter says of
 * anything else leaves none out. */
bool event_fits(struct server *server, const struct filter_match *match,
                const struct stored_event *event);

/** Something was noticed: "event", with the fields of /api/v1/events. */
void event_noticed(struct ring *ring, const struct stored_event *event);

/** "clock": capture time, and how many sessions were seen up to it. @param time_us  INT64_MIN:
 * not known */
void event_clock(struct ring *ring, int64_t time_us, uint64_t sessions);

#endif

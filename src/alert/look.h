/* SPDX-License-Identifier: Apache-2.0 */
/* Hold the rules against what happened and put what is to be told into the outbox. Each event
 * is told once by a rule, whatever is killed, started again or recomputed: the key of an event
 * is made of what it is, and what was told, how far was looked and the messages themselves
 * change in one transaction. */
#ifndef NJ_ALERT_LOOK_H
#define NJ_ALERT_LOOK_H

#include "alert/rules.h"
#include "base/span.h"
#include "outbox/box.h"
#include "store/alerts.h"

/* Events that are noticed for a time so long before the newest one are still told: late rows
 * may change the past. */
#define ALERT_LATE_US (24 * HOUR_US)

struct alert_look {
    const struct alerts *alerts;
    const char *host;
    int64_t now_us; /* the clock, for messages and for silence */
    bool live;      /* data are expected to come all the time: silence counts by the clock */
};

struct alert_counts {
    uint64_t told, held; /* held: back, over "at most" or "once" */
};

/** When nothing was ever looked at: begin with what happens from now on. With an empty store
 * everything is to come. @return 0; -1 */
int alert_begin(struct store *store, struct box *box, struct nj_err *err);

/** Look at what happened since the last time. @return 0; -1: nothing was told and no position
 * moved */
int alert_look(struct store *store, struct box *box, const struct alert_look *look,
               struct alert_counts *ret, struct nj_err *err);

/** What would have been told in a period, as rows (time, rule, told, event, source, other,
 * level, text, why). Nothing is changed. */
int alert_test(struct store *store, const struct alert_look *look, int64_t from_us,
               int64_t to_us, const struct row_sink *sink, struct nj_err *err);

#endif

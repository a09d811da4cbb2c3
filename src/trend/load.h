/* SPDX-License-Identifier: Apache-2.0 */
/* Weekly counts out of a store into a history. */
#ifndef NJ_TREND_LOAD_H
#define NJ_TREND_LOAD_H

#include "store/weeks.h"
#include "trend/history.h"

/* A day that the store holds something of. */
struct captured_day {
    int32_t day;    /* since 1970 */
    uint32_t hours; /* with any session */
};

struct captured_days {
    struct captured_day *items; /* by time */
    size_t count, room;
};

/** One week that the store holds something of. */
struct captured_week {
    int32_t monday;
    uint32_t hours;
    unsigned weekdays; /* bit 0: Monday */
};

struct captured_weeks {
    struct captured_week *items; /* by time */
    size_t count, room;
};

/** The days of the question's time. @param ret  to be released with free(ret->items) */
int load_days(struct store *store, const struct weeks_question *question,
              struct captured_days *ret, struct nj_err *err);

/** The weeks of these days, of which only some weekdays count. @param ret  to be released with
 * free(ret->items) */
int weeks_of(const struct captured_days *days, unsigned weekdays, struct captured_weeks *ret,
             struct nj_err *err);

/** All weeks of the question's scope, each cut to the question's weekdays. @param ret  to be
 * released with history_done, also after a failure */
int load_history(struct store *store, const struct weeks_question *question,
                 const struct captured_days *days, struct history *ret, struct nj_err *err);

#endif

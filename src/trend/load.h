/* SPDX-License-Identifier: Apache-2.0 */
/* Weekly counts out of a store into a history. */
#ifndef NJ_TREND_LOAD_H
#define NJ_TREND_LOAD_H

#include "store/weeks.h"
#include "trend/history.h"

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

int load_weeks(struct store *store, const struct weeks_question *question,
               struct captured_weeks *ret, struct nj_err *err);
void captured_weeks_done(struct captured_weeks *weeks);

/** All weeks of the question's scope, each cut to the question's weekdays. @param ret  to be
 * released with history_done, also after a failure */
int load_history(struct store *store, const struct weeks_question *question,
                 struct history *ret, struct nj_err *err);

#endif

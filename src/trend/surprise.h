/* SPDX-License-Identifier: Apache-2.0 */
/* How surprising is this week's count of a port, given the weeks before? A negative binomial
 * test against a trimmed baseline. Pure. */
#ifndef NJ_TREND_SURPRISE_H
#define NJ_TREND_SURPRISE_H

#include "trend/history.h"

#define SURPRISE_BANDS 24 /* of mean counts, by powers of two */

/* Weeks of one group that `week` is compared with, and how much counts of a size scatter. */
struct surprise_model {
    const struct history *history;
    uint32_t group, week;
    uint32_t baseline[HISTORY_BASELINE]; /* weeks, by time */
    uint32_t baseline_count;
    double scatter[SURPRISE_BANDS]; /* 1/k, pooled over cells of a size */
    double level; /* how much more the group's middle port has than expected; at least 1 */
};

struct surprise {
    double count;
    double mean;     /* expected, scaled to this week's exposure and raised to its level */
    double ratio;    /* (count + 1/2) / (mean + 1/2) */
    double p;        /* of so many or more; NAN: too little to test */
    bool no_history; /* not once in the baseline */
};

/** A week under this many captured hours is no baseline, and is not tested. */
#define SURPRISE_HOURS_MIN 24u
/** Observed and expected together below this are not tested. */
#define SURPRISE_COUNT_MIN 5.0

/** baseline_count is 0 if nothing can be tested. Cost: one pass over the group's cells. */
void surprise_model_init(struct surprise_model *model, const struct history *history,
                         uint32_t group, uint32_t week);

/** Test the series' count in the model's week; a series without that week counts as 0. */
struct surprise surprise_test(const struct surprise_model *model, struct history_series series);

#endif

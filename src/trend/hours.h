/* SPDX-License-Identifier: Apache-2.0 */
/* Sources that begin with a port, hour by hour: what bursts are found in. */
#ifndef NJ_TREND_HOURS_H
#define NJ_TREND_HOURS_H

#include "store/weeks.h"
#include "trend/history.h"

struct hour_cell {
    uint32_t group;
    struct history_port port;
    int32_t hour; /* since 1970 */
    uint32_t count;
};

struct hours {
    struct hour_cell *items; /* by group, port, hour once sorted */
    size_t count, room;
};

/** Load those of the question's scope for some ports (proto << 16 | port).
 * @param ret  to be released with hours_done, also after a failure */
int hours_load(struct store *store, const struct weeks_question *question,
               const struct history *history, const uint32_t *ports, size_t port_count,
               struct hours *ret, struct nj_err *err);
void hours_done(struct hours *hours);

/** Add one; hours_sort is to be called after the last. */
int hours_add(struct hours *hours, const struct hour_cell *cell, struct nj_err *err);
void hours_sort(struct hours *hours);

/** The counts of `length` hours from `first` on, zeros where there is none. */
void hours_read(const struct hours *hours, uint32_t group, struct history_port port,
                int32_t first, size_t length, double *ret_counts);

#endif

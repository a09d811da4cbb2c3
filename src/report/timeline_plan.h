/* SPDX-License-Identifier: Apache-2.0 */
/* What the two pictures of a timeline share: which ports have rows, and the bounds of all. For
 * timeline_svg.c and timeline_text.c. */
#ifndef NJ_REPORT_TIMELINE_PLAN_H
#define NJ_REPORT_TIMELINE_PLAN_H

#include "report/timeline.h"

#include "base/span.h"

struct plan_row {
    uint16_t port;
    uint8_t proto;
    uint64_t sessions;
};

/* The time of all cells; of addresses with a lane the leading ports by number, and bounds. */
struct plan {
    uint32_t lane[TIMELINE_SOURCES]; /* of each address, in their order; PLAN_NO_LANE */
    uint32_t lanes;
    struct plan_row rows[TIMELINE_ROWS];
    size_t count, others; /* ports that share the last row */
    int64_t from_us, to_us;
    uint64_t most; /* sessions of a cell */
    double sport_low, sport_high;
};

#define PLAN_NO_LANE UINT32_MAX

/** @param lanes  addresses whose ports have room: those with the most sessions
 * @return false when out of memory */
bool plan_make(const struct timeline *timeline, uint32_t lanes, struct plan *ret_plan);

/** The row of a cell; the one behind the last for the others. */
size_t plan_row(const struct plan *plan, const struct timeline_cell *cell);

/** What stands beside a row: "23 tcp", "type 8 icmp", "7 others". */
void plan_row_name(const struct plan *plan, size_t row, char ret_text[48]);

/** How long a period is, in microseconds; of a month, 30 days. */
int64_t plan_period_us(enum period by);

/** "2014-09-23", with hours "2014-09-23 10:00"; "" for an instant beyond the calendar. */
void plan_stamp(int64_t us, bool hours, char ret_text[32]);

#endif

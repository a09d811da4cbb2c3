/* SPDX-License-Identifier: Apache-2.0 */
#include "report/timeline_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/span.h"
#include "base/text.h"

int64_t plan_period_us(enum period by)
{
    switch (by) {
    case PERIOD_HOUR:
        return HOUR_US;
    case PERIOD_WEEK:
        return 7ll * DAY_S * 1000000;
    case PERIOD_MONTH:
        return 30ll * DAY_S * 1000000;
    default:
        return (int64_t)DAY_S * 1000000;
    }
}

static int by_sessions(const void *a, const void *b)
{
    const struct plan_row *x = a, *y = b;

    if (x->sessions != y->sessions)
        return x->sessions > y->sessions ? -1 : 1;
    if (x->port != y->port)
        return x->port < y->port ? -1 : 1;
    return x->proto < y->proto ? -1 : x->proto > y->proto;
}

static int by_number(const void *a, const void *b)
{
    const struct plan_row *x = a, *y = b;

    return x->port != y->port ? (x->port < y->port ? -1 : 1) : x->proto - y->proto;
}

/* Those with the most sessions have a lane, the earlier of two that have as many. */
static void share_lanes(const struct timeline *timeline, uint32_t lanes, struct plan *plan)
{
    uint64_t sessions[TIMELINE_SOURCES] = {0};

    for (size_t i = 0; i < timeline->count; i++)
        sessions[timeline->cells[i].source] += timeline->cells[i].sessions;
    for (size_t i = 0; i < timeline->source_count; i++) {
        size_t before = 0;

        for (size_t k = 0; k < timeline->source_count; k++)
            before += sessions[k] > sessions[i] || (sessions[k] == sessions[i] && k < i);
        plan->lane[i] = before < lanes ? plan->lanes++ : PLAN_NO_LANE;
    }
}

bool plan_make(const struct timeline *timeline, uint32_t lanes, struct plan *ret_plan)
{
    struct plan_row *rows = calloc(timeline->count + 1, sizeof(*rows));
    size_t cells = 0, count = 0;

    *ret_plan = (struct plan){.sport_low = 65535};
    if (rows == NULL)
        return false;
    share_lanes(timeline, lanes, ret_plan);
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_cell *cell = &timeline->cells[i];
        int64_t end = cell->start_us + plan_period_us(timeline->by);

        if (i == 0 || cell->start_us < ret_plan->from_us)
            ret_plan->from_us = cell->start_us;
        if (i == 0 || end > ret_plan->to_us)
            ret_plan->to_us = end;
        if (ret_plan->lane[cell->source] == PLAN_NO_LANE)
            continue;
        rows[cells++] = (struct plan_row){
            .port = cell->port, .proto = cell->proto, .sessions = cell->sessions};
        if (cell->sessions > ret_plan->most)
            ret_plan->most = cell->sessions;
        if (cell->sport_min < ret_plan->sport_low)
            ret_plan->sport_low = cell->sport_min;
        if (cell->sport_max > ret_plan->sport_high)
            ret_plan->sport_high = cell->sport_max;
    }
    qsort(rows, cells, sizeof(*rows), by_number);
    for (size_t i = 0; i < cells; i++) {
        if (count > 0 && by_number(&rows[count - 1], &rows[i]) == 0)
            rows[count - 1].sessions += rows[i].sessions;
        else
            rows[count++] = rows[i];
    }
    qsort(rows, count, sizeof(*rows), by_sessions);
    ret_plan->count = count < TIMELINE_ROWS ? count : TIMELINE_ROWS;
    ret_plan->others = count - ret_plan->count;
    memcpy(ret_plan->rows, rows, ret_plan->count * sizeof(*rows));
    qsort(ret_plan->rows, ret_plan->count, sizeof(*rows), by_number);
    free(rows);
    return true;
}

size_t plan_row(const struct plan *plan, const struct timeline_cell *cell)
{
    size_t row = 0;

    while (row < plan->count &&
           (plan->rows[row].port != cell->port || plan->rows[row].proto != cell->proto))
        row++;
    return row;
}

void plan_row_name(const struct plan *plan, size_t row, char ret_text[48])
{
    const struct plan_row *at = &plan->rows[row];

    if (row == plan->count)
        (void)snprintf(ret_text, 48, "%s others", TEXT_COUNT(plan->others));
    else if (at->proto == 1 || at->proto == 58)
        (void)snprintf(ret_text, 48, "type %u icmp", at->port >> 8);
    else
        (void)snprintf(ret_text, 48, "%u %s", at->port, at->proto == 17 ? "udp" : "tcp");
}

void plan_stamp(int64_t us, bool hours, char ret_text[32])
{
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;

    ret_text[0] = '\0';
    if (gmtime_r(&seconds, &tm) == NULL)
        return;
    if (hours)
        (void)strftime(ret_text, 32, "%Y-%m-%d %H:%M", &tm);
    else
        (void)strftime(ret_text, 32, "%Y-%m-%d", &tm);
}

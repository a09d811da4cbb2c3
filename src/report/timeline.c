/* SPDX-License-Identifier: Apache-2.0 */
/* What a timeline shows, from the store. */
#include "report/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/span.h"

/* The start of "2014-W38", "2014-09", "2014-09-23", "2014-09-23T10:00:00Z". */
static bool period_start_of(const char *text, enum period by, int64_t *ret_us)
{
    int year = 0, rest = 0, day = 1, hour = 0;
    struct tm tm = {0};
    time_t seconds;

    if (by == PERIOD_WEEK) {
        if (sscanf(text, "%4d-W%2d", &year, &rest) != 2)
            return false;
        tm = (struct tm){.tm_year = year - 1900, .tm_mday = 4}; /* always in week 1 */
        seconds = timegm(&tm);
        seconds -= (seconds / DAY_S + 3) % 7 * DAY_S;
        *ret_us = ((int64_t)seconds + (int64_t)(rest - 1) * 7 * DAY_S) * 1000000;
        return true;
    }
    if (sscanf(text, "%4d-%2d-%2dT%2d", &year, &rest, &day, &hour) < 2)
        return false;
    tm = (struct tm){
        .tm_year = year - 1900, .tm_mon = rest - 1, .tm_mday = day, .tm_hour = hour};
    *ret_us = (int64_t)timegm(&tm) * 1000000;
    return true;
}

static uint64_t number(const struct cell *cell)
{
    if (cell->kind == CELL_UINT)
        return cell->unsigned_number;
    return cell->kind == CELL_INT && cell->number > 0 ? (uint64_t)cell->number : 0;
}

/* Columns of store_timeline: period, source, port, proto, sessions, packets, sport_min,
 * sport_max, sport_bands. */
static int take(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct timeline *timeline = ctx;
    struct timeline_cell cell = {.port = (uint16_t)number(&cells[2]),
                                 .proto = proto_number(cells[3].text, cells[3].length),
                                 .sessions = number(&cells[4]),
                                 .sport_min = (uint16_t)number(&cells[6]),
                                 .sport_max = (uint16_t)number(&cells[7])};
    char period[32];

    (void)count;
    if (cell.sessions == 0) /* packets of sessions of the period before */
        return 0;
    (void)snprintf(period, sizeof(period), "%.*s", (int)cells[0].length, cells[0].text);
    if (!period_start_of(period, timeline->by, &cell.start_us))
        return nj_fail(err, NJ_STORE, "the store names a period \"%s\"", period);
    while (cell.source < timeline->source_count &&
           !addr_equal(timeline->sources[cell.source], cells[1].address))
        cell.source++;
    if (cell.source == timeline->source_count)
        return 0;
    if (timeline->count == timeline->room) {
        size_t room = timeline->room == 0 ? 256 : 2 * timeline->room;
        struct timeline_cell *bigger = reallocarray(timeline->cells, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for a timeline");
        timeline->cells = bigger;
        timeline->room = room;
    }
    timeline->cells[timeline->count++] = cell;
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct timeline_cell *x = a, *y = b;

    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->start_us != y->start_us)
        return x->start_us < y->start_us ? -1 : 1;
    if (x->port != y->port)
        return x->port < y->port ? -1 : 1;
    return x->proto < y->proto ? -1 : x->proto > y->proto;
}

int timeline_load(struct store *store, const struct addr *sources, size_t count,
                  const struct store_scope *scope, enum period by, struct timeline *ret,
                  struct nj_err *err)
{
    const struct row_sink sink = {.row = take, .ctx = ret};

    *ret = (struct timeline){.by = by};
    if (count > TIMELINE_SOURCES)
        return nj_fail(err, NJ_LIMIT, "%zu addresses, a picture holds %u", count,
                       TIMELINE_SOURCES);
    for (size_t i = 0; i < count; i++) { /* each once */
        size_t k = 0;

        while (k < ret->source_count && !addr_equal(ret->sources[k], sources[i]))
            k++;
        if (k == ret->source_count)
            ret->sources[ret->source_count++] = sources[i];
    }
    if (store_timeline(store, ret->sources, ret->source_count, scope, by, &sink, err) < 0)
        return -1;
    if (ret->count > 0)
        qsort(ret->cells, ret->count, sizeof(*ret->cells), by_place);
    return 0;
}

void timeline_done(struct timeline *timeline)
{
    free(timeline->cells);
    *timeline = (struct timeline){0};
}

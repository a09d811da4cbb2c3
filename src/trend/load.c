/* SPDX-License-Identifier: Apache-2.0 */
#include "trend/load.h"

#include <stdlib.h>
#include <string.h>

/* Numbers come as signed or unsigned columns. */
static uint64_t number(const struct cell *cell)
{
    if (cell->kind == CELL_UINT)
        return cell->unsigned_number;
    return cell->number > 0 ? (uint64_t)cell->number : 0;
}

/* A short text, NUL-terminated. */
static void country_of(const struct cell *cell, char ret[4])
{
    (void)snprintf(ret, 4, "%.*s", (int)(cell->length < 3 ? cell->length : 3), cell->text);
}

static int take_day(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct captured_days *days = ctx;

    (void)count;
    if (days->count == days->room) {
        size_t room = days->room == 0 ? 64 : 2 * days->room;
        struct captured_day *bigger = reallocarray(days->items, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu days", room);
        days->items = bigger;
        days->room = room;
    }
    days->items[days->count++] = (struct captured_day){.day = (int32_t)cells[0].number,
                                                       .hours = (uint32_t)number(&cells[1])};
    return 0;
}

int load_days(struct store *store, const struct weeks_question *question,
              struct captured_days *ret, struct nj_err *err)
{
    const struct row_sink sink = {.row = take_day, .ctx = ret};

    *ret = (struct captured_days){0};
    return store_days(store, question, &sink, err);
}

int weeks_of(const struct captured_days *days, unsigned weekdays, struct captured_weeks *ret,
             struct nj_err *err)
{
    *ret = (struct captured_weeks){.items = calloc(days->count + 1, sizeof(*ret->items))};
    if (ret->items == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %zu days", days->count);
    for (size_t i = 0; i < days->count; i++) {
        /* 1970-01-01 was a Thursday */
        int32_t weekday = ((days->items[i].day + 3) % 7 + 7) % 7;
        int32_t monday = days->items[i].day - weekday;
        struct captured_week *week;

        if ((weekdays >> weekday & 1) == 0)
            continue;
        if (ret->count == 0 || ret->items[ret->count - 1].monday != monday)
            ret->items[ret->count++] = (struct captured_week){.monday = monday};
        week = &ret->items[ret->count - 1];
        week->hours += days->items[i].hours;
        week->weekdays |= 1u << weekday;
    }
    return 0;
}

static int take_cell(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct history *history = ctx;
    struct history_cell cell = {
        .week = (uint32_t)history_find_week(history, (int32_t)cells[0].number),
        .port = {.proto = (uint8_t)number(&cells[2]), .port = (uint16_t)number(&cells[3])},
        .count = number(&cells[4]),
        .sources = number(&cells[5]),
        .networks = number(&cells[6]),
        .sessions = number(&cells[7]),
        .actors = number(&cells[8]),
    };
    char country[4];

    (void)count;
    if (cell.week == history->week_count)
        return 0; /* rows at the edge of an instant that names part of a day */
    country_of(&cells[1], country);
    if (history_group(history, country, &cell.group, err) < 0)
        return -1;
    return history_add_cell(history, &cell, err);
}

/* Totals wait until all groups are known. */
struct total_row {
    char country[4];
    uint32_t week;
    struct history_total total;
};

struct total_rows {
    struct history *history;
    struct total_row *items;
    size_t count, room;
};

static int take_total(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct total_rows *rows = ctx;
    size_t week = history_find_week(rows->history, (int32_t)cells[0].number);
    struct total_row row = {.week = (uint32_t)week,
                            .total = {.count = number(&cells[2]),
                                      .sources = number(&cells[3]),
                                      .sweepers = number(&cells[4]),
                                      .sessions = number(&cells[5])}};
    uint32_t group;

    (void)count;
    country_of(&cells[1], row.country);
    /* groups get their numbers here, in order; sweepers alone have no cell, and make none */
    if (week == rows->history->week_count || row.total.sources == row.total.sweepers)
        return 0;
    if (history_group(rows->history, row.country, &group, err) < 0)
        return -1;
    if (rows->count == rows->room) {
        size_t room = rows->room == 0 ? 256 : 2 * rows->room;
        struct total_row *bigger = reallocarray(rows->items, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for the sums of a history");
        rows->items = bigger;
        rows->room = room;
    }
    rows->items[rows->count++] = row;
    return 0;
}

static int set_totals(struct history *history, const struct total_rows *rows,
                      struct nj_err *err)
{
    for (size_t i = 0; i < rows->count; i++) {
        uint32_t group;

        if (!history_find_group(history, rows->items[i].country, strlen(rows->items[i].country),
                                &group))
            continue;
        if (history_set_total(history, group, rows->items[i].week, &rows->items[i].total, err) <
            0)
            return -1;
    }
    return 0;
}

int load_history(struct store *store, const struct weeks_question *question,
                 const struct captured_days *days, struct history *ret, struct nj_err *err)
{
    struct total_rows rows = {.history = ret};
    const struct row_sink cells = {.row = take_cell, .ctx = ret};
    const struct row_sink totals = {.row = take_total, .ctx = &rows};
    struct captured_weeks weeks = {0};
    int rc = -1;

    if (history_init(ret, err) < 0 || weeks_of(days, question->weekdays, &weeks, err) < 0)
        goto out;
    for (size_t i = 0; i < weeks.count; i++)
        if (history_add_week(ret, weeks.items[i].monday, weeks.items[i].hours, err) < 0)
            goto out;
    if (store_week_counts(store, question, &totals, &cells, err) < 0 ||
        set_totals(ret, &rows, err) < 0)
        goto out;
    history_sort(ret);
    rc = 0;
out:
    free(rows.items);
    free(weeks.items);
    return rc;
}

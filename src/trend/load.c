/* SPDX-License-Identifier: Apache-2.0 */
#include "trend/load.h"

#include <stdlib.h>

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

static int take_week(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct captured_weeks *weeks = ctx;

    (void)count;
    if (weeks->count == weeks->room) {
        size_t room = weeks->room == 0 ? 64 : 2 * weeks->room;
        struct captured_week *bigger = reallocarray(weeks->items, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu weeks", room);
        weeks->items = bigger;
        weeks->room = room;
    }
    weeks->items[weeks->count++] =
        (struct captured_week){.monday = (int32_t)cells[0].number,
                               .hours = (uint32_t)number(&cells[1]),
                               .weekdays = (unsigned)number(&cells[2])};
    return 0;
}

int load_weeks(struct store *store, const struct weeks_question *question,
               struct captured_weeks *ret, struct nj_err *err)
{
    const struct row_sink sink = {.row = take_week, .ctx = ret};

    *ret = (struct captured_weeks){0};
    return store_weeks(store, question, &sink, err);
}

void captured_weeks_done(struct captured_weeks *weeks)
{
    free(weeks->items);
    *weeks = (struct captured_weeks){0};
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

static int take_total(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct history *history = ctx;
    const struct history_total total = {.count = number(&cells[2]),
                                        .sources = number(&cells[3]),
                                        .sweepers = number(&cells[4]),
                                        .sessions = number(&cells[5])};
    size_t week = history_find_week(history, (int32_t)cells[0].number);
    uint32_t group;

    (void)count;
    if (week == history->week_count ||
        !history_find_group(history, cells[1].text, cells[1].length, &group))
        return 0; /* sweepers only: no cell, no group */
    return history_set_total(history, group, (uint32_t)week, &total, err);
}

int load_history(struct store *store, const struct weeks_question *question,
                 struct history *ret, struct nj_err *err)
{
    const struct row_sink cells = {.row = take_cell, .ctx = ret};
    const struct row_sink totals = {.row = take_total, .ctx = ret};
    struct captured_weeks weeks = {0};
    int rc = -1;

    if (history_init(ret, err) < 0 || load_weeks(store, question, &weeks, err) < 0)
        goto out;
    for (size_t i = 0; i < weeks.count; i++)
        if (history_add_week(ret, weeks.items[i].monday, weeks.items[i].hours, err) < 0)
            goto out;
    if (store_week_cells(store, question, &cells, err) < 0 ||
        store_week_totals(store, question, &totals, err) < 0)
        goto out;
    history_sort(ret);
    rc = 0;
out:
    captured_weeks_done(&weeks);
    return rc;
}

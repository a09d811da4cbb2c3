/* SPDX-License-Identifier: Apache-2.0 */
#include "trend/hours.h"

#include <stdlib.h>
#include <string.h>

struct loading {
    struct hours *hours;
    const struct history *history;
};

static int take(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    const struct loading *loading = ctx;
    struct hour_cell cell = {.port = {.proto = (uint8_t)cells[1].unsigned_number,
                                      .port = (uint16_t)cells[2].unsigned_number},
                             .hour = (int32_t)cells[3].number,
                             .count = (uint32_t)cells[4].number};

    (void)count;
    if (!history_find_group(loading->history, cells[0].text, cells[0].length, &cell.group))
        return 0;
    return hours_add(loading->hours, &cell, err);
}

int hours_load(struct store *store, const struct weeks_question *question,
               const struct history *history, const uint32_t *ports, size_t port_count,
               struct hours *ret, struct nj_err *err)
{
    struct loading loading = {.hours = ret, .history = history};
    const struct row_sink sink = {.row = take, .ctx = &loading};

    *ret = (struct hours){0};
    if (port_count == 0)
        return 0;
    if (store_hour_cells(store, question, ports, port_count, &sink, err) < 0)
        return -1;
    hours_sort(ret);
    return 0;
}

void hours_done(struct hours *hours)
{
    free(hours->items);
    *hours = (struct hours){0};
}

int hours_add(struct hours *hours, const struct hour_cell *cell, struct nj_err *err)
{
    if (hours->count == hours->room) {
        size_t room = hours->room == 0 ? 4096 : 2 * hours->room;
        struct hour_cell *bigger = reallocarray(hours->items, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu hours", room);
        hours->items = bigger;
        hours->room = room;
    }
    hours->items[hours->count++] = *cell;
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct hour_cell *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->port.proto != y->port.proto)
        return x->port.proto < y->port.proto ? -1 : 1;
    if (x->port.port != y->port.port)
        return x->port.port < y->port.port ? -1 : 1;
    return x->hour < y->hour ? -1 : x->hour > y->hour;
}

void hours_sort(struct hours *hours)
{
    if (hours->count > 0)
        qsort(hours->items, hours->count, sizeof(*hours->items), by_place);
}

void hours_read(const struct hours *hours, uint32_t group, struct history_port port,
                int32_t first, size_t length, double *ret_counts)
{
    const struct hour_cell key = {.group = group, .port = port, .hour = first};
    size_t low = 0, high = hours->count;

    memset(ret_counts, 0, length * sizeof(*ret_counts));
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (by_place(&hours->items[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < hours->count; low++) {
        const struct hour_cell *cell = &hours->items[low];

        if (cell->group != group || cell->port.proto != port.proto ||
            cell->port.port != port.port || cell->hour >= first + (int32_t)length)
            break;
        ret_counts[cell->hour - first] = cell->count;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "trend/history.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more of an array that doubles. */
static int grow(void **items, size_t count, size_t *room, size_t size, struct nj_err *err)
{
    size_t more = *room == 0 ? 64 : *room * 2;
    void *bigger;

    if (count < *room)
        return 0;
    bigger = reallocarray(*items, more, size);
    if (bigger == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a history of %zu", more);
    *items = bigger;
    *room = more;
    return 0;
}

int history_init(struct history *history, struct nj_err *err)
{
    uint32_t whole;

    *history = (struct history){0};
    return history_group(history, "", &whole, err);
}

void history_done(struct history *history)
{
    free(history->weeks);
    free(history->groups);
    free(history->cells);
    free(history->totals);
    *history = (struct history){0};
}

int history_add_week(struct history *history, int32_t monday, uint32_t hours,
                     struct nj_err *err)
{
    if (history->week_count == HISTORY_WEEKS_MAX)
        return nj_fail(err, NJ_LIMIT, "a history of over %u weeks: name a shorter period",
                       HISTORY_WEEKS_MAX);
    if (grow((void **)&history->weeks, history->week_count, &history->week_room,
             sizeof(*history->weeks), err) < 0)
        return -1;
    history->weeks[history->week_count++] =
        (struct history_week){.monday = monday, .hours = hours};
    return 0;
}

bool history_find_group(const struct history *history, const char *country, size_t length,
                        uint32_t *ret_group)
{
    for (size_t i = 0; i < history->group_count; i++) {
        const char *name = history->groups[i].country;

        if (strlen(name) == length && memcmp(name, country, length) == 0) {
            *ret_group = (uint32_t)i;
            return true;
        }
    }
    return false;
}

int history_group(struct history *history, const char *country, uint32_t *ret_group,
                  struct nj_err *err)
{
    struct history_group group = {0};

    if (history_find_group(history, country, strlen(country), ret_group))
        return 0;
    if (grow((void **)&history->groups, history->group_count, &history->group_room,
             sizeof(*history->groups), err) < 0)
        return -1;
    (void)strncpy(group.country, country, sizeof(group.country) - 1);
    *ret_group = (uint32_t)history->group_count;
    history->groups[history->group_count++] = group;
    return 0;
}

int history_add_cell(struct history *history, const struct history_cell *cell,
                     struct nj_err *err)
{
    if (grow((void **)&history->cells, history->cell_count, &history->cell_room,
             sizeof(*history->cells), err) < 0)
        return -1;
    history->cells[history->cell_count++] = *cell;
    return 0;
}

int history_set_total(struct history *history, uint32_t group, uint32_t week,
                      const struct history_total *total, struct nj_err *err)
{
    if (history->totals == NULL) {
        history->totals =
            calloc(history->group_count * history->week_count + 1, sizeof(*history->totals));
        if (history->totals == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for the sums of a history");
    }
    history->totals[group * history->week_count + week] = *total;
    return 0;
}

const struct history_total *history_total_of(const struct history *history, uint32_t group,
                                             uint32_t week)
{
    static const struct history_total none;

    return history->totals == NULL ? &none
                                   : &history->totals[group * history->week_count + week];
}

static int compare_ports(struct history_port a, struct history_port b)
{
    if (a.proto != b.proto)
        return a.proto < b.proto ? -1 : 1;
    return a.port < b.port ? -1 : a.port > b.port;
}

static int by_place(const void *a, const void *b)
{
    const struct history_cell *x = a, *y = b;
    int order;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    order = compare_ports(x->port, y->port);
    if (order != 0)
        return order;
    return x->week < y->week ? -1 : x->week > y->week;
}

void history_sort(struct history *history)
{
    if (history->cell_count > 0)
        qsort(history->cells, history->cell_count, sizeof(*history->cells), by_place);
}

size_t history_find_week(const struct history *history, int32_t monday)
{
    size_t week = 0;

    while (week < history->week_count && history->weeks[week].monday != monday)
        week++;
    return week;
}

static bool same_series(const struct history_cell *a, const struct history_cell *b)
{
    return a->group == b->group && compare_ports(a->port, b->port) == 0;
}

bool history_next(const struct history *history, size_t *at, struct history_series *ret)
{
    size_t first = *at, end = first;

    if (first >= history->cell_count)
        return false;
    while (end < history->cell_count &&
           same_series(&history->cells[first], &history->cells[end]))
        end++;
    *ret = (struct history_series){.cells = &history->cells[first], .count = end - first};
    *at = end;
    return true;
}

struct history_series history_series_of(const struct history *history, uint32_t group,
                                        struct history_port port)
{
    const struct history_cell key = {.group = group, .port = port, .week = 0};
    size_t low = 0, high = history->cell_count;
    struct history_series series = {0};

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (by_place(&history->cells[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < history->cell_count && same_series(&history->cells[low], &key))
        (void)history_next(history, &low, &series);
    return series;
}

const struct history_cell *history_cell_of(struct history_series series, uint32_t week)
{
    for (size_t i = 0; i < series.count; i++)
        if (series.cells[i].week == week)
            return &series.cells[i];
    return NULL;
}

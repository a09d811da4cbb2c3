/* SPDX-License-Identifier: Apache-2.0 */
/* Weekly counts of ports, by country and as a whole: what findings are tested on.
 * Filled from the store (load.c) or cell by cell. */
#ifndef NJ_TREND_HISTORY_H
#define NJ_TREND_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define HISTORY_BASELINE 8u /* weeks before a week that it is compared with, at most */
#define HISTORY_WEEKS_MAX 520u

/* The whole has no country. */
struct history_group {
    char country[4]; /* ISO 3166 alpha-2; "" is the whole, "?" unknown places */
};

struct history_port {
    uint16_t port;
    uint8_t proto;
};

/* One port of one group in one week. */
struct history_cell {
    uint32_t week, group;
    struct history_port port;
    uint64_t count;    /* in the unit of the question, of focused sources */
    uint64_t sources;  /* distinct, focused */
    uint64_t networks; /* distinct AS numbers of these */
    uint64_t actors;   /* distinct, sources without an actor count as one each */
    uint64_t sessions; /* of these */
};

/* One group in one week. */
struct history_total {
    uint64_t count;    /* distinct over all ports: never a sum */
    uint64_t sources;  /* distinct */
    uint64_t sweepers; /* distinct sources over HISTORY_FOCUS ports, left out of the cells */
    uint64_t sessions;
};

/* A source that asks more ports than this in a week looks for everything, not for a port. */
#define HISTORY_FOCUS 1000u

struct history_week {
    int32_t monday; /* days since 1970 */
    uint32_t hours; /* of the week with any session of the store: the exposure */
};

struct history {
    struct history_week *weeks; /* by time; weeks without data are not there */
    size_t week_count, week_room;
    struct history_group *groups;
    size_t group_count, group_room;
    struct history_cell *cells; /* sorted by group, port, week once history_sort was called */
    size_t cell_count, cell_room;
    struct history_total *totals; /* group x week */
};

/** Begin with no weeks and the whole as group 0. @return 0; -1 NJ_NOMEM */
int history_init(struct history *history, struct nj_err *err);
void history_done(struct history *history);

/** Weeks come in rising order, all of them before the first cell. */
int history_add_week(struct history *history, int32_t monday, uint32_t hours,
                     struct nj_err *err);

/** The number of a group, made if it is new. @return 0; -1 NJ_NOMEM */
int history_group(struct history *history, const char *country, uint32_t *ret_group,
                  struct nj_err *err);

/** Find a group by its name, which need not be NUL-terminated. */
bool history_find_group(const struct history *history, const char *country, size_t length,
                        uint32_t *ret_group);

int history_add_cell(struct history *history, const struct history_cell *cell,
                     struct nj_err *err);

/** Set the total of a group in a week; all groups must be known. */
int history_set_total(struct history *history, uint32_t group, uint32_t week,
                      const struct history_total *total, struct nj_err *err);

/** Zeros before history_set_total was called. */
const struct history_total *history_total_of(const struct history *history, uint32_t group,
                                             uint32_t week);

/** Sort the cells. To be called once, after the last. */
void history_sort(struct history *history);

/** The number of the week that begins on this Monday; week_count if it is not there. */
size_t history_find_week(const struct history *history, int32_t monday);

/* A run of cells of one group and port, week by week. */
struct history_series {
    const struct history_cell *cells;
    size_t count;
};

/** The first series at or behind cell `at`; `at` moves behind it. @return false at the end */
bool history_next(const struct history *history, size_t *at, struct history_series *ret);

/** The series of one port of a group; count 0 if it was never seen. */
struct history_series history_series_of(const struct history *history, uint32_t group,
                                        struct history_port port);

/** A series' cell of one week, NULL if the port was not seen in it. */
const struct history_cell *history_cell_of(struct history_series series, uint32_t week);

#endif

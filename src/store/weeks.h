/* SPDX-License-Identifier: Apache-2.0 */
/* Exact weekly and hourly counts of ports, for trend/: nothing here is estimated, and no
 * distinct count is a sum of others. Weeks are ISO weeks, named by their Monday. */
#ifndef NJ_STORE_WEEKS_H
#define NJ_STORE_WEEKS_H

#include "store/query.h"

/* What is counted as one. */
enum unit {
    UNIT_SOURCES,
    UNIT_ACTORS, /* sources that accepted links join count once */
    UNIT_SESSIONS,
    UNITS,
};

extern const char *const unit_names[UNITS]; /* "sources", "actors", "sessions" */

struct weeks_question {
    struct store_scope scope;
    enum unit unit;
    unsigned weekdays; /* bit 0: Mondays ... bit 6: Sundays count; all: 0x7f */
    unsigned focus;    /* sources with more ports in a week are left out of cells */
};

/** The days of a period and what was captured of them: rows (day, hours), where hours have any
 * session of any class. */
int store_days(struct store *store, const struct weeks_question *question,
               const struct row_sink *sink, struct nj_err *err);

/**
 * Weekly counts, of all ports together and of each.
 *
 * @param totals  rows (monday, country, count, sources, sweepers, sessions), over all ports, by
 *                monday and country; they come first
 * @param cells   rows (monday, country, proto, dport, count, sources, networks, sessions,
 *                actors), of focused sources, in no order
 *
 * A country "" is the whole, "?" an unknown place. What was read is kept for store_week_pairs,
 * until store_weeks_end or the next question of this kind.
 */
int store_week_counts(struct store *store, const struct weeks_question *question,
                      const struct row_sink *totals, const struct row_sink *cells,
                      struct nj_err *err);

/** Who asked for what in one of the weeks that were counted last: rows (src, country, proto,
 * dport), of focused sources, by address, then port. */
int store_week_pairs(struct store *store, int32_t monday, const struct row_sink *sink,
                     struct nj_err *err);

/** Forget what store_week_counts keeps for it; called in every case. */
void store_weeks_end(struct store *store);

/** Sources that begin with a port, by hour: those that had no session with it in the 24 hours
 * before. Rows (country, proto, dport, hour, count), by these; `hour` since 1970, country as
 * above.
 * @param ports  proto << 16 | port, `port_count` of them: the others are not counted */
int store_hour_cells(struct store *store, const struct weeks_question *question,
                     const uint32_t *ports, size_t port_count, const struct row_sink *sink,
                     struct nj_err *err);

#endif

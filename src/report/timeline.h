/* SPDX-License-Identifier: Apache-2.0 */
/* The figure: time across, destination ports as rows above, source ports below, several
 * addresses in one picture, so that one's silence and another's beginning stand
 * side by side. */
#ifndef NJ_REPORT_TIMELINE_H
#define NJ_REPORT_TIMELINE_H

#include "report/svg.h"
#include "store/query.h"

#define TIMELINE_ROWS 12u         /* destination ports with a row; the others share one */
#define TIMELINE_SOURCES 64u      /* addresses in one picture */
#define TIMELINE_LANES SVG_SERIES /* of them with ports: each has a colour of its own */

/* Sessions of one address with one port in one period. */
struct timeline_cell {
    uint32_t source;
    int64_t start_us;
    uint16_t port;
    uint8_t proto;
    uint64_t sessions;
    uint16_t sport_min, sport_max;
};

struct timeline {
    struct addr sources[TIMELINE_SOURCES];
    size_t source_count;
    enum period by;
    struct timeline_cell *cells; /* by source, time, port */
    size_t count, room;
};

/** Ask the store. @param ret  to be released with timeline_done, also after a failure
 * @return 0; -1 NJ_LIMIT for more addresses than a picture holds */
int timeline_load(struct store *store, const struct addr *sources, size_t count,
                  const struct store_scope *scope, enum period by, struct timeline *ret,
                  struct nj_err *err);
void timeline_done(struct timeline *timeline);

/** The whole picture; one without any session says so. */
void timeline_svg(const struct timeline *timeline, unsigned id, struct text *to);

/** For a terminal of so many columns: a line of block characters for each port and address. */
void timeline_text(const struct timeline *timeline, size_t columns, struct text *to);

#endif

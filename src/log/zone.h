/* SPDX-License-Identifier: Apache-2.0 */
/* Times as logs write them: local to a zone, or even without a year. */
#ifndef NJ_LOG_ZONE_H
#define NJ_LOG_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "duck/duck.h"

struct zone;

/**
 * @param name  NULL or "UTC"; an offset "+02:00", "-0330"; or an IANA name "Europe/Berlin"
 * @param duck  borrowed as long as the zone lives; knows the IANA zones
 * @return 0; -1 NJ_CONFIG when nobody knows the zone, NJ_NOMEM
 */
int zone_new(const char *name, struct duck *duck, struct zone **ret_zone, struct nj_err *err);
void zone_free(struct zone *zone);

/**
 * Local time to UTC, both in microseconds since 1970. A local time that comes twice is the
 * later one, as the engine has it. Years before 1970 and after 2261 keep UTC.
 *
 * @return 0; -1 NJ_STORE, NJ_NOMEM
 */
int zone_to_utc(struct zone *zone, int64_t local_us, int64_t *ret_utc_us, struct nj_err *err);

/** UTC to local time, as near as a year's clock needs it: to the hour at a change of summer
 * time.
 * @return 0; -1 NJ_STORE, NJ_NOMEM */
int zone_to_local(struct zone *zone, int64_t utc_us, int64_t *ret_local_us, struct nj_err *err);

/** Follows the years of times that have none: `first` for the first row, one more when the
 * months jump back by six or more (December to January), and one less for a row of December
 * that comes behind one of January, late. */
struct year_clock {
    int first;
    int year;  /* of the last row, 0 before the first */
    int month; /* 1 to 12 */
};

/**
 * @param yearless_us  microseconds since 1970 of the time, written into the year 2000
 * @return 0; YEAR_NO_SUCH_DAY for 29 February of a common year
 */
#define YEAR_NO_SUCH_DAY 1
int year_clock_set(struct year_clock *clock, int64_t yearless_us, int64_t *ret_local_us);

/** Go on behind a row of that local time. */
void year_clock_resume(struct year_clock *clock, int64_t local_us);

#endif

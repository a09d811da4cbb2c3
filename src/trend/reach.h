/* SPDX-License-Identifier: Apache-2.0 */
/* Localised or Internet-wide: do the sources of a port come to the sensors as they would if
 * they went over all addresses at random? Each source is counted once, at the sensor that it
 * reached first: of sensors that listen at the same time the first one is any of them with the
 * odds of its size, however thorough the scan is. Sizes are addresses, times days captured.
 * IPv4 alone: nobody goes over IPv6 at random, and a prefix of it dwarfs all others. */
#ifndef NJ_TREND_REACH_H
#define NJ_TREND_REACH_H

#include "store/query.h"

#define REACH_SENSORS_MAX 256u
#define REACH_LOCALISED 1e-4 /* below: localised */

struct reach_sensor {
    const char *name;
    double addresses; /* of IPv4, as configured; 0: it has prefixes of IPv6 alone, and is left
                       * out; NAN: not known */
};

struct reach_row {
    char country[4]; /* "": the whole */
    int proto;       /* -1: all ports together */
    uint16_t port;
    double p; /* of being uniform; NAN: under five sources expected at one of the sensors */
};

struct reach {
    struct reach_row *rows;
    size_t count, room;
    const char *why; /* nothing is known of anything, and why; NULL: rows tell */
};

/** Ask a store. Without two sensors of known sizes it is not asked.
 * @param countries  beside the whole; NULL: all
 * @param ret  to be released with reach_done, also after a failure. @return 0; -1 */
int reach_load(struct store *store, const struct store_scope *scope,
               const struct reach_sensor *sensors, size_t sensor_count,
               const char *const *countries, size_t country_count, struct reach *ret,
               struct nj_err *err);
void reach_done(struct reach *reach);

/** @param proto  -1: all ports together. @return p; NAN: not known */
double reach_of(const struct reach *reach, const char *country, int proto, uint16_t port);

/** "localised", "uniform", "unknown" of a p. */
const char *reach_word(double p);

#endif

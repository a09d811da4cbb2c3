/* SPDX-License-Identifier: Apache-2.0 */
/* A sensor: a named vantage point with prefixes of its own. Filled from the configuration. */
#ifndef NJ_MODEL_SENSOR_H
#define NJ_MODEL_SENSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "model/addr.h"

#define SENSOR_NAME_MAX 64
#define SENSOR_GATHER_DEFAULT_S 600 /* for captures; logs keep each session as a row */

struct sensor_prefix {
    struct prefix prefix;
    bool lit; /* real hosts live here */
};

struct sensor {
    char name[SENSOR_NAME_MAX];
    int64_t gather_s; /* silence in seconds that ends a visit; 0: each session is a row;
                       * -1: the default of the kind of input */
    double lat, lon;  /* NAN if not given */
    size_t prefix_count;
    struct sensor_prefix *prefixes; /* none: all destinations count */
};

enum sensor_place {
    SENSOR_ELSEWHERE, /* none of its addresses */
    SENSOR_DARK,
    SENSOR_LIT,
};

/** What an address is at a sensor, by the most specific of its prefixes. */
static inline enum sensor_place sensor_place(const struct sensor *sensor, struct addr a)
{
    const struct sensor_prefix *found = NULL;

    for (size_t i = 0; i < sensor->prefix_count; i++) {
        const struct sensor_prefix *one = &sensor->prefixes[i];

        if (prefix_has(&one->prefix, a) &&
            (found == NULL || prefix_has(&found->prefix, one->prefix.first)))
            found = one;
    }
    if (found == NULL)
        return SENSOR_ELSEWHERE;
    return found->lit ? SENSOR_LIT : SENSOR_DARK;
}

#endif

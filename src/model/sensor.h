/* SPDX-License-Identifier: Apache-2.0 */
/* A sensor: a named vantage point with prefixes of its own. Filled from the configuration. */
#ifndef NJ_MODEL_SENSOR_H
#define NJ_MODEL_SENSOR_H

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
                         -1: the default of the kind of input */
    double lat, lon;  /* NAN if not given */
    size_t prefix_count;
    struct sensor_prefix *prefixes; /* none: all destinations count */
};

#endif

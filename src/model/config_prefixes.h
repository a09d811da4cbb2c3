/* SPDX-License-Identifier: Apache-2.0 */
/* The prefixes of all sensors together: no two sensors may claim one address. For config.c. */
#ifndef NJ_MODEL_CONFIG_PREFIXES_H
#define NJ_MODEL_CONFIG_PREFIXES_H

#include "model/sensor.h"

/* A prefix and where it was given. */
struct config_prefix {
    struct prefix prefix;
    size_t sensor; /* its index */
    unsigned line;
};

/**
 * Find two prefixes that may not stand together: of two sensors and overlapping, or of one
 * sensor and equal. Within one sensor, prefixes may be inside of others.
 *
 * @param prefixes  sorted in place
 * @param ret_pair  the two, the one of the later line first
 * @return whether there are any
 */
bool config_prefixes_clash(struct config_prefix *prefixes, size_t count,
                           const struct config_prefix *ret_pair[2]);

/** Put the most specific prefix first, so that the first that has an address counts. */
void config_prefixes_sort(struct sensor *sensor);

#endif

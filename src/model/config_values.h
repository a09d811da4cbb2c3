/* SPDX-License-Identifier: Apache-2.0 */
/* The value of each kind of key: what it may be, and where it goes. For config.c. */
#ifndef NJ_MODEL_CONFIG_VALUES_H
#define NJ_MODEL_CONFIG_VALUES_H

#include "model/config.h"
#include "model/config_keys.h"
#include "model/config_lines.h"
#include "model/config_prefixes.h"

/* A configuration that is being read. */
struct config_reading {
    struct config_lines lines;
    struct config *config;
    size_t sensor;                 /* index of the one whose section it is */
    struct config_prefix *origins; /* where each prefix was given; to be freed */
    size_t origin_count;
};

/** Take the value of a key. @return 1; 0 for a fault (config_lines.h), as libinih has it */
int config_value_set(struct config_reading *reading, const struct config_key *key,
                     const char *value);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* How many addresses the sensors watch, for what is said per address. */
#include "about/brief.h"

#include <math.h>
#include <stdlib.h>

double about_addresses(const struct sensor *sensor)
{
    double sum = 0;

    for (size_t i = 0; i < sensor->prefix_count; i++) {
        const struct prefix *prefix = &sensor->prefixes[i].prefix;
        bool inside = false; /* of one that is counted */

        for (size_t k = 0; k < sensor->prefix_count; k++)
            inside =
                inside || (k != i && prefix_has(&sensor->prefixes[k].prefix, prefix->first) &&
                           prefix_has(&sensor->prefixes[k].prefix, prefix->last));
        if (addr_is_v4(prefix->first) && !inside)
            sum += (double)(addr_v4(prefix->last) - addr_v4(prefix->first)) + 1;
    }
    return sensor->prefix_count > 0 ? sum : NAN;
}

struct reach_sensor *about_sensors(const struct config *config)
{
    struct reach_sensor *sensors = calloc(config->sensor_count + 1, sizeof(*sensors));

    for (size_t i = 0; sensors != NULL && i < config->sensor_count; i++)
        sensors[i] = (struct reach_sensor){.name = config->sensors[i].name,
                                           .addresses = about_addresses(&config->sensors[i])};
    return sensors;
}

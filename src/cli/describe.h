/* SPDX-License-Identifier: Apache-2.0 */
/* What databases and the configuration say, as facts for commands and documents. */
#ifndef NJ_CLI_DESCRIBE_H
#define NJ_CLI_DESCRIBE_H

#include <jansson.h>

#include "enrich/enrich.h"
#include "model/sensor.h"

/** source, hostname, isp, organisation, country, asn, as_name, region, city; null if unknown.
 * NULL when out of memory */
json_t *describe_source(struct enrich *enrich, struct addr source);

/** IPv4 addresses of a sensor's prefixes, each counted once; NAN if none is configured. */
double describe_addresses(const struct sensor *sensor);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of sensors, as facts for documents. */
#ifndef NJ_CLI_DESCRIBE_H
#define NJ_CLI_DESCRIBE_H

#include "model/sensor.h"

/** IPv4 addresses of a sensor's prefixes, each counted once; NAN if none is configured. */
double describe_addresses(const struct sensor *sensor);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which sensor a packet belongs to, and in which direction it goes. */
#ifndef NJ_PIPELINE_SENSORS_H
#define NJ_PIPELINE_SENSORS_H

#include <stdbool.h>

#include "base/intern.h"
#include "model/packet.h"
#include "model/sensor.h"

struct sensors;

/**
 * @param sensors  borrowed: the configuration's
 * @param chosen   the sensor that all packets belong to, which need not be configured; NULL:
 *                 by destination prefix when any sensor has prefixes, else "default"
 */
struct sensors *sensors_new(const struct sensor *sensors, size_t count, const char *chosen,
                            struct nj_intern *names);
void sensors_free(struct sensors *sensors);

/** The name under which state and inputs are kept: the chosen sensor's, or "default". */
const char *sensors_stream(const struct sensors *sensors);

/** Set packet->sensor (a name number) and packet->direction. @return false when neither end is
 * an address of ours: the packet is refused */
bool sensors_assign(const struct sensors *sensors, struct packet *packet);

/** The sensor of a log row, which may name it itself. The row says of its direction what it
 * knows, and is never refused. */
void sensors_assign_row(const struct sensors *sensors, struct packet *packet);

/** Whether any of the sensors has lit prefixes. */
bool sensors_have_lit(const struct sensors *sensors);

/** Where the ends of a packet or row are, if its sensor has lit prefixes. @return false if it
 * has none */
bool sensors_places(const struct sensors *sensors, const struct packet *packet,
                    enum sensor_place *ret_src, enum sensor_place *ret_dst);

/** Gather time of the packet's sensor, seconds; 0 for log rows unless configured. */
int64_t sensors_gather_s(const struct sensors *sensors, const struct packet *packet);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses would tell who the sensor is: its prefixes as configured, the destinations of
 * the packets, and their neighbours (/24, /64), since a neighbour names the network. Not those
 * that name nobody (multicast, loopback, ...), nor the sources that a sample is about. */
#ifndef NJ_SAMPLE_OURS_H
#define NJ_SAMPLE_OURS_H

#include "model/sample.h"
#include "model/sensor.h"

struct ours;

int ours_new(const struct sample *samples, size_t count, const struct sensor *sensors,
             size_t sensor_count, struct ours **ret_ours, struct nj_err *err);
void ours_free(struct ours *ours);

/** Written as text, it names us. */
bool ours_has(const struct ours *ours, struct addr a);

/** Four or sixteen bytes that may be it by chance: wide prefixes (IPv4 beyond /16, IPv6 beyond
 * /32) don't count, of which every payload would have some, but for what is near to a
 * destination. */
bool ours_near(const struct ours *ours, struct addr a);

/** It is the destination of one of the packets. */
bool ours_known(const struct ours *ours, struct addr a);

/** It names nobody: multicast, broadcast, loopback, unspecified. */
bool ours_nobody(struct addr a);

#endif

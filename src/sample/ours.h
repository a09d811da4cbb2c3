/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses would tell who the sensor is: its prefixes as configured, the destinations of
 * the packets and those that they solicit (RFC 4861), and their neighbours (/24, /64), since a
 * neighbour names the network; and the link-local address that ends as a destination does. Not
 * those that name nobody (multicast, loopback, ...), nor the sources that a sample is about. */
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

/** A hardware address that is part of one of the destinations (RFC 4291, appendix A). */
bool ours_mac(const struct ours *ours, uint64_t mac);

/** The names that sensors have in the configuration, in small letters, one by one: those of at
 * least four characters with one among them that is no letter. A plain word, such as "http",
 * would be in many a payload. Borrowed. @return NULL behind the last */
const char *ours_name(const struct ours *ours, size_t i);

/** It names nobody: multicast but that of one node (solicited-node), broadcast, loopback,
 * unspecified. */
bool ours_nobody(struct addr a);

#endif

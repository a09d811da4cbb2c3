/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums of a stored packet made anew: IPv4 header (RFC 791), TCP, UDP, ICMP and ICMPv6
 * (RFC 1071), SCTP (RFC 9260). Not for other modules. */
#ifndef NJ_SAMPLE_CHECKSUM_H
#define NJ_SAMPLE_CHECKSUM_H

#include "sample/shape.h"

/** Set all that the packet has. Of one that is cut off the sum is over what is there: nobody
 * can check it, and it tells nothing of what was replaced. A UDP checksum of 0, "none", stays
 * in IPv4. */
void checksums_set(uint8_t *bytes, const struct shape *shape);

#endif

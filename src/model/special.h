/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges that mean nothing, or something else, on the Internet: no list may carry them. */
#ifndef NJ_MODEL_SPECIAL_H
#define NJ_MODEL_SPECIAL_H

#include "model/addr.h"

/** What the first special range is that a prefix has an address of: "private (RFC 1918)".
 * @return NULL: there is none */
const char *special_range(const struct prefix *net);

/** Whether an address is another host in each network (private, carrier NAT, loopback, link
 * local, multicast, ...), so that no country or AS has it, whatever a database says. */
bool special_everywhere(struct addr a);

#endif

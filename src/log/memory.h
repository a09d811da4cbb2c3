/* SPDX-License-Identifier: Apache-2.0 */
/* What earlier rows of a log have said of a session whose later rows don't repeat it: cowrie
 * tells ports once, when the connection comes, and the client's version in a row of its own.
 * Bounded; a session that was forgotten lacks these fields. */
#ifndef NJ_LOG_MEMORY_H
#define NJ_LOG_MEMORY_H

#include <stddef.h>

#include "model/packet.h"

#define MEMORY_PAYLOAD 128u /* bytes that are kept */

struct memory;

/** @return NULL when out of memory */
struct memory *memory_new(void);
void memory_free(struct memory *memory);

/**
 * Give a row what is known of its session, and keep what it says itself: destination, ports,
 * application, payload.
 *
 * @param key      the session's name in the log
 * @param payload  MEMORY_PAYLOAD bytes that hold the packet's payload if it comes from here
 */
void memory_apply(struct memory *memory, const char *key, size_t length, struct packet *packet,
                  uint8_t *payload);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests a client may make: a bucket of tokens for each address, in a bounded table
 * whose oldest entry leaves. Any thread. */
#ifndef NJ_SERVER_LIMIT_H
#define NJ_SERVER_LIMIT_H

#include <stdbool.h>

#include "model/addr.h"

struct limit;

/** @param rate  requests a second; twice as many at once. @return NULL when out of memory */
struct limit *limit_new(unsigned rate);
void limit_free(struct limit *limit);

/** @param now_ns  monotonic clock. @return whether this request may be answered */
bool limit_allow(struct limit *limit, struct addr client, int64_t now_ns);

#endif

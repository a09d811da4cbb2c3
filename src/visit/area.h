/* SPDX-License-Identifier: Apache-2.0 */
/* Large zeroed memory that costs only what has been touched, so that a table may have room for
 * its maximum from the start and never moves. Page-aligned; asks for huge pages, since these
 * tables are read at random. */
#ifndef NJ_VISIT_AREA_H
#define NJ_VISIT_AREA_H

#include <stddef.h>

/** @return NULL when the system refuses */
void *area_new(size_t size_bytes);
/** `area` may be NULL. `size_bytes` as it was asked for. */
void area_free(void *area, size_t size_bytes);

#endif

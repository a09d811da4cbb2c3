/* SPDX-License-Identifier: Apache-2.0 */
/* Packs bytes as gzip and the like would. */
#ifndef NJ_TESTS_PACK_H
#define NJ_TESTS_PACK_H

#include <stddef.h>

/** @param filter  an ARCHIVE_FILTER_ number. @return bytes written to `room`; aborts if they
 * do not fit */
size_t pack(int filter, const void *bytes, size_t length, void *room, size_t size);

#endif

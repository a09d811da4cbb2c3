/* SPDX-License-Identifier: Apache-2.0 */
/* Large tables that are looked into at random: with pages of 4 kB the way to the place, and the
 * fault that made its page, cost more than the place. Huge pages are asked for; small tables
 * are left alone, and what the system does not grant is done without.
 *
 * Not for a table of which a run may touch a few places here and there: a huge page is 2 MB. */
#ifndef NJ_BASE_HUGE_H
#define NJ_BASE_HUGE_H

#include <stddef.h>

/** For memory that was just made and is not touched yet. @param memory  may be NULL
 * @return memory */
void *nj_huge(void *memory, size_t size_bytes);

/** A list of `count` items that is filled from its front, with room for `more` (not fewer),
 * each of `size` bytes. @param list  NULL: none yet. @return NULL: no memory, and the list
 * stays */
void *nj_huge_grown(void *list, size_t count, size_t more, size_t size);

/** Not set, and aligned to two cache lines at least. For free(). @return NULL: no memory */
void *nj_huge_new(size_t size_bytes);

/** All 0. For free(). @return NULL: no memory */
void *nj_huge_zeroed(size_t size_bytes);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Short texts as numbers: the same text always gets the same number within one table.
 *
 * Bounded: after `max` texts every new one becomes NJ_INTERN_OTHER ("other") and is counted.
 * Number 0 is the empty text. Texts never move, so a thread that was handed a number through
 * a queue may read its text while the owner goes on adding. One thread adds. */
#ifndef NJ_BASE_INTERN_H
#define NJ_BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#define NJ_INTERN_NONE 0u
#define NJ_INTERN_OTHER 1u

struct nj_intern;

/** @return NULL when out of memory */
struct nj_intern *nj_intern_new(uint32_t max);
void nj_intern_free(struct nj_intern *table);

/** The number of a text (copied when new). Never fails: NJ_INTERN_OTHER when full. */
uint32_t nj_intern(struct nj_intern *table, const char *text, size_t length);

/** The number of a NUL-terminated text. */
uint32_t nj_intern_z(struct nj_intern *table, const char *text);

/** The text of a number, NUL-terminated, valid as long as the table. */
const char *nj_intern_text(const struct nj_intern *table, uint32_t id);

uint32_t nj_intern_count(const struct nj_intern *table);

/** How many texts became "other". */
uint64_t nj_intern_refused(const struct nj_intern *table);

#endif

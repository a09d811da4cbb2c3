/* SPDX-License-Identifier: Apache-2.0 */
/* Many patterns in one pass over a text: Aho and Corasick, "Efficient string matching" (1975).
 * Letters match in both cases. Inside of classify/ only. */
#ifndef NJ_CLASSIFY_SEARCH_H
#define NJ_CLASSIFY_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SEARCH_STATES_MAX 65535u

struct search;

/** @return NULL when out of memory */
struct search *search_new(void);
void search_free(struct search *search);

/**
 * Add a pattern of at least one byte. Before search_build.
 *
 * @param ret_number  of the pattern, from 0; the same pattern has the same number
 * @return 0; -1 NJ_NOMEM, NJ_LIMIT (SEARCH_STATES_MAX bytes of all patterns together)
 */
int search_add(struct search *search, const uint8_t *pattern, size_t length,
               uint32_t *ret_number, struct nj_err *err);

/** No more patterns follow. @return 0; -1 NJ_NOMEM */
int search_build(struct search *search, struct nj_err *err);

/** Gets each place where a pattern ends: `end` bytes of the text were read. */
typedef void (*search_fn)(void *ctx, uint32_t number, size_t end);

/** Cost: O(length + hits). */
void search_run(const struct search *search, const uint8_t *text, size_t length, search_fn hit,
                void *ctx);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?" */
#ifndef NJ_BASE_SUGGEST_H
#define NJ_BASE_SUGGEST_H

#include <stddef.h>

/**
 * The word that was probably meant: the nearest one that is at most two typing errors away (a
 * letter too much, missing, wrong, or two exchanged; in either case of letters) and shares more
 * than half of its letters.
 *
 * @return one of `words`, the first of equally near ones; NULL if none is near enough
 */
const char *nj_suggest(const char *word, const char *const *words, size_t count);

#endif

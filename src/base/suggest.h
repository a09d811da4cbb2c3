/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?" */
#ifndef NJ_BASE_SUGGEST_H
#define NJ_BASE_SUGGEST_H

#include <stddef.h>

/**
 * The word that was probably meant: the nearest one that is at most two typing errors away (a
 * letter too much, missing, wrong, or two exchanged; in either case of letters) and shares more
 * than half of its letters (of two letters one).
 *
 * @return one of `words`, the first of equally near ones; NULL if none is near enough
 */
const char *nj_suggest(const char *word, const char *const *words, size_t count);

/** The i-th word to compare with; `ctx` is the caller's table. */
typedef const char *(*nj_word_fn)(const void *ctx, size_t i);

/** That of a plain list: `ctx` is a const char *const *. */
const char *nj_word_of_list(const void *ctx, size_t i);

#define NJ_SUGGEST_MAX 256

/**
 * What to say about a word nobody knows: `did you mean "dport"?`, else
 * `expected one of src, dst, ...` as far as it fits.
 *
 * @param buffer  holds NJ_SUGGEST_MAX bytes
 * @return buffer
 */
char *nj_suggest_text(const char *typed, nj_word_fn word, const void *ctx, size_t count,
                      char *buffer);

#endif

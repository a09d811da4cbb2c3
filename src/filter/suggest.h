/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?" For src/filter/ only. */
#ifndef NJ_FILTER_SUGGEST_H
#define NJ_FILTER_SUGGEST_H

#include <stddef.h>

#define SUGGEST_MAX 160 /* room for the longest text that filter_suggest writes */

/** The i-th name to compare with; `ctx` is the caller's table. */
typedef const char *(*filter_name_fn)(const void *ctx, size_t i);

/**
 * What to say about a name nobody knows: `did you mean "dport"?` when one of the names is at
 * most two typing errors away (a letter too much, missing, wrong, or two exchanged; in either
 * case), else `expected one of src, dst, ...` as far as it fits.
 *
 * @param buffer  holds SUGGEST_MAX bytes
 * @return buffer
 */
char *filter_suggest(const char *typed, filter_name_fn name, const void *ctx, size_t count,
                     char *buffer);

#endif

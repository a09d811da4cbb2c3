/* SPDX-License-Identifier: Apache-2.0 */
/* A filter held against rows in memory: what the SQL of filter.h says of a stored row, this
 * says of the same row before it is stored. Who has rows of some kind says for each field where
 * its value stands (filter_field.member).
 *
 * Of some rows not every field is known: what the stages noticed of a source has its address,
 * and no port. What a filter says of such a row is "maybe" where it hangs on what
 * is not known. */
#ifndef NJ_FILTER_MATCH_H
#define NJ_FILTER_MATCH_H

#include "filter/filter.h"

struct filter_match;

enum filter_answer { FILTER_NO, FILTER_MAYBE, FILTER_YES };

/**
 * Parse a filter, for many rows.
 *
 * @param fields  borrowed as long as the match
 * @return 0; -1 as filter_compile_bytes, and NJ_CONFIG, naming the field and its column, for
 * one that rows in memory do not have
 */
int filter_match_new(const char *text, const struct filter_field *fields, size_t field_count,
                     struct filter_match **ret_match, struct nj_err *err);
void filter_match_free(struct filter_match *match); /* NULL is fine */

/** Bit i: fields[i] occurs. */
uint64_t filter_match_used(const struct filter_match *match);

/**
 * Hold it against a row.
 *
 * @param known  bit i: the row knows fields[i]. Without FILTER_MAYBE when all that are used are
 *
 * Cost: a comparison for each field named, for a list the logarithm of its length; a pattern up
 * to its length times that of the text. Thread: any, several at once.
 */
enum filter_answer filter_match_row(const struct filter_match *match, const void *row,
                                    uint64_t known);

/** Whether a pattern of `~` matches a whole text, byte by byte: `*` any bytes, `?` one, [a-z]
 * [!a-z] one of these or none of them, \ takes the next as it stands. A bracket that does not
 * close, and a \ at the end, match nothing: as DuckDB's GLOB. */
bool filter_glob(const char *pattern, const char *text);

#endif

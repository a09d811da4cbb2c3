/* SPDX-License-Identifier: Apache-2.0 */
/* The words and signs of a filter, with the place of each. For src/filter/ only. */
#ifndef NJ_FILTER_LEXER_H
#define NJ_FILTER_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum filter_token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_QUOTED, /* with its quotes */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_EQUAL,
    TOKEN_UNEQUAL,
    TOKEN_LESS,
    TOKEN_AT_MOST,
    TOKEN_MORE,
    TOKEN_AT_LEAST,
    TOKEN_LIKE,
};

struct filter_token {
    enum filter_token_kind kind;
    const char *start; /* borrows the text of the lexer */
    size_t length;     /* bytes */
    size_t offset;     /* byte in the filter */
    size_t column;     /* character in the filter, from 1 */
};

struct filter_lexer {
    const char *text;
    size_t length, offset, column;
};

/** Start on a text, which is borrowed. @return 0; -1 NJ_LIMIT when it is longer than
 * FILTER_LENGTH_MAX, NJ_CONFIG when it is not UTF-8 or has control characters */
int filter_lexer_init(struct filter_lexer *lexer, const char *text, size_t length,
                      struct nj_err *err);

/** The next token; TOKEN_END for ever at the end. @return 0; -1 NJ_CONFIG */
int filter_lexer_next(struct filter_lexer *lexer, struct filter_token *ret_token,
                      struct nj_err *err);

/** Whether the token is this word, in either case. Quoted text is no keyword. */
bool filter_token_is(const struct filter_token *token, const char *word);

/** The value a word or quoted text stands for, on the heap. @return NULL when out of memory */
char *filter_token_text(const struct filter_token *token);

/* Room for a token in a message: 40 bytes, "...", quotes and the NUL. */
#define FILTER_SHOW_MAX 48

/** A token for a message: `"word"`, `the end of the filter`; long ones are cut between two
 * characters. @return `buffer`, which holds FILTER_SHOW_MAX bytes */
char *filter_token_show(const struct filter_token *token, char *buffer);

/** Fill *err with "filter: column N: ..." for the place of a token. @return -1 */
int filter_fail(struct nj_err *err, enum nj_code code, const struct filter_token *token,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: who may read, write or take feeds. A file of lines "SCOPES TOKEN [NAME]", SCOPES of
 * read, write, feeds with commas between; # begins a comment. */
#ifndef NJ_SERVER_TOKEN_H
#define NJ_SERVER_TOKEN_H

#include <stddef.h>

#include "base/err.h"

enum scope_bit {
    SCOPE_READ = 1u << 0,
    SCOPE_WRITE = 1u << 1,
    SCOPE_FEEDS = 1u << 2,
};

#define TOKEN_LENGTH_MIN 20 /* shorter ones can be guessed */
#define TOKEN_LENGTH_MAX 128
#define TOKENS_MAX 1000

struct tokens;

/** Read a file that nobody but its owner (and group) may read. @return 0; -1 NJ_IO, NJ_CONFIG,
 * NJ_NOMEM */
int tokens_load(const char *path, struct tokens **ret_tokens, struct nj_err *err);

/** The same from memory. */
int tokens_parse(const char *text, size_t length, const char *path, struct tokens **ret_tokens,
                 struct nj_err *err);
void tokens_free(struct tokens *tokens);

/** @param token  NULL: none was given. @return scope_bit bits; 0: unknown. Takes as long for
 * every token of a length. */
unsigned tokens_scope(const struct tokens *tokens, const char *token);

#endif

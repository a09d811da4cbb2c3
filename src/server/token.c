/* SPDX-License-Identifier: Apache-2.0 */
#include "server/token.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (256u << 10)

struct token {
    char text[TOKEN_LENGTH_MAX + 1]; /* zeros behind */
    unsigned scope;
};

struct tokens {
    size_t count;
    struct token items[TOKENS_MAX];
};

static const struct {
    const char *name;
    unsigned bit;
} scopes[] = {{"read", SCOPE_READ}, {"write", SCOPE_WRITE}, {"feeds", SCOPE_FEEDS}};

/* "read,write". @return its bits; 0 if there is anything else */
static unsigned parse_scopes(const char *text, size_t length)
{
    unsigned bits = 0;

    while (length > 0) {
        const char *comma = memchr(text, ',', length);
        size_t word = comma == NULL ? length : (size_t)(comma - text);
        unsigned bit = 0;

        for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
            if (strlen(scopes[i].name) == word && memcmp(text, scopes[i].name, word) == 0)
                bit = scopes[i].bit;
        if (bit == 0)
            return 0;
        bits |= bit;
        if (comma == NULL)
            break;
        text += word + 1;
        length -= word + 1;
        if (length == 0)
            return 0;
    }
    return bits;
}

static int parse_line(struct tokens *tokens, char *line, const char *path, unsigned number,
                      struct nj_err *err)
{
    static const char blanks[] = " \t\r";
    char *rest = NULL, *words, *token;
    struct token *to;
    unsigned bits;

    line[strcspn(line, "#")] = '\0';
    words = strtok_r(line, blanks, &rest);
    if (words == NULL)
        return 0;
    token = strtok_r(NULL, blanks, &rest);
    bits = parse_scopes(words, strlen(words));
    if (bits == 0 || token == NULL)
        return nj_fail(err, NJ_CONFIG,
                       "%s:%u: expected SCOPES TOKEN, with scopes of read, write, feeds", path,
                       number);
    if (strlen(token) < TOKEN_LENGTH_MIN || strlen(token) > TOKEN_LENGTH_MAX)
        return nj_fail(err, NJ_CONFIG, "%s:%u: a token has %d to %d characters, this one %zu",
                       path, number, TOKEN_LENGTH_MIN, TOKEN_LENGTH_MAX, strlen(token));
    if (tokens->count == TOKENS_MAX)
        return nj_fail(err, NJ_CONFIG, "%s:%u: more than %d tokens", path, number, TOKENS_MAX);
    to = &tokens->items[tokens->count++];
    memcpy(to->text, token, strlen(token));
    to->scope = bits;
    return 0;
}

int tokens_parse(const char *text, size_t length, const char *path, struct tokens **ret_tokens,
                 struct nj_err *err)
{
    struct tokens *tokens = calloc(1, sizeof(*tokens));
    unsigned number = 0;
    int rc = 0;

    if (tokens == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for tokens");
    while (length > 0 && rc == 0) {
        const char *end = memchr(text, '\n', length);
        size_t used = end == NULL ? length : (size_t)(end - text);
        char line[512];

        number++;
        if (used >= sizeof(line) || memchr(text, '\0', used) != NULL) {
            rc = nj_fail(err, NJ_CONFIG, "%s:%u: the line is too long, or no text", path,
                         number);
            break;
        }
        memcpy(line, text, used);
        line[used] = '\0';
        rc = parse_line(tokens, line, path, number, err);
        explicit_bzero(line, sizeof(line));
        used += end != NULL;
        text += used;
        length -= used;
    }
    if (rc < 0) {
        tokens_free(tokens);
        return -1;
    }
    *ret_tokens = tokens;
    return 0;
}

int tokens_load(const char *path, struct tokens **ret_tokens, struct nj_err *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    char *text = NULL;
    struct stat st;
    ssize_t got;
    int rc = -1;

    if (file < 0 || fstat(file, &st) < 0) {
        (void)nj_fail(err, NJ_IO, "tokens %s: can't be opened", path);
        goto out;
    }
    if ((st.st_mode & S_IRWXO) != 0) {
        (void)nj_fail(err, NJ_CONFIG, "tokens %s: others may read it: chmod o= it", path);
        goto out;
    }
    text = malloc(FILE_BYTES_MAX + 1);
    got = text == NULL ? -1 : read(file, text, FILE_BYTES_MAX + 1);
    if (got < 0 || got > (ssize_t)FILE_BYTES_MAX)
        (void)nj_fail(err, NJ_CONFIG, "tokens %s: can't be read, or has over %u bytes", path,
                      FILE_BYTES_MAX);
    else
        rc = tokens_parse(text, (size_t)got, path, ret_tokens, err);
    if (text != NULL)
        explicit_bzero(text, FILE_BYTES_MAX + 1);
out:
    free(text);
    if (file >= 0)
        (void)close(file);
    return rc;
}

void tokens_free(struct tokens *tokens)
{
    if (tokens == NULL)
        return;
    explicit_bzero(tokens, sizeof(*tokens));
    free(tokens);
}

unsigned tokens_scope(const struct tokens *tokens, const char *token)
{
    char padded[TOKEN_LENGTH_MAX + 1] = "";
    unsigned found = 0;

    if (token == NULL || strlen(token) > TOKEN_LENGTH_MAX || token[0] == '\0')
        return 0;
    memcpy(padded, token, strlen(token));
    for (size_t i = 0; i < tokens->count; i++) {
        unsigned char different = 0;

        for (size_t j = 0; j < sizeof(padded); j++)
            different |= (unsigned char)(padded[j] ^ tokens->items[i].text[j]);
        found |= different == 0 ? tokens->items[i].scope : 0;
    }
    return found;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The text is checked once as a whole, so that every token is clean UTF-8 and may be shown in
 * a message. UTF-8 as in RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF. */
#include "filter/lexer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "filter/filter.h"

int filter_fail(struct nj_err *err, enum nj_code code, const struct filter_token *token,
                const char *format, ...)
{
    char text[sizeof(err->msg)];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return nj_fail_at(err, code, token->offset, "filter: column %zu: %.220s", token->column,
                      text);
}

static bool is_continuation(char c)
{
    return ((uint8_t)c & 0xc0) == 0x80;
}

/* Bytes of the character at `at`, and its number; 0 if it is not UTF-8. */
static size_t decode_utf8(const char *at, size_t left, uint32_t *ret_char)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = (uint8_t)at[0];
    size_t length = lead < 0x80             ? 1
                    : (lead & 0xe0) == 0xc0 ? 2
                    : (lead & 0xf0) == 0xe0 ? 3
                    : (lead & 0xf8) == 0xf0 ? 4
                                            : 0;
    uint32_t c = lead;

    if (length == 0 || length > left)
        return 0;
    if (length > 1)
        c = lead & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(at[i]))
            return 0;
        c = c << 6 | ((uint8_t)at[i] & 0x3f);
    }
    if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret_char = c;
    return length;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

int filter_lexer_init(struct filter_lexer *lexer, const char *text, size_t length,
                      struct nj_err *err)
{
    struct filter_token place = {.column = 1};

    if (length > FILTER_LENGTH_MAX)
        return nj_fail(err, NJ_LIMIT, "filter: %zu bytes long, the most is %u", length,
                       FILTER_LENGTH_MAX);
    for (size_t step; place.offset < length; place.offset += step, place.column++) {
        uint32_t c;

        step = decode_utf8(text + place.offset, length - place.offset, &c);
        if (step == 0)
            return filter_fail(err, NJ_CONFIG, &place,
                               "byte 0x%02x found, expected UTF-8 (RFC 3629)",
                               (unsigned)(uint8_t)text[place.offset]);
        if (is_control(c) && !is_blank(text[place.offset]))
            return filter_fail(err, NJ_CONFIG, &place,
                               "control character U+%04X found, expected text", (unsigned)c);
    }
    *lexer = (struct filter_lexer){.text = text, .length = length, .column = 1};
    return 0;
}

static bool ends_word(char c)
{
    return is_blank(c) || strchr("()\"',=!<>~&|;\\`", c) != NULL;
}

/* The sign at `at`: its kind and length, or TOKEN_END if there is none. */
static enum filter_token_kind find_sign(const char *at, size_t left, size_t *ret_length)
{
    static const struct {
        char text[3];
        enum filter_token_kind kind;
    } signs[] = {
        {.text = "!=", .kind = TOKEN_UNEQUAL},  {.text = "<=", .kind = TOKEN_AT_MOST},
        {.text = ">=", .kind = TOKEN_AT_LEAST}, {.text = "=", .kind = TOKEN_EQUAL},
        {.text = "<", .kind = TOKEN_LESS},      {.text = ">", .kind = TOKEN_MORE},
        {.text = "~", .kind = TOKEN_LIKE},      {.text = "(", .kind = TOKEN_OPEN},
        {.text = ")", .kind = TOKEN_CLOSE},     {.text = ",", .kind = TOKEN_COMMA},
    };

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t length = strlen(signs[i].text);

        if (length <= left && memcmp(at, signs[i].text, length) == 0) {
            *ret_length = length;
            return signs[i].kind;
        }
    }
    return TOKEN_END;
}

/* Length of the quoted text at the start of the token, quotes included. */
static int measure_quoted(const struct filter_token *token, size_t left, size_t *ret_length,
                          struct nj_err *err)
{
    const char *at = token->start;

    for (size_t i = 1; i < left; i++) {
        if (at[i] == at[0]) {
            *ret_length = i + 1;
            return 0;
        }
        if (at[i] != '\\')
            continue;
        i++;
        if (i < left && at[i] != '"' && at[i] != '\'' && at[i] != '\\')
            return filter_fail(err, NJ_CONFIG, token,
                               "a \\ in the quoted text escapes something else, expected "
                               "\\\" \\' or \\\\");
    }
    return filter_fail(err, NJ_CONFIG, token,
                       "the quoted text does not end, expected a closing %c", at[0]);
}

static const char *hint_for(char c)
{
    switch (c) {
    case '!':
        return "; expected != or not";
    case '&':
        return "; expected and";
    case '|':
        return "; expected or";
    default:
        return "; a value with it needs quotes";
    }
}

int filter_lexer_next(struct filter_lexer *lexer, struct filter_token *ret_token,
                      struct nj_err *err)
{
    struct filter_token token = {.kind = TOKEN_END};
    size_t left;

    while (lexer->offset < lexer->length && is_blank(lexer->text[lexer->offset])) {
        lexer->offset++;
        lexer->column++;
    }
    token.start = lexer->text + lexer->offset;
    token.offset = lexer->offset;
    token.column = lexer->column;
    left = lexer->length - lexer->offset;
    if (left > 0) {
        token.kind = find_sign(token.start, left, &token.length);
        if (token.kind == TOKEN_END && (*token.start == '"' || *token.start == '\'')) {
            token.kind = TOKEN_QUOTED;
            if (measure_quoted(&token, left, &token.length, err) < 0)
                return -1;
        } else if (token.kind == TOKEN_END) {
            token.kind = TOKEN_WORD;
            while (token.length < left && !ends_word(token.start[token.length]))
                token.length++;
            if (token.length == 0)
                return filter_fail(err, NJ_CONFIG, &token, "\"%c\" has no meaning here%s",
                                   *token.start, hint_for(*token.start));
        }
    }
    for (size_t i = 0; i < token.length; i++)
        lexer->column += !is_continuation(token.start[i]);
    lexer->offset += token.length;
    *ret_token = token;
    return 0;
}

bool filter_token_is(const struct filter_token *token, const char *word)
{
    return token->kind == TOKEN_WORD && token->length == strlen(word) &&
           strncasecmp(token->start, word, token->length) == 0;
}

char *filter_token_text(const struct filter_token *token)
{
    bool quoted = token->kind == TOKEN_QUOTED;
    const char *at = token->start + quoted;
    const char *end = token->start + token->length - quoted;
    char *text = malloc(token->length + 1);
    size_t length = 0;

    if (text == NULL)
        return NULL;
    while (at < end) {
        if (quoted && *at == '\\')
            at++;
        text[length++] = *at++;
    }
    text[length] = '\0';
    return text;
}

char *filter_token_show(const struct filter_token *token, char *buffer)
{
    const char *quote = token->kind == TOKEN_QUOTED ? "" : "\"";
    size_t length = token->length;

    if (token->kind == TOKEN_END) {
        (void)snprintf(buffer, FILTER_SHOW_MAX, "the end of the filter");
        return buffer;
    }
    if (length > 40) {
        length = 40;
        while (length > 0 && is_continuation(token->start[length]))
            length--;
    }
    (void)snprintf(buffer, FILTER_SHOW_MAX, "%s%.*s%s%s", quote, (int)length, token->start,
                   length < token->length ? "..." : "", quote);
    return buffer;
}

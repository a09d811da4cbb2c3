/* SPDX-License-Identifier: Apache-2.0 */
#include "filter/rulefile.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

int rule_fault(struct rule_lines *r, const char *at, const char *format, ...)
{
    char message[200];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    return nj_fail(r->err, NJ_CONFIG, "%.80s:%u:%d: %s", r->path, r->line,
                   (int)(at - r->start) + 1, message);
}

/* ---- words ---- */

void rule_skip_blanks(struct rule_lines *r)
{
    while (r->pos < r->end && (*r->pos == ' ' || *r->pos == '\t'))
        r->pos++;
}

const char *rule_word(struct rule_lines *r, char word[RULE_WORD_MAX])
{
    const char *at;
    size_t length = 0;

    rule_skip_blanks(r);
    at = r->pos;
    while (r->pos < r->end && *r->pos != ' ' && *r->pos != '\t') {
        if (length + 1 < RULE_WORD_MAX)
            word[length++] = *r->pos;
        else
            r->too_long = at;
        r->pos++;
    }
    word[length] = '\0';
    return length == 0 ? NULL : at;
}

int rule_choose(struct rule_lines *r, const struct rule_choice *choice, const char *word,
                const char *at, size_t *ret_i)
{
    char hint[NJ_SUGGEST_MAX];

    for (size_t i = 0; i < choice->count; i++) {
        if (strcmp(word, choice->name(NULL, i)) == 0) {
            *ret_i = i;
            return 0;
        }
    }
    return rule_fault(r, at, "%s\"%.40s\"%s; %s", choice->before, word, choice->behind,
                      nj_suggest_text(word, choice->name, NULL, choice->count, hint));
}

int rule_number(struct rule_lines *r, const char *what, unsigned max, unsigned *ret)
{
    char word[RULE_WORD_MAX], *end;
    const char *at = rule_word(r, word);
    unsigned long number;

    if (at == NULL)
        return rule_fault(r, r->end, "expected a number for %s", what);
    number = strtoul(word, &end, 10);
    if (!isdigit((unsigned char)word[0]) || *end != '\0' || number > max)
        return rule_fault(r, at, "%s \"%.40s\" is no number from 0 to %u", what, word, max);
    *ret = (unsigned)number;
    return 0;
}

int rule_span(struct rule_lines *r, int64_t *ret_us)
{
    char word[RULE_WORD_MAX], *end;
    const char *at = rule_word(r, word);
    int64_t unit;
    long number;

    if (at == NULL)
        return rule_fault(r, r->end, "expected a time such as 7d");
    number = strtol(word, &end, 10);
    unit = strcmp(end, "d") == 0   ? DAY_US
           : strcmp(end, "h") == 0 ? DAY_US / 24
           : strcmp(end, "m") == 0 ? 60000000
                                   : 0;
    if (!isdigit((unsigned char)word[0]) || unit == 0 || number < 1 ||
        number > RULE_SPAN_MAX_US / unit)
        return rule_fault(r, at, "\"%.40s\" is no time such as 7d, 36h, 30m, up to 400d", word);
    *ret_us = number * unit;
    return 0;
}

int rule_end(struct rule_lines *r)
{
    char word[RULE_WORD_MAX];
    const char *at = rule_word(r, word);

    return at == NULL ? 0 : rule_fault(r, at, "\"%.40s\" was not expected here", word);
}

int rule_rest(struct rule_lines *r, char *to, size_t size)
{
    size_t length;

    rule_skip_blanks(r);
    length = (size_t)(r->end - r->pos);
    if (length == 0)
        return rule_fault(r, r->end, "expected a text");
    if (length >= size)
        return rule_fault(r, r->pos, "a text of %zu bytes, at most %zu fit", length, size - 1);
    for (const char *c = r->pos; c < r->end; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return rule_fault(r, c, "a control character");
    }
    memcpy(to, r->pos, length);
    to[length] = '\0';
    return 0;
}

const char *rule_name(struct rule_lines *r, char *to, size_t size)
{
    char word[RULE_WORD_MAX];
    const char *at = rule_word(r, word);

    if (at == NULL) {
        (void)rule_fault(r, r->end, "expected a name");
        return NULL;
    }
    for (const char *c = word; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_') {
            (void)rule_fault(r, at, "the name \"%.40s\" has more than letters, digits, - and _",
                             word);
            return NULL;
        }
    }
    if (strlen(word) >= size) {
        (void)rule_fault(r, at, "the name is longer than %zu", size - 1);
        return NULL;
    }
    memcpy(to, word, strlen(word) + 1);
    return at;
}

int rule_begin(struct rule_lines *r, char to[RULE_NAME_MAX])
{
    const char *at = rule_name(r, to, RULE_NAME_MAX);

    if (at == NULL)
        return -1;
    for (size_t i = 0; i < r->rule_count; i++) {
        if (strcmp(r->rules[i].name, to) == 0)
            return rule_fault(r, at, "there is a rule \"%s\" already, in line %u", to,
                              r->rules[i].line);
    }
    if (r->rule_count == RULES_MAX)
        return rule_fault(r, at, "more than %u rules", RULES_MAX);
    memcpy(r->rules[r->rule_count].name, to, RULE_NAME_MAX);
    r->rules[r->rule_count++].line = r->line;
    return rule_end(r);
}

/* ---- conditions ---- */

/* Move the message of the filter to the place in the file: its column counts from the
 * condition. */
static int condition_fault(struct rule_lines *r, const struct nj_err *inner)
{
    const char *message = inner->msg;
    const char *at = r->pos;
    unsigned column = 0;
    int used = 0;

    if (sscanf(message, "filter: column %u: %n", &column, &used) == 1 && used > 0) {
        message += used;
        at += inner->offset != NJ_NO_OFFSET && inner->offset <= (uint64_t)(r->end - r->pos)
                  ? (size_t)inner->offset
                  : column - 1;
    }
    return rule_fault(r, at, "%s", message);
}

int rule_condition(struct rule_lines *r, char **to, const char *joined_by)
{
    struct nj_err inner = {0};
    struct filter filter;
    char *joined = NULL;
    int length;

    rule_skip_blanks(r);
    if (r->pos == r->end)
        return rule_fault(r, r->end, "expected a condition");
    length = (int)(r->end - r->pos);
    if (filter_compile_bytes(r->pos, (size_t)length, r->fields, r->field_count, &filter,
                             &inner) < 0) {
        if (inner.code == NJ_NOMEM)
            return nj_fail(r->err, NJ_NOMEM, "%s", inner.msg);
        return condition_fault(r, &inner);
    }
    filter_done(&filter);
    if (*to == NULL)
        length = asprintf(&joined, "(%.*s)", length, r->pos);
    else
        length = asprintf(&joined, "%s %s (%.*s)", *to, joined_by, length, r->pos);
    if (length < 0)
        return nj_fail(r->err, NJ_NOMEM, "no memory for a condition");
    free(*to);
    *to = joined;
    return 0;
}

int rule_compile(struct rule_lines *r, const char *name, unsigned line, struct filter *ret_when,
                 struct filter *ret_unless, bool *ret_has_unless)
{
    struct filter when, unless = {0};
    bool has_unless = r->unless != NULL;
    int rc = filter_compile(r->when == NULL ? "" : r->when, r->fields, r->field_count, &when,
                            r->err);

    if (rc == 0 && has_unless &&
        filter_compile(r->unless, r->fields, r->field_count, &unless, r->err) < 0) {
        filter_done(&when);
        rc = -1;
    }
    rule_lines_done(r);
    if (rc < 0)
        return nj_within(r->err, "%.80s:%u:1: rule %s", r->path, line, name);
    *ret_when = when;
    *ret_has_unless = has_unless;
    if (has_unless)
        *ret_unless = unless;
    return 0;
}

void rule_lines_done(struct rule_lines *r)
{
    free(r->when);
    free(r->unless);
    r->when = r->unless = NULL;
}

/* ---- lines ---- */

/* Where the line ends: at a comment outside of quotes, without blanks before. */
static const char *line_end(const char *start, const char *end)
{
    char quote = '\0';
    const char *c = start;

    for (; c < end; c++) {
        if (quote != '\0') {
            if (*c == '\\' && c + 1 < end)
                c++;
            else if (*c == quote)
                quote = '\0';
        } else if (*c == '"' || *c == '\'') {
            quote = *c;
        } else if (*c == '#' && (c == start || c[-1] == ' ' || c[-1] == '\t')) {
            break;
        }
    }
    while (c > start && (c[-1] == ' ' || c[-1] == '\t' || c[-1] == '\r'))
        c--;
    return c;
}

int rule_read(struct rule_lines *r, const char *text, size_t length,
              int (*read)(void *ctx, const char *word, const char *at), void *ctx)
{
    const char *end = text + length;
    char word[RULE_WORD_MAX];

    if (length > RULE_FILE_MAX)
        return nj_fail(r->err, NJ_LIMIT, "%.80s: %zu bytes, at most %u are read", r->path,
                       length, RULE_FILE_MAX);
    if (length > 0 && memchr(text, '\0', length) != NULL)
        return nj_fail(r->err, NJ_CONFIG, "%.80s: a NUL: this is no text", r->path);
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline == NULL ? end : newline, *at;

        r->line++;
        r->start = r->pos = text;
        r->end = line_end(text, stop);
        at = rule_word(r, word);
        if (at != NULL && read(ctx, word, at) < 0)
            return -1;
        if (r->too_long != NULL)
            return rule_fault(r, r->too_long, "a word of more than %u bytes",
                              RULE_WORD_MAX - 1);
        text = newline == NULL ? end : newline + 1;
    }
    return 0;
}

int rule_load(const char *path, char **ret_text, size_t *ret_length, struct nj_err *err)
{
    FILE *in = fopen(path, "rbe");
    char *text;
    size_t length = 0;
    int rc = 0;

    if (in == NULL)
        return nj_fail(err, NJ_IO, "open %s", path);
    text = malloc(RULE_FILE_MAX + 2);
    if (text == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for %s", path);
    else
        length = fread(text, 1, RULE_FILE_MAX + 1, in);
    if (rc == 0 && ferror(in))
        rc = nj_fail(err, NJ_IO, "read %s", path);
    (void)fclose(in);
    if (rc < 0) {
        free(text);
        return -1;
    }
    text[length] = '\0';
    *ret_text = text;
    *ret_length = length;
    return 0;
}

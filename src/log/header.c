/* SPDX-License-Identifier: Apache-2.0 */
#include "log/header.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define OBJECT_HEAD_MAX 1024u /* a syslog head, with structured data */

static bool same_name(const char *name, const char *text, size_t length)
{
    size_t i;

    for (i = 0; i < length && name[i] != '\0'; i++) {
        char c = text[i] == ' ' || text[i] == '-' ? '_' : text[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c != (name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]))
            return false;
    }
    return i == length && name[i] == '\0';
}

static const char *trim(const char *text, size_t *length)
{
    while (*length > 0 && (*text == ' ' || *text == '"')) {
        text++;
        (*length)--;
    }
    while (*length > 0 && (text[*length - 1] == ' ' || text[*length - 1] == '"'))
        (*length)--;
    return text;
}

/* Where a name of the header ends; in quotes it may hold delimiters (RFC 4180 2.6). */
static size_t name_end(const char *header, size_t from, size_t length, char delimiter)
{
    const char *cut;

    if (from < length && header[from] == '"') {
        cut = memchr(header + from + 1, '"', length - from - 1);
        if (cut != NULL)
            from = (size_t)(cut - header);
    }
    cut = memchr(header + from, delimiter, length - from);
    return cut == NULL ? length : (size_t)(cut - header);
}

size_t header_map(const struct rows_spec *spec, const char *header, size_t length,
                  char delimiter, int16_t *column_of, size_t *ret_width,
                  const char **ret_missing)
{
    uint8_t rank[ROWS_COLUMNS_MAX]; /* which synonym was found, from 1 */
    int16_t at[ROWS_COLUMNS_MAX];
    size_t width = 0, found = 0;

    memset(rank, 0, sizeof(rank));
    for (size_t from = 0; from <= length && width < ROWS_HEADER_MAX; width++) {
        size_t size = name_end(header, from, length, delimiter) - from;
        const char *name = header + from;

        from += size + 1;
        column_of[width] = HEADER_NO_COLUMN;
        name = trim(name, &size);
        for (size_t c = 0; c < spec->column_count; c++) {
            for (uint8_t s = 0; s < ROWS_NAMES_MAX && spec->columns[c].names[s][0] != '\0';
                 s++) {
                if ((rank[c] != 0 && rank[c] <= s + 1) ||
                    !same_name(spec->columns[c].names[s], name, size))
                    continue;
                if (rank[c] != 0)
                    column_of[at[c]] = HEADER_NO_COLUMN;
                rank[c] = (uint8_t)(s + 1);
                at[c] = (int16_t)width;
                column_of[width] = (int16_t)c;
            }
        }
    }
    *ret_width = width;
    for (size_t c = 0; c < spec->column_count; c++) {
        if (!spec->columns[c].required)
            continue;
        if (rank[c] == 0) {
            *ret_missing = spec->columns[c].names[0];
            return 0;
        }
        found++;
    }
    return found;
}

bool header_blank(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r')
            return false;
    }
    return true;
}

size_t header_map_csv(const struct rows_spec *spec, const char *line, size_t length,
                      char *ret_delimiter, int16_t *column_of, size_t *ret_width,
                      const char **ret_missing)
{
    for (const char *d = spec->delimiters; *d != '\0'; d++) {
        size_t found = header_map(spec, line, length, *d, column_of, ret_width, ret_missing);

        *ret_delimiter = *d;
        if (found > 0)
            return found;
    }
    *ret_delimiter = spec->delimiters[0];
    return header_map(spec, line, length, *ret_delimiter, column_of, ret_width, ret_missing);
}

char header_line_end(const uint8_t *bytes, size_t length)
{
    const uint8_t *cr = length == 0 ? NULL : memchr(bytes, '\r', length - 1);

    return cr != NULL && memchr(bytes, '\n', length) == NULL ? '\r' : '\n';
}

char header_sep_line(const uint8_t *line, size_t length)
{
    size_t from = 0;

    if (length >= 2 && line[0] == '"' && line[length - 1] == '"') {
        from = 1;
        length--;
    }
    if (length - from != 5 || strncasecmp((const char *)line + from, "sep=", 4) != 0)
        return 0;
    return (char)line[from + 4];
}

size_t header_object(const uint8_t *line, size_t length)
{
    size_t within = length < OBJECT_HEAD_MAX ? length : OBJECT_HEAD_MAX;
    size_t from = 0;

    while (from < length && (line[from] == ' ' || line[from] == '\t'))
        from++;
    if (from < length && line[from] == '{')
        return from;
    if (from < length && line[from] == '[')
        return length; /* an array */
    for (; from < within; from++) {
        size_t key = from + 1;

        /* behind a blank, a colon or the mark of RFC 7464, so not in quotes of the head */
        if (line[from] != '{' || from == 0 || memchr(" \t:\x1e", line[from - 1], 4) == NULL)
            continue;
        while (key < length && (line[key] == ' ' || line[key] == '\t'))
            key++;
        if (key < length && line[key] == '"')
            return from;
    }
    return length;
}

bool header_has_json(const uint8_t *line, size_t length)
{
    size_t from = 0;

    while (from < length && (line[from] == ' ' || line[from] == '\t'))
        from++;
    return (from < length && line[from] == '[') || memmem(line, length, "{\"", 2) != NULL ||
           memmem(line, length, "\":", 2) != NULL;
}

const char *header_directive(const uint8_t *line, size_t length, const char *name,
                             char separator, size_t *ret_length)
{
    size_t size = strlen(name);

    if (length <= size || memcmp(line, name, size) != 0 ||
        (line[size] != (uint8_t)separator && line[size] != ' '))
        return NULL;
    *ret_length = length - size - 1;
    return (const char *)line + size + 1;
}

char header_separator(const char *text, size_t length)
{
    if (length >= 4 && text[0] == '\\' && text[1] == 'x' && text_hex_digit(text[2]) >= 0 &&
        text_hex_digit(text[3]) >= 0)
        return (char)(text_hex_digit(text[2]) << 4 | text_hex_digit(text[3]));
    return length > 0 ? text[0] : '\t';
}

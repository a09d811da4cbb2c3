/* SPDX-License-Identifier: Apache-2.0 */
/* Which kind of rows the first bytes of an input are, by the columns that they show. */
#include <stdio.h>
#include <string.h>

#include "log/header.h"

static bool json_has(const char *line, size_t length, const char *key)
{
    char quoted[36];
    int size = snprintf(quoted, sizeof(quoted), "\"%s\"", key);
    const char *at = memmem(line, length, quoted, (size_t)size);

    if (at == NULL)
        return false;
    for (at += size; at < line + length && *at == ' '; at++)
        ;
    return at < line + length && *at == ':';
}

static size_t detect_json(const struct rows_spec *spec, const char *line, size_t length)
{
    size_t found = 0;

    if (line[0] != '{')
        return 0;
    for (size_t c = 0; c < spec->column_count; c++) {
        const struct rows_column *column = &spec->columns[c];
        bool has = false;

        for (size_t s = 0; s < ROWS_NAMES_MAX && column->names[s][0] != '\0' && !has; s++)
            has = json_has(line, length, column->names[s]);
        if (has && column->required)
            found++;
        else if (column->required)
            return 0;
    }
    return found;
}

size_t rows_detect(const struct rows_spec *spec, const uint8_t *bytes, size_t length)
{
    int16_t column_of[ROWS_HEADER_MAX];
    char separator = '\t';
    size_t from = 0, end;

    if (spec->kind == ROWS_LINES)
        return 0;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        from = 3;
    for (; from < length; from = end + 1) {
        const uint8_t *line = bytes + from;
        const uint8_t *cut = memchr(line, '\n', length - from);
        const char *text, *missing;
        size_t size, width, found;

        end = cut == NULL ? length : (size_t)(cut - bytes);
        size = end - from;
        if (size > 0 && line[size - 1] == '\r')
            size--;
        if (header_blank(line, size))
            continue;
        if (spec->kind == ROWS_JSON) {
            found = detect_json(spec, (const char *)line, size);
            if (found > 0 || line[0] != '{')
                return found;
        } else if (spec->kind == ROWS_CSV && line[0] != '#') {
            return header_map_csv(spec, (const char *)line, size, &separator, column_of, &width,
                                  &missing);
        } else if (spec->kind == ROWS_ZEEK) {
            if (line[0] != '#')
                return 0;
            if ((text = header_directive(line, size, "#separator", ' ', &width)) != NULL)
                separator = header_separator(text, width);
            else if ((text = header_directive(line, size, "#fields", separator, &width)) !=
                     NULL)
                return header_map(spec, text, width, separator, column_of, &width, &missing);
        }
    }
    return 0;
}

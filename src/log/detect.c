/* SPDX-License-Identifier: Apache-2.0 */
/* Which format the first bytes of an input are of: by a pattern of the format, and by the
 * columns that they show. And what they are, if of none. */
#include <stdio.h>
#include <string.h>

#include "base/stream.h"
#include "log/format.h"
#include "log/header.h"

#define DETECT_LINE_MAX 4096u
#define DETECT_MATCH 50u /* a pattern says more than the names of columns */

/* Whether the object that begins the line has a key: one of its own, not one of an object
 * within it, since those are no columns. */
static bool json_has(const char *line, size_t length, const char *key)
{
    size_t size = strlen(key), at = 0, from;
    unsigned depth = 0;
    bool found;

    while (at < length) {
        char c = line[at++];

        depth += c == '{' || c == '[';
        depth -= (c == '}' || c == ']') && depth > 0;
        if (c != '"')
            continue;
        for (from = at; at < length && line[at] != '"'; at++)
            at += line[at] == '\\';
        if (at >= length)
            return false;
        found = depth == 1 && at - from == size && memcmp(line + from, key, size) == 0;
        for (at++; found && at < length && line[at] == ' ';)
            at++;
        if (found && at < length && line[at] == ':')
            return true;
    }
    return false;
}

static size_t detect_json(const struct rows_spec *spec, const char *line, size_t length)
{
    size_t found = 0;

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
    char line_end = header_line_end(bytes, length);
    struct rows_spec own = *spec; /* with the delimiter that the input names */
    int16_t column_of[ROWS_HEADER_MAX];
    char separator = '\t', sep;
    size_t from = 0, end;

    if (spec->kind == ROWS_LINES)
        return 0;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        from = 3;
    for (; from < length; from = end + 1) {
        const uint8_t *line = bytes + from;
        const uint8_t *cut = memchr(line, line_end, length - from);
        const char *text, *missing;
        size_t size, width, found;

        end = cut == NULL ? length : (size_t)(cut - bytes);
        size = end - from;
        if (size > 0 && line[size - 1] == '\r')
            size--;
        if (header_blank(line, size))
            continue;
        if (spec->kind == ROWS_JSON) {
            size_t head = header_object(line, size);

            found = detect_json(spec, (const char *)line + head, size - head);
            if (found > 0 || line[0] == '[')
                return found;
        } else if (spec->kind == ROWS_CSV && (sep = header_sep_line(line, size)) != 0) {
            memcpy(own.delimiters, (const char[]){sep, '\0'}, 2);
        } else if (spec->kind == ROWS_CSV && line[0] != '#') {
            return header_map_csv(&own, (const char *)line, size, &separator, column_of, &width,
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

static bool some_line_matches(const regex_t *pattern, const uint8_t *bytes, size_t length)
{
    char line_end = header_line_end(bytes, length);
    char line[DETECT_LINE_MAX];

    for (size_t from = 0, end; from < length; from = end + 1) {
        const uint8_t *cut = memchr(bytes + from, line_end, length - from);
        size_t size;

        end = cut == NULL ? length : (size_t)(cut - bytes);
        size = end - from < sizeof(line) ? end - from : sizeof(line) - 1;
        memcpy(line, bytes + from, size);
        line[size] = '\0';
        if (regexec(pattern, line, 0, NULL, 0) == 0)
            return true;
    }
    return false;
}

unsigned format_match(const struct log_format *format, const uint8_t *bytes, size_t length,
                      enum rows_kind *ret_kind)
{
    unsigned pattern = format->has_detect ? DETECT_MATCH : 0;

    if (format->has_detect && !some_line_matches(&format->detect, bytes, length))
        return 0;
    for (size_t k = 0; k < format->kind_count; k++) {
        struct rows_spec spec = format_spec(format, format->kinds[k]);
        size_t found = rows_detect(&spec, bytes, length);

        *ret_kind = spec.kind;
        if (found > 0 || (spec.kind == ROWS_LINES && pattern > 0))
            return pattern + (unsigned)found;
    }
    return 0;
}

/* @return the first place from `from` on where no blank stands; `length` if there is none */
static size_t blanks(const uint8_t *bytes, size_t length, size_t from)
{
    while (from < length && (bytes[from] == ' ' || bytes[from] == '\t' || bytes[from] == '\r' ||
                             bytes[from] == '\n'))
        from++;
    return from;
}

/* Whether a line that is neither blank nor a comment is an object, maybe behind the head of a
 * transport. Other programs' lines may stand between. */
static bool some_line_has_object(const uint8_t *bytes, size_t length)
{
    char line_end = header_line_end(bytes, length);

    for (size_t from = 0, end; from < length; from = end + 1) {
        const uint8_t *line = bytes + from, *cut = memchr(line, line_end, length - from);
        size_t size;

        end = cut == NULL ? length : (size_t)(cut - bytes);
        size = end - from;
        if (line[0] != '#' && header_object(line, size) < size)
            return true;
    }
    return false;
}

enum rows_kind format_guess(const struct log_format *format, const uint8_t *bytes,
                            size_t length)
{
    bool object = some_line_has_object(bytes, length);

    for (size_t k = 0; k < format->kind_count && length > 0; k++) {
        if ((format->kinds[k] == ROWS_JSON) == object)
            return format->kinds[k];
    }
    return format->kinds[0];
}

int log_detect(const struct log_formats *formats, struct nj_stream *stream,
               const struct log_format **ret_format, struct nj_err *err)
{
    const struct log_format *best = NULL;
    const uint8_t *bytes;
    unsigned most = 0;
    size_t length;

    /* damage within the first bytes is for the reader to report: what is there may do */
    if (nj_stream_peek(stream, LOG_PEEK, &bytes, &length, err) < 0 && length == 0)
        return -1;
    if (length > LOG_PEEK)
        length = LOG_PEEK;
    for (size_t i = 0; log_formats_at(formats, i) != NULL; i++) {
        const struct log_format *format = log_formats_at(formats, i);
        enum rows_kind kind;
        unsigned match = format_match(format, bytes, length, &kind);

        if (match > most) {
            most = match;
            best = format;
        }
    }
    if (best == NULL)
        return LOG_UNKNOWN;
    *ret_format = best;
    return 0;
}

/* ---- what it is instead ---- */

static const struct {
    const char *begin;
    size_t length;
    const char *text;
} strangers[] = {
    {"\xff\xfe", 2, ", it looks like UTF-16: make it UTF-8 (iconv -f UTF-16 -t UTF-8)"},
    {"\xfe\xff", 2, ", it looks like UTF-16: make it UTF-8 (iconv -f UTF-16 -t UTF-8)"},
    {"\xd4\xc3\xb2\xa1", 4, ", it looks like a capture: nightjar ingest reads it"},
    {"\xa1\xb2\xc3\xd4", 4, ", it looks like a capture: nightjar ingest reads it"},
    {"\x4d\x3c\xb2\xa1", 4, ", it looks like a capture: nightjar ingest reads it"},
    {"\xa1\xb2\x3c\x4d", 4, ", it looks like a capture: nightjar ingest reads it"},
    {"\x0a\x0d\x0d\x0a", 4, ", it looks like a capture: nightjar ingest reads it"},
    {"\x0c\xa5", 2, ", it looks like nfdump's own file: nfdump -o csv -r FILE prints it"},
    {"SQLite format 3", 15, ", it looks like a database"},
    {"%PDF", 4, ", it looks like a PDF"},
    {"PK\x03\x04", 4, ", it looks like a zip archive: unpack it"},
};

static bool some_line_begins(const uint8_t *bytes, size_t length, const char *text, size_t size)
{
    char line_end = header_line_end(bytes, length);

    for (size_t from = 0; length - from >= size;) {
        const uint8_t *cut = memchr(bytes + from, line_end, length - from);

        if (memcmp(bytes + from, text, size) == 0)
            return true;
        if (cut == NULL)
            break;
        from = (size_t)(cut - bytes) + 1;
    }
    return false;
}

const char *log_looks_like(struct nj_stream *stream)
{
    const uint8_t *bytes;
    size_t length, at;

    (void)nj_stream_peek(stream, LOG_PEEK, &bytes, &length, NULL);
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
        if (length >= strangers[i].length &&
            memcmp(bytes, strangers[i].begin, strangers[i].length) == 0)
            return strangers[i].text;
    at = blanks(bytes, length, 0);
    if (at < length && bytes[at] == '[' && (at = blanks(bytes, length, at + 1)) < length &&
        bytes[at] == '{')
        return ", it looks like a JSON array: one object a line is read (jq -c '.[]' FILE)";
    if (at + 1 < length && bytes[at] == '{' && (bytes[at + 1] == '\n' || bytes[at + 1] == '\r'))
        return ", it looks like JSON over many lines: one object a line is read (jq -c . FILE)";
    if (some_line_begins(bytes, length, "#fields", 7))
        return ", it looks like one of Zeek's logs: conn.log is read";
    if (at < length && bytes[at] == '{' && memmem(bytes, length, "\"_source\"", 9) != NULL)
        return ", it looks like Elasticsearch's documents: take the logs out of them (jq -c "
               "._source FILE)";
    if (memchr(bytes, '\0', length) != NULL)
        return ", it is no text";
    return "";
}

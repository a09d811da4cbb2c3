/* SPDX-License-Identifier: Apache-2.0 */
#include "log/extent.h"

#include <string.h>

#include "base/stream.h"

/* The end of an RFC 4180 record: the newline outside of quotes. @return its place, `length`
 * if there is none; *ret_open tells whether a quote was open there */
static size_t record_end(const struct rows *rows, const uint8_t *bytes, size_t length,
                         bool *ret_open)
{
    bool start = true, quoted = false;
    size_t i;

    for (i = 0; i < length; i++) {
        uint8_t c = bytes[i];

        if (quoted) {
            if (c != '"')
                continue;
            if (i + 1 < length && bytes[i + 1] == '"')
                i++;
            else
                quoted = false;
            continue;
        }
        if (c == (uint8_t)rows->line_end)
            break;
        quoted = start && c == '"';
        start = c == (uint8_t)rows->delimiter;
    }
    *ret_open = quoted;
    return i;
}

/* Step over a line that is too long to be a row. */
static int skip_line(struct rows *rows, struct nj_err *err)
{
    const uint8_t *bytes, *cut = NULL;
    size_t length;

    while (cut == NULL) {
        if (nj_stream_peek(rows->stream, 1, &bytes, &length, err) < 0)
            return -1;
        if (length == 0) {
            rows->grew = rows->waits;
            return 0;
        }
        cut = memchr(bytes, rows->line_end, length);
        nj_stream_consume(rows->stream, cut == NULL ? length : (size_t)(cut - bytes) + 1);
    }
    return 0;
}

static void set_line(struct extent *x, const uint8_t *bytes, size_t length, bool ended)
{
    x->bytes = bytes;
    x->step = length + (ended ? 1 : 0);
    x->length = length > 0 && bytes[length - 1] == '\r' ? length - 1 : length;
}

/* A record with quotes may reach over several lines. An unclosed quote costs its own line
 * only, so that it does not swallow what follows. @return 0; ROWS_END: its end may yet come */
static int find_record(struct rows *rows, struct extent *x)
{
    const uint8_t *bytes;
    size_t length, end;
    bool open;

    (void)nj_stream_peek(rows->stream, ROWS_TEXT_MAX + 1, &bytes, &length, NULL);
    if (length > ROWS_TEXT_MAX + 1)
        length = ROWS_TEXT_MAX + 1;
    end = record_end(rows, bytes, length, &open);
    if (rows->waits && end == length && length <= ROWS_TEXT_MAX)
        return ROWS_END;
    if (open || end > ROWS_TEXT_MAX) {
        x->bytes = bytes;
        x->bad = ROWS_OPEN_QUOTE;
        return 0;
    }
    for (size_t i = 0; i < end; i++)
        x->lines += bytes[i] == (uint8_t)rows->line_end;
    set_line(x, bytes, end, end < length);
    return 0;
}

int extent_next(struct rows *rows, struct extent *x, struct nj_err *err)
{
    const uint8_t *bytes, *cut;
    size_t length, within;
    bool damaged = false;

    *x = (struct extent){.lines = 1, .bad = ROWS_GOOD};
    if (nj_stream_peek(rows->stream, 1, &bytes, &length, err) < 0)
        return -1;
    if (length == 0)
        return ROWS_END;
    within = length < ROWS_TEXT_MAX + 1 ? length : ROWS_TEXT_MAX + 1;
    cut = memchr(bytes, rows->line_end, within);
    if (cut == NULL && length <= ROWS_TEXT_MAX) {
        damaged = nj_stream_peek(rows->stream, ROWS_TEXT_MAX + 1, &bytes, &length, NULL) < 0;
        within = length < ROWS_TEXT_MAX + 1 ? length : ROWS_TEXT_MAX + 1;
        cut = memchr(bytes, rows->line_end, within);
    }
    if (cut == NULL && length > ROWS_TEXT_MAX) {
        x->bad = ROWS_TOO_LONG;
        /* damage behind it is reported when the next row is asked for */
        (void)skip_line(rows, NULL);
        return 0;
    }
    if (cut == NULL && rows->waits && !damaged)
        return ROWS_END;
    set_line(x, bytes, cut == NULL ? length : (size_t)(cut - bytes), cut != NULL);
    if (cut == NULL && damaged)
        x->bad = ROWS_CUT;
    else if (rows->spec.kind == ROWS_CSV && memchr(x->bytes, '"', x->length) != NULL)
        return find_record(rows, x);
    return 0;
}

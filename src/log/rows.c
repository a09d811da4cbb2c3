/* SPDX-License-Identifier: Apache-2.0 */
/* A batch owns one block of text; rows and cells point into it. The raw row is copied there
 * once; a cell that must be unescaped gets a second copy behind it. */
#include "log/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "log/cells.h"
#include "log/extent.h"
#include "log/header.h"

#define BATCH_TEXT (4u << 20)
/* a row, the copies of its unescaped cells (never longer than the row) */
#define TEXT_SIZE (BATCH_TEXT + 2 * ROWS_TEXT_MAX)

/* ---- header ---- */

static void keep(char *to, size_t size, const char *text, size_t length)
{
    if (length >= size)
        length = size - 1;
    memcpy(to, text, length);
    to[length] = '\0';
}

static int new_fields(struct rows *rows, const char *text, size_t length, struct nj_err *err)
{
    const char *missing = "";

    if (header_map(&rows->spec, text, length, rows->delimiter, rows->column_of, &rows->width,
                   &missing) == 0)
        return nj_fail_at(err, NJ_FORMAT, nj_stream_offset(rows->stream),
                          "line %llu: #fields has no column \"%s\"",
                          (unsigned long long)rows->lines, missing);
    return 0;
}

/* A line that begins with '#', whose newline may be gone. @return 0, or -1 */
static int take_directive(struct rows *rows, const uint8_t *line, size_t length,
                          struct nj_err *err)
{
    const char *text;
    size_t size;

    if ((text = header_directive(line, length, "#separator", ' ', &size)) != NULL)
        rows->delimiter = header_separator(text, size);
    else if ((text = header_directive(line, length, "#unset_field", rows->delimiter, &size)) !=
             NULL)
        keep(rows->unset, sizeof(rows->unset), text, size);
    else if ((text = header_directive(line, length, "#empty_field", rows->delimiter, &size)) !=
             NULL)
        keep(rows->empty, sizeof(rows->empty), text, size);
    else if ((text = header_directive(line, length, "#fields", rows->delimiter, &size)) != NULL)
        return new_fields(rows, text, size, err);
    return 0;
}

/* ---- batches ---- */

static void add_row(struct rows *rows, const struct extent *x)
{
    struct rows_row *row = &rows->batch[rows->count];
    char *copy = rows->text + rows->text_used;
    size_t head = rows->spec.kind == ROWS_JSON ? header_object(x->bytes, x->length) : 0;

    *row = (struct rows_row){.line = rows->lines + 1,
                             .line_end = rows->lines + x->lines,
                             .text = copy,
                             .bad = x->bad};
    if (rows->cells != NULL)
        row->cell = rows->cells + rows->count * rows->spec.column_count;
    rows->count++;
    if (x->bad != ROWS_GOOD)
        return;
    if (head == x->length && rows->spec.kind == ROWS_JSON) {
        row->bad = header_has_json(x->bytes, x->length) ? ROWS_NO_OBJECT : ROWS_OTHER;
        return;
    }
    row->length = (uint32_t)(x->length - head);
    memcpy(copy, x->bytes + head, row->length);
    rows->text_used += row->length;
    row->altered = cells_make_utf8(copy, row->length);
    if (rows->spec.kind == ROWS_CSV || rows->spec.kind == ROWS_ZEEK)
        cells_split(rows, row);
}

/* A last row may have been read before its line end came. @return 0, ROWS_END */
static int keep_limit(const struct rows *rows, struct extent *x)
{
    uint64_t offset = nj_stream_offset(rows->stream);

    if (offset >= rows->limit || x->length > rows->limit - offset)
        return ROWS_END;
    x->cut = x->step > rows->limit - offset;
    if (x->cut)
        x->step = (size_t)(rows->limit - offset);
    return 0;
}

int rows_next(struct rows *rows, struct rows_row **ret_rows, size_t *ret_count,
              struct nj_err *err)
{
    rows->count = 0;
    rows->text_used = 0;
    while (rows->count < ROWS_BATCH_MAX && rows->text_used < BATCH_TEXT) {
        struct nj_err failure;
        struct extent x;
        int rc = extent_next(rows, &x, &failure);

        if (rc == 0 && rows->limit != 0)
            rc = keep_limit(rows, &x);
        if (rc != 0 && rows->count > 0)
            break; /* it comes again when nothing stands before it */
        if (rc < 0 && err != NULL)
            *err = failure;
        if (rc != 0)
            return rc;
        if (rows->grew) { /* by its line end, which is no row, or by more */
            if (!header_blank(x.bytes, x.length))
                x.bad = ROWS_GREW;
            rows->lines--;
            rows->grew = false;
        }
        if (rows->spec.kind == ROWS_ZEEK && x.length > 0 && x.bytes[0] == '#') {
            rows->lines++;
            if (take_directive(rows, x.bytes, x.length, err) < 0)
                return -1;
        } else {
            if (x.bad != ROWS_GOOD || !header_blank(x.bytes, x.length))
                add_row(rows, &x);
            rows->lines += x.lines;
        }
        nj_stream_consume(rows->stream, x.step);
        rows->grew = x.cut;
        if (rows->count > 0) { /* blank lines behind a row count as its own */
            rows->batch[rows->count - 1].end = nj_stream_offset(rows->stream);
            rows->batch[rows->count - 1].line_end = rows->lines;
        }
    }
    *ret_rows = rows->batch;
    *ret_count = rows->count;
    return 0;
}

/* ---- beginning ---- */

static int read_csv_header(struct rows *rows, struct nj_err *err)
{
    const char *missing = "";
    struct extent x;
    char sep;

    for (;;) {
        int rc = extent_next(rows, &x, err);

        if (rc < 0)
            return -1;
        if (rc == ROWS_END)
            return nj_fail(err, NJ_FORMAT, "no header line");
        if (x.bad != ROWS_GOOD)
            return nj_fail(err, NJ_FORMAT, "line %llu: no header line can be read there",
                           (unsigned long long)rows->lines + 1);
        rows->lines += x.lines;
        sep = header_sep_line(x.bytes, x.length);
        if (sep != 0)
            memcpy(rows->spec.delimiters, (const char[]){sep, '\0'}, 2);
        else if (!header_blank(x.bytes, x.length) && x.bytes[0] != '#')
            break;
        nj_stream_consume(rows->stream, x.step);
    }
    if (header_map_csv(&rows->spec, (const char *)x.bytes, x.length, &rows->delimiter,
                       rows->column_of, &rows->width, &missing) == 0)
        return nj_fail(err, NJ_FORMAT, "line %llu: the header has no column \"%s\"",
                       (unsigned long long)rows->lines, missing);
    nj_stream_consume(rows->stream, x.step);
    return 0;
}

static int read_zeek_header(struct rows *rows, struct nj_err *err)
{
    rows->delimiter = '\t';
    keep(rows->unset, sizeof(rows->unset), "-", 1);
    keep(rows->empty, sizeof(rows->empty), "(empty)", 7);
    while (rows->width == 0) {
        struct extent x;
        int rc = extent_next(rows, &x, err);

        if (rc < 0)
            return -1;
        if (rc == ROWS_END || x.length == 0 || x.bytes[0] != '#')
            return nj_fail(err, NJ_FORMAT, "line %llu: no #fields before the first row",
                           (unsigned long long)rows->lines + 1);
        rows->lines++;
        if (take_directive(rows, x.bytes, x.length, err) < 0)
            return -1;
        nj_stream_consume(rows->stream, x.step);
    }
    return 0;
}

/* The mark of UTF-8, and what ends the lines. */
static int look_ahead(struct rows *rows, struct nj_err *err)
{
    const uint8_t *bytes;
    size_t length;

    if (nj_stream_peek(rows->stream, ROWS_TEXT_MAX, &bytes, &length, err) < 0 && length == 0)
        return -1;
    rows->line_end = header_line_end(bytes, length < ROWS_TEXT_MAX ? length : ROWS_TEXT_MAX);
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        nj_stream_consume(rows->stream, 3);
    return 0;
}

int rows_skip(struct rows *rows, const struct rows_start *start, struct nj_err *err)
{
    bool whole = true; /* the last byte stepped over ends a line */
    const uint8_t *bytes;
    size_t length;

    while (nj_stream_offset(rows->stream) < start->offset) {
        uint64_t left = start->offset - nj_stream_offset(rows->stream);
        size_t step;

        if (nj_stream_peek(rows->stream, 1, &bytes, &length, err) < 0)
            return -1;
        if (length == 0)
            return nj_fail(err, NJ_FORMAT, "%llu bytes, but %llu were read before",
                           (unsigned long long)nj_stream_offset(rows->stream),
                           (unsigned long long)start->offset);
        if (rows->spec.kind == ROWS_ZEEK && whole && bytes[0] == '#') {
            struct extent x;

            if (extent_next(rows, &x, err) < 0 ||
                take_directive(rows, x.bytes, x.length, err) < 0)
                return -1;
            bytes = x.bytes;
            step = x.step;
        } else if (rows->spec.kind == ROWS_ZEEK) {
            const uint8_t *cut = memchr(bytes, rows->line_end, length);

            step = cut == NULL ? length : (size_t)(cut - bytes) + 1;
        } else {
            step = length;
        }
        if (step > left)
            step = (size_t)left;
        whole = step == 0 || bytes[step - 1] == (uint8_t)rows->line_end;
        nj_stream_consume(rows->stream, step);
    }
    rows->lines = start->line;
    rows->grew |= !whole; /* the last row was handed out without its line end */
    return 0;
}

int rows_new(const struct rows_spec *spec, struct nj_stream *stream,
             const struct rows_start *start, struct rows **ret_rows, struct nj_err *err)
{
    struct rows *rows = calloc(1, sizeof(*rows));
    bool split_here = spec->kind == ROWS_CSV || spec->kind == ROWS_ZEEK;
    int rc = -1;

    if (rows == NULL) {
        nj_fail(err, NJ_NOMEM, "log rows");
        goto out;
    }
    rows->spec = *spec;
    rows->stream = stream;
    rows->batch = calloc(ROWS_BATCH_MAX, sizeof(*rows->batch));
    rows->text = malloc(TEXT_SIZE);
    if (split_here)
        rows->cells = calloc(ROWS_BATCH_MAX * (spec->column_count + 1), sizeof(*rows->cells));
    if (rows->batch == NULL || rows->text == NULL || (split_here && rows->cells == NULL)) {
        nj_fail(err, NJ_NOMEM, "log rows");
        goto out;
    }
    if (look_ahead(rows, err) < 0)
        goto out;
    if (spec->kind == ROWS_CSV && read_csv_header(rows, err) < 0)
        goto out;
    if (spec->kind == ROWS_ZEEK && read_zeek_header(rows, err) < 0)
        goto out;
    if (start->offset > 0 && rows_skip(rows, start, err) < 0)
        goto out;
    *ret_rows = rows;
    rows = NULL;
    rc = 0;
out:
    rows_free(rows);
    return rc;
}

void rows_free(struct rows *rows)
{
    if (rows == NULL)
        return;
    free(rows->batch);
    free(rows->cells);
    free(rows->text);
    free(rows);
}

void rows_limit(struct rows *rows, uint64_t offset)
{
    rows->limit = offset;
}

void rows_wait(struct rows *rows, bool on)
{
    rows->waits = on;
}

uint64_t rows_lines(const struct rows *rows)
{
    return rows->lines;
}

const char *rows_reason(const struct rows *rows, const struct rows_row *row, char *text,
                        size_t size)
{
    switch (row->bad) {
    case ROWS_TOO_LONG:
        (void)snprintf(text, size, "longer than %u bytes", ROWS_TEXT_MAX);
        break;
    case ROWS_TOO_FEW:
    case ROWS_TOO_MANY:
        (void)snprintf(text, size, "%u columns, the header has %zu", row->cells, rows->width);
        break;
    case ROWS_OPEN_QUOTE:
        (void)snprintf(text, size, "a quote is not closed within %u bytes", ROWS_TEXT_MAX);
        break;
    case ROWS_NO_OBJECT:
        (void)snprintf(text, size, "not a JSON object");
        break;
    case ROWS_BAD_JSON:
        (void)snprintf(text, size, "not valid JSON");
        break;
    case ROWS_CUT:
        (void)snprintf(text, size, "the input is damaged within this row");
        break;
    case ROWS_GREW:
        (void)snprintf(text, size, "goes on after it was read: the line was not complete then");
        break;
    case ROWS_GOOD:
    case ROWS_OTHER:
    case ROWS_REFUSED:
        (void)snprintf(text, size, "refused");
        break;
    }
    return text;
}

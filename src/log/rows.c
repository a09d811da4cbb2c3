/* SPDX-License-Identifier: Apache-2.0 */
/* A batch owns one block of text; rows and cells point into it. The raw row is copied there
 * once; a cell that must be unescaped gets a second copy behind it. */
#include "log/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/stream.h"

#define BATCH_TEXT (4u << 20)
/* a row, the copies of its unescaped cells (never longer than the row) */
#define TEXT_SIZE (BATCH_TEXT + 2 * ROWS_TEXT_MAX)
#define NO_COLUMN (-1)

struct rows {
    struct rows_spec spec;
    struct nj_stream *stream;
    uint64_t lines; /* read so far */
    char delimiter;
    char unset[32], empty[32];          /* zeek: how it writes no value, and an empty one */
    size_t width;                       /* columns of the file */
    int16_t column_of[ROWS_HEADER_MAX]; /* file's column -> the spec's, or NO_COLUMN */
    bool grew;  /* the next bytes belong to a row that was handed out already */
    bool waits; /* for the rest of a last line without its end */

    size_t count;
    struct rows_row *batch;
    struct rows_cell *cells;
    char *text;
    size_t text_used;
};

/* Where a row stands in the stream's window. */
struct extent {
    const uint8_t *bytes;
    size_t length; /* without the line end */
    size_t step;   /* with it */
    uint32_t lines;
    enum rows_bad bad;
};

/* ---- header --------------------------------------------------------------------------------
 */

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

/* Map the header's names to the spec's columns; an earlier synonym beats a later one.
 * @return the required columns found, or 0 with *ret_missing set when one is missing */
static size_t map_header(const struct rows_spec *spec, const char *header, size_t length,
                         char delimiter, int16_t *column_of, size_t *ret_width,
                         const char **ret_missing)
{
    uint8_t rank[ROWS_COLUMNS_MAX]; /* which synonym was found, from 1 */
    int16_t at[ROWS_COLUMNS_MAX];
    size_t width = 0, found = 0;

    memset(rank, 0, sizeof(rank));
    for (size_t from = 0; from <= length && width < ROWS_HEADER_MAX; width++) {
        const char *cut = memchr(header + from, delimiter, length - from);
        size_t size = (cut == NULL ? length : (size_t)(cut - header)) - from;
        const char *name = header + from;

        from += size + 1;
        column_of[width] = NO_COLUMN;
        name = trim(name, &size);
        for (size_t c = 0; c < spec->column_count; c++) {
            for (uint8_t s = 0; s < ROWS_NAMES_MAX && spec->columns[c].names[s][0] != '\0';
                 s++) {
                if ((rank[c] != 0 && rank[c] <= s + 1) ||
                    !same_name(spec->columns[c].names[s], name, size))
                    continue;
                if (rank[c] != 0)
                    column_of[at[c]] = NO_COLUMN;
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

static bool blank(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r')
            return false;
    }
    return true;
}

/* The first of the delimiters that gives all required columns, else the first of all. */
static size_t map_csv(const struct rows_spec *spec, const char *line, size_t length,
                      char *ret_delimiter, int16_t *column_of, size_t *ret_width,
                      const char **ret_missing)
{
    for (const char *d = spec->delimiters; *d != '\0'; d++) {
        size_t found = map_header(spec, line, length, *d, column_of, ret_width, ret_missing);

        *ret_delimiter = *d;
        if (found > 0)
            return found;
    }
    *ret_delimiter = spec->delimiters[0];
    return map_header(spec, line, length, *ret_delimiter, column_of, ret_width, ret_missing);
}

/* What stands behind "#name" and one separator. @return NULL if the line is another one */
static const char *directive(const uint8_t *line, size_t length, const char *name,
                             char separator, size_t *ret_length)
{
    size_t size = strlen(name);

    if (length <= size || memcmp(line, name, size) != 0 ||
        (line[size] != (uint8_t)separator && line[size] != ' '))
        return NULL;
    *ret_length = length - size - 1;
    return (const char *)line + size + 1;
}

static void keep(char *to, size_t size, const char *text, size_t length)
{
    if (length >= size)
        length = size - 1;
    memcpy(to, text, length);
    to[length] = '\0';
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* "\x09" or the character itself */
static char separator_of(const char *text, size_t length)
{
    if (length >= 4 && text[0] == '\\' && text[1] == 'x' && hex(text[2]) >= 0 &&
        hex(text[3]) >= 0)
        return (char)(hex(text[2]) << 4 | hex(text[3]));
    return length > 0 ? text[0] : '\t';
}

struct zeek_header {
    char separator;
    const char *fields;
    size_t fields_length;
};

static int new_fields(struct rows *rows, const char *text, size_t length, struct nj_err *err)
{
    const char *missing = "";

    if (map_header(&rows->spec, text, length, rows->delimiter, rows->column_of, &rows->width,
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

    if ((text = directive(line, length, "#separator", ' ', &size)) != NULL)
        rows->delimiter = separator_of(text, size);
    else if ((text = directive(line, length, "#unset_field", rows->delimiter, &size)) != NULL)
        keep(rows->unset, sizeof(rows->unset), text, size);
    else if ((text = directive(line, length, "#empty_field", rows->delimiter, &size)) != NULL)
        keep(rows->empty, sizeof(rows->empty), text, size);
    else if ((text = directive(line, length, "#fields", rows->delimiter, &size)) != NULL)
        return new_fields(rows, text, size, err);
    return 0;
}

/* ---- one row's extent ----------------------------------------------------------------------
 */

/* The end of an RFC 4180 record: the newline outside of quotes. @return its place, `length`
 * if there is none; *ret_open tells whether a quote was open there */
static size_t record_end(const uint8_t *bytes, size_t length, char delimiter, bool *ret_open)
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
        if (c == '\n')
            break;
        quoted = start && c == '"';
        start = c == (uint8_t)delimiter;
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
        cut = memchr(bytes, '\n', length);
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
    end = record_end(bytes, length, rows->delimiter, &open);
    if (rows->waits && end == length && length <= ROWS_TEXT_MAX)
        return ROWS_END;
    if (open || end > ROWS_TEXT_MAX) {
        x->bytes = bytes;
        x->bad = ROWS_OPEN_QUOTE;
        return 0;
    }
    for (size_t i = 0; i < end; i++)
        x->lines += bytes[i] == '\n';
    set_line(x, bytes, end, end < length);
    return 0;
}

/* @return 0, ROWS_END, or -1 */
static int next_extent(struct rows *rows, struct extent *x, struct nj_err *err)
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
    cut = memchr(bytes, '\n', within);
    if (cut == NULL && length <= ROWS_TEXT_MAX) {
        damaged = nj_stream_peek(rows->stream, ROWS_TEXT_MAX + 1, &bytes, &length, NULL) < 0;
        within = length < ROWS_TEXT_MAX + 1 ? length : ROWS_TEXT_MAX + 1;
        cut = memchr(bytes, '\n', within);
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

/* ---- cells ---------------------------------------------------------------------------------
 */

/* How many bytes from here on are well-formed UTF-8 of one character (RFC 3629); 0: none. */
static size_t utf8_size(const uint8_t *at, size_t left)
{
    uint8_t lead = at[0];
    uint8_t low = 0x80, high = 0xbf; /* bounds of the second byte */
    size_t size;

    if (lead < 0x80)
        return lead == 0 ? 0 : 1;
    if (lead >= 0xc2 && lead <= 0xdf) {
        size = 2;
    } else if ((lead & 0xf0) == 0xe0) {
        size = 3;
        low = lead == 0xe0 ? 0xa0 : low;
        high = lead == 0xed ? 0x9f : high;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        size = 4;
        low = lead == 0xf0 ? 0x90 : low;
        high = lead == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (size > left || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    }
    return size;
}

/* Make the text UTF-8 without NUL, in its place. @return whether something was replaced */
static bool make_utf8(char *text, size_t length)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint8_t *bytes = (uint8_t *)text;
    bool altered = false;

    for (size_t i = 0; i < length;) {
        uint64_t word;
        size_t size;

        if (length - i >= sizeof(word)) {
            memcpy(&word, bytes + i, sizeof(word));
            if (((word | ((word - ones) & ~word)) & tops) == 0) {
                i += sizeof(word);
                continue;
            }
        }
        size = utf8_size(bytes + i, length - i);
        if (size == 0) {
            bytes[i] = '?';
            altered = true;
            size = 1;
        }
        i += size;
    }
    return altered;
}

/* A quoted cell as RFC 4180 means it: quotes off, doubled ones single. */
static struct rows_cell unquote(struct rows *rows, const char *text, size_t length)
{
    char *to = rows->text + rows->text_used;
    bool quoted = true;
    size_t used = 0;

    for (size_t i = 1; i < length; i++) {
        if (quoted && text[i] == '"') {
            if (i + 1 < length && text[i + 1] == '"')
                i++;
            else {
                quoted = false;
                continue;
            }
        }
        to[used++] = text[i];
    }
    rows->text_used += used;
    return (struct rows_cell){.text = to, .length = used == 0 ? ROWS_NULL : (uint32_t)used};
}

static struct rows_cell csv_cell(struct rows *rows, const char *text, size_t length)
{
    if (length == 0)
        return (struct rows_cell){.text = text, .length = ROWS_NULL};
    if (text[0] == '"')
        return unquote(rows, text, length);
    return (struct rows_cell){.text = text, .length = (uint32_t)length};
}

/* Zeek writes what is not printable, and the separator, as \xHH. What would not be text stays
 * as it is written. */
static struct rows_cell zeek_cell(struct rows *rows, const char *text, size_t length)
{
    char *to = rows->text + rows->text_used;
    size_t used = 0;

    if (length == strlen(rows->unset) && memcmp(text, rows->unset, length) == 0)
        return (struct rows_cell){.text = text, .length = ROWS_NULL};
    if (length == strlen(rows->empty) && memcmp(text, rows->empty, length) == 0)
        return (struct rows_cell){.text = text, .length = 0};
    if (memchr(text, '\\', length) == NULL)
        return (struct rows_cell){.text = text, .length = (uint32_t)length};
    for (size_t i = 0; i < length; i++) {
        int value = -1;

        if (length - i >= 4 && text[i] == '\\' && text[i + 1] == 'x' && hex(text[i + 2]) >= 0 &&
            hex(text[i + 3]) >= 0)
            value = hex(text[i + 2]) << 4 | hex(text[i + 3]);
        if (value >= 0x20 && value < 0x7f) {
            to[used++] = (char)value;
            i += 3;
        } else {
            to[used++] = text[i];
        }
    }
    rows->text_used += used;
    return (struct rows_cell){.text = to, .length = (uint32_t)used};
}

static size_t cell_end(const struct rows *rows, const char *text, size_t from, size_t length)
{
    const char *cut;

    if (rows->spec.kind == ROWS_CSV && from < length && text[from] == '"') {
        for (from++; from < length; from++) {
            if (text[from] != '"')
                continue;
            if (from + 1 < length && text[from + 1] == '"')
                from++;
            else
                break;
        }
    }
    cut = from < length ? memchr(text + from, rows->delimiter, length - from) : NULL;
    return cut == NULL ? length : (size_t)(cut - text);
}

static void split(struct rows *rows, struct rows_row *row)
{
    size_t from = 0, end;

    for (size_t c = 0; c < rows->spec.column_count; c++)
        row->cell[c] = (struct rows_cell){.text = "", .length = ROWS_NULL};
    for (; from <= row->length; from = end + 1, row->cells++) {
        end = cell_end(rows, row->text, from, row->length);
        if (row->cells >= rows->width) {
            /* a delimiter at the end of the row opens no column */
            if (row->cells == rows->width && end == from)
                continue;
            row->bad = ROWS_TOO_MANY;
        } else if (rows->column_of[row->cells] != NO_COLUMN) {
            row->cell[rows->column_of[row->cells]] =
                rows->spec.kind == ROWS_CSV ? csv_cell(rows, row->text + from, end - from)
                                            : zeek_cell(rows, row->text + from, end - from);
        }
    }
    if (row->cells < rows->width)
        row->bad = ROWS_TOO_FEW;
}

static void add_row(struct rows *rows, const struct extent *x)
{
    struct rows_row *row = &rows->batch[rows->count];
    char *copy = rows->text + rows->text_used;

    *row = (struct rows_row){.line = rows->lines + 1,
                             .line_end = rows->lines + x->lines,
                             .text = copy,
                             .bad = x->bad};
    if (rows->cells != NULL)
        row->cell = rows->cells + rows->count * rows->spec.column_count;
    rows->count++;
    if (x->bad != ROWS_GOOD)
        return;
    memcpy(copy, x->bytes, x->length);
    row->length = (uint32_t)x->length;
    rows->text_used += x->length;
    row->altered = make_utf8(copy, x->length);
    if (rows->spec.kind == ROWS_CSV || rows->spec.kind == ROWS_ZEEK)
        split(rows, row);
    else if (rows->spec.kind == ROWS_JSON && copy[strspn(copy, " \t")] != '{')
        row->bad = ROWS_NO_OBJECT;
}

int rows_next(struct rows *rows, struct rows_row **ret_rows, size_t *ret_count,
              struct nj_err *err)
{
    rows->count = 0;
    rows->text_used = 0;
    while (rows->count < ROWS_BATCH_MAX && rows->text_used < BATCH_TEXT) {
        struct nj_err failure;
        struct extent x;
        int rc = next_extent(rows, &x, &failure);

        if (rc != 0 && rows->count > 0)
            break; /* it comes again when nothing stands before it */
        if (rc < 0 && err != NULL)
            *err = failure;
        if (rc != 0)
            return rc;
        if (rows->grew) {
            x.bad = ROWS_GREW;
            rows->lines--;
            rows->grew = false;
        }
        if (rows->spec.kind == ROWS_ZEEK && x.length > 0 && x.bytes[0] == '#') {
            rows->lines++;
            if (take_directive(rows, x.bytes, x.length, err) < 0)
                return -1;
        } else {
            if (x.bad != ROWS_GOOD || !blank(x.bytes, x.length))
                add_row(rows, &x);
            rows->lines += x.lines;
        }
        nj_stream_consume(rows->stream, x.step);
        if (rows->count > 0) { /* blank lines behind a row count as its own */
            rows->batch[rows->count - 1].end = nj_stream_offset(rows->stream);
            rows->batch[rows->count - 1].line_end = rows->lines;
        }
    }
    *ret_rows = rows->batch;
    *ret_count = rows->count;
    return 0;
}

/* ---- beginning -----------------------------------------------------------------------------
 */

static int read_csv_header(struct rows *rows, struct nj_err *err)
{
    const char *missing = "";
    struct extent x;

    for (;;) {
        int rc = next_extent(rows, &x, err);

        if (rc < 0)
            return -1;
        if (rc == ROWS_END)
            return nj_fail(err, NJ_FORMAT, "no header line");
        if (x.bad != ROWS_GOOD)
            return nj_fail(err, NJ_FORMAT, "line %llu: no header line can be read there",
                           (unsigned long long)rows->lines + 1);
        rows->lines += x.lines;
        if (!blank(x.bytes, x.length) && x.bytes[0] != '#')
            break;
        nj_stream_consume(rows->stream, x.step);
    }
    if (map_csv(&rows->spec, (const char *)x.bytes, x.length, &rows->delimiter, rows->column_of,
                &rows->width, &missing) == 0)
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
        int rc = next_extent(rows, &x, err);

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

static int skip_mark(struct rows *rows, struct nj_err *err)
{
    const uint8_t *bytes;
    size_t length;

    if (nj_stream_peek(rows->stream, 3, &bytes, &length, err) < 0)
        return -1;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        nj_stream_consume(rows->stream, 3);
    return 0;
}

/* Step to the offset, minding directives on the way. The line number comes from the caller. */
static int skip_known(struct rows *rows, const struct rows_start *start, struct nj_err *err)
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

            if (next_extent(rows, &x, err) < 0 ||
                take_directive(rows, x.bytes, x.length, err) < 0)
                return -1;
            bytes = x.bytes;
            step = x.step;
        } else if (rows->spec.kind == ROWS_ZEEK) {
            const uint8_t *cut = memchr(bytes, '\n', length);

            step = cut == NULL ? length : (size_t)(cut - bytes) + 1;
        } else {
            step = length;
        }
        if (step > left)
            step = (size_t)left;
        whole = step == 0 || bytes[step - 1] == '\n';
        nj_stream_consume(rows->stream, step);
    }
    rows->lines = start->line;
    if (whole || nj_stream_peek(rows->stream, 2, &bytes, &length, NULL) < 0 || length == 0)
        return 0;
    /* the last row was handed out without its line end: now that stands there, or more row */
    if (bytes[0] == '\n')
        nj_stream_consume(rows->stream, 1);
    else if (length > 1 && bytes[0] == '\r' && bytes[1] == '\n')
        nj_stream_consume(rows->stream, 2);
    else
        rows->grew = true;
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
    if (skip_mark(rows, err) < 0)
        goto out;
    if (spec->kind == ROWS_CSV && read_csv_header(rows, err) < 0)
        goto out;
    if (spec->kind == ROWS_ZEEK && read_zeek_header(rows, err) < 0)
        goto out;
    if (start->offset > 0 && skip_known(rows, start, err) < 0)
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
    case ROWS_REFUSED:
        (void)snprintf(text, size, "refused");
        break;
    }
    return text;
}

/* ---- detection -----------------------------------------------------------------------------
 */

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
        if (blank(line, size))
            continue;
        if (spec->kind == ROWS_JSON) {
            found = detect_json(spec, (const char *)line, size);
            if (found > 0 || line[0] != '{')
                return found;
        } else if (spec->kind == ROWS_CSV && line[0] != '#') {
            return map_csv(spec, (const char *)line, size, &separator, column_of, &width,
                           &missing);
        } else if (spec->kind == ROWS_ZEEK) {
            if (line[0] != '#')
                return 0;
            if ((text = directive(line, size, "#separator", ' ', &width)) != NULL)
                separator = separator_of(text, width);
            else if ((text = directive(line, size, "#fields", separator, &width)) != NULL)
                return map_header(spec, text, width, separator, column_of, &width, &missing);
        }
    }
    return 0;
}

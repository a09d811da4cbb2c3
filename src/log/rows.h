/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a log as rows and cells, in batches, before any meaning is given to them.
 *
 *   kind    a row is                     cells
 *   lines   one line                     none
 *   csv     RFC 4180, quoted newlines    by the names in the header line
 *   zeek    one line without '#' ahead   by the names in the #fields directive
 *   json    one line                     none (the engine takes them from `text`)
 *
 * Bounded: a row has at most ROWS_TEXT_MAX bytes and a batch ROWS_BATCH_MAX rows, whatever the
 * input says. A row that can't be split stays in the batch with `bad` set, so that it is
 * counted in its place. Blank lines, headers and directives are no rows. Bytes that are not
 * UTF-8, and NUL, become '?' (`altered`). */
#ifndef NJ_LOG_ROWS_H
#define NJ_LOG_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct nj_stream;

#define ROWS_TEXT_MAX 65536u
#define ROWS_BATCH_MAX 8192u  /* large enough that starting the engine for it does not show */
#define ROWS_COLUMNS_MAX 64u  /* that a format may name */
#define ROWS_NAMES_MAX 24u    /* of one such column */
#define ROWS_HEADER_MAX 1024u /* columns that a file may have */

enum rows_kind { ROWS_LINES, ROWS_CSV, ROWS_ZEEK, ROWS_JSON };

enum rows_bad {
    ROWS_GOOD,
    ROWS_TOO_LONG,
    ROWS_TOO_FEW,  /* cells */
    ROWS_TOO_MANY, /* cells */
    ROWS_OPEN_QUOTE,
    ROWS_NO_OBJECT, /* json: a piece of some, but no object */
    ROWS_OTHER,     /* json: a line of another program; no fault */
    ROWS_BAD_JSON,
    ROWS_CUT,     /* the input is damaged within the row */
    ROWS_GREW,    /* the row was read before its line was complete */
    ROWS_REFUSED, /* by the engine; set by the caller */
};

/** A column that the format uses: its names in the order of preference, the first is the one
 * in SQL. Compared without case; blank and '-' in a header equal '_'. */
struct rows_column {
    char names[ROWS_NAMES_MAX][32]; /* the rest empty */
    bool required;
};

struct rows_spec {
    enum rows_kind kind;
    char delimiters[8]; /* csv: tried in this order */
    size_t column_count;
    const struct rows_column *columns; /* borrowed as long as the rows live */
};

#define ROWS_NULL UINT32_MAX

struct rows_cell {
    const char *text;
    uint32_t length; /* ROWS_NULL: the row does not say */
};

struct rows_row {
    uint64_t line;     /* number of its first line, from 1 */
    uint64_t line_end; /* of its last line */
    uint64_t end;      /* decompressed offset behind it */
    const char *text;  /* as in the file without the line end, UTF-8, not NUL-terminated */
    uint32_t length;
    uint32_t cells;         /* cells found in the row */
    struct rows_cell *cell; /* one per column of the spec; NULL for lines and json */
    enum rows_bad bad;
    bool altered;
};

/** Where to go on in an input that has been read before; all zero: from its beginning. */
struct rows_start {
    uint64_t offset;
    uint64_t line; /* lines read so far */
};

struct rows;

/**
 * Begin to read: the header, if the kind has one, then what stands before `start`.
 *
 * @param stream borrowed as long as the rows live, not yet read from
 * @return 0; -1 NJ_FORMAT when the header lacks a column or the input ends before `start`,
 *         NJ_NOMEM, or the stream's error
 */
int rows_new(const struct rows_spec *spec, struct nj_stream *stream,
             const struct rows_start *start, struct rows **ret_rows, struct nj_err *err);
void rows_free(struct rows *rows);

/** Read only rows that end at this offset or before: ROWS_END behind them. 0: all. */
void rows_limit(struct rows *rows, uint64_t offset);

/** Step from where the rows stand to `start`, minding directives on the way. @return as
 * rows_new */
int rows_skip(struct rows *rows, const struct rows_start *start, struct nj_err *err);

/** While this is on, a last line without its end is no row yet: it waits for the rest
 * (ROWS_END). Off when the rows are new. */
void rows_wait(struct rows *rows, bool on);

#define ROWS_END 1

/**
 * Read the next batch.
 *
 * @param ret_rows  `*ret_count` rows, at least one, in the order of the input; borrowed until
 *                  the next call
 * @return 0; ROWS_END, which is not final when the stream has grown (nj_stream_again); -1 the
 *         stream's error, after all that came before it was given
 */
int rows_next(struct rows *rows, struct rows_row **ret_rows, size_t *ret_count,
              struct nj_err *err);

/** Lines read so far: all up to the end of the last batch. */
uint64_t rows_lines(const struct rows *rows);

/** Why a row is bad, in words. `text` holds `size` bytes. @return text */
const char *rows_reason(const struct rows *rows, const struct rows_row *row, char *text,
                        size_t size);

/** How many required columns the first bytes of an input show; 0 if one is missing or the
 * bytes are of another kind. Lines have none and always give 0. */
size_t rows_detect(const struct rows_spec *spec, const uint8_t *bytes, size_t length);

#endif

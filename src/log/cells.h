/* SPDX-License-Identifier: Apache-2.0 */
/* The cells of one row, and the state of the reader that rows.c, extent.c and cells.c share. */
#ifndef NJ_LOG_CELLS_H
#define NJ_LOG_CELLS_H

#include "log/rows.h"

struct rows {
    struct rows_spec spec;
    struct nj_stream *stream;
    uint64_t lines; /* read so far */
    char line_end;  /* newline or carriage return */
    char delimiter;
    char unset[32], empty[32];          /* zeek: how it writes no value, and an empty one */
    size_t width;                       /* columns of the file */
    int16_t column_of[ROWS_HEADER_MAX]; /* file's column -> the spec's, or HEADER_NO_COLUMN */
    bool grew;      /* the next bytes belong to a row that was handed out already */
    uint64_t limit; /* rows that end behind it are not read; 0: none */
    bool waits;     /* for the rest of a last line without its end */

    size_t count;
    struct rows_row *batch;
    struct rows_cell *cells;
    char *text;
    size_t text_used;
};

/** Make a text UTF-8 without NUL, in its place. @return whether something was replaced */
bool cells_make_utf8(char *text, size_t length);

/** Split a row of csv or zeek into its cells; `bad` tells when their number is wrong. */
void cells_split(struct rows *rows, struct rows_row *row);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Where the next row of a log ends, in what the stream shows of it. Called by rows.c. */
#ifndef NJ_LOG_EXTENT_H
#define NJ_LOG_EXTENT_H

#include "log/cells.h"

/* Where a row stands in the stream's window. */
struct extent {
    const uint8_t *bytes;
    size_t length; /* without the line end */
    size_t step;   /* with it */
    uint32_t lines;
    enum rows_bad bad;
    bool cut; /* the limit stands between the row and its line end */
};

/**
 * Find the next row; nothing is consumed but the end of a line that is too long for one.
 *
 * @param x  its bytes are borrowed until the stream moves on; `bad` when it can't be a row
 * @return 0; ROWS_END: there is none, or its end may yet come (rows_wait); -1 the stream's
 * error
 */
int extent_next(struct rows *rows, struct extent *x, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A text column of staged rows as codes of a dictionary, so that DuckDB gets an ENUM: it writes
 * the dictionary once, and neither copies nor hashes the text of each row. */
#ifndef NJ_STORE_STAGE_TEXT_H
#define NJ_STORE_STAGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sort_key;

/* The rows of a table: where they begin, and their order (NULL: as they stand). */
struct staged_rows {
    const uint8_t *rows;
    size_t size;
    const struct sort_key *order;
};

const uint8_t *staged_row(const struct staged_rows *rows, size_t i);

#define TEXT_NULL UINT32_MAX

struct text_column {
    size_t offset;      /* of the text's pointer in a row */
    uint32_t *codes;    /* of each row: place in `texts`, TEXT_NULL for NULL or "" */
    const char **texts; /* borrowed from the rows; distinct, in order of first use */
    uint32_t count, room;
    uint32_t *slots; /* code + 1, by hash of the text; twice `room` */
};

/** Read `column_count` columns, whose offsets are set and the rest 0, of rows [start, end).
 * @return false when out of memory; to be freed all the same */
bool text_columns_read(struct text_column *columns, size_t column_count,
                       const struct staged_rows *rows, size_t start, size_t end);
void text_columns_done(struct text_column *columns, size_t column_count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of one segment of summaries in memory: read from its file, given to DuckDB in
 * chunks. For memory.c, which shares them.
 *
 * They stand by columns, 26 to 63 bytes a row: numbers as DuckDB has them, texts as numbers
 * into a list of the segment's texts. */
#ifndef NJ_STORE_MEMORY_BLOCK_H
#define NJ_STORE_MEMORY_BLOCK_H

#include "store/internal.h"

#define MEMORY_COLUMNS_MAX 13

struct memory_column {
    const char *name; /* NULL: no more */
    duckdb_type type;
    size_t size; /* bytes of a value; of a text: of its number */
    bool zero_is_null;
};

struct memory_table {
    const char *name; /* NULL: the kind is not kept */
    struct memory_column columns[MEMORY_COLUMNS_MAX];
};

/** As summary.c writes them; the day of a segment is that of all its rows, and no column. */
extern const struct memory_table memory_tables[SEGMENT_KINDS];

struct memory_block {
    int64_t segment;
    enum segment_kind kind;
    int32_t day;
    size_t users; /* handles; the memory's lock guards it */
    size_t rows;
    uint8_t *columns[MEMORY_COLUMNS_MAX];
    duckdb_string_t *texts; /* [0] is unused */
    size_t text_count;
};

/** How many columns a table has. */
size_t memory_columns(const struct memory_table *table);

/** @return 0; MEMORY_NOT (memory.h): the file's columns or rows are not as expected; -1 */
int memory_block_read(struct store *store, const struct segment *segment,
                      struct memory_block **ret, struct nj_err *err);
void memory_block_free(struct memory_block *block);

/** Give `count` values of a column, from `row` on. Long texts are borrowed: the block outlives
 * the query. */
void memory_block_give(const struct memory_block *block, size_t column, size_t row, idx_t count,
                       duckdb_vector vector);

#endif

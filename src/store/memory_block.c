/* SPDX-License-Identifier: Apache-2.0 */
#include "store/memory_block.h"

#include <stdlib.h>
#include <string.h>

#include "store/memory.h"

#define TEXTS_MAX UINT16_MAX /* of a segment; 0 is NULL */

/* ---- columns ---- */

#define TEXT .type = DUCKDB_TYPE_VARCHAR, .size = sizeof(uint16_t)
#define BIG .type = DUCKDB_TYPE_UBIGINT, .size = sizeof(uint64_t)
#define TIME .type = DUCKDB_TYPE_TIMESTAMP, .size = sizeof(int64_t)

const struct memory_table memory_tables[SEGMENT_KINDS] = {
    [SEGMENT_COUNTS] = {.name = "kept_counts",
                        .columns = {{.name = "sensor", TEXT},
                                    {.name = "class", TEXT},
                                    {.name = "country", TEXT},
                                    {.name = "proto", .type = DUCKDB_TYPE_UTINYINT, .size = 1},
                                    {.name = "dport", .type = DUCKDB_TYPE_USMALLINT, .size = 2},
                                    {.name = "sessions", BIG},
                                    {.name = "packets", BIG}}},
    [SEGMENT_SOURCES] =
        {.name = "kept_sources",
         .columns = {{.name = "sensor", TEXT},
                     {.name = "class", TEXT},
                     {.name = "proto", .type = DUCKDB_TYPE_UTINYINT, .size = 1},
                     {.name = "dport", .type = DUCKDB_TYPE_USMALLINT, .size = 2},
                     {.name = "src", .type = DUCKDB_TYPE_UUID, .size = sizeof(duckdb_hugeint)},
                     {.name = "tool", TEXT},
                     {.name = "country", TEXT},
                     {.name = "asn",
                      .type = DUCKDB_TYPE_UINTEGER,
                      .size = sizeof(uint32_t),
                      .zero_is_null = true},
                     {.name = "sessions", BIG},
                     {.name = "packets", BIG},
                     {.name = "first", TIME},
                     {.name = "last", TIME}}},
};

size_t memory_columns(const struct memory_table *table)
{
    size_t count = 0;

    while (count < MEMORY_COLUMNS_MAX && table->columns[count].name != NULL)
        count++;
    return count;
}

/* ---- reading a segment ---- */

void memory_block_free(struct memory_block *block)
{
    if (block == NULL)
        return;
    for (size_t i = 0; i < MEMORY_COLUMNS_MAX; i++)
        free(block->columns[i]);
    for (size_t i = 1; i < block->text_count; i++)
        if (!duckdb_string_is_inlined(block->texts[i]))
            free(block->texts[i].value.pointer.ptr);
    free(block->texts);
    free(block);
}

static bool same_text(duckdb_string_t *a, duckdb_string_t *b)
{
    uint32_t length = duckdb_string_t_length(*a);

    return length == duckdb_string_t_length(*b) &&
           memcmp(duckdb_string_t_data(a), duckdb_string_t_data(b), length) == 0;
}

/* The number of a text; 0 when there is no memory or there are too many. `last` is that of the
 * row before, which is the most likely: summaries are sorted. */
static uint16_t text_number(struct memory_block *block, duckdb_string_t *text, uint16_t last)
{
    duckdb_string_t *grown, copy = *text;

    if (last != 0 && same_text(&block->texts[last], text))
        return last;
    for (size_t i = 1; i < block->text_count; i++)
        if (same_text(&block->texts[i], text))
            return (uint16_t)i;
    if (block->text_count > TEXTS_MAX)
        return 0;
    grown = reallocarray(block->texts, block->text_count + 1, sizeof(*grown));
    if (grown == NULL)
        return 0;
    block->texts = grown;
    if (!duckdb_string_is_inlined(copy)) {
        copy.value.pointer.ptr = strndup(text->value.pointer.ptr, duckdb_string_t_length(copy));
        if (copy.value.pointer.ptr == NULL)
            return 0;
    }
    block->texts[block->text_count] = copy;
    return (uint16_t)block->text_count++;
}

/* @return whether the column could be taken: no NULL where none is expected */
static bool take_texts(struct memory_block *block, uint8_t *column, duckdb_vector vector,
                       idx_t count)
{
    duckdb_string_t *from = duckdb_vector_get_data(vector);
    uint64_t *validity = duckdb_vector_get_validity(vector);
    uint16_t *to = (uint16_t *)(void *)column, last = 0;

    for (idx_t i = 0; i < count; i++) {
        to[i] = 0;
        if (!duckdb_validity_row_is_valid(validity, i))
            continue;
        to[i] = last = text_number(block, &from[i], last);
        if (last == 0)
            return false;
    }
    return true;
}

static bool take_numbers(const struct memory_column *about, uint8_t *column,
                         duckdb_vector vector, idx_t count)
{
    const uint8_t *from = duckdb_vector_get_data(vector);
    uint64_t *validity = duckdb_vector_get_validity(vector);

    memcpy(column, from, count * about->size);
    for (idx_t i = 0; validity != NULL && i < count; i++) {
        if (duckdb_validity_row_is_valid(validity, i))
            continue;
        if (!about->zero_is_null)
            return false;
        memset(column + i * about->size, 0, about->size);
    }
    return true;
}

static bool take_chunk(struct memory_block *block, const struct memory_table *table, size_t row,
                       duckdb_data_chunk chunk)
{
    idx_t count = duckdb_data_chunk_get_size(chunk);

    for (size_t i = 0; i < memory_columns(table); i++) {
        const struct memory_column *about = &table->columns[i];
        duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
        uint8_t *to = block->columns[i] + row * about->size;

        if (!(about->type == DUCKDB_TYPE_VARCHAR ? take_texts(block, to, vector, count)
                                                 : take_numbers(about, to, vector, count)))
            return false;
    }
    return true;
}

static char *segment_sql(const struct store *store, const struct segment *segment)
{
    const struct memory_table *table = &memory_tables[segment->kind];
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);

    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < memory_columns(table); i++)
        (void)fprintf(out, "%s %s", i == 0 ? "SELECT" : ",", table->columns[i].name);
    (void)fprintf(out, " FROM read_parquet('%s/%s', hive_partitioning = false)", store->dir,
                  segment->path);
    return fclose(out) == 0 ? sql : NULL;
}

static struct memory_block *block_new(const struct segment *segment)
{
    const struct memory_table *table = &memory_tables[segment->kind];
    struct memory_block *block = calloc(1, sizeof(*block));

    if (block == NULL)
        return NULL;
    *block = (struct memory_block){
        .segment = segment->id, .kind = segment->kind, .day = segment->day, .text_count = 1};
    block->texts = calloc(1, sizeof(*block->texts));
    for (size_t i = 0; i < memory_columns(table); i++) {
        block->columns[i] = calloc(segment->rows + 1, table->columns[i].size);
        if (block->columns[i] == NULL || block->texts == NULL) {
            memory_block_free(block);
            return NULL;
        }
    }
    return block;
}

int memory_block_read(struct store *store, const struct segment *segment,
                      struct memory_block **ret, struct nj_err *err)
{
    const struct memory_table *table = &memory_tables[segment->kind];
    struct memory_block *block = block_new(segment);
    char *sql = segment_sql(store, segment);
    struct duck_query *query = NULL;
    duckdb_data_chunk chunk;
    int rc = -1;

    if (block == NULL || sql == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a summary");
        goto out;
    }
    if (duck_query_open(store->duck, sql, NULL, 0, &query, err) < 0)
        goto out;
    rc = 0;
    for (size_t i = 0; i < memory_columns(table); i++)
        if (duck_query_type(query, i) != table->columns[i].type)
            rc = MEMORY_NOT;
    while (rc == 0 && duck_query_next(query, &chunk) == 0) {
        size_t count = duckdb_data_chunk_get_size(chunk);

        if (count > segment->rows - block->rows ||
            !take_chunk(block, table, block->rows, chunk))
            rc = MEMORY_NOT;
        else
            block->rows += count;
    }
    if (rc == 0 && block->rows != segment->rows)
        rc = MEMORY_NOT;
    if (rc == 0) {
        *ret = block;
        block = NULL;
    }
out:
    duck_query_close(query);
    free(sql);
    memory_block_free(block);
    return rc;
}

/* ---- giving rows ---- */

static void give_texts(const struct memory_block *block, const uint8_t *column, idx_t count,
                       duckdb_vector vector)
{
    const uint16_t *from = (const uint16_t *)(const void *)column;
    duckdb_string_t *to = duckdb_vector_get_data(vector);

    for (idx_t i = 0; i < count; i++) {
        if (from[i] == 0)
            duck_set_null(vector, i);
        to[i] = block->texts[from[i]];
    }
}

void memory_block_give(const struct memory_block *block, size_t column, size_t row, idx_t count,
                       duckdb_vector vector)
{
    const struct memory_column *about = &memory_tables[block->kind].columns[column];
    const uint8_t *from = block->columns[column] + row * about->size;
    const uint32_t *numbers = (const uint32_t *)(const void *)from;

    if (about->type == DUCKDB_TYPE_VARCHAR) {
        give_texts(block, from, count, vector);
        return;
    }
    memcpy(duckdb_vector_get_data(vector), from, count * about->size);
    for (idx_t i = 0; about->zero_is_null && i < count; i++)
        if (numbers[i] == 0)
            duck_set_null(vector, i);
}

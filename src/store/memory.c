/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a segment stand by columns, 26 to 63 bytes a row: numbers as DuckDB has them, texts
 * as numbers into a list of the segment's texts. */
#include "store/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX (4u << 20) /* of a kind; 63 bytes each for the larger */
#define COLUMNS_MAX 13
#define TEXTS_MAX UINT16_MAX /* of a segment; 0 is NULL */

/* ---- columns -------------------------------------------------------------------------------
 */

struct column {
    const char *name; /* NULL: no more */
    duckdb_type type;
    size_t size; /* bytes of a value; of a text: of its number */
    bool zero_is_null;
};

#define TEXT .type = DUCKDB_TYPE_VARCHAR, .size = sizeof(uint16_t)
#define BIG .type = DUCKDB_TYPE_UBIGINT, .size = sizeof(uint64_t)
#define TIME .type = DUCKDB_TYPE_TIMESTAMP, .size = sizeof(int64_t)

struct table {
    const char *name;
    struct column columns[COLUMNS_MAX];
};

/* As summary.c writes them; the day of a segment is that of all its rows. */
static const struct table tables[SEGMENT_KINDS] = {
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

static size_t count_columns(const struct table *table)
{
    size_t count = 0;

    while (count < COLUMNS_MAX && table->columns[count].name != NULL)
        count++;
    return count;
}

const char *memory_table(enum segment_kind kind)
{
    return tables[kind].name;
}

/* ---- segments ------------------------------------------------------------------------------
 */

struct block {
    int64_t segment;
    enum segment_kind kind;
    int32_t day;
    size_t users; /* handles; the memory's lock guards it */
    size_t rows;
    uint8_t *columns[COLUMNS_MAX];
    duckdb_string_t *texts; /* [0] is unused */
    size_t text_count;
};

struct store_memory {
    pthread_mutex_t lock;
    struct block **blocks;
    size_t count, room;
};

/* What one handle keeps of one kind. */
struct kept {
    const struct table *table;
    struct block **blocks;
    size_t count;
    bool registered;
};

static void block_free(struct block *block)
{
    if (block == NULL)
        return;
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        free(block->columns[i]);
    for (size_t i = 1; i < block->text_count; i++)
        if (!duckdb_string_is_inlined(block->texts[i]))
            free(block->texts[i].value.pointer.ptr);
    free(block->texts);
    free(block);
}

struct store_memory *store_memory_new(void)
{
    struct store_memory *memory = calloc(1, sizeof(*memory));

    if (memory != NULL)
        (void)pthread_mutex_init(&memory->lock, NULL);
    return memory;
}

void store_memory_free(struct store_memory *memory)
{
    if (memory == NULL)
        return;
    for (size_t i = 0; i < memory->count; i++)
        block_free(memory->blocks[i]);
    free(memory->blocks);
    (void)pthread_mutex_destroy(&memory->lock);
    free(memory);
}

/* ---- reading a segment ---------------------------------------------------------------------
 */

static bool same_text(duckdb_string_t *a, duckdb_string_t *b)
{
    uint32_t length = duckdb_string_t_length(*a);

    return length == duckdb_string_t_length(*b) &&
           memcmp(duckdb_string_t_data(a), duckdb_string_t_data(b), length) == 0;
}

/* The number of a text; 0 when there is no memory or there are too many. `last` is that of the
 * row before, which is the most likely: summaries are sorted. */
static uint16_t text_number(struct block *block, duckdb_string_t *text, uint16_t last)
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
static bool take_texts(struct block *block, uint8_t *column, duckdb_vector vector, idx_t count)
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

static bool take_numbers(const struct column *about, uint8_t *column, duckdb_vector vector,
                         idx_t count)
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

static bool take_chunk(struct block *block, const struct table *table, size_t row,
                       duckdb_data_chunk chunk)
{
    idx_t count = duckdb_data_chunk_get_size(chunk);

    for (size_t i = 0; i < count_columns(table); i++) {
        const struct column *about = &table->columns[i];
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
    const struct table *table = &tables[segment->kind];
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);

    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < count_columns(table); i++)
        (void)fprintf(out, "%s %s", i == 0 ? "SELECT" : ",", table->columns[i].name);
    (void)fprintf(out, " FROM read_parquet('%s/%s', hive_partitioning = false)", store->dir,
                  segment->path);
    return fclose(out) == 0 ? sql : NULL;
}

static struct block *block_new(const struct segment *segment)
{
    const struct table *table = &tables[segment->kind];
    struct block *block = calloc(1, sizeof(*block));

    if (block == NULL)
        return NULL;
    *block = (struct block){
        .segment = segment->id, .kind = segment->kind, .day = segment->day, .text_count = 1};
    block->texts = calloc(1, sizeof(*block->texts));
    for (size_t i = 0; i < count_columns(table); i++) {
        block->columns[i] = calloc(segment->rows + 1, table->columns[i].size);
        if (block->columns[i] == NULL || block->texts == NULL) {
            block_free(block);
            return NULL;
        }
    }
    return block;
}

/* @return 0; MEMORY_NOT: it is not as expected; -1 */
static int block_read(struct store *store, const struct segment *segment, struct block **ret,
                      struct nj_err *err)
{
    const struct table *table = &tables[segment->kind];
    struct block *block = block_new(segment);
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
    for (size_t i = 0; i < count_columns(table); i++)
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
    block_free(block);
    return rc;
}

/* ---- sharing -------------------------------------------------------------------------------
 */

/* With the lock held: a handle uses the block, which is read if nobody has. */
static int use_block(struct store *store, const struct segment *segment, struct block **ret,
                     struct nj_err *err)
{
    struct store_memory *memory = store->memory;
    int rc;

    for (size_t i = 0; i < memory->count; i++)
        if (memory->blocks[i]->segment == segment->id &&
            memory->blocks[i]->kind == segment->kind) {
            *ret = memory->blocks[i];
            (*ret)->users++;
            return 0;
        }
    if (memory->count == memory->room) {
        size_t room = 2 * memory->room + 64;
        struct block **grown = reallocarray(memory->blocks, room, sizeof(struct block *));

        if (grown == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for summaries");
        memory->blocks = grown;
        memory->room = room;
    }
    rc = block_read(store, segment, ret, err);
    if (rc != 0)
        return rc;
    (*ret)->users = 1;
    memory->blocks[memory->count++] = *ret;
    return 0;
}

/* With the lock held. */
static void leave_blocks(struct store_memory *memory, struct block **blocks, size_t count)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++)
        blocks[i]->users--;
    for (size_t i = 0; i < memory->count; i++) {
        if (memory->blocks[i]->users == 0)
            block_free(memory->blocks[i]);
        else
            memory->blocks[left++] = memory->blocks[i];
    }
    memory->count = left;
}

static int use_blocks(struct store *store, enum segment_kind kind,
                      const struct segment_list *list, struct kept *kept, struct nj_err *err)
{
    struct block **blocks = calloc(list->count + 1, sizeof(struct block *));
    size_t count = 0;
    int rc = 0;

    if (blocks == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for summaries");
    (void)pthread_mutex_lock(&store->memory->lock);
    for (size_t i = 0; i < list->count && rc == 0; i++)
        if (list->items[i].kind == kind) {
            rc = use_block(store, &list->items[i], &blocks[count], err);
            count += rc == 0;
        }
    if (rc == 0) { /* what was kept until now goes */
        struct kept before = *kept;

        kept->blocks = blocks;
        kept->count = count;
        blocks = before.blocks;
        count = before.count;
    }
    leave_blocks(store->memory, blocks, count);
    (void)pthread_mutex_unlock(&store->memory->lock);
    free(blocks);
    return rc;
}

void memory_leave(struct store *store)
{
    if (store->memory == NULL)
        return;
    (void)pthread_mutex_lock(&store->memory->lock);
    for (size_t kind = 0; kind < SEGMENT_KINDS; kind++)
        if (store->kept[kind] != NULL)
            leave_blocks(store->memory, store->kept[kind]->blocks, store->kept[kind]->count);
    (void)pthread_mutex_unlock(&store->memory->lock);
    for (size_t kind = 0; kind < SEGMENT_KINDS; kind++)
        if (store->kept[kind] != NULL) {
            free(store->kept[kind]->blocks);
            free(store->kept[kind]);
        }
}

/* ---- the table functions -------------------------------------------------------------------
 */

struct scan {
    atomic_size_t next; /* block */
    idx_t count;
    idx_t column[COLUMNS_MAX + 1];
};

struct scan_thread {
    const struct block *block; /* NULL: take the next one */
    size_t row;
};

static void on_bind(duckdb_bind_info info)
{
    const struct kept *kept = duckdb_bind_get_extra_info(info);
    duckdb_logical_type date = duckdb_create_logical_type(DUCKDB_TYPE_DATE);
    size_t rows = 0;

    for (size_t i = 0; i < count_columns(kept->table); i++) {
        duckdb_logical_type type = duckdb_create_logical_type(kept->table->columns[i].type);

        duckdb_bind_add_result_column(info, kept->table->columns[i].name, type);
        duckdb_destroy_logical_type(&type);
    }
    duckdb_bind_add_result_column(info, "day", date);
    duckdb_destroy_logical_type(&date);
    for (size_t i = 0; i < kept->count; i++)
        rows += kept->blocks[i]->rows;
    duckdb_bind_set_cardinality(info, rows, true);
}

static void on_init(duckdb_init_info info)
{
    const struct kept *kept = duckdb_init_get_extra_info(info);
    struct scan *scan = calloc(1, sizeof(*scan));

    if (scan == NULL) {
        duckdb_init_set_error(info, "out of memory");
        return;
    }
    scan->count = duckdb_init_get_column_count(info);
    if (scan->count > COLUMNS_MAX + 1)
        scan->count = COLUMNS_MAX + 1;
    for (idx_t i = 0; i < scan->count; i++)
        scan->column[i] = duckdb_init_get_column_index(info, i);
    duckdb_init_set_init_data(info, scan, free);
    duckdb_init_set_max_threads(info, kept->count > 0 ? kept->count : 1);
}

static void on_thread(duckdb_init_info info)
{
    struct scan_thread *thread = calloc(1, sizeof(*thread));

    if (thread == NULL)
        duckdb_init_set_error(info, "out of memory");
    else
        duckdb_init_set_init_data(info, thread, free);
}

static void set_null(duckdb_vector vector, idx_t at)
{
    duckdb_vector_ensure_validity_writable(vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), at);
}

static void give_texts(const struct block *block, const uint8_t *column, idx_t count,
                       duckdb_vector vector)
{
    const uint16_t *from = (const uint16_t *)(const void *)column;
    duckdb_string_t *to = duckdb_vector_get_data(vector);

    for (idx_t i = 0; i < count; i++) {
        if (from[i] == 0)
            set_null(vector, i);
        to[i] =
            block->texts[from[i]]; /* long ones are borrowed: the block outlives the query */
    }
}

static void give_column(const struct block *block, const struct table *table, idx_t column,
                        size_t row, idx_t count, duckdb_vector vector)
{
    const struct column *about = &table->columns[column];
    const uint8_t *from = block->columns[column] + row * about->size;
    const uint32_t *numbers = (const uint32_t *)(const void *)from;

    if (about->type == DUCKDB_TYPE_VARCHAR) {
        give_texts(block, from, count, vector);
        return;
    }
    memcpy(duckdb_vector_get_data(vector), from, count * about->size);
    for (idx_t i = 0; about->zero_is_null && i < count; i++)
        if (numbers[i] == 0)
            set_null(vector, i);
}

static void on_scan(duckdb_function_info info, duckdb_data_chunk output)
{
    const struct kept *kept = duckdb_function_get_extra_info(info);
    struct scan *scan = duckdb_function_get_init_data(info);
    struct scan_thread *thread = duckdb_function_get_local_init_data(info);
    idx_t count = 0;

    while (thread->block == NULL || thread->row == thread->block->rows) {
        size_t next = atomic_fetch_add(&scan->next, 1);

        if (next >= kept->count) {
            duckdb_data_chunk_set_size(output, 0);
            return;
        }
        *thread = (struct scan_thread){.block = kept->blocks[next]};
    }
    count = thread->block->rows - thread->row;
    if (count > duckdb_vector_size())
        count = duckdb_vector_size();
    for (idx_t i = 0; i < scan->count; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(output, i);
        idx_t columns = count_columns(kept->table);

        if (scan->column[i] < columns) {
            give_column(thread->block, kept->table, scan->column[i], thread->row, count,
                        vector);
        } else if (scan->column[i] == columns) {
            int32_t *days = duckdb_vector_get_data(vector);

            for (idx_t row = 0; row < count; row++)
                days[row] = thread->block->day;
        } /* else the row number, for count(*) */
    }
    thread->row += count;
    duckdb_data_chunk_set_size(output, count);
}

static int register_table(struct store *store, struct kept *kept, struct nj_err *err)
{
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_state state;

    duckdb_table_function_set_name(function, kept->table->name);
    duckdb_table_function_set_extra_info(function, kept, NULL);
    duckdb_table_function_set_bind(function, on_bind);
    duckdb_table_function_set_init(function, on_init);
    duckdb_table_function_set_local_init(function, on_thread);
    duckdb_table_function_set_function(function, on_scan);
    duckdb_table_function_supports_projection_pushdown(function, true);
    state = duckdb_register_table_function(duck_connection(store->duck), function);
    duckdb_destroy_table_function(&function);
    if (state != DuckDBSuccess)
        return nj_fail(err, NJ_STORE, "DuckDB refused the table function %s",
                       kept->table->name);
    kept->registered = true;
    return 0;
}

int memory_follow(struct store *store, enum segment_kind kind, const struct segment_list *list,
                  struct nj_err *err)
{
    struct kept *kept = store->kept[kind];
    uint64_t rows = 0;
    int rc;

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind == kind)
            rows += list->items[i].rows;
    if (store->memory == NULL || tables[kind].name == NULL || rows == 0 || rows > ROWS_MAX) {
        const struct segment_list none = {.count = 0};

        return kept != NULL && use_blocks(store, kind, &none, kept, err) < 0 ? -1 : MEMORY_NOT;
    }
    if (kept == NULL) {
        kept = store->kept[kind] = calloc(1, sizeof(*kept));
        if (kept == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for summaries");
        kept->table = &tables[kind];
    }
    rc = use_blocks(store, kind, list, kept, err);
    if (rc != 0)
        return rc;
    return kept->registered ? 0 : register_table(store, kept, err);
}

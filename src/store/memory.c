/* SPDX-License-Identifier: Apache-2.0 */
#include "store/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "store/memory_block.h"

#define ROWS_MAX (4u << 20) /* of a kind; 63 bytes each for the larger */

struct store_memory {
    pthread_mutex_t lock;
    struct memory_block **blocks;
    size_t count, room;
};

/* What one handle keeps of one kind. */
struct kept {
    const struct memory_table *table;
    struct memory_block **blocks;
    size_t count;
    bool registered;
};

const char *memory_table(enum segment_kind kind)
{
    return memory_tables[kind].name;
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
        memory_block_free(memory->blocks[i]);
    free(memory->blocks);
    (void)pthread_mutex_destroy(&memory->lock);
    free(memory);
}

/* ---- sharing ---- */

/* With the lock held: a handle uses the block, which is read if nobody has. */
static int use_block(struct store *store, const struct segment *segment,
                     struct memory_block **ret, struct nj_err *err)
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
        struct memory_block **grown =
            reallocarray(memory->blocks, room, sizeof(struct memory_block *));

        if (grown == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for summaries");
        memory->blocks = grown;
        memory->room = room;
    }
    rc = memory_block_read(store, segment, ret, err);
    if (rc != 0)
        return rc;
    (*ret)->users = 1;
    memory->blocks[memory->count++] = *ret;
    return 0;
}

/* With the lock held. */
static void leave_blocks(struct store_memory *memory, struct memory_block **blocks,
                         size_t count)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++)
        blocks[i]->users--;
    for (size_t i = 0; i < memory->count; i++) {
        if (memory->blocks[i]->users == 0)
            memory_block_free(memory->blocks[i]);
        else
            memory->blocks[left++] = memory->blocks[i];
    }
    memory->count = left;
}

static int use_blocks(struct store *store, enum segment_kind kind,
                      const struct segment_list *list, struct kept *kept, struct nj_err *err)
{
    struct memory_block **blocks = calloc(list->count + 1, sizeof(struct memory_block *));
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

/* ---- the table functions ---- */

struct scan {
    atomic_size_t next; /* block */
    idx_t count;
    idx_t column[MEMORY_COLUMNS_MAX + 1];
};

struct scan_thread {
    const struct memory_block *block; /* NULL: take the next one */
    size_t row;
};

static void on_bind(duckdb_bind_info info)
{
    const struct kept *kept = duckdb_bind_get_extra_info(info);
    duckdb_logical_type date = duckdb_create_logical_type(DUCKDB_TYPE_DATE);
    size_t rows = 0;

    for (size_t i = 0; i < memory_columns(kept->table); i++) {
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
    if (scan->count > MEMORY_COLUMNS_MAX + 1)
        scan->count = MEMORY_COLUMNS_MAX + 1;
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
        idx_t columns = memory_columns(kept->table);

        if (scan->column[i] < columns) {
            memory_block_give(thread->block, scan->column[i], thread->row, count, vector);
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
    if (store->memory == NULL || memory_tables[kind].name == NULL || rows == 0 ||
        rows > ROWS_MAX) {
        const struct segment_list none = {.count = 0};

        return kept != NULL && use_blocks(store, kind, &none, kept, err) < 0 ? -1 : MEMORY_NOT;
    }
    if (kept == NULL) {
        kept = store->kept[kind] = calloc(1, sizeof(*kept));
        if (kept == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for summaries");
        kept->table = &memory_tables[kind];
    }
    rc = use_blocks(store, kind, list, kept, err);
    if (rc != 0)
        return rc;
    return kept->registered ? 0 : register_table(store, kept, err);
}

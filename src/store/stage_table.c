/* SPDX-License-Identifier: Apache-2.0 */
/* Staged rows as tables that DuckDB reads without a copy: one table function a kind of segment,
 * all over the same code, which knows rows by their fields (fields.h). */
#include <stdlib.h>
#include <string.h>

#include "store/stage.h"
#include "store/stage_text.h"

/* What one table function reads: the same code serves visits and traits. */
struct staged_table {
    struct stage *stage;
    const struct field *fields;
    size_t field_count;
    enum segment_kind kind;
};

#define FIELDS_MAX 64

/* What one call of a table function is about: rows [start, end), and their texts. */
struct bound {
    size_t start, end;
    size_t text_count;
    struct text_column texts[FIELDS_MAX];
};

static struct staged_rows rows_of(const struct staged_table *table)
{
    const struct stage *stage = table->stage;

    switch (table->kind) {
    case SEGMENT_VISITS:
        return (struct staged_rows){(const uint8_t *)stage->rows, sizeof(*stage->rows),
                                    stage->order};
    case SEGMENT_TRAITS:
        return (struct staged_rows){(const uint8_t *)stage->traits, sizeof(*stage->traits),
                                    stage->trait_order};
    case SEGMENT_SAMPLES:
        return (struct staged_rows){(const uint8_t *)stage->samples, sizeof(*stage->samples),
                                    stage->sample_order};
    case SEGMENT_COUNTS:
        return (struct staged_rows){(const uint8_t *)stage->tally.counts,
                                    sizeof(*stage->tally.counts), NULL};
    default:
        return (struct staged_rows){(const uint8_t *)stage->tally.sources,
                                    sizeof(*stage->tally.sources), NULL};
    }
}

struct scan {
    size_t next, end;
    idx_t columns;
    idx_t column[FIELDS_MAX]; /* field numbers asked for */
};

static void free_bound(void *arg)
{
    struct bound *bound = arg;

    text_columns_done(bound->texts, bound->text_count);
    free(bound);
}

static duckdb_logical_type column_type(const struct field *field, struct text_column **text)
{
    static const duckdb_type types[] = {
        [FIELD_TIME] = DUCKDB_TYPE_TIMESTAMP, [FIELD_I64] = DUCKDB_TYPE_BIGINT,
        [FIELD_U64] = DUCKDB_TYPE_UBIGINT,    [FIELD_U32] = DUCKDB_TYPE_UINTEGER,
        [FIELD_U16] = DUCKDB_TYPE_USMALLINT,  [FIELD_U8] = DUCKDB_TYPE_UTINYINT,
        [FIELD_F32] = DUCKDB_TYPE_FLOAT,      [FIELD_ADDRESS] = DUCKDB_TYPE_UUID,
        [FIELD_TEXT] = DUCKDB_TYPE_VARCHAR,   [FIELD_BYTES] = DUCKDB_TYPE_BLOB,
        [FIELD_STRING] = DUCKDB_TYPE_VARCHAR, [FIELD_PORTS] = DUCKDB_TYPE_USMALLINT,
    };
    duckdb_logical_type type;

    if (field->kind == FIELD_TEXT) {
        const struct text_column *column = (*text)++;

        if (column->count > 0) /* else all are NULL */
            return duckdb_create_enum_type(column->texts, column->count);
    }
    type = duckdb_create_logical_type(types[field->kind]);
    if (field->kind == FIELD_PORTS) {
        duckdb_logical_type list = duckdb_create_list_type(type);

        duckdb_destroy_logical_type(&type);
        type = list;
    }
    return type;
}

static void bind_range(duckdb_bind_info info)
{
    const struct staged_table *table = duckdb_bind_get_extra_info(info);
    struct bound *bound = calloc(1, sizeof(*bound));
    struct staged_rows rows = rows_of(table);
    struct text_column *text;

    if (bound == NULL) {
        duckdb_bind_set_error(info, "out of memory");
        return;
    }
    duckdb_bind_set_bind_data(info, bound, free_bound);
    for (idx_t i = 0; i < 2; i++) {
        duckdb_value value = duckdb_bind_get_parameter(info, i);

        *(i == 0 ? &bound->start : &bound->end) = (size_t)duckdb_get_int64(value);
        duckdb_destroy_value(&value);
    }
    for (size_t i = 0; i < table->field_count; i++)
        if (table->fields[i].kind == FIELD_TEXT)
            bound->texts[bound->text_count++].offset = table->fields[i].offset;
    if (!text_columns_read(bound->texts, bound->text_count, &rows, bound->start, bound->end)) {
        duckdb_bind_set_error(info, "out of memory");
        return;
    }
    text = bound->texts;
    for (size_t i = 0; i < table->field_count; i++) {
        duckdb_logical_type type = column_type(&table->fields[i], &text);

        duckdb_bind_add_result_column(info, table->fields[i].name, type);
        duckdb_destroy_logical_type(&type);
    }
    duckdb_bind_set_cardinality(info, bound->end - bound->start, true);
}

static void init_scan(duckdb_init_info info)
{
    const struct bound *bound = duckdb_init_get_bind_data(info);
    struct scan *scan = calloc(1, sizeof(*scan));

    if (scan == NULL) {
        duckdb_init_set_error(info, "out of memory");
        return;
    }
    scan->next = bound->start;
    scan->end = bound->end;
    scan->columns = duckdb_init_get_column_count(info);
    for (idx_t i = 0; i < scan->columns; i++)
        scan->column[i] = duckdb_init_get_column_index(info, i);
    duckdb_init_set_init_data(info, scan, free);
    duckdb_init_set_max_threads(info, 1); /* keeps the order */
}

static bool is_null(const struct field *field, const struct row *row)
{
    switch (field->null) {
    case NULL_NO_FIELDS:
        return row->no_fields;
    case NULL_ONE_PORT:
        return row->sport_min == row->sport && row->sport_max == row->sport;
    case NULL_AT_LAST:
        return row->handed == row->ts + row->duration_us;
    default:
        return false;
    }
}

/* A column's vector while it is filled: where values go, and how a NULL is marked. */
struct column {
    duckdb_vector vector;
    void *data;
    uint64_t *validity; /* made at the first NULL */
};

static void set_null(struct column *column, idx_t at)
{
    if (column->validity == NULL) {
        duckdb_vector_ensure_validity_writable(column->vector);
        column->validity = duckdb_vector_get_validity(column->vector);
    }
    duckdb_validity_set_row_invalid(column->validity, at);
}

static void set_text(struct column *column, idx_t at, const char *text, size_t length)
{
    duckdb_vector_assign_string_element_len(column->vector, at, text, length);
}

/* As set_text, but the bytes stay where they are: the stage outlives the query that reads it,
 * and bytes need no check. */
static void set_bytes(struct column *column, idx_t at, const uint8_t *bytes, uint32_t length)
{
    duckdb_string_t *string = (duckdb_string_t *)column->data + at;

    if (length <= sizeof(string->value.inlined.inlined)) {
        memset(string, 0, sizeof(*string));
        memcpy(string->value.inlined.inlined, bytes, length);
        string->value.inlined.length = length;
        return;
    }
    string->value.pointer.length = length;
    memcpy(string->value.pointer.prefix, bytes, sizeof(string->value.pointer.prefix));
    string->value.pointer.ptr = (char *)(uintptr_t)bytes;
}

static void set_address(struct column *column, idx_t at, struct addr a)
{
    if (addr_is_none(a))
        set_null(column, at);
    else
        ((duckdb_uhugeint *)column->data)[at] = uuid_of(a);
}

static void set_ports(struct column *column, idx_t at, const struct row *row)
{
    duckdb_list_entry *entries = column->data;
    idx_t used = duckdb_list_vector_get_size(column->vector);
    uint16_t *child;

    (void)duckdb_list_vector_reserve(column->vector, used + row->sports_count);
    child = duckdb_vector_get_data(duckdb_list_vector_get_child(column->vector));
    for (unsigned i = 0; i < row->sports_count; i++)
        child[used + i] = row->sports[i];
    entries[at] = (duckdb_list_entry){.offset = used, .length = row->sports_count};
    (void)duckdb_list_vector_set_size(column->vector, used + row->sports_count);
}

/* Every size's loop is its own: the switch stands outside of it, the column is filled at the
 * speed of the gather. */
#define FILL_CODES(type)                                                                       \
    do {                                                                                       \
        type *to = column.data;                                                                \
        for (idx_t i = 0; i < count; i++) {                                                    \
            to[i] = (type)codes[i];                                                            \
            if (codes[i] == TEXT_NULL) {                                                       \
                to[i] = 0;                                                                     \
                set_null(&column, i);                                                          \
            }                                                                                  \
        }                                                                                      \
    } while (0)

static void fill_texts(const struct text_column *text, size_t start, idx_t count,
                       duckdb_vector vector)
{
    struct column column = {.vector = vector, .data = duckdb_vector_get_data(vector)};
    const uint32_t *codes = text->codes + start;
    duckdb_logical_type type = duckdb_vector_get_column_type(vector);

    switch (text->count == 0 ? DUCKDB_TYPE_INVALID : duckdb_enum_internal_type(type)) {
    case DUCKDB_TYPE_UTINYINT:
        FILL_CODES(uint8_t);
        break;
    case DUCKDB_TYPE_USMALLINT:
        FILL_CODES(uint16_t);
        break;
    case DUCKDB_TYPE_UINTEGER:
        FILL_CODES(uint32_t);
        break;
    default:
        for (idx_t i = 0; i < count; i++)
            set_null(&column, i);
        break;
    }
    duckdb_destroy_logical_type(&type);
}

#define FILL(type)                                                                             \
    do {                                                                                       \
        type *to = column.data;                                                                \
        for (idx_t i = 0; i < count; i++) {                                                    \
            const uint8_t *row = staged_row(rows, start + i);                                  \
            memcpy(&to[i], row + field->offset, sizeof(type));                                 \
            if (field->null == NULL_IF_ZERO && to[i] == 0)                                     \
                set_null(&column, i);                                                          \
            else if (field->null != NULL_NEVER && is_null(field, (const struct row *)row))     \
                set_null(&column, i);                                                          \
        }                                                                                      \
    } while (0)

static void fill_column(const struct stage *stage, const struct field *field,
                        const struct staged_rows *rows, size_t start, idx_t count,
                        duckdb_vector vector)
{
    struct column column = {.vector = vector, .data = duckdb_vector_get_data(vector)};

    switch (field->kind) {
    case FIELD_TIME:
    case FIELD_I64:
    case FIELD_U64:
        FILL(uint64_t);
        return;
    case FIELD_U32:
    case FIELD_F32:
        FILL(uint32_t);
        return;
    case FIELD_U16:
        FILL(uint16_t);
        return;
    case FIELD_U8:
        FILL(uint8_t);
        return;
    default:
        break;
    }
    for (idx_t i = 0; i < count; i++) {
        const uint8_t *row = staged_row(rows, start + i);
        const uint8_t *at = row + field->offset;
        struct row_bytes bytes;
        struct addr a;

        switch (field->kind) {
        case FIELD_ADDRESS:
            memcpy(&a, at, sizeof(a));
            set_address(&column, i, a);
            break;
        case FIELD_PORTS:
            if (is_null(field, (const struct row *)row))
                set_null(&column, i);
            else
                set_ports(&column, i, (const struct row *)row);
            break;
        default:
            memcpy(&bytes, at, sizeof(bytes));
            if (bytes.length == 0)
                set_null(&column, i);
            else if (field->kind == FIELD_STRING)
                set_text(&column, i, (const char *)stage->heap + bytes.start, bytes.length);
            else
                set_bytes(&column, i, stage->heap + bytes.start, bytes.length);
            break;
        }
    }
}

/* Sorted rows stand scattered in memory: ask for all of a chunk before its columns are filled,
 * one by one, from the cache. */
static void prefetch_rows(const struct staged_rows *rows, size_t start, idx_t count)
{
    for (idx_t i = 0; i < count; i++) {
        const uint8_t *row = staged_row(rows, start + i);

        for (size_t line = 0; line < rows->size; line += 64)
            __builtin_prefetch(row + line);
    }
}

/* The text column of a field. */
static const struct text_column *text_of(const struct staged_table *table,
                                         const struct bound *bound, idx_t field)
{
    const struct text_column *text = bound->texts;

    for (idx_t i = 0; i < field; i++)
        text += table->fields[i].kind == FIELD_TEXT;
    return text;
}

static void scan_rows(duckdb_function_info info, duckdb_data_chunk output)
{
    const struct staged_table *table = duckdb_function_get_extra_info(info);
    const struct bound *bound = duckdb_function_get_bind_data(info);
    struct scan *scan = duckdb_function_get_init_data(info);
    size_t left = scan->end - scan->next;
    idx_t count = left < duckdb_vector_size() ? left : duckdb_vector_size();
    struct staged_rows rows = rows_of(table);

    if (rows.order != NULL)
        prefetch_rows(&rows, scan->next, count);
    for (idx_t i = 0; i < scan->columns; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(output, i);

        if (scan->column[i] >= table->field_count) /* the row number: count(*) */
            continue;
        if (table->fields[scan->column[i]].kind == FIELD_TEXT)
            fill_texts(text_of(table, bound, scan->column[i]), scan->next - bound->start, count,
                       vector);
        else
            fill_column(table->stage, &table->fields[scan->column[i]], &rows, scan->next, count,
                        vector);
    }
    scan->next += count;
    duckdb_data_chunk_set_size(output, count);
}

static int register_table(struct store *store, const char *name, const struct field *fields,
                          size_t field_count, enum segment_kind kind, struct nj_err *err)
{
    struct staged_table *table = malloc(sizeof(*table));
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    int rc = 0;

    if (table == NULL) {
        rc = nj_fail(err, NJ_NOMEM, "no memory for %s", name);
        goto out;
    }
    *table = (struct staged_table){
        .stage = store->stage, .fields = fields, .field_count = field_count, .kind = kind};
    duckdb_table_function_set_name(function, name);
    duckdb_table_function_add_parameter(function, number);
    duckdb_table_function_add_parameter(function, number);
    duckdb_table_function_set_extra_info(function, table, free);
    duckdb_table_function_set_bind(function, bind_range);
    duckdb_table_function_set_init(function, init_scan);
    duckdb_table_function_set_function(function, scan_rows);
    duckdb_table_function_supports_projection_pushdown(function, true);
    if (duckdb_register_table_function(duck_connection(store->duck), function) != DuckDBSuccess)
        rc = nj_fail(err, NJ_STORE, "DuckDB refused the table function %s", name);
out:
    duckdb_destroy_logical_type(&number);
    duckdb_destroy_table_function(&function);
    return rc;
}

int stage_register(struct store *store, struct nj_err *err)
{
    if (register_table(store, "staged_visits", visit_fields, visit_field_count, SEGMENT_VISITS,
                       err) < 0 ||
        register_table(store, "staged_traits", trait_fields, trait_field_count, SEGMENT_TRAITS,
                       err) < 0 ||
        register_table(store, "staged_samples", sample_fields, sample_field_count,
                       SEGMENT_SAMPLES, err) < 0 ||
        register_table(store, "staged_counts", count_fields, count_field_count, SEGMENT_COUNTS,
                       err) < 0)
        return -1;
    return register_table(store, "staged_sources", source_fields, source_field_count,
                          SEGMENT_SOURCES, err);
}

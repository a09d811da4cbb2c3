/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that wait for a commit, and two table functions that hand them to DuckDB without a
 * copy: staged_visits(start, end) and staged_traits(start, end), in sorted order.
 *
 * Sorting is ours: a radix sort over (day, source, time within the day) costs some 20 ns a
 * row, where DuckDB's general sort over all columns costs more than writing them. */
#include <stdlib.h>
#include <string.h>

#include "store/fields.h"
#include "store/internal.h"

#define DAY_US 86400000000ll

struct sort_key {
    uint64_t key;
    uint32_t index;
};

struct stage {
    struct row *rows;
    size_t count, room;
    struct trait_row *traits;
    size_t trait_count, trait_room;
    uint8_t *heap; /* payloads, user names, trait values */
    size_t heap_used, heap_room;
    struct nj_intern *texts; /* sensor names and countries: few, kept for good */
    struct sort_key *order, *trait_order;
};

static int32_t day_of(int64_t us)
{
    return (int32_t)((us - (us < 0 ? DAY_US - 1 : 0)) / DAY_US);
}

/* ---- filling --------------------------------------------------------------------------------
 */

static int grow(void **items, size_t *room, size_t need, size_t size, struct nj_err *err)
{
    size_t more = *room == 0 ? 4096 : *room;
    void *bigger;

    if (need <= *room)
        return 0;
    while (more < need)
        more *= 2;
    bigger = realloc(*items, more * size);
    if (bigger == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %zu staged rows", more);
    *items = bigger;
    *room = more;
    return 0;
}

static int keep_bytes(struct stage *stage, const void *bytes, size_t length,
                      struct row_bytes *ret, struct nj_err *err)
{
    void *heap = stage->heap;

    if (length == 0) {
        *ret = (struct row_bytes){0, 0};
        return 0;
    }
    if (stage->heap_used + length > UINT32_MAX)
        return nj_fail(err, NJ_LIMIT, "staged payloads above 4 GiB");
    if (grow(&heap, &stage->heap_room, stage->heap_used + length, 1, err) < 0)
        return -1;
    stage->heap = heap;
    memcpy(stage->heap + stage->heap_used, bytes, length);
    *ret = (struct row_bytes){(uint32_t)stage->heap_used, (uint32_t)length};
    stage->heap_used += length;
    return 0;
}

static const char *text_of(struct stage *stage, const char *text)
{
    return nj_intern_text(stage->texts, nj_intern_z(stage->texts, text));
}

int store_add_visit(struct store *store, const struct visit *v, const char *sensor,
                    const struct store_place *place, const struct nj_intern *names,
                    struct nj_err *err)
{
    struct stage *stage = store->stage;
    void *rows = stage->rows;
    struct row *row;

    if (grow(&rows, &stage->room, stage->count + 1, sizeof(*row), err) < 0)
        return -1;
    stage->rows = rows;
    row = &stage->rows[stage->count];
    if (keep_bytes(stage, v->payload, v->payload_length, &row->payload, err) < 0 ||
        keep_bytes(stage, v->user, v->user_length, &row->user, err) < 0)
        return -1;
    row->ts = v->first_ns / 1000;
    row->duration_us = v->last_ns / 1000 - row->ts;
    row->handed = v->handed_ns / 1000;
    row->seq = v->seq;
    row->packets = v->packets;
    row->bytes = v->bytes;
    row->sport_bands = v->sport_bands;
    row->instance = v->instance;
    row->src = v->src;
    row->dst = v->dst;
    row->sensor = text_of(stage, sensor);
    row->class = class_names[v->class];
    row->rule = nj_intern_text(names, v->rule);
    row->tool = nj_intern_text(names, v->tool);
    row->stack = nj_intern_text(names, v->stack);
    row->app = nj_intern_text(names, v->app);
    row->conn_state = nj_intern_text(names, v->conn_state);
    row->country = text_of(stage, place->country);
    row->asn = place->asn;
    row->sessions = v->sessions;
    row->targets = v->targets;
    row->repeats = v->repeats;
    row->answered = v->answered;
    row->dport = v->dport;
    row->sport = v->sport;
    row->sport_min = v->sport_min;
    row->sport_max = v->sport_max;
    row->window = v->window;
    memcpy(row->sports, v->sports, sizeof(row->sports));
    row->sports_count = v->sports_count;
    row->proto = v->proto;
    row->ttl = v->ttl;
    row->ttl_min = v->ttl_min;
    row->ttl_max = v->ttl_max;
    row->tcp_flags = v->tcp_flags;
    row->no_fields = v->no_fields;
    stage->count++;
    return 0;
}

int store_add_trait(struct store *store, const struct trait *trait, const char *sensor,
                    struct nj_err *err)
{
    struct stage *stage = store->stage;
    void *rows = stage->traits;
    struct trait_row *row;

    if (grow(&rows, &stage->trait_room, stage->trait_count + 1, sizeof(*row), err) < 0)
        return -1;
    stage->traits = rows;
    row = &stage->traits[stage->trait_count];
    if (keep_bytes(stage, trait->value, strlen(trait->value), &row->value, err) < 0)
        return -1;
    row->ts = trait->time_ns / 1000;
    row->src = trait->src;
    row->sensor = text_of(stage, sensor);
    row->kind = trait->kind;
    row->packets = trait->packets;
    row->bits = trait->bits;
    stage->trait_count++;
    return 0;
}

size_t store_staged(const struct store *store)
{
    return store->stage->count;
}

size_t stage_count(const struct stage *stage)
{
    return stage->count;
}

size_t stage_trait_count(const struct stage *stage)
{
    return stage->trait_count;
}

void stage_clear(struct stage *stage)
{
    stage->count = 0;
    stage->trait_count = 0;
    stage->heap_used = 0;
}

/* ---- sorting --------------------------------------------------------------------------------
 */

/* 16 bits of day, 32 of address, 16 of time. IPv4 sorts whole; IPv6 by its first 32 bits,
 * and the exact order comes from the pass over equal neighbours. */
static uint64_t key_of(int64_t ts, struct addr src)
{
    uint64_t address = addr_is_v4(src) ? addr_v4(src) : src.hi >> 32;
    int64_t within = ts - (int64_t)day_of(ts) * DAY_US;

    return (uint64_t)(uint16_t)day_of(ts) << 48 | address << 16 |
           (uint64_t)within * 65536 / DAY_US;
}

static void radix_sort(struct sort_key *keys, struct sort_key *spare, size_t count)
{
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t starts[256] = {0};
        size_t sum = 0;

        for (size_t i = 0; i < count; i++)
            starts[keys[i].key >> shift & 255]++;
        for (unsigned d = 0; d < 256; d++) {
            size_t n = starts[d];

            starts[d] = sum;
            sum += n;
        }
        for (size_t i = 0; i < count; i++)
            spare[starts[keys[i].key >> shift & 255]++] = keys[i];
        /* eight passes: an even number, so the result ends in `keys` */
        struct sort_key *t = keys;
        keys = spare;
        spare = t;
    }
}

static int compare_rows(const void *a, const void *b, void *ctx)
{
    const struct row *rows = ctx;
    const struct row *x = &rows[((const struct sort_key *)a)->index];
    const struct row *y = &rows[((const struct sort_key *)b)->index];
    int by_address = addr_compare(x->src, y->src);

    if (by_address != 0)
        return by_address;
    if (x->ts != y->ts)
        return x->ts < y->ts ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int compare_traits(const void *a, const void *b, void *ctx)
{
    const struct trait_row *rows = ctx;
    const struct trait_row *x = &rows[((const struct sort_key *)a)->index];
    const struct trait_row *y = &rows[((const struct sort_key *)b)->index];
    int by_address = addr_compare(x->src, y->src);

    if (by_address != 0)
        return by_address;
    return x->ts < y->ts ? -1 : x->ts > y->ts;
}

/* Sort runs of equal keys by everything that the key has no room for. */
static void settle(struct sort_key *keys, size_t count, void *rows,
                   int (*compare)(const void *, const void *, void *))
{
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && keys[end].key == keys[i].key; end++)
            ;
        if (end - i > 1)
            qsort_r(keys + i, end - i, sizeof(*keys), compare, rows);
    }
}

int stage_sort(struct stage *stage, struct nj_err *err)
{
    size_t most = stage->count > stage->trait_count ? stage->count : stage->trait_count;
    struct sort_key *spare = malloc((most + 1) * sizeof(*spare));
    int rc = -1;

    free(stage->order);
    free(stage->trait_order);
    stage->order = malloc((stage->count + 1) * sizeof(*stage->order));
    stage->trait_order = malloc((stage->trait_count + 1) * sizeof(*stage->trait_order));
    if (spare == NULL || stage->order == NULL || stage->trait_order == NULL) {
        nj_fail(err, NJ_NOMEM, "no memory to sort %zu rows", most);
        goto out;
    }
    for (uint32_t i = 0; i < stage->count; i++)
        stage->order[i] = (struct sort_key){key_of(stage->rows[i].ts, stage->rows[i].src), i};
    for (uint32_t i = 0; i < stage->trait_count; i++)
        stage->trait_order[i] =
            (struct sort_key){key_of(stage->traits[i].ts, stage->traits[i].src), i};
    radix_sort(stage->order, spare, stage->count);
    radix_sort(stage->trait_order, spare, stage->trait_count);
    settle(stage->order, stage->count, stage->rows, compare_rows);
    settle(stage->trait_order, stage->trait_count, stage->traits, compare_traits);
    rc = 0;
out:
    free(spare);
    return rc;
}

int stage_day(const struct stage *stage, size_t from, int32_t *ret_day, size_t *ret_end)
{
    size_t end = from;

    if (from >= stage->count)
        return 0;
    *ret_day = day_of(stage->rows[stage->order[from].index].ts);
    while (end < stage->count && stage->order[end].key >> 48 == stage->order[from].key >> 48)
        end++;
    *ret_end = end;
    return 1;
}

int stage_trait_day(const struct stage *stage, size_t from, int32_t *ret_day, size_t *ret_end)
{
    size_t end = from;

    if (from >= stage->trait_count)
        return 0;
    *ret_day = day_of(stage->traits[stage->trait_order[from].index].ts);
    while (end < stage->trait_count &&
           stage->trait_order[end].key >> 48 == stage->trait_order[from].key >> 48)
        end++;
    *ret_end = end;
    return 1;
}

/* ---- table functions
 * -------------------------------------------------------------------------- */

/* What one table function reads: the same code serves visits and traits. */
struct staged_table {
    struct stage *stage;
    const struct field *fields;
    size_t field_count;
    bool traits;
};

struct scan {
    size_t next, end;
    idx_t columns;
    idx_t column[64]; /* field numbers asked for */
};

static void bind_range(duckdb_bind_info info)
{
    const struct staged_table *table = duckdb_bind_get_extra_info(info);
    size_t *range = malloc(2 * sizeof(*range));

    if (range == NULL) {
        duckdb_bind_set_error(info, "out of memory");
        return;
    }
    for (idx_t i = 0; i < 2; i++) {
        duckdb_value value = duckdb_bind_get_parameter(info, i);

        range[i] = (size_t)duckdb_get_int64(value);
        duckdb_destroy_value(&value);
    }
    for (size_t i = 0; i < table->field_count; i++) {
        static const duckdb_type types[] = {
            [FIELD_TIME] = DUCKDB_TYPE_TIMESTAMP, [FIELD_I64] = DUCKDB_TYPE_BIGINT,
            [FIELD_U64] = DUCKDB_TYPE_UBIGINT,    [FIELD_U32] = DUCKDB_TYPE_UINTEGER,
            [FIELD_U16] = DUCKDB_TYPE_USMALLINT,  [FIELD_U8] = DUCKDB_TYPE_UTINYINT,
            [FIELD_F32] = DUCKDB_TYPE_FLOAT,      [FIELD_ADDRESS] = DUCKDB_TYPE_UUID,
            [FIELD_TEXT] = DUCKDB_TYPE_VARCHAR,   [FIELD_BYTES] = DUCKDB_TYPE_BLOB,
            [FIELD_STRING] = DUCKDB_TYPE_VARCHAR, [FIELD_PORTS] = DUCKDB_TYPE_USMALLINT,
        };
        duckdb_logical_type type = duckdb_create_logical_type(types[table->fields[i].kind]);

        if (table->fields[i].kind == FIELD_PORTS) {
            duckdb_logical_type list = duckdb_create_list_type(type);

            duckdb_destroy_logical_type(&type);
            type = list;
        }
        duckdb_bind_add_result_column(info, table->fields[i].name, type);
        duckdb_destroy_logical_type(&type);
    }
    duckdb_bind_set_cardinality(info, range[1] - range[0], true);
    duckdb_bind_set_bind_data(info, range, free);
}

static void init_scan(duckdb_init_info info)
{
    const size_t *range = duckdb_init_get_bind_data(info);
    struct scan *scan = calloc(1, sizeof(*scan));

    if (scan == NULL) {
        duckdb_init_set_error(info, "out of memory");
        return;
    }
    scan->next = range[0];
    scan->end = range[1];
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
    if (length == 0)
        set_null(column, at);
    else
        duckdb_vector_assign_string_element_len(column->vector, at, text, length);
}

static void set_address(struct column *column, idx_t at, struct addr a)
{
    if (addr_is_none(a))
        set_null(column, at);
    else /* a UUID is a 128-bit number with the top bit flipped */
        ((duckdb_uhugeint *)column->data)[at] =
            (duckdb_uhugeint){.lower = a.lo, .upper = a.hi ^ 1ull << 63};
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
#define FILL(type)                                                                             \
    do {                                                                                       \
        type *to = column.data;                                                                \
        for (idx_t i = 0; i < count; i++) {                                                    \
            const uint8_t *row = rows + order[i].index * size;                                 \
            memcpy(&to[i], row + field->offset, sizeof(type));                                 \
            if (field->null == NULL_IF_ZERO && to[i] == 0)                                     \
                set_null(&column, i);                                                          \
            else if (field->null != NULL_NEVER && is_null(field, (const struct row *)row))     \
                set_null(&column, i);                                                          \
        }                                                                                      \
    } while (0)

static void fill_column(const struct stage *stage, const struct field *field,
                        const uint8_t *rows, size_t size, const struct sort_key *order,
                        idx_t count, duckdb_vector vector)
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
        const uint8_t *row = rows + order[i].index * size;
        const uint8_t *at = row + field->offset;
        const char *text;
        struct row_bytes bytes;
        struct addr a;

        switch (field->kind) {
        case FIELD_ADDRESS:
            memcpy(&a, at, sizeof(a));
            set_address(&column, i, a);
            break;
        case FIELD_TEXT:
            memcpy(&text, at, sizeof(text));
            set_text(&column, i, text, strlen(text));
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
            else
                set_text(&column, i, (const char *)stage->heap + bytes.start, bytes.length);
            break;
        }
    }
}

/* Sorted rows stand scattered in memory: ask for all of a chunk before its columns are filled,
 * one by one, from the cache. */
static void prefetch_rows(const uint8_t *rows, size_t size, const struct sort_key *order,
                          idx_t count)
{
    for (idx_t i = 0; i < count; i++) {
        const uint8_t *row = rows + order[i].index * size;

        for (size_t line = 0; line < size; line += 64)
            __builtin_prefetch(row + line);
    }
}

static void scan_rows(duckdb_function_info info, duckdb_data_chunk output)
{
    const struct staged_table *table = duckdb_function_get_extra_info(info);
    const struct stage *stage = table->stage;
    struct scan *scan = duckdb_function_get_init_data(info);
    size_t left = scan->end - scan->next;
    idx_t count = left < duckdb_vector_size() ? left : duckdb_vector_size();
    const void *rows = table->traits ? (const void *)stage->traits : stage->rows;
    size_t size = table->traits ? sizeof(struct trait_row) : sizeof(struct row);
    const struct sort_key *order =
        (table->traits ? stage->trait_order : stage->order) + scan->next;

    prefetch_rows(rows, size, order, count);
    for (idx_t i = 0; i < scan->columns; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(output, i);

        if (scan->column[i] < table->field_count) /* else the row number: count(*) */
            fill_column(stage, &table->fields[scan->column[i]], rows, size, order, count,
                        vector);
    }
    scan->next += count;
    duckdb_data_chunk_set_size(output, count);
}

static int register_table(struct store *store, const char *name, const struct field *fields,
                          size_t field_count, bool traits, struct nj_err *err)
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
        .stage = store->stage, .fields = fields, .field_count = field_count, .traits = traits};
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

int stage_new(struct store *store, struct nj_err *err)
{
    store->stage = calloc(1, sizeof(*store->stage));
    if (store->stage == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the stage");
    store->stage->texts = nj_intern_new(1u << 16);
    if (store->stage->texts == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the stage");
    if (register_table(store, "staged_visits", visit_fields, visit_field_count, false, err) < 0)
        return -1;
    return register_table(store, "staged_traits", trait_fields, trait_field_count, true, err);
}

void stage_free(struct stage *stage)
{
    if (stage == NULL)
        return;
    free(stage->rows);
    free(stage->traits);
    free(stage->heap);
    free(stage->order);
    free(stage->trait_order);
    nj_intern_free(stage->texts);
    free(stage);
}

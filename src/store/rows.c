/* SPDX-License-Identifier: Apache-2.0 */
/* Results of DuckDB as rows of cells. */
#include "store/rows.h"

#include <string.h>

#define COLUMNS_MAX 256

struct column {
    duckdb_type type;
    const void *data;
    uint64_t *validity;
};

static struct cell bytes_cell(duckdb_string_t *text, enum cell_kind kind)
{
    return (struct cell){.kind = kind,
                         .text = duckdb_string_t_data(text),
                         .length = duckdb_string_t_length(*text)};
}

static struct cell int_cell(int64_t number)
{
    return (struct cell){.kind = CELL_INT, .number = number};
}

/* Sums of integers are of 128 bits; few are larger than 64. */
static struct cell huge_cell(const duckdb_hugeint *number)
{
    if (number->upper == 0)
        return number->lower <= INT64_MAX ? int_cell((int64_t)number->lower)
                                          : count_cell(number->lower);
    if (number->upper == -1 && number->lower > INT64_MAX)
        return int_cell((int64_t)number->lower);
    return (struct cell){.kind = CELL_REAL,
                         .real = (double)number->upper * 0x1p64 + (double)number->lower};
}

static struct cell cell_of(const struct column *column, idx_t row)
{
    const void *data = column->data;

    if (!duckdb_validity_row_is_valid(column->validity, row))
        return (struct cell){.kind = CELL_NULL};
    switch (column->type) {
    case DUCKDB_TYPE_BOOLEAN:
        return (struct cell){.kind = CELL_BOOL, .number = ((const bool *)data)[row]};
    case DUCKDB_TYPE_TINYINT:
        return int_cell(((const int8_t *)data)[row]);
    case DUCKDB_TYPE_SMALLINT:
        return int_cell(((const int16_t *)data)[row]);
    case DUCKDB_TYPE_INTEGER:
        return int_cell(((const int32_t *)data)[row]);
    case DUCKDB_TYPE_BIGINT:
        return int_cell(((const int64_t *)data)[row]);
    case DUCKDB_TYPE_UTINYINT:
        return count_cell(((const uint8_t *)data)[row]);
    case DUCKDB_TYPE_USMALLINT:
        return count_cell(((const uint16_t *)data)[row]);
    case DUCKDB_TYPE_UINTEGER:
        return count_cell(((const uint32_t *)data)[row]);
    case DUCKDB_TYPE_UBIGINT:
        return count_cell(((const uint64_t *)data)[row]);
    case DUCKDB_TYPE_HUGEINT:
        return huge_cell(&((const duckdb_hugeint *)data)[row]);
    case DUCKDB_TYPE_FLOAT:
        return (struct cell){.kind = CELL_REAL, .real = (double)((const float *)data)[row]};
    case DUCKDB_TYPE_DOUBLE:
        return (struct cell){.kind = CELL_REAL, .real = ((const double *)data)[row]};
    case DUCKDB_TYPE_TIMESTAMP:
        return (struct cell){.kind = CELL_TIME, .number = ((const int64_t *)data)[row]};
    case DUCKDB_TYPE_DATE:
        return (struct cell){.kind = CELL_DATE, .number = ((const int32_t *)data)[row]};
    case DUCKDB_TYPE_UUID:
        return (struct cell){
            .kind = CELL_ADDRESS,
            .address = addr_of_uuid(((const duckdb_uhugeint *)data)[row]),
        };
    case DUCKDB_TYPE_VARCHAR:
        return bytes_cell((duckdb_string_t *)(uintptr_t)data + row, CELL_TEXT);
    case DUCKDB_TYPE_BLOB:
        return bytes_cell((duckdb_string_t *)(uintptr_t)data + row, CELL_BYTES);
    default: /* store_sql has cast every other type */
        return (struct cell){.kind = CELL_NULL};
    }
}

bool rows_type_known(duckdb_type type)
{
    switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_DATE:
    case DUCKDB_TYPE_UUID:
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
        return true;
    default:
        return false;
    }
}

int rows_send(struct duck_query *query, const struct row_sink *sink, struct nj_err *err)
{
    size_t count = duck_query_columns(query);
    const char *names[COLUMNS_MAX];
    struct column columns[COLUMNS_MAX];
    struct cell cells[COLUMNS_MAX];
    duckdb_data_chunk chunk;
    int rc;

    if (count > COLUMNS_MAX)
        return nj_fail(err, NJ_LIMIT, "%zu columns, at most %d can be shown", count,
                       COLUMNS_MAX);
    for (size_t i = 0; i < count; i++)
        names[i] = duck_query_name(query, i);
    if (sink->head != NULL && sink->head(sink->ctx, names, count, err) < 0)
        return -1;
    while ((rc = duck_query_next(query, &chunk)) == 0) {
        for (size_t i = 0; i < count; i++) {
            duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);

            columns[i] = (struct column){
                .type = duck_query_type(query, i),
                .data = duckdb_vector_get_data(vector),
                .validity = duckdb_vector_get_validity(vector),
            };
        }
        for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); row++) {
            for (size_t i = 0; i < count; i++)
                cells[i] = cell_of(&columns[i], row);
            if (sink->row(sink->ctx, cells, count, err) < 0)
                return -1;
        }
    }
    return rc == DUCK_END ? 0 : rc;
}

int rows_query(struct store *store, const char *sql, const struct duck_value *values,
               size_t count, const struct row_sink *sink, struct nj_err *err)
{
    struct duck_query *query;
    int rc;

    if (duck_query_open(store->duck, sql, values, count, &query, err) < 0)
        return -1;
    rc = rows_send(query, sink, err);
    duck_query_close(query);
    return rc;
}

int rows_run(struct store *store, const char *sql, const struct duck_value *values,
             size_t count, struct nj_err *err)
{
    struct duck_query *query;

    if (duck_query_open(store->duck, sql, values, count, &query, err) < 0)
        return -1;
    duck_query_close(query);
    return 0;
}

json_t *cell_json(const struct cell *cell)
{
    char text[64];

    switch (cell->kind) {
    case CELL_INT:
        return json_integer(cell->number);
    case CELL_UINT:
        return cell->unsigned_number > INT64_MAX
                   ? json_sprintf("%llu", (unsigned long long)cell->unsigned_number)
                   : json_integer((json_int_t)cell->unsigned_number);
    case CELL_REAL:
        return json_real(cell->real);
    case CELL_BOOL:
        return json_boolean(cell->number);
    case CELL_TIME:
    case CELL_DATE:
        return json_string(time_text(cell, text));
    case CELL_ADDRESS:
        return json_string(addr_text(cell->address, text));
    case CELL_TEXT:
        return json_stringn(cell->text, cell->length);
    case CELL_JSON:
        return json_loadb(cell->text, cell->length, JSON_DECODE_ANY, NULL);
    case CELL_BYTES: {
        char *hex = hex_text(cell->text, cell->length);
        json_t *json = hex == NULL ? NULL : json_string(hex);

        free(hex);
        return json;
    }
    default:
        return json_null();
    }
}

char *time_text(const struct cell *cell, char text[64])
{
    int64_t us = cell->kind == CELL_DATE ? cell->number * 86400000000 : cell->number;
    int64_t rest = us % 1000000;
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;
    size_t used;

    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    text[0] = '\0';
    if (gmtime_r(&seconds, &tm) == NULL)
        return text;
    if (cell->kind == CELL_DATE) {
        (void)strftime(text, 64, "%Y-%m-%d", &tm);
        return text;
    }
    used = strftime(text, 64, "%Y-%m-%dT%H:%M:%S", &tm);
    if (rest != 0)
        (void)snprintf(text + used, 64 - used, ".%06dZ", (int)rest);
    else
        (void)snprintf(text + used, 64 - used, "Z");
    return text;
}

char *uuid_text(struct addr a, char text[ADDR_TEXT_MAX])
{
    (void)snprintf(text, ADDR_TEXT_MAX, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(a.hi >> 32),
                   (unsigned)(a.hi >> 16 & 0xffff), (unsigned)(a.hi & 0xffff),
                   (unsigned)(a.lo >> 48), (unsigned long long)(a.lo & 0xffffffffffffull));
    return text;
}

char *hex_text(const char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * length + 1);

    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[(uint8_t)bytes[i] >> 4];
        text[2 * i + 1] = digits[(uint8_t)bytes[i] & 15];
    }
    text[2 * length] = '\0';
    return text;
}

/* ---- rows as JSON ---- */

#define NAMES_MAX 16

struct collector {
    json_t *array;
    const char *names[NAMES_MAX];
    size_t count;
};

static int collect_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    struct collector *collector = ctx;

    (void)err;
    collector->count = count < NAMES_MAX ? count : NAMES_MAX;
    for (size_t i = 0; i < collector->count; i++)
        collector->names[i] = names[i];
    return 0;
}

static int collect_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct collector *collector = ctx;
    json_t *object = json_object();

    (void)count;
    for (size_t i = 0; i < collector->count; i++)
        (void)json_object_set_new(object, collector->names[i], cell_json(&cells[i]));
    if (json_array_append_new(collector->array, object) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for an answer");
    return 0;
}

json_t *rows_json(struct store *store, const char *sql, const struct duck_value *values,
                  size_t count, struct nj_err *err)
{
    struct collector collector = {.array = json_array()};
    struct row_sink sink = {.head = collect_head, .row = collect_row, .ctx = &collector};

    if (collector.array == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for an answer");
        return NULL;
    }
    if (rows_query(store, sql, values, count, &sink, err) < 0) {
        json_decref(collector.array);
        return NULL;
    }
    return collector.array;
}

int rows_only(json_t *rows, json_t **ret_row)
{
    json_t *row = json_incref(json_array_get(rows, 0));

    json_decref(rows);
    if (row == NULL)
        return STORE_UNKNOWN;
    *ret_row = row;
    return 0;
}

/* ---- days ---- */

static int no_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    (void)ctx;
    (void)names;
    (void)count;
    (void)err;
    return 0;
}

static int keep_days(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    char **list = ctx;
    bool some = count == 1 && cells[0].kind == CELL_TEXT;

    *list = strndup(some ? cells[0].text : "", some ? cells[0].length : 0);
    return *list == NULL ? nj_fail(err, NJ_NOMEM, "no memory for days") : 0;
}

int rows_dates(struct store *store, const char *sql, char **ret_days, struct nj_err *err)
{
    char *list = NULL, *text;
    struct row_sink sink = {.head = no_head, .row = keep_days, .ctx = &list};
    int rc;

    if (asprintf(&text,
                 "SELECT string_agg(DISTINCT 'DATE ''' || d::DATE || '''', ',') FROM (%s)"
                 " AS q(d)",
                 sql) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    rc = rows_query(store, text, NULL, 0, &sink, err);
    free(text);
    if (rc < 0) {
        free(list);
        return -1;
    }
    *ret_days = list;
    return 0;
}

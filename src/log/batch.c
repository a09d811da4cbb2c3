/* SPDX-License-Identifier: Apache-2.0 */
/* A table function gives the rows on one thread, so their order is kept. The cells of JSON are
 * taken by one json_transform per row, which costs a seventh of an expression per key. */
#include "log/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CELL 2 /* columns before the spec's: n, line */

/* One execution: which columns are asked for, and how far it has come. */
struct scan {
    size_t at;
    idx_t count;
    idx_t columns[ROWS_COLUMNS_MAX + FIRST_CELL];
};

static bool has_cells(const struct rows_spec *spec)
{
    return spec->kind == ROWS_CSV || spec->kind == ROWS_ZEEK;
}

static void bind(duckdb_bind_info info)
{
    const struct batch *batch = duckdb_bind_get_extra_info(info);
    duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);

    duckdb_bind_add_result_column(info, "n", number);
    duckdb_bind_add_result_column(info, "line", text);
    for (size_t c = 0; has_cells(batch->spec) && c < batch->spec->column_count; c++)
        duckdb_bind_add_result_column(info, batch->spec->columns[c].names[0], text);
    duckdb_destroy_logical_type(&number);
    duckdb_destroy_logical_type(&text);
}

static void init(duckdb_init_info info)
{
    const struct batch *batch = duckdb_init_get_extra_info(info);
    struct scan *scan = calloc(1, sizeof(*scan));

    if (scan == NULL) {
        duckdb_init_set_error(info, "out of memory");
        return;
    }
    scan->at = batch->from;
    scan->count = duckdb_init_get_column_count(info);
    for (idx_t i = 0; i < scan->count; i++)
        scan->columns[i] = duckdb_init_get_column_index(info, i);
    duckdb_init_set_init_data(info, scan, free);
    duckdb_init_set_max_threads(info, 1);
}

static void put_text(duckdb_vector vector, idx_t to, const char *text, uint32_t length)
{
    if (length != ROWS_NULL) {
        duckdb_vector_assign_string_element_len(vector, to, text, length);
        return;
    }
    duckdb_vector_ensure_validity_writable(vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), to);
}

static void put_column(duckdb_vector vector, idx_t column, const struct batch *batch,
                       const uint32_t *taken, idx_t count)
{
    if (column == 0) {
        int64_t *numbers = duckdb_vector_get_data(vector);

        for (idx_t i = 0; i < count; i++)
            numbers[i] = (int64_t)batch->rows[taken[i]].line;
        return;
    }
    for (idx_t i = 0; i < count; i++) {
        const struct rows_row *row = &batch->rows[taken[i]];

        if (column == 1)
            put_text(vector, i, row->text, row->length);
        else if (column - FIRST_CELL < batch->spec->column_count)
            put_text(vector, i, row->cell[column - FIRST_CELL].text,
                     row->cell[column - FIRST_CELL].length);
    }
}

static void fill(duckdb_function_info info, duckdb_data_chunk output)
{
    const struct batch *batch = duckdb_function_get_extra_info(info);
    struct scan *scan = duckdb_function_get_init_data(info);
    idx_t size = duckdb_vector_size(), count = 0;
    uint32_t taken[2048];

    if (size > sizeof(taken) / sizeof(taken[0]))
        size = sizeof(taken) / sizeof(taken[0]);
    for (; scan->at < batch->to && count < size; scan->at++) {
        if (batch->rows[scan->at].bad == ROWS_GOOD)
            taken[count++] = (uint32_t)scan->at;
    }
    for (idx_t i = 0; i < scan->count; i++)
        put_column(duckdb_data_chunk_get_vector(output, i), scan->columns[i], batch, taken,
                   count);
    duckdb_data_chunk_set_size(output, count);
}

/* The SQL of the view: {"a":"VARCHAR","b":"VARCHAR"} for all names, and for each column
 * coalesce(j."a", j."b") AS "a". Names hold no quotes (log/format.c). */
static void write_view(FILE *out, const struct rows_spec *spec)
{
    (void)fprintf(out, "CREATE VIEW rows AS SELECT n, line");
    for (size_t c = 0; c < spec->column_count; c++) {
        (void)fprintf(out, ", coalesce(NULL");
        for (size_t s = 0; s < ROWS_NAMES_MAX && spec->columns[c].names[s][0] != '\0'; s++)
            (void)fprintf(out, ", j.\"%s\"", spec->columns[c].names[s]);
        (void)fprintf(out, ") AS \"%s\"", spec->columns[c].names[0]);
    }
    (void)fprintf(out, " FROM (SELECT n, line, json_transform(line, '{");
    for (size_t c = 0; c < spec->column_count; c++) {
        for (size_t s = 0; s < ROWS_NAMES_MAX && spec->columns[c].names[s][0] != '\0'; s++)
            (void)fprintf(out, "%s\"%s\":\"VARCHAR\"", c + s > 0 ? "," : "",
                          spec->columns[c].names[s]);
    }
    (void)fprintf(out, "}') AS j FROM log_rows())");
}

static int json_view(struct duck *duck, const struct rows_spec *spec, struct nj_err *err)
{
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);
    int rc;

    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "log view");
    write_view(out, spec);
    rc = fclose(out) == 0 ? duck_exec(duck, err, sql) : nj_fail(err, NJ_NOMEM, "log view");
    free(sql);
    return rc;
}

int batch_table(struct duck *duck, struct batch *batch, struct nj_err *err)
{
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_state state;

    duckdb_table_function_set_name(function, "log_rows");
    duckdb_table_function_set_extra_info(function, batch, NULL);
    duckdb_table_function_set_bind(function, bind);
    duckdb_table_function_set_init(function, init);
    duckdb_table_function_set_function(function, fill);
    duckdb_table_function_supports_projection_pushdown(function, true);
    state = duckdb_register_table_function(duck_connection(duck), function);
    duckdb_destroy_table_function(&function);
    if (state != DuckDBSuccess)
        return nj_fail(err, NJ_STORE, "DuckDB refuses the table of log rows");
    if (batch->spec->kind != ROWS_JSON || batch->spec->column_count == 0)
        return duck_exec(duck, err, "CREATE VIEW rows AS SELECT * FROM log_rows()");
    return json_view(duck, batch->spec, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MB_DEFAULT 1024u

struct duck {
    duckdb_database database;
    duckdb_connection connection;
    bool joined; /* the database is another's */
};

struct duck_query {
    duckdb_prepared_statement statement;
    duckdb_result result;
    duckdb_data_chunk chunk;
};

int duck_fail(struct nj_err *err, const char *what, const char *text)
{
    char line[200];
    size_t used = 0;

    if (text == NULL)
        text = "no reason given";
    for (; *text != '\0' && used < sizeof(line) - 1; text++) {
        bool blank = *text == '\n' || *text == '\r' || *text == '\t' || *text == ' ';

        if (blank && (used == 0 || line[used - 1] == ' '))
            continue;
        line[used++] = blank ? ' ' : *text;
    }
    line[used] = '\0';
    return nj_fail(err, NJ_STORE, "%s: %s", what, line);
}

static int check_library(struct nj_err *err)
{
    const char *version = duckdb_library_version();

    if (strncmp(version, DUCK_SERIES, strlen(DUCK_SERIES)) != 0)
        return nj_fail(err, NJ_STORE, "DuckDB library is %s, this program needs %sx: %s",
                       version, DUCK_SERIES, "run scripts/setup");
    return 0;
}

static int set(duckdb_config config, const char *name, const char *value, struct nj_err *err)
{
    if (duckdb_set_config(config, name, value) != DuckDBSuccess)
        return nj_fail(err, NJ_STORE, "DuckDB refuses the setting %s=%s", name, value);
    return 0;
}

static int configure(duckdb_config config, const struct duck_options *options,
                     struct nj_err *err)
{
    char text[32];

    if (options->threads != 0) {
        (void)snprintf(text, sizeof(text), "%u", options->threads);
        if (set(config, "threads", text, err) < 0)
            return -1;
    }
    (void)snprintf(text, sizeof(text), "%uMB",
                   options->memory_mb != 0 ? options->memory_mb : MEMORY_MB_DEFAULT);
    if (set(config, "memory_limit", text, err) < 0)
        return -1;
    /* An empty folder name turns spilling off; the engine's own default is the working one. */
    if (set(config, "temp_directory", options->temp_dir != NULL ? options->temp_dir : "", err) <
        0)
        return -1;
    if (set(config, "autoinstall_known_extensions", "false", err) < 0 ||
        set(config, "autoload_known_extensions", "false", err) < 0)
        return -1;
    /* Pages that a question has freed go back to the system some seconds later, not with the
     * next large question. */
    if (set(config, "allocator_background_threads", "true", err) < 0)
        return -1;
    /* 1.5.5 fails with an internal error on min() and max() of a partition's column (`day`)
     * when the question comes down to one file; without this optimizer it does not, at no cost
     * that could be measured */
    if (set(config, "disabled_optimizers", "statistics_propagation", err) < 0)
        return -1;
    return 0;
}

int duck_open(const struct duck_options *options, struct duck **ret_duck, struct nj_err *err)
{
    struct duck *duck = calloc(1, sizeof(*duck));
    duckdb_config config = NULL;
    char *text = NULL;
    int rc = -1;

    if (duck == NULL) {
        nj_fail(err, NJ_NOMEM, "DuckDB handle");
        goto out;
    }
    if (check_library(err) < 0)
        goto out;
    if (duckdb_create_config(&config) != DuckDBSuccess) {
        nj_fail(err, NJ_NOMEM, "DuckDB settings");
        goto out;
    }
    if (configure(config, options, err) < 0)
        goto out;
    if (duckdb_open_ext(NULL, &duck->database, config, &text) != DuckDBSuccess) {
        duck_fail(err, "open DuckDB", text);
        goto out;
    }
    if (duckdb_connect(duck->database, &duck->connection) != DuckDBSuccess) {
        duck_fail(err, "open DuckDB", "no connection");
        goto out;
    }
    /* the footers of segments, which never change, are read once; not known before opening */
    if (duck_exec(duck, err, "SET parquet_metadata_cache = true") < 0)
        goto out;
    *ret_duck = duck;
    duck = NULL;
    rc = 0;
out:
    duckdb_free(text);
    duckdb_destroy_config(&config);
    duck_close(duck);
    return rc;
}

void duck_close(struct duck *duck)
{
    if (duck == NULL)
        return;
    duckdb_disconnect(&duck->connection);
    if (!duck->joined)
        duckdb_close(&duck->database);
    free(duck);
}

int duck_join(struct duck *duck, struct duck **ret_duck, struct nj_err *err)
{
    struct duck *other = calloc(1, sizeof(*other));

    if (other == NULL)
        return nj_fail(err, NJ_NOMEM, "DuckDB handle");
    *other = (struct duck){.database = duck->database, .joined = true};
    if (duckdb_connect(other->database, &other->connection) != DuckDBSuccess) {
        free(other);
        return duck_fail(err, "open DuckDB", "no connection");
    }
    *ret_duck = other;
    return 0;
}

duckdb_connection duck_connection(struct duck *duck)
{
    return duck->connection;
}

int duck_write(struct duck *duck, const char *sql, uint64_t *ret_rows, struct nj_err *err)
{
    duckdb_result result;
    int rc = 0;

    if (duckdb_query(duck->connection, sql, &result) != DuckDBSuccess)
        rc = duck_fail(err, "DuckDB", duckdb_result_error(&result));
    else
        *ret_rows = duckdb_rows_changed(&result);
    duckdb_destroy_result(&result);
    return rc;
}

int duck_add_function(struct duck *duck, const char *name, const duckdb_type *parameters,
                      size_t count, duckdb_type returns, duckdb_scalar_function_t fn,
                      struct nj_err *err)
{
    duckdb_scalar_function function = duckdb_create_scalar_function();
    duckdb_logical_type type;
    duckdb_state state;

    duckdb_scalar_function_set_name(function, name);
    for (size_t i = 0; i < count; i++) {
        type = duckdb_create_logical_type(parameters[i]);
        duckdb_scalar_function_add_parameter(function, type);
        duckdb_destroy_logical_type(&type);
    }
    type = duckdb_create_logical_type(returns);
    duckdb_scalar_function_set_return_type(function, type);
    duckdb_destroy_logical_type(&type);
    duckdb_scalar_function_set_function(function, fn);
    state = duckdb_register_scalar_function(duck_connection(duck), function);
    duckdb_destroy_scalar_function(&function);
    if (state != DuckDBSuccess)
        return nj_fail(err, NJ_STORE, "DuckDB refuses the function %s", name);
    return 0;
}

int duck_exec(struct duck *duck, struct nj_err *err, const char *sql)
{
    uint64_t rows;

    return duck_write(duck, sql, &rows, err);
}

static duckdb_value text_list(const char *const *texts, size_t count)
{
    duckdb_logical_type text_type = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    duckdb_value *values = calloc(count > 0 ? count : 1, sizeof(duckdb_value));
    duckdb_value list = NULL;

    if (values != NULL) {
        for (size_t i = 0; i < count; i++)
            values[i] = duckdb_create_varchar(texts[i]);
        list = duckdb_create_list_value(text_type, values, count);
        for (size_t i = 0; i < count; i++)
            duckdb_destroy_value(&values[i]);
    }
    free(values);
    duckdb_destroy_logical_type(&text_type);
    return list;
}

static duckdb_state bind(duckdb_prepared_statement statement, idx_t at,
                         const struct duck_value *value)
{
    duckdb_value list;
    duckdb_state state = DuckDBError;

    switch (value->kind) {
    case DUCK_NULL:
        return duckdb_bind_null(statement, at);
    case DUCK_TEXT:
        return duckdb_bind_varchar(statement, at, value->text);
    case DUCK_INT:
        return duckdb_bind_int64(statement, at, value->integer);
    case DUCK_REAL:
        return duckdb_bind_double(statement, at, value->real);
    case DUCK_TEXTS:
        list = text_list(value->texts, value->count);
        if (list != NULL)
            state = duckdb_bind_value(statement, at, list);
        duckdb_destroy_value(&list);
        return state;
    }
    return state;
}

int duck_query_open(struct duck *duck, const char *sql, const struct duck_value *values,
                    size_t count, struct duck_query **ret_query, struct nj_err *err)
{
    struct duck_query *query = calloc(1, sizeof(*query));
    int rc = -1;

    if (query == NULL) {
        nj_fail(err, NJ_NOMEM, "DuckDB query");
        goto out;
    }
    if (duckdb_prepare(duck->connection, sql, &query->statement) != DuckDBSuccess) {
        duck_fail(err, "DuckDB", duckdb_prepare_error(query->statement));
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        if (bind(query->statement, i + 1, &values[i]) != DuckDBSuccess) {
            nj_fail(err, NJ_STORE, "DuckDB: value %zu of the query can't be bound", i + 1);
            goto out;
        }
    }
    if (duckdb_execute_prepared(query->statement, &query->result) != DuckDBSuccess) {
        duck_fail(err, "DuckDB", duckdb_result_error(&query->result));
        goto out;
    }
    *ret_query = query;
    query = NULL;
    rc = 0;
out:
    duck_query_close(query);
    return rc;
}

void duck_query_close(struct duck_query *query)
{
    if (query == NULL)
        return;
    duckdb_destroy_data_chunk(&query->chunk);
    duckdb_destroy_result(&query->result);
    duckdb_destroy_prepare(&query->statement);
    free(query);
}

size_t duck_query_columns(struct duck_query *query)
{
    return duckdb_column_count(&query->result);
}

const char *duck_query_name(struct duck_query *query, size_t column)
{
    return duckdb_column_name(&query->result, column);
}

duckdb_type duck_query_type(struct duck_query *query, size_t column)
{
    return duckdb_column_type(&query->result, column);
}

int duck_query_next(struct duck_query *query, duckdb_data_chunk *ret_chunk)
{
    duckdb_destroy_data_chunk(&query->chunk);
    query->chunk = duckdb_fetch_chunk(query->result);
    if (query->chunk == NULL)
        return DUCK_END;
    *ret_chunk = query->chunk;
    return 0;
}

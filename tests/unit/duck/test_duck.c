/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct duck *open_small(void)
{
    struct duck *duck = NULL;
    struct nj_err err;

    assert_int_equal(
        duck_open(&(struct duck_options){.threads = 1, .memory_mb = 64}, &duck, &err), 0);
    return duck;
}

static int64_t one_number(struct duck *duck, const char *sql, const struct duck_value *values,
                          size_t count)
{
    struct duck_query *query = NULL;
    duckdb_data_chunk chunk = NULL;
    struct nj_err err;
    int64_t number;

    assert_int_equal(duck_query_open(duck, sql, values, count, &query, &err), 0);
    assert_int_equal(duck_query_type(query, 0), DUCKDB_TYPE_BIGINT);
    assert_int_equal(duck_query_next(query, &chunk), 0);
    assert_int_equal(duckdb_data_chunk_get_size(chunk), 1);
    number = *(int64_t *)duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
    assert_int_equal(duck_query_next(query, &chunk), DUCK_END);
    duck_query_close(query);
    return number;
}

static void bound_values_reach_the_query(void **state)
{
    struct duck *duck = open_small();
    const char *const names[] = {"a", "bb", "ccc"};
    const struct duck_value values[] = {
        {.kind = DUCK_TEXTS, .texts = names, .count = 3},
        {.kind = DUCK_INT, .integer = 40},
        {.kind = DUCK_TEXT, .text = "four"},
        {.kind = DUCK_NULL},
    };

    (void)state;
    assert_int_equal(one_number(duck,
                                "SELECT len($1::VARCHAR[]) + $2::BIGINT + length($3) "
                                "+ coalesce($4::BIGINT, 100)",
                                values, 4),
                     147);
    duck_close(duck);
}

static void many_rows_come_in_chunks_to_the_end(void **state)
{
    struct duck *duck = open_small();
    struct duck_query *query = NULL;
    duckdb_data_chunk chunk = NULL;
    struct nj_err err;
    uint64_t rows = 0;

    (void)state;
    assert_int_equal(
        duck_query_open(duck, "SELECT range AS r FROM range(5000)", NULL, 0, &query, &err), 0);
    assert_int_equal(duck_query_columns(query), 1);
    assert_string_equal(duck_query_name(query, 0), "r");
    while (duck_query_next(query, &chunk) == 0)
        rows += duckdb_data_chunk_get_size(chunk);
    assert_int_equal(rows, 5000);
    duck_query_close(query);
    duck_close(duck);
}

static void bad_sql_is_one_line_of_error(void **state)
{
    struct duck *duck = open_small();
    struct duck_query *query = NULL;
    struct nj_err err;

    (void)state;
    assert_int_equal(duck_exec(duck, &err, "SELEC 1"), -1);
    assert_int_equal(err.code, NJ_STORE);
    assert_null(strchr(err.msg, '\n'));
    assert_non_null(strstr(err.msg, "SELEC"));
    assert_int_equal(duck_query_open(duck, "SELECT no_such", NULL, 0, &query, &err), -1);
    assert_int_equal(
        duck_query_open(duck, "SELECT CAST('x' AS INTEGER)", NULL, 0, &query, &err), -1);
    assert_null(query);
    assert_int_equal(duck_exec(duck, &err, "SELECT 1"), 0);
    duck_close(duck);
}

static void extensions_are_not_fetched(void **state)
{
    struct duck *duck = open_small();

    (void)state;
    assert_int_equal(one_number(duck,
                                "SELECT count(*) FROM duckdb_settings() WHERE value = 'false' "
                                "AND name IN ('autoinstall_known_extensions', "
                                "'autoload_known_extensions')",
                                NULL, 0),
                     2);
    duck_close(duck);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bound_values_reach_the_query),
        cmocka_unit_test(many_rows_come_in_chunks_to_the_end),
        cmocka_unit_test(bad_sql_is_one_line_of_error),
        cmocka_unit_test(extensions_are_not_fetched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that filters choose, asked of DuckDB itself with the column types of the store. */
#include "filter/filter.h"

#include <duckdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct filter_field fields[] = {
    {.name = "src", .type = FILTER_ADDRESS, .column = "src"},
    {.name = "dport", .type = FILTER_NUMBER, .column = "dport"},
    {.name = "country", .type = FILTER_TEXT, .column = "country"},
    {.name = "ts", .type = FILTER_TIME, .column = "ts"},
    {.name = "proto", .type = FILTER_PROTO, .column = "proto"},
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static const char table_sql[] =
    "CREATE TABLE visits (id VARCHAR, src UUID, dport USMALLINT, country VARCHAR, ts TIMESTAMP,"
    " proto UTINYINT);"
    "INSERT INTO visits VALUES"
    "('a', '00000000-0000-0000-0000-ffffcb007107', 22, 'CN', '2020-04-30 23:59:59.999999', 6),"
    "('b', '00000000-0000-0000-0000-ffffcb0071ff', 1433, 'IN', '2020-05-01 00:00:00', 6),"
    "('c', '00000000-0000-0000-0000-ffffc6336401', 65535, NULL, '2020-05-01 23:59:59.999999',"
    " 17),"
    "('d', '20010db8-0000-0000-0000-000000000001', 53, 'CZ', '2020-05-02 00:00:00', 17),"
    "('e', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 0, 'de', '2021-01-01 00:00:00', 58);";

struct database {
    duckdb_database db;
    duckdb_connection connection;
};

static int open_database(void **state)
{
    static struct database d;

    assert_int_equal(duckdb_open(NULL, &d.db), DuckDBSuccess);
    assert_int_equal(duckdb_connect(d.db, &d.connection), DuckDBSuccess);
    assert_int_equal(duckdb_query(d.connection, table_sql, NULL), DuckDBSuccess);
    *state = &d;
    return 0;
}

static int close_database(void **state)
{
    struct database *d = *state;

    duckdb_disconnect(&d->connection);
    duckdb_close(&d->db);
    return 0;
}

static duckdb_value to_duckdb(const struct filter_value *value)
{
    switch (value->type) {
    case FILTER_TEXT:
        return duckdb_create_varchar(value->text);
    case FILTER_ADDRESS:
        return duckdb_create_uuid(
            (duckdb_uhugeint){.lower = value->address.lo, .upper = value->address.hi});
    default:
        return duckdb_create_int64(value->number);
    }
}

/* The ids of the rows, in order: "abd". */
static char *choose(struct database *d, const char *text)
{
    static char ids[64];
    char sql[512];
    duckdb_prepared_statement statement;
    duckdb_result result;
    struct filter filter;
    struct nj_err err = {.code = NJ_OK};
    duckdb_data_chunk chunk;

    if (filter_compile(text, fields, FIELDS, &filter, &err) < 0)
        fail_msg("%s", err.msg);
    (void)snprintf(sql, sizeof(sql), "SELECT id FROM visits WHERE %s ORDER BY id", filter.sql);
    if (duckdb_prepare(d->connection, sql, &statement) == DuckDBError)
        fail_msg("%s: %s", sql, duckdb_prepare_error(statement));
    for (size_t i = 0; i < filter.value_count; i++) {
        duckdb_value value = to_duckdb(&filter.values[i]);

        assert_int_equal(duckdb_bind_value(statement, i + 1, value), DuckDBSuccess);
        duckdb_destroy_value(&value);
    }
    if (duckdb_execute_prepared(statement, &result) == DuckDBError)
        fail_msg("%s: %s", sql, duckdb_result_error(&result));
    ids[0] = '\0';
    while ((chunk = duckdb_fetch_chunk(result)) != NULL) {
        duckdb_string_t *names = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));

        for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk); i++)
            (void)strncat(ids, duckdb_string_t_data(&names[i]), 1);
        duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    filter_done(&filter);
    return ids;
}

static void addresses_of_both_families_choose_their_rows(void **state)
{
    assert_string_equal(choose(*state, "src = 203.0.113.7"), "a");
    assert_string_equal(choose(*state, "src in 203.0.113.0/24"), "ab");
    assert_string_equal(choose(*state, "src = 203.0.113.0/25"), "a");
    assert_string_equal(choose(*state, "src in 0.0.0.0/0"), "abc");
    assert_string_equal(choose(*state, "src in ::/0"), "abcde");
    assert_string_equal(choose(*state, "src in 2001:db8::/32"), "d");
    assert_string_equal(choose(*state, "src in 8000::/1"), "e");
    assert_string_equal(choose(*state, "src in 203.0.113.8-203.0.113.255"), "b");
    assert_string_equal(choose(*state, "src not in (203.0.113.7, 2001:db8::/32)"), "bce");
}

static void numbers_outside_the_column_choose_no_row(void **state)
{
    assert_string_equal(choose(*state, "dport in (22, 1024-65535)"), "abc");
    assert_string_equal(choose(*state, "dport > 1433"), "c");
    assert_string_equal(choose(*state, "dport >= 1433"), "bc");
    assert_string_equal(choose(*state, "dport = 70000"), "");
    assert_string_equal(choose(*state, "dport < 70000 and dport > -1"), "abcde");
    assert_string_equal(choose(*state, "dport != -9223372036854775808"), "abcde");
}

static void rows_without_a_value_are_not_equal_to_anything(void **state)
{
    assert_string_equal(choose(*state, "country = CN"), "a");
    assert_string_equal(choose(*state, "country != CN"), "bcde");
    assert_string_equal(choose(*state, "not country in (CN, IN)"), "cde");
    assert_string_equal(choose(*state, "not not country = CN"), "a");
    assert_string_equal(choose(*state, "not (country = CN and dport = 22)"), "bcde");
    assert_string_equal(choose(*state, "not (country = CN or dport = 53)"), "bce");
}

static void globs_match_whole_texts(void **state)
{
    assert_string_equal(choose(*state, "country ~ C*"), "ad");
    assert_string_equal(choose(*state, "country ~ '?[NE]'"), "ab");
    assert_string_equal(choose(*state, "country ~ '[a-z]*'"), "e");
    assert_string_equal(choose(*state, "country ~ N"), "");
}

static void days_are_whole_days(void **state)
{
    assert_string_equal(choose(*state, "ts = 2020-05-01"), "bc");
    assert_string_equal(choose(*state, "ts != 2020-05-01"), "ade");
    assert_string_equal(choose(*state, "ts < 2020-05-01"), "a");
    assert_string_equal(choose(*state, "ts <= 2020-05-01"), "abc");
    assert_string_equal(choose(*state, "ts > 2020-05-01"), "de");
    assert_string_equal(choose(*state, "ts >= 2020-05-01 and ts < 2021-01-01"), "bcd");
    assert_string_equal(choose(*state, "ts > 2020-05-01T00:00:00Z"), "cde");
    assert_string_equal(choose(*state, "ts = \"2020-05-01 00:00\""), "b");
    assert_string_equal(choose(*state, "ts in (2020-05-02, 2021-01-01)"), "de");
}

static void protocols_have_names_and_numbers(void **state)
{
    assert_string_equal(choose(*state, "proto = udp"), "cd");
    assert_string_equal(choose(*state, "proto in (icmpv6, 6)"), "abe");
    assert_string_equal(choose(*state, "proto in 7-255"), "cde");
    assert_string_equal(choose(*state, ""), "abcde");
}

/* DuckDB bounds the depth of an expression; chains must not count as depth. */
static void chain_of_the_most_values_is_planned(void **state)
{
    struct database *d = *state;
    char *text = calloc(1, FILTER_LENGTH_MAX), *sql = calloc(1, 2 * FILTER_LENGTH_MAX);
    duckdb_prepared_statement statement;
    struct filter filter;
    size_t used = 0;

    assert_non_null(text);
    assert_non_null(sql);
    for (unsigned i = 0; i < FILTER_VALUES_MAX; i++)
        used += (size_t)snprintf(text + used, FILTER_LENGTH_MAX - used, "%sdport = %u",
                                 i > 0 ? " or " : "", i);
    assert_int_equal(filter_compile(text, fields, FIELDS, &filter, NULL), 0);
    assert_int_equal(filter.value_count, FILTER_VALUES_MAX);
    (void)snprintf(sql, 2 * FILTER_LENGTH_MAX, "SELECT id FROM visits WHERE %s", filter.sql);
    assert_int_equal(duckdb_prepare(d->connection, sql, &statement), DuckDBSuccess);
    duckdb_destroy_prepare(&statement);
    filter_done(&filter);
    free(text);
    free(sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_both_families_choose_their_rows),
        cmocka_unit_test(numbers_outside_the_column_choose_no_row),
        cmocka_unit_test(rows_without_a_value_are_not_equal_to_anything),
        cmocka_unit_test(globs_match_whole_texts),
        cmocka_unit_test(days_are_whole_days),
        cmocka_unit_test(protocols_have_names_and_numbers),
        cmocka_unit_test(chain_of_the_most_values_is_planned),
    };

    return cmocka_run_group_tests(tests, open_database, close_database);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "filter/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const classes[] = {"scan", "backscatter", "misconfiguration", "exploit"};

static const struct filter_field fields[] = {
    {.name = "src", .type = FILTER_ADDRESS, .column = "src"},
    {.name = "dport", .type = FILTER_NUMBER, .column = "dport"},
    {.name = "country", .type = FILTER_TEXT, .column = "country"},
    {.name = "class",
     .type = FILTER_TEXT,
     .column = "class",
     .words = classes,
     .word_count = 4},
    {.name = "ts", .type = FILTER_TIME, .column = "ts"},
    {.name = "proto", .type = FILTER_PROTO, .column = "proto"},
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* Filters and the SQL they become. */
struct pair {
    const char *text, *result;
};

static void assert_sql(const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct filter filter;
        struct nj_err err = {.code = NJ_OK};

        if (filter_compile(pairs[i].text, fields, FIELDS, &filter, &err) < 0)
            fail_msg("%s: %s", pairs[i].text, err.msg);
        assert_string_equal(filter.sql, pairs[i].result);
        filter_done(&filter);
    }
}

static void assert_errors(const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct filter filter;
        struct nj_err err = {.code = NJ_OK};

        if (filter_compile(pairs[i].text, fields, FIELDS, &filter, &err) == 0)
            fail_msg("%s became %s", pairs[i].text, filter.sql);
        assert_string_equal(err.msg, pairs[i].result);
        assert_int_equal(err.code, NJ_CONFIG);
    }
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void empty_filter_is_true(void **state)
{
    struct filter filter;

    (void)state;
    assert_int_equal(filter_compile(" \t\n", fields, FIELDS, &filter, NULL), 0);
    assert_string_equal(filter.sql, "TRUE");
    assert_int_equal(filter.value_count, 0);
    assert_true(filter.fields_used == 0);
    filter_done(&filter);
}

static void operators_become_sql_with_marks(void **state)
{
    static const struct pair pairs[] = {
        {"dport = 22", "dport = ?"},
        {"dport != 22", "(dport = ?) IS NOT TRUE"},
        {"dport<22", "dport < ?"},
        {"dport >= 22", "dport >= ?"},
        {"dport in (22)", "dport = ?"},
        {"dport in (1024-65535, 22, 23)", "(dport IN (?, ?) OR dport BETWEEN ? AND ?)"},
        {"dport in 1-2", "dport BETWEEN ? AND ?"},
        {"dport = 7-7", "dport = ?"},
        {"dport not in (1, 2)", "(dport IN (?, ?)) IS NOT TRUE"},
        {"country ~ \"C*\"", "country GLOB ?"},
        {"ts < 2020-05-01", "ts < make_timestamp(?)"},
        {"ts = 2020-05-01", "ts BETWEEN make_timestamp(?) AND make_timestamp(?)"},
        {"src = 203.0.113.7", "src = ?"},
        {"src = 203.0.113.0/24", "src BETWEEN ? AND ?"},
        {"src in 2001:db8::/32", "src BETWEEN ? AND ?"},
    };

    (void)state;
    assert_sql(pairs, COUNT(pairs));
}

static void and_binds_tighter_than_or_and_not_tightest(void **state)
{
    static const struct pair pairs[] = {
        {"dport=1 or dport=2 and dport=3", "(dport = ? OR (dport = ? AND dport = ?))"},
        {"(dport=1 or dport=2) and dport=3", "((dport = ? OR dport = ?) AND dport = ?)"},
        {"not dport=1 and dport=2", "((dport = ?) IS NOT TRUE AND dport = ?)"},
        {"not (dport=1 and dport=2)", "((dport = ? AND dport = ?)) IS NOT TRUE"},
        {"((dport=1))", "dport = ?"},
        {"dport=1 AND dport=2 And dport=3", "(dport = ? AND dport = ? AND dport = ?)"},
    };

    (void)state;
    assert_sql(pairs, COUNT(pairs));
}

static void values_stand_in_the_order_of_their_marks(void **state)
{
    struct filter filter;
    char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];

    (void)state;
    assert_int_equal(filter_compile("dport in (1024-2000, 22) and proto = TCP and "
                                    "src in 203.0.113.0/24 and ts <= 1970-01-01 "
                                    "and country = \"a \\\"b\\\" \\\\\"",
                                    fields, FIELDS, &filter, NULL),
                     0);
    assert_int_equal(filter.value_count, 8);
    assert_true(filter.values[0].number == 22);
    assert_true(filter.values[1].number == 1024 && filter.values[2].number == 2000);
    assert_int_equal(filter.values[3].type, FILTER_NUMBER);
    assert_true(filter.values[3].number == 6);
    assert_int_equal(filter.values[4].type, FILTER_ADDRESS);
    assert_string_equal(addr_text(filter.values[4].address, first), "203.0.113.0");
    assert_string_equal(addr_text(filter.values[5].address, last), "203.0.113.255");
    assert_int_equal(filter.values[6].type, FILTER_TIME);
    assert_true(filter.values[6].number == 86399999999);
    assert_string_equal(filter.values[7].text, "a \"b\" \\");
    assert_true(filter.fields_used == (1u << 0 | 1u << 1 | 1u << 2 | 1u << 4 | 1u << 5));
    filter_done(&filter);
}

static void keywords_are_values_where_a_value_is_expected(void **state)
{
    struct filter filter;

    (void)state;
    assert_int_equal(filter_compile("country = IN or country in (or, NOT) or COUNTRY in in",
                                    fields, FIELDS, &filter, NULL),
                     0);
    assert_string_equal(filter.sql, "(country = ? OR country IN (?, ?) OR country = ?)");
    assert_string_equal(filter.values[0].text, "IN");
    assert_string_equal(filter.values[2].text, "NOT");
    assert_string_equal(filter.values[3].text, "in");
    filter_done(&filter);
}

static void words_of_a_field_are_bound_as_the_field_writes_them(void **state)
{
    struct filter filter;

    (void)state;
    assert_int_equal(
        filter_compile("class in (Scan) or class ~ 's*'", fields, FIELDS, &filter, NULL), 0);
    assert_string_equal(filter.values[0].text, "scan");
    assert_string_equal(filter.values[1].text, "s*");
    filter_done(&filter);
}

static void user_text_never_becomes_sql(void **state)
{
    struct filter filter;

    (void)state;
    assert_int_equal(filter_compile("country = \"x'; DROP TABLE visits; --\" or country ~ '?'",
                                    fields, FIELDS, &filter, NULL),
                     0);
    assert_string_equal(filter.sql, "(country = ? OR country GLOB ?)");
    assert_string_equal(filter.values[0].text, "x'; DROP TABLE visits; --");
    filter_done(&filter);
}

static void unknown_names_come_with_a_suggestion(void **state)
{
    static const struct pair pairs[] = {
        {"country=CN dprot = 1",
         "filter: column 12: \"dprot\" found, expected and, or, or the end of the filter"},
        {"dport=1 and dprot = 1",
         "filter: column 13: \"dprot\" is no field; did you mean \"dport\"?"},
        {"Sorce = 1", "filter: column 1: \"Sorce\" is no field; expected one of src, dport, "
                      "country, class, ts, proto"},
        {"class = scna", "filter: column 9: \"scna\" is no class; did you mean \"scan\"?"},
        {"class in (scan, nothing)",
         "filter: column 17: \"nothing\" is no class; expected one of scan, backscatter, "
         "misconfiguration, exploit"},
        {"proto = tpc",
         "filter: column 9: \"tpc\" is no protocol name or number; did you mean \"tcp\"?"},
    };

    (void)state;
    assert_errors(pairs, COUNT(pairs));
}

static void errors_name_the_column_what_was_found_and_expected(void **state)
{
    static const struct pair pairs[] = {
        {"dport", "filter: column 6: the end of the filter found, expected "
                  "= != < <= > >= in or not in"},
        {"dport =", "filter: column 8: the end of the filter found, expected a value"},
        {"dport ==1", "filter: column 8: \"=\" found, expected a value"},
        {"dport = http", "filter: column 9: \"http\" found, expected a number or a range like "
                         "1024-65535"},
        {"dport = 9223372036854775808",
         "filter: column 9: \"9223372036854775808\" found, expected a number or a range like "
         "1024-65535"},
        {"dport < 1-2", "filter: column 9: the range \"1-2\" found, expected one number"},
        {"dport in 5-1", "filter: column 10: the range \"5-1\" runs backwards"},
        {"dport in ()", "filter: column 11: \")\" found, expected a value"},
        {"dport in (1 2)", "filter: column 13: \"2\" found, expected a comma or the ) of the "
                           "list"},
        {"dport not 5", "filter: column 11: \"5\" found, expected in"},
        {"(dport = 1", "filter: column 11: the end of the filter found, expected and, or, or "
                       "the ) to column 1"},
        {"dport = 1)", "filter: column 10: \")\" found, expected and, or, or the end of the "
                       "filter"},
        {"and dport = 1", "filter: column 1: \"and\" is no field; expected one of src, dport, "
                          "country, class, ts, proto"},
        {"dport = 1 && dport = 2",
         "filter: column 11: \"&\" has no meaning here; expected and"},
        {"! dport = 1", "filter: column 1: \"!\" has no meaning here; expected != or not"},
        {"src < 203.0.113.7", "filter: column 5: \"<\" does not go with src, expected = != in "
                              "or not in"},
        {"src = 203.0.113.1/24",
         "filter: column 7: \"203.0.113.1/24\": host bits must be zero"},
        {"src = 203.0.113.9-203.0.113.1",
         "filter: column 7: the range \"203.0.113.9-203.0.113.1\" runs backwards"},
        {"src = example", "filter: column 7: \"example\" found, expected an address, a prefix "
                          "like 203.0.113.0/24 or a range a-b"},
        {"src in 203.0.113.9-2001:db8::", "filter: column 8: the range "
                                          "\"203.0.113.9-2001:db8::\" is from one family to "
                                          "the other"},
        {"proto = 256", "filter: column 9: protocol \"256\" found, expected a number 0 to 255"},
        {"ts >= yesterday", "filter: column 7: \"yesterday\" is no time, expected 2020-05-01 "
                            "or 2020-05-01T10:00:00Z (UTC)"},
        {"country = \"CN", "filter: column 11: the quoted text does not end, expected a "
                           "closing \""},
        {"country = 'a\\n'", "filter: column 11: a \\ in the quoted text escapes something "
                             "else, expected \\\" \\' or \\\\"},
        {"country = 中 or sport = 1", "filter: column 16: \"sport\" is no field; did you mean "
                                      "\"dport\"?"},
    };

    (void)state;
    assert_errors(pairs, COUNT(pairs));
}

static void what_can_never_match_is_refused(void **state)
{
    static const struct filter_field bounded[] = {
        {.name = "asn", .type = FILTER_NUMBER, .column = "asn", .most = UINT32_MAX},
        {.name = "country", .type = FILTER_TEXT, .column = "country", .length = 2},
    };
    static const struct pair refused[] = {
        {"asn = 4294967296",
         "filter: column 7: \"4294967296\" found, expected asn 0 to 4294967295"},
        {"asn in (1, -2)", "filter: column 12: \"-2\" found, expected asn 0 to 4294967295"},
        {"asn != 4294967296-4294967297", "expected asn 0 to 4294967295"},
        {"country = USA",
         "filter: column 11: \"USA\" found, expected a country of 2 characters"},
        {"country in (CN, 'U')", "filter: column 17: 'U' found, expected a country of 2"},
        {"country = ''", "expected a country of 2"},
    };
    static const char *const taken[] = {
        "asn = 4294967295", "asn = 0",      "asn in 5-9999999999", "asn < 9999999999",
        "asn >= -1",        "country = CN", "country ~ 'C*'",      "country not in (CN, US)",
    };
    struct filter filter;
    struct nj_err err;

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        assert_int_equal(filter_compile(refused[i].text, bounded, 2, &filter, &err), -1);
        assert_non_null(strstr(err.msg, refused[i].result));
    }
    for (size_t i = 0; i < COUNT(taken); i++) {
        assert_int_equal(filter_compile(taken[i], bounded, 2, &filter, &err), 0);
        filter_done(&filter);
    }
}

static void codes_are_read_in_either_case(void **state)
{
    static const struct filter_field coded[] = {
        {.name = "country", .type = FILTER_TEXT, .column = "country", .length = 2},
        {.name = "tool", .type = FILTER_TEXT, .column = "tool"},
    };
    struct filter filter;
    struct nj_err err;

    (void)state;
    assert_int_equal(filter_compile("country = cn or country in (uS, RU) or tool = zmap", coded,
                                    2, &filter, &err),
                     0);
    assert_string_equal(filter.values[0].text, "CN");
    assert_string_equal(filter.values[1].text, "US");
    assert_string_equal(filter.values[2].text, "RU");
    assert_string_equal(filter.values[3].text, "zmap");
    filter_done(&filter);
}

static void nul_bad_utf8_and_control_characters_are_refused(void **state)
{
    static const struct {
        const char *text;
        size_t length;
        const char *message;
    } cases[] = {
        {"dport\0= 1", 9, "filter: column 6: control character U+0000 found, expected text"},
        {"country = \"a\0b\"", 15,
         "filter: column 13: control character U+0000 found, expected text"},
        {"country = \x1b[2J", 14,
         "filter: column 11: control character U+001B found, expected text"},
        {"country = \xc0\xaf", 12,
         "filter: column 11: byte 0xc0 found, expected UTF-8 (RFC 3629)"},
        {"country = \xed\xa0\x80", 13,
         "filter: column 11: byte 0xed found, expected UTF-8 (RFC 3629)"},
        {"country = \xe4\xb8", 12,
         "filter: column 11: byte 0xe4 found, expected UTF-8 (RFC 3629)"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        /* a copy without slack, so that a sanitizer sees a byte read too far */
        char *text = malloc(cases[i].length);
        struct filter filter;
        struct nj_err err;

        assert_non_null(text);
        memcpy(text, cases[i].text, cases[i].length);
        assert_int_equal(
            filter_compile_bytes(text, cases[i].length, fields, FIELDS, &filter, &err), -1);
        assert_string_equal(err.msg, cases[i].message);
        free(text);
    }
}

/* `count` times `piece`, then `end`. */
static char *repeat(const char *piece, size_t count, const char *end)
{
    size_t step = strlen(piece);
    char *text = malloc(step * count + strlen(end) + 1);

    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * step, piece, step);
    memcpy(text + count * step, end, strlen(end) + 1);
    return text;
}

static void assert_limit(char *text, const char *message)
{
    struct filter filter;
    struct nj_err err;

    assert_int_equal(filter_compile(text, fields, FIELDS, &filter, &err), -1);
    assert_int_equal(err.code, NJ_LIMIT);
    assert_non_null(strstr(err.msg, message));
    free(text);
}

static void every_maximum_has_its_error(void **state)
{
    char *text = repeat("not ", FILTER_DEPTH_MAX, "dport = 1");
    struct filter filter;

    (void)state;
    assert_int_equal(filter_compile(text, fields, FIELDS, &filter, NULL), 0);
    filter_done(&filter);
    free(text);
    assert_limit(repeat("not ", FILTER_DEPTH_MAX + 1, "dport = 1"),
                 "column 129: more than 32 of ( and not inside each other");
    assert_limit(repeat("(", 60000, ""), "column 33: more than 32 of ( and not");
    assert_limit(repeat("dport=1 or ", FILTER_VALUES_MAX, "dport=1"),
                 "more than 2048 values (ranges and prefixes count twice)");
    assert_limit(repeat("src=203.0.113.0/24 or ", FILTER_VALUES_MAX / 2, "dport=1"),
                 "more than 2048 values");
    assert_limit(repeat(" ", FILTER_LENGTH_MAX + 1, ""), "65537 bytes long, the most is 65536");
    assert_limit(repeat("country ~ '*a*b*c*d", 1, "*'"), "5 times * in the pattern");
}

static void long_words_are_cut_between_characters_in_messages(void **state)
{
    char *text = repeat("中", 30, " = 1");
    struct filter filter;
    struct nj_err err;

    (void)state;
    assert_int_equal(filter_compile(text, fields, FIELDS, &filter, &err), -1);
    assert_non_null(strstr(err.msg, "column 1: \"中中中中中中中中中中中中中...\" is no field"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_filter_is_true),
        cmocka_unit_test(operators_become_sql_with_marks),
        cmocka_unit_test(and_binds_tighter_than_or_and_not_tightest),
        cmocka_unit_test(values_stand_in_the_order_of_their_marks),
        cmocka_unit_test(keywords_are_values_where_a_value_is_expected),
        cmocka_unit_test(words_of_a_field_are_bound_as_the_field_writes_them),
        cmocka_unit_test(user_text_never_becomes_sql),
        cmocka_unit_test(unknown_names_come_with_a_suggestion),
        cmocka_unit_test(errors_name_the_column_what_was_found_and_expected),
        cmocka_unit_test(what_can_never_match_is_refused),
        cmocka_unit_test(codes_are_read_in_either_case),
        cmocka_unit_test(nul_bad_utf8_and_control_characters_are_refused),
        cmocka_unit_test(every_maximum_has_its_error),
        cmocka_unit_test(long_words_are_cut_between_characters_in_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Filters held against rows in memory; tests/unit/store/test_live.c compares them with the
 * store's answers. */
#include "filter/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    int nothing;
    int64_t dport, ts;
    struct addr src;
    const char *tool;
};

static const struct filter_field fields[] = {
    {.name = "dport",
     .type = FILTER_NUMBER,
     .column = "dport",
     .member = offsetof(struct row, dport)},
    {.name = "src",
     .type = FILTER_ADDRESS,
     .column = "src",
     .member = offsetof(struct row, src)},
    {.name = "tool",
     .type = FILTER_TEXT,
     .column = "tool",
     .member = offsetof(struct row, tool)},
    {.name = "ts", .type = FILTER_TIME, .column = "ts", .member = offsetof(struct row, ts)},
    {.name = "actor", .type = FILTER_TEXT, .column = "actor"},
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))
#define ALL UINT64_MAX
#define SRC_ALONE 2u

static enum filter_answer ask(const char *text, const struct row *row, uint64_t known)
{
    struct filter_match *match;
    struct nj_err err = {.code = NJ_OK};
    enum filter_answer answer;

    if (filter_match_new(text, fields, FIELDS, &match, &err) < 0)
        fail_msg("%s", err.msg);
    answer = filter_match_row(match, row, known);
    filter_match_free(match);
    return answer;
}

static const struct row scanner = {
    .dport = 22, .ts = 1588291200000000, .src = {0, 0xffffcb007107}, .tool = "zmap"};
static const struct row nobody = {.dport = FILTER_NULL, .ts = 0, .tool = ""};

static void null_fits_no_term_and_every_negation(void **state)
{
    (void)state;
    assert_int_equal(ask("dport >= 0 or src in ::/0 or tool ~ '*'", &nobody, ALL), FILTER_NO);
    assert_int_equal(ask("dport != 22 and src != 203.0.113.7 and tool != zmap", &nobody, ALL),
                     FILTER_YES);
    assert_int_equal(ask("not not tool = zmap", &nobody, ALL), FILTER_NO);
}

static void ranges_that_overlap_are_one(void **state)
{
    (void)state;
    assert_int_equal(ask("dport in (1-1000, 20-21, 5-30)", &scanner, ALL), FILTER_YES);
    assert_int_equal(ask("dport in (1-21, 23-30, 21)", &scanner, ALL), FILTER_NO);
    assert_int_equal(ask("src in (0.0.0.0/0, 203.0.113.8)", &scanner, ALL), FILTER_YES);
    assert_int_equal(ask("ts in (2020-05-02, 2020-05-01)", &scanner, ALL), FILTER_YES);
}

static void what_hangs_on_an_unknown_field_may_be(void **state)
{
    (void)state;
    assert_int_equal(ask("src = 203.0.113.7", &scanner, SRC_ALONE), FILTER_YES);
    assert_int_equal(ask("src = 203.0.113.7 and dport = 9", &scanner, SRC_ALONE), FILTER_MAYBE);
    assert_int_equal(ask("src = 203.0.113.8 and dport = 22", &scanner, SRC_ALONE), FILTER_NO);
    assert_int_equal(ask("src = 203.0.113.8 or dport = 9", &scanner, SRC_ALONE), FILTER_MAYBE);
    assert_int_equal(ask("src = 203.0.113.7 or dport = 9", &scanner, SRC_ALONE), FILTER_YES);
    assert_int_equal(ask("not dport = 22", &scanner, SRC_ALONE), FILTER_MAYBE);
    assert_int_equal(ask("not src = 203.0.113.7", &scanner, SRC_ALONE), FILTER_NO);
}

static void a_field_that_such_rows_do_not_have_is_refused_by_name(void **state)
{
    struct filter_match *match;
    struct nj_err err = {.code = NJ_OK};

    (void)state;
    assert_int_equal(
        filter_match_new("dport = 1 or actor = NJ-000001", fields, FIELDS, &match, &err), -1);
    assert_int_equal(err.code, NJ_CONFIG);
    assert_string_equal(err.msg, "filter: column 14: \"actor\" is not known here");
    assert_int_equal(filter_match_new("dprot = 1", fields, FIELDS, &match, &err), -1);
    assert_non_null(strstr(err.msg, "did you mean \"dport\""));
}

static void hostile_filters_are_bounded(void **state)
{
    char *text = calloc(1, FILTER_LENGTH_MAX + 2);
    struct filter_match *match;
    struct nj_err err = {.code = NJ_OK};
    size_t used = 0;

    (void)state;
    assert_non_null(text);
    memset(text, '(', FILTER_DEPTH_MAX + 1);
    assert_int_equal(filter_match_new(text, fields, FIELDS, &match, &err), -1);
    assert_int_equal(err.code, NJ_LIMIT);
    memset(text, ' ', FILTER_LENGTH_MAX + 1);
    assert_int_equal(filter_match_new(text, fields, FIELDS, &match, &err), -1);
    assert_int_equal(err.code, NJ_LIMIT);
    memset(text, 0, FILTER_LENGTH_MAX + 2);
    used += (size_t)snprintf(text, 32, "dport in (");
    for (unsigned i = 0; i < FILTER_VALUES_MAX; i++)
        used += (size_t)snprintf(text + used, FILTER_LENGTH_MAX - used, "%u,", 60000 - 2 * i);
    text[used - 1] = ')';
    assert_int_equal(ask(text, &(struct row){.dport = 60000 - 2 * 77}, ALL), FILTER_YES);
    assert_int_equal(ask(text, &(struct row){.dport = 60000 - 2 * 77 - 1}, ALL), FILTER_NO);
    free(text);
}

static void a_pattern_with_stars_costs_no_more_than_both_lengths(void **state)
{
    char text[4096];

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_false(filter_glob("*a*a*a*a*a*a*a*a*b", text));
    assert_true(filter_glob("*a*a*a*a*a*a*a*a*", text));
    assert_true(filter_glob("**", ""));
    assert_false(filter_glob("?", ""));
    assert_true(filter_glob("\\*", "*"));
    assert_false(filter_glob("a\\", "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_fits_no_term_and_every_negation),
        cmocka_unit_test(ranges_that_overlap_are_one),
        cmocka_unit_test(what_hangs_on_an_unknown_field_may_be),
        cmocka_unit_test(a_field_that_such_rows_do_not_have_is_refused_by_name),
        cmocka_unit_test(hostile_filters_are_bounded),
        cmocka_unit_test(a_pattern_with_stars_costs_no_more_than_both_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

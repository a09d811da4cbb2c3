/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "server/limit.h"
#include "server/query.h"
#include "server/token.h"

static struct nj_err err;

static int set(struct query *query, const char *name, const char *value)
{
    return query_set(query, UINT32_MAX, false, name, value, &err);
}

static void parameters_are_typed(void **state)
{
    struct query query;

    (void)state;
    query_init(&query);
    assert_int_equal(set(&query, "from", "2014-09-23"), 0);
    assert_int_equal(set(&query, "to", "2014-09-23"), 0);
    assert_int_equal(query.to_us - query.from_us, 86400000000 - 1);
    assert_int_equal(set(&query, "sources", "192.0.2.1,2001:db8::1"), 0);
    assert_int_equal(query.source_count, 2);
    assert_int_equal(set(&query, "limit", "7"), 0);
    assert_int_equal(query.limit, 7);
    assert_int_equal(set(&query, "by", "week"), 0);
    assert_int_equal(query.by, PERIOD_WEEK);
    assert_int_equal(query_check(&query, &err), 0);
    query_done(&query);
}

static void what_is_wrong_is_named(void **state)
{
    static const char *const wrong[][2] = {
        {"limit", "0"},
        {"limit", "10001"},
        {"limit", "1e3"},
        {"limit", "-1"},
        {"limit", ""},
        {"offset", "x"},
        {"sources", "1.2.3"},
        {"sources", ""},
        {"from", "today"},
        {"all", "yes"},
        {"by", "year"},
        {"speed", "nan"},
        {"speed", "0"},
        {"actor", "42x"},
        {"country", "CHN"},
        {"nothing", "1"},
        {"field", "ports"} /* stands in the path */,
    };
    struct query query;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        query_init(&query);
        assert_int_equal(set(&query, wrong[i][0], wrong[i][1]), -1);
        assert_int_equal(err.code, NJ_CONFIG);
        assert_non_null(strstr(err.msg, wrong[i][0]));
        query_done(&query);
    }
}

static void a_name_of_the_path_that_nothing_has_is_unknown(void **state)
{
    struct query query;

    (void)state;
    query_init(&query);
    assert_int_equal(query_set(&query, PARAM_FEED, true, "feed", "edll", &err), QUERY_UNKNOWN);
    assert_string_equal(err.msg, "there is no feed \"edll\" (/api/v1/feeds has them)");
    query_done(&query);
    query_init(&query);
    assert_int_equal(query_set(&query, PARAM_FEED, true, "feed", "edl", &err), 0);
    assert_string_equal(feeds[query.feed].name, "edl");
    query_done(&query);
}

static void a_parameter_stands_once(void **state)
{
    struct query query;

    (void)state;
    query_init(&query);
    assert_int_equal(set(&query, "filter", "dport = 22"), 0);
    assert_int_equal(set(&query, "filter", "dport = 23"), -1);
    query_done(&query);
}

static void a_route_takes_only_its_own(void **state)
{
    struct query query;

    (void)state;
    query_init(&query);
    assert_int_equal(query_set(&query, PARAM_FILTER, false, "limit", "1", &err), -1);
    assert_int_equal(query_set(&query, PARAM_FILTER, false, "filtr", "1", &err), -1);
    assert_non_null(strstr(err.msg, "did you mean \"filter\"?"));
    query_done(&query);
}

static void tokens_have_scopes(void **state)
{
    static const char text[] = "# who\nread aaaaaaaaaaaaaaaaaaaaaaaa console\n"
                               "read,write bbbbbbbbbbbbbbbbbbbbbbbb\n";
    struct tokens *tokens;

    (void)state;
    assert_int_equal(tokens_parse(text, strlen(text), "t", &tokens, &err), 0);
    assert_int_equal(tokens_scope(tokens, "aaaaaaaaaaaaaaaaaaaaaaaa"), SCOPE_READ);
    assert_int_equal(tokens_scope(tokens, "bbbbbbbbbbbbbbbbbbbbbbbb"),
                     SCOPE_READ | SCOPE_WRITE);
    assert_int_equal(tokens_scope(tokens, "aaaaaaaaaaaaaaaaaaaaaaa"), 0);
    assert_int_equal(tokens_scope(tokens, ""), 0);
    assert_int_equal(tokens_scope(tokens, NULL), 0);
    tokens_free(tokens);
}

static void a_bad_token_file_is_refused_with_its_line(void **state)
{
    static const char *const bad[] = {"\nadmin aaaaaaaaaaaaaaaaaaaaaaaa\n", "\nread short\n",
                                      "\nread\n", "\nread, aaaaaaaaaaaaaaaaaaaaaaaa\n"};
    struct tokens *tokens;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(tokens_parse(bad[i], strlen(bad[i]), "t", &tokens, &err), -1);
        assert_non_null(strstr(err.msg, "t:2: "));
    }
}

static void a_client_over_its_rate_waits_and_others_do_not(void **state)
{
    struct limit *limit = limit_new(10);
    struct addr client = addr_from_v4(0xc0000201), other = addr_from_v4(0xc0000202);
    unsigned allowed = 0;

    (void)state;
    assert_non_null(limit);
    for (int i = 0; i < 100; i++)
        allowed += limit_allow(limit, client, 1000000000);
    assert_int_equal(allowed, 20);
    assert_true(limit_allow(limit, other, 1000000000));
    assert_false(limit_allow(limit, client, 1050000000));
    assert_true(limit_allow(limit, client, 1200000000));
    limit_free(limit);
}

static void an_ipv6_client_is_its_network(void **state)
{
    struct limit *limit = limit_new(1);
    struct addr client = {.hi = 0x20010db800000000, .lo = 1};
    unsigned allowed = 0;

    (void)state;
    for (; client.lo < 50; client.lo++)
        allowed += limit_allow(limit, client, 1000000000);
    assert_int_equal(allowed, 2);
    limit_free(limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_typed),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_name_of_the_path_that_nothing_has_is_unknown),
        cmocka_unit_test(a_parameter_stands_once),
        cmocka_unit_test(a_route_takes_only_its_own),
        cmocka_unit_test(tokens_have_scopes),
        cmocka_unit_test(a_bad_token_file_is_refused_with_its_line),
        cmocka_unit_test(a_client_over_its_rate_waits_and_others_do_not),
        cmocka_unit_test(an_ipv6_client_is_its_network),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

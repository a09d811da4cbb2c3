/* SPDX-License-Identifier: Apache-2.0 */
#include "testimony/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/addr.h"

static int on_statement(void *ctx, const struct statement *statement, struct nj_err *err)
{
    char net[PREFIX_TEXT_MAX];

    (void)err;
    text_addf(ctx, "%s %s %lld-%lld\n", prefix_text(&statement->net, net), statement->value,
              (long long)(statement->from_us / 1000000),
              (long long)(statement->to_us / 1000000));
    return 0;
}

static void take(struct routes *routes, const char *const *lines)
{
    for (; *lines != NULL; lines++)
        assert_int_equal(routes_line(routes, *lines, strlen(*lines), NULL), 0);
}

static void expect(struct routes *routes, const char *output)
{
    struct text text = {0};

    assert_int_equal(routes_each(routes, on_statement, &text, NULL), 0);
    text_add(&text, "", 1);
    assert_string_equal(text.bytes, output);
    text_done(&text);
}

#define RIB(time, peer, net, path) "TABLE_DUMP2|" time "|B|" peer "|1|" net "|" path "|IGP|x"
#define SAYS(time, peer, net, path) "BGP4MP|" time "|A|" peer "|1|" net "|" path "|IGP|x"
#define GONE(time, peer, net) "BGP4MP|" time "|W|" peer "|1|" net

static void an_origin_lasts_until_its_last_peer_gives_it_up(void **state)
{
    struct routes *routes = routes_new();

    (void)state;
    take(routes, (const char *const[]){RIB("100", "p", "192.0.2.0/24", "1 2 3"),
                                       RIB("100", "q", "192.0.2.0/24", "9 3"),
                                       SAYS("200", "p", "192.0.2.0/24", "1 4"), NULL});
    expect(routes, "192.0.2.0/24 {\"origin\":3,\"standing\":true} 100-100\n"
                   "192.0.2.0/24 {\"origin\":4,\"standing\":true} 200-200\n");
    take(routes, (const char *const[]){SAYS("210", "q", "192.0.2.0/24", "9 4"),
                                       GONE("300", "p", "192.0.2.0/24"), NULL});
    expect(routes, "192.0.2.0/24 {\"origin\":3,\"standing\":false} 100-210\n"
                   "192.0.2.0/24 {\"origin\":4,\"standing\":true} 200-210\n");
    take(routes, (const char *const[]){GONE("310", "q", "192.0.2.0/24"), NULL});
    expect(routes, "192.0.2.0/24 {\"origin\":3,\"standing\":false} 100-210\n"
                   "192.0.2.0/24 {\"origin\":4,\"standing\":false} 200-310\n");
    routes_free(routes);
}

static void the_same_lines_again_change_nothing(void **state)
{
    static const char *const lines[] = {RIB("100", "p", "192.0.2.0/24", "1 3"),
                                        SAYS("200", "p", "192.0.2.0/24", "1 4"),
                                        GONE("300", "p", "192.0.2.0/24"), NULL};
    static const char wanted[] = "192.0.2.0/24 {\"origin\":3,\"standing\":false} 100-200\n"
                                 "192.0.2.0/24 {\"origin\":4,\"standing\":false} 200-300\n";
    struct routes *routes = routes_new();

    (void)state;
    take(routes, lines);
    expect(routes, wanted);
    take(routes, lines);
    expect(routes, wanted);
    routes_free(routes);
}

static void what_stood_in_an_earlier_import_is_given_up_by_anybody(void **state)
{
    struct routes *routes = routes_new();
    struct statement known = {.from_us = 1000000, .to_us = 2000000};

    (void)state;
    assert_int_equal(prefix_parse("192.0.2.0/24", &known.net, NULL), 0);
    assert_int_equal(routes_known(routes, &known, 3, true, NULL), 0);
    expect(routes, "192.0.2.0/24 {\"origin\":3,\"standing\":true} 1-2\n");
    take(routes, (const char *const[]){SAYS("50", "p", "192.0.2.0/24", "1 4"), NULL});
    expect(routes, "192.0.2.0/24 {\"origin\":3,\"standing\":false} 1-50\n"
                   "192.0.2.0/24 {\"origin\":4,\"standing\":true} 50-50\n");
    routes_free(routes);
}

static void lines_that_say_nothing_are_counted_apart(void **state)
{
    struct routes *routes = routes_new();
    const struct routes_counts *counts = routes_counts(routes);

    (void)state;
    take(routes, (const char *const[]){
                     RIB("1", "p", "0.0.0.0/0", "1"), RIB("1", "p", "192.0.2.1/24", "1"),
                     RIB("1", "p", "192.0.2.0/24", "1 {2,3}"), "BGP4MP|1|STATE|p|1|3|2", "",
                     "|||", "x|y|A|p|1|n|1|", RIB("1", "p", "192.0.2.0/24", "1 4294967296"),
                     RIB("1", "p", "192.0.2.0/24", ""), NULL});
    expect(routes, "");
    assert_int_equal(counts->lines, 9);
    assert_int_equal(counts->special, 2);
    assert_int_equal(counts->sets, 1);
    assert_int_equal(counts->refused, 5);
    assert_int_equal(counts->bad_line, 5);
    routes_free(routes);
}

static void many_prefixes_and_peers_are_kept_apart(void **state)
{
    struct routes *routes = routes_new();
    struct text text = {0};
    char line[128];

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        int length = snprintf(line, sizeof(line), "BGP4MP|%u|A|p%u|1|10.%u.%u.0/24|1 %u|IGP",
                              i + 1, i % 100, i / 256, i % 256, i);

        assert_int_equal(routes_line(routes, line, (size_t)length, NULL), 0);
    }
    assert_int_equal(routes_each(routes, on_statement, &text, NULL), 0);
    text_add(&text, "", 1);
    assert_non_null(
        strstr(text.bytes, "10.19.135.0/24 {\"origin\":4999,\"standing\":true} 5000-5000\n"));
    assert_int_equal(routes_counts(routes)->announced, 5000);
    text_done(&text);
    routes_free(routes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_origin_lasts_until_its_last_peer_gives_it_up),
        cmocka_unit_test(the_same_lines_again_change_nothing),
        cmocka_unit_test(what_stood_in_an_earlier_import_is_given_up_by_anybody),
        cmocka_unit_test(lines_that_say_nothing_are_counted_apart),
        cmocka_unit_test(many_prefixes_and_peers_are_kept_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "testimony/lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/addr.h"

/* What was read, one statement a line: "192.0.2.0/24 {"label":"x"}". */
struct read {
    struct text text;
    struct reading reading;
    int rc;
    struct nj_err err;
};

static int on_statement(void *ctx, const struct statement *statement, struct nj_err *err)
{
    struct text *text = ctx;
    char net[PREFIX_TEXT_MAX];

    (void)err;
    text_addf(text, "%s %s%s", prefix_text(&statement->net, net),
              statement->value == NULL ? "-" : statement->value,
              statement->to_us == 0 ? "" : " ");
    if (statement->to_us != 0)
        text_date(text, statement->to_us / 86400000000ll);
    text_add_z(text, "\n");
    return 0;
}

static struct read read_bytes(const char *bytes, size_t length, struct lists_bounds bounds)
{
    struct read r = {.rc = 0};

    r.rc = lists_read(bytes, length, bounds, on_statement, &r.text, &r.reading, &r.err);
    text_add(&r.text, "", 1);
    return r;
}

static struct read read_text(const char *text)
{
    return read_bytes(text, strlen(text), (struct lists_bounds){.v4 = 8, .v6 = 19});
}

#define EXPECT(input, output, refused_count)                                                   \
    do {                                                                                       \
        struct read r_ = read_text(input);                                                     \
        assert_int_equal(r_.rc, 0);                                                            \
        assert_string_equal(r_.text.bytes, output);                                            \
        assert_int_equal(r_.reading.refused, refused_count);                                   \
        text_done(&r_.text);                                                                   \
    } while (0)

static void plain_lines_hold_addresses_prefixes_and_labels(void **state)
{
    (void)state;
    EXPECT("# comment\n; another\n\n192.0.2.7\r\n 198.51.100.0/24 , Example Org,more\n"
           "203.0.113.9 # scan.example.org, yes\n203.0.113.8\t9\n\"2001:db8::/48\",\"Six\"\n",
           "192.0.2.7 -\n198.51.100.0/24 {\"label\":\"Example Org\"}\n"
           "203.0.113.9 {\"label\":\"scan.example.org, yes\"}\n203.0.113.8 {\"label\":\"9\"}\n"
           "2001:db8::/48 {\"label\":\"Six\"}\n",
           0);
}

static void a_range_becomes_the_fewest_prefixes(void **state)
{
    (void)state;
    EXPECT("192.0.2.1-192.0.2.8\n198.51.100.0,198.51.100.255,Net\n"
           "2001:db8::-2001:db8::2\n",
           "192.0.2.1 -\n192.0.2.2/31 -\n192.0.2.4/30 -\n192.0.2.8 -\n"
           "198.51.100.0/24 {\"label\":\"Net\"}\n2001:db8::/127 -\n2001:db8::2 -\n",
           0);
}

static void the_whole_of_a_family_is_one_prefix_where_bounds_allow_it(void **state)
{
    static const char text[] = "0.0.0.0-255.255.255.255\n::/0\n";
    struct read r = read_bytes(text, strlen(text), (struct lists_bounds){.v4 = 0, .v6 = 0});

    (void)state;
    assert_string_equal(r.text.bytes, "0.0.0.0/0 -\n::/0 -\n");
    text_done(&r.text);
    r = read_bytes(text, strlen(text), (struct lists_bounds){.v4 = 8, .v6 = 19});
    assert_int_equal(r.reading.refused, 2);
    assert_int_equal(r.reading.bad_line, 1);
    assert_non_null(strstr(r.reading.why, "too wide"));
    text_done(&r.text);
}

static void bounds_let_their_own_length_in(void **state)
{
    static const char text[] = "198.51.0.0/16\n198.50.0.0/15\n2001:db8::/32\n2001:db8::/31\n";
    struct read r = read_bytes(text, strlen(text), (struct lists_bounds){.v4 = 16, .v6 = 32});

    (void)state;
    assert_string_equal(r.text.bytes, "198.51.0.0/16 -\n2001:db8::/32 -\n");
    assert_int_equal(r.reading.refused, 2);
    assert_int_equal(r.reading.bad_line, 2);
    text_done(&r.text);
}

static void no_prefix_of_ipv6_takes_in_all_of_ipv4(void **state)
{
    static const char text[] = "2001:db8::/32\n::/32\n::-::ffff:ffff:ffff\n";
    struct read r = read_bytes(text, strlen(text), (struct lists_bounds){.v4 = 16, .v6 = 32});

    (void)state;
    assert_string_equal(r.text.bytes, "2001:db8::/32 -\n");
    assert_int_equal(r.reading.refused, 2);
    text_done(&r.text);
}

static void ranges_of_ipv6_in_full_length_are_ranges(void **state)
{
    (void)state;
    EXPECT("2001:0db8:0000:0000:0000:0000:0000:0000-2001:0db8:0000:0000:ffff:ffff:ffff:ffff\n",
           "2001:db8::/64 -\n", 0);
}

static void ipset_and_tor_lines_are_known(void **state)
{
    (void)state;
    EXPECT("create example.org hash:net family inet counters\nadd example.org 192.0.2.0/28\n"
           "add example.org-ipv6 2001:db8::/80\n",
           "192.0.2.0/28 {\"label\":\"example.org\"}\n"
           "2001:db8::/80 {\"label\":\"example.org\"}\n",
           0);
    EXPECT("ExitNode 0123456789ABCDEF\nPublished 2020-05-01 09:00:00\n"
           "LastStatus 2020-05-01 10:00:00\nExitAddress 192.0.2.7 2020-05-01 10:11:12\n",
           "192.0.2.7 - 2020-05-01\n", 0);
}

static void json_lists_are_known(void **state)
{
    struct read r = read_text("{\"name\": \"Scanners\", \"description\": \"who scans\","
                              " \"version\": 26081010, \"type\": \"cidr\","
                              " \"list\": [\"192.0.2.0/24\", 7, \"example.org\"]}");

    (void)state;
    assert_string_equal(r.text.bytes, "192.0.2.0/24 -\n");
    assert_string_equal(r.reading.name, "Scanners");
    assert_int_equal(r.reading.dated_us, statement_time("2026-08-10"));
    assert_int_equal(r.reading.refused, 2);
    assert_int_equal(r.reading.bad_line, 2);
    text_done(&r.text);
    EXPECT("[{\"ip\": \"192.0.2.7\", \"scanner\": \"Org\", \"last_seen\": \"2023-01-27\"}]",
           "192.0.2.7 {\"label\":\"Org\"} 2023-01-27\n", 0);
    EXPECT("{\"ip\": \"192.0.2.7\"}\n{\"ip\": \"192.0.2.8\"}\n{nonsense\n",
           "192.0.2.7 -\n192.0.2.8 -\n", 1);
    EXPECT("{\"ip\": \"192.0.2.7\"}\n", "192.0.2.7 -\n", 0);
    EXPECT("{\"prefixes\": [{\"ipv4Prefix\": \"192.0.2.0/24\", \"service\": \"Cloud\"}]}",
           "192.0.2.0/24 {\"label\":\"Cloud\"}\n", 0);
}

static void json_of_another_kind_is_refused(void **state)
{
    struct read r = read_text("{\"a\": 1}");

    (void)state;
    assert_int_equal(r.rc, -1);
    assert_int_equal(r.err.code, NJ_FORMAT);
    text_done(&r.text);
    r = read_text("[\"192.0.2.7\",");
    assert_int_equal(r.rc, -1);
    assert_non_null(strstr(r.err.msg, "line 1"));
    text_done(&r.text);
}

static void what_is_no_entry_is_counted_with_its_line(void **state)
{
    struct read r = read_text("ip,class\n192.0.2.7,x\n192.0.2.300\n192.0.2.1/24\n"
                              "192.0.2.9-192.0.2.1\n192.0.2.1-2001:db8::\nip,class\n");

    (void)state;
    assert_string_equal(r.text.bytes, "192.0.2.7 {\"label\":\"x\"}\n");
    assert_int_equal(r.reading.refused, 5);
    assert_int_equal(r.reading.bad_line, 3);
    text_done(&r.text);
}

static void hostile_labels_are_cut_and_escaped(void **state)
{
    char text[400] = "192.0.2.7,\x1b[31m\xff\"";
    struct read r;

    (void)state;
    memset(text + strlen(text), 'a', 300);
    r = read_text(text);
    assert_int_equal(r.reading.statements, 1);
    assert_null(memchr(r.text.bytes, 0x1b, r.text.length));
    assert_in_range(r.text.length, 100, 180);
    text_done(&r.text);
    r = read_bytes("19\0"
                   "2.0.2.7\n\0\n",
                   12, (struct lists_bounds){.v4 = 8, .v6 = 19});
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.reading.statements, 0);
    text_done(&r.text);
}

static void times_are_read_or_none(void **state)
{
    (void)state;
    assert_int_equal(statement_time("1970-01-02"), 86400000000ll);
    assert_int_equal(statement_time("1970-01-02T01:00:00Z"), 90000000000ll);
    assert_int_equal(statement_time("1970-01-02 01:00:00.5"), 90000000000ll);
    assert_int_equal(statement_time("1970-01-02T25:00:00"), 86400000000ll);
    assert_int_equal(statement_time("1970-13-02"), 0);
    assert_int_equal(statement_time("yesterday"), 0);
    assert_int_equal(statement_time(""), 0);
    assert_int_equal(statement_time(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lines_hold_addresses_prefixes_and_labels),
        cmocka_unit_test(a_range_becomes_the_fewest_prefixes),
        cmocka_unit_test(the_whole_of_a_family_is_one_prefix_where_bounds_allow_it),
        cmocka_unit_test(bounds_let_their_own_length_in),
        cmocka_unit_test(no_prefix_of_ipv6_takes_in_all_of_ipv4),
        cmocka_unit_test(ranges_of_ipv6_in_full_length_are_ranges),
        cmocka_unit_test(ipset_and_tor_lines_are_known),
        cmocka_unit_test(json_lists_are_known),
        cmocka_unit_test(json_of_another_kind_is_refused),
        cmocka_unit_test(what_is_no_entry_is_counted_with_its_line),
        cmocka_unit_test(hostile_labels_are_cut_and_escaped),
        cmocka_unit_test(times_are_read_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

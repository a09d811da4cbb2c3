/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "feed/write.h"

static const struct feed_about about = {
    .generated_us = 1411516800000000,
    .expires_us = 1411603200000000,
    .publisher = "A | B = C\"",
    .contact = "x\ny",
    .licence = "\xff",
};

static struct decision decision_of(const char *text, enum action action, double risk)
{
    struct decision decision = {.action = action,
                                .since_us = 1411500000000000,
                                .until_us = 1411600000000000,
                                .risk = risk,
                                .level = RISK_HIGH,
                                .grade = GRADE_B,
                                .addresses = 1};
    struct nj_err err;

    assert_int_equal(prefix_parse(text, &decision.net, &err), 0);
    return decision;
}

/* What a list of one decision looks like in a format. */
static char *written(const char *name, struct decision *decision)
{
    const struct feed *feed = feed_find(name);
    struct feed_list list = {.items = decision, .count = 1};
    struct nj_err err;
    char *bytes;
    size_t length;

    assert_non_null(feed);
    assert_int_equal(feed_bytes(feed, &list, &about, &bytes, &length, &err), 0);
    assert_int_equal(strlen(bytes), length);
    return bytes;
}

static size_t lines_of(const char *bytes)
{
    size_t lines = 0;

    for (; *bytes != '\0'; bytes++)
        lines += *bytes == '\n';
    return lines;
}

static void hostile_texts_break_no_format(void **state)
{
    static const char evil[] = "a\"b\\c\nd\te,f|g=h;i]#j'k\r\x1b[31m\xff{}";
    struct decision plain = decision_of("198.51.100.7", ACTION_BLOCK, 80);
    struct decision hostile = plain;

    (void)state;
    (void)snprintf(plain.reason, sizeof(plain.reason), "plain");
    (void)snprintf(plain.tool, sizeof(plain.tool), "zmap");
    (void)snprintf(hostile.reason, sizeof(hostile.reason), "%s", evil);
    (void)snprintf(hostile.tool, sizeof(hostile.tool), "%.20s", evil);
    (void)snprintf(hostile.rule, sizeof(hostile.rule), "%s", "x\" drop");
    for (size_t i = 0; i < feed_count; i++) {
        char *one, *other;

        if (feeds[i].folder)
            continue;
        one = written(feeds[i].name, &plain);
        other = written(feeds[i].name, &hostile);
        if (lines_of(one) != lines_of(other))
            fail_msg("%s: a text made more lines", feeds[i].name);
        for (const char *c = other; *c != '\0'; c++) {
            if ((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t')
                fail_msg("%s: a control character came through", feeds[i].name);
        }
        free(one);
        free(other);
    }
}

static void known_digests_are_right(void **state)
{
    char md5[33], uuid[FEED_UUID_MAX];

    (void)state;
    feed_md5("218.77.79.43", md5);
    assert_string_equal(md5, "62700f66f53d64f2ad01ea6daf7d6466");
    assert_string_equal(feed_uuid(feed_stix_namespace, "{\"value\":\"198.51.100.3\"}", uuid),
                        "28bb3599-77cd-5a82-a950-b5bc3caf07c4");
    assert_string_equal(feed_uuid(feed_stix_namespace, "{\"number\":15139}", uuid),
                        "3aa27478-50b5-5ab8-9da9-cdc12b657fff");
}

static void lists_are_cut_to_the_worst_and_stay_in_order(void **state)
{
    struct decision all[] = {decision_of("5.0.0.9", ACTION_BLOCK, 50),
                             decision_of("5.0.0.1", ACTION_BLOCK, 90),
                             decision_of("5.0.0.5", ACTION_BLOCK, 70),
                             decision_of("10.0.0.1", ACTION_BLOCK, 99),
                             decision_of("2a00::1", ACTION_BLOCK, 99),
                             decision_of("5.0.0.2", ACTION_MONITOR, 99),
                             decision_of("5.1.0.0/24", ACTION_BLOCK, 60),
                             decision_of("5.1.0.7", ACTION_BLOCK, 61),
                             decision_of("5.1.0.8", ACTION_QUARANTINE, 61)};
    const struct feed_wanted wanted = {.limit = 3, .has_limit = true};
    const size_t count = sizeof(all) / sizeof(all[0]);
    struct feed_list list;
    struct nj_err err;
    char *bytes;
    size_t length;

    (void)state;
    assert_int_equal(feed_select(feed_find("edl"), all, count, &wanted, &list, &err), 0);
    assert_int_equal(list.cut, 1);
    assert_int_equal(list.left_out, 1); /* IPv6 */
    assert_int_equal(feed_bytes(feed_find("edl"), &list, &about, &bytes, &length, &err), 0);
    assert_string_equal(bytes, "5.0.0.1\n5.0.0.5\n5.1.0.0/24\n");
    free(bytes);
    feed_list_done(&list);
}

static void response_zones_name_addresses_backwards(void **state)
{
    struct decision v4 = decision_of("198.51.100.7", ACTION_BLOCK, 80);
    struct decision v6 = decision_of("2001:db8::1", ACTION_BLOCK, 80);
    struct decision net = decision_of("198.51.100.0/26", ACTION_BLOCK, 80);
    char *bytes = written("rpz", &v4);

    (void)state;
    assert_non_null(strstr(bytes, "\n32.7.100.51.198.rpz-client-ip CNAME rpz-drop.\n"));
    free(bytes);
    bytes = written("rpz", &v6);
    assert_non_null(strstr(bytes, "\n128.1.zz.db8.2001.rpz-ip CNAME .\n"));
    free(bytes);
    bytes = written("rpz", &net);
    assert_non_null(strstr(bytes, "\n26.0.100.51.198.rpz-ip CNAME .\n"));
    free(bytes);
}

static void nobody_listed_is_still_a_list(void **state)
{
    const struct feed_list none = {0};
    struct nj_err err;

    (void)state;
    for (size_t i = 0; i < feed_count; i++) {
        char *bytes;
        size_t length;

        if (feeds[i].folder)
            continue;
        assert_int_equal(feed_bytes(&feeds[i], &none, &about, &bytes, &length, &err), 0);
        assert_null(strstr(bytes, "{ }"));
        free(bytes);
    }
}

static void a_set_of_nftables_has_no_intervals_that_overlap(void **state)
{
    struct decision all[] = {decision_of("5.0.0.0/28", ACTION_QUARANTINE, 50),
                             decision_of("5.0.0.1", ACTION_BLOCK, 50),
                             decision_of("5.0.0.16", ACTION_BLOCK, 50)};
    const struct feed_list list = {.items = all, .count = 3};
    struct feed_about one_set = about;
    struct nj_err err;
    size_t length;
    char *bytes;

    (void)state;
    one_set.set = "inet mine bad";
    assert_int_equal(feed_bytes(feed_find("nftables"), &list, &one_set, &bytes, &length, &err),
                     0);
    assert_non_null(strstr(bytes, "5.0.0.0/28 "));
    assert_null(strstr(bytes, "5.0.0.1 "));
    assert_non_null(strstr(bytes, "5.0.0.16 "));
    free(bytes);
    assert_int_equal(feed_bytes(feed_find("nftables"), &list, &about, &bytes, &length, &err),
                     0);
    assert_non_null(strstr(bytes, "5.0.0.1 ")); /* in a set of its own action */
    free(bytes);
}

static void a_list_that_is_always_the_same_counts_its_own_entries(void **state)
{
    const struct decision decisions[] = {decision_of("198.51.100.7", ACTION_BLOCK, 80),
                                         decision_of("198.51.100.8", ACTION_MONITOR, 20),
                                         decision_of("198.51.100.9", ACTION_MONITOR, 20),
                                         decision_of("198.51.100.10", ACTION_MONITOR, 20)};
    const struct feed *feed = feed_find("suricata-categories");
    const struct feed_wanted wanted = {.limit = 1, .has_limit = true};
    struct feed_list list;
    struct nj_err err;
    char *bytes;
    size_t length;

    (void)state;
    assert_int_equal(feed_select(feed, decisions, 4, &wanted, &list, &err), 0);
    assert_int_equal(feed_bytes(feed, &list, &about, &bytes, &length, &err), 0);
    assert_int_equal(feed_entries(feed, &list), lines_of(bytes));
    assert_int_equal(list.cut, 0);
    free(bytes);
    feed_list_done(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_of_nftables_has_no_intervals_that_overlap),
        cmocka_unit_test(hostile_texts_break_no_format),
        cmocka_unit_test(known_digests_are_right),
        cmocka_unit_test(lists_are_cut_to_the_worst_and_stay_in_order),
        cmocka_unit_test(response_zones_name_addresses_backwards),
        cmocka_unit_test(nobody_listed_is_still_a_list),
        cmocka_unit_test(a_list_that_is_always_the_same_counts_its_own_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/allow.h"
#include "policy/prefixes.h"
#include "store/candidates.h"

static int parse(const char *text, struct policy *policy, struct nj_err *err)
{
    size_t count;
    const struct filter_field *fields = candidate_fields(&count);

    return policy_parse(text, strlen(text), "p.conf", fields, count, policy, err);
}

static void refuses(const char *text, const char *message)
{
    struct policy policy;
    struct nj_err err;

    assert_int_equal(parse(text, &policy, &err), -1);
    if (strstr(err.msg, message) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", message, err.msg);
}

static void a_rule_says_what_to_do_and_how_long(void **state)
{
    struct policy policy;
    struct nj_err err;

    (void)state;
    assert_int_equal(parse("grade A # sure\nfollow 95\n"
                           "rule one\n  if level = HIGH and tool != \"a # b\"\n"
                           "  unless country = CH\n  do block for 36h at most 12\n",
                           &policy, &err),
                     0);
    assert_int_equal(policy.grade, GRADE_A);
    assert_int_equal(policy.rule_count, 1);
    assert_string_equal(policy.rules[0].name, "one");
    assert_int_equal(policy.rules[0].action, ACTION_BLOCK);
    assert_int_equal(policy.rules[0].for_us / 3600000000, 36);
    assert_int_equal(policy.rules[0].at_most, 12);
    assert_true(policy.rules[0].has_unless);
    policy_done(&policy);
}

static void a_fault_is_told_with_line_and_column(void **state)
{
    (void)state;
    refuses("rule a\n    if levle = HIGH\n    do block\n", "p.conf:2:8: \"levle\" is no field");
    refuses("rule a\n    if country = USA\n    do block\n",
            "p.conf:2:18: \"USA\" found, expected a country of 2 characters");
    refuses("rule a\n    unless asn in (1, 4294967296)\n    do block\n",
            "p.conf:2:23: \"4294967296\" found, expected asn 0 to 4294967295");
    refuses("rule a\n    do blok\n", "p.conf:2:8: there is no action \"blok\"; did you mean");
    refuses("rule a\n    do block for 7\n", "p.conf:2:18: ");
    refuses("rule a\n    if level = HIGH\n", "p.conf:1:1: the rule \"a\" does not say");
    refuses("rule a\n do none\nrule a\n do none\n",
            "p.conf:3:6: there is a rule \"a\" already");
    refuses("if level = HIGH\n", "p.conf:1:1: a condition stands outside");
    refuses("gade B\n", "p.conf:1:1: \"gade\" is no word of a policy; did you mean \"grade\"?");
    refuses("allow 10.0.0.1/8\nrule a\n do none\n", "p.conf:1:7: ");
    refuses("prefixes v4 8\nrule a\n do none\n", "never listed");
    refuses("# nothing\n", "a policy without a rule");
    refuses("", "p.conf:1:1: a policy without a rule");
    refuses("rule a\n    do block at most 0\n", "p.conf:2:22: at most 0: expected at least 1");
    refuses("prefixes least 1\nrule a\n do none\n", "p.conf:1:16: least 1");
    refuses("prefixes share 0\nrule a\n do none\n", "p.conf:1:16: share 0");
}

static struct prefix net(const char *text)
{
    struct prefix prefix;
    struct nj_err err;

    assert_int_equal(prefix_parse(text, &prefix, &err), 0);
    return prefix;
}

static void special_ranges_are_known(void **state)
{
    static const char *const special[] = {
        "10.1.2.3",    "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.31.0.1", "192.0.2.1",
        "224.0.0.1",   "240.0.0.1",  "0.0.0.0/0", "::1",         "fe80::1",    "fc00::1",
        "2001:db8::1", "ff02::1",    "2002::1",   "8.0.0.0/5"};

    (void)state;
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        const struct prefix prefix = net(special[i]);

        if (special_range(&prefix) == NULL)
            fail_msg("%s is special", special[i]);
    }
    assert_null(special_range(
        &(struct prefix){.first = addr_from_v4(0x01010101), .last = addr_from_v4(0x01010101)}));
    assert_null(special_range(
        &(struct prefix){.first = {0x2a00000000000000, 1}, .last = {0x2a00000000000000, 1}}));
}

static void the_widest_allowed_prefix_wins(void **state)
{
    struct allow_file files[POLICY_FILES_MAX];
    struct policy policy;
    struct allow *allow;
    struct nj_err err;
    char why[ALLOW_TEXT_MAX];
    struct prefix inside = net("198.51.100.77"), outside = net("198.51.101.1");
    struct prefix around = net("198.51.0.0/16");

    (void)state;
    assert_int_equal(parse("allow 198.51.100.0/24 198.51.100.7 203.0.113.9\n"
                           "rule a\n do none\n",
                           &policy, &err),
                     0);
    assert_int_equal(allow_new(&policy, NULL, NULL, 0, &allow, files, &err), 0);
    assert_true(allow_has(allow, &inside, why));
    assert_non_null(strstr(why, "198.51.100.0/24"));
    assert_false(allow_has(allow, &outside, why));
    assert_true(allow_has(allow, &around, why)); /* a prefix that has an allowed address */
    allow_free(allow);
    policy_done(&policy);
}

static void neighbours_become_a_prefix_only_on_evidence(void **state)
{
    struct policy policy;
    struct nj_err err;
    struct decision hostile[10], *found = NULL;
    struct seen seen[12];
    size_t count;

    (void)state;
    assert_int_equal(parse("prefixes v4 26 least 8 share 75\nshared 64500\n"
                           "rule a\n do none\n",
                           &policy, &err),
                     0);
    for (uint32_t i = 0; i < 10; i++) {
        struct addr a = addr_from_v4(0x01020300 + i);

        hostile[i] = (struct decision){.net = {a, a},
                                       .action = ACTION_BLOCK,
                                       .grade = GRADE_B,
                                       .actor = 7,
                                       .asn = 64501,
                                       .until_us = 1000 + i,
                                       .risk = 80};
        seen[i] = (struct seen){.source = a, .hostile = &hostile[i]};
    }
    assert_int_equal(policy_prefixes(&policy, NULL, seen, 10, &found, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(prefix_length(&found[0].net), 28);
    assert_int_equal(found[0].addresses, 10);
    assert_int_equal(found[0].until_us, 1000); /* of the first that ends */
    assert_int_equal(found[0].state, DECISION_ACTIVE);
    free(found);

    seen[3].declared = true; /* the guard */
    seen[3].hostile = NULL;
    assert_int_equal(policy_prefixes(&policy, NULL, seen, 10, &found, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(found[0].state, DECISION_ALLOWED);
    assert_non_null(strstr(found[0].reason, "1 declared scanner"));
    free(found);

    assert_int_equal(policy_prefixes(&policy, NULL, seen, 7, &found, &count, &err), 0);
    assert_int_equal(count, 0); /* too few */
    policy_done(&policy);
}

static void neighbours_of_ipv6_become_a_prefix_no_shorter_than_48(void **state)
{
    struct policy policy;
    struct nj_err err;
    struct decision hostile[10], *found = NULL;
    struct seen seen[10];
    char text[PREFIX_TEXT_MAX];
    size_t count;

    (void)state;
    assert_int_equal(parse("prefixes v6 48 least 8\nrule a\n do none\n", &policy, &err), 0);
    for (uint64_t i = 0; i < 10;
         i++) { /* in ten networks of a /48, and one of them beyond it */
        struct addr a = {.hi = UINT64_C(0x2a00123400010000) + i * 0x1999, .lo = i + 1};

        if (i == 9)
            a.hi = UINT64_C(0x2a00123400020000);
        hostile[i] = (struct decision){.net = {a, a}, .action = ACTION_BLOCK, .actor = 7};
        seen[i] = (struct seen){.source = a, .hostile = &hostile[i]};
    }
    assert_int_equal(policy_prefixes(&policy, NULL, seen, 10, &found, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(found[0].state, DECISION_ACTIVE);
    assert_int_equal(found[0].addresses, 9);
    assert_string_equal(prefix_text(&found[0].net, text), "2a00:1234:1::/48");
    assert_non_null(strstr(found[0].reason, "the rest of its 2^80 addresses never seen"));
    free(found);
    policy_done(&policy);
}

static void one_member_of_a_shared_network_keeps_the_prefix_out(void **state)
{
    struct policy policy;
    struct nj_err err;
    struct decision hostile[8], *found = NULL;
    struct seen seen[9];
    size_t count;

    (void)state;
    assert_int_equal(parse("prefixes v6 48 least 8 share 75\nshared 64500\n"
                           "rule a\n do none\n",
                           &policy, &err),
                     0);
    for (uint64_t i = 0; i < 8; i++) { /* 2001:10db:1:N::1, N from 0 to 7 */
        struct addr a = {.hi = 0x200110db00010000u + i, .lo = 1};

        hostile[i] = (struct decision){.net = {a, a},
                                       .action = ACTION_BLOCK,
                                       .tool = "zmap",
                                       .ports = "22",
                                       .asn = 64501,
                                       .until_us = 1000,
                                       .risk = 80};
        seen[i + (i > 3)] = (struct seen){.source = a, .hostile = &hostile[i]};
    }
    seen[4] = (struct seen){.source = {.hi = 0x200110db00010003u, .lo = 2}}; /* harmless */
    assert_int_equal(policy_prefixes(&policy, NULL, seen, 9, &found, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(prefix_length(&found[0].net), 61);
    assert_int_equal(found[0].state, DECISION_ACTIVE);
    assert_non_null(strstr(found[0].reason, "collateral: 1 seen and not hostile"));
    free(found);

    hostile[5].asn = 64500;
    assert_int_equal(policy_prefixes(&policy, NULL, seen, 9, &found, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(found[0].state, DECISION_ALLOWED);
    assert_non_null(strstr(found[0].reason, "customers of AS 64500"));
    free(found);
    policy_done(&policy);
}

static void a_condition_may_be_about_findings(void **state)
{
    struct policy policy;
    struct nj_err err;
    struct candidate_rule rule = {0};

    (void)state;
    assert_int_equal(parse("rule a\n if finding in (newcomer, burst)\n do monitor\n"
                           "rule b\n if level = HIGH\n do monitor\n",
                           &policy, &err),
                     0);
    rule.when = &policy.rules[0].when;
    assert_true(store_candidates_ask_findings(&rule, 1));
    rule.when = &policy.rules[1].when;
    assert_false(store_candidates_ask_findings(&rule, 1));
    policy_done(&policy);
    refuses("rule a\n if finding = newcommer\n do none\n", "newcomer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_says_what_to_do_and_how_long),
        cmocka_unit_test(a_fault_is_told_with_line_and_column),
        cmocka_unit_test(special_ranges_are_known),
        cmocka_unit_test(the_widest_allowed_prefix_wins),
        cmocka_unit_test(neighbours_of_ipv6_become_a_prefix_no_shorter_than_48),
        cmocka_unit_test(one_member_of_a_shared_network_keeps_the_prefix_out),
        cmocka_unit_test(a_condition_may_be_about_findings),
        cmocka_unit_test(neighbours_become_a_prefix_only_on_evidence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct addr address(const char *text)
{
    struct nj_err err;
    struct addr a;

    assert_int_equal(addr_parse(text, &a, &err), 0);
    return a;
}

static void what_rounds_to_certainty_is_not_written_as_such(void **state)
{
    struct risk_fact fact = {.group = RISK_EVASION,
                             .evasion = {.hop = FACT_HOP, .hop_probability = 0.99999}};
    char text[FACT_TEXT_MAX];

    (void)state;
    fact.evasion.hop_from = address("192.0.2.1");
    risk_fact_text(&fact, text);
    assert_string_equal(text, "hop from 192.0.2.1 (p > 0.999)");
    fact.evasion.hop_probability = 0.9871;
    risk_fact_text(&fact, text);
    assert_string_equal(text, "hop from 192.0.2.1 (p 0.987)");
}

static void what_is_inherited_says_so_and_nothing_else_does(void **state)
{
    struct risk_fact fact = {
        .group = RISK_PERSISTENCE, .probability = 0.9, .persistence = {.days = 4}};
    char text[FACT_TEXT_MAX];

    (void)state;
    risk_fact_text(&fact, text);
    assert_string_equal(text, "active on 4 of the last 30 days");
    fact.from = address("192.0.2.1");
    risk_fact_text(&fact, text);
    assert_string_equal(text,
                        "inherited from 192.0.2.1 (p 0.900): active on 4 of the last 30 days");
}

static void counts_are_grouped_and_counts_of_a_sketch_are_lower_bounds(void **state)
{
    struct risk_fact targets = {.group = RISK_TARGETS,
                                .targets = {.count = 1234567, .coverage = 0.591}};
    struct risk_fact pace = {.group = RISK_INTENSITY, .intensity = {.pps = 1868123}};
    char text[FACT_TEXT_MAX];

    (void)state;
    risk_fact_text(&targets, text);
    assert_string_equal(text, "at least 1,234,567 addresses probed, 59.1 % of IPv4 or more");
    targets.targets.coverage = 0.99999; /* no "100 % or more" */
    risk_fact_text(&targets, text);
    assert_string_equal(text, "at least 1,234,567 addresses probed, 99.9 % of IPv4 or more");
    risk_fact_text(&pace, text);
    assert_string_equal(text, "at least 1,860,000 packets a second over all of IPv4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_rounds_to_certainty_is_not_written_as_such),
        cmocka_unit_test(what_is_inherited_says_so_and_nothing_else_does),
        cmocka_unit_test(counts_are_grouped_and_counts_of_a_sketch_are_lower_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fact.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
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

static void one_packet_is_no_packets(void **state)
{
    struct risk_fact fact = {.group = RISK_TOOL,
                             .tool = {.tool = "connect", .packets = 1, .bits = 32}};
    char text[FACT_TEXT_MAX];

    (void)state;
    risk_fact_text(&fact, text);
    assert_string_equal(text, "tool connect, told by 1 packet (32 bits)");
    fact.tool.packets = 1994;
    risk_fact_text(&fact, text);
    assert_string_equal(text, "tool connect, told by 1,994 packets (32 bits)");
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
    pace.intensity.local = true;
    risk_fact_text(&pace, text);
    assert_string_equal(text,
                        "at least 1,860,000 packets a second here (to single hosts: nothing"
                        " is extrapolated)");
    targets.targets.count = 4;
    targets.targets.coverage = 4 / ADDR_V4_COUNT;
    risk_fact_text(&targets, text);
    assert_string_equal(text, "at least 4 addresses probed");
}

static void near_certainty_and_near_impossibility_are_told_as_such(void **state)
{
    char text[FACT_PROBABILITY_MAX];

    (void)state;
    assert_string_equal(fact_probability(1, text), "over 0.9999");
    assert_string_equal(fact_probability(0.9999, text), "0.9999");
    assert_string_equal(fact_probability(0.0001, text), "0.0001");
    assert_string_equal(fact_probability(0.00004, text), "under 0.0001");
    assert_string_equal(fact_probability(NAN, text), "unknown");
}

static void rates_are_lower_bounds_whatever_their_size(void **state)
{
    static const struct {
        double pps;
        const char *says;
    } cases[] = {
        {0.012399, "0.0123"}, {0.57, "0.57"},    {9.999, "9.99"}, {999.96, "999"},
        {1000, "1,000"},      {1099.9, "1,090"}, {0, "0"},        {1.999e15, "1.99e+15"},
    };
    struct risk_fact pace = {.group = RISK_INTENSITY};
    char text[FACT_TEXT_MAX], wanted[FACT_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        pace.intensity.pps = cases[i].pps;
        risk_fact_text(&pace, text);
        (void)snprintf(wanted, sizeof(wanted), "at least %s packets a second over all of IPv4",
                       cases[i].says);
        assert_string_equal(text, wanted);
    }
}

static void long_sentence_of_an_inherited_line_is_not_cut(void **state)
{
    struct risk_fact fact = {
        .group = RISK_INTENT, .probability = 0.99999, .intent = {.count = 3, .all = 12345}};
    char text[FACT_TEXT_MAX];

    (void)state;
    fact.from = address("2001:db8:1111:2222:3333:4444:5555:6666");
    for (unsigned i = 0; i < 3; i++)
        fact.intent.ports[i] = (struct fact_port){
            .port = (uint16_t)(65535 - i), .proto = 17, .tenths = 9, .sessions = 123456};
    risk_fact_text(&fact, text);
    assert_string_equal(text,
                        "inherited from 2001:db8:1111:2222:3333:4444:5555:6666 (p > 0.999): "
                        "probes 65535/udp (risk 0.9, 123,456 sessions), "
                        "65534/udp (risk 0.9, 123,456 sessions), "
                        "65533/udp (risk 0.9, 123,456 sessions) and 12342 more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_rounds_to_certainty_is_not_written_as_such),
        cmocka_unit_test(one_packet_is_no_packets),
        cmocka_unit_test(what_is_inherited_says_so_and_nothing_else_does),
        cmocka_unit_test(counts_are_grouped_and_counts_of_a_sketch_are_lower_bounds),
        cmocka_unit_test(near_certainty_and_near_impossibility_are_told_as_such),
        cmocka_unit_test(rates_are_lower_bounds_whatever_their_size),
        cmocka_unit_test(long_sentence_of_an_inherited_line_is_not_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

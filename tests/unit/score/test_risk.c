/* SPDX-License-Identifier: Apache-2.0 */
/* The formula: each row of the reference table of docs/RISK.md, the caps, the points. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "model/formula.h"

static const double hunan_ports[] = {0.5, 0.8, 0.9, 0.4, 0.3, 0.2, 0.1, 0.9, 0.3};

/* Strengths of a row of the table; the contributions are weight times strength. */
struct row {
    double exploit, intent, targets, ports, intensity, persistence, evasion, tool, novelty,
        sensors;
};

static void contributions_of(const struct row *row, double ret[RISK_GROUPS])
{
    const double strengths[RISK_GROUPS] = {
        row->exploit,     row->intent,  row->targets, row->ports,   row->intensity,
        row->persistence, row->evasion, row->tool,    row->novelty, row->sensors,
    };

    for (unsigned k = 0; k < RISK_GROUPS; k++)
        ret[k] = risk_weights[k] * strengths[k];
}

static void check(const struct row *row, uint64_t exploits, int expected,
                  enum risk_level expected_level)
{
    const struct risk_limits limits = {.exploit_strength = exploits > 0 ? 1 : 0,
                                       .exploit_sessions = exploits};
    double contributions[RISK_GROUPS];
    int uncapped, score, points[RISK_GROUPS], sum = 0;

    contributions_of(row, contributions);
    assert_int_equal(risk_score(contributions, &limits, &uncapped, &score), RISK_CAP_NONE);
    assert_int_equal(score, expected);
    assert_int_equal(risk_level_of(score / 100.0), expected_level);
    risk_points(contributions, uncapped, points);
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        sum += points[k];
    assert_int_equal(sum, score);
}

static void zmap_pass_on_443_in_a_day_is_37_00(void **state)
{
    const double port = 0.1;
    const struct row row = {
        .intent = risk_intent(&port, 1),
        .targets = risk_targets(1),
        .ports = risk_ports(1),
        .intensity = risk_intensity(43000),
        .persistence = risk_persistence(1),
        .tool = 0.15,
        .sensors = 1,
    };

    (void)state;
    check(&row, 0, 3700, RISK_LOW);
}

static void the_same_pass_over_four_days_is_45_52(void **state)
{
    const double port = 0.1;
    const struct row row = {
        .intent = risk_intent(&port, 1),
        .targets = risk_targets(1),
        .ports = risk_ports(1),
        .intensity = risk_intensity(10000),
        .persistence = risk_persistence(4),
        .tool = 0.15,
        .sensors = 1,
    };

    (void)state;
    check(&row, 0, 4552, RISK_ELEVATED);
}

static struct row hunan(double evasion)
{
    return (struct row){
        .intent = risk_intent(hunan_ports, 9),
        .targets = risk_targets(1),
        .ports = risk_ports(9),
        .intensity = risk_intensity(100),
        .persistence = risk_persistence(30),
        .evasion = evasion,
        .tool = 0.15,
        .sensors = 1,
    };
}

static void hunan_pattern_is_78_84_and_rises_with_each_hop(void **state)
{
    const struct row before = hunan(0), hop = hunan(0.7 * 0.999), back = hunan(0.999);

    (void)state;
    assert_true(fabs(risk_intent(hunan_ports, 9) - 0.9303) < 5e-5);
    check(&before, 0, 7884, RISK_HIGH);
    check(&hop, 0, 8772, RISK_HIGH);
    check(&back, 0, 9152, RISK_EXTREME);
}

static void mirai_bot_on_its_first_day_is_69_10(void **state)
{
    const double ports[] = {0.9, 0.9};
    const struct row row = {
        .intent = risk_intent(ports, 2),
        .targets = risk_targets(160.0 * 86400 / 4294967296.0),
        .ports = risk_ports(2),
        .intensity = risk_intensity(160),
        .persistence = risk_persistence(1),
        .tool = 1,
        .sensors = 0.5,
    };

    (void)state;
    assert_true(fabs(row.intent - 0.909) < 1e-12);
    check(&row, 0, 6910, RISK_ELEVATED);
}

static void download_and_run_is_61_99_then_76_03_then_86_57(void **state)
{
    struct row row = {.intent = 0.55, .tool = 0.1, .persistence = risk_persistence(1)};

    (void)state;
    row.exploit = risk_exploit(1, 1);
    check(&row, 1, 6199, RISK_ELEVATED);
    row.exploit = risk_exploit(1, 2);
    check(&row, 2, 7603, RISK_HIGH);
    row.exploit = risk_exploit(1, 4);
    check(&row, 4, 8657, RISK_HIGH);
}

static void caps_hold_the_score_and_keep_the_other_number(void **state)
{
    double c[RISK_GROUPS] = {[RISK_INTENT] = 0.45, [RISK_PERSISTENCE] = 0.4};
    struct risk_limits limits = {.declared = true};
    int uncapped, score;

    (void)state;
    assert_int_equal(risk_score(c, &limits, &uncapped, &score), RISK_CAP_DECLARED);
    assert_int_equal(uncapped, 6700);
    assert_int_equal(score, 3900);
    c[RISK_EXPLOIT] = 0.4;
    limits.exploit_strength = 0.3; /* a generic probe lifts no cap */
    assert_int_equal(risk_score(c, &limits, &uncapped, &score), RISK_CAP_DECLARED);
    limits.exploit_strength = 0.9;
    assert_int_equal(risk_score(c, &limits, &uncapped, &score), RISK_CAP_NONE);
    assert_int_equal(score, uncapped);
    limits.cold = true;
    assert_int_equal(risk_score(c, &limits, &uncapped, &score), RISK_CAP_COLD);
    assert_int_equal(score, 3000);
}

static void one_strong_group_is_never_extreme_but_two_known_exploits_are(void **state)
{
    double c[RISK_GROUPS] = {
        [RISK_EXPLOIT] = 0.84, [RISK_INTENT] = 0.29, [RISK_TOOL] = 0.29, [RISK_NOVELTY] = 0.2};
    struct risk_limits limits = {.exploit_strength = 0.9, .exploit_sessions = 1};
    int uncapped, score;

    (void)state;
    assert_int_equal(risk_score(c, &limits, &uncapped, &score), RISK_CAP_SINGLE);
    assert_true(uncapped > 8900);
    assert_int_equal(score, 8899);
    assert_int_equal(risk_level_of(score / 100.0), RISK_HIGH);
    limits.exploit_sessions = 2;
    assert_int_equal(risk_score(c, &limits, &uncapped, &score), RISK_CAP_NONE);
    limits.exploit_strength = (double)0.9f; /* as it is kept */
    assert_int_equal(risk_score(c, &limits, &uncapped, &score), RISK_CAP_NONE);
}

static void points_sum_to_the_score_for_any_contributions(void **state)
{
    struct nj_rng rng = nj_rng(20260101, 1);

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        const struct risk_limits limits = {.exploit_strength = 1, .exploit_sessions = 9};
        double c[RISK_GROUPS];
        int uncapped, score, points[RISK_GROUPS], sum = 0;

        for (unsigned k = 0; k < RISK_GROUPS; k++)
            c[k] = nj_rng_below(&rng, 3) == 0
                       ? 0
                       : risk_weights[k] * nj_rng_below(&rng, 1000001) / 1e6;
        (void)risk_score(c, &limits, &uncapped, &score);
        risk_points(c, uncapped, points);
        for (unsigned k = 0; k < RISK_GROUPS; k++) {
            assert_true(points[k] >= 0);
            assert_true(c[k] > 0 || points[k] == 0);
            sum += points[k];
        }
        assert_int_equal(sum, uncapped);
    }
}

static void levels_begin_at_their_floors(void **state)
{
    (void)state;
    assert_int_equal(risk_level_of(39.99), RISK_LOW);
    assert_int_equal(risk_level_of(40), RISK_ELEVATED);
    assert_int_equal(risk_level_of(69.99), RISK_ELEVATED);
    assert_int_equal(risk_level_of(70), RISK_HIGH);
    assert_int_equal(risk_level_of(88.99), RISK_HIGH);
    assert_int_equal(risk_level_of(89), RISK_EXTREME);
}

static void harmless_ports_never_dilute_risky_ones(void **state)
{
    double risks[64] = {0.9};

    (void)state;
    for (size_t n = 1; n < 64; n++) {
        risks[n] = n % 3 == 0 ? 0.1 : 0;
        assert_true(risk_intent(risks, n + 1) >= risk_intent(risks, n));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zmap_pass_on_443_in_a_day_is_37_00),
        cmocka_unit_test(the_same_pass_over_four_days_is_45_52),
        cmocka_unit_test(hunan_pattern_is_78_84_and_rises_with_each_hop),
        cmocka_unit_test(mirai_bot_on_its_first_day_is_69_10),
        cmocka_unit_test(download_and_run_is_61_99_then_76_03_then_86_57),
        cmocka_unit_test(caps_hold_the_score_and_keep_the_other_number),
        cmocka_unit_test(one_strong_group_is_never_extreme_but_two_known_exploits_are),
        cmocka_unit_test(points_sum_to_the_score_for_any_contributions),
        cmocka_unit_test(levels_begin_at_their_floors),
        cmocka_unit_test(harmless_ports_never_dilute_risky_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

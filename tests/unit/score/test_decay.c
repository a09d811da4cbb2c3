/* SPDX-License-Identifier: Apache-2.0 */
/* Half-lives, and levels that go up at once and down after an hour. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/decay.h"

#define T0 1400000000
#define DAY 86400

static void each_group_halves_in_its_time(void **state)
{
    static const int64_t half_lives[RISK_GROUPS] = {30 * DAY, 7 * DAY,  3 * DAY,  3 * DAY,
                                                    DAY / 2,  14 * DAY, 30 * DAY, 14 * DAY,
                                                    7 * DAY,  7 * DAY};

    (void)state;
    for (unsigned k = 0; k < RISK_GROUPS; k++) {
        assert_true(decay(k, 0.4, half_lives[k]) == 0.2);
        assert_true(decay(k, 0.4, 2 * half_lives[k]) == 0.1);
        assert_true(decay(k, 0.4, -5) == 0.4);
    }
}

static void an_equal_observation_restarts_decay_and_a_weaker_one_does_not(void **state)
{
    struct decayed d = {0};

    (void)state;
    decayed_observe(&d, RISK_TARGETS, 0.1, T0);
    decayed_observe(&d, RISK_TARGETS, 0.04, T0 + 3 * DAY); /* 0.05 is left */
    assert_int_equal(d.at_s, T0);
    decayed_observe(&d, RISK_TARGETS, 0.05, T0 + 3 * DAY);
    assert_int_equal(d.at_s, T0 + 3 * DAY);
    decayed_observe(&d, RISK_TARGETS, 0.05, T0 + DAY); /* late news of less */
    assert_int_equal(d.at_s, T0 + 3 * DAY);
    decayed_observe(&d, RISK_TARGETS, 0.1, T0 + DAY); /* late news of more */
    assert_int_equal(d.at_s, T0 + DAY);
}

/* 71 points that halve in 30 days */
static struct path falling(void)
{
    return (struct path){.value = {[RISK_EXPLOIT] = 0.71},
                         .base_s = T0,
                         .limits = {.exploit_strength = 1, .exploit_sessions = 3}};
}

static void a_level_falls_an_hour_after_the_score_is_three_points_below(void **state)
{
    const struct path path = falling();
    struct level_state level = {0};
    int64_t below = path_crossing(&path, 6700, T0, T0 + 30 * DAY);
    int uncapped, score;

    (void)state;
    level_settle(&level, &path, T0, T0);
    assert_int_equal(level.level, RISK_HIGH);
    assert_int_equal(level.previous, RISK_LOW);
    assert_int_equal(level.changed_s, T0);
    (void)path_score(&path, below, NULL, &uncapped, &score);
    assert_int_equal(score, 6700);
    (void)path_score(&path, below - 1, NULL, &uncapped, &score);
    assert_int_equal(score, 6701);

    level_settle(&level, &path, T0, below + 3599);
    assert_int_equal(level.level, RISK_HIGH);
    level_settle(&level, &path, below + 3599, below + 3600);
    assert_int_equal(level.level, RISK_ELEVATED);
    assert_int_equal(level.previous, RISK_HIGH);
    assert_int_equal(level.changed_s, below + 3600);
}

static void looking_seldom_gives_the_same_time_of_change(void **state)
{
    const struct path path = falling();
    struct level_state often = {0}, seldom = {0};

    (void)state;
    level_settle(&often, &path, T0, T0);
    level_settle(&seldom, &path, T0, T0);
    for (int64_t t = T0; t < T0 + 40 * DAY; t += 600)
        level_settle(&often, &path, t, t + 600);
    level_settle(&seldom, &path, T0, T0 + 40 * DAY);
    assert_int_equal(seldom.level, RISK_LOW);
    assert_int_equal(often.level, seldom.level);
    assert_int_equal(often.changed_s, seldom.changed_s);
    assert_int_equal(often.previous, RISK_ELEVATED);
    assert_int_equal(seldom.previous, RISK_ELEVATED);
}

static void a_score_that_comes_back_within_the_hour_keeps_its_level(void **state)
{
    struct path path = falling();
    struct level_state level = {0};

    (void)state;
    level_settle(&level, &path, T0, T0);
    path.value[RISK_EXPLOIT] = 0.6;
    level_settle(&level, &path, T0 + 100, T0 + 100);
    path.value[RISK_EXPLOIT] = 0.68; /* not three points below */
    level_settle(&level, &path, T0 + 3000, T0 + 3000);
    path.value[RISK_EXPLOIT] = 0.6;
    level_settle(&level, &path, T0 + 3700, T0 + 3700);
    level_settle(&level, &path, T0 + 3700, T0 + 7299);
    assert_int_equal(level.level, RISK_HIGH);
    level_settle(&level, &path, T0 + 7299, T0 + 7300);
    assert_int_equal(level.level, RISK_ELEVATED);
}

static void next_change_is_the_fall_of_the_level(void **state)
{
    const struct path path = falling();
    struct level_state level = {0};

    (void)state;
    level_settle(&level, &path, T0, T0);
    assert_int_equal(path_next_fall(&path, &level, T0, T0 + 300 * DAY),
                     path_crossing(&path, 6700, T0, T0 + 300 * DAY) + LEVEL_HOLD_S);
    assert_int_equal(path_next_fall(&path, &level, T0, T0 + 60), T0 + 60);
    level.level = RISK_LOW;
    assert_int_equal(path_next_fall(&path, &level, T0, T0 + 300 * DAY), T0 + 300 * DAY);
}

static void one_look_tells_whether_a_level_falls_before_a_time(void **state)
{
    const struct path path = falling();

    (void)state;
    for (int late = 0; late < 2; late++) /* it has been below the floor for a while */
        for (int64_t now = T0; now < T0 + 20 * DAY; now += DAY / 3) {
            struct level_state level = {0};
            int64_t fall;

            level_settle(&level, &path, T0, T0);
            if (late)
                level.below_s[level.level] = now - LEVEL_HOLD_S / 2;
            fall = path_next_fall(&path, &level, now, now + 300 * DAY);
            for (int64_t off = -2; off <= 2; off++)
                assert_int_equal(path_falls_before(&path, &level, now, fall + off), off > 0);
            assert_false(path_falls_before(&path, &level, now, now));
            level.level = RISK_LOW;
            assert_false(path_falls_before(&path, &level, now, now + 300 * DAY));
        }
}

/* What is stored of a source answers any later instant, at once or by way of others. */
static void a_stored_state_goes_on_in_silence(void **state)
{
    struct risk_state by_days = {.path = falling(), .inherited = 1u << RISK_SENSORS}, at_once;
    uint8_t bytes[RISK_STATE_MAX];
    size_t size;
    int uncapped, score, slowly;

    (void)state;
    by_days.path.limits = (struct risk_limits){
        .declared = true, .exploit_strength = 0.9, .exploit_sessions = 1ull << 40};
    level_settle(&by_days.level, &by_days.path, T0, T0);
    by_days.level.below_s[RISK_HIGH] = -7; /* before 1970 */
    size = risk_state_pack(&by_days, bytes);
    assert_true(risk_state_unpack(bytes, size, &at_once));
    assert_int_equal(at_once.level.below_s[RISK_HIGH], -7);
    by_days.level.below_s[RISK_HIGH] = at_once.level.below_s[RISK_HIGH] = 0;
    assert_true(at_once.path.limits.declared && !at_once.path.limits.cold);
    assert_int_equal(at_once.path.limits.exploit_sessions, 1ull << 40);
    assert_int_equal(at_once.inherited, 1u << RISK_SENSORS);
    for (int day = 1; day <= 60; day++)
        risk_state_advance(&by_days, T0 + day * DAY);
    (void)path_score(&by_days.path, T0 + 60 * DAY, NULL, &uncapped, &slowly);
    risk_state_advance(&at_once, T0 + 60 * DAY);
    (void)path_score(&at_once.path, T0 + 60 * DAY, NULL, &uncapped, &score);
    assert_int_equal(score, slowly);
    assert_int_equal(at_once.level.level, by_days.level.level);
    assert_int_equal(at_once.level.changed_s, by_days.level.changed_s);
    risk_state_advance(&at_once, T0); /* time does not go back */
    assert_int_equal(at_once.path.base_s, T0 + 60 * DAY);
    for (size_t i = 0; i < size; i++)
        assert_false(risk_state_unpack(bytes, i, &at_once));
    bytes[1] = RISK_LEVELS;
    assert_false(risk_state_unpack(bytes, size, &at_once));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_group_halves_in_its_time),
        cmocka_unit_test(an_equal_observation_restarts_decay_and_a_weaker_one_does_not),
        cmocka_unit_test(a_level_falls_an_hour_after_the_score_is_three_points_below),
        cmocka_unit_test(looking_seldom_gives_the_same_time_of_change),
        cmocka_unit_test(a_score_that_comes_back_within_the_hour_keeps_its_level),
        cmocka_unit_test(next_change_is_the_fall_of_the_level),
        cmocka_unit_test(one_look_tells_whether_a_level_falls_before_a_time),
        cmocka_unit_test(a_stored_state_goes_on_in_silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* From which probability on hops are accepted, by what is known of false ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/accept.h"
#include "link/linker.h"
#include "link/pair.h"

#define HOUR INT64_C(3600000000)
#define PAIRS 200

/* PAIRS decided pairs of a probability. */
static void decide(struct acceptance *acceptance, struct pair pairs[PAIRS], double probability)
{
    acceptance_init(acceptance);
    for (int i = 0; i < PAIRS; i++) {
        pairs[i] = (struct pair){.probability = probability, .target_bin = -1};
        acceptance_target(acceptance, &pairs[i]);
    }
}

static double threshold_at(struct acceptance *acceptance, int64_t now_us)
{
    assert_true(acceptance_is_due(acceptance, now_us));
    acceptance_freeze(acceptance, 0.01, now_us);
    return acceptance->threshold;
}

static void no_hop_is_accepted_below_the_least_however_sure_the_others_are(void **state)
{
    struct acceptance acceptance;
    struct pair pairs[PAIRS];

    (void)state;
    decide(&acceptance, pairs, 0.99999);
    assert_float_equal(threshold_at(&acceptance, 100 * HOUR), 0.95, 1e-9);
    assert_false(acceptance_is_due(&acceptance, 101 * HOUR));
    assert_true(acceptance_is_due(&acceptance, 106 * HOUR));
}

static void decoys_of_any_kind_lift_the_threshold_above_themselves(void **state)
{
    (void)state;
    for (int kind = 0; kind < DECOY_KINDS; kind++) {
        struct acceptance acceptance;
        struct pair pairs[PAIRS];
        struct linker_fdr fdr;

        decide(&acceptance, pairs, 0.99999);
        for (uint64_t i = 0; i < 3; i++)
            acceptance_decoy(&acceptance, (enum decoy_kind)kind, i, 100 + i, 0.97);
        assert_true(threshold_at(&acceptance, 100 * HOUR) > 0.97);
        acceptance_tell(&acceptance, &fdr);
        assert_true(fdr.decoy <= 0.01);
        assert_int_equal(fdr.targets, PAIRS);
    }
}

static void a_single_decoy_is_what_chance_allows(void **state)
{
    struct acceptance acceptance;
    struct pair pairs[PAIRS];

    (void)state;
    decide(&acceptance, pairs, 0.99999);
    acceptance_decoy(&acceptance, DECOY_BEFORE, 1, 2, 0.97);
    assert_float_equal(threshold_at(&acceptance, 100 * HOUR), 0.95, 1e-9);
}

static void decoys_about_one_stop_or_one_start_are_one(void **state)
{
    struct acceptance acceptance;
    struct pair pairs[PAIRS];

    (void)state;
    decide(&acceptance, pairs, 0.99999);
    for (uint64_t i = 0; i < 50; i++)
        acceptance_decoy(&acceptance, DECOY_PLACE, 1, 100 + i, 0.97);
    for (uint64_t i = 0; i < 50; i++)
        acceptance_decoy(&acceptance, DECOY_PLACE, 200 + i, 100, 0.97);
    assert_int_equal(acceptance.kept_count, 1);
    assert_float_equal(threshold_at(&acceptance, 100 * HOUR), 0.95, 1e-9);
}

static void a_decoy_gives_way_to_likelier_ones_alone(void **state)
{
    struct acceptance acceptance;

    (void)state;
    acceptance_init(&acceptance);
    acceptance_decoy(&acceptance, DECOY_PLACE, 1, 11, 0.995);
    acceptance_decoy(&acceptance, DECOY_PLACE, 2, 12, 0.96);
    /* of the stop of the first and the start of the second: likelier than the second only */
    acceptance_decoy(&acceptance, DECOY_PLACE, 1, 12, 0.98);
    assert_int_equal(acceptance.kept_count, 2);
    acceptance_decoy(&acceptance, DECOY_PLACE, 1, 12, 0.9999);
    assert_int_equal(acceptance.kept_count, 1);
}

static void what_proves_to_be_one_actor_lifts_nothing(void **state)
{
    struct acceptance acceptance;
    struct pair pairs[PAIRS];

    (void)state;
    decide(&acceptance, pairs, 0.99999);
    for (uint64_t i = 0; i < 3; i++)
        acceptance_decoy(&acceptance, DECOY_WEEK, i, 100 + i, 0.97);
    assert_true(threshold_at(&acceptance, 100 * HOUR) > 0.97);
    acceptance_drop_decoy(&acceptance, 1);
    acceptance_drop_decoy(&acceptance, 0);
    assert_float_equal(threshold_at(&acceptance, 200 * HOUR), 0.95, 1e-9);
}

static void decoys_that_sample_few_pairs_stand_for_several(void **state)
{
    struct acceptance acceptance;
    struct pair pairs[PAIRS];

    (void)state;
    decide(&acceptance, pairs, 0.99999);
    acceptance_decoy(&acceptance, DECOY_WEEK, 1, 2, 0.97);
    acceptance_decoy(&acceptance, DECOY_WEEK, 3, 4, 0.97);
    acceptance.asked_after = acceptance.asked_weeks = 1000;
    assert_float_equal(threshold_at(&acceptance, 100 * HOUR), 0.95, 1e-9);
    acceptance.asked_after = 4000;
    assert_true(threshold_at(&acceptance, 200 * HOUR) > 0.97);
}

static void doubtful_hops_lift_the_threshold_until_the_mean_doubt_is_small(void **state)
{
    struct acceptance acceptance;
    struct pair pairs[PAIRS];

    (void)state;
    decide(&acceptance, pairs, 0.97);
    assert_true(threshold_at(&acceptance, 100 * HOUR) > 0.97);
}

static void more_decoys_than_are_kept_go_on_counting(void **state)
{
    struct acceptance acceptance;
    struct pair pairs[PAIRS];

    (void)state;
    decide(&acceptance, pairs, 0.99999);
    for (uint64_t i = 0; i < 3 * DECOYS_KEPT; i++)
        acceptance_decoy(&acceptance, DECOY_BEFORE, i, 100000 + i, 0.97);
    assert_int_equal(acceptance.kept_count, DECOYS_KEPT);
    while (acceptance.kept_count > 0)
        acceptance_drop_decoy(&acceptance, 0);
    assert_true(threshold_at(&acceptance, 100 * HOUR) > 0.97);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_hop_is_accepted_below_the_least_however_sure_the_others_are),
        cmocka_unit_test(decoys_of_any_kind_lift_the_threshold_above_themselves),
        cmocka_unit_test(a_single_decoy_is_what_chance_allows),
        cmocka_unit_test(decoys_about_one_stop_or_one_start_are_one),
        cmocka_unit_test(a_decoy_gives_way_to_likelier_ones_alone),
        cmocka_unit_test(what_proves_to_be_one_actor_lifts_nothing),
        cmocka_unit_test(decoys_that_sample_few_pairs_stand_for_several),
        cmocka_unit_test(doubtful_hops_lift_the_threshold_until_the_mean_doubt_is_small),
        cmocka_unit_test(more_decoys_than_are_kept_go_on_counting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

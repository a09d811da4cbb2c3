/* SPDX-License-Identifier: Apache-2.0 */
/* Against the tables of network telescope arithmetic (Moore et al., CAIDA 2004). */
#include "trend/telescope.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void near(double found, double expected, double relative)
{
    if (!(fabs(found - expected) <= relative * fabs(expected)))
        print_error("%g, expected %g\n", found, expected);
    assert_true(fabs(found - expected) <= relative * fabs(expected));
}

static void a_slash_24_sees_a_hundred_packets_a_second_in_about_six_days(void **state)
{
    (void)state;
    /* 3.0 / (256 / 2^32 * 100 pps) = 503 thousand seconds */
    near(telescope_smallest(256, 503000), 100, 0.01);
    near(telescope_smallest(65536, 503000), 0.39, 0.02);
    near(telescope_smallest(65536, 5.5 * 3600), 10, 0.02);
}

static void few_hits_claim_no_rate(void **state)
{
    (void)state;
    assert_int_equal(telescope_rate(9, 256, 3600).claim, TELESCOPE_NOTHING);
    assert_int_equal(telescope_rate(10, 256, 3600).claim, TELESCOPE_MAGNITUDE);
    assert_int_equal(telescope_rate(30, 256, 3600).claim, TELESCOPE_RATE);
}

static void the_interval_of_a_rate_is_garwoods(void **state)
{
    struct telescope_rate rate = telescope_rate(10, 256, 3600);

    (void)state;
    near(rate.interval.low / rate.rate, 0.480, 0.005);
    near(rate.interval.high / rate.rate, 1.839, 0.005);
}

static void unknown_exposure_is_no_number(void **state)
{
    (void)state;
    assert_true(isnan(telescope_rate(10, NAN, 3600).rate));
    assert_true(isnan(telescope_rate(10, 256, 0).rate));
    assert_true(isnan(telescope_smallest(0, 3600)));
    assert_true(isnan(telescope_coverage(257, 256).low));
}

static void coverage_to_be_seen_follows_the_size(void **state)
{
    (void)state;
    near(telescope_coverage_seen(65536), 0.000046, 0.02);
    near(telescope_coverage_seen(256), 0.0116, 0.01);
    near(telescope_coverage_seen(8), 0.31, 0.02);
}

static void uneven_hits_are_localised(void **state)
{
    const double even[] = {100, 110, 95}, uneven[] = {300, 5, 4}, sizes[] = {256, 256, 256};

    (void)state;
    assert_true(telescope_uniform(even, sizes, 3) > 0.1);
    assert_true(telescope_uniform(uneven, sizes, 3) < 1e-4);
    assert_true(isnan(telescope_uniform(even, sizes, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slash_24_sees_a_hundred_packets_a_second_in_about_six_days),
        cmocka_unit_test(few_hits_claim_no_rate),
        cmocka_unit_test(the_interval_of_a_rate_is_garwoods),
        cmocka_unit_test(unknown_exposure_is_no_number),
        cmocka_unit_test(coverage_to_be_seen_follows_the_size),
        cmocka_unit_test(uneven_hits_are_localised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

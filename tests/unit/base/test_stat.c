/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stat.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_near(double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%.10g, expected %.10g", value, expected);
}

/* Smallest count with P(X >= x) < 1e-4. */
static int smallest(double mu, double k)
{
    int x = 0;

    while (nj_nb_tail(x, mu, k) >= 1e-4)
        x++;
    return x;
}

/* The smallest count that a mean and a size k leave less than 1e-4. */
static void negative_binomial_tails_give_the_known_table(void **state)
{
    static const struct {
        double mu;
        int poisson, k20, k5, k2;
    } rows[] = {{1, 7, 8, 9, 11},
                {5, 16, 18, 24, 35},
                {20, 40, 51, 78, 123},
                {100, 140, 216, 363, 594}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(smallest(rows[i].mu, INFINITY), rows[i].poisson);
        assert_int_equal(smallest(rows[i].mu, 20), rows[i].k20);
        assert_int_equal(smallest(rows[i].mu, 5), rows[i].k5);
        assert_int_equal(smallest(rows[i].mu, 2), rows[i].k2);
    }
}

/* Gamma-Poisson with Jeffreys' prior: size 1/2, mean 1 / (2 W). */
static void a_port_without_history_surprises_as_much_as_its_weeks_say(void **state)
{
    (void)state;
    assert_near(nj_nb_tail(2, 0.5 / 8, 0.5), 4.8e-3, 0.02);
    assert_near(nj_nb_tail(3, 0.5 / 8, 0.5), 4.5e-4, 0.02);
    assert_near(nj_nb_tail(5, 0.5 / 8, 0.5), 4.4e-6, 0.02);
    assert_near(nj_nb_tail(2, 0.5 / 26, 0.5), 5.2e-4, 0.02);
    assert_near(nj_nb_tail(3, 0.5 / 52, 0.5), 2.1e-6, 0.02);
}

static void intervals_are_the_published_ones(void **state)
{
    (void)state;
    /* Wilson at 30 %: n = 10 gives 11 to 60 per cent, 100 gives 22 to 40 */
    assert_near(nj_wilson(3, 10).low, 0.1078, 0.01);
    assert_near(nj_wilson(3, 10).high, 0.6032, 0.01);
    assert_near(nj_wilson(30, 100).low, 0.2189, 0.01);
    assert_near(nj_wilson(30, 100).high, 0.3958, 0.01);
    /* Garwood */
    assert_near(nj_garwood(0).high, 3.6889, 1e-3);
    assert_near(nj_garwood(1).low, 0.0253, 5e-3);
    assert_near(nj_garwood(1).high, 5.5716, 1e-3);
    assert_near(nj_garwood(10).low, 4.7954, 1e-3);
    assert_near(nj_garwood(10).high, 18.3904, 1e-3);
    /* Clopper and Pearson: 0 of n is 1 - 0.025^(1/n) */
    assert_near(nj_clopper(0, 10).high, 1 - pow(0.025, 0.1), 1e-9);
    assert_near(nj_clopper(10, 10).low, pow(0.025, 0.1), 1e-9);
}

static void tails_of_large_counts_stay_finite_and_ordered(void **state)
{
    (void)state;
    for (double mu = 1e3; mu <= 1e6; mu *= 10) {
        double before = 1;

        for (double x = mu / 2; x < 2 * mu; x += mu / 10) {
            double p = nj_nb_tail(x, mu, 5);

            assert_true(p >= 0 && p <= before);
            before = p;
        }
        assert_near(nj_nb_tail(mu, mu, 1e9), 0.5, 0.05);
    }
}

static void arguments_out_of_range_are_no_numbers(void **state)
{
    (void)state;
    assert_true(isnan(nj_beta_inc(-1, 1, 0.5)));
    assert_true(isnan(nj_beta_inc(1, 1, 1.5)));
    assert_true(isnan(nj_gamma_inc(0, 1)));
    assert_true(isnan(nj_nb_tail(1, NAN, 1)));
    assert_true(isnan(nj_clopper(2, 1).low));
}

static void adjusted_values_accept_what_benjamini_and_hochberg_accept(void **state)
{
    const double p[] = {0.01, NAN, 0.04, 0.03, 0.005};
    const double expected[] = {0.02, NAN, 0.04, 0.04, 0.02};
    double q[5];

    (void)state;
    assert_int_equal(nj_benjamini(p, 5, q), 0);
    for (size_t i = 0; i < 5; i++) {
        if (isnan(expected[i]))
            assert_true(isnan(q[i]));
        else
            assert_near(q[i], expected[i], 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(negative_binomial_tails_give_the_known_table),
        cmocka_unit_test(a_port_without_history_surprises_as_much_as_its_weeks_say),
        cmocka_unit_test(intervals_are_the_published_ones),
        cmocka_unit_test(tails_of_large_counts_stay_finite_and_ordered),
        cmocka_unit_test(arguments_out_of_range_are_no_numbers),
        cmocka_unit_test(adjusted_values_accept_what_benjamini_and_hochberg_accept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a count proves at least: against published values. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "score/bounds.h"

static void near(double found, double expected, double within)
{
    if (!(fabs(found - expected) <= within))
        fail_msg("%.6f, expected %.6f", found, expected);
}

static void poisson_bound_is_garwoods(void **state)
{
    (void)state;
    near(poisson_lower(0), 0, 0);
    near(poisson_lower(1), 0.025318, 1e-6); /* -ln 0.975 */
    near(poisson_lower(3), 0.618672, 1e-6);
    near(poisson_lower(5), 1.623486, 1e-6);
    near(poisson_lower(10), 4.795389, 1e-6);
    near(poisson_lower(30), 20.240853, 0.02);
    near(poisson_lower(100), 81.363950, 0.02);
    near(poisson_lower(1000), 938.97, 0.1);
}

static void share_bound_is_clopper_and_pearsons(void **state)
{
    (void)state;
    near(share_lower(0, 256), 0, 0);
    near(share_lower(1, 256), 1 - pow(0.975, 1.0 / 256), 1e-9);
    near(share_lower(256, 256), pow(0.025, 1.0 / 256), 1e-9);
    near(share_lower(5, 10), 0.187086, 1e-6);
    near(share_lower(8, 10), 0.443905, 1e-6);
    near(share_lower(300, 256), pow(0.025, 1.0 / 256), 1e-9);
    near(share_lower(5, 0), 0, 0);
}

static void bounds_grow_with_the_count_also_where_the_method_changes(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 200; n++)
        assert_true(poisson_lower(n) > poisson_lower(n - 1));
    for (uint64_t n = 950; n < 1050; n++)
        assert_true(share_lower(n, 65536) > share_lower(n - 1, 65536));
    for (uint64_t n = 1; n <= 256; n++)
        assert_true(share_lower(n, 256) > share_lower(n - 1, 256));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poisson_bound_is_garwoods),
        cmocka_unit_test(share_bound_is_clopper_and_pearsons),
        cmocka_unit_test(bounds_grow_with_the_count_also_where_the_method_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

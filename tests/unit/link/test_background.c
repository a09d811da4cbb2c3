/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/background.h"

#define YEAR_US (INT64_C(365) * 86400 * 1000000)

/* Captures with a clock that was never set begin in 1970. */
static void sources_of_1970_leave_numbers_for_those_of_today(void **state)
{
    struct background bg;
    struct frequency f;
    int64_t then = 3600000000, now = 54 * YEAR_US;

    (void)state;
    assert_int_equal(background_init(&bg, 1000, 7, NULL), 0);
    assert_int_equal(background_add(&bg, VALUE_SET, 0, 11, 1, then, NULL), 0);
    background_tick(&bg, then);
    for (uint64_t i = 0; i < 9; i++)
        assert_int_equal(background_add(&bg, VALUE_SET, 0, i < 3 ? 12 : 20 + i, 1, now, NULL),
                         0);
    background_tick(&bg, now);
    f = background_frequency(&bg, VALUE_SET, 0, 12, 0, now);
    assert_true(fabs(f.total - 9) < 1e-6);
    assert_true(fabs(f.shown - 3) < 1e-6);
    assert_true(f.u > 0 && f.u < 1);
    f = background_frequency(&bg, VALUE_SET, 0, 11, 0, now);
    assert_true(f.shown < 1e-6);
    background_done(&bg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_of_1970_leave_numbers_for_those_of_today),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

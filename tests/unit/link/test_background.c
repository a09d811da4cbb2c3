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

/* Choices of usual ports are met again; ports that nobody else asks for are not, as long as
 * nobody was seen to. */
static void a_set_with_a_port_of_its_own_is_as_rare_as_the_store_can_say(void **state)
{
    struct background bg;
    struct frequency own, usual;
    int64_t now = INT64_C(1402444800) * 1000000;

    (void)state;
    assert_int_equal(background_init(&bg, 10000, 7, NULL), 0);
    for (uint64_t i = 0; i < 400; i++) {
        assert_int_equal(background_add(&bg, VALUE_SET_NOVEL, 0, 1000 + i, 1, now, NULL), 0);
        assert_int_equal(background_add(&bg, VALUE_SET, 0, 5000 + i, 1, now, NULL), 0);
    }
    background_tick(&bg, now);
    own = background_frequency(&bg, VALUE_SET_NOVEL, 0, 1, 0, now);
    usual = background_frequency(&bg, VALUE_SET, 0, 2, 0, now);
    assert_true(own.u < usual.u / 8);
    /* some are met again */
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(background_add(&bg, VALUE_SET_NOVEL, 0, 1000 + i, 1, now, NULL), 0);
    background_tick(&bg, now);
    assert_true(background_frequency(&bg, VALUE_SET_NOVEL, 0, 1, 0, now).u > 8 * own.u);
    background_done(&bg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_of_1970_leave_numbers_for_those_of_today),
        cmocka_unit_test(a_set_with_a_port_of_its_own_is_as_rare_as_the_store_can_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

static void counts_are_grouped_by_thousands(void **state)
{
    (void)state;
    assert_string_equal(TEXT_COUNT(0), "0");
    assert_string_equal(TEXT_COUNT(999), "999");
    assert_string_equal(TEXT_COUNT(1000), "1,000");
    assert_string_equal(TEXT_COUNT(11510), "11,510");
    assert_string_equal(TEXT_COUNT(UINT64_MAX), "18,446,744,073,709,551,615");
}

static void means_have_one_decimal(void **state)
{
    (void)state;
    assert_string_equal(TEXT_MEAN(0.04), "0.0");
    assert_string_equal(TEXT_MEAN(999.96), "1,000.0");
    assert_string_equal(TEXT_MEAN(1234567.8), "1,234,567.8");
    assert_string_equal(TEXT_MEAN(NAN), "unknown");
    assert_string_equal(TEXT_MEAN(-1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_grouped_by_thousands),
        cmocka_unit_test(means_have_one_decimal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "log/stand_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static bool add(struct stand_ins *stand_ins, enum stand_in_kind kind, unsigned number)
{
    char key[16];
    int length = snprintf(key, sizeof(key), "%u", number);

    return stand_ins_add(stand_ins, kind, key, (size_t)length);
}

static void the_first_row_of_a_connection_stands_in_until_a_better_kind_comes(void **state)
{
    struct stand_ins *stand_ins = stand_ins_new();

    (void)state;
    assert_non_null(stand_ins);
    assert_true(add(stand_ins, STAND_IN_ROW, 1));
    assert_false(add(stand_ins, STAND_IN_ROW, 1));
    assert_true(add(stand_ins, STAND_IN_NEVER, 2));
    assert_true(add(stand_ins, STAND_IN_NEVER, 2));
    assert_false(add(stand_ins, STAND_IN_ROW, 2));
    assert_true(add(stand_ins, STAND_IN_ROW, 3));
    assert_false(stand_ins_over(stand_ins));
    assert_false(add(stand_ins, STAND_IN_BETTER, 3));
    assert_true(stand_ins_over(stand_ins));
    assert_false(add(stand_ins, STAND_IN_BETTER, 1));
    assert_false(add(stand_ins, STAND_IN_ROW, 4));
    assert_true(add(stand_ins, STAND_IN_BETTER, 4));
    assert_true(add(stand_ins, STAND_IN_NEVER, 1));
    stand_ins_free(stand_ins);
}

static void the_last_half_million_connections_are_remembered(void **state)
{
    struct stand_ins *stand_ins = stand_ins_new();

    (void)state;
    for (unsigned i = 0; i < 1300000; i++)
        assert_true(add(stand_ins, STAND_IN_ROW, i));
    for (unsigned i = 1300000 - 524288; i < 1300000; i++)
        assert_false(add(stand_ins, STAND_IN_ROW, i));
    assert_true(add(stand_ins, STAND_IN_ROW, 0));
    stand_ins_free(stand_ins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_row_of_a_connection_stands_in_until_a_better_kind_comes),
        cmocka_unit_test(the_last_half_million_connections_are_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_list_of_one_two_and_three_reads_as_people_write(void **state)
{
    struct fact_items list = {.between = ", "};

    (void)state;
    assert_string_equal(LISTED(&list), "");
    fact_item(&list, "China");
    assert_string_equal(LISTED(&list), "China");
    fact_item(&list, "Japan");
    assert_string_equal(LISTED(&list), "China and Japan");
    fact_item(&list, "%s (%u)", "India", 3);
    assert_string_equal(LISTED(&list), "China, Japan and India (3)");
}

static void items_with_commas_are_parted_by_semicolons(void **state)
{
    struct fact_items list = {.between = "; "};

    (void)state;
    fact_item(&list, "web (1, 2)");
    fact_item(&list, "mail (3)");
    assert_string_equal(LISTED(&list), "web (1, 2); and mail (3)");
}

static void what_a_list_leaves_out_is_counted(void **state)
{
    struct fact_items list = {.between = ", "};

    (void)state;
    for (unsigned i = 0; i <= FACT_ITEMS; i++)
        fact_item(&list, "%u", i);
    assert_non_null(strstr(LISTED(&list), "14, 15 and 1 other"));
    fact_item(&list, "more");
    assert_non_null(strstr(LISTED(&list), "14, 15 and 2 others"));
}

static void what_is_little_is_not_told_as_nothing(void **state)
{
    (void)state;
    assert_string_equal(PERCENT(0.361), "36.1 %");
    assert_string_equal(PERCENT(0.00042), "0.04 %");
    assert_string_equal(PERCENT(5.0 / 212304), "under 0.01 %");
    assert_string_equal(PERCENT(0), "0.0 %");
    assert_string_equal(CHANCE(1.1e-70), "= 1.1e-70");
    assert_string_equal(CHANCE(0), "< 1e-300");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_one_two_and_three_reads_as_people_write),
        cmocka_unit_test(items_with_commas_are_parted_by_semicolons),
        cmocka_unit_test(what_a_list_leaves_out_is_counted),
        cmocka_unit_test(what_is_little_is_not_told_as_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

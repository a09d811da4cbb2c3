/* SPDX-License-Identifier: Apache-2.0 */
/* At once with the same set-up: parts of one plan, or somebody who copies his neighbour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "episodes.h"

#define NEAR_A addr_from_v4(0xc6336407u) /* 198.51.100.7 */
#define NEAR_B addr_from_v4(0xc633644du)

/* The first in bursts of an hour, two hours apart, from `first` on; the other from `second`,
 * and what is said of the two at the end. */
static const struct link *beside(struct run *run, int64_t first, unsigned bursts,
                                 int64_t second)
{
    int64_t now = T0, end = second + 6 * H_US;

    run_new(run);
    for (unsigned i = 0; i < 500; i++)
        run_add(run, background_plan(i, T0, T0 + 3 * DAY));
    for (unsigned i = 0; i < bursts; i++)
        run_add(run, own_plan(NEAR_A, 65000, first + i * 3 * H_US, first + (i * 3 + 2) * H_US));
    if (bursts == 0)
        run_add(run, own_plan(NEAR_A, 65000, first, end));
    run_add(run, own_plan(NEAR_B, 65000, second, end));
    run_until(run, &now, second, H_US / 4);
    run_until(run, &now, end, 60 * S_US);

    const struct link *link = link_between(run->told, NEAR_A, NEAR_B, LINK_PARALLEL);

    return link != NULL ? link : link_between(run->told, NEAR_B, NEAR_A, LINK_PARALLEL);
}

static void neighbours_who_begin_together_are_of_one_plan(void **state)
{
    struct run run;
    const struct link *link = beside(&run, T0 + 4 * DAY, 0, T0 + 4 * DAY + 60 * S_US);

    (void)state;
    assert_non_null(link);
    assert_int_equal(link->state, LINK_ACCEPTED);
    run_free(&run);
}

static void a_neighbour_who_does_the_same_a_day_later_may_be_a_copy(void **state)
{
    struct run run;
    const struct link *link = beside(&run, T0 + 3 * DAY, 0, T0 + 4 * DAY);

    (void)state;
    assert_true(link == NULL || link->state != LINK_ACCEPTED);
    assert_int_equal(actor_of(run.told, NEAR_B), 0);
    run_free(&run);
}

/* One of many bursts begins with him by chance. */
static void a_neighbour_who_comes_with_a_later_burst_did_not_begin_together(void **state)
{
    struct run run;
    const struct link *link = beside(&run, T0 + 3 * DAY, 10, T0 + 4 * DAY + 60 * S_US);

    (void)state;
    assert_true(link == NULL || link->state != LINK_ACCEPTED);
    assert_int_equal(actor_of(run.told, NEAR_B), 0);
    run_free(&run);
}

/* The first did something before; then they begin together. */
static const struct link *anew(struct run *run, int64_t pause, const char *tool)
{
    int64_t now = T0, at = T0 + 6 * DAY, end = at + 6 * H_US;
    struct plan before = own_plan(NEAR_A, 65000, at - pause - 2 * H_US, at - pause);

    before.tool = tool;
    run_new(run);
    for (unsigned i = 0; i < 500; i++)
        run_add(run, background_plan(i, T0, T0 + 3 * DAY));
    run_add(run, before);
    run_add(run, own_plan(NEAR_A, 65000, at, end));
    run_add(run, own_plan(NEAR_B, 65000, at + 60 * S_US, end));
    run_until(run, &now, at, H_US / 4);
    run_until(run, &now, end, 60 * S_US);
    return link_between(run->told, NEAR_A, NEAR_B, LINK_PARALLEL);
}

static void who_comes_back_after_days_or_with_another_tool_begins_anew(void **state)
{
    struct run run;

    (void)state;
    assert_null(anew(&run, 2 * DAY, NULL));
    run_free(&run);
    assert_int_equal(anew(&run, 4 * DAY, NULL)->state, LINK_ACCEPTED);
    run_free(&run);
    assert_int_equal(anew(&run, 2 * DAY, "another")->state, LINK_ACCEPTED);
    run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_who_begin_together_are_of_one_plan),
        cmocka_unit_test(a_neighbour_who_does_the_same_a_day_later_may_be_a_copy),
        cmocka_unit_test(a_neighbour_who_comes_with_a_later_burst_did_not_begin_together),
        cmocka_unit_test(who_comes_back_after_days_or_with_another_tool_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* At once with the same set-up: parts of one plan, or somebody who copies his neighbour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "episodes.h"
#include "link/linker_state.h"
#include "model/instance.h"

#define NEAR_A addr_from_v4(0xc6336407u) /* 198.51.100.7 */
#define NEAR_B addr_from_v4(0xc633644du)
#define FAR_B addr_from_v4(0xcb00710bu) /* 203.0.113.11 */

/* The first in bursts of two hours, an hour apart, from `first` on; `other` from `second`,
 * and what is said of the two at the end. */
static const struct link *both(struct run *run, int64_t first, unsigned bursts,
                               struct addr other, int64_t second)
{
    int64_t now = T0, end = second + 6 * H_US;

    run_new(run);
    for (unsigned i = 0; i < 500; i++)
        run_add(run, background_plan(i, T0, T0 + 3 * DAY));
    for (unsigned i = 0; i < bursts; i++)
        run_add(run, own_plan(NEAR_A, 65000, first + i * 3 * H_US, first + (i * 3 + 2) * H_US));
    if (bursts == 0)
        run_add(run, own_plan(NEAR_A, 65000, first, end));
    run_add(run, own_plan(other, addr_equal(other, NEAR_B) ? 65000 : 65001, second, end));
    run_until(run, &now, second, H_US / 4);
    run_until(run, &now, end, 60 * S_US);

    const struct link *link = link_between(run->told, NEAR_A, other, LINK_PARALLEL);

    return link != NULL ? link : link_between(run->told, other, NEAR_A, LINK_PARALLEL);
}

static const struct link *beside(struct run *run, int64_t first, unsigned bursts,
                                 int64_t second)
{
    return both(run, first, bursts, NEAR_B, second);
}

/* With anybody, for however short a time. */
static bool was_joined(const struct run *run, struct addr src)
{
    for (size_t i = 0; i < run->told->change_count; i++)
        if (addr_equal(run->told->changes[i].source, src))
            return true;
    return false;
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
    assert_false(was_joined(&run, NEAR_B));
    run_free(&run);
}

/* Elsewhere, a plan needs a common beginning. */
static void who_begins_elsewhere_with_a_later_burst_is_of_no_plan(void **state)
{
    struct run run;

    (void)state;
    assert_int_equal(both(&run, T0 + 4 * DAY, 0, FAR_B, T0 + 4 * DAY + 60 * S_US)->state,
                     LINK_ACCEPTED);
    run_free(&run);
    assert_null(both(&run, T0 + 3 * DAY, 10, FAR_B, T0 + 4 * DAY + 60 * S_US));
    assert_false(was_joined(&run, FAR_B));
    run_free(&run);
}

/* All who are active when a store begins seem to begin then. */
static void who_was_there_when_the_store_began_did_not_begin_together(void **state)
{
    struct run run;
    int64_t now = T0;

    (void)state;
    run_new(&run);
    for (unsigned i = 0; i < 500; i++)
        run_add(&run, background_plan(i, T0, T0 + 3 * DAY));
    run_add(&run, own_plan(NEAR_A, 65000, T0, T0 + 4 * DAY));
    run_add(&run, own_plan(FAR_B, 65001, T0 + 60 * S_US, T0 + 4 * DAY));
    run_until(&run, &now, T0 + 5 * DAY, H_US / 4);
    assert_false(was_joined(&run, FAR_B));
    run_free(&run);
}

/* The number of the last episode of a source. */
static uint32_t last_of(const struct run *run, struct addr src)
{
    return link_map_find(&run->linker->by_source, linker_source_key(src));
}

/* What their common end says: NULL if nothing. The first began `bursts` bursts before. */
static const struct evidence_line *common_end(struct run *run, unsigned bursts,
                                              struct evidence_line lines[LINK_EVIDENCE_MAX])
{
    int64_t now = T0, at = T0 + 4 * DAY, end = at + 2 * H_US;

    run_new(run);
    for (unsigned i = 0; i < 500; i++)
        run_add(run, background_plan(i, T0, T0 + 3 * DAY));
    for (unsigned i = bursts; i > 0; i--)
        run_add(run, own_plan(NEAR_A, 65000, at - i * 3 * H_US, end - i * 3 * H_US));
    run_add(run, own_plan(NEAR_A, 65000, at, end));
    run_add(run, own_plan(NEAR_B, 65000, at + 60 * S_US, end));
    run_until(run, &now, at, H_US / 4);
    run_until(run, &now, end + H_US, 60 * S_US);

    const struct linker *l = run->linker;
    const struct digest *a = &l->digests[last_of(run, NEAR_A)];
    const struct digest *b = &l->digests[last_of(run, NEAR_B)];

    struct comparison c = {.lines = lines};

    compare_digests(l, a, b, COMPARE_PARALLEL, beginning_apart(l, a, b), &c);
    for (unsigned i = 0; i < c.count; i++)
        if (strcmp(lines[i].feature, "end") == 0)
            return &lines[i];
    return NULL;
}

/* Bursts end by a clock: that one of many ends with him as it began says nothing. */
static void a_common_end_speaks_for_those_alone_who_began_together(void **state)
{
    struct evidence_line lines[LINK_EVIDENCE_MAX];
    struct run run;

    (void)state;
    assert_true(common_end(&run, 0, lines)->bits > 1);
    run_free(&run);
    assert_null(common_end(&run, 8, lines));
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

/* One of a run of several addresses; those of a run share a key. */
static void add_part(struct run *run, unsigned i, unsigned key)
{
    struct plan plan = background_plan(3, T0, T0 + DAY); /* usual but for the key */

    plan.src = addr_from_v4(0xc6336401u + i);
    plan.asn = 65000;
    plan.start = T0 + 4 * DAY;
    plan.stop = T0 + 5 * DAY;
    plan.rate = 0.02;
    plan.instance = (uint64_t)INSTANCE_SEED << 56 | key;
    run_add(run, plan);
}

static bool is_asked_again(const struct run *run, size_t sim)
{
    uint32_t number = last_of(run, run->sims[sim].plan.src);

    return (run->linker->change[number] & CHANGE_AGAIN) != 0;
}

/* Six addresses of one run, two of another; then one of the six shows the other's key, too. */
static void of_two_actors_that_prove_to_be_one_the_smaller_is_asked_again(void **state)
{
    struct run run;
    int64_t now = T0;
    uint64_t six, two;

    (void)state;
    run_new(&run);
    for (unsigned i = 0; i < 8; i++)
        add_part(&run, i, i < 6 ? 1 : 2);
    for (unsigned i = 0; i < 300; i++)
        run_add(&run, background_plan(i, T0, T0 + 3 * DAY));
    run_until(&run, &now, T0 + 4 * DAY, H_US);
    run_until(&run, &now, T0 + 4 * DAY + 2 * H_US, 60 * S_US);
    six = actor_of(run.told, run.sims[0].plan.src);
    two = actor_of(run.told, run.sims[7].plan.src);
    assert_int_not_equal(six, 0);
    assert_int_not_equal(two, 0);
    assert_int_not_equal(six, two);
    run.sims[0].e.instances[1] = (uint64_t)INSTANCE_SEED << 56 | 2;
    while (two != six && now < T0 + 5 * DAY) {
        run_step(&run, now += 60 * S_US);
        six = actor_of(run.told, run.sims[0].plan.src);
        two = actor_of(run.told, run.sims[7].plan.src);
    }
    assert_int_equal(six, two);
    assert_true(is_asked_again(&run, 6) && is_asked_again(&run, 7));
    for (size_t i = 1; i < 6; i++)
        assert_false(is_asked_again(&run, i));
    run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_who_begin_together_are_of_one_plan),
        cmocka_unit_test(a_neighbour_who_does_the_same_a_day_later_may_be_a_copy),
        cmocka_unit_test(a_neighbour_who_comes_with_a_later_burst_did_not_begin_together),
        cmocka_unit_test(who_begins_elsewhere_with_a_later_burst_is_of_no_plan),
        cmocka_unit_test(who_was_there_when_the_store_began_did_not_begin_together),
        cmocka_unit_test(a_common_end_speaks_for_those_alone_who_began_together),
        cmocka_unit_test(who_comes_back_after_days_or_with_another_tool_begins_anew),
        cmocka_unit_test(of_two_actors_that_prove_to_be_one_the_smaller_is_asked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

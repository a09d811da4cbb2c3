/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-overs that take more than one look: bursts, early returns, chains. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "episodes.h"
#include "link/linker_state.h"

#define NEAR_A addr_from_v4(0xc6336407u) /* 198.51.100.7 */
#define NEAR_B addr_from_v4(0xc633644du)
#define FAR_B addr_from_v4(0xcb00710bu) /* 203.0.113.11 */
#define FAR_C addr_from_v4(0xc0000237u) /* 192.0.2.55 */

static void background(struct run *run, int64_t *now)
{
    for (unsigned i = 0; i < 600; i++)
        run_add(run, background_plan(i, T0, T0 + 5 * DAY));
    run_until(run, now, T0 + 6 * DAY, H_US / 2);
}

static void a_newcomer_who_begins_in_bursts_is_judged_by_more_than_the_first(void **state)
{
    struct run run;
    int64_t now = T0, stop = T0 + 6 * DAY - H_US, began = T0 + 6 * DAY + H_US;
    struct plan burst = own_plan(FAR_B, 65000, began, began + 9 * 5 * S_US);

    (void)state;
    burst.rate = 0.2;
    burst.port_count = 1; /* of all that he does, the usual part */
    run_new(&run);
    run_add(&run, own_plan(NEAR_A, 65000, T0 + H_US, stop));
    background(&run, &now);
    run_add(&run, burst);
    run_until(&run, &now, began + 2 * H_US, 60 * S_US);
    assert_null(link_between(run.told, NEAR_A, FAR_B, LINK_SUCCESSION));
    run_add(&run, own_plan(FAR_B, 65000, now + H_US, now + 8 * H_US));
    run_until(&run, &now, now + 6 * H_US, 60 * S_US);

    const struct link *hop = link_between(run.told, NEAR_A, FAR_B, LINK_SUCCESSION);

    assert_non_null(hop);
    assert_true(hop->probability > 0.9);
    assert_true(hop->started_us == began); /* and not with the second burst */
    /* refuted by whichever of the episodes the first address is active beside */
    run_add(&run, own_plan(NEAR_A, 65000, now, now + 2 * H_US));
    run_until(&run, &now, now + 2 * H_US, 60 * S_US);
    hop = link_between(run.told, NEAR_A, FAR_B, LINK_SUCCESSION);
    assert_int_equal(hop->state, LINK_WITHDRAWN);
    run_free(&run);
}

static void who_went_back_before_the_first_hop_was_sure_is_found_when_it_is(void **state)
{
    struct run run;
    int64_t now = T0, stop = T0 + 6 * DAY + H_US, began = stop + 600 * S_US;
    int64_t back = began + 2 * H_US;
    struct plan first = own_plan(NEAR_A, 65000, T0 + H_US, stop);

    (void)state;
    first.silent = 12 * H_US; /* he has paused for long before */
    run_new(&run);
    run_add(&run, first);
    background(&run, &now);
    run_add(&run, own_plan(NEAR_B, 65000, began, began + H_US));
    run_add(&run, own_plan(NEAR_A, 65000, back, back + 2 * H_US));
    run_until(&run, &now, back + 24 * H_US, 60 * S_US);

    const struct link *hop = link_between(run.told, NEAR_A, NEAR_B, LINK_SUCCESSION);
    const struct link *home = link_between(run.told, NEAR_B, NEAR_A, LINK_SUCCESSION);

    assert_non_null(hop);
    assert_int_equal(hop->state, LINK_ACCEPTED);
    assert_non_null(home);
    assert_int_equal(home->state, LINK_ACCEPTED);
    assert_int_equal(home->hop, HOP_RETURN);
    run_free(&run);
}

static void who_comes_after_the_successor_is_no_rival_of_his(void **state)
{
    struct run run;
    int64_t now = T0, stop = T0 + 6 * DAY - H_US, began = stop + 20 * H_US;
    int64_t next = began + 6 * H_US;
    struct plan plans[] = {
        own_plan(NEAR_A, 65000, T0 + H_US, stop),
        own_plan(FAR_B, 65001, began, next - 600 * S_US),
        own_plan(FAR_C, 65002, next, next + 6 * H_US),
    };
    double before;

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        plans[i].stack = "64:0:0:777:"; /* of his own, too */
    run_new(&run);
    run_add(&run, plans[0]);
    background(&run, &now);
    run_add(&run, plans[1]);
    run_until(&run, &now, next - 300 * S_US, 60 * S_US);

    const struct link *hop = link_between(run.told, NEAR_A, FAR_B, LINK_SUCCESSION);

    assert_non_null(hop);
    assert_int_equal(hop->state, LINK_TENTATIVE);
    before = hop->probability;
    run_add(&run, plans[2]);
    run_until(&run, &now, next + 7 * H_US, 60 * S_US);
    hop = link_between(run.told, NEAR_A, FAR_B, LINK_SUCCESSION);
    assert_true(hop->probability > before - 0.03);
    run_free(&run);
}

static unsigned decoys(const struct run *run, enum decoy_kind kind, struct addr a,
                       struct addr b)
{
    const struct acceptance *acceptance = &run->linker->acceptance;
    unsigned count = 0;

    for (unsigned i = 0; i < acceptance->kept_count; i++)
        count += acceptance->kept[i].kind == kind &&
                 acceptance->kept[i].a == linker_source_key(a) &&
                 acceptance->kept[i].b == linker_source_key(b);
    return count;
}

/* A stranger who begins in bursts, and shows what the first does while he is still there: as a
 * successor he would be judged by all of them, and so as an example of chance. */
/* One with a set-up of his own until `stop`, and one who shows the same from `began` on, in
 * bursts: in the first next to nothing of it. */
static void add_one_and_another_in_bursts(struct run *run, int64_t stop, int64_t began)
{
    struct plan plans[] = {
        own_plan(NEAR_A, 65000, T0 + H_US, stop),
        own_plan(FAR_B, 65001, began, began + 9 * 5 * S_US),
        own_plan(FAR_B, 65001, began + 2 * H_US, began + 4 * H_US),
        own_plan(FAR_B, 65001, began + 6 * H_US, began + 8 * H_US),
    };

    plans[1].rate = 0.2;
    plans[1].port_count = 1;
    for (unsigned i = 0; i < 4; i++) {
        plans[i].stack = "64:0:0:777:"; /* of their own, too */
        run_add(run, plans[i]);
    }
}

static void an_example_of_chance_is_judged_by_all_of_its_first_day_too(void **state)
{
    struct run run;
    int64_t now = T0, stop = T0 + 6 * DAY + 3 * H_US;

    (void)state;
    run_new(&run);
    add_one_and_another_in_bursts(&run, stop, stop - 9 * H_US);
    background(&run, &now);
    run_until(&run, &now, stop - 60 * S_US, 60 * S_US);
    assert_int_equal(decoys(&run, DECOY_BEFORE, NEAR_A, FAR_B), 0);
    run_until(&run, &now, stop + H_US, 60 * S_US);
    assert_int_equal(decoys(&run, DECOY_BEFORE, NEAR_A, FAR_B), 1);
    run_free(&run);
}

/* Who copies what he sees and begins in bursts is a copy all the same. */
static void a_copy_that_begins_in_bursts_is_counted(void **state)
{
    struct run run;
    int64_t now = T0;

    (void)state;
    run_new(&run);
    add_one_and_another_in_bursts(&run, T0 + 9 * DAY, T0 + 5 * DAY);
    background(&run, &now);
    assert_true(copy_seen(run.linker) == 1);
    run_free(&run);
}

/* Judged by all of the first day, though the first burst is too thin for a successor's, and who
 * of the two was asked last is the one that stopped. */
static void a_beginning_is_tried_whoever_is_asked_first(void **state)
{
    struct run run;
    int64_t now = T0, stop = T0 + 6 * DAY + 2 * H_US, began = stop - 25 * 60 * S_US;
    struct plan thin = own_plan(FAR_B, 65000, began, began + 9 * 5 * S_US);
    struct plan first = own_plan(NEAR_A, 65000, T0 + H_US, stop);
    struct plan rest = own_plan(FAR_B, 65000, began + 5 * 60 * S_US, stop - 5 * 60 * S_US);

    (void)state;
    thin.rate = rest.rate = 0.2;
    thin.port_count = 1;
    thin.silent = 60 * S_US;
    first.rate = 0.1;
    first.stack = thin.stack = rest.stack = "64:0:0:777:";
    run_new(&run);
    run_add(&run, first);
    background(&run, &now);
    run_add(&run, thin);

    struct actor_sim *burst = &run.sims[run.count - 1];

    run_until(&run, &now, began + 60 * S_US, 60 * S_US);
    burst->e.sessions = 3; /* as its end is told */
    run_until(&run, &now, began + 4 * 60 * S_US, 60 * S_US);
    assert_true(burst->ceased);
    run_add(&run, rest);
    run_until(&run, &now, stop, 60 * S_US);
    assert_null(link_between(run.told, NEAR_A, FAR_B, LINK_SUCCESSION));
    run_until(&run, &now, stop + H_US, 60 * S_US);

    const struct link *hop = link_between(run.told, NEAR_A, FAR_B, LINK_SUCCESSION);

    assert_non_null(hop);
    assert_true(hop->probability > 0.9);
    assert_true(hop->started_us == began);
    run_free(&run);
}

static unsigned counted(const struct run *run, struct addr src)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < run->linker->made; i++)
        count += run->linker->digests[i].used && run->linker->digests[i].counted &&
                 addr_equal(run->linker->digests[i].src, src);
    return count;
}

static void whoever_works_there_between_a_later_burst_refutes(void **state)
{
    struct run run;
    int64_t now = T0, stop = T0 + 6 * DAY - H_US, began = T0 + 6 * DAY + H_US;
    struct plan plans[] = {
        own_plan(NEAR_A, 65000, T0 + H_US, stop),
        own_plan(NEAR_B, 65000, began, began + 20 * 60 * S_US),
        own_plan(NEAR_B, 65000, began + 2 * H_US, began + 4 * H_US),
        own_plan(NEAR_B, 65000, began + 5 * H_US, began + 6 * H_US),
        own_plan(NEAR_B, 65000, began + 7 * H_US, began + 9 * H_US),
        own_plan(NEAR_A, 65000, began + 7 * H_US, began + 9 * H_US),
    };

    (void)state;
    for (unsigned i = 0; i < 6; i++)
        plans[i].tool = i == 3 ? "another" : "his";
    plans[1].port_count = 1;
    run_new(&run);
    run_add(&run, plans[0]);
    background(&run, &now);
    for (unsigned i = 1; i < 6; i++)
        run_add(&run, plans[i]);
    run_until(&run, &now, began + 5 * H_US, 60 * S_US);
    assert_int_equal(link_between(run.told, NEAR_A, NEAR_B, LINK_SUCCESSION)->state,
                     LINK_ACCEPTED);
    /* what the successor showed, in whichever episode, is no second one's */
    assert_int_equal(counted(&run, NEAR_A), 1);
    assert_int_equal(counted(&run, NEAR_B), 0);
    run_until(&run, &now, began + 9 * H_US, 60 * S_US);
    assert_int_equal(link_between(run.told, NEAR_A, NEAR_B, LINK_SUCCESSION)->state,
                     LINK_WITHDRAWN);
    run_free(&run);
}

/* A to B, late to be decided; B to C meanwhile, and C to D, and back to A: two actors that turn
 * out to be one, joined by others than those of whom it depends. */
static void a_return_between_two_actors_is_found_when_they_prove_to_be_one(void **state)
{
    const struct addr c = addr_from_v4(0xc6336470u), d = addr_from_v4(0xc6336488u);
    struct run run;
    int64_t now = T0, minute = 60 * S_US, at = T0 + 6 * DAY + 10 * minute;
    struct plan plans[] = {
        own_plan(NEAR_A, 65000, T0 + H_US, T0 + 6 * DAY - H_US),
        own_plan(NEAR_B, 65000, at, at + 2 * H_US),
        own_plan(c, 65000, at + 2 * H_US + 10 * minute, at + 4 * H_US),
        own_plan(d, 65000, at + 4 * H_US + 10 * minute, at + 26 * H_US),
        own_plan(NEAR_A, 65000, at + 26 * H_US + 10 * minute, at + 28 * H_US),
    };

    (void)state;
    plans[1].silent = 36 * H_US;
    run_new(&run);
    run_add(&run, plans[0]);
    background(&run, &now);
    for (unsigned i = 1; i < 5; i++)
        run_add(&run, plans[i]);
    run_until(&run, &now, at + 32 * H_US, minute);
    assert_int_not_equal(actor_of(run.told, NEAR_A), 0);
    assert_int_not_equal(actor_of(run.told, d), 0);
    assert_int_not_equal(actor_of(run.told, NEAR_A), actor_of(run.told, d));
    assert_null(link_between(run.told, d, NEAR_A, LINK_SUCCESSION));
    run_until(&run, &now, at + 42 * H_US, minute);
    assert_int_equal(actor_of(run.told, NEAR_A), actor_of(run.told, d));

    const struct link *home = link_between(run.told, d, NEAR_A, LINK_SUCCESSION);

    assert_non_null(home);
    assert_int_equal(home->state, LINK_ACCEPTED);
    assert_int_equal(home->hop, HOP_RETURN);
    run_free(&run);
}

/* A program that runs at a second address, too, where it does something else. */
static void add_elsewhere(struct run *run, struct addr src, uint64_t key, int64_t start)
{
    struct plan plan = background_plan(3, T0, T0 + DAY);

    plan.src = src;
    plan.asn = 65000;
    plan.start = start;
    plan.stop = start + DAY;
    plan.rate = 0.02;
    plan.instance = key;
    run_add(run, plan);
}

/* Two begin next door after one stop, and end. Hours later two other addresses, of one of them
 * each, prove to be one's. */
static void successors_who_prove_to_be_one_are_a_split_at_once(void **state)
{
    const struct addr c = addr_from_v4(0xc6336470u);
    const struct addr other_b = addr_from_v4(0xc6336471u), other_c = addr_from_v4(0xc6336472u);
    const uint64_t keys[2] = {UINT64_C(1) << 56 | 4711, UINT64_C(1) << 56 | 4712};
    struct run run;
    int64_t now = T0, minute = 60 * S_US, stop = T0 + 6 * DAY - H_US, began = T0 + 6 * DAY;
    struct plan first = own_plan(NEAR_A, 65000, T0 + H_US, stop);

    (void)state;
    run_new(&run);
    first.stack = "64:0:0:777:"; /* of his own, too */
    run_add(&run, first);
    background(&run, &now);
    for (unsigned i = 0; i < 2; i++) { /* too few sessions for a plan */
        struct plan plan = own_plan(i == 0 ? NEAR_B : c, 65000, began, began + 10 * minute);

        plan.stack = first.stack;
        plan.instance = keys[i];
        run_add(&run, plan);
    }
    add_elsewhere(&run, other_b, keys[0], began - 12 * H_US);
    add_elsewhere(&run, other_c, keys[1], began - 12 * H_US);
    run_until(&run, &now, began + 3 * H_US, minute);
    assert_int_not_equal(actor_of(run.told, NEAR_B), 0);
    assert_int_not_equal(actor_of(run.told, c), 0);
    assert_int_equal(actor_of(run.told, NEAR_A), 0); /* each has half of the probability */
    run.sims[run.count - 1].e.instances[1] = keys[0];
    while (actor_of(run.told, NEAR_B) != actor_of(run.told, c) && now < began + 5 * H_US)
        run_step(&run, now += minute);
    run_until(&run, &now, now + minute, minute);
    assert_int_equal(link_between(run.told, NEAR_A, NEAR_B, LINK_SUCCESSION)->state,
                     LINK_ACCEPTED);
    assert_int_equal(link_between(run.told, NEAR_A, c, LINK_SUCCESSION)->state, LINK_ACCEPTED);
    run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_newcomer_who_begins_in_bursts_is_judged_by_more_than_the_first),
        cmocka_unit_test(who_went_back_before_the_first_hop_was_sure_is_found_when_it_is),
        cmocka_unit_test(who_comes_after_the_successor_is_no_rival_of_his),
        cmocka_unit_test(an_example_of_chance_is_judged_by_all_of_its_first_day_too),
        cmocka_unit_test(a_copy_that_begins_in_bursts_is_counted),
        cmocka_unit_test(a_beginning_is_tried_whoever_is_asked_first),
        cmocka_unit_test(whoever_works_there_between_a_later_burst_refutes),
        cmocka_unit_test(successors_who_prove_to_be_one_are_a_split_at_once),
        cmocka_unit_test(a_return_between_two_actors_is_found_when_they_prove_to_be_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

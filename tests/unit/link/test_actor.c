/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "link/actor.h"
#include "model/addr.h"

/* Sources 192.0.2.n; the key of each is n. */
static uint32_t join(struct actors *actors, uint32_t a, uint32_t b)
{
    const struct actor_source from = {.src = addr_from_v4(0xc0000200u + a), .key = a};
    const struct actor_source to = {.src = addr_from_v4(0xc0000200u + b), .key = b};
    uint32_t edge = LINK_NONE;

    assert_int_equal(actors_join(actors, &from, &to, 1000, &edge, NULL), 0);
    return edge;
}

static size_t count_changes(const struct actors *actors, enum actor_change_kind kind)
{
    size_t count = 0;

    for (uint32_t i = 0; i < actors->change_count; i++)
        count += actors->changes[i].kind == kind;
    return count;
}

static void of_two_actors_that_merge_the_lower_number_stays(void **state)
{
    struct actors actors;

    (void)state;
    assert_int_equal(actors_init(&actors, 1000, 5, NULL), 0);
    (void)join(&actors, 1, 2);
    (void)join(&actors, 3, 4);
    assert_int_equal(actors_of(&actors, 1), 1);
    assert_int_equal(actors_of(&actors, 4), 2);
    assert_int_equal(actors.living, 2);
    actors.change_count = 0;
    (void)join(&actors, 4, 1);
    for (uint32_t n = 1; n <= 4; n++)
        assert_int_equal(actors_of(&actors, n), 1);
    assert_int_equal(actors.living, 1);
    assert_int_equal(actors.change_count, 1);
    assert_int_equal(actors.changes[0].kind, ACTOR_MERGED);
    assert_int_equal(actors.changes[0].actor, 1);
    assert_int_equal(actors.changes[0].other, 2);
    actors_done(&actors);
}

static void a_number_is_never_given_twice(void **state)
{
    struct actors actors;

    (void)state;
    assert_int_equal(actors_init(&actors, 1000, 5, NULL), 0);
    (void)join(&actors, 1, 2);
    (void)join(&actors, 3, 4);
    (void)join(&actors, 2, 3);
    (void)join(&actors, 5, 6);
    assert_int_equal(actors_of(&actors, 5), 3);
    actors_done(&actors);
}

static void the_larger_part_keeps_the_number_when_a_link_is_withdrawn(void **state)
{
    struct actors actors;
    uint32_t edge;

    (void)state;
    assert_int_equal(actors_init(&actors, 1000, 5, NULL), 0);
    (void)join(&actors, 1, 2);
    edge = join(&actors, 2, 3);
    (void)join(&actors, 3, 4);
    (void)join(&actors, 4, 5);
    actors.change_count = 0;
    assert_int_equal(actors_part(&actors, edge, 2000, NULL), 0);
    assert_int_equal(actors_of(&actors, 3), 1);
    assert_int_equal(actors_of(&actors, 5), 1);
    assert_int_equal(actors_of(&actors, 1), 2);
    assert_int_equal(actors_of(&actors, 2), 2);
    assert_int_equal(count_changes(&actors, ACTOR_LEFT), 2);
    assert_int_equal(count_changes(&actors, ACTOR_NEW), 1);
    assert_int_equal(count_changes(&actors, ACTOR_JOINED), 1);
    actors_done(&actors);
}

static void of_equal_parts_the_one_known_longest_keeps_the_number(void **state)
{
    struct actors actors;
    uint32_t edge;

    (void)state;
    assert_int_equal(actors_init(&actors, 1000, 5, NULL), 0);
    edge = join(&actors, 1, 2);
    assert_int_equal(actors_part(&actors, edge, 2000, NULL), 0);
    assert_int_equal(actors_of(&actors, 1), 1);
    assert_int_equal(actors_of(&actors, 2), 0);
    assert_int_equal(actors.living, 0);
    /* and joined again it is the same actor */
    (void)join(&actors, 7, 1);
    assert_int_equal(actors_of(&actors, 7), 1);
    actors_done(&actors);
}

static void a_withdrawn_link_parts_nobody_whom_others_hold_together(void **state)
{
    struct actors actors;
    uint32_t edge;

    (void)state;
    assert_int_equal(actors_init(&actors, 1000, 5, NULL), 0);
    (void)join(&actors, 1, 2);
    (void)join(&actors, 2, 3);
    edge = join(&actors, 3, 1);
    actors.change_count = 0;
    assert_int_equal(actors_part(&actors, edge, 2000, NULL), 0);
    assert_int_equal(actors.change_count, 0);
    assert_int_equal(actors_members(&actors, 2), 3);
    actors_done(&actors);
}

static uint32_t edges_in_use(const struct actors *actors)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < actors->edge_count; i++)
        count += actors->edges[i].a != LINK_NONE;
    return count;
}

static void
links_that_stand_for_good_are_fewer_than_the_sources_they_hold_together(void **state)
{
    struct actors actors;
    uint32_t taken_back;

    (void)state;
    assert_int_equal(actors_init(&actors, 1000, 5, NULL), 0);
    for (unsigned again = 0; again < 50; again++)
        for (uint32_t n = 1; n <= 4; n++)
            for (uint32_t m = n + 1; m <= 4; m++)
                assert_int_equal(actors_keep(&actors, join(&actors, n, m), NULL), 0);
    assert_int_equal(edges_in_use(&actors), 3);
    assert_int_equal(actors_members(&actors, 1), 4);
    /* and a later link that is taken back parts nobody */
    taken_back = join(&actors, 1, 4);
    assert_int_equal(actors_part(&actors, taken_back, 2000, NULL), 0);
    assert_int_equal(actors_members(&actors, 4), 4);
    actors_done(&actors);
}

/* 2 has the place of one that left; 1 came before it all the same. */
static void who_took_the_place_of_another_is_not_known_for_longer(void **state)
{
    struct actors actors;
    uint32_t edge;

    (void)state;
    assert_int_equal(actors_init(&actors, 3, 5, NULL), 0);
    edge = join(&actors, 9, 8);
    assert_int_equal(actors_part(&actors, edge, 1000, NULL), 0);
    actors_idle(&actors, 9, true);
    edge = join(&actors, 1, 8);
    assert_int_equal(actors_part(&actors, edge, 1000, NULL), 0);
    actors_idle(&actors, 8, false);
    edge = join(&actors, 2, 1); /* 9 makes room */
    assert_int_equal(actors.evicted, 1);
    actors.change_count = 0;
    assert_int_equal(actors_part(&actors, edge, 2000, NULL), 0);
    assert_true(actors_of(&actors, 1) != 0);
    assert_int_equal(actors_of(&actors, 2), 0);
    actors_done(&actors);
}

/* A chain 1 - 2 - 3, full: 2 leaves, and 1 and 3 stay together. */
static void who_is_not_remembered_makes_room_and_parts_nobody(void **state)
{
    struct actors actors;
    const struct actor_source nine = {.src = addr_from_v4(0xc0000209u), .key = 9};
    const struct actor_source one = {.src = addr_from_v4(0xc0000201u), .key = 1};
    uint32_t edge;

    (void)state;
    assert_int_equal(actors_init(&actors, 3, 5, NULL), 0);
    (void)join(&actors, 1, 2);
    (void)join(&actors, 2, 3);
    assert_int_equal(actors_join(&actors, &one, &nine, 1000, &edge, NULL), ACTORS_FULL);
    assert_int_equal(actors.refused, 1);
    assert_int_equal(actors_of(&actors, 9), 0);

    actors_idle(&actors, 2, true);
    edge = join(&actors, 1, 9);
    assert_int_equal(actors.evicted, 1);
    assert_int_equal(actors_of(&actors, 2), 0);
    assert_int_equal(actors_members(&actors, 1), 3);
    assert_int_equal(actors_part(&actors, edge, 1000, NULL), 0);
    assert_int_equal(actors_of(&actors, 1), actors_of(&actors, 3));
    assert_int_equal(actors_of(&actors, 9), 0);
    actors_done(&actors);
}

static void several_that_part_stay_when_numbers_have_run_out(void **state)
{
    struct actors actors;
    uint32_t middle, end;

    (void)state;
    assert_int_equal(actors_init(&actors, 4, 5, NULL), 0);
    (void)join(&actors, 1, 2);
    end = join(&actors, 3, 4);
    for (unsigned i = 0; i < 20000 && actors.refused == 0; i++) {
        middle = join(&actors, 2, 3);
        assert_int_equal(actors_part(&actors, middle, 1000, NULL), 0);
        actors.change_count = 0;
    }
    assert_int_equal(actors.refused, 1);
    assert_true(actors_of(&actors, 4) != 0);
    assert_int_equal(actors_of(&actors, 4), actors_of(&actors, 1));
    assert_int_equal(actors_part(&actors, end, 1000, NULL), 0);
    assert_int_equal(actors_of(&actors, 4), 0); /* one needs no number */
    actors_done(&actors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            links_that_stand_for_good_are_fewer_than_the_sources_they_hold_together),
        cmocka_unit_test(who_took_the_place_of_another_is_not_known_for_longer),
        cmocka_unit_test(who_is_not_remembered_makes_room_and_parts_nobody),
        cmocka_unit_test(several_that_part_stay_when_numbers_have_run_out),
        cmocka_unit_test(of_two_actors_that_merge_the_lower_number_stays),
        cmocka_unit_test(a_number_is_never_given_twice),
        cmocka_unit_test(the_larger_part_keeps_the_number_when_a_link_is_withdrawn),
        cmocka_unit_test(of_equal_parts_the_one_known_longest_keeps_the_number),
        cmocka_unit_test(a_withdrawn_link_parts_nobody_whom_others_hold_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

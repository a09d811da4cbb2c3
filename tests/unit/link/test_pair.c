/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of the pairs of one episode: so many, and those that say most. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "episodes.h"
#include "link/linker_state.h"

#define EPISODES 150u

static struct linker *linker_with_episodes(struct nj_intern *names)
{
    const struct linker_options options = {.fdr = 0.01, .max_episodes = 1024, .names = names};
    struct linker *linker = NULL;

    assert_int_equal(linker_new(&options, &linker, NULL), 0);
    for (uint32_t i = 0; i < EPISODES; i++) {
        const struct episode e = {
            .id = i + 1, .src = addr_from_v4(0xc0000200u + i), .sessions = 9, .last_us = T0};

        assert_int_equal(linker_episode(linker, EPISODE_BEGUN, &e, NULL), 0);
    }
    return linker;
}

/* Pairs of number 0 with the others, as their a or their b; each weighs as much as its
 * partner's number. @return how many are kept, and the lightest's weight */
static unsigned kept(bool as_a, uint32_t from, uint32_t to, int step, double *ret_lightest)
{
    struct nj_intern *names = nj_intern_new(100);
    struct linker *linker = linker_with_episodes(names);
    unsigned count = 0;
    uint32_t pair;

    *ret_lightest = HUGE_VAL;
    for (uint32_t i = from; i != to; i += (uint32_t)step)
        assert_int_equal(
            pair_add(linker, as_a ? 0 : i, as_a ? i : 0, LINK_SUCCESSION, i, &pair, NULL), 0);
    for (uint32_t i = as_a ? linker->digests[0].as_a : linker->digests[0].as_b; i != LINK_NONE;
         i = as_a ? linker->pairs.list[i].next_a : linker->pairs.list[i].next_b) {
        count++;
        *ret_lightest = fmin(*ret_lightest, linker->pairs.list[i].weight);
    }
    assert_int_equal(linker->pairs.used, count);
    linker_free(linker);
    nj_intern_free(names);
    return count;
}

static void of_many_predecessors_the_heaviest_are_kept(void **state)
{
    double lightest;

    (void)state;
    assert_int_equal(kept(false, 1, 61, 1, &lightest), 60);
    assert_true(lightest == 1);
    assert_int_equal(kept(false, 1, 101, 1, &lightest), 64); /* lighter ones give way */
    assert_true(lightest == 37);
    assert_int_equal(kept(false, 100, 0, -1, &lightest), 64); /* or find no room */
    assert_true(lightest == 37);
}

static void of_many_successors_the_heaviest_are_kept(void **state)
{
    double lightest;

    (void)state;
    assert_int_equal(kept(true, 1, 101, 1, &lightest), 32);
    assert_true(lightest == 69);
    assert_int_equal(kept(true, 100, 0, -1, &lightest), 32);
    assert_true(lightest == 69);
}

static void what_is_stated_gives_way_to_nobody(void **state)
{
    struct nj_intern *names = nj_intern_new(100);
    struct linker *linker = linker_with_episodes(names);
    uint32_t stated, pair;

    (void)state;
    assert_int_equal(pair_add(linker, 1, 0, LINK_SUCCESSION, -5, &stated, NULL), 0);
    linker->pairs.list[stated].state = PAIR_TENTATIVE;
    for (uint32_t i = 2; i < 101; i++)
        assert_int_equal(pair_add(linker, i, 0, LINK_SUCCESSION, i, &pair, NULL), 0);
    assert_int_equal(pair_find(linker, 1, 0, LINK_SUCCESSION), stated);
    assert_int_equal(linker->pairs.used, 64);
    linker_free(linker);
    nj_intern_free(names);
}

/* After a step in which so many stops may have been hops, and nobody was seen to copy in so
 * many hours. The stops were decided at `ceased_us`, and their pairs are in `state`. */
static struct linker *linker_in(struct nj_intern *names, unsigned likely, unsigned stops,
                                int64_t hours, enum pair_state state, int64_t ceased_us)
{
    const struct linker_sink sink = {.link = NULL};
    struct linker *linker = linker_with_episodes(names);
    uint32_t pair;

    assert_int_equal(linker_step(linker, T0 + S_US, &sink, NULL), 0);
    linker->digests[0].rare = true;
    assert_int_equal(digest_room(&linker->digests[0], 1, NULL), 0);
    linker->digests[0].ports[0] = (struct digest_port){.port = 9898, .proto = 6, .share = 255};
    linker->digests[0].port_count = 1;
    linker->digests[0].start_us = linker->digests[0].last_us - hours * H_US;
    linker->rare_stops = stops;
    linker->rare_hops = state == PAIR_ACCEPTED ? likely : 0;
    for (uint32_t i = 0; i < likely; i++) {
        assert_int_equal(pair_add(linker, 1 + i, 100 + i, LINK_SUCCESSION, 5, &pair, NULL), 0);
        linker->digests[1 + i].rare = true;
        linker->digests[1 + i].ceased_us = ceased_us;
        linker->pairs.list[pair].state = (uint8_t)state;
        linker->pairs.list[pair].hop = HOP_FIRST;
        linker->pairs.list[pair].probability = 0.9;
    }
    assert_int_equal(linker_step(linker, T0 + 7 * H_US, &sink, NULL), 0);
    return linker;
}

static struct linker *linker_after(struct nj_intern *names, unsigned likely, unsigned stops,
                                   int64_t hours)
{
    return linker_in(names, likely, stops, hours, PAIR_TENTATIVE, T0);
}

/* log2 odds of a rare one's hop. */
static double prior_of(const struct linker *linker)
{
    const struct pair probe = {.kind = LINK_SUCCESSION, .hop = HOP_FIRST, .a = 0};

    return odds_prior(&probe, linker);
}

static double prior_after(unsigned likely, unsigned stops, int64_t hours)
{
    struct nj_intern *names = nj_intern_new(100);
    struct linker *linker = linker_after(names, likely, stops, hours);
    double prior = prior_of(linker);

    linker_free(linker);
    nj_intern_free(names);
    return prior;
}

static void likely_hops_of_rare_set_ups_say_how_often_such_move(void **state)
{
    double start = prior_after(0, 0, 0);

    (void)state;
    assert_true(fabs(start - log2(0.05 / 0.95)) < 0.01);
    assert_true(prior_after(0, 20, 50000) < start);
    assert_true(prior_after(20, 20, 50000) > start + 2);
    assert_true(prior_after(20, 20, 0) < start); /* they may be copies as well */
    assert_true(prior_after(40, 40, 50000) < 0); /* never as likely as not */
}

/* Of 20 stops, and the 40 that the start is worth. */
static double hops_of(const struct linker *linker)
{
    return 60 / (1 + exp2(-prior_of(linker)));
}

/* Those that were likely are accepted in the same step. */
static void a_likely_hop_that_is_accepted_counts_once(void **state)
{
    struct nj_intern *names = nj_intern_new(100);
    struct linker *linker = linker_after(names, 20, 20, 50000);

    (void)state;
    assert_in_range(linker->rare_hops, 10, 20);
    assert_true(hops_of(linker) < 2 + 20 + 0.01);
    linker_free(linker);
    nj_intern_free(names);
}

static void a_hop_that_was_accepted_before_is_not_counted_as_likely_too(void **state)
{
    struct nj_intern *names = nj_intern_new(100);
    struct linker *linker = linker_in(names, 20, 20, 50000, PAIR_ACCEPTED, T0);

    (void)state;
    assert_true(hops_of(linker) < 2 + 20 + 0.01);
    linker_free(linker);
    nj_intern_free(names);
}

/* The share is one of decided stops: who has only paused so far is not among them. */
static void a_likely_hop_of_one_who_may_only_pause_does_not_count(void **state)
{
    struct nj_intern *names = nj_intern_new(100);
    struct linker *linker = linker_in(names, 20, 20, 50000, PAIR_TENTATIVE, 0);

    (void)state;
    assert_true(hops_of(linker) < 2 + 0.01);
    linker_free(linker);
    nj_intern_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_many_predecessors_the_heaviest_are_kept),
        cmocka_unit_test(of_many_successors_the_heaviest_are_kept),
        cmocka_unit_test(what_is_stated_gives_way_to_nobody),
        cmocka_unit_test(likely_hops_of_rare_set_ups_say_how_often_such_move),
        cmocka_unit_test(a_likely_hop_that_is_accepted_counts_once),
        cmocka_unit_test(a_hop_that_was_accepted_before_is_not_counted_as_likely_too),
        cmocka_unit_test(a_likely_hop_of_one_who_may_only_pause_does_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

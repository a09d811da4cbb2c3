/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "episodes.h"
#include "link/linker_state.h"

#define ADDR_43 addr_from_v4(0xda4d4f2bu) /* 218.77.79.43 */
#define ADDR_58 addr_from_v4(0xda4d4f3au)

static void a_hop_and_its_return_are_found_amid_two_thousand_others(void **state)
{
    struct run run;
    int64_t now = T0, stop = T0 + 9 * DAY, hop = stop + 41 * 60 * S_US;
    int64_t stop2 = hop + 3 * DAY;

    (void)state;
    run_new(&run);
    for (unsigned i = 0; i < 2000; i++)
        run_add(&run, background_plan(i, T0, T0 + 14 * DAY));
    run_add(&run, reference_plan(ADDR_43, T0 + H_US, stop));
    run_add(&run, reference_plan(ADDR_58, hop, stop2));
    run_add(&run, reference_plan(ADDR_43, stop2 + H_US, stop2 + 2 * DAY));
    run_until(&run, &now, T0 + 14 * DAY, H_US / 4);

    const struct link *first = link_between(run.told, ADDR_43, ADDR_58, LINK_SUCCESSION);
    const struct link *back = link_between(run.told, ADDR_58, ADDR_43, LINK_SUCCESSION);

    assert_non_null(first);
    assert_int_equal(first->state, LINK_ACCEPTED);
    assert_int_equal(first->hop, HOP_FIRST);
    assert_true(first->probability > 0.999);
    assert_non_null(back);
    assert_int_equal(back->state, LINK_ACCEPTED);
    assert_int_equal(back->hop, HOP_RETURN);
    /* one actor over both, and nobody else is in one */
    assert_true(first->actor != 0);
    assert_int_equal(first->actor, back->actor);
    assert_int_equal(actor_of(run.told, ADDR_43), first->actor);
    assert_int_equal(actor_of(run.told, ADDR_58), first->actor);
    assert_int_equal(accepted(run.told), 2);
    run_free(&run);
}

/* A few hundred others, so that rare is rare. */
static void background(struct run *run, unsigned count, int64_t *now)
{
    for (unsigned i = 0; i < count; i++)
        run_add(run, background_plan(i, T0, T0 + 5 * DAY));
    run_until(run, now, T0 + 6 * DAY, H_US / 2);
}

static void a_hop_is_stated_within_three_minutes_when_the_silence_was_decided(void **state)
{
    struct run run;
    int64_t now = T0;

    (void)state;
    run_new(&run);
    run_add(&run, reference_plan(ADDR_43, T0 + H_US, T0 + 6 * DAY - H_US));
    background(&run, 600, &now);
    run_add(&run, reference_plan(ADDR_58, now + 60 * S_US, now + DAY));

    int64_t began = now + 60 * S_US;

    run_until(&run, &now, began + 180 * S_US, S_US);

    const struct link *hop = link_between(run.told, ADDR_43, ADDR_58, LINK_SUCCESSION);

    assert_non_null(hop);
    assert_int_equal(hop->state, LINK_ACCEPTED);
    assert_true(run.sims[run.count - 1].e.sessions <= 20);
    run_free(&run);
}

static void a_hop_is_tentative_until_the_silence_is_decided(void **state)
{
    struct run run;
    int64_t now = T0, stop = T0 + 6 * DAY + H_US;

    (void)state;
    run_new(&run);
    run_add(&run, reference_plan(ADDR_43, T0 + H_US, stop));
    background(&run, 600, &now);
    run_add(&run, reference_plan(ADDR_58, stop + 60 * S_US, stop + DAY));
    run_until(&run, &now, stop + 20 * 60 * S_US, 60 * S_US);

    const struct link *hop = link_between(run.told, ADDR_43, ADDR_58, LINK_SUCCESSION);

    assert_non_null(hop);
    assert_int_equal(hop->state, LINK_TENTATIVE);
    assert_int_equal(hop->actor, 0);
    run_until(&run, &now, stop + 40 * 60 * S_US, 60 * S_US);
    assert_int_equal(link_between(run.told, ADDR_43, ADDR_58, LINK_SUCCESSION)->state,
                     LINK_ACCEPTED);
    run_free(&run);
}

static void a_hop_is_withdrawn_when_the_first_resumes_while_the_second_is_active(void **state)
{
    struct run run;
    int64_t now = T0, stop = T0 + 6 * DAY - 2 * H_US;

    (void)state;
    run_new(&run);
    run_add(&run, reference_plan(ADDR_43, T0 + H_US, stop));
    background(&run, 600, &now);
    run_add(&run, reference_plan(ADDR_58, now, now + 2 * DAY));
    run_until(&run, &now, now + 2 * H_US, 60 * S_US);

    const struct link *hop = link_between(run.told, ADDR_43, ADDR_58, LINK_SUCCESSION);

    assert_non_null(hop);
    assert_int_equal(hop->state, LINK_ACCEPTED);

    uint64_t actor = hop->actor;

    run_add(&run, reference_plan(ADDR_43, now, now + DAY));
    run_until(&run, &now, now + 2 * H_US, 60 * S_US);
    hop = link_between(run.told, ADDR_43, ADDR_58, LINK_SUCCESSION);
    assert_int_equal(hop->state, LINK_WITHDRAWN);
    assert_int_equal(hop->actor, 0);
    assert_non_null(strstr(hop->refute, "active together"));
    /* the address that was known longest keeps the number, unless another link holds both */
    if (link_between(run.told, ADDR_43, ADDR_58, LINK_PARALLEL) == NULL &&
        link_between(run.told, ADDR_58, ADDR_43, LINK_PARALLEL) == NULL) {
        assert_int_equal(actor_of(run.told, ADDR_43), actor);
        assert_int_equal(actor_of(run.told, ADDR_58), 0);
    }
    run_free(&run);
}

static void
two_equal_candidates_share_the_probability_until_they_prove_to_be_one_plan(void **state)
{
    struct run run;
    int64_t now = T0, stop = T0 + 6 * DAY - H_US;

    (void)state;
    run_new(&run);
    run_add(&run, reference_plan(ADDR_43, T0 + H_US, stop));
    background(&run, 600, &now);

    struct plan one = reference_plan(ADDR_58, now + 60 * S_US, now + DAY);
    struct plan two = one;

    two.src = addr_from_v4(0xda4d4f3cu);
    run_add(&run, one);
    run_add(&run, two);
    run_until(&run, &now, one.start + 95 * S_US, 5 * S_US);

    const struct link *to_one = link_between(run.told, ADDR_43, one.src, LINK_SUCCESSION);
    const struct link *to_two = link_between(run.told, ADDR_43, two.src, LINK_SUCCESSION);

    assert_true(to_one != NULL || to_two != NULL);
    assert_true((to_one == NULL ? 0 : to_one->probability) +
                    (to_two == NULL ? 0 : to_two->probability) <=
                1.0);
    assert_int_equal(accepted(run.told), 0);

    /* when they turn out to work one plan together, both carry on: a split */
    run_until(&run, &now, now + H_US, 30 * S_US);
    to_one = link_between(run.told, ADDR_43, one.src, LINK_SUCCESSION);
    to_two = link_between(run.told, ADDR_43, two.src, LINK_SUCCESSION);
    assert_int_equal(to_one->state, LINK_ACCEPTED);
    assert_int_equal(to_two->state, LINK_ACCEPTED);
    assert_true(to_one->hop == HOP_SPLIT || to_two->hop == HOP_SPLIT);
    assert_int_equal(actor_of(run.told, one.src), actor_of(run.told, two.src));
    run_free(&run);
}

static void usual_scanners_of_one_kind_are_never_linked(void **state)
{
    struct run run;
    int64_t now = T0;

    (void)state;
    run_new(&run);
    for (unsigned i = 0; i < 1500; i++)
        run_add(&run, sql_plan(i, T0, T0 + 10 * DAY));
    for (unsigned i = 0; i < 2500; i++)
        run_add(&run, background_plan(i, T0, T0 + 10 * DAY));
    run_until(&run, &now, T0 + 12 * DAY, H_US / 2);
    assert_int_equal(accepted(run.told), 0);
    assert_int_equal(run.told->change_count, 0);
    run_free(&run);
}

static void a_key_of_one_process_joins_its_addresses_at_once(void **state)
{
    struct run run;
    int64_t now = T0;
    size_t first;

    (void)state;
    run_new(&run);
    background(&run, 600, &now);
    first = run.count;
    for (unsigned i = 0; i < 20; i++) {
        struct plan shard = background_plan(4000 + i, now, now + H_US);

        shard.tool = "zmap";
        shard.ports[0] = 443;
        shard.port_count = 1;
        shard.instance = UINT64_C(2) << 56 | 0x567890abcdefu;
        shard.src = addr_from_v4(0x0b000000u + i);
        shard.asn = 65010;
        shard.rate = 0.1;
        run_add(&run, shard);
    }
    run_until(&run, &now, now + 2 * H_US, 60 * S_US);
    for (size_t i = first; i < run.count; i++) {
        assert_true(actor_of(run.told, run.sims[i].plan.src) != 0);
        assert_int_equal(actor_of(run.told, run.sims[i].plan.src),
                         actor_of(run.told, run.sims[first].plan.src));
    }
    run_free(&run);
}

static void a_key_that_unrelated_networks_show_is_no_evidence(void **state)
{
    struct run run;
    int64_t now = T0;

    (void)state;
    run_new(&run);
    background(&run, 600, &now);
    for (unsigned i = 0; i < 40; i++) {
        struct plan clone = background_plan(4000 + i, now, now + 10 * H_US);

        clone.tool = "mirai";
        clone.stack = "64:0:0:*:";
        clone.ports[0] = 23;
        clone.port_count = 1;
        clone.instance = UINT64_C(1) << 56 | 42;
        clone.src = addr_from_v4(0x0b000000u + (i << 16));
        clone.asn = 65100 + i;
        run_add(&run, clone);
    }
    run_until(&run, &now, now + DAY, 10 * 60 * S_US);

    /* the first few may be taken for one process; once the key is popular no more are */
    size_t joined = 0;

    for (size_t i = 600; i < run.count; i++)
        joined += actor_of(run.told, run.sims[i].plan.src) != 0;
    assert_true(joined <= 4);
    run_free(&run);
}

static void users_of_one_kit_are_not_linked_even_when_they_follow_each_other(void **state)
{
    struct run run;
    int64_t now = T0;
    size_t first;

    (void)state;
    run_new(&run);
    background(&run, 600, &now);
    first = run.count;
    for (unsigned i = 0; i < 24; i++) { /* each second one begins beside the one before */
        struct plan user = background_plan(5000 + i, now, now);

        user.tool = "masscan";
        user.stack = "64:0:0:1024:";
        user.ports[0] = 443;
        user.ports[1] = 21337;
        user.ports[2] = 28648;
        user.port_count = 3;
        user.model = SPORT_RANGE;
        user.sport_min = 11000;
        user.sport_max = 28000;
        user.rate = 0.05;
        user.src = addr_from_v4(0x0b000000u + (i / 2 << 16) + i % 2);
        user.asn = 65100 + i / 2;
        user.start = now + (int64_t)(i / 2) * 5 * H_US + (i % 2) * 7 * H_US;
        user.stop = user.start + 6 * H_US;
        run_add(&run, user);
    }
    run_until(&run, &now, now + 5 * DAY, 10 * 60 * S_US);

    /* before others were seen the first two might pass for one; that was withdrawn */
    size_t alone = 0;

    for (size_t i = first; i < run.count; i++)
        alone += actor_of(run.told, run.sims[i].plan.src) == 0;
    assert_true(alone >= 22);
    for (size_t i = first; i < run.count; i += 2)
        assert_true(actor_of(run.told, run.sims[i].plan.src) == 0 ||
                    actor_of(run.told, run.sims[i].plan.src) !=
                        actor_of(run.told, run.sims[i + 1].plan.src));
    run_free(&run);
}

static void a_fleet_that_works_a_rare_plan_together_is_one_actor(void **state)
{
    struct run run;
    int64_t now = T0;
    size_t first;

    (void)state;
    run_new(&run);
    background(&run, 600, &now);
    first = run.count;
    for (unsigned i = 0; i < 26; i++) {
        struct plan member = {
            .src = addr_from_v4(0x3cad0e00u + (i % 3 << 8) + i),
            .asn = 4134,
            .country = "CN",
            .ports = {6666, 6667, 6668, 6670, 6671, 6672, 6673, 6674, 6675},
            .port_count = 9,
            .model = SPORT_RANGE,
            .sport_min = 400,
            .sport_max = 65400,
            .rate = 0.002,
            .start = now + (int64_t)i * 3 * H_US,
            .stop = now + 20 * DAY,
            .silent = 12 * H_US,
            .no_fields = true,
        };

        run_add(&run, member);
    }
    run_until(&run, &now, now + 6 * DAY, H_US / 2);
    for (size_t i = first; i < run.count; i++) {
        assert_true(actor_of(run.told, run.sims[i].plan.src) != 0);
        assert_int_equal(actor_of(run.told, run.sims[i].plan.src),
                         actor_of(run.told, run.sims[first].plan.src));
    }

    bool missing = false;

    for (uint32_t i = 0; i < run.told->links[run.told->count].evidence_count; i++)
        missing |= strcmp(run.told->links[run.told->count].evidence[i].feature, "missing") == 0;
    assert_true(missing); /* logs told no TTL, and the link says so */
    run_free(&run);
}

/* An operator with ports and a program of his own, at address n of his own network. */
static struct plan operator_plan(unsigned i, uint32_t n, int64_t start, int64_t stop)
{
    static char stacks[64][24];

    (void)snprintf(stacks[i], sizeof(stacks[i]), "64:1:0:%u:mss", 5840 + i);

    return (struct plan){
        .src = addr_from_v4(0x0b000001u + (n << 16)),
        .asn = 100 + n,
        .country = n % 2 == 0 ? "FR" : "PL",
        .stack = stacks[i],
        .ports = {(uint16_t)(11000 + i), (uint16_t)(21000 + 7 * i), (uint16_t)(31000 + 3 * i)},
        .port_count = 3,
        .model = SPORT_RANGE,
        .sport_min = (uint16_t)(2000 + 512 * i),
        .sport_max = (uint16_t)(9000 + 512 * i),
        .ttl = 50,
        .rate = 0.02,
        .start = start,
        .stop = stop,
        .silent = 30 * 60 * S_US,
    };
}

/* The last operator stops, and ten minutes later another address elsewhere does the same. Of
 * the others `copied` had somebody begin elsewhere to do the same beside them, with the same
 * program or with another.
 * @return what is said of it */
static enum link_state state_where_others_copy(unsigned copied, bool in_part, bool *ret_said_so)
{
    const unsigned operators = 24;
    int64_t now = T0, stop = T0 + 6 * DAY;
    struct run run;

    run_new(&run);
    for (unsigned i = 0; i + 1 < operators; i++)
        run_add(&run, operator_plan(i, i, T0, T0 + 9 * DAY));
    for (unsigned i = 0; i < copied; i++) {
        struct plan copy = operator_plan(i, 50 + i, T0 + 2 * DAY + i * H_US, T0 + 8 * DAY);

        if (in_part)
            copy.stack = "128:0:0:16384:mss";
        run_add(&run, copy);
    }

    const struct plan victim = operator_plan(operators - 1, operators - 1, T0, stop);
    const struct plan copy =
        operator_plan(operators - 1, 92, stop + 600 * S_US, stop + 2 * DAY);

    run_add(&run, victim);
    run_add(&run, copy);
    for (unsigned i = 0; i < 600; i++)
        run_add(&run, background_plan(i, T0, T0 + 5 * DAY));
    run_until(&run, &now, stop + DAY, H_US / 2);

    const struct link *hop = link_between(run.told, victim.src, copy.src, LINK_SUCCESSION);
    enum link_state state;

    assert_non_null(hop);
    state = hop->state;
    *ret_said_so = false;
    for (uint32_t i = 0; i < hop->evidence_count; i++)
        *ret_said_so |= strcmp(hop->evidence[i].feature, "copy") == 0;
    for (uint64_t i = 1; i <= run.told->count; i++)
        if (run.told->links[i].kind != LINK_SUCCESSION)
            assert_int_not_equal(run.told->links[i].state, LINK_ACCEPTED);
    run_free(&run);
    return state;
}

static void who_does_the_same_elsewhere_is_no_hop_where_others_are_seen_to_copy(void **state)
{
    bool said_so;

    (void)state;
    assert_int_equal(state_where_others_copy(0, false, &said_so), LINK_ACCEPTED);
    assert_true(said_so);
    assert_int_equal(state_where_others_copy(12, false, &said_so), LINK_TENTATIVE);
    assert_true(said_so);
}

static void who_copies_in_part_explains_no_successor_who_shows_all(void **state)
{
    bool said_so;

    (void)state;
    assert_int_equal(state_where_others_copy(12, true, &said_so), LINK_ACCEPTED);
    assert_true(said_so);
}

static struct plan masscan_plan(uint32_t addr, uint16_t sport, int64_t start, int64_t stop)
{
    return (struct plan){
        .src = addr_from_v4(addr),
        .asn = 200 + (addr >> 16 & 0xff),
        .country = "US",
        .tool = "masscan",
        .stack = "255:0:0:1024:",
        .ports = {6379},
        .port_count = 1,
        .model = SPORT_FIXED,
        .sport_min = sport,
        .sport_max = sport,
        .window = 1024,
        .ttl = 240,
        .rate = 0.002,
        .start = start,
        .stop = stop,
        .silent = 3 * H_US,
    };
}

static void the_parts_of_one_scan_that_begin_with_one_source_port_are_one_actor(void **state)
{
    struct run run;
    const size_t others = 60;
    int64_t now = T0, begin;
    size_t first;

    (void)state;
    run_new(&run);
    for (unsigned i = 0; i < others; i++) /* each with a port of his own */
        run_add(&run, masscan_plan(0x0c000001u + (i << 16), (uint16_t)(40001 + 97 * i),
                                   T0 + i * 2 * H_US, T0 + (i * 2 + 20) * H_US));
    background(&run, 600, &now);
    first = run.count;
    begin = now + H_US;
    for (unsigned i = 0; i < 6; i++)
        run_add(&run, masscan_plan(0x0c800001u + (i << 16), 54321, begin + i * 10 * S_US,
                                   begin + 20 * H_US + i * 60 * S_US));
    run_until(&run, &now, begin + 30 * H_US, H_US / 2);
    for (size_t i = first; i < run.count; i++) {
        assert_true(actor_of(run.told, run.sims[i].plan.src) != 0);
        assert_int_equal(actor_of(run.told, run.sims[i].plan.src),
                         actor_of(run.told, run.sims[first].plan.src));
    }
    for (size_t i = 0; i < others; i++)
        assert_int_equal(actor_of(run.told, run.sims[i].plan.src), 0);
    run_free(&run);
}

/* Eight that run one scan of three ports of their own, each from a source port of its run. */
static void add_team(struct run *run, int64_t start)
{
    for (unsigned i = 0; i < 8; i++) {
        struct plan plan = masscan_plan(0x0c000007u + (i << 16), (uint16_t)(41000 + 997 * i),
                                        start + i * S_US, start + 6 * H_US);

        plan.ports[0] = 271;
        plan.ports[1] = 57127;
        plan.ports[2] = 60646;
        plan.port_count = 3;
        plan.rate = 0.007;
        run_add(run, plan);
    }
}

static void expect_one_team(const struct run *run)
{
    uint64_t actor = actor_of(run->told, addr_from_v4(0x0c000007u));

    assert_int_not_equal(actor, 0);
    for (unsigned i = 1; i < 8; i++)
        assert_int_equal(actor_of(run->told, addr_from_v4(0x0c000007u + (i << 16))), actor);
}

/* And their own number does not make their ports usual in so small a store. */
static void a_plan_of_the_first_days_is_found_once_it_is_known_what_is_usual(void **state)
{
    struct run run;
    int64_t now = T0;

    (void)state;
    run_new(&run);
    add_team(&run, T0 + 8 * H_US);
    for (unsigned i = 0; i < 900; i++)
        run_add(&run, background_plan(i, T0, T0 + 5 * DAY));
    run_until(&run, &now, T0 + DAY, H_US / 4);
    assert_int_equal(actor_of(run.told, addr_from_v4(0x0c000007u)), 0); /* too early to say */
    run_until(&run, &now, T0 + 6 * DAY, H_US / 2);
    expect_one_team(&run);
    run_free(&run);
}

static void evidence_adds_up_to_the_stated_bits_strongest_first(void **state)
{
    struct run run;
    int64_t now = T0;

    (void)state;
    run_new(&run);
    run_add(&run, reference_plan(ADDR_43, T0 + H_US, T0 + 6 * DAY - H_US));
    background(&run, 600, &now);
    run_add(&run, reference_plan(ADDR_58, now, now + DAY));
    run_until(&run, &now, now + 2 * H_US, 60 * S_US);
    assert_true(run.told->count > 0);
    for (uint64_t i = 1; i <= run.told->count; i++) {
        const struct link *k = &run.told->links[i];
        double sum = 0;

        for (uint32_t e = 0; e < k->evidence_count; e++) {
            sum += (double)k->evidence[e].bits;
            if (e > 0)
                assert_true(fabsf(k->evidence[e - 1].bits) >= fabsf(k->evidence[e].bits));
            assert_true(strlen(k->evidence[e].text) > 0);
        }
        assert_true(fabs(sum - k->bits) < 0.001);
        assert_true(strlen(k->refute) > 0);
    }
    run_free(&run);
}

/* All kinds of links in a few days. */
static void busy_plans(struct run *run)
{
    for (unsigned i = 0; i < 300; i++)
        run_add(run, background_plan(i, T0, T0 + 4 * DAY));
    run_add(run, reference_plan(ADDR_43, T0 + H_US, T0 + 3 * DAY));
    run_add(run, reference_plan(ADDR_58, T0 + 3 * DAY + H_US, T0 + 4 * DAY));
    run_add(run, reference_plan(ADDR_43, T0 + 4 * DAY + H_US, T0 + 6 * DAY));
    for (unsigned i = 0; i < 3; i++) {
        struct plan shard = background_plan(4000 + i, T0 + DAY, T0 + 2 * DAY);

        shard.tool = "zmap";
        shard.instance = UINT64_C(2) << 56 | 77;
        run_add(run, shard);
    }
}

static void a_state_saved_and_loaded_at_any_step_changes_nothing(void **state)
{
    struct run whole, broken;
    int64_t now = T0;

    (void)state;
    run_new(&whole);
    run_new(&broken);
    busy_plans(&whole);
    busy_plans(&broken);
    for (unsigned i = 0; now < T0 + 5 * DAY; i++) {
        now += H_US / 2;
        run_step(&whole, now);
        run_step(&broken, now);
        if (i % 7 == 3)
            run_reload(&broken);
        assert_true(whole.told->digest == broken.told->digest);
    }
    assert_true(accepted(whole.told) >= 3);
    run_free(&whole);
    run_free(&broken);
}

/* Save the run's linker as it stands: is that read again? */
static bool can_be_read_again(const struct run *run)
{
    struct linker_options options = {.names = run->names, .fdr = 0.01, .max_episodes = 100000};
    struct linker *linker = NULL;
    struct nj_err err = {.code = NJ_OK};
    char *bytes = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&bytes, &size);
    int rc;

    assert_int_equal(linker_save(run->linker, run->names, file, NULL), 0);
    (void)fclose(file);
    assert_int_equal(linker_new(&options, &linker, NULL), 0);
    file = fmemopen(bytes, size, "r");
    rc = linker_load(linker, run->names, file, &err);
    assert_true(rc == 0 || err.code == NJ_FORMAT);
    (void)fclose(file);
    linker_free(linker);
    free(bytes);
    return rc == 0;
}

static void a_sealed_state_that_would_hang_is_refused(void **state)
{
    struct run run;
    int64_t now = T0;
    struct digest *first;

    (void)state;
    run_new(&run);
    busy_plans(&run);
    run_until(&run, &now, T0 + DAY, H_US);
    assert_true(can_be_read_again(&run));
    first = &run.linker->digests[run.linker->oldest];
    assert_int_equal(first->next, LINK_NONE);
    first->next = first->previous = run.linker->oldest; /* a ring of one */
    assert_false(can_be_read_again(&run));
    first->next = first->previous = LINK_NONE;
    first->dirty = true; /* and in no list */
    assert_false(can_be_read_again(&run));
    first->dirty = false;
    assert_true(can_be_read_again(&run));
    run_free(&run);
}

static void a_damaged_state_is_refused(void **state)
{
    struct run run;
    int64_t now = T0;
    char *bytes = NULL;
    size_t size = 0;

    (void)state;
    run_new(&run);
    busy_plans(&run);
    run_until(&run, &now, T0 + 2 * DAY, H_US);

    FILE *file = open_memstream(&bytes, &size);

    assert_int_equal(linker_save(run.linker, run.names, file, NULL), 0);
    (void)fclose(file);
    for (size_t i = 0; i < 400; i++) {
        struct linker_options options = {
            .names = run.names, .fdr = 0.01, .max_episodes = 100000};
        struct linker *linker = NULL;
        struct nj_err err = {.code = NJ_OK};
        size_t at = i * (size / 400), length = i % 3 == 0 ? at + 1 : size;
        char kept = bytes[at];

        bytes[at] = (char)(bytes[at] ^ (1 << i % 8));
        assert_int_equal(linker_new(&options, &linker, NULL), 0);
        file = fmemopen(bytes, length, "r");
        assert_int_equal(linker_load(linker, run.names, file, &err), -1);
        assert_int_equal(err.code, NJ_FORMAT);
        (void)fclose(file);
        linker_free(linker);
        bytes[at] = kept;
    }
    free(bytes);
    run_free(&run);
}

static void the_number_remembered_is_bounded_and_what_leaves_is_counted(void **state)
{
    struct linker_options options = {.fdr = 0.01, .max_episodes = 1024};
    struct run run;
    int64_t now = T0;

    (void)state;
    run_new(&run);
    linker_free(run.linker);
    options.names = run.names;
    assert_int_equal(linker_new(&options, &run.linker, NULL), 0);
    for (unsigned i = 0; i < 1500; i++)
        run_add(&run, background_plan(i, T0, T0 + 5 * DAY));
    run_until(&run, &now, T0 + 5 * DAY, H_US);
    assert_true(linker_counts(run.linker)->episodes <= 1024);
    assert_true(linker_counts(run.linker)->episodes_evicted > 0);
    run_free(&run);
}

/* A dynamic pool: X goes from .1 over .2 to .3 and .4, where others were before it. */
static void a_bot_is_followed_through_addresses_that_others_had(void **state)
{
    struct run run, reloaded;
    int64_t now = T0, later = T0;
    unsigned hops = 0;

    (void)state;
    run_new(&run);
    run_new(&reloaded);
    for (unsigned i = 0; i < 7; i++) {
        struct plan bot = background_plan(7000, T0, T0 + DAY);
        unsigned turn = i < 4 ? i : i - 4;

        bot.tool = "mirai";
        bot.stack = "64:0:0:*:";
        bot.ports[0] = 23;
        bot.port_count = 1;
        bot.asn = 64500;
        bot.rate = 0.02;
        bot.instance = UINT64_C(1) << 56 | (i < 4 ? 77 : 100 + i);
        bot.src = addr_from_v4(0xc6336401u + (i < 4 ? turn : turn + 1));
        bot.start = T0 + (i < 4 ? turn + 1 : 0) * DAY + H_US;
        bot.stop = T0 + (i < 4 ? turn + 2 : 1) * DAY;
        run_add(&run, bot);
        run_add(&reloaded, bot);
    }
    run_until(&run, &now, T0 + 6 * DAY, H_US / 2);
    for (unsigned i = 0; later < T0 + 6 * DAY; i++) {
        later += H_US / 2;
        run_step(&reloaded, later);
        if (i % 9 == 8)
            run_reload(&reloaded);
    }
    for (uint64_t i = 1; i <= run.told->count; i++) {
        const struct link *k = &run.told->links[i];

        if (k->kind != LINK_SUCCESSION || k->state != LINK_ACCEPTED)
            continue;
        assert_int_equal(addr_v4(k->b_src) - addr_v4(k->a_src), 1); /* not past one */
        hops++;
    }
    assert_int_equal(hops, 3);
    assert_true(run.told->digest == reloaded.told->digest);
    run_free(&run);
    run_free(&reloaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bot_is_followed_through_addresses_that_others_had),
        cmocka_unit_test(a_hop_and_its_return_are_found_amid_two_thousand_others),
        cmocka_unit_test(a_hop_is_stated_within_three_minutes_when_the_silence_was_decided),
        cmocka_unit_test(a_hop_is_tentative_until_the_silence_is_decided),
        cmocka_unit_test(a_hop_is_withdrawn_when_the_first_resumes_while_the_second_is_active),
        cmocka_unit_test(
            two_equal_candidates_share_the_probability_until_they_prove_to_be_one_plan),
        cmocka_unit_test(usual_scanners_of_one_kind_are_never_linked),
        cmocka_unit_test(a_key_of_one_process_joins_its_addresses_at_once),
        cmocka_unit_test(a_key_that_unrelated_networks_show_is_no_evidence),
        cmocka_unit_test(users_of_one_kit_are_not_linked_even_when_they_follow_each_other),
        cmocka_unit_test(a_fleet_that_works_a_rare_plan_together_is_one_actor),
        cmocka_unit_test(who_does_the_same_elsewhere_is_no_hop_where_others_are_seen_to_copy),
        cmocka_unit_test(who_copies_in_part_explains_no_successor_who_shows_all),
        cmocka_unit_test(the_parts_of_one_scan_that_begin_with_one_source_port_are_one_actor),
        cmocka_unit_test(a_plan_of_the_first_days_is_found_once_it_is_known_what_is_usual),
        cmocka_unit_test(evidence_adds_up_to_the_stated_bits_strongest_first),
        cmocka_unit_test(a_state_saved_and_loaded_at_any_step_changes_nothing),
        cmocka_unit_test(a_damaged_state_is_refused),
        cmocka_unit_test(a_sealed_state_that_would_hang_is_refused),
        cmocka_unit_test(the_number_remembered_is_bounded_and_what_leaves_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The small parts: wheel, memory of sessions, permutation, options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "model/packet.h"
#include "sim/options.h"
#include "sim/order.h"
#include "sim/recent.h"
#include "sim/wheel.h"

static void soon(void *ctx, uint32_t number)
{
    (void)number;
    ++*(uint32_t *)ctx;
}

static void wheel_gives_events_in_order_even_those_added_meanwhile(void **state)
{
    const int64_t from = INT64_C(1400000000) * SIM_SECOND, to = from + SIM_HOUR;
    struct sim_wheel *wheel = sim_wheel_new(from, to, 20000);
    struct nj_rng rng = nj_rng(1, 0);
    struct sim_event event, before = {.time_ns = 0};
    uint32_t taken = 0, added = 0, announced = 0;

    (void)state;
    assert_non_null(wheel);
    for (uint32_t i = 0; i < 10000; i++) {
        int64_t at = from + (int64_t)nj_rng_below64(&rng, SIM_HOUR + SIM_SECOND);

        added += at < to; /* those behind the end are dropped */
        assert_int_equal(sim_wheel_add(wheel, at, i, NULL), 0);
    }
    while (sim_wheel_take(wheel, soon, &announced, &event, NULL) == 1) {
        int64_t next = event.time_ns + (int64_t)nj_rng_below(&rng, 4000000000u);

        assert_true(event.time_ns > before.time_ns ||
                    (event.time_ns == before.time_ns && event.number > before.number));
        before = event;
        if (++taken <= 10000 && next < to) {
            added++;
            assert_int_equal(sim_wheel_add(wheel, next, 10000 + taken, NULL), 0);
        }
    }
    assert_int_equal(taken, added);
    assert_true(announced > 0);
    sim_wheel_free(wheel);
}

static struct sim_probe syn(uint32_t seq)
{
    return (struct sim_probe){.src = 0xc0000205,
                              .dst = 0xcb007107,
                              .proto = PROTO_TCP,
                              .flags = TCP_SYN,
                              .sport = 1000,
                              .dport = 23,
                              .seq = seq};
}

static void syn_seen_within_two_minutes_is_no_new_session(void **state)
{
    struct sim_recent *recent = sim_recent_new();
    struct sim_probe first = syn(1), other = syn(2);

    (void)state;
    assert_true(sim_recent_add(recent, &first, 1000 * SIM_SECOND));
    assert_true(sim_recent_add(recent, &other, 1000 * SIM_SECOND));
    assert_false(sim_recent_add(recent, &first, 1119 * SIM_SECOND));
    assert_false(sim_recent_add(recent, &first, 1238 * SIM_SECOND)); /* 119 s after the last */
    assert_true(sim_recent_add(recent, &first, 1358 * SIM_SECOND));
    sim_recent_free(recent);
}

static void udp_silent_for_a_minute_is_a_new_session(void **state)
{
    struct sim_recent *recent = sim_recent_new();
    struct sim_probe udp = {
        .src = 0xc0000205, .dst = 0xcb007107, .proto = PROTO_UDP, .sport = 1000, .dport = 53};

    (void)state;
    assert_true(sim_recent_add(recent, &udp, 1000 * SIM_SECOND));
    assert_false(sim_recent_add(recent, &udp, 1059 * SIM_SECOND));
    assert_true(sim_recent_add(recent, &udp, 1119 * SIM_SECOND));
    sim_recent_free(recent);
}

static void permutation_gives_each_number_once(void **state)
{
    static uint8_t seen[1 << 13];

    (void)state;
    for (unsigned bits = 0; bits <= 13; bits++) {
        for (uint32_t key = 0; key < 5; key++) {
            memset(seen, 0, sizeof(seen));
            for (uint32_t i = 0; i < 1u << bits; i++) {
                uint32_t v = sim_permute(key * 0x9e3779b9u, i, bits);

                assert_true(v < 1u << bits);
                assert_int_equal(seen[v]++, 0);
            }
        }
    }
}

static void times_are_read_and_written(void **state)
{
    char text[SIM_TIME_TEXT];
    int64_t ns;

    (void)state;
    assert_int_equal(sim_time_parse("2014-09-23T10:21:05", false, &ns, NULL), 0);
    assert_int_equal(ns, INT64_C(1411467665) * SIM_SECOND);
    assert_string_equal(sim_time_text(ns + 123456789, text), "2014-09-23T10:21:05.123456Z");
    assert_int_equal(sim_time_parse("2020-02-29", true, &ns, NULL), 0);
    assert_string_equal(sim_time_text(ns, text), "2020-03-01T00:00:00.000000Z");
    assert_int_equal(sim_time_parse("2014-13-01", false, &ns, NULL), -1);
    assert_int_equal(sim_time_parse("2014-09-23 10:21", false, &ns, NULL), -1);
    assert_int_equal(sim_time_parse("yesterday", false, &ns, NULL), -1);
}

static int parse(struct sim_options *options, struct nj_err *err, const char *a, const char *b,
                 const char *c, const char *d)
{
    char *argv[] = {"nightjar-sim",       (char *)(uintptr_t)a, (char *)(uintptr_t)b,
                    (char *)(uintptr_t)c, (char *)(uintptr_t)d, NULL};
    int argc = 1;

    while (argv[argc] != NULL)
        argc++;
    return sim_options_parse(argc, argv, options, err);
}

static void wrong_options_are_named(void **state)
{
    struct sim_options options;
    struct nj_err err;

    (void)state;
    assert_int_equal(parse(&options, &err, "background", "-o", "x", NULL), 0);
    assert_string_equal(options.scenario, "background");
    assert_int_equal(parse(&options, &err, "background", NULL, NULL, NULL), -1);
    assert_string_equal(err.msg, "-o FILE is missing");
    assert_int_equal(parse(&options, &err, "-o", "x", "--seed=1x", "b"), -1);
    assert_non_null(strstr(err.msg, "--seed \"1x\""));
    assert_int_equal(parse(&options, &err, "-o", "x", "--sensor=2001:db8::/64", "b"), -1);
    assert_non_null(strstr(err.msg, "IPv4"));
    assert_int_equal(parse(&options, &err, "-o", "x", "--sensor=0.0.0.0/0", "b"), -1);
    assert_non_null(strstr(err.msg, "/12 or smaller"));
    assert_int_equal(parse(&options, &err, "-o", "x", "--scale=0", "b"), -1);
    assert_int_equal(parse(&options, &err, "-o", "x", "--colour", "b"), -1);
    assert_non_null(strstr(err.msg, "--colour"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wheel_gives_events_in_order_even_those_added_meanwhile),
        cmocka_unit_test(syn_seen_within_two_minutes_is_no_new_session),
        cmocka_unit_test(udp_silent_for_a_minute_is_a_new_session),
        cmocka_unit_test(permutation_gives_each_number_once),
        cmocka_unit_test(times_are_read_and_written),
        cmocka_unit_test(wrong_options_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

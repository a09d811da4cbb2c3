/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DST 0xcb007107u /* 203.0.113.7 */
#define SRC 0xc0000205u /* 192.0.2.5 */

static struct sim_sender start(const char *variant, uint64_t seed)
{
    struct sim_sender sender = {
        .tool = sim_tool_find(variant),
        .addr = SRC,
        .rng = nj_rng(seed, 1),
    };

    assert_non_null(sender.tool);
    sim_tool_start(&sender, INT64_C(1400000000) * 1000000000);
    return sender;
}

static struct sim_probe build(struct sim_sender *sender, struct sim_try *attempt)
{
    struct sim_probe probe = {.src = sender->addr, .dst = attempt->dst};

    sender->tool->build(sender, attempt, &probe);
    return probe;
}

static struct sim_probe build_to(struct sim_sender *sender, uint32_t dst, uint16_t dport)
{
    struct sim_try attempt = {.dst = dst, .dport = dport};

    return build(sender, &attempt);
}

static void published_relations_give_their_vectors(void **state)
{
    (void)state;
    assert_int_equal(sim_masscan_id(DST, 443, 0x1a2b3c4d), 0x4cf1);
    assert_int_equal(sim_unicornscan_seq(0xdeadbeef, DST, 443, 40000), 0xd8672264);
    assert_int_equal(sim_xmap_sport(0x11223344, 0), 50227);
    assert_int_equal(sim_nmap_seq(0x8f3a21c4, 0), 0x8f3a21c4);
    assert_int_equal(sim_nmap_seq(0x8f3a21c4, 3), 0x8f3921c7);
}

static void masscan_packets_obey_the_id_relation(void **state)
{
    static const char *const variants[] = {"masscan-1.3", "masscan-2023"};

    (void)state;
    for (size_t v = 0; v < 2; v++) {
        struct sim_sender sender = start(variants[v], 7);

        for (uint32_t i = 0; i < 100; i++) {
            struct sim_probe p = build_to(&sender, DST + i, (uint16_t)(443 + i));

            assert_int_equal(p.ip_id, (uint16_t)(p.dst ^ p.dport ^ p.seq));
            assert_int_equal(p.sport, sender.sport);
            assert_in_range(p.sport, 40000, 59999);
            assert_int_equal(p.window, v == 0 ? 1024 : 1025);
            assert_int_equal(p.options_length, v == 0 ? 0 : 4);
            assert_int_equal(p.ttl, 255);
            assert_false(p.df);
        }
    }
}

static void mirai_writes_the_target_into_the_sequence_number(void **state)
{
    struct sim_sender sender = start("mirai", 7), other = start("mirai", 8);
    struct sim_probe first = build_to(&sender, DST, 23), p;

    (void)state;
    assert_int_equal(first.seq, 0xcb007107);
    for (uint32_t i = 0; i < 100; i++) {
        p = build_to(&sender, DST + i, 23);
        assert_int_equal(p.seq, p.dst);
        assert_int_equal(p.sport, first.sport);
        assert_int_equal(p.window, first.window);
        assert_true(p.sport >= 1024);
    }
    p = build_to(&other, DST, 23);
    assert_true(p.sport != first.sport && p.window != first.window);
}

static void nmap_keeps_its_mask_over_all_tries(void **state)
{
    struct sim_sender sender = start("nmap", 7);
    uint8_t ttl_min = 255, ttl_max = 0;

    (void)state;
    for (uint32_t i = 0; i < 200; i++) {
        struct sim_try attempt = {.dst = DST + i, .dport = 80, .attempt = (uint8_t)(i % 3)};
        struct sim_probe p = build(&sender, &attempt);

        assert_int_equal((p.seq >> 16) ^ (p.seq & 0xffff),
                         (sender.key >> 16) ^ (sender.key & 0xffff));
        assert_int_equal(p.sport, sender.sport + i % 3);
        ttl_min = p.ttl < ttl_min ? p.ttl : ttl_min;
        ttl_max = p.ttl > ttl_max ? p.ttl : ttl_max;
    }
    assert_int_equal(ttl_min, 37);
    assert_int_equal(ttl_max, 59);
}

static void unicornscan_packets_share_one_key(void **state)
{
    struct sim_sender sender = start("unicornscan", 7);

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        struct sim_probe p = build_to(&sender, DST + i, 443);

        assert_int_equal(p.seq ^ __builtin_bswap32(p.dst) ^ ((uint32_t)p.dport << 16 | p.sport),
                         sender.key);
        assert_in_range(p.sport, 4096, 65534);
    }
}

static void old_zmap_has_its_constant_id_and_one_sequence_number_per_target(void **state)
{
    struct sim_sender sender = start("zmap-1", 7);

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        struct sim_probe p = build_to(&sender, DST + i, 443);
        struct sim_probe other_port = build_to(&sender, DST + i, 80);

        assert_int_equal(p.ip_id, 54321);
        assert_int_equal(p.options_length, 0);
        assert_in_range(p.sport, 32768, 61000);
        assert_int_equal(p.seq, other_port.seq);
    }
}

static void new_zmap_repeats_a_target_exactly_but_not_its_id(void **state)
{
    struct sim_sender sender = start("zmap-4", 7);
    struct sim_probe first = build_to(&sender, DST, 443);
    struct sim_probe again = build_to(&sender, DST, 443);
    struct sim_probe other_port = build_to(&sender, DST, 80);

    (void)state;
    assert_int_equal(first.ip_id, again.ip_id);
    assert_int_equal(first.seq, again.seq);
    assert_int_not_equal(first.ip_id, 54321);
    assert_int_not_equal(first.seq, other_port.seq);
    assert_int_equal(first.ttl, 64);
    assert_int_equal(first.options_length, 12);
}

static void xmap_cuts_the_port_from_the_sequence_number(void **state)
{
    struct sim_sender sender = start("xmap", 7);

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        struct sim_probe p = build_to(&sender, DST + i, 80);

        assert_int_equal(p.sport, 32768 + __builtin_bswap16((uint16_t)p.seq) % 28233);
        assert_int_equal(p.ip_id, 54321);
    }
}

static void hping_counts_its_ports_and_acknowledges_without_the_flag(void **state)
{
    struct sim_sender sender = start("hping3", 7);
    uint16_t first = build_to(&sender, DST, 80).sport;

    (void)state;
    for (uint16_t i = 1; i < 100; i++) {
        struct sim_probe p = build_to(&sender, DST + i, 80);

        assert_int_equal(p.sport, first + i);
        assert_int_not_equal(p.ack, 0);
        assert_int_equal(p.flags, TCP_SYN);
    }
}

static void linux_connects_from_even_ports_and_repeats_itself(void **state)
{
    struct sim_sender sender = start("linux-5", 7);

    (void)state;
    for (uint32_t i = 0; i < 200; i++) {
        struct sim_try attempt = {.dst = DST + i, .dport = 22};
        struct sim_probe first = build(&sender, &attempt), again;

        assert_int_equal(first.sport % 2, 0);
        assert_in_range(first.sport, 32768, 60998);
        attempt.attempt = 1;
        attempt.time_ns += 1000000000;
        again = build(&sender, &attempt);
        assert_int_equal(again.seq, first.seq);
        assert_int_equal(again.sport, first.sport);
        assert_int_equal(again.ip_id, (uint16_t)(first.ip_id + 1));
        assert_memory_equal(again.options, first.options, 8); /* MSS, SACK, kind of TS */
        assert_memory_not_equal(again.options + 8, first.options + 8, 4); /* TSval went on */
    }
}

static void variants_are_unique_and_every_one_builds_something(void **state)
{
    const struct sim_tool *tables[] = {sim_tools_raw, sim_tools_stack, sim_tools_udp,
                                       sim_tools_backscatter};
    const size_t counts[] = {sim_tools_raw_count, sim_tools_stack_count, sim_tools_udp_count,
                             sim_tools_backscatter_count};

    (void)state;
    for (size_t t = 0; t < 4; t++) {
        for (size_t i = 0; i < counts[t]; i++) {
            struct sim_sender sender = start(tables[t][i].variant, 7);
            struct sim_probe p = build_to(&sender, DST, 80);

            assert_ptr_equal(sender.tool, &tables[t][i]);
            assert_int_not_equal(p.proto, 0);
            assert_true(p.ttl >= 37);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_relations_give_their_vectors),
        cmocka_unit_test(masscan_packets_obey_the_id_relation),
        cmocka_unit_test(mirai_writes_the_target_into_the_sequence_number),
        cmocka_unit_test(nmap_keeps_its_mask_over_all_tries),
        cmocka_unit_test(unicornscan_packets_share_one_key),
        cmocka_unit_test(old_zmap_has_its_constant_id_and_one_sequence_number_per_target),
        cmocka_unit_test(new_zmap_repeats_a_target_exactly_but_not_its_id),
        cmocka_unit_test(xmap_cuts_the_port_from_the_sequence_number),
        cmocka_unit_test(hping_counts_its_ports_and_acknowledges_without_the_flag),
        cmocka_unit_test(linux_connects_from_even_ports_and_repeats_itself),
        cmocka_unit_test(variants_are_unique_and_every_one_builds_something),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

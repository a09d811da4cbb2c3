/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint/tool.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fingerprint/chance.h"
#include "fingerprint/tool_rule.h"
#include "traffic.h"

typedef struct packet (*make_fn)(struct traffic *);

static const char *verdict(const struct evidence *evidence)
{
    return tool_names[evidence->verdict];
}

static uint32_t hits(const struct evidence *evidence, const char *rule)
{
    for (size_t i = 0; i < tool_rule_count; i++)
        if (strcmp(tool_rules[i].name, rule) == 0)
            return tool_hits(evidence, i);
    fail_msg("no rule %s", rule);
    return 0;
}

/* Judge one packet. @return its instance */
static uint64_t one(struct evidence *evidence, const struct packet *packet)
{
    struct tool_choice choice;
    struct option_set set;
    bool named;

    tool_choice_init(&choice);
    option_set_read(packet, &set);
    return tool_judge(&choice, evidence, packet, set.layout, &named);
}

static struct packet syn_to(uint16_t dport, uint32_t seq)
{
    struct traffic t = traffic_new(1);
    struct packet p = traffic_syn(&t);

    p.dst = addr_from_v4(0xcb007107); /* 203.0.113.7 */
    p.dport = dport;
    p.seq = seq;
    return p;
}

static void masscan_vector(void **state)
{
    struct packet p = syn_to(443, 0x1a2b3c4d);
    struct evidence evidence = {0};

    (void)state;
    p.ip_id = 0x4cf1;
    (void)one(&evidence, &p);
    assert_int_equal(hits(&evidence, "masscan"), 1);
    evidence = (struct evidence){0};
    p.ip_id = 0x4cf0;
    (void)one(&evidence, &p);
    assert_int_equal(hits(&evidence, "masscan"), 0);
}

static void mirai_vector(void **state)
{
    struct packet p = syn_to(23, 0xcb007107);
    struct evidence evidence = {0};

    (void)state;
    p.sport = 0x1234;
    p.window = 0x5678;
    assert_true(one(&evidence, &p) == (1ull << 56 | 0x12345678));
    assert_string_equal(verdict(&evidence), "mirai");
}

static void unicornscan_vector(void **state)
{
    struct packet p = syn_to(443, 0xd8672264);
    struct evidence evidence = {0};

    (void)state;
    p.sport = 40000;
    p.window = 4128;
    traffic_options(&p, traffic_mss, sizeof(traffic_mss));
    assert_true(one(&evidence, &p) == 0);
    p.dport = 80; /* K ^ bswap32(dst) ^ (80 << 16 | 40000) */
    p.seq = 0xdeadbeef ^ 0x077100cb ^ (80u << 16 | 40000);
    assert_true(one(&evidence, &p) == (2ull << 56 | 0xdeadbeef));
    assert_string_equal(verdict(&evidence), "unicornscan");
}

static void xmap_vector(void **state)
{
    struct packet p = syn_to(443, 0x11223344);
    struct evidence evidence = {0};

    (void)state;
    p.ip_id = 54321;
    p.window = 65535;
    p.sport = 50227;
    (void)one(&evidence, &p);
    assert_int_equal(hits(&evidence, "xmap"), 1);
    assert_int_equal(hits(&evidence, "zmap-id"), 0);
}

static void xmap_over_ipv6_is_named_from_three_packets_on(void **state)
{
    struct evidence evidence = {0};

    (void)state;
    for (uint32_t n = 1; n <= 4; n++) {
        struct packet p = syn_to(443, n * 0x01010203u);

        p.src.hi = p.dst.hi = 0x20010db800000000;
        p.dst.lo = n;
        p.window = 65535;
        p.sport = (uint16_t)(32768 + ((p.seq & 0xff) << 8 | (p.seq >> 8 & 0xff)) % 28233);
        (void)one(&evidence, &p);
        assert_string_equal(verdict(&evidence), n < 3 ? "unknown" : "xmap");
    }
}

/* An echo request number n with a payload. */
static struct packet echo(uint32_t n, uint16_t identifier, const uint8_t *payload,
                          uint32_t length)
{
    struct packet p = syn_to(8 << 8, 0);

    p.proto = PROTO_ICMP;
    p.tcp_flags = 0;
    p.dst.lo += n;
    p.sport = identifier;
    p.ip_id = (uint16_t)(identifier * 7919);
    p.payload = payload;
    p.payload_length = length;
    p.ttl = 52;
    p.window = 0;
    return p;
}

static void echo_requests_tell_zmap_and_masscan_by_their_payload(void **state)
{
    static const uint8_t zeros[20];
    struct evidence zmap = {0}, masscan = {0}, ping = {0};
    uint8_t counted[48];

    (void)state;
    for (size_t i = 0; i < sizeof(counted); i++)
        counted[i] = (uint8_t)(8 + i);
    for (uint32_t n = 1; n <= 5; n++) {
        struct packet a = echo(n, (uint16_t)(n * 40503), zeros, sizeof(zeros));
        struct packet b = echo(n, (uint16_t)(n * 40503), counted, sizeof(counted));
        struct packet c = echo(n, 77, zeros, sizeof(zeros)); /* ping keeps its identifier */

        (void)one(&zmap, &a);
        (void)one(&masscan, &b);
        (void)one(&ping, &c);
        assert_string_equal(verdict(&zmap), n < 5 ? "unknown" : "zmap");
        assert_string_equal(verdict(&masscan), n < 5 ? "unknown" : "masscan");
        assert_string_equal(verdict(&ping), "unknown");
    }
}

static void the_smallest_probes_of_zmap_take_ten_packets(void **state)
{
    struct evidence evidence = {0}, fixed = {0};

    (void)state;
    for (uint32_t n = 1; n <= 40; n++) {
        struct packet p = syn_to(443, n * 0x9e3779b9u);

        p.dst.lo += n;
        p.ttl = 50;
        p.ip_id = (uint16_t)(n * 40503);
        p.window = 65535;
        p.sport = (uint16_t)(32768 + n * 7919 % 28233);
        traffic_options(&p, traffic_mss, sizeof(traffic_mss));
        (void)one(&evidence, &p);
        assert_string_equal(verdict(&evidence), n < 10 ? "unknown" : "zmap");
        p.sport = 40000;
        (void)one(&fixed, &p);
        assert_string_equal(verdict(&fixed), "unknown");
    }
}

static void more_relations_than_there_is_room_for_are_not_counted(void **state)
{
    struct evidence evidence = {0};

    (void)state;
    for (size_t i = 0; i < tool_rule_count; i++)
        tool_set_hits(&evidence, i, (uint32_t)i + 1);
    for (size_t i = 0; i < tool_rule_count; i++)
        assert_int_equal(tool_hits(&evidence, i), i < TOOL_HITS_MAX ? i + 1 : 0);
}

static void nmap_vector(void **state)
{
    struct packet p = syn_to(443, 0x8f3a21c4);
    struct evidence evidence = {0};

    (void)state;
    p.window = 1024;
    p.sport = 40000;
    traffic_options(&p, traffic_mss, sizeof(traffic_mss));
    assert_true(one(&evidence, &p) == 0);
    p.dport = 80;
    assert_true(one(&evidence, &p) == (3ull << 56 | 0xaefeull << 16 | 40000));
    assert_string_equal(verdict(&evidence), "nmap");
    p.seq = 0x8f3921c7; /* third try */
    p.sport = 40003;
    assert_true(one(&evidence, &p) == (3ull << 56 | 0xaefeull << 16 | 40000));
    assert_int_equal(hits(&evidence, "nmap-same"), 1);
    assert_int_equal(hits(&evidence, "nmap-try"), 1);
}

static void every_tool_is_known_after_the_packets_it_takes(void **state)
{
    static const struct {
        make_fn make;
        const char *tool;
        unsigned packets; /* C(n,k) 2^(-b k) falls below 1e-9 with this one */
    } cases[] = {
        {traffic_mirai, "mirai", 1},
        {traffic_masscan, "masscan", 2},
        {traffic_masscan_new, "masscan", 2},
        {traffic_zmap, "zmap", 2},
        {traffic_zmap_3, "zmap", 2},
        {traffic_zmap_4, "zmap", 5},
        {traffic_zmap_start, "zmap", 3},
        {traffic_xmap, "xmap", 2},
        {traffic_unicornscan, "unicornscan", 2},
        {traffic_nmap, "nmap", 2},
        {traffic_hping3, "hping3", 3},
        {traffic_naabu, "naabu", 3},
        {traffic_naabu_far, "naabu", 6},
        {traffic_furious, "furious", 2},
        {traffic_scapy, "scapy", 2},
        {traffic_scapy_port, "scapy", 2},
        {traffic_nping, "nping", 3},
        {traffic_nmap_os, "nmap", 1},
        {traffic_linux, "connect", 1},
        {traffic_windows_10, "connect", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct traffic t = traffic_new(seed);
            struct evidence evidence = {0};

            for (unsigned n = 1; n <= 300; n++) {
                struct packet p = cases[i].make(&t);

                (void)one(&evidence, &p);
                assert_string_equal(verdict(&evidence),
                                    n < cases[i].packets ? "unknown" : cases[i].tool);
            }
            assert_true(tool_verdict(&evidence).bits > TOOL_CHANCE_BITS);
        }
}

static void nothing_is_said_of_unknown_tools(void **state)
{
    static const make_fn makers[] = {traffic_syn, traffic_iot};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct traffic t = traffic_new(i);
        struct evidence evidence = {0};

        for (unsigned n = 0; n < 200000; n++) {
            struct packet p = makers[i](&t);

            assert_true(one(&evidence, &p) == 0);
            assert_string_equal(verdict(&evidence), "unknown");
        }
        /* the 16-bit relations are met by chance now and then: hints, no labels */
        assert_in_range(hits(&evidence, "masscan"), 0, 20);
    }
}

static void repeats_are_no_evidence(void **state)
{
    struct traffic t = traffic_new(3);
    struct evidence evidence = {0};
    struct packet p = traffic_masscan(&t);

    (void)state;
    for (unsigned n = 0; n < 100; n++)
        (void)one(&evidence, &p);
    assert_int_equal(evidence.syns, 1);
    assert_string_equal(verdict(&evidence), "unknown");

    evidence = (struct evidence){0};
    p = traffic_nmap(&t);
    for (unsigned n = 0; n < 100; n++)
        (void)one(&evidence, &p);
    assert_string_equal(verdict(&evidence), "unknown");
}

static void chance_hits_among_many_packets_lose_the_label(void **state)
{
    struct traffic t = traffic_new(4);
    struct evidence evidence = {0};
    struct packet p = traffic_mirai(&t);

    (void)state;
    (void)one(&evidence, &p);
    assert_string_equal(verdict(&evidence), "mirai");
    for (unsigned n = 0; n < 4; n++) {
        p = traffic_syn(&t);
        (void)one(&evidence, &p);
        assert_string_equal(verdict(&evidence), n < 2 ? "mirai" : n == 2 ? "mixed" : "unknown");
    }
}

static void judge(struct evidence *evidence, struct traffic *t, make_fn make, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        struct packet p = make(t);

        (void)one(evidence, &p);
    }
}

static void two_tools_behind_one_address_are_mixed(void **state)
{
    struct traffic t = traffic_new(5);
    struct evidence evidence = {0};

    (void)state;
    judge(&evidence, &t, traffic_masscan, 90);
    judge(&evidence, &t, traffic_zmap, 10);
    assert_string_equal(verdict(&evidence), "mixed");
    assert_int_equal(tool_verdict(&evidence).packets, 100);
}

static void two_percent_of_another_tool_are_not_mixed(void **state)
{
    struct traffic t = traffic_new(6);
    struct evidence evidence = {0};

    (void)state;
    judge(&evidence, &t, traffic_masscan, 980);
    judge(&evidence, &t, traffic_zmap, 20);
    assert_string_equal(verdict(&evidence), "masscan");
}

static void a_tool_and_what_it_can_not_have_sent_are_mixed(void **state)
{
    static const struct {
        make_fn make;
        const char *tool;
    } cases[] = {{traffic_mirai, "mirai"},
                 {traffic_masscan, "masscan"},
                 {traffic_zmap, "zmap"},

                 {traffic_xmap, "xmap"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct traffic t = traffic_new(7);
        struct evidence evidence = {0};

        judge(&evidence, &t, cases[i].make, 50);
        judge(&evidence, &t, traffic_syn, 2); /* may be damage on the way */
        assert_string_equal(verdict(&evidence), cases[i].tool);
        judge(&evidence, &t, traffic_syn, 48);
        assert_string_equal(verdict(&evidence), "mixed");
        assert_true(tool_verdict(&evidence).bits > TOOL_CHANCE_BITS);
        assert_int_equal(tool_verdict(&evidence).packets, 50);
        judge(&evidence, &t, cases[i].make, 5000);
        assert_string_equal(verdict(&evidence), cases[i].tool);
    }
}

/* Of nmap the first packet of each phase meets nothing, and it sends other SYNs besides. */
static void what_a_tool_may_have_sent_is_not_mixed(void **state)
{
    struct traffic t = traffic_new(7);
    struct evidence evidence = {0};

    (void)state;
    judge(&evidence, &t, traffic_nmap, 50);
    judge(&evidence, &t, traffic_syn, 50);
    assert_string_equal(verdict(&evidence), "nmap");
}

/* The number that comes back stands in ack where ACK is set, else in seq. */
static void nmap_is_named_whatever_flags_it_scans_with(void **state)
{
    static const uint8_t flags[] = {TCP_ACK, TCP_FIN | TCP_ACK, TCP_FIN, 0,
                                    TCP_FIN | TCP_PSH | TCP_URG};

    (void)state;
    for (size_t i = 0; i < sizeof(flags); i++) {
        struct traffic t = traffic_new(i);
        struct evidence evidence = {0};
        uint64_t key = 0;

        for (uint32_t n = 0; n < 3; n++) {
            struct packet p = traffic_nmap_try(&t, n / 2);

            p.tcp_flags = flags[i];
            p.options_length = 0;
            if ((flags[i] & TCP_ACK) != 0) {
                p.ack = p.seq;
                p.seq = 0;
            }
            key = one(&evidence, &p);
            assert_string_equal(verdict(&evidence), n < 1 ? "unknown" : "nmap");
        }
        assert_true(key >> 56 == 3 && (key & 0xffff) == 40000);
        assert_int_equal(evidence.syns, 0);
    }
}

static void hping3_is_named_by_its_ports_though_packets_are_lost(void **state)
{
    static const uint8_t flags[] = {TCP_SYN, TCP_ACK, TCP_FIN, TCP_PSH | TCP_ACK};

    (void)state;
    for (size_t i = 0; i < sizeof(flags); i++) {
        struct traffic t = traffic_new(i);
        struct evidence evidence = {0};

        for (uint32_t n = 0; n < 6; n++) {
            struct packet p = traffic_hping3(&t);

            p.sport = (uint16_t)(1500 + n * 5);
            p.tcp_flags = flags[i];
            (void)one(&evidence, &p);
            assert_string_equal(verdict(&evidence), n < 4 ? "unknown" : "hping3");
        }
    }
}

/* Its ping: SYN to 443, ACK to 80, of one phase. */
static void the_ping_of_nmap_is_one_phase(void **state)
{
    struct traffic t = traffic_new(1);
    struct evidence evidence = {0};
    struct packet p = traffic_nmap(&t);

    (void)state;
    (void)one(&evidence, &p);
    p = traffic_nmap(&t);
    p.tcp_flags = TCP_ACK;
    p.options_length = 0;
    p.ack = p.seq;
    p.seq = 0;
    p.dport = 80;
    (void)one(&evidence, &p);
    assert_string_equal(verdict(&evidence), "nmap");
}

static void zmap_is_named_by_its_syn_acks_and_a_victim_is_not(void **state)
{
    static const struct {
        const char *tool;
        unsigned packets;
        uint16_t port; /* 0: drawn anew */
        bool id, df;
    } cases[] = {{"zmap", 2, 0, true, false},        /* to 4.0 */
                 {"zmap", 10, 0, false, false},      /* from 4.1 */
                 {"unknown", 50, 443, false, false}, /* a victim's */
                 {"unknown", 50, 50000, false, false},
                 {"unknown", 50, 0, false, true}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct traffic t = traffic_new(i);
        struct evidence evidence = {0};

        for (unsigned n = 1; n <= cases[i].packets; n++) {
            struct packet p = traffic_zmap_3(&t);

            p.tcp_flags = TCP_SYN | TCP_ACK;
            p.ttl = 55;
            p.df = cases[i].df;
            p.ip_id = cases[i].id ? 54321 : (uint16_t)n;
            if (cases[i].port != 0)
                p.sport = cases[i].port;
            (void)one(&evidence, &p);
            if (n < cases[i].packets)
                assert_string_equal(verdict(&evidence), "unknown");
        }
        assert_string_equal(verdict(&evidence), cases[i].tool);
        assert_int_equal(evidence.syns, 0);
    }
}

static void a_tool_outweighs_the_connections_of_its_machine(void **state)
{
    struct traffic t = traffic_new(8);
    struct evidence evidence = {0};

    (void)state;
    judge(&evidence, &t, traffic_linux, 50);
    judge(&evidence, &t, traffic_zmap, 50);
    assert_string_equal(verdict(&evidence), "zmap");
    judge(&evidence, &t, traffic_linux, 5000);
    assert_string_equal(verdict(&evidence), "connect");
}

static void zmap_shows_in_icmp_udp_and_log_rows(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        struct traffic t = traffic_new(kind);
        struct evidence evidence = {0};

        for (unsigned n = 1; n <= 5; n++) {
            struct packet p = traffic_zmap(&t);

            if (kind == 2) {
                p.no_seq = true;
                p.seq = 0;
                p.ip_length = n % 2 == 0 ? 40 : 44;
            } else {
                p.proto = kind == 0 ? PROTO_ICMP : PROTO_UDP;
                p.dport = kind == 0 ? 8 << 8 : 53;
                p.window = 0;
                p.tcp_flags = 0;
                p.udp_sum = UDP_SUM_NONE;
            }
            (void)one(&evidence, &p);
            assert_string_equal(verdict(&evidence), n < 2 ? "unknown" : "zmap");
        }
    }
}

static void log_rows_without_sequence_are_not_judged_by_it(void **state)
{
    struct traffic t = traffic_new(9);
    struct evidence evidence = {0};

    (void)state;
    for (unsigned n = 0; n < 100; n++) {
        struct packet p = traffic_masscan(&t);

        p.no_seq = true;
        p.seq = 0;
        p.ip_id = (uint16_t)(addr_v4(p.dst) ^ p.dport); /* would fit sequence number 0 */
        (void)one(&evidence, &p);
    }
    assert_string_equal(verdict(&evidence), "unknown");
}

static void answers_are_not_judged(void **state)
{
    struct traffic t = traffic_new(10);
    struct evidence evidence = {0};

    (void)state;
    for (unsigned n = 0; n < 10; n++) {
        struct packet p = traffic_mirai(&t);

        p.tcp_flags = n % 2 == 0 ? TCP_SYN | TCP_ACK : TCP_RST;
        assert_true(one(&evidence, &p) == 0);
    }
    assert_int_equal(evidence.syns, 0);
}

static void real_windows_is_not_zmap(void **state)
{
    struct traffic t = traffic_new(11);
    struct evidence evidence = {0};

    (void)state;
    for (unsigned n = 0; n < 100; n++) {
        struct packet p = traffic_windows_10(&t);

        p.window = 65535;
        p.df = n % 2 == 0; /* some paths clear it; the TTL still speaks against ZMap */
        (void)one(&evidence, &p);
    }
    assert_string_equal(verdict(&evidence), "connect");
}

static void ways_to_choose_are_right(void **state)
{
    (void)state;
    assert_true(fabsf(chance_log2_choose(10, 3) - log2f(120)) < 0.01f);
    assert_true(fabsf(chance_log2_choose(52, 5) - log2f(2598960)) < 0.01f);
    assert_true(fabsf(chance_log2_choose(4, 2) - log2f(6)) < 0.01f);
    assert_true(chance_log2_choose(7, 7) == 0 && chance_log2_choose(7, 0) == 0);
    assert_true(chance_log2_choose(3, 5) == 0);
    assert_true(fabsf(chance_log2_choose(UINT32_MAX, 2) - 63) < 0.01f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masscan_vector),
        cmocka_unit_test(mirai_vector),
        cmocka_unit_test(unicornscan_vector),
        cmocka_unit_test(xmap_vector),
        cmocka_unit_test(xmap_over_ipv6_is_named_from_three_packets_on),
        cmocka_unit_test(echo_requests_tell_zmap_and_masscan_by_their_payload),
        cmocka_unit_test(the_smallest_probes_of_zmap_take_ten_packets),
        cmocka_unit_test(more_relations_than_there_is_room_for_are_not_counted),
        cmocka_unit_test(nmap_vector),
        cmocka_unit_test(every_tool_is_known_after_the_packets_it_takes),
        cmocka_unit_test(nothing_is_said_of_unknown_tools),
        cmocka_unit_test(repeats_are_no_evidence),
        cmocka_unit_test(chance_hits_among_many_packets_lose_the_label),
        cmocka_unit_test(two_tools_behind_one_address_are_mixed),
        cmocka_unit_test(two_percent_of_another_tool_are_not_mixed),
        cmocka_unit_test(a_tool_and_what_it_can_not_have_sent_are_mixed),
        cmocka_unit_test(what_a_tool_may_have_sent_is_not_mixed),
        cmocka_unit_test(nmap_is_named_whatever_flags_it_scans_with),
        cmocka_unit_test(hping3_is_named_by_its_ports_though_packets_are_lost),
        cmocka_unit_test(the_ping_of_nmap_is_one_phase),
        cmocka_unit_test(zmap_is_named_by_its_syn_acks_and_a_victim_is_not),
        cmocka_unit_test(a_tool_outweighs_the_connections_of_its_machine),
        cmocka_unit_test(zmap_shows_in_icmp_udp_and_log_rows),
        cmocka_unit_test(log_rows_without_sequence_are_not_judged_by_it),
        cmocka_unit_test(answers_are_not_judged),
        cmocka_unit_test(real_windows_is_not_zmap),
        cmocka_unit_test(ways_to_choose_are_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "stream.h"

#define S(seconds) (T0 + (int64_t)((seconds)*1e9))
#define SCANNER 0xc6336407u /* 198.51.100.7 */
#define OURS 0xcb007105u    /* 203.0.113.5 */

/* A table with its sink, and what every packet of a test has in common. */
struct fixture {
    struct visit_table *table;
    const struct visit_table_counts *counts;
    struct parts parts;
    int64_t gather_s;
};

static struct fixture *new_fixture(struct visit_table_options options, int64_t gather_s)
{
    struct fixture *f = calloc(1, sizeof(*f));

    f->gather_s = gather_s;
    assert_int_equal(visit_table_new(&options, 1, parts_add, &f->parts, &f->table, NULL), 0);
    f->counts = visit_table_counts(f->table);
    return f;
}

static struct fixture *usual_fixture(int64_t gather_s)
{
    return new_fixture(
        (struct visit_table_options){
            .max_visits = 1000, .max_sessions = 10000, .part_s = 300, .payload_bytes = 16},
        gather_s);
}

static void free_fixture(struct fixture *f)
{
    visit_table_free(f->table);
    free(f->parts.list);
    free(f);
}

/* A packet of an old episode: no early parts. */
static struct packet packet_at(double seconds, uint8_t proto)
{
    return (struct packet){
        .time_ns = S(seconds),
        .src = addr_from_v4(SCANNER),
        .dst = addr_from_v4(OURS),
        .sport = 40000,
        .dport = proto == PROTO_ICMP ? 8 << 8 : 23,
        .proto = proto,
        .ip_version = 4,
        .ip_length = 40,
        .ttl = 55,
        .episode_packets = 1000,
    };
}

static struct packet syn_at(double seconds, uint32_t seq)
{
    struct packet p = packet_at(seconds, PROTO_TCP);

    p.tcp_flags = TCP_SYN;
    p.seq = seq;
    return p;
}

static struct packet row_at(double seconds)
{
    struct packet p = packet_at(seconds, PROTO_TCP);

    p.row = true;
    p.no_fields = true;
    p.answered = true;
    p.row_packets = 12;
    p.row_bytes = 3456;
    p.row_duration_us = 5000000;
    p.user = "root";
    p.country = 4;
    p.conn_state = 5;
    p.app = 6;
    return p;
}

static struct packet turned(struct packet p, enum direction direction)
{
    struct addr src = p.src;
    uint16_t sport = p.sport;

    p.src = p.dst;
    p.dst = src;
    p.direction = direction;
    if (p.proto == PROTO_TCP || p.proto == PROTO_UDP) {
        p.sport = p.dport;
        p.dport = sport;
    }
    if ((p.tcp_flags & TCP_SYN) != 0)
        p.tcp_flags = TCP_SYN | TCP_ACK;
    return p;
}

static void add(struct fixture *f, struct packet p)
{
    assert_int_equal(visit_table_add(f->table, &p, f->gather_s, NULL), 0);
}

static void close_all(struct fixture *f)
{
    assert_int_equal(visit_table_close(f->table, NULL), 0);
}

/* ---- sessions ---- */

static void same_syn_within_120_s_is_a_repeat_and_no_session(void **state)
{
    struct fixture *f = usual_fixture(600);

    (void)state;
    add(f, syn_at(0, 7));
    add(f, syn_at(119.999, 7));
    add(f, syn_at(239.998, 7)); /* the 120 s count from the last such SYN */
    assert_int_equal(f->counts->sessions, 1);
    add(f, syn_at(359.998, 7));
    assert_int_equal(f->counts->sessions, 2);
    close_all(f);
    assert_int_equal(f->parts.count, 1 + 1); /* part_s went by once */
    assert_int_equal(f->parts.list[0].sessions + f->parts.list[1].sessions, 2);
    assert_int_equal(f->parts.list[0].repeats + f->parts.list[1].repeats, 2);
    free_fixture(f);
}

static void another_sequence_number_starts_a_session(void **state)
{
    struct fixture *f = usual_fixture(600);

    (void)state;
    add(f, syn_at(0, 7));
    add(f, syn_at(1, 8));
    add(f, syn_at(2, 7)); /* and the first is still known */
    close_all(f);
    assert_int_equal(f->parts.count, 1);
    assert_int_equal(f->parts.list[0].sessions, 2);
    assert_int_equal(f->parts.list[0].packets, 3);
    assert_int_equal(f->parts.list[0].repeats, 1);
    free_fixture(f);
}

static void data_between_does_not_prolong_the_120_s_of_a_syn(void **state)
{
    struct fixture *f = usual_fixture(600);
    struct packet data = packet_at(100, PROTO_TCP);

    (void)state;
    data.tcp_flags = TCP_ACK;
    add(f, syn_at(0, 7));
    add(f, data);
    add(f, syn_at(130, 7));
    assert_int_equal(f->counts->sessions, 2);
    free_fixture(f);
}

static void later_packets_of_both_directions_belong_to_the_syn(void **state)
{
    struct fixture *f = usual_fixture(600);
    struct packet syn = syn_at(0, 7), data = packet_at(0.2, PROTO_TCP);
    struct packet reply = turned(syn_at(0.1, 99), DIRECTION_IN);

    (void)state;
    syn.class = CLASS_EXPLOIT;
    syn.rule = 5;
    syn.stack = 6;
    data.class = CLASS_OTHER; /* what it would be alone */
    data.tcp_flags = TCP_ACK;
    reply.class = CLASS_BACKSCATTER;
    add(f, syn);
    add(f, reply);
    add(f, data);
    add(f, reply); /* answered counts sessions, not packets */
    close_all(f);
    assert_int_equal(f->parts.count, 1);
    assert_int_equal(f->parts.list[0].class, CLASS_EXPLOIT);
    assert_int_equal(f->parts.list[0].rule, 5);
    assert_int_equal(f->parts.list[0].stack, 6);
    assert_int_equal(f->parts.list[0].sessions, 1);
    assert_int_equal(f->parts.list[0].packets, 4);
    assert_int_equal(f->parts.list[0].bytes, 160);
    assert_int_equal(f->parts.list[0].answered, 1);
    assert_int_equal(f->parts.list[0].targets, 1);
    assert_int_equal(f->parts.list[0].tcp_flags, TCP_SYN | TCP_ACK);
    free_fixture(f);
}

static void udp_session_ends_after_60_s_of_silence_and_is_directional(void **state)
{
    struct fixture *f = usual_fixture(600);

    (void)state;
    add(f, packet_at(0, PROTO_UDP));
    add(f, packet_at(59.999, PROTO_UDP));
    assert_int_equal(f->counts->sessions, 1);
    add(f, packet_at(119.999, PROTO_UDP));
    assert_int_equal(f->counts->sessions, 2);
    add(f, turned(packet_at(120, PROTO_UDP), DIRECTION_IN));
    assert_int_equal(f->counts->sessions, 3);
    free_fixture(f);
}

static void icmp_session_is_told_by_type_and_identifier(void **state)
{
    struct fixture *f = usual_fixture(600);
    struct packet echo = packet_at(0, PROTO_ICMP), other;

    (void)state;
    add(f, echo);
    add(f, echo);
    other = echo;
    other.sport++; /* identifier */
    add(f, other);
    other = echo;
    other.dport = 13 << 8; /* timestamp */
    add(f, other);
    assert_int_equal(f->counts->sessions, 3);
    close_all(f);
    assert_int_equal(f->parts.count, 2); /* two types are two visits */
    free_fixture(f);
}

static void fragments_and_other_protocols_have_port_0(void **state)
{
    struct fixture *f = usual_fixture(600);
    struct packet gre = packet_at(0, 47), fragment = packet_at(1, PROTO_UDP);

    (void)state;
    fragment.fragment = true;
    add(f, gre);
    gre.sport++;
    gre.dport++;
    add(f, gre);
    add(f, fragment);
    close_all(f);
    assert_int_equal(f->counts->sessions, 2);
    assert_int_equal(f->parts.count, 2);
    assert_int_equal(f->parts.list[0].dport, 0);
    assert_int_equal(f->parts.list[0].sports_count, 0);
    assert_int_equal(f->parts.list[1].dport, 0);
    free_fixture(f);
}

static void reply_from_our_prefix_answers_the_session(void **state)
{
    struct fixture *f = usual_fixture(600);
    struct packet pong = turned(packet_at(1, PROTO_ICMP), DIRECTION_OUT);

    (void)state;
    pong.dport = 0;
    add(f, packet_at(0, PROTO_UDP));
    add(f, turned(packet_at(0.5, PROTO_UDP), DIRECTION_OUT));
    add(f, packet_at(0.6, PROTO_ICMP));
    add(f, pong);
    close_all(f);
    assert_int_equal(f->counts->own, 0);
    assert_int_equal(f->parts.count, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(f->parts.list[i].sessions, 1);
        assert_int_equal(f->parts.list[i].packets, 2);
        assert_int_equal(f->parts.list[i].answered, 1);
        assert_true(addr_equal(f->parts.list[i].src, addr_from_v4(SCANNER)));
    }
    free_fixture(f);
}

static void own_clients_and_what_comes_back_to_them_make_no_visit(void **state)
{
    struct fixture *f = usual_fixture(600);
    struct packet out = turned(packet_at(0, PROTO_UDP), DIRECTION_OUT);

    (void)state;
    add(f, out);
    add(f, packet_at(59, PROTO_UDP));
    add(f, packet_at(100, PROTO_UDP));
    assert_int_equal(f->counts->own, 3);
    assert_int_equal(f->counts->sessions, 0);
    assert_int_equal(f->counts->visits, 0);
    add(f, packet_at(160, PROTO_UDP)); /* 60 s later nobody knows of our request */
    assert_int_equal(f->counts->sessions, 1);
    free_fixture(f);
}

/* ---- visits and parts ---- */

static void visit_ends_after_more_than_gather_of_silence(void **state)
{
    struct fixture *f = usual_fixture(100);

    (void)state;
    add(f, syn_at(0, 1));
    add(f, syn_at(100, 2)); /* not more than 100 s */
    assert_int_equal(f->counts->visits, 1);
    assert_int_equal(f->parts.count, 0);
    assert_int_equal(visit_table_tick(f->table, S(200), NULL), 0);
    assert_int_equal(f->parts.count, 0);
    assert_int_equal(visit_table_tick(f->table, S(500), NULL), 0);
    assert_int_equal(f->parts.count, 1);
    assert_int_equal(f->parts.list[0].handed_ns, S(200) + 1);
    assert_int_equal(f->parts.list[0].first_ns, S(0));
    assert_int_equal(f->parts.list[0].last_ns, S(100));
    assert_int_equal(f->counts->open, 0);
    add(f, syn_at(600, 3));
    assert_int_equal(f->counts->visits, 2);
    free_fixture(f);
}

static void visit_never_spans_an_hour_and_a_repeat_over_it_is_no_session(void **state)
{
    struct fixture *f = usual_fixture(600);

    (void)state;
    add(f, syn_at(3599.5, 1));
    add(f, syn_at(3600, 1));
    close_all(f);
    assert_int_equal(f->parts.count, 2);
    assert_int_equal(f->parts.list[0].handed_ns, S(3600));
    assert_int_equal(f->parts.list[0].sessions, 1);
    assert_int_equal(f->parts.list[1].sessions, 0);
    assert_int_equal(f->parts.list[1].packets, 1);
    assert_int_equal(f->parts.list[1].repeats, 1);
    free_fixture(f);
}

static void newcomer_to_one_port_is_handed_on_at_1_4_16_64_packets(void **state)
{
    struct fixture *f = usual_fixture(600);
    uint64_t packets = 0;

    (void)state;
    for (unsigned i = 1; i <= 70; i++) {
        struct packet p = syn_at(i * 0.01, i);

        p.episode_packets = i;
        add(f, p);
    }
    assert_int_equal(f->parts.count, 4);
    for (unsigned i = 0; i < 4; i++) {
        packets += f->parts.list[i].packets;
        assert_int_equal(packets, 1 << 2 * i);
        assert_int_equal(f->parts.list[i].handed_ns, S((double)packets * 0.01));
        assert_int_equal(f->parts.list[i].seq, i + 1);
    }
    close_all(f);
    assert_int_equal(f->parts.count, 5);
    assert_int_equal(f->parts.list[4].packets, 6);
    assert_int_equal(f->counts->visits, 1);
    free_fixture(f);
}

/* The look-ups that the tags of an index cost, were its seed known to whom sends. */
static void nobody_can_aim_visits_at_one_place_of_the_index(void **state)
{
    struct visit_table_options options = {
        .max_visits = 5000, .max_sessions = 10000, .part_s = 300};
    struct fixture *f = new_fixture(options, 600);
    uint32_t longest = 0, run = 0;
    unsigned aimed = 0;

    (void)state;
    for (uint32_t i = 0; aimed < 300; i++) {
        struct packet p = syn_at(10, 1);
        struct visit_key key = {.hour = (int32_t)(p.time_ns / HOUR_NS),
                                .dport = p.dport,
                                .proto = p.proto,
                                .sensor = p.sensor,
                                .stack = p.stack,
                                .class = (uint8_t)p.class};

        p.src = key.src = (struct addr){.hi = 0x20010db800000000u, .lo = i};
        if ((flow_visit_hash(VISIT_SEED, &key) & 1023) != 7)
            continue;
        aimed++;
        add(f, p);
    }
    assert_int_equal(f->counts->open, 300);
    for (uint32_t at = 0; at <= f->table->index_mask; at++) {
        run = f->table->index[at].visit != 0 ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    assert_true(longest < 100); /* a run of 300 if they all meet; of some 10 by chance */
    free_fixture(f);
}

static void newcomers_next_port_is_handed_on_after_10_s_then_at_2_4_8_packets(void **state)
{
    struct fixture *f = usual_fixture(600);
    static const uint64_t packets[] = {1, 1, 2, 4};

    (void)state;
    for (unsigned i = 0; i <= 9; i++) {
        struct packet p = syn_at(i * 20, i);

        p.episode_packets = i + 1;
        p.dport = i == 0 ? 23 : 2323;
        add(f, p);
        if (i == 1)
            assert_int_equal(f->parts.count, 1);
    }
    /* 1 to port 23; then to port 2323: 1 by time, 2, 3-4, 5-8 by number */
    assert_int_equal(f->parts.count, 5);
    assert_int_equal(f->parts.list[0].dport, 23);
    assert_int_equal(f->parts.list[1].handed_ns, S(30) + 1000);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(f->parts.list[i + 1].packets, packets[i]);
    free_fixture(f);
}

static void burst_to_a_newcomers_next_port_is_one_part(void **state)
{
    struct fixture *f = usual_fixture(600);

    (void)state;
    for (unsigned i = 0; i <= 2; i++) {
        struct packet p = syn_at(i, i);

        p.episode_packets = i + 1;
        p.dport = i == 0 ? 23 : 2323;
        add(f, p);
    }
    assert_int_equal(f->parts.count, 2);
    assert_int_equal(f->parts.list[1].packets, 2);
    free_fixture(f);
}

static void old_episode_is_handed_on_part_s_after_the_parts_first_packet(void **state)
{
    struct fixture *f = usual_fixture(600);

    (void)state;
    add(f, syn_at(10, 1));
    add(f, syn_at(200, 2));
    add(f, syn_at(310, 3)); /* not more than part_s */
    assert_int_equal(f->parts.count, 0);
    add(f, syn_at(311, 4));
    assert_int_equal(f->parts.count, 1);
    assert_int_equal(f->parts.list[0].packets, 3);
    assert_int_equal(f->parts.list[0].handed_ns, S(310) + 1000);
    assert_int_equal(visit_table_tick(f->table, S(612), NULL), 0);
    assert_int_equal(f->parts.count, 2);
    assert_int_equal(visit_table_tick(f->table, S(900), NULL), 0);
    assert_int_equal(f->parts.count, 2); /* a part without packets is nothing */
    assert_int_equal(f->counts->open, 1);
    free_fixture(f);
}

static void parts_that_are_due_together_come_in_the_order_of_opening(void **state)
{
    struct fixture *f = usual_fixture(600);

    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        struct packet p = syn_at(3500 + i * 0.1, i);

        p.dport = (uint16_t)(i * 7919);
        add(f, p);
    }
    assert_int_equal(visit_table_tick(f->table, S(5000), NULL), 0);
    assert_int_equal(f->parts.count, 200);
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(f->parts.list[i].dport, (uint16_t)(i * 7919));
        assert_int_equal(f->parts.list[i].handed_ns, S(3600));
    }
    free_fixture(f);
}

static void class_stack_port_and_sensor_make_visits_of_their_own(void **state)
{
    struct fixture *f = usual_fixture(600);
    struct packet p = syn_at(0, 1);

    (void)state;
    add(f, p);
    p.seq++;
    p.class = CLASS_OTHER;
    add(f, p);
    p.seq++;
    p.stack = 9;
    add(f, p);
    p.seq++;
    p.dport++;
    add(f, p);
    p.sensor++;
    add(f, p);
    p.seq++;
    p.rule = 77; /* a rule is no part of the key */
    add(f, p);
    close_all(f);
    assert_int_equal(f->counts->sessions, 6);
    assert_int_equal(f->parts.count, 5);
    free_fixture(f);
}

static void part_shows_what_the_sources_packets_were_like(void **state)
{
    static const uint16_t sports[] = {5000, 1000, 5000, 60000, 2000, 3000};
    static const uint8_t payload[] = "HELLO, IS IT A HONEYPOT?";
    struct fixture *f = usual_fixture(600);

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct packet p = syn_at(i, i);

        p.sport = sports[i];
        p.ttl = (uint8_t)(60 - i * (i % 2));
        p.window = (uint16_t)(1000 + i);
        p.tool = i + 1;
        p.instance = i == 3 ? 77 : 0;
        p.dst.lo += i % 3;
        if (i > 0) {
            p.payload = payload;
            p.payload_length = sizeof(payload) - 1;
        }
        add(f, p);
    }
    close_all(f);
    assert_int_equal(f->parts.count, 1);
    assert_int_equal(f->parts.list[0].sport, 5000);
    assert_int_equal(f->parts.list[0].sport_min, 1000);
    assert_int_equal(f->parts.list[0].sport_max, 60000);
    assert_int_equal(f->parts.list[0].sport_bands,
                     1ull << 4 | 1ull << 0 | 1ull << 58 | 1ull << 1 | 1ull << 2);
    assert_int_equal(f->parts.list[0].sports_count, 4);
    assert_int_equal(f->parts.list[0].sports[1], 1000);
    assert_int_equal(f->parts.list[0].sports[3], 2000);
    assert_int_equal(f->parts.list[0].ttl, 60);
    assert_int_equal(f->parts.list[0].ttl_min, 55);
    assert_int_equal(f->parts.list[0].ttl_max, 60);
    assert_int_equal(f->parts.list[0].window, 1000);
    assert_int_equal(f->parts.list[0].tool, 6);
    assert_int_equal(f->parts.list[0].instance, 77);
    assert_int_equal(f->parts.list[0].targets, 3);
    assert_int_equal(f->parts.list[0].payload_length, 16);
    assert_memory_equal(f->parts.list[0].payload, payload, 16);
    free_fixture(f);
}

static void targets_are_exact_up_to_4096_and_a_counted_lower_bound_beyond(void **state)
{
    (void)state;
    for (unsigned targets = 1; targets <= 5000; targets += targets < 20 ? 1 : 997) {
        struct fixture *f = usual_fixture(600);

        for (unsigned i = 0; i < 2 * targets; i++) { /* each twice */
            struct packet p = syn_at(i * 0.001, i);

            p.dst = addr_from_v4(0xcb007100u + i % targets * 3);
            add(f, p);
        }
        close_all(f);
        assert_int_equal(f->parts.count, 1);
        assert_int_equal(f->parts.list[0].targets, targets < 4096 ? targets : 4096);
        assert_int_equal(f->counts->targets_saturated, targets > 4096);
        free_fixture(f);
    }
}

static void full_table_closes_what_is_due_first_and_counts_it(void **state)
{
    struct fixture *f = new_fixture(
        (struct visit_table_options){.max_visits = 3, .max_sessions = 1, .part_s = 3600}, 600);

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct packet p = syn_at(i, i);

        p.dport = (uint16_t)(100 + i);
        add(f, p);
        p.dport = 100; /* the first stays busy */
        p.seq = 1000 + i;
        add(f, p);
    }
    assert_int_equal(f->counts->visits_forced, 2);
    assert_int_equal(f->counts->open, 3);
    assert_int_equal(f->parts.count, 2);
    assert_int_equal(f->parts.list[0].dport, 101);
    assert_int_equal(f->parts.list[0].handed_ns, S(3));
    assert_int_equal(f->parts.list[1].dport, 102);
    close_all(f);
    assert_int_equal(f->parts.count, 5);
    assert_int_equal(f->parts.list[2].dport, 100);
    assert_int_equal(f->parts.list[2].packets, 6);
    free_fixture(f);
}

static void full_session_table_forgets_and_counts(void **state)
{
    struct fixture *f = new_fixture(
        (struct visit_table_options){.max_visits = 10, .max_sessions = 1, .part_s = 3600}, 600);

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct packet p = syn_at(i * 0.0001, i);

        p.dst.lo = ADDR_V4_PREFIX | i;
        add(f, p);
    }
    assert_int_equal(f->counts->sessions, 20000);
    assert_in_range(f->counts->sessions_evicted, 20000 - 6144, 20000);
    free_fixture(f);
}

static void session_table_grows_before_it_forgets(void **state)
{
    struct fixture *f = new_fixture(
        (struct visit_table_options){.max_visits = 10, .max_sessions = 1000000, .part_s = 3600},
        600);

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 100000; i++) {
            struct packet p = syn_at(round * 10 + i * 0.0001, i);

            p.dst.lo = ADDR_V4_PREFIX | i;
            add(f, p);
        }
    }
    assert_int_equal(f->counts->sessions_evicted, 0);
    assert_int_equal(f->counts->sessions, 100000);
    free_fixture(f);
}

static void late_packet_goes_to_the_visit_of_its_own_hour(void **state)
{
    struct fixture *f = usual_fixture(600);

    (void)state;
    add(f, syn_at(3601, 1));
    add(f, syn_at(3599, 2));
    add(f, syn_at(3598, 3));
    assert_int_equal(f->counts->open, 2);
    close_all(f);
    assert_int_equal(f->parts.count, 2);
    assert_int_equal(f->parts.list[1].first_ns, S(3598));
    assert_int_equal(f->parts.list[1].last_ns, S(3599));
    assert_int_equal(f->parts.list[1].handed_ns, S(3601));
    assert_int_equal(f->parts.list[1].sessions, 2);
    free_fixture(f);
}

static void older_file_after_a_newer_one_is_handed_on_at_its_own_time(void **state)
{
    struct fixture *f = usual_fixture(600);

    (void)state;
    add(f, syn_at(90000, 1));
    add(f, syn_at(10, 2));
    assert_int_equal(f->parts.count, 1); /* the newer one's visit ended with its file */
    assert_int_equal(f->parts.list[0].handed_ns, S(90000));
    add(f, syn_at(3700, 3));
    assert_int_equal(f->parts.count, 2);
    assert_int_equal(f->parts.list[1].first_ns, S(10));
    assert_in_range(f->parts.list[1].handed_ns, S(10), S(3600));
    assert_int_equal(f->counts->visits_forced, 0);
    add(f, row_at(0));
    close_all(f);
    assert_int_equal(f->parts.list[f->parts.count - 1].handed_ns, S(0));
    free_fixture(f);
}

static void ipv6_sources_that_share_the_lower_half_are_two(void **state)
{
    struct fixture *f = usual_fixture(600);
    struct packet p = syn_at(0, 1);

    (void)state;
    p.src = (struct addr){.hi = 0x20010db800000001ull, .lo = 5};
    p.dst = (struct addr){.hi = 0x20010db8000000ffull, .lo = 9};
    add(f, p);
    p.src.hi++;
    add(f, p);
    p.dst.hi++;
    add(f, p);
    close_all(f);
    assert_int_equal(f->counts->sessions, 3);
    assert_int_equal(f->parts.count, 2);
    assert_int_equal(f->parts.list[1].src.hi, 0x20010db800000002ull);
    assert_int_equal(f->parts.list[1].dst.hi, 0x20010db8000000ffull);
    assert_int_equal(f->parts.list[1].targets, 2);
    free_fixture(f);
}

/* ---- gather 0 and log rows ---- */

static void without_gathering_each_session_is_a_row(void **state)
{
    struct fixture *f = usual_fixture(0);

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct packet p = syn_at(i, 50 + i), data = packet_at(i + 0.5, PROTO_TCP);

        p.episode_packets = data.episode_packets = 1 + i; /* no early parts either */
        data.tcp_flags = TCP_ACK;
        data.sport = p.sport = (uint16_t)(40000 + i / 2); /* the second reuses the first's */
        data.dst.lo = p.dst.lo += i / 2;
        add(f, p);
        add(f, data);
    }
    assert_int_equal(visit_table_tick(f->table, S(125), NULL), 0);
    /* the second begins in the place of the first, which had not ended: handed on at once, and
     * what comes behind it with its end */
    assert_int_equal(f->parts.count, 4);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(f->parts.list[i].sessions, 1);
        assert_int_equal(f->parts.list[i].packets, i == 1 ? 1 : 2);
        assert_int_equal(f->parts.list[i].sport, 40000 + i / 2);
        assert_int_equal(f->parts.list[i].dst.lo, ADDR_V4_PREFIX + OURS + i / 2);
    }
    assert_int_equal(f->parts.list[0].handed_ns, S(1));
    assert_int_equal(f->parts.list[1].handed_ns, S(1));
    assert_int_equal(f->parts.list[2].handed_ns, S(22) + 1000);
    assert_int_equal(f->parts.list[3].sessions, 0);
    assert_int_equal(f->parts.list[3].packets, 1);
    assert_int_equal(f->parts.list[3].handed_ns, S(121.5));
    free_fixture(f);
}

static void a_session_of_its_own_is_told_early_and_counted_once(void **state)
{
    struct fixture *f = usual_fixture(0);

    (void)state;
    add(f, syn_at(0, 50));
    for (unsigned i = 1; i <= 10; i++) {
        struct packet data = packet_at(i * 60, PROTO_TCP);

        data.tcp_flags = TCP_ACK;
        data.sport = syn_at(0, 50).sport;
        data.dst = syn_at(0, 50).dst;
        add(f, data);
    }
    assert_int_equal(f->parts.list[0].handed_ns, S(20) + 1000);
    assert_int_equal(visit_table_tick(f->table, S(720), NULL), 0);
    assert_int_equal(f->counts->visits, 1);
    assert_int_equal(f->counts->sessions, 1);
    assert_int_equal(f->parts.count, 3);
    assert_int_equal(f->parts.list[0].sessions, 1);
    assert_int_equal(f->parts.list[0].packets, 1);
    for (size_t i = 1; i < f->parts.count; i++) {
        assert_int_equal(f->parts.list[i].sessions, 0);
        assert_int_equal(f->parts.list[i].packets, i == 1 ? 6 : 4);
    }
    free_fixture(f);
}

static void log_rows_are_handed_on_at_once_each_a_session(void **state)
{
    struct fixture *f = usual_fixture(0);
    struct packet bare = row_at(1);

    (void)state;
    bare.row_packets = 0;
    bare.sport = 0;
    add(f, row_at(0));
    add(f, row_at(0)); /* an exact duplicate is a session as well */
    add(f, bare);
    assert_int_equal(f->parts.count, 3);
    assert_int_equal(f->counts->sessions, 3);
    assert_int_equal(f->counts->packets, 25);
    assert_int_equal(f->parts.list[1].packets, 12);
    assert_int_equal(f->parts.list[1].bytes, 3456);
    assert_int_equal(f->parts.list[1].last_ns, S(5));
    assert_int_equal(f->parts.list[1].answered, 1);
    assert_int_equal(f->parts.list[1].user_length, 4);
    assert_memory_equal(f->parts.list[1].user, "root", 4);
    assert_int_equal(f->parts.list[1].country, 4);
    assert_int_equal(f->parts.list[1].conn_state, 5);
    assert_int_equal(f->parts.list[1].app, 6);
    assert_true(f->parts.list[1].no_fields);
    assert_int_equal(f->parts.list[2].packets, 1);
    assert_int_equal(f->parts.list[2].sports_count, 0);
    free_fixture(f);
}

static void log_rows_of_what_the_sensor_sent_are_its_own(void **state)
{
    struct fixture *f = usual_fixture(0);
    struct packet sent = row_at(0);

    (void)state;
    sent.direction = DIRECTION_OUT;
    add(f, sent);
    add(f, row_at(1));
    f->gather_s = 600;
    add(f, sent);
    close_all(f);
    assert_int_equal(f->parts.count, 1);
    assert_int_equal(f->counts->sessions, 1);
    assert_int_equal(f->counts->packets, 36);
    assert_int_equal(f->counts->own, 24);
    free_fixture(f);
}

static void log_rows_keep_their_ports_when_the_log_names_no_protocol(void **state)
{
    struct fixture *f = usual_fixture(0);
    struct packet one = row_at(0), other = row_at(1);

    (void)state;
    one.proto = other.proto = 0;
    other.dport = (uint16_t)(one.dport + 1);
    add(f, one);
    add(f, other);
    assert_int_equal(f->parts.count, 2);
    assert_int_equal(f->parts.list[0].dport, one.dport);
    assert_int_equal(f->parts.list[1].dport, other.dport);
    assert_int_equal(f->parts.list[1].sport_min, other.sport);
    free_fixture(f);
}

static void log_rows_of_a_gathering_sensor_become_visits(void **state)
{
    struct fixture *f = usual_fixture(600);

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        add(f, row_at(i));
    assert_int_equal(f->parts.count, 0);
    close_all(f);
    assert_int_equal(f->parts.count, 1);
    assert_int_equal(f->parts.list[0].sessions, 10);
    assert_int_equal(f->parts.list[0].packets, 120);
    assert_int_equal(f->parts.list[0].answered, 10);
    assert_int_equal(f->parts.list[0].last_ns, S(14));
    assert_memory_equal(f->parts.list[0].user, "root", 4);
    free_fixture(f);
}

static void absurd_times_and_numbers_do_no_harm(void **state)
{
    static const int64_t times[] = {INT64_MIN, INT64_MAX, 0, -1, T0, INT64_MAX - 1};
    struct fixture *f = usual_fixture(600);

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        struct packet p = i % 3 == 0 ? row_at(0) : syn_at(0, i);

        p.time_ns = times[i % 6];
        p.row_duration_us = i % 2 == 0 ? INT64_MAX : INT64_MIN;
        p.row_packets = p.row_bytes = UINT64_MAX;
        p.ip_length = UINT32_MAX;
        add(f, p);
        assert_int_equal(visit_table_tick(f->table, times[i / 6 % 6], NULL), 0);
    }
    close_all(f);
    for (size_t i = 0; i < f->parts.count; i++)
        assert_true(f->parts.list[i].first_ns <= f->parts.list[i].last_ns);
    free_fixture(f);
}

static int refuse(void *ctx, const struct visit *visit, struct nj_err *err)
{
    (void)ctx;
    (void)visit;
    return nj_fail(err, NJ_STORE, "no");
}

static void failing_sink_is_passed_on(void **state)
{
    const struct visit_table_options options = {.max_visits = 10, .part_s = 300};
    struct visit_table *table = NULL;
    struct packet p = syn_at(0, 1);
    struct nj_err err;

    (void)state;
    assert_int_equal(visit_table_new(&options, 1, refuse, NULL, &table, NULL), 0);
    assert_int_equal(visit_table_add(table, &p, 600, &err), 0);
    assert_int_equal(visit_table_tick(table, S(4000), &err), -1);
    assert_int_equal(err.code, NJ_STORE);
    visit_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_syn_within_120_s_is_a_repeat_and_no_session),
        cmocka_unit_test(another_sequence_number_starts_a_session),
        cmocka_unit_test(data_between_does_not_prolong_the_120_s_of_a_syn),
        cmocka_unit_test(later_packets_of_both_directions_belong_to_the_syn),
        cmocka_unit_test(udp_session_ends_after_60_s_of_silence_and_is_directional),
        cmocka_unit_test(icmp_session_is_told_by_type_and_identifier),
        cmocka_unit_test(fragments_and_other_protocols_have_port_0),
        cmocka_unit_test(reply_from_our_prefix_answers_the_session),
        cmocka_unit_test(own_clients_and_what_comes_back_to_them_make_no_visit),
        cmocka_unit_test(visit_ends_after_more_than_gather_of_silence),
        cmocka_unit_test(visit_never_spans_an_hour_and_a_repeat_over_it_is_no_session),
        cmocka_unit_test(newcomer_to_one_port_is_handed_on_at_1_4_16_64_packets),
        cmocka_unit_test(nobody_can_aim_visits_at_one_place_of_the_index),
        cmocka_unit_test(newcomers_next_port_is_handed_on_after_10_s_then_at_2_4_8_packets),
        cmocka_unit_test(burst_to_a_newcomers_next_port_is_one_part),
        cmocka_unit_test(old_episode_is_handed_on_part_s_after_the_parts_first_packet),
        cmocka_unit_test(parts_that_are_due_together_come_in_the_order_of_opening),
        cmocka_unit_test(class_stack_port_and_sensor_make_visits_of_their_own),
        cmocka_unit_test(part_shows_what_the_sources_packets_were_like),
        cmocka_unit_test(targets_are_exact_up_to_4096_and_a_counted_lower_bound_beyond),
        cmocka_unit_test(full_table_closes_what_is_due_first_and_counts_it),
        cmocka_unit_test(full_session_table_forgets_and_counts),
        cmocka_unit_test(session_table_grows_before_it_forgets),
        cmocka_unit_test(late_packet_goes_to_the_visit_of_its_own_hour),
        cmocka_unit_test(older_file_after_a_newer_one_is_handed_on_at_its_own_time),
        cmocka_unit_test(ipv6_sources_that_share_the_lower_half_are_two),
        cmocka_unit_test(without_gathering_each_session_is_a_row),
        cmocka_unit_test(a_session_of_its_own_is_told_early_and_counted_once),
        cmocka_unit_test(log_rows_are_handed_on_at_once_each_a_session),
        cmocka_unit_test(log_rows_of_what_the_sensor_sent_are_its_own),
        cmocka_unit_test(log_rows_keep_their_ports_when_the_log_names_no_protocol),
        cmocka_unit_test(log_rows_of_a_gathering_sensor_become_visits),
        cmocka_unit_test(absurd_times_and_numbers_do_no_harm),
        cmocka_unit_test(failing_sink_is_passed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

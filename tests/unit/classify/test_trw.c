/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/trw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)
#define OWN 0xc0000200u    /* 192.0.2.0 */
#define REMOTE 0xcb007100u /* 203.0.113.0 */

struct bench {
    struct trw *trw;
    int64_t now_ns;
    unsigned traits;
    struct trait last;
};

static int on_trait(void *ctx, const struct trait *trait, struct nj_err *err)
{
    struct bench *bench = ctx;

    (void)err;
    bench->traits++;
    bench->last = *trait;
    return 0;
}

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct nj_err err;

    assert_non_null(bench);
    bench->now_ns = 1000 * SECOND;
    assert_int_equal(trw_new(1024, on_trait, bench, &bench->trw, &err), 0);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;

    trw_free(bench->trw);
    free(bench);
    return 0;
}

static void add(struct bench *bench, struct packet packet, enum sensor_place own)
{
    struct nj_err err;
    bool out = packet.direction == DIRECTION_OUT;

    packet.time_ns = bench->now_ns;
    packet.sensor = 1;
    assert_int_equal(trw_add(bench->trw, &packet, out ? own : SENSOR_ELSEWHERE,
                             out ? SENSOR_ELSEWHERE : own, &err),
                     0);
    bench->now_ns += SECOND / 1000;
}

static struct packet packet_of(uint32_t remote, uint32_t own, uint8_t proto, uint16_t port,
                               bool out)
{
    struct addr here = addr_from_v4(OWN + own), there = addr_from_v4(REMOTE + remote);

    return (struct packet){.src = out ? here : there,
                           .dst = out ? there : here,
                           .sport = out ? port : 40000,
                           .dport = out ? 40000 : port,
                           .proto = proto,
                           .direction = out ? DIRECTION_OUT : DIRECTION_IN,
                           .class = CLASS_SCAN};
}

static void tcp(struct bench *bench, uint32_t remote, uint32_t own, uint16_t port, bool out,
                uint8_t flags)
{
    struct packet packet = packet_of(remote, own, PROTO_TCP, port, out);

    packet.tcp_flags = flags;
    add(bench, packet, SENSOR_LIT);
}

static void syn(struct bench *bench, uint32_t remote, uint32_t own, uint16_t port)
{
    tcp(bench, remote, own, port, false, TCP_SYN);
}

static void refuse(struct bench *bench, uint32_t remote, uint32_t own, uint16_t port)
{
    tcp(bench, remote, own, port, true, TCP_RST | TCP_ACK);
}

static void serve(struct bench *bench, uint32_t remote, uint32_t own, uint16_t port)
{
    syn(bench, remote, own, port);
    tcp(bench, remote, own, port, true, TCP_SYN | TCP_ACK);
    tcp(bench, remote, own, port, false, TCP_ACK);
}

static void touch_dark(struct bench *bench, uint32_t remote, uint32_t own)
{
    struct packet packet = packet_of(remote, own, PROTO_TCP, 23, false);

    packet.tcp_flags = TCP_SYN;
    add(bench, packet, SENSOR_DARK);
}

static bool says(const struct bench *bench, const char *text)
{
    return bench->traits > 0 && strncmp(bench->last.value, text, strlen(text)) == 0;
}

static void nine_refusals_make_a_scanner_and_eight_do_not(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 9; i++) {
        assert_int_equal(bench->traits, 0);
        syn(bench, 1, i, 23);
        refuse(bench, 1, i, 23);
    }
    assert_int_equal(bench->traits, 1);
    assert_string_equal(bench->last.value, "scanner; 0 answered, 9 failed, 0 dark");
    assert_string_equal(bench->last.kind, "trw");
    assert_true(addr_equal(bench->last.src, addr_from_v4(REMOTE + 1)));
    assert_int_equal(bench->last.packets, 9);
    assert_true(bench->last.bits >= 16.6f);
}

static void the_same_target_counts_once(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 100; i++) {
        syn(bench, 1, 7, 23);
        refuse(bench, 1, 7, 23);
    }
    assert_int_equal(bench->traits, 0);
}

static void three_dark_addresses_make_a_scanner(void **state)
{
    struct bench *bench = *state;

    touch_dark(bench, 1, 100);
    touch_dark(bench, 1, 101);
    touch_dark(bench, 1, 101);
    assert_int_equal(bench->traits, 0);
    touch_dark(bench, 1, 102);
    assert_true(says(bench, "scanner; 0 answered, 0 failed, 3 dark"));
}

static void who_is_served_is_a_client_then_benign(void **state)
{
    struct bench *bench = *state;

    serve(bench, 1, 1, 443);
    assert_string_equal(bench->last.value, "client; 1 of our addresses answered");
    assert_int_equal((int)bench->last.bits, 2);
    for (uint32_t i = 2; i <= 4; i++)
        serve(bench, 1, i, 443);
    assert_string_equal(bench->last.value, "benign; 4 answered, 0 failed, 0 dark");
    assert_int_equal(bench->traits, 2);
}

static void a_client_that_fails_once_is_undecided(void **state)
{
    struct bench *bench = *state;

    serve(bench, 1, 1, 443);
    syn(bench, 1, 2, 443);
    refuse(bench, 1, 2, 443);
    assert_string_equal(bench->last.value, "undecided; 1 answered, 1 failed, 0 dark");
}

static void closed_ports_of_one_address_make_a_scanner_of_a_client(void **state)
{
    struct bench *bench = *state;

    serve(bench, 1, 1, 443);
    assert_true(says(bench, "client"));
    for (uint16_t port = 1; port <= 10; port++) {
        syn(bench, 1, 1, port);
        refuse(bench, 1, 1, port);
        syn(bench, 1, 1, port); /* again: the same port counts once */
        refuse(bench, 1, 1, port);
    }
    assert_true(says(bench, "scanner; 1 answered, 10 failed, 0 dark"));
    assert_int_equal(bench->traits, 3); /* client, undecided, scanner */
}

static void many_open_ports_of_one_address_make_nobody_benign(void **state)
{
    struct bench *bench = *state;

    for (uint16_t port = 1; port <= 30; port++)
        serve(bench, 1, 1, port);
    assert_int_equal(bench->traits, 1);
    assert_string_equal(bench->last.value, "client; 1 of our addresses answered");
}

static void among(struct bench *bench, uint32_t from, uint32_t to, uint16_t sport,
                  uint16_t dport, uint8_t flags)
{
    struct packet packet = packet_of(0, 0, PROTO_TCP, dport, false);
    struct nj_err err;

    packet.src = addr_from_v4(OWN + from);
    packet.dst = addr_from_v4(OWN + to);
    packet.sport = sport;
    packet.tcp_flags = flags;
    packet.time_ns = bench->now_ns;
    packet.sensor = 1;
    assert_int_equal(trw_add(bench->trw, &packet, SENSOR_LIT, SENSOR_LIT, &err), 0);
    bench->now_ns += SECOND / 1000;
}

static void our_own_hosts_are_innocent_until_they_scan(void **state)
{
    struct bench *bench = *state;

    among(bench, 1, 2, 40000, 22, TCP_SYN);
    among(bench, 2, 1, 22, 40000, TCP_SYN | TCP_ACK);
    among(bench, 1, 2, 40000, 22, TCP_ACK);
    assert_int_equal(bench->traits, 1);
    assert_string_equal(bench->last.value, "own host; 0 answered, 0 failed, 0 dark");
    assert_true(addr_equal(bench->last.src, addr_from_v4(OWN + 1)));
    for (uint32_t i = 10; i < 20; i++) {
        among(bench, 1, i, 40000, 445, TCP_SYN);
        among(bench, i, 1, 445, 40000, TCP_RST | TCP_ACK);
    }
    assert_true(says(bench, "scanner; 1 answered, 10 failed, 0 dark"));
    assert_int_equal(bench->traits, 2);
    for (uint32_t i = 20; i < 40; i++) { /* one that is answered stays what it is */
        among(bench, 3, i, 40000, 443, TCP_SYN);
        among(bench, i, 3, 443, 40000, TCP_SYN | TCP_ACK);
        among(bench, 3, i, 40000, 443, TCP_ACK);
    }
    assert_int_equal(bench->traits, 3);
    assert_true(says(bench, "own host"));
}

static void a_handshake_that_ends_in_a_reset_is_a_failure(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 9; i++) {
        syn(bench, 1, i, 22);
        tcp(bench, 1, i, 22, true, TCP_SYN | TCP_ACK);
        tcp(bench, 1, i, 22, false, TCP_RST);
    }
    assert_true(says(bench, "scanner; 0 answered, 9 failed"));
}

static void silence_is_a_failure_if_answers_can_be_seen(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 12; i++)
        syn(bench, 1, i, 23);
    bench->now_ns += 5 * SECOND;
    syn(bench, 2, 1, 23);
    assert_int_equal(bench->traits, 0); /* one direction only was captured */

    serve(bench, 3, 60, 80);
    assert_int_equal(bench->traits, 1);
    for (uint32_t i = 20; i < 32; i++)
        syn(bench, 1, i, 23);
    bench->now_ns += 5 * SECOND;
    syn(bench, 2, 2, 23);
    assert_true(says(bench, "scanner; 0 answered, 9 failed, 0 dark"));
    assert_true(addr_equal(bench->last.src, addr_from_v4(REMOTE + 1)));
}

static void a_service_that_exists_is_not_held_against_anybody(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 20; i++)
        serve(bench, 200, i, 25);
    bench->traits = 0;
    for (uint32_t i = 0; i < 20; i++)
        syn(bench, 1, i, 25); /* lost, overloaded, filtered for this one */
    bench->now_ns += 5 * SECOND;
    syn(bench, 2, 1, 25);
    assert_int_equal(bench->traits, 0);
}

static void whom_our_hosts_talk_to_is_not_counted(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 40; i++) {
        tcp(bench, 1, i, 50000, true, TCP_SYN);            /* our client ... */
        tcp(bench, 1, i, 50000, false, TCP_SYN | TCP_ACK); /* ... is answered */
        syn(bench, 1, i, 113);                             /* and asked who it is */
        refuse(bench, 1, i, 113);
    }
    assert_int_equal(bench->traits, 0);
    assert_int_equal(trw_counts(bench->trw)->contacts, 0);
}

static void peers_of_our_udp_ports_are_not_counted(void **state)
{
    struct bench *bench = *state;

    for (uint32_t own = 0; own < 20; own++) {
        add(bench, packet_of(200, own, PROTO_UDP, 6881, true), SENSOR_LIT);
        add(bench, packet_of(1, own, PROTO_UDP, 6881, false), SENSOR_LIT);
    }
    bench->now_ns += 5 * SECOND;
    add(bench, packet_of(2, 1, PROTO_UDP, 6881, false), SENSOR_LIT);
    assert_int_equal(bench->traits, 0);
}

static void what_is_no_scan_is_not_counted(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 40; i++) {
        struct packet packet = packet_of(1, i, PROTO_UDP, 40000, false);

        packet.class = CLASS_BACKSCATTER; /* an answer out of nowhere */
        add(bench, packet, SENSOR_DARK);
        tcp(bench, 1, i, 80, false, TCP_SYN | TCP_ACK);
    }
    assert_int_equal(bench->traits, 0);
}

static void answered_pings_make_nobody_benign(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 20; i++) {
        struct packet packet = packet_of(1, i, PROTO_ICMP, 8 << 8, false);

        add(bench, packet, SENSOR_LIT);
        packet = packet_of(1, i, PROTO_ICMP, 0, true);
        packet.dport = 0; /* echo reply */
        add(bench, packet, SENSOR_LIT);
    }
    assert_int_equal(bench->traits, 0);
    for (uint32_t i = 0; i < 9; i++) { /* and what follows counts */
        syn(bench, 1, i, 23);
        refuse(bench, 1, i, 23);
    }
    assert_true(says(bench, "scanner; 0 answered, 9 failed"));
}

static void a_scanner_stays_one(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 3; i++)
        touch_dark(bench, 1, 100 + i);
    for (uint32_t i = 0; i < 40; i++)
        serve(bench, 1, i, 443);
    assert_int_equal(bench->traits, 1);
    assert_true(says(bench, "scanner"));
}

static void rows_of_a_log_tell_their_outcome(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 9; i++) {
        struct packet packet = packet_of(1, i, PROTO_TCP, 23, false);

        packet.row = true;
        add(bench, packet, SENSOR_LIT);
        packet = packet_of(2, i, PROTO_TCP, 443, false);
        packet.row = packet.answered = true;
        add(bench, packet, SENSOR_LIT);
    }
    assert_string_equal(bench->last.value, "scanner; 0 answered, 9 failed, 0 dark");
    assert_int_equal(bench->traits, 3); /* the other one: client, benign */
}

static void rows_that_can_not_tell_the_outcome_are_judged_at_dark_addresses_only(void **state)
{
    struct bench *bench = *state;
    struct packet packet;

    for (uint32_t i = 0; i < 40; i++) {
        packet = packet_of(1, i % 20, i < 20 ? PROTO_UDP : PROTO_TCP, 53, false);
        packet.row = packet.untold = true;
        add(bench, packet, SENSOR_LIT);
    }
    assert_int_equal(bench->traits, 0);
    for (uint32_t i = 0; i < 3; i++) {
        packet = packet_of(1, 100 + i, PROTO_UDP, 53, false);
        packet.row = packet.untold = true;
        add(bench, packet, SENSOR_DARK);
    }
    assert_true(says(bench, "scanner; 0 answered, 0 failed, 3 dark"));
    packet = packet_of(2, 1, PROTO_UDP, 53, false); /* a later row that tells counts */
    packet.row = packet.untold = true;
    add(bench, packet, SENSOR_LIT);
    packet.untold = false;
    packet.answered = true;
    add(bench, packet, SENSOR_LIT);
    assert_true(says(bench, "client; 1 of our addresses answered"));
}

static void rows_of_what_our_hosts_do_elsewhere_are_judged_too(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 30; i++) { /* one uses what answers, the other looks for it */
        struct packet used = packet_of(i, 1, PROTO_TCP, 443, false);
        struct packet tried = packet_of(100 + i, 2, PROTO_TCP, 23, false);
        struct addr there = used.dst;

        used.dst = used.src;
        used.src = there;
        used.row = used.answered = true;
        used.direction = DIRECTION_OUT;
        add(bench, used, SENSOR_LIT);
        there = tried.dst;
        tried.dst = tried.src;
        tried.src = there;
        tried.row = true;
        tried.direction = DIRECTION_OUT;
        add(bench, tried, SENSOR_LIT);
    }
    assert_int_equal(bench->traits, 3); /* two own hosts, and one of them scans */
    assert_true(says(bench, "scanner; 0 answered, 9 failed, 0 dark"));
    assert_true(addr_equal(bench->last.src, addr_from_v4(OWN + 2)));
}

static void closed_ports_in_rows_make_a_scanner(void **state)
{
    struct bench *bench = *state;

    for (uint16_t port = 1; port <= 12; port++) {
        struct packet row = packet_of(1, 1, PROTO_TCP, port, false);

        row.row = true;
        add(bench, row, SENSOR_LIT);
    }
    assert_true(says(bench, "scanner; 0 answered, 9 failed, 0 dark"));
}

/* A packet of a connection whose beginning nobody saw. */
static void middle(struct bench *bench, uint32_t remote, uint32_t own, uint16_t port, bool out,
                   uint8_t flags, enum class class)
{
    struct packet packet = packet_of(remote, own, PROTO_TCP, port, out);

    packet.tcp_flags = flags;
    packet.class = class;
    add(bench, packet, SENSOR_LIT);
}

static void a_connection_that_began_before_and_goes_on_is_answered(void **state)
{
    struct bench *bench = *state;

    middle(bench, 1, 1, 80, false, TCP_PSH | TCP_ACK, CLASS_SCAN); /* GET / */
    assert_int_equal(bench->traits, 0);
    middle(bench, 1, 1, 80, true, TCP_ACK, CLASS_SCAN);
    assert_true(says(bench, "client; 1 of our addresses answered"));

    middle(bench, 2, 1, 80, true, TCP_PSH | TCP_ACK, CLASS_SCAN); /* our answer comes first */
    middle(bench, 2, 1, 80, false, TCP_ACK, CLASS_OTHER);
    assert_int_equal(bench->traits, 1);
    middle(bench, 2, 1, 80, false, TCP_PSH | TCP_ACK, CLASS_SCAN);
    assert_int_equal(bench->traits, 2);
    assert_true(says(bench, "client; 1 of our addresses answered"));
}

static void who_began_in_the_middle_of_an_answered_connection_may_scan_later(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 9; i++) {
        middle(bench, 1, i, 80, true, TCP_ACK, CLASS_SCAN);
        syn(bench, 1, i, 23);
        refuse(bench, 1, i, 23);
    }
    assert_true(says(bench, "scanner; 0 answered, 9 failed, 0 dark"));
}

static void probes_without_a_syn_make_a_scanner(void **state)
{
    static const struct {
        uint8_t flags;
        enum class class;
        bool refused;
    } scans[] = {
        {TCP_ACK, CLASS_OTHER, true}, {TCP_ACK, CLASS_OTHER, false},
        {TCP_FIN, CLASS_SCAN, true},  {TCP_FIN, CLASS_SCAN, false},
        {0, CLASS_SCAN, false},       {TCP_FIN | TCP_PSH | TCP_URG, CLASS_SCAN, true},
    };
    struct bench *bench = *state;

    for (uint32_t k = 0; k < sizeof(scans) / sizeof(scans[0]); k++) {
        serve(bench, 100 + k, 60, 443); /* answers can be seen */
        bench->traits = 0;
        for (uint32_t i = 0; i < 9; i++) {
            middle(bench, k, i, 80, false, scans[k].flags, scans[k].class);
            if (scans[k].refused)
                tcp(bench, k, i, 80, true, TCP_RST);
        }
        bench->now_ns += 4 * SECOND;
        serve(bench, 200 + k, 60, 443);
        assert_true(bench->traits > 0);
        if (!scans[k].refused)
            bench->traits--; /* of the last one served */
        assert_int_equal(bench->traits, scans[k].refused ? 2 : 1);
    }
}

static void the_rest_of_a_connection_is_no_probe(void **state)
{
    struct bench *bench = *state;

    serve(bench, 1, 60, 443);
    bench->traits = 0;
    for (uint32_t i = 0; i < 20; i++) { /* last words, whom we refuse or ignore */
        middle(bench, 1, i, 80, false, TCP_ACK, CLASS_OTHER);
        middle(bench, 2, i, 80, false, TCP_PSH | TCP_ACK, CLASS_BACKSCATTER);
        tcp(bench, 2, i, 80, true, TCP_RST);
        middle(bench, 3, i, 80, false, TCP_FIN | TCP_ACK, CLASS_BACKSCATTER);
    }
    bench->now_ns += 4 * SECOND;
    serve(bench, 1, 60, 443);
    assert_int_equal(bench->traits, 0);
}

static void say(struct bench *bench, uint32_t remote, uint32_t own, bool out, const char *text)
{
    struct packet packet = packet_of(remote, own, PROTO_TCP, 21, out);

    packet.tcp_flags = TCP_PSH | TCP_ACK;
    packet.class = out ? CLASS_OTHER : CLASS_CREDENTIAL;
    packet.payload = (const uint8_t *)text;
    packet.payload_length = (uint32_t)strlen(text);
    add(bench, packet, SENSOR_LIT);
}

static void a_client_whom_a_login_lets_in_is_a_user(void **state)
{
    struct bench *bench = *state;

    serve(bench, 1, 1, 21);
    say(bench, 1, 1, false, "USER ann\r\n");
    say(bench, 1, 1, true, "331 \r\n");
    assert_int_equal(bench->traits, 1);
    say(bench, 1, 1, false, "PASS x\r\n");
    say(bench, 1, 1, true, "230 \r\n");
    assert_true(says(bench, "user; 1 answered, 0 failed, 0 dark"));
    for (uint32_t i = 2; i < 20; i++) {
        syn(bench, 1, i, 21);
        refuse(bench, 1, i, 21);
    }
    assert_true(says(bench, "scanner;"));
}

static void words(struct bench *bench, uint8_t proto, uint16_t port, bool out, const char *text,
                  size_t length)
{
    struct packet packet = packet_of(1, 1, proto, port, out);

    packet.tcp_flags = proto == PROTO_TCP ? TCP_PSH | TCP_ACK : 0;
    packet.class = out ? CLASS_OTHER : CLASS_CREDENTIAL;
    packet.payload = (const uint8_t *)text;
    packet.payload_length = (uint32_t)length;
    add(bench, packet, SENSOR_LIT);
}

/* An RDP connection in which our host sends so many packets, within so many seconds. */
static void rdp(struct bench *bench, unsigned packets, int64_t seconds)
{
    static const char request[] = "\3\0\0\x13\x0e\xe0\0\0\0\0\0Cookie: mstshash=ann\r\n";

    words(bench, PROTO_TCP, 3389, false, request, sizeof(request) - 1);
    for (unsigned i = 0; i < packets; i++) {
        bench->now_ns += seconds * SECOND / packets;
        words(bench, PROTO_TCP, 3389, true, "\x17\3\3", 3);
    }
}

static void an_rdp_connection_that_lasts_was_let_in(void **state)
{
    struct bench *bench = *state;

    serve(bench, 1, 1, 3389);
    for (unsigned i = 0; i < 20; i++)
        rdp(bench, 90, 100);
    rdp(bench, 90, 600);
    rdp(bench, 500, 290);
    assert_true(says(bench, "client;"));
    rdp(bench, 200, 320);
    assert_true(says(bench, "user;"));
}

/* The next ones bring no cookie: nobody is known to log in by them. */
static void short_rdp_connections_are_not_one_that_lasts(void **state)
{
    struct bench *bench = *state;

    serve(bench, 1, 1, 3389);
    rdp(bench, 10, 2);
    for (unsigned i = 0; i < 20; i++) {
        serve(bench, 1, 1, 3389);
        for (unsigned k = 0; k < 20; k++) {
            bench->now_ns += SECOND;
            words(bench, PROTO_TCP, 3389, true, "\x17\3\3", 3);
        }
    }
    assert_true(says(bench, "client;"));
    serve(bench, 1, 1, 3389); /* one with a cookie still counts, whatever goes to other ports */
    rdp(bench, 100, 200);
    serve(bench, 1, 1, 443);
    for (unsigned k = 0; k < 200; k++) {
        bench->now_ns += SECOND;
        words(bench, PROTO_TCP, 3389, true, "\x17\3\3", 3);
    }
    assert_true(says(bench, "user;"));
}

static void a_telephone_that_registers_is_a_user(void **state)
{
    static const char asks[] = "REGISTER sip:pbx SIP/2.0\r\n\r\n";
    static const char comes[] = "REGISTER sip:pbx SIP/2.0\r\nAuthorization: x\r\n\r\n";
    static const char no[] = "SIP/2.0 401 Unauthorized\r\nCSeq: 1 REGISTER\r\n\r\n";
    static const char yes[] = "SIP/2.0 200 OK\r\nCSeq: 2 REGISTER\r\n\r\n";
    struct bench *bench = *state;

    for (unsigned i = 0; i < 5; i++) {
        words(bench, PROTO_UDP, 5060, false, asks, sizeof(asks) - 1);
        words(bench, PROTO_UDP, 5060, true, no, sizeof(no) - 1);
    }
    assert_true(says(bench, "client;"));
    words(bench, PROTO_UDP, 5060, false, comes, sizeof(comes) - 1);
    words(bench, PROTO_UDP, 5060, true, yes, sizeof(yes) - 1);
    assert_true(says(bench, "user;"));
}

static void who_guesses_until_he_is_let_in_is_no_user(void **state)
{
    struct bench *bench = *state;

    serve(bench, 1, 1, 21);
    serve(bench, 2, 1, 21);
    for (unsigned i = 0; i < 3; i++) {
        say(bench, 1, 1, false, "PASS x\r\n");
        say(bench, 1, 1, true, "530 \r\n");
    }
    say(bench, 1, 1, false, "PASS y\r\n");
    say(bench, 1, 1, true, "230 \r\n");
    assert_true(says(bench, "client;"));
    say(bench, 2, 1, false, "PASS x\r\n");
    say(bench, 2, 1, true, "530 \r\n");
    say(bench, 2, 1, false, "PASS y\r\n");
    say(bench, 2, 1, true, "230 \r\n");
    assert_true(says(bench, "user;"));
}

static void a_run_that_goes_on_says_what_one_run_says(void **state)
{
    struct bench *bench = *state;
    struct trw *next;
    struct nj_err err;
    FILE *file = tmpfile();

    assert_non_null(file);
    serve(bench, 3, 60, 80);
    serve(bench, 5, 1, 21);
    say(bench, 5, 1, false, "PASS x\r\n");
    for (uint32_t i = 0; i < 9; i++)
        syn(bench, 1, i, 23);
    assert_int_equal(trw_save(bench->trw, file, &err), 0);
    rewind(file);
    assert_int_equal(trw_new(1024, on_trait, bench, &next, &err), 0);
    assert_int_equal(trw_load(next, file, &err), 0);
    trw_free(bench->trw);
    bench->trw = next;
    say(bench, 5, 1, true, "230 \r\n");
    assert_true(says(bench, "user;"));
    bench->now_ns += 5 * SECOND;
    syn(bench, 4, 1, 23);
    assert_true(says(bench, "scanner; 0 answered, 9 failed, 0 dark"));

    rewind(file); /* nobody has a table any more */
    assert_int_equal(trw_load(NULL, file, &err), 0);
    (void)fclose(file);
}

static void a_flood_of_sources_takes_no_memory(void **state)
{
    struct bench *bench = *state;

    for (uint32_t i = 0; i < 100000; i++)
        syn(bench, i << 8, i & 63, 80);
    assert_true(trw_counts(bench->trw)->forgotten > 0);
    assert_int_equal(bench->traits, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
        TEST(nine_refusals_make_a_scanner_and_eight_do_not),
        TEST(the_same_target_counts_once),
        TEST(three_dark_addresses_make_a_scanner),
        TEST(who_is_served_is_a_client_then_benign),
        TEST(a_client_that_fails_once_is_undecided),
        TEST(closed_ports_of_one_address_make_a_scanner_of_a_client),
        TEST(many_open_ports_of_one_address_make_nobody_benign),
        TEST(our_own_hosts_are_innocent_until_they_scan),
        TEST(a_handshake_that_ends_in_a_reset_is_a_failure),
        TEST(silence_is_a_failure_if_answers_can_be_seen),
        TEST(a_service_that_exists_is_not_held_against_anybody),
        TEST(whom_our_hosts_talk_to_is_not_counted),
        TEST(peers_of_our_udp_ports_are_not_counted),
        TEST(what_is_no_scan_is_not_counted),
        TEST(answered_pings_make_nobody_benign),
        TEST(a_scanner_stays_one),
        TEST(rows_of_a_log_tell_their_outcome),
        TEST(rows_that_can_not_tell_the_outcome_are_judged_at_dark_addresses_only),
        TEST(rows_of_what_our_hosts_do_elsewhere_are_judged_too),
        TEST(closed_ports_in_rows_make_a_scanner),
        TEST(a_connection_that_began_before_and_goes_on_is_answered),
        TEST(who_began_in_the_middle_of_an_answered_connection_may_scan_later),
        TEST(probes_without_a_syn_make_a_scanner),
        TEST(the_rest_of_a_connection_is_no_probe),
        TEST(a_client_whom_a_login_lets_in_is_a_user),
        TEST(an_rdp_connection_that_lasts_was_let_in),
        TEST(short_rdp_connections_are_not_one_that_lasts),
        TEST(a_telephone_that_registers_is_a_user),
        TEST(who_guesses_until_he_is_let_in_is_no_user),
        TEST(a_run_that_goes_on_says_what_one_run_says),
        TEST(a_flood_of_sources_takes_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

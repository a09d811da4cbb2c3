/* SPDX-License-Identifier: Apache-2.0 */
/* UDP and ICMP requests as the tools and others make them. */
#include "fingerprint/tool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "traffic.h"

static uint8_t payload[64];

static struct packet datagram(struct traffic *t, uint8_t proto, uint16_t dport, size_t length)
{
    struct packet p = traffic_syn(t);

    p.proto = proto;
    p.dport = dport;
    p.tcp_flags = 0;
    p.window = 0;
    p.seq = 0;
    p.payload = payload;
    p.payload_length = (uint32_t)length;
    p.ip_length = 28 + (uint32_t)length;
    p.udp_sum = proto == PROTO_UDP ? UDP_SUM_GIVEN : UDP_SUM_UNKNOWN;
    memset(payload, 0, sizeof(payload));
    return p;
}

static struct packet echo(struct traffic *t, size_t length)
{
    struct packet p = datagram(t, PROTO_ICMP, 8 << 8, length);

    p.echo_seq = (uint16_t)traffic_random(t);
    return p;
}

static void over_ipv6(struct packet *p)
{
    p->ip_version = 6;
    p->src.hi = p->dst.hi = 0x20010db800000000;
    p->ip_id = 0;
    p->ip_length += 20;
    p->ttl = 240;
    if (p->proto == PROTO_ICMP) {
        p->proto = PROTO_ICMPV6;
        p->dport = 128 << 8;
    }
}

static uint16_t zmap_port(struct traffic *t)
{
    return (uint16_t)(32768 + traffic_random(t) % 28233);
}

/* ---- as the tools make them ---- */

static struct packet xmap_dns(struct traffic *t)
{
    struct packet p = datagram(t, PROTO_UDP, 53, 32);

    p.ip_id = 54321;
    payload[0] = (uint8_t)traffic_random(t);
    payload[1] = (uint8_t)traffic_random(t);
    p.sport = (uint16_t)(32768 + (payload[1] << 8 | payload[0]) % 28233);
    return p;
}

static struct packet xmap_dns_v6(struct traffic *t)
{
    struct packet p = xmap_dns(t);

    over_ipv6(&p);
    return p;
}

static struct packet xmap_udp(struct traffic *t)
{
    struct packet p = datagram(t, PROTO_UDP, 1900, 30);

    p.ip_id = 54321;
    p.sport = zmap_port(t);
    return p;
}

static struct packet xmap_echo(struct traffic *t)
{
    struct packet p = echo(t, 8);

    p.ip_id = 54321;
    return p;
}

static struct packet xmap_echo_v6(struct traffic *t)
{
    struct packet p = echo(t, 8);

    over_ipv6(&p);
    return p;
}

static struct packet zmap_udp_old(struct traffic *t)
{
    struct packet p = xmap_udp(t);

    p.udp_sum = UDP_SUM_NONE;
    return p;
}

static struct packet zmap_udp(struct traffic *t)
{
    struct packet p = zmap_udp_old(t);

    p.ip_id = (uint16_t)traffic_random(t);
    return p;
}

static struct packet zmap_echo_v6(struct traffic *t)
{
    struct packet p = echo(t, 8);

    over_ipv6(&p);
    p.echo_seq = 0;
    payload[3] = 1;
    return p;
}

static struct packet zmap_v6(struct traffic *t)
{
    struct packet p = traffic_zmap(t);

    over_ipv6(&p);
    return p;
}

static struct packet masscan_v6(struct traffic *t)
{
    struct packet p = traffic_masscan(t);

    over_ipv6(&p);
    return p;
}

static struct packet masscan_udp(struct traffic *t)
{
    /* a request for nothing in SNMP 1, community "public" */
    static const uint8_t snmp[] = {0x30, 0x1f, 2,    1,    0, 4,    6, 'p',  'u', 'b', 'l',
                                   'i',  'c',  0xa1, 0x12, 2, 4,    0, 0,    0,   0,   2,
                                   1,    0,    2,    1,    0, 0x30, 4, 0x30, 2,   6,   0};
    static const struct {
        uint16_t port;
        uint8_t cookie;
    } kinds[] = {{53, 0}, {137, 0}, {11211, 0}, {5683, 2}, {161, 19}};
    unsigned kind = t->number % 5;
    struct packet p = datagram(t, PROTO_UDP, kinds[kind].port, sizeof(snmp));
    uint16_t cookie = (uint16_t)traffic_random(t);

    if (p.dport == 161)
        memcpy(payload, snmp, sizeof(snmp));
    payload[kinds[kind].cookie] = (uint8_t)(cookie >> 8);
    payload[kinds[kind].cookie + 1] = (uint8_t)cookie;
    p.ip_id = (uint16_t)(addr_v4(p.dst) ^ p.dport ^ cookie);
    return p;
}

static struct packet hping3_echo(struct traffic *t)
{
    struct packet p = echo(t, t->sport % 2 == 0 ? 0 : 40);

    memset(payload, 'X', sizeof(payload));
    p.sport = t->sport;
    p.echo_seq = __builtin_bswap16((uint16_t)(t->number * 3)); /* two of three are lost */
    return p;
}

static struct packet hping3_udp(struct traffic *t)
{
    struct packet p = datagram(t, PROTO_UDP, 0, t->sport % 2 == 0 ? 0 : 40);

    memset(payload, 'X', sizeof(payload));
    p.dst = addr_from_v4(0xcb007107);
    p.sport = (uint16_t)(1500 + t->number * 3);
    return p;
}

static struct packet nmap_udp(struct traffic *t)
{
    static const uint8_t status[12] = {0, 0, 0x10};
    struct packet p = datagram(t, PROTO_UDP, t->number % 2 == 0 ? 53 : 631,
                               t->number % 2 == 0 ? sizeof(status) : 0);

    memcpy(payload, status, sizeof(status));
    p.sport = (uint16_t)(40000 + t->number % 7 / 6); /* a second try */
    p.ttl = (uint8_t)(37 - 12 + traffic_random(t) % 23);
    return p;
}

static struct packet nmap_udp_v6(struct traffic *t)
{
    struct packet p = nmap_udp(t);
    uint8_t ttl = p.ttl;

    over_ipv6(&p);
    p.ttl = ttl;
    return p;
}

static struct packet nmap_echo(struct traffic *t)
{
    struct packet p = echo(t, 0);

    p.echo_seq = 0;
    p.ttl = (uint8_t)(37 - 12 + traffic_random(t) % 23);
    return p;
}

/* ---- and others ---- */

/* A question in the name of a victim, from machines at many distances. */
static struct packet forged_dns(struct traffic *t)
{
    struct packet p = datagram(t, PROTO_UDP, 53, 40);

    payload[0] = (uint8_t)traffic_random(t);
    payload[4] = 1;
    p.sport = 80;
    p.ttl = (uint8_t)(30 + traffic_random(t) % 28);
    p.udp_sum = UDP_SUM_NONE;
    return p;
}

static struct packet forged_dns_any_port(struct traffic *t)
{
    struct packet p = forged_dns(t);

    p.sport = (uint16_t)(1024 + traffic_random(t) % 64512);
    return p;
}

static struct packet forged_chargen(struct traffic *t)
{
    struct packet p = datagram(t, PROTO_UDP, 19, 0);

    p.sport = 80;
    p.ttl = (uint8_t)(30 + traffic_random(t) % 28);
    return p;
}

static struct packet two_behind_one_address(struct traffic *t)
{
    struct packet p = datagram(t, PROTO_UDP, 27015, 0);

    p.sport = 27005;
    p.ttl = traffic_random(t) % 2 == 0 ? 58 : 50;
    return p;
}

/* nmap --ttl: its second tries come from the next port. */
static struct packet nmap_udp_of_one_ttl(struct traffic *t)
{
    struct packet p = datagram(t, PROTO_UDP, 631, 0);

    p.sport = (uint16_t)(40000 + t->number % 3 / 2);
    return p;
}

static struct packet traceroute(struct traffic *t)
{
    struct packet p = datagram(t, PROTO_UDP, (uint16_t)(33434 + t->number), 0);

    p.sport = 40000;
    p.ttl = (uint8_t)(1 + t->number / 3 % 20);
    return p;
}

/* Asks for one hop after the other, again and again; half of it is lost. */
static struct packet mtr(struct traffic *t)
{
    struct packet p;

    while (traffic_random(t) % 2 == 0)
        t->key++;
    t->key++;
    p = datagram(t, PROTO_UDP, (uint16_t)(33434 + t->key % 1000), 0);
    p.sport = 40000;
    p.ttl = (uint8_t)(1 + t->key % 15);
    return p;
}

/* A system that counts its ports and its identifications. */
static struct packet counting_system(struct traffic *t)
{
    struct packet p = datagram(t, PROTO_UDP, 7, 0);

    p.sport = (uint16_t)(49152 + t->number);
    p.ip_id = (uint16_t)(t->key + t->number);
    return p;
}

static struct packet resolver(struct traffic *t)
{
    struct packet p = datagram(t, PROTO_UDP, 53, 32);

    payload[0] = (uint8_t)traffic_random(t);
    payload[1] = (uint8_t)traffic_random(t);
    return p;
}

static struct packet ping_linux(struct traffic *t)
{
    struct packet p = echo(t, 56);

    p.sport = t->sport;
    p.echo_seq = (uint16_t)t->number;
    p.df = true;
    return p;
}

static struct packet ping_empty(struct traffic *t)
{
    struct packet p = echo(t, 0);

    p.sport = t->sport;
    p.echo_seq = (uint16_t)t->number;
    return p;
}

/* Windows XP counts in the byte order of its machine, too. */
static struct packet ping_windows(struct traffic *t)
{
    struct packet p = echo(t, 32);

    for (unsigned i = 0; i < 32; i++)
        payload[i] = (uint8_t)('a' + i % 23);
    p.sport = 512;
    p.echo_seq = __builtin_bswap16((uint16_t)t->number);
    p.ttl = 115;
    return p;
}

/* One ping command after the other. */
static struct packet pings_v6(struct traffic *t)
{
    struct packet p = echo(t, 56);

    over_ipv6(&p);
    p.ttl = 55;
    p.echo_seq = 0;
    payload[3] = 1;
    return p;
}

/* ---- */

typedef struct packet (*make_fn)(struct traffic *);

static void one(struct evidence *evidence, const struct packet *packet)
{
    struct tool_choice choice;
    struct option_set set;
    bool named;

    tool_choice_init(&choice);
    option_set_read(packet, &set);
    (void)tool_judge(&choice, evidence, packet, set.layout, &named);
}

static void each_tool_is_named_by_its_datagrams(void **state)
{
    static const struct {
        make_fn make;
        const char *tool;
        unsigned not_before, from; /* packets */
    } cases[] = {
        {xmap_dns, "xmap", 2, 2},       {xmap_dns_v6, "xmap", 3, 3},
        {xmap_udp, "xmap", 2, 2},       {xmap_echo, "xmap", 2, 2},
        {xmap_echo_v6, "xmap", 5, 5},   {zmap_udp_old, "zmap", 2, 2},
        {zmap_udp, "zmap", 16, 17},     {zmap_echo_v6, "zmap", 5, 5},
        {zmap_v6, "zmap", 10, 11},      {masscan_v6, "masscan", 10, 10},
        {masscan_udp, "masscan", 2, 2}, {hping3_echo, "hping3", 4, 4},
        {hping3_udp, "hping3", 5, 6},   {nmap_udp, "nmap", 7, 40},
        {nmap_udp_v6, "nmap", 7, 40},   {nmap_echo, "nmap", 7, 40},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct traffic t = traffic_new(seed);
            struct evidence evidence = {0};

            for (unsigned n = 1; n <= 300; n++) {
                struct packet p = cases[i].make(&t);

                one(&evidence, &p);
                if (n < cases[i].not_before)
                    assert_int_equal(evidence.verdict, TOOL_NONE);
                else if (n >= cases[i].from)
                    assert_string_equal(tool_names[evidence.verdict], cases[i].tool);
            }
        }
}

static void others_are_no_tool(void **state)
{
    static const make_fn makers[] = {
        forged_dns,
        forged_dns_any_port,
        forged_chargen,
        two_behind_one_address,
        nmap_udp_of_one_ttl,
        traceroute,
        mtr,
        counting_system,
        resolver,
        ping_linux,
        ping_empty,
        ping_windows,
        pings_v6,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct traffic t = traffic_new(seed);
            struct evidence evidence = {0};

            for (unsigned n = 1; n <= 2000; n++) {
                struct packet p = makers[i](&t);

                one(&evidence, &p);
                assert_string_equal(tool_names[evidence.verdict], "unknown");
            }
        }
}

static void a_row_of_a_log_has_no_payload_to_be_judged(void **state)
{
    struct traffic t = traffic_new(1);
    struct evidence evidence = {0};

    (void)state;
    for (unsigned n = 0; n < 100; n++) {
        struct packet p = nmap_udp(&t);

        p.row = true;
        p.payload_length = 0;
        one(&evidence, &p);
        p = hping3_udp(&t);
        p.row = true;
        one(&evidence, &p);
    }
    assert_int_equal(evidence.verdict, TOOL_NONE);
}

static void a_payload_that_is_cut_off_is_not_read_beyond(void **state)
{
    (void)state;
    for (uint32_t length = 0; length < 34; length++) {
        struct traffic t = traffic_new(2);
        struct evidence evidence = {0};

        for (unsigned n = 0; n < 10; n++) {
            struct packet p = masscan_udp(&t);
            uint8_t *cut = test_malloc(length + 1);

            memcpy(cut + 1, payload, length);
            p.payload = cut + 1;
            p.payload_length = length;
            one(&evidence, &p);
            test_free(cut);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_tool_is_named_by_its_datagrams),
        cmocka_unit_test(others_are_no_tool),
        cmocka_unit_test(a_row_of_a_log_has_no_payload_to_be_judged),
        cmocka_unit_test(a_payload_that_is_cut_off_is_not_read_beyond),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/tunnel.h"

#include "frame.h"

#define VXLAN "\x08\0\0\0\0\0\x05\0aaaaaabbbbbb\x08\0"

/* A tunnel's header behind an outer IP header (and UDP if there is a port), then a packet. */
struct tunnel_case {
    const char *name;
    const char *header;
    size_t length;
    uint16_t port;
    uint8_t proto;
    unsigned inner;
};

static const struct tunnel_case cases[] = {
    {.name = "ipip", .proto = 4, .header = "", .inner = 4},
    {.name = "6in4", .proto = 41, .header = "", .inner = 6},
    {.name = "gre", .proto = 47, .header = "\0\0\x08\0", .length = 4, .inner = 4},
    {.name = "gre",
     .proto = 47,
     .header = "\xb0\0\x86\xddsum.key.seq.",
     .length = 16,
     .inner = 6},
    {.name = "gre",
     .proto = 47,
     .header = "\x30\x81\x88\x0bkey.seq.ack.\xff\x03\0\x21",
     .length = 20,
     .inner = 4},
    {.name = "gre",
     .proto = 47,
     .header = "\0\0\x65\x58"
               "aaaaaabbbbbb\x08\0",
     .length = 18,
     .inner = 4},
    {.name = "gre", /* ERSPAN II */
     .proto = 47,
     .header = "\x10\0\x88\xbeseq."
               "\x10\x05\0\1idx.aaaaaabbbbbb\x08\0",
     .length = 30,
     .inner = 4},
    {.name = "gre", /* ERSPAN III, a frame */
     .proto = 47,
     .header = "\x10\0\x22\xebseq."
               "\x20\x05\0\1timegr\0\0aaaaaabbbbbb\x08\0",
     .length = 34,
     .inner = 4},
    {.name = "gre", /* ERSPAN III, a packet, behind a platform's own header */
     .proto = 47,
     .header = "\x10\0\x22\xebseq."
               "\x20\x05\0\1timegr\x08\x01platform",
     .length = 28,
     .inner = 6},
    {.name = "etherip",
     .proto = 97,
     .header = "\x30\0"
               "aaaaaabbbbbb\x08\0",
     .length = 16,
     .inner = 4},
    {.name = "vxlan",
     .proto = PROTO_UDP,
     .port = 4789,
     .header = VXLAN,
     .length = 22,
     .inner = 4},
    {.name = "geneve",
     .proto = PROTO_UDP,
     .port = 6081,
     .header = "\x01\0\x65\x58\0\0\x05\0opt.aaaaaabbbbbb\x86\xdd",
     .length = 26,
     .inner = 6},
    {.name = "gtp",
     .proto = PROTO_UDP,
     .port = 2152,
     .header = "\x30\xff\0\x28TEID",
     .length = 8,
     .inner = 4},
    {.name = "gtp",
     .proto = PROTO_UDP,
     .port = 2152,
     .header = "\x34\xff\0\x28TEID\0\0\0\x85\x01xx\0",
     .length = 16,
     .inner = 4},
    {.name = "teredo",
     .proto = PROTO_UDP,
     .port = 3544,
     .header = "\0\0ppaaaa",
     .length = 8,
     .inner = 6},
};

/* Build one; its payload lives in *b. `missing`: bytes that the inner packet lacks. */
static struct packet carried(const struct tunnel_case *one, size_t missing, struct build *b)
{
    struct build in = {.length = 0};
    struct packet packet;

    b->length = 0;
    if (one->inner == 6)
        build_ipv6(&in, &(struct build_ipv6){.next = PROTO_TCP, .hop_limit = 9});
    else
        build_ipv4(&in, &(struct build_ipv4){.proto = PROTO_TCP, .src = "203.0.113.9"});
    build_tcp(&in, &(struct build_tcp){.sport = 7, .dport = 23, .flags = TCP_SYN});
    build_end(&in);
    build_ipv4(b, &(struct build_ipv4){.proto = one->proto});
    if (one->port != 0)
        build_udp(b, 5, one->port);
    build_bytes(b, one->header, one->length);
    build_bytes(b, in.bytes, in.length - missing);
    build_end(b);
    assert_int_equal(decode_whole(b, LINK_RAW, &packet), DECODE_OK);
    return packet;
}

static void packet_becomes_the_one_inside_only_if_its_kind_was_asked_for(void **state)
{
    static struct build b;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct packet packet = carried(&cases[i], 0, &b);
        unsigned kind;

        assert_true(tunnel_kind(cases[i].name, strlen(cases[i].name), &kind));
        assert_false(tunnel_unwrap(TUNNEL_ALL & ~kind, &packet));
        assert_int_equal(packet.proto, cases[i].proto);
        assert_addr(packet.src, "192.0.2.1");
        assert_true(tunnel_unwrap(kind, &packet));
        assert_int_equal(packet.proto, PROTO_TCP);
        assert_int_equal(packet.dport, 23);
        assert_int_equal(packet.time_ns, 5);
        assert_addr(packet.src, cases[i].inner == 6 ? "2001:db8::1" : "203.0.113.9");
    }
}

static void tunnel_without_a_whole_header_inside_stays_as_it_is(void **state)
{
    static struct build b;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t inner = cases[i].inner == 6 ? 60 : 40;

        for (size_t missing = 5; missing <= inner; missing++) {
            struct packet packet = carried(&cases[i], missing, &b);

            assert_false(tunnel_unwrap(TUNNEL_ALL, &packet));
            assert_int_equal(packet.proto, cases[i].proto);
        }
    }
}

static void tunnels_in_tunnels_are_opened_four_deep(void **state)
{
    struct build b = {.length = 0};
    struct packet packet;

    (void)state;
    for (int i = 0; i < 6; i++) /* without build_end a length of 0: "to the end" */
        build_ipv4(
            &b, &(struct build_ipv4){.proto = i < 5 ? 4 : PROTO_UDP, .tos = (uint8_t)(i * 4)});
    build_udp(&b, 1, 2);
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
    assert_true(tunnel_unwrap(TUNNEL_ALL, &packet));
    assert_int_equal(packet.tos, 16);
    assert_int_equal(packet.proto, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packet_becomes_the_one_inside_only_if_its_kind_was_asked_for),
        cmocka_unit_test(tunnel_without_a_whole_header_inside_stays_as_it_is),
        cmocka_unit_test(tunnels_in_tunnels_are_opened_four_deep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"

/* An IPv4 packet with UDP ports 1000 and 2000 and three bytes. */
static struct build udp4(struct build_ipv4 ip)
{
    struct build b = {.length = 0};

    ip.proto = PROTO_UDP;
    build_ipv4(&b, &ip);
    build_udp(&b, 1000, 2000);
    build_bytes(&b, "xyz", 3);
    build_end(&b);
    return b;
}

static void ipv4_header_fields_are_read(void **state)
{
    struct build b = udp4((struct build_ipv4){.src = "192.0.2.77",
                                              .dst = "203.0.113.5",
                                              .ttl = 244,
                                              .tos = 0x28,
                                              .id = 54321,
                                              .fragment = 0x4000,
                                              .options = 12});
    struct packet packet;

    (void)state;
    build_zeros(&b, 3); /* padding of the frame */
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
    assert_addr(packet.src, "192.0.2.77");
    assert_addr(packet.dst, "203.0.113.5");
    assert_int_equal(packet.time_ns, 5);
    assert_int_equal(packet.ip_version, 4);
    assert_int_equal(packet.proto, PROTO_UDP);
    assert_int_equal(packet.ttl, 244);
    assert_int_equal(packet.tos, 0x28);
    assert_int_equal(packet.ip_id, 54321);
    assert_true(packet.df);
    assert_false(packet.fragment);
    assert_false(packet.first_fragment);
    assert_int_equal(packet.ip_length, 43);
    assert_int_equal(packet.sport, 1000);
    assert_int_equal(packet.payload_length, 3);
    assert_memory_equal(packet.payload, "xyz", 3);
}

static void ipv6_header_fields_are_read(void **state)
{
    struct build b = {.length = 0};
    struct packet packet;

    (void)state;
    build_ipv6(&b, &(struct build_ipv6){.src = "2001:db8:1::5",
                                        .dst = "2001:db8:2::6",
                                        .next = PROTO_UDP,
                                        .hop_limit = 57,
                                        .tos = 0xb8});
    build_udp(&b, 1000, 2000);
    build_end(&b);
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
    assert_addr(packet.src, "2001:db8:1::5");
    assert_addr(packet.dst, "2001:db8:2::6");
    assert_int_equal(packet.ip_version, 6);
    assert_int_equal(packet.ttl, 57);
    assert_int_equal(packet.tos, 0xb8);
    assert_int_equal(packet.ip_length, 48);
    assert_int_equal(packet.dport, 2000);
}

static void first_fragment_has_ports_and_later_ones_have_none(void **state)
{
    struct build first = udp4((struct build_ipv4){.fragment = 0x2000});
    struct build later = udp4((struct build_ipv4){.fragment = 0x0003});
    struct packet packet;

    (void)state;
    assert_int_equal(decode_whole(&first, LINK_RAW, &packet), DECODE_OK);
    assert_true(packet.first_fragment);
    assert_false(packet.fragment);
    assert_int_equal(packet.dport, 2000);
    assert_int_equal(decode_whole(&later, LINK_RAW, &packet), DECODE_OK);
    assert_false(packet.first_fragment);
    assert_true(packet.fragment);
    assert_int_equal(packet.proto, PROTO_UDP);
    assert_int_equal(packet.sport, 0);
    assert_int_equal(packet.dport, 0);
    assert_int_equal(packet.payload_length, 11);
}

static void ipv6_fragments_are_told_apart(void **state)
{
    static const struct {
        const char *header;
        bool first, later;
        uint16_t dport;
    } cases[] = {
        {"\x11\0\0\x01\0\0\0\x07", true, false, 2000},
        {"\x11\0\0\x09\0\0\0\x07", false, true, 0},
        {"\x11\0\0\x08\0\0\0\x07", false, true, 0},
        {"\x11\0\0\0\0\0\0\x07", false, false, 2000}, /* atomic, RFC 6946 */
    };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct build b = {.length = 0};
        struct packet packet;

        build_ipv6(&b, &(struct build_ipv6){.next = 44});
        build_bytes(&b, cases[i].header, 8);
        build_udp(&b, 1000, 2000);
        build_end(&b);
        assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
        assert_int_equal(packet.first_fragment, cases[i].first);
        assert_int_equal(packet.fragment, cases[i].later);
        assert_int_equal(packet.dport, cases[i].dport);
        assert_int_equal(packet.proto, PROTO_UDP);
    }
}

static void extension_headers_lead_to_the_transport(void **state)
{
    struct build b;
    struct packet packet;

    (void)state;
    assert_true(build_sample(&b, 3));
    assert_int_equal(decode_whole(&b, LINK_ETHERNET, &packet), DECODE_OK);
    assert_int_equal(packet.proto, PROTO_TCP);
    assert_true(packet.first_fragment);
    assert_int_equal(packet.dport, 23);
    assert_int_equal(packet.tcp_flags, TCP_SYN);
    assert_int_equal(packet.options_length, 4);
}

static void too_many_extension_headers_are_malformed(void **state)
{
    struct build b = {.length = 0};
    struct packet packet;

    (void)state;
    build_ipv6(&b, &(struct build_ipv6){.next = 60});
    for (int i = 0; i < 20; i++)
        build_bytes(&b, "\x3c\0\x01\x04\0\0\0\0", 8);
    build_end(&b);
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_MALFORMED);
}

static void length_zero_means_what_was_on_the_wire(void **state)
{
    struct build b = udp4((struct build_ipv4){.ttl = 1}), six = {.length = 0};
    struct packet packet;

    (void)state;
    b.bytes[2] = b.bytes[3] = 0;
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
    assert_int_equal(packet.ip_length, 31);
    assert_int_equal(packet.payload_length, 3);
    build_ipv6(&six, &(struct build_ipv6){.next = PROTO_UDP});
    build_udp(&six, 1000, 2000);
    build_end(&six);
    six.bytes[4] = six.bytes[5] = 0;
    assert_int_equal(decode_whole(&six, LINK_RAW, &packet), DECODE_OK);
    assert_int_equal(packet.ip_length, 48);
}

static void headers_that_lie_are_malformed(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } lies[] = {
        {0, 0x55}, /* version */
        {0, 0x44}, /* header shorter than a header */
        {0, 0x4f}, /* header longer than the packet */
        {3, 19},   /* packet shorter than its header */
        {3, 23},   /* packet ends within the ports */
        {3, 27},   /* packet ends within the UDP header */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct build b = udp4((struct build_ipv4){.ttl = 1});
        struct packet packet;

        b.bytes[lies[i].at] = lies[i].value;
        assert_int_equal(decode_whole(&b, 228, &packet), DECODE_MALFORMED);
    }
}

static void capture_cut_within_the_headers_is_truncated(void **state)
{
    struct build b = udp4((struct build_ipv4){.options = 8});
    struct packet packet;

    (void)state;
    for (size_t length = 0; length < 32; length++)
        assert_int_equal(decode_cut(&b, LINK_RAW, length, &packet), DECODE_TRUNCATED);
    for (size_t length = 32; length < b.length; length++) {
        assert_int_equal(decode_cut(&b, LINK_RAW, length, &packet), DECODE_OK);
        assert_int_equal(packet.dport, 2000);
        assert_int_equal(packet.ip_length, 39);
    }
}

static void ipv6_may_not_pass_as_ipv4(void **state)
{
    struct packet packet;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct build b = {.length = 0};

        build_ipv6(&b, &(struct build_ipv6){.src = i == 0 ? "192.0.2.1" : NULL,
                                            .dst = i == 1 ? "192.0.2.1" : NULL,
                                            .next = PROTO_UDP});
        build_udp(&b, 1000, 2000);
        build_end(&b);
        assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_MALFORMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_header_fields_are_read),
        cmocka_unit_test(ipv6_header_fields_are_read),
        cmocka_unit_test(first_fragment_has_ports_and_later_ones_have_none),
        cmocka_unit_test(ipv6_fragments_are_told_apart),
        cmocka_unit_test(extension_headers_lead_to_the_transport),
        cmocka_unit_test(too_many_extension_headers_are_malformed),
        cmocka_unit_test(length_zero_means_what_was_on_the_wire),
        cmocka_unit_test(headers_that_lie_are_malformed),
        cmocka_unit_test(capture_cut_within_the_headers_is_truncated),
        cmocka_unit_test(ipv6_may_not_pass_as_ipv4),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

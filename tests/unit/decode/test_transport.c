/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"

static void tcp_fields_and_options_are_read(void **state)
{
    struct build b = {.length = 0};
    struct packet packet;

    (void)state;
    build_ipv4(&b, &(struct build_ipv4){.proto = PROTO_TCP});
    build_tcp(&b, &(struct build_tcp){.sport = 40000,
                                      .dport = 443,
                                      .seq = 0xdeadbeef,
                                      .ack = 0x01020304,
                                      .flags = TCP_SYN | TCP_CWR | TCP_ECE,
                                      .reserved = 5,
                                      .window = 65535,
                                      .urgent = 7,
                                      .options = "\x02\x04\x05\xb4\x01\x03\x03\x07",
                                      .options_length = 8});
    build_bytes(&b, "GET", 3);
    build_end(&b);
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
    assert_int_equal(packet.sport, 40000);
    assert_int_equal(packet.dport, 443);
    assert_int_equal(packet.seq, 0xdeadbeef);
    assert_int_equal(packet.ack, 0x01020304);
    assert_int_equal(packet.tcp_flags, TCP_SYN | TCP_CWR | TCP_ECE);
    assert_int_equal(packet.tcp_reserved, 5);
    assert_int_equal(packet.window, 65535);
    assert_int_equal(packet.urgent, 7);
    assert_int_equal(packet.options_length, 8);
    assert_memory_equal(packet.options, "\x02\x04\x05\xb4\x01\x03\x03\x07", 8);
    assert_int_equal(packet.payload_length, 3);
    assert_memory_equal(packet.payload, "GET", 3);
}

/* IPv4, a TCP header of 24 bytes and two of payload. */
static struct build syn(uint16_t fragment)
{
    struct build b = {.length = 0};

    build_ipv4(&b, &(struct build_ipv4){.proto = PROTO_TCP, .fragment = fragment});
    build_tcp(&b, &(struct build_tcp){.sport = 40000,
                                      .dport = 23,
                                      .seq = 9,
                                      .flags = TCP_SYN,
                                      .options = "\x02\x04\x05\xb4",
                                      .options_length = 4});
    build_bytes(&b, "ab", 2);
    build_end(&b);
    return b;
}

static void data_offset_that_lies_is_malformed(void **state)
{
    static const uint8_t offsets[] = {0x00, 0x40, 0x70, 0xf0};
    struct packet packet;

    (void)state;
    for (size_t i = 0; i < sizeof(offsets); i++) {
        struct build b = syn(0);

        b.bytes[32] = offsets[i];
        assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_MALFORMED);
    }
}

static void snap_length_cuts_options_but_not_the_packet(void **state)
{
    struct build b = syn(0);
    struct packet packet;

    (void)state;
    for (size_t length = 20; length < 40; length++)
        assert_int_equal(decode_cut(&b, LINK_RAW, length, &packet), DECODE_TRUNCATED);
    assert_int_equal(decode_cut(&b, LINK_RAW, 43, &packet), DECODE_OK);
    assert_int_equal(packet.tcp_flags, TCP_SYN);
    assert_int_equal(packet.options_length, 3);
    assert_true(packet.options_cut);
    assert_memory_equal(packet.options, "\x02\x04\x05", 3);
    assert_int_equal(packet.payload_length, 0);
    assert_int_equal(packet.ip_length, 46);
}

static void tiny_first_fragment_gives_its_ports(void **state)
{
    struct build b = syn(0x2000);
    struct packet packet;

    (void)state;
    b.length = 28; /* as nmap -f does: eight bytes of TCP */
    build_end(&b);
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
    assert_true(packet.first_fragment);
    assert_int_equal(packet.sport, 40000);
    assert_int_equal(packet.dport, 23);
    assert_int_equal(packet.seq, 9);
    assert_int_equal(packet.tcp_flags, 0);
    assert_int_equal(packet.payload_length, 0);
    b.length = 23;
    build_end(&b);
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_MALFORMED);
}

static void udp_length_bounds_the_payload(void **state)
{
    static const struct {
        uint16_t length;
        enum decode_result result;
        uint32_t payload;
    } cases[] = {
        {18, DECODE_OK, 10}, {12, DECODE_OK, 4},  {8, DECODE_OK, 0},
        {0, DECODE_OK, 10},  {60, DECODE_OK, 10}, {7, DECODE_MALFORMED, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct build b = {.length = 0};
        struct packet packet;

        build_ipv4(&b, &(struct build_ipv4){.proto = PROTO_UDP});
        build_udp(&b, 53, 33000);
        build_bytes(&b, "0123456789", 10);
        build_end(&b);
        b.bytes[24] = 0;
        b.bytes[25] = (uint8_t)cases[i].length;
        assert_int_equal(decode_whole(&b, LINK_RAW, &packet), cases[i].result);
        if (cases[i].result == DECODE_OK) {
            assert_int_equal(packet.dport, 33000);
            assert_int_equal(packet.payload_length, cases[i].payload);
        }
    }
}

/* RFC 1071, word by word. */
static void sum(uint8_t *at, const uint8_t *bytes, size_t length, uint32_t start)
{
    uint32_t total = start;

    for (size_t i = 0; i < length; i += 2)
        total += (uint32_t)bytes[i] << 8 | (i + 1 < length ? bytes[i + 1] : 0);
    while (total >> 16 != 0)
        total = (total & 0xffff) + (total >> 16);
    at[0] = (uint8_t)(~total >> 8);
    at[1] = (uint8_t)~total;
}

static void wrong_checksum_is_seen_where_the_capture_is_whole(void **state)
{
    static const uint8_t protocols[] = {PROTO_TCP, PROTO_UDP, PROTO_ICMP};
    static const size_t at[] = {36, 26, 22};

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct build b = {.length = 0};
        struct packet packet;
        uint32_t pseudo;

        build_ipv4(&b, &(struct build_ipv4){.proto = protocols[i]});
        if (protocols[i] == PROTO_TCP)
            build_tcp(&b, &(struct build_tcp){.dport = 23, .flags = TCP_SYN});
        else if (protocols[i] == PROTO_UDP)
            build_udp(&b, 1, 2);
        else
            build_icmp(&b, 8, 0, 77);
        build_bytes(&b, "odd", 3);
        build_end(&b);
        assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
        assert_false(packet.bad_checksum); /* nobody has filled it in */

        sum(b.bytes + 10, b.bytes, 20, 0);
        pseudo = 0xc000 + 0x0201 + 0xc633 + 0x6401 + protocols[i] + (uint32_t)b.length - 20;
        sum(b.bytes + at[i], b.bytes + 20, b.length - 20,
            protocols[i] == PROTO_ICMP ? 0 : pseudo);
        assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
        assert_false(packet.bad_checksum);
        b.bytes[b.length - 1] ^= 1;
        assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
        assert_true(packet.bad_checksum);
        assert_int_equal(decode_cut(&b, LINK_RAW, b.length - 1, &packet), DECODE_OK);
        assert_false(packet.bad_checksum);
        if (protocols[i] != PROTO_ICMP) { /* left to the card: the pseudo header alone */
            pseudo = (pseudo & 0xffff) + (pseudo >> 16);
            b.bytes[at[i]] = (uint8_t)(pseudo >> 8);
            b.bytes[at[i] + 1] = (uint8_t)pseudo;
            assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
            assert_false(packet.bad_checksum);
        }
        b.bytes[8] ^= 1; /* the TTL */
        assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
        assert_true(packet.bad_checksum);
    }
}

static void sctp_has_ports(void **state)
{
    struct build b = {.length = 0};
    struct packet packet;

    (void)state;
    build_ipv4(&b, &(struct build_ipv4){.proto = PROTO_SCTP});
    build_bytes(&b, "\x12\x34\x0b\x59tag.crc.\x01\0\0\x04", 16);
    build_end(&b);
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
    assert_int_equal(packet.sport, 0x1234);
    assert_int_equal(packet.dport, 2905);
    assert_int_equal(packet.payload_length, 4);
}

static void other_protocols_have_ports_zero(void **state)
{
    static const uint8_t protocols[] = {2, 47, 50, PROTO_ICMPV6, 103, 255};
    struct packet packet;

    (void)state;
    for (size_t i = 0; i < sizeof(protocols); i++) {
        struct build b = {.length = 0};

        build_ipv4(&b, &(struct build_ipv4){.proto = protocols[i]});
        build_bytes(&b, "\x12\x34\x56\x78", 4);
        build_end(&b);
        assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
        assert_int_equal(packet.proto, protocols[i]);
        assert_int_equal(packet.sport, 0);
        assert_int_equal(packet.dport, 0);
        assert_int_equal(packet.payload_length, 4);
    }
}

static void icmp_type_code_and_identifier_stand_for_ports(void **state)
{
    struct build b = {.length = 0};
    struct packet packet;

    (void)state;
    build_ipv4(&b, &(struct build_ipv4){.proto = PROTO_ICMP});
    build_icmp(&b, 8, 0, 4711);
    build_bytes(&b, "ping", 4);
    build_end(&b);
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
    assert_int_equal(packet.dport, 8 << 8);
    assert_int_equal(packet.sport, 4711);
    assert_int_equal(packet.payload_length, 4);
    assert_int_equal(packet.quoted_proto, 0);
    b.bytes[20] = 13; /* timestamp request: no echo */
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
    assert_int_equal(packet.dport, 13 << 8);
    assert_int_equal(packet.sport, 0);
    assert_true(build_sample(&b, 5));
    assert_int_equal(decode_whole(&b, LINK_ETHERNET, &packet), DECODE_OK);
    assert_int_equal(packet.dport, 128 << 8);
    assert_int_equal(packet.sport, 4711);
}

static void icmp_error_quotes_the_packet_that_caused_it(void **state)
{
    struct build b;
    struct packet packet;

    (void)state;
    assert_true(build_sample(&b, 2));
    assert_int_equal(decode_whole(&b, LINK_ETHERNET, &packet), DECODE_OK);
    assert_int_equal(packet.dport, 3 << 8 | 3);
    assert_int_equal(packet.quoted_proto, PROTO_UDP);
    assert_addr(packet.quoted_src, "198.51.100.1");
    assert_addr(packet.quoted_dst, "203.0.113.9");
    assert_int_equal(packet.quoted_sport, 53);
    assert_int_equal(packet.quoted_dport, 33000);
    assert_int_equal(packet.payload_length, 28);
    assert_true(build_sample(&b, 4));
    assert_int_equal(decode_whole(&b, LINK_ETHERNET, &packet), DECODE_OK);
    assert_int_equal(packet.dport, 1 << 8 | 4);
    assert_int_equal(packet.quoted_proto, PROTO_TCP);
    assert_addr(packet.quoted_src, "2001:db8::2");
    assert_addr(packet.quoted_dst, "2001:db8::9");
    assert_int_equal(packet.quoted_dport, 23);
}

static void quoted_packet_that_makes_no_sense_is_left_out(void **state)
{
    struct build b = {.length = 0};
    struct packet packet;

    (void)state;
    build_ipv4(&b, &(struct build_ipv4){.proto = PROTO_ICMP});
    build_icmp(&b, 11, 0, 0);
    build_zeros(&b, 28);
    build_end(&b);
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
    assert_int_equal(packet.dport, 11 << 8);
    assert_int_equal(packet.quoted_proto, 0);
    assert_true(addr_is_none(packet.quoted_src));
}

static void quoted_echo_keeps_type_and_identifier(void **state)
{
    struct build quoted = {.length = 0}, b = {.length = 0};
    struct packet packet;

    (void)state;
    build_ipv4(&quoted, &(struct build_ipv4){.proto = PROTO_ICMP});
    build_icmp(&quoted, 8, 0, 99);
    build_end(&quoted);
    build_ipv4(&b, &(struct build_ipv4){.proto = PROTO_ICMP});
    build_icmp(&b, 11, 0, 0);
    build_bytes(&b, quoted.bytes, quoted.length);
    build_end(&b);
    assert_int_equal(decode_whole(&b, LINK_RAW, &packet), DECODE_OK);
    assert_int_equal(packet.quoted_proto, PROTO_ICMP);
    assert_int_equal(packet.quoted_dport, 8 << 8);
    assert_int_equal(packet.quoted_sport, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_fields_and_options_are_read),
        cmocka_unit_test(data_offset_that_lies_is_malformed),
        cmocka_unit_test(snap_length_cuts_options_but_not_the_packet),
        cmocka_unit_test(tiny_first_fragment_gives_its_ports),
        cmocka_unit_test(udp_length_bounds_the_payload),
        cmocka_unit_test(wrong_checksum_is_seen_where_the_capture_is_whole),
        cmocka_unit_test(sctp_has_ports),
        cmocka_unit_test(other_protocols_have_ports_zero),
        cmocka_unit_test(icmp_type_code_and_identifier_stand_for_ports),
        cmocka_unit_test(icmp_error_quotes_the_packet_that_caused_it),
        cmocka_unit_test(quoted_packet_that_makes_no_sense_is_left_out),
        cmocka_unit_test(quoted_echo_keeps_type_and_identifier),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

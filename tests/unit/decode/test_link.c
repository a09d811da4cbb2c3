/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"

static void build_inner(struct build *b, unsigned version)
{
    if (version == 6)
        build_ipv6(b, &(struct build_ipv6){.next = PROTO_UDP, .hop_limit = 9});
    else
        build_ipv4(b, &(struct build_ipv4){.proto = PROTO_UDP, .ttl = 9});
    build_udp(b, 1000, 2000);
    build_bytes(b, "xyz", 3);
    build_end(b);
}

static void each_link_type_leads_to_its_packet(void **state)
{
    static const struct {
        uint32_t link;
        unsigned version;
        const char *header;
        size_t length;
    } cases[] = {
        {0, 4, "\x02\0\0\0", 4}, /* NULL from a little-endian system */
        {0, 4, "\0\0\0\x02", 4}, /* ... and a big-endian one */
        {0, 6, "\x18\0\0\0", 4}, /* NetBSD */
        {0, 6, "\0\0\0\x1c", 4}, /* FreeBSD */
        {0, 6, "\x1e\0\0\0", 4}, /* Darwin */
        {108, 4, "\0\0\0\x02", 4},
        {108, 6, "\0\0\0\x18", 4},
        {12, 4, "", 0},
        {14, 6, "", 0},
        {101, 4, "", 0},
        {101, 6, "", 0},
        {228, 4, "", 0},
        {229, 6, "", 0},
        {1, 4, "aaaaaabbbbbb\x08\0", 14},
        {1, 6, "aaaaaabbbbbb\x86\xdd", 14},
        {1, 4, "aaaaaabbbbbb\x81\0\0\x07\x08\0", 18},
        {1, 6, "aaaaaabbbbbb\x88\xa8\0\x07\x81\0\0\x08\x86\xdd", 22},
        {1, 4, "aaaaaabbbbbb\x91\0\0\x07\x81\0\0\x08\x08\0", 22},
        {113, 4, "\0\0\0\x01\0\x06macaddr.\x08\0", 16},
        {113, 4, "\0\0\0\x01\0\x06macaddr.\x81\0\0\x07\x08\0", 20},
        {276, 6, "\x86\xdd\0\0\0\0\0\x01\0\x01\0\x06macaddr.", 20},
        /* MPLS with two labels, PPPoE, IEEE 802.3 with SNAP and with IP's own access point */
        {1, 4, "aaaaaabbbbbb\x88\x47\0\x01\0\x40\0\x01\x11\x40", 22},
        {1, 6, "aaaaaabbbbbb\x88\x48\0\x01\x11\x40", 18},
        {1, 4, "aaaaaabbbbbb\x88\x47\0\x01\x11\x40\0\0\0\0ccccccdddddd\x08\0", 36},
        {1, 4, "aaaaaabbbbbb\x88\x64\x11\0\0\x01\0\x21\0\x21", 22},
        {1, 6, "aaaaaabbbbbb\x81\0\0\x07\x88\x64\x11\0\0\x01\0\x21\0\x57", 26},
        {1, 4, "aaaaaabbbbbb\0\x40\xaa\xaa\x03\0\0\0\x08\0", 22},
        {1, 4, "aaaaaabbbbbb\0\x40\x06\x06\x03", 17},
        {219, 4, "\0\x01\x11\x40", 4},
        /* ERF: Ethernet, the same with two further headers, IPv4, IPv6 with one */
        {197, 4,
         "timetime\x02\x04\0\x40\0\0\0\x30\0\0"
         "aaaaaabbbbbb\x08\0",
         32},
        {197, 6,
         "timetime\x82\x04\0\x40\0\0\0\x30\x84.......\x10.......\0\0"
         "aaaaaabbbbbb\x86\xdd",
         48},
        {197, 4, "timetime\x16\x04\0\x40\0\0\0\x30", 16},
        {197, 6, "timetime\x97\x04\0\x40\0\0\0\x30\x04.......", 24},
        {1, 4,
         "aaaaaabbbbbb\x89\x03\0\x01"
         "ccccccdddddd\x81\0\0\x07\x08\0",
         34},
        {1, 4,
         "aaaaaabbbbbb\x88\xe7\0\0\0\x01"
         "ccccccdddddd\x08\0",
         32},
        {1, 4, "aaaaaabbbbbb\x89\x26\0\0\0\0\x08\0", 20},
        {1, 6, "aaaaaabbbbbb\x89\x3f......\x86\xdd", 22},
        {1, 4, "aaaaaabbbbbb\x89\x4f\0\x06\x01\x01....................", 38},
        /* lines */
        {9, 4, "\xff\x03\0\x21", 4},
        {9, 4, "\x21", 1},
        {9, 6, "\0\x57", 2},
        {50, 4, "\xff\x03\0\x21", 4},
        {50, 6, "\x0f\0\x86\xdd", 4},
        {51, 4, "\x11\0\0\x01\0\x21\0\x21", 8},
        {104, 4, "\x0f\0\x08\0", 4},
        {107, 4, "\x18\x41\x03\xcc", 4},
        {107, 6, "\x18\x40\x01\x03\0\x8e", 6},
        {107, 4, "\x18\x41\x08\0", 4},
        {107, 4, "\x18\x41\x03\0\x80\0\0\0\x08\0", 10},
        {166, 4, "\x01\xff\x03\0\x21", 5},
        {205, 4, "\0\x0f\0\x08\0", 5},
        {206, 4, "\0\x18\x41\x03\xcc", 5},
        {8, 4, "\0\x45..............", 16},
        {100, 4, "\xaa\xaa\x03\0\0\0\x08\0", 8},
        {100, 6, "\xfe\xfe\x03\x8e", 4},
        {100, 4, "", 0},
        {100, 4, "\xaa\xaa\x03\0\x80\xc2\0\x07\0\0aaaaaabbbbbb\x08\0", 24},
        {123, 4, "\x02\0\0\x20\xaa\xaa\x03\0\0\0\x08\0", 12},
        {123, 4,
         "\x01\0\0\x20\0\x01"
         "aaaaaabbbbbb\x08\0",
         20},
        {178, 4,
         "MGC\x01"
         "aaaaaabbbbbb\x08\0",
         18},
        {178, 4,
         "MGC\x81\0\x04\x01\x02zz"
         "aaaaaabbbbbb\x08\0",
         24},
        {137, 4, "MGC\x01\0\0\0\x01\xaa\xaa\x03\0\0\0\x08\0", 16},
        {179, 4, "MGC\x01\xff\x03\0\x21", 8},
        /* rings and the like */
        {10, 4,
         "\x50"
         "aaaaaabbbbbb\xaa\xaa\x03\0\0\0\x08\0",
         21},
        {6, 4,
         "\x10\x40"
         "aaaaaa\x42"
         "bbbbb\xaa\xaa\x03\0\0\0\x08\0",
         22},
        {6, 4,
         "\x10\x40"
         "aaaaaa\xc2"
         "bbbbb\x04\0rr\xaa\xaa\x03\0\0\0\x08\0",
         26},
        {129, 4, "\x01\x02\0\0\xd4\0\0\x01", 8},
        {129, 4, "\x01\x02\0\0\xf0", 5},
        {242, 4, "0123456789012345678901234567890123456789\x08\0\0\0", 44},
        {281, 4, "aaaaaabbbbbbtttt\x08\0", 18},
        {282, 4, "ttttaaaaaabbbbbb\x08\0", 18},
        {284, 6, "aaaaaabbbbbbtttttttt\x86\xdd", 22},
        /* firewalls */
        {109, 4, "\x02\0\0\0spi.flag", 12},
        {117, 4, "\x07\x02.....p", 8},
        {226, 6, "\x01\x1a......................", 24},
        {239, 4, "\x02\0\0\0\x08\0\x01\0abcd\x05\0\x0a\0x...\x23\0\x09\0", 24},
        /* IEEE 802.11: plain; with quality of service between two distribution systems */
        {105, 4, "\x08\x01..aaaaaabbbbbbccccccss\xaa\xaa\x03\0\0\0\x08\0", 32},
        {105, 4, "\x88\x03..aaaaaabbbbbbccccccssdddddd\0\0\xaa\xaa\x03\0\0\0\x08\0", 40},
        {127, 4,
         "\0\0\x11\0\x03\0\0\0tttttttt\0"
         "\x08\x01..aaaaaabbbbbbccccccss\xaa\xaa\x03\0\0\0\x08\0",
         49},
        {127, 4, /* a header of 26 bytes is padded to 28 */
         "\0\0\x09\0\x02\0\0\0\x20"
         "\x88\x01..aaaaaabbbbbbccccccss\0\0pp\xaa\xaa\x03\0\0\0\x08\0",
         45},
        {163, 4,
         "\x80\x21\x10\x01\0\0\0\x0cmore"
         "\x08\x01..aaaaaabbbbbbccccccss\xaa\xaa\x03\0\0\0\x08\0",
         44},
        {192, 4,
         "\0\0\x0c\0\x01\0\0\0more"
         "aaaaaabbbbbb\x08\0",
         26},
        {258, 4, "\x0c\0\0\0\x01\0\0\0\x65\0\0\0", 12},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct build b = {.length = 0};
        struct packet packet;

        build_bytes(&b, cases[i].header, cases[i].length);
        build_inner(&b, cases[i].version);
        assert_non_null(decode_link_name(cases[i].link));
        assert_int_equal(decode_whole(&b, cases[i].link, &packet), DECODE_OK);
        assert_int_equal(packet.ip_version, cases[i].version);
        assert_int_equal(packet.dport, 2000);
        assert_int_equal(packet.payload_length, 3);
        for (size_t length = 0; length < cases[i].length; length++)
            assert_int_equal(decode_cut(&b, cases[i].link, length, &packet), DECODE_TRUNCATED);
    }
}

static void what_is_no_ip_is_unsupported(void **state)
{
    static const unsigned types[] = {0x0806, 0x88cc, 46};
    struct packet packet;

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct build b = {.length = 0};

        build_ethernet(&b, types[i]);
        build_zeros(&b, 46);
        assert_int_equal(decode_whole(&b, LINK_ETHERNET, &packet), DECODE_UNSUPPORTED);
        assert_int_equal(decode_whole(&b, 147, &packet), DECODE_UNSUPPORTED);
    }
    assert_null(decode_link_name(147));
}

static void what_is_no_data_or_encrypted_on_the_air_is_unsupported(void **state)
{
    static const char *const frames[] = {
        "\x80\0..aaaaaabbbbbbccccccss",                       /* a beacon */
        "\xd4\0..aaaaaa",                                     /* an acknowledgement */
        "\x48\x01..aaaaaabbbbbbccccccss",                     /* nothing in it */
        "\x08\x41..aaaaaabbbbbbccccccssiiii................", /* encrypted */
    };
    static const size_t lengths[] = {24, 10, 24, 44};
    struct packet packet;

    (void)state;
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        struct build b = {.length = 0};

        build_bytes(&b, frames[i], lengths[i]);
        assert_int_equal(decode_whole(&b, 105, &packet), DECODE_UNSUPPORTED);
    }
}

static void envelopes_do_not_nest(void **state)
{
    struct build b = {.length = 0};
    struct packet packet;

    (void)state;
    for (int i = 0; i < 3; i++)
        build_bytes(&b, "\0\0\x08\0\xc0\0\0\0", 8); /* PPI in PPI */
    build_inner(&b, 4);
    assert_int_equal(decode_whole(&b, 192, &packet), DECODE_UNSUPPORTED);
}

static void endless_tags_are_unsupported(void **state)
{
    struct build b = {.length = 0};
    struct packet packet;

    (void)state;
    build_ethernet(&b, 0x8100);
    for (int i = 0; i < 5; i++)
        build_vlan(&b, 0x8100);
    build_vlan(&b, 0x0800);
    build_inner(&b, 4);
    assert_int_equal(decode_whole(&b, LINK_ETHERNET, &packet), DECODE_UNSUPPORTED);
}

static void runt_on_the_wire_is_malformed(void **state)
{
    struct build b = {.length = 0};
    struct packet packet;

    (void)state;
    build_zeros(&b, 10);
    assert_int_equal(decode_whole(&b, LINK_ETHERNET, &packet), DECODE_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_link_type_leads_to_its_packet),
        cmocka_unit_test(what_is_no_ip_is_unsupported),
        cmocka_unit_test(what_is_no_data_or_encrypted_on_the_air_is_unsupported),
        cmocka_unit_test(envelopes_do_not_nest),
        cmocka_unit_test(endless_tags_are_unsupported),
        cmocka_unit_test(runt_on_the_wire_is_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

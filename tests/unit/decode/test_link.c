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
        assert_int_equal(decode_whole(&b, 105, &packet), DECODE_UNSUPPORTED);
    }
    assert_null(decode_link_name(105));
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
        cmocka_unit_test(endless_tags_are_unsupported),
        cmocka_unit_test(runt_on_the_wire_is_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "decode/decode.h"
#include "fingerprint/fingerprint.h"
#include "make.h"

#define OURS 0xc0000207u /* 192.0.2.7 */
#define OURS_TEXT "192.0.2.7"
#define THEIRS "198.51.100.9"

static struct nj_intern *names;

static int set_up(void **state)
{
    (void)state;
    names = nj_intern_new(1000);
    return names == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    nj_intern_free(names);
    return 0;
}

/* A SYN to 192.0.2.HOST; unicornscan's window comes with its option. */
static struct build syn(unsigned host, uint16_t id, uint16_t sport, uint16_t dport,
                        uint32_t seq, uint16_t window)
{
    struct build b = {.length = 0};
    char dst[16];

    (void)snprintf(dst, sizeof(dst), "192.0.2.%u", host);
    build_ethernet(&b, 0x0800);
    build_ipv4(
        &b, &(struct build_ipv4){.proto = 6, .ttl = 50, .id = id, .src = THEIRS, .dst = dst});
    build_tcp(&b, &(struct build_tcp){.sport = sport,
                                      .dport = dport,
                                      .seq = seq,
                                      .window = window,
                                      .flags = TCP_SYN,
                                      .options = "\2\4\5\xb4",
                                      .options_length = window == 4128 ? 4 : 0});
    build_end(&b);
    return b;
}

/* A UDP packet to 192.0.2.7. */
static struct build udp(uint16_t dport, const void *payload, size_t length)
{
    struct build b = {.length = 0};

    build_ethernet(&b, 0x0800);
    build_ipv4(&b,
               &(struct build_ipv4){.proto = 17, .ttl = 50, .src = THEIRS, .dst = OURS_TEXT});
    build_udp(&b, 40000, dport);
    build_bytes(&b, payload, length);
    build_end(&b);
    b.bytes[ETHERNET + 26] = 1; /* a checksum, if a wrong one */
    return b;
}

static struct build tcp_text(const char *text)
{
    struct build b = {.length = 0};

    build_ethernet(&b, 0x0800);
    build_ipv4(&b,
               &(struct build_ipv4){.proto = 6, .ttl = 50, .src = THEIRS, .dst = OURS_TEXT});
    build_tcp(&b, &(struct build_tcp){
                      .sport = 40000, .dport = 80, .seq = 5, .flags = TCP_ACK | TCP_PSH});
    build_bytes(&b, text, strlen(text));
    build_end(&b);
    return b;
}

static void clean(struct set *set, bool strict, uint8_t key)
{
    struct sanitize_options options = make_options(names, key);
    struct nj_err err = {0};

    options.strict = strict;
    if (sanitize(set->items, set->bytes, set->count, &options, &err) < 0)
        fail_msg("%s", err.msg);
}

static uint32_t new_dst(const struct set *set, size_t i)
{
    return at32(set->items[i].bytes + 16);
}

/* The ones' complement sum of a whole packet's header and body. */
static void assert_checksums(const struct sample *sample)
{
    const uint8_t *ip = sample->bytes;
    size_t header = (size_t)(ip[0] & 15) * 4, length = sample->captured - header;
    uint64_t sum = 0;

    for (size_t i = 0; i < header; i += 2)
        sum += at16(ip + i);
    assert_int_equal(sum % 0xffff, 0);
    assert_int_equal(at16(ip + 2), sample->captured);
    sum = ip[9] + length;
    for (size_t i = 12; i < 20; i += 2)
        sum += at16(ip + i);
    if (ip[9] == PROTO_ICMP)
        sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (unsigned)ip[header + i] << 8 : ip[header + i];
    assert_int_equal(sum % 0xffff, 0);
}

static bool holds(const struct sample *sample, const char *needle, size_t length)
{
    return memmem(sample->bytes, sample->captured, needle, length) != NULL;
}

/* ---- relations
 * ------------------------------------------------------------------------------------ */

static void mirai_sequence_number_is_the_new_address(void **state)
{
    (void)state;
    for (unsigned strict = 0; strict < 2; strict++) {
        struct set set = {0};
        struct build b = syn(7, 77, 4000, 23, OURS, 900);

        set_add(&set, &b, 0);
        clean(&set, strict != 0, 1);
        assert_true(new_dst(&set, 0) != OURS);
        assert_int_equal(at32(set.items[0].bytes + 24), new_dst(&set, 0));
        assert_checksums(&set.items[0]);
    }
}

static void masscan_identification_follows(void **state)
{
    (void)state;
    for (unsigned strict = 0; strict < 2; strict++) {
        struct set set = {0};

        for (unsigned i = 0; i < 5; i++) {
            uint32_t seq = 0x1a2b3c4d * (i + 1);
            struct build b =
                syn(7 + i, (uint16_t)((OURS + i) ^ 443 ^ seq), 41000, 443, seq, 1024);

            set_add(&set, &b, 0);
        }
        clean(&set, strict != 0, 2);
        for (size_t i = 0; i < set.count; i++) {
            const uint8_t *ip = set.items[i].bytes;
            uint32_t seq = at32(ip + 24);

            assert_int_equal(at16(ip + 4), (uint16_t)(new_dst(&set, i) ^ 443 ^ seq));
            assert_int_equal(seq == 0x1a2b3c4d * (uint32_t)(i + 1), strict == 0);
        }
    }
}

static void what_follows_is_told_whatever_the_key_makes_of_it(void **state)
{
    (void)state;
    for (unsigned key = 0; key < 200; key++) {
        struct sanitize_options options = make_options(names, (uint8_t)key);
        bool follows[10] = {false};
        struct nj_err err = {0};
        struct set set = {0};

        options.ret_id_follows = follows;
        for (unsigned i = 0; i < 10; i++) {
            uint32_t seq = 0x1a2b3c4d * (i + 1);
            uint16_t id = i < 5 ? (uint16_t)((OURS + i) ^ 443 ^ seq) : 54321;
            struct build b = syn(7 + i % 5, id, 41000, 443, seq, 1024);

            set_add(&set, &b, 0);
            set.items[i].src = addr_from_v4(i < 5 ? 0xc6336401u : 0xc6336402u);
        }
        if (sanitize(set.items, set.bytes, set.count, &options, &err) < 0)
            fail_msg("%s", err.msg);
        for (unsigned i = 0; i < 10; i++)
            assert_int_equal(follows[i], i < 5);
    }
}

static void unicornscan_keeps_one_key_and_tells_no_address(void **state)
{
    (void)state;
    for (unsigned strict = 0; strict < 2; strict++) {
        struct set set = {0};
        uint32_t keys[4] = {0};

        for (unsigned i = 0; i < 4; i++) {
            uint16_t sport = (uint16_t)(5000 + i * 977);
            uint32_t seq = 0xdeadbeef ^ __builtin_bswap32(OURS + i) ^ (443u << 16 | sport);
            struct build b = syn(7 + i, (uint16_t)(i * 7919), sport, 443, seq, 4128);

            set_add(&set, &b, 0);
        }
        clean(&set, strict != 0, 3);
        for (size_t i = 0; i < set.count; i++) {
            const uint8_t *ip = set.items[i].bytes;

            keys[i] = at32(ip + 24) ^ __builtin_bswap32(new_dst(&set, i)) ^
                      at32(ip + 20) >> 16 ^ (uint32_t)at16(ip + 22) << 16;
            assert_int_equal(keys[i], keys[0]);
        }
        assert_int_equal(keys[0] == 0xdeadbeef, strict == 0);
    }
}

static void an_unknown_relation_follows_too(void **state)
{
    struct set set = {0};

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct build b =
            syn(7 + i * 13, (uint16_t)((OURS + i * 13) ^ 0xabcd), (uint16_t)(3000 + i * i * 31),
                80, 0x12345678u + OURS + i * 13, 64);

        set_add(&set, &b, 0);
    }
    clean(&set, false, 4);
    for (size_t i = 0; i < set.count; i++) {
        const uint8_t *ip = set.items[i].bytes;

        assert_int_equal(at32(ip + 24) - new_dst(&set, i), 0x12345678);
        assert_int_equal((uint16_t)(at16(ip + 4) ^ new_dst(&set, i)), 0xabcd);
    }
}

static void nmap_phase_stays_one_phase_under_other_numbers(void **state)
{
    uint32_t nmap = nj_intern_z(names, "nmap");
    struct set set = {0};
    uint32_t first;

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        unsigned try = i % 3;
        struct build b = syn(7 + i, (uint16_t)(i * 7919), (uint16_t)(50000 + try), 80,
                             0x8f3a21c4u ^ (try << 16 | try), 1024);

        set_add(&set, &b, nmap);
    }
    clean(&set, true, 5);
    first = at32(set.items[0].bytes + 24);
    assert_true(first != 0x8f3a21c4u);
    for (size_t i = 0; i < set.count; i++) {
        uint32_t seq = at32(set.items[i].bytes + 24), try = (uint32_t)i % 3;

        assert_int_equal(seq, first ^ (try << 16 | try));
    }
}

static void fields_that_say_nothing_stay(void **state)
{
    struct set set = {0};

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct build b = syn(7 + i, 54321, (uint16_t)(40000 + i * 7877 % 20000), 80,
                             0x9e3779b9u * (i + 1), 65535);

        set_add(&set, &b, 0);
    }
    clean(&set, false, 6);
    for (size_t i = 0; i < set.count; i++) {
        assert_int_equal(at16(set.items[i].bytes + 4), 54321);
        assert_int_equal(at16(set.items[i].bytes + 34), 65535);
        assert_int_equal(at32(set.items[i].bytes + 24), 0x9e3779b9u * (uint32_t)(i + 1));
    }
}

static int no_traits(void *ctx, const struct trait *trait, struct nj_err *err)
{
    (void)ctx;
    (void)trait;
    (void)err;
    return 0;
}

/* What the fingerprint module says of the sender after all packets. */
static const char *tool_of(const struct set *set, struct nj_intern *table)
{
    static const char *found;
    struct fingerprint *fp = NULL;
    struct nj_err err;

    found = "";
    assert_int_equal(fingerprint_new(table, 100, no_traits, NULL, &fp, &err), 0);
    for (size_t i = 0; i < set->count; i++) {
        const struct frame frame = {.time_ns = set->items[i].time_ns,
                                    .data = set->items[i].bytes,
                                    .captured = set->items[i].captured,
                                    .length = set->items[i].length,
                                    .link = 101};
        struct packet packet;

        assert_int_equal(decode(&frame, &packet), DECODE_OK);
        fingerprint_prepare(fp, &packet);
        assert_int_equal(fingerprint_add(fp, &packet, &err), 0);
        found = nj_intern_text(table, packet.tool);
    }
    fingerprint_free(fp);
    return found;
}

/* ---- what else is in packets
 * ---------------------------------------------------------------------- */

static void quoted_packet_names_the_new_address(void **state)
{
    struct build inner = {.length = 0}, b = {.length = 0};
    struct set set = {0};
    const uint8_t *quoted;

    (void)state;
    build_ethernet(&inner, 0x0800);
    build_ipv4(&inner, &(struct build_ipv4){.proto = 6, .src = OURS_TEXT, .dst = THEIRS});
    build_tcp(&inner, &(struct build_tcp){.sport = 80, .dport = 999, .seq = OURS});
    build_end(&inner);
    build_ethernet(&b, 0x0800);
    build_ipv4(&b, &(struct build_ipv4){
                       .proto = 1, .ttl = 50, .src = "203.0.113.1", .dst = OURS_TEXT});
    build_icmp(&b, 3, 1, 0);
    build_bytes(&b, inner.bytes + ETHERNET, 28);
    build_end(&b);
    set_add(&set, &b, 0);
    clean(&set, false, 7);
    quoted = set.items[0].bytes + 28;
    assert_int_equal(at32(quoted + 12), new_dst(&set, 0));
    assert_int_equal(at32(quoted + 16), 0xc6336409);
    assert_int_equal(at32(quoted + 24), new_dst(&set, 0));
    assert_checksums(&set.items[0]);
}

static void payload_forms_are_replaced(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } forms[] = {
#define FORM(TEXT) {TEXT, sizeof(TEXT) - 1}
        FORM("\x01\xc0\x00\x02\x07\xff"),
        FORM("\x01\x07\x02\x00\xc0\xff"),
        FORM("\x01\x3f\xff\xfd\xf8\xff"),                         /* complement */
        FORM("\x01\x01\x00\x08\x21\x12\xa4\x42\xe1\x12\xa6\x45"), /* STUN */
        FORM("\x01 192.0.2.7 \xff"),
        FORM("\x01 7.2.0.192 \xff"),
        FORM("\x01 192-0-2-7.example.net \xff"),
        FORM("\x01 192_0_2_7 \xff"),
        FORM("\x01 192,0,2,7,4,1 \xff"),
        FORM("\x01 192.000.002.007 \xff"),
        FORM("\x01 3221225991 \xff"),
        FORM("\x01 c0000207 \xff"),
        FORM("\x01 C0000207.scan.example \xff"),
        FORM("\x01 070200c0 \xff"),
        FORM("\x01 c0:00:02:07 \xff"),
        FORM("\x01 \\xc0\\x00\\x02\\x07 \xff"),
        FORM("\x01 0xc0.0x00.0x02.0x07 \xff"),
        FORM("\x01 ::ffff:192.0.2.7 \xff"),
        FORM("\x01 %31%39%32%2e0.2.7 \xff"),
        FORM("\x01 192%2e0%2E2%2e7 \xff"),
        FORM("\x01\x01\x37\x01\x32\x01\x30\x03\x31\x39\x32\x07in-addr\x04"
             "arpa\0\xff"),
        FORM("\x01\\\0\\\0001\0009\0002\0.\0000\0.\0002\0.\0007\0\\\0\xff"),
        FORM("\x01\0001\0009\0002\0.\0000\0.\0002\0.\0007\xff"),
        FORM(
            "\x01 KGN1cmwgLXMgMTkyLjAuMi43OjgwKXxiYXNo \xff"), /* (curl -s 192.0.2.7:80)|bash */
        FORM("\x01/a/b/c/MTkyLjAuMi43/\xff"),
        FORM("\x01 wAACB-8AAAA \xff"),
        FORM("\x01 192.0.2.99 \xff"), /* a neighbour */
        FORM("\x01 192[.]0[.]2[.]7 \xff"),
        FORM("\x01 192 . 0 . 2 . 7 \xff"),
        FORM("\x01 192[dot]0[dot]2[dot]7 \xff"),
        FORM("\x01 192, 0, 2, 7 \xff"),
        FORM("\x01 0300.0000.0002.0007 \xff"),
        FORM("\x01 2.0.192.in-addr.arpa \xff"),
        FORM("\x01 192.0.2/24 \xff"),
        FORM("\x01 7.2.0.291 tsoh \xff"), /* written backward */
        FORM("\x01 &#49;&#57;&#50;&#46;&#48;&#46;&#50;&#46;&#55; \xff"),
        FORM("\x01 \\x31\\x39\\x32\\x2e\\x30\\x2e\\x32\\x2e\\x37 \xff"),
        FORM("\x01 =31=39=32=2E=30=2E=32=2E=37 \xff"),
        FORM("\x01 %2531%2539%2532%252e0.2.7 \xff"),
        FORM("\x01 3139322e302e322e37 \xff"),
        FORM("\x01 2002:c000:207::1 \xff"),
        FORM("\x01 64:ff9b::c000:207 \xff"),
        FORM("\x01 64:ff9b::c000:207:b \xff"),
        FORM("\x01 S0dOMWNtd2dMWE1nTVRreUxqQXVNaTQzT2pnd0tYeGlZWE5v \xff"), /* base64
                                                                             * of base64 */
        FORM("\x01 FBRXK4TMEAWXGIBRHEZC4MBOGIXDOORYGAUXYYTBONUA \xff"), /* base32 of the curl
                                                                         * above */
        FORM("\x01 f0uj2e9i5oo2sche6s \xff"),
        FORM("\x01\\\0\0\0\061\0\0\0\071\0\0\0\062\0\0\0\056\0\0\0\060\0\0\0\056\0\0\0\062\0\0"
             "\0\056\0\0\0\067\0\0\0\\\0\0\0\xff"),
        FORM("\x01\0\0\0\061\0\0\0\071\0\0\0\062\0\0\0\056\0\0\0\060\0\0\0\056\0\0\0\062\0\0\0"
             "\056\0\0\0\067\xff"),
        FORM("\x01 192.0.519 \xff"), /* as inet_aton reads it */
        FORM("\x01 192.519/ \xff"),
        FORM("\x01 0xc0.0x0.0x207 \xff"),
        FORM("\x01 0xC0.0.2.7 \xff"),
        FORM("\x01 0300.0.01007 \xff"),
        FORM("\x01 030000001007 \xff"),
#undef FORM
    };

    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct build b = udp(9999, forms[i].bytes, forms[i].length);
        struct set set = {0};

        set_add(&set, &b, 0);
        clean(&set, false, (uint8_t)i);
        assert_int_equal(set.items[0].captured, 28 + forms[i].length);
        assert_checksums(&set.items[0]);
        if (memcmp(set.items[0].bytes + 28, forms[i].bytes, forms[i].length) == 0)
            fail_msg("form %zu stayed as it was", i);
        for (size_t k = 0; k < sizeof(forms) / sizeof(forms[0]); k++)
            if (memmem(set.items[0].bytes + 28, forms[i].length, forms[k].bytes + 2,
                       forms[k].length - 3) != NULL)
                fail_msg("form %zu holds form %zu", i, k);
    }
}

/* Numbers in more than one base stay numbers that inet_aton reads. */
static void inet_aton_forms_stay_well_formed(void **state)
{
    static const char *const forms[] = {"192.0.519", "192.519", "0300.0.01007", "030000001007",
                                        "0xc0.0x0.0x207"};

    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        char text[64] = {1}, found[64] = "";
        struct set set = {0};
        struct in_addr a;
        struct build b;

        (void)snprintf(text + 1, sizeof(text) - 1, " %s ", forms[i]);
        b = udp(9999, text, strlen(text));
        set_add(&set, &b, 0);
        clean(&set, false, (uint8_t)i);
        memcpy(found, set.items[0].bytes + 30, strlen(forms[i]));
        if (inet_aton(found, &a) == 0 || ntohl(a.s_addr) == OURS)
            fail_msg("%s became %s", forms[i], found);
    }
}

/* ---- the sensor's other names
 * --------------------------------------------------------------------- */

static void clean_of(struct set *set, const char *sensor_name)
{
    struct sanitize_options options = make_options(names, 21);
    struct sensor sensor = {.name = ""};
    struct nj_err err = {0};

    (void)snprintf(sensor.name, sizeof(sensor.name), "%s", sensor_name);
    options.sensors = &sensor;
    options.sensor_count = 1;
    if (sanitize(set->items, set->bytes, set->count, &options, &err) < 0)
        fail_msg("%s", err.msg);
}

static void names_of_sensors_are_replaced(void **state)
{
    static const char *const payloads[] = {"GET / HTTP/1.1\r\nHost: hooli.pot.xyz\r\n\r\n",
                                           "\x01 HOOLI.Pot.Xyz \xff", "\x05hooli\x03pot\x03xyz",
                                           "aG9vbGkucG90Lnh5eg=="};

    (void)state;
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        struct build b = udp(9999, payloads[i], strlen(payloads[i]));
        struct set set = {0};

        set_add(&set, &b, 0);
        clean_of(&set, "Hooli.pot.xyz");
        assert_int_equal(set.items[0].captured, 28 + strlen(payloads[i]));
        assert_false(holds(&set.items[0], "hooli", 5));
        assert_false(holds(&set.items[0], "HOOLI", 5));
        assert_false(holds(&set.items[0], "aG9vbG", 6));
        if (i == 2) {
            assert_int_equal(set.items[0].bytes[28], 5);
            assert_int_equal(set.items[0].bytes[34], 3);
        }
    }
}

static void a_plain_word_is_no_name(void **state)
{
    static const char payload[] = "GET /http HTTP/1.1\r\n\r\n";
    struct build b = udp(9999, payload, strlen(payload));
    struct set set = {0};

    (void)state;
    set_add(&set, &b, 0);
    clean_of(&set, "http");
    assert_true(holds(&set.items[0], payload, strlen(payload)));
}

static struct build udp6(const char *dst, const void *payload, size_t length)
{
    struct build b = {.length = 0};

    build_ethernet(&b, 0x86dd);
    build_ipv6(&b, &(struct build_ipv6){
                       .next = 17, .src = "2001:db8:2::1", .dst = dst, .hop_limit = 50});
    build_udp(&b, 40000, 9999);
    build_bytes(&b, payload, length);
    build_end(&b);
    return b;
}

static void the_hardware_address_within_ours_is_replaced(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } forms[] = {
#define FORM(TEXT) {TEXT, sizeof(TEXT) - 1}
        FORM("\x01\x00\x53\x11\x22\x33\x44\xff"),
        FORM("\x01 00:53:11:22:33:44 \xff"),
        FORM("\x01 00-53-11-22-33-44 \xff"),
        FORM("\x01 0053.1122.3344 \xff"),
        FORM("\x01 005311223344 \xff"),
        FORM("\x01 fe80::253:11ff:fe22:3344 \xff"),
        FORM("\x01 2001-db8-1--253-11ff-fe22-3344.ipv6-literal.net \xff"),
#undef FORM
    };

    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct build b =
            udp6("2001:db8:1::253:11ff:fe22:3344", forms[i].bytes, forms[i].length);
        struct set set = {0};

        set_add(&set, &b, 0);
        clean(&set, false, 22);
        if (holds(&set.items[0], forms[i].bytes + 2, forms[i].length - 4) ||
            holds(&set.items[0], "253-11ff", 8))
            fail_msg("form %zu stayed", i);
    }
}

static void a_flow_label_of_the_address_is_drawn(void **state)
{
    for (unsigned tells = 0; tells < 2; tells++) {
        struct build b = udp6("2001:db8:1::253:11ff:fe22:3344", "x", 1);
        uint32_t label = tells != 0 ? 0x23344 : 0x12345;
        struct set set = {0};

        (void)state;
        b.bytes[ETHERNET + 1] = (uint8_t)(label >> 16);
        b.bytes[ETHERNET + 2] = (uint8_t)(label >> 8);
        b.bytes[ETHERNET + 3] = (uint8_t)label;
        set_add(&set, &b, 0);
        clean(&set, false, 27);
        assert_int_equal((at32(set.items[0].bytes) & 0xfffff) == label, tells == 0);
    }
}

static void a_solicitation_names_nobody(void **state)
{
    static const char target[] = "\x20\x01\x0d\xb8\0\1\0\0\0\0\0\0\0\x22\x33\x44";
    struct build b = {.length = 0};
    struct set set = {0};

    (void)state;
    build_ethernet(&b, 0x86dd);
    build_ipv6(&b, &(struct build_ipv6){.next = 58,
                                        .src = "2001:db8:2::1",
                                        .dst = "ff02::1:ff22:3344",
                                        .hop_limit = 255});
    build_icmp(&b, 135, 0, 0);
    build_bytes(&b, target, 16);
    build_end(&b);
    set_add(&set, &b, 0);
    clean(&set, false, 23);
    assert_false(holds(&set.items[0], "\x22\x33\x44", 3));
    assert_memory_equal(set.items[0].bytes + 24, "\xff\2\0\0\0\0\0\0\0\0\0\1\xff", 13);
}

/* What our host wrote into a packet that comes back to it. */
static void the_clock_in_a_quoted_packet_is_gone(void **state)
{
    static const uint8_t options[] = {8, 10, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 9, 1, 1};
    struct build inner = {.length = 0}, b = {.length = 0};
    struct set set = {0};

    (void)state;
    build_ethernet(&inner, 0x0800);
    build_ipv4(&inner, &(struct build_ipv4){.proto = 6, .src = OURS_TEXT, .dst = THEIRS});
    build_tcp(&inner, &(struct build_tcp){.flags = TCP_ACK,
                                          .options = options,
                                          .options_length = sizeof(options)});
    build_end(&inner);
    build_ethernet(&b, 0x0800);
    build_ipv4(&b, &(struct build_ipv4){
                       .proto = 1, .ttl = 50, .src = "203.0.113.1", .dst = OURS_TEXT});
    build_icmp(&b, 3, 1, 0);
    build_bytes(&b, inner.bytes + ETHERNET, inner.length - ETHERNET);
    build_end(&b);
    set_add(&set, &b, 0);
    clean(&set, false, 24);
    assert_false(holds(&set.items[0], "\x12\x34\x56\x78", 4));
    assert_true(holds(&set.items[0], "\0\0\0\x09\1\1", 6)); /* theirs */
}

static void options_without_their_usual_length_hide_nothing(void **state)
{
    static const uint8_t options[][8] = {
        {6, 6, 0xc0, 0, 2, 7, 1, 1},  /* an obsolete echo */
        {0, 1, 0xc0, 0, 2, 7, 1, 1},  /* behind the end */
        {5, 99, 0xc0, 0, 2, 7, 1, 1}, /* longer than all of them */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        struct build b = {.length = 0};
        struct set set = {0};

        build_ethernet(&b, 0x0800);
        build_ipv4(
            &b, &(struct build_ipv4){.proto = 6, .ttl = 50, .src = THEIRS, .dst = OURS_TEXT});
        build_tcp(&b, &(struct build_tcp){
                          .flags = TCP_SYN, .options = options[i], .options_length = 8});
        build_end(&b);
        set_add(&set, &b, 0);
        clean(&set, false, 25);
        assert_false(holds(&set.items[0], "\xc0\0\2\7", 4));
        assert_checksums(&set.items[0]);
    }
}

static void the_gateway_of_a_redirect_is_replaced(void **state)
{
    struct build b = {.length = 0};
    struct set set = {0};

    (void)state;
    build_ethernet(&b, 0x0800);
    build_ipv4(&b,
               &(struct build_ipv4){.proto = 1, .ttl = 50, .src = THEIRS, .dst = OURS_TEXT});
    build_icmp(&b, 5, 1, 0);
    build_end(&b);
    memcpy(b.bytes + ETHERNET + 24, "\xc0\0\2\xfe", 4);
    set_add(&set, &b, 0);
    clean(&set, false, 26);
    assert_false(holds(&set.items[0], "\xc0\0\2", 3));
}

static void other_addresses_stay(void **state)
{
    static const char text[] =
        "\x01 198.51.100.9 203.0.113.5 127.0.0.1 239.255.255.250 1.2.3 \xff";
    struct build b = udp(9999, text, sizeof(text) - 1);
    struct set set = {0};

    (void)state;
    set_add(&set, &b, 0);
    clean(&set, false, 8);
    assert_true(holds(&set.items[0], text, sizeof(text) - 1));
}

/* The longest form counts: what stands within it is not replaced once more. */
static void a_text_within_a_longer_one_is_replaced_once(void **state)
{
    struct build b =
        tcp_text("GET /?a=[::ffff:192.0.2.7]&b=7.2.0.192.in-addr.arpa& HTTP/1.0\r\n");
    struct set set = {0};
    char text[200];
    uint32_t dst;

    (void)state;
    set_add(&set, &b, 0);
    clean(&set, false, 9);
    dst = new_dst(&set, 0);
    (void)snprintf(text, sizeof(text),
                   "GET /?a=[%u.%u.%u.%u]&b=%u.%u.%u.%u.in-addr.arpa& HTTP/1.0\r\n", dst >> 24,
                   dst >> 16 & 255, dst >> 8 & 255, dst & 255, dst & 255, dst >> 8 & 255,
                   dst >> 16 & 255, dst >> 24);
    assert_true(holds(&set.items[0], text, strlen(text)));
}

static void http_names_the_new_host_and_counts_its_body(void **state)
{
    struct build b = tcp_text("POST / HTTP/1.1\r\nHost: 192.0.2.7\r\nContent-Length: 15\r\n\r\n"
                              "ping 192.0.2.7;");
    char dst[ADDR_TEXT_MAX], text[200];
    struct set set = {0};

    (void)state;
    set_add(&set, &b, 0);
    clean(&set, false, 9);
    (void)addr_text(addr_from_v4(new_dst(&set, 0)), dst);
    (void)snprintf(text, sizeof(text),
                   "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\nping %s;", dst,
                   strlen(dst) + 6, dst);
    assert_int_equal(set.items[0].captured, 40 + strlen(text));
    assert_int_equal(set.items[0].length, set.items[0].captured);
    assert_true(holds(&set.items[0], text, strlen(text)));
    assert_checksums(&set.items[0]);
}

static void dns_labels_stay_well_formed(void **state)
{
    static const char name[] = "\x01\x37\x01\x32\x01\x30\x03\x31\x39\x32\x07in-addr\x04"
                               "arpa";
    struct build b = udp(53, name, sizeof(name));
    struct set set = {0};
    size_t at = 28;

    (void)state;
    set_add(&set, &b, 0);
    clean(&set, false, 10);
    for (unsigned label = 0; label < 4; label++) {
        uint8_t length = set.items[0].bytes[at];

        assert_in_range(length, 1, 3);
        for (unsigned i = 1; i <= length; i++)
            assert_in_range(set.items[0].bytes[at + i], '0', '9');
        at += length + 1u;
    }
    assert_memory_equal(set.items[0].bytes + at, "\x07in-addr", 8);
}

static void our_uptime_and_routes_are_gone(void **state)
{
    static const uint8_t options[] = {8, 10, 0, 0, 0, 9, 0, 0, 0x12, 0x34, 1, 1};
    struct build b = {.length = 0};
    struct set set = {0};

    (void)state;
    build_ethernet(&b, 0x0800);
    build_ipv4(&b, &(struct build_ipv4){
                       .proto = 6, .ttl = 50, .src = THEIRS, .dst = OURS_TEXT, .options = 8});
    memcpy(b.bytes + ETHERNET + 20, "\x07\x07\x08\xc0\x00\x02\x07\x00", 8); /* record route */
    build_tcp(&b, &(struct build_tcp){.flags = TCP_ACK,
                                      .ack = 9,
                                      .options = options,
                                      .options_length = sizeof(options)});
    build_end(&b);
    set_add(&set, &b, 0);
    clean(&set, false, 11);
    assert_memory_equal(set.items[0].bytes + 20, "\1\1\1\1\1\1\1\1", 8);
    assert_int_equal(at32(set.items[0].bytes + 28 + 22), 9);
    assert_true(at32(set.items[0].bytes + 28 + 26) != 0x1234);
    assert_checksums(&set.items[0]);
}

static void ipv6_address_is_replaced_in_all_forms(void **state)
{
    static const char payload[] = "\x01 2001:db8:1::7 20010db8000100000000000000000007 \xff\xff"
                                  "\x20\x01\x0d\xb8\0\1\0\0\0\0\0\0\0\0\0\7\xff\xff\xff";
    struct build b = {.length = 0};
    struct set set = {0};

    (void)state;
    build_ethernet(&b, 0x86dd);
    build_ipv6(
        &b, &(struct build_ipv6){
                .next = 17, .src = "2001:db8:2::1", .dst = "2001:db8:1::7", .hop_limit = 50});
    build_udp(&b, 40000, 9999);
    build_bytes(&b, payload, sizeof(payload) - 1);
    build_end(&b);
    set_add(&set, &b, 0);
    clean(&set, false, 12);
    assert_false(holds(&set.items[0], "2001:db8:1", 10));
    assert_false(holds(&set.items[0], "20010db80001", 12));
    assert_false(holds(&set.items[0], "\x20\x01\x0d\xb8\0\1", 6));
    assert_memory_equal(set.items[0].bytes + sizeof(payload) + 40 + 7 - 19,
                        set.items[0].bytes + 24, 16);
}

static void an_ipv6_address_glued_to_other_digits_is_replaced(void **state)
{
    static const char *const payloads[] = {
        "\x01 A2001:db8:1::7Z \xff", "\x01 72001:db8:1::7 \xff", "\x01 a:2001:db8:1::7:b \xff",
        "\x01 2001:db8:1::7:b:a:9:8:7 \xff"};

    (void)state;
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        struct build b = udp6("2001:db8:1::7", payloads[i], strlen(payloads[i]));
        struct set set = {0};

        set_add(&set, &b, 0);
        clean(&set, false, 12);
        if (holds(&set.items[0], "2001:db8:1::7", 13))
            fail_msg("form %zu stayed", i);
    }
}

static void the_first_half_of_an_ipv6_address_is_replaced(void **state)
{
    static const char *const payloads[] = {"\x01 20010DB8000A000B \xff",
                                           "\x01 20010db8000a000b \xff",
                                           "\x01 b.0.0.0.a.0.0.0.8.b.d.0.1.0.0.2 \xff"};

    (void)state;
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        struct build b = udp6("2001:db8:a:b::7", payloads[i], strlen(payloads[i]));
        struct set set = {0};

        set_add(&set, &b, 0);
        clean(&set, false, 12);
        if (holds(&set.items[0], payloads[i] + 2, strlen(payloads[i]) - 4))
            fail_msg("form %zu stayed", i);
    }
}

static void what_was_cut_ends_before_half_an_address(void **state)
{
    char text[700];
    struct set set = {0};
    struct build b;

    (void)state;
    memset(text, '!', sizeof(text));
    text[0] = 1;
    memcpy(text + 512 - 28 - 7, OURS_TEXT, 9);
    b = udp(9999, text, sizeof(text));
    set_add(&set, &b, 0);
    clean(&set, false, 13);
    assert_false(holds(&set.items[0], "192.0", 5));
    assert_int_equal(set.items[0].length, 28 + sizeof(text));
}

static void strict_draws_times_and_numbers_anew(void **state)
{
    struct set set = {0}, before;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct build b = syn(7, (uint16_t)(i * 7919 + 1), 40000, 80, 1000 + i, 9);

        set_add(&set, &b, 0);
    }
    before = set;
    clean(&set, true, 14);
    for (size_t i = 0; i < set.count; i++) {
        assert_true(at32(set.items[i].bytes + 24) != 1000 + (uint32_t)i);
        assert_true(at16(set.items[i].bytes + 4) != at16(before.bytes[i] + 4));
        assert_true(set.items[i].time_ns != before.items[i].time_ns);
        assert_true(i == 0 || set.items[i].time_ns >= set.items[i - 1].time_ns);
        assert_int_equal(set.items[i].time_ns / 86400000000000,
                         before.items[i].time_ns / 86400000000000);
        /* one connection: steps stay */
        assert_int_equal(at32(set.items[i].bytes + 24) - at32(set.items[0].bytes + 24), i);
    }
}

static void same_key_gives_the_same(void **state)
{
    struct set set = {0}, again, other;
    struct build b = syn(7, 1, 40000, 80, 1000, 9);

    (void)state;
    set_add(&set, &b, 0);
    again = other = set;
    again.items[0].bytes = again.bytes[0];
    other.items[0].bytes = other.bytes[0];
    clean(&set, true, 15);
    clean(&again, true, 15);
    clean(&other, true, 16);
    assert_memory_equal(set.bytes[0], again.bytes[0], set.items[0].captured);
    assert_true(new_dst(&set, 0) != new_dst(&other, 0));
}

/* ---- property
 * ------------------------------------------------------------------------------------- */

/* Packets of tools, and random ones with the address anywhere. */
static void random_packets_leak_nothing_and_keep_their_tool(void **state)
{
    static const char *const tools[] = {"mirai", "masscan", "unicornscan"};
    struct nj_rng rng = nj_rng(20140923, 5);

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        unsigned tool = nj_rng_below(&rng, 3), count = 4 + nj_rng_below(&rng, 12);
        uint32_t key = nj_rng_u32(&rng);
        uint16_t port = (uint16_t)nj_rng_between(&rng, 1024, 65000);
        struct set set = {0};

        for (unsigned i = 0; i < count; i++) {
            unsigned host = 1 + nj_rng_below(&rng, 250);
            uint32_t dst = 0xc0000200u + host, seq = nj_rng_u32(&rng);
            uint16_t id = (uint16_t)nj_rng_u32(&rng), sport = port;
            uint16_t window = tool == 2 ? 4128 : 1024;
            struct build b;

            if (tool == 0)
                seq = dst;
            else if (tool == 1)
                id = (uint16_t)(dst ^ 443 ^ seq);
            else
                seq = key ^ __builtin_bswap32(dst) ^
                      (443u << 16 | (sport = (uint16_t)nj_rng_between(&rng, 4096, 65534)));
            b = syn(host, id, sport, 443, seq, window);
            set_add(&set, &b, 0);
        }
        assert_string_equal(tool_of(&set, names), tools[tool]);
        clean(&set, round % 2 == 1, (uint8_t)round);
        assert_string_equal(tool_of(&set, names), tools[tool]);
        for (size_t i = 0; i < set.count; i++) {
            assert_false(holds(&set.items[i], "\xc0\x00\x02", 3));
            assert_checksums(&set.items[i]);
        }
    }
    for (unsigned round = 0; round < 300; round++) {
        uint8_t payload[200];
        struct build b;
        struct set set = {0};

        for (size_t i = 0; i < sizeof(payload); i++)
            payload[i] = (uint8_t)nj_rng_u32(&rng);
        for (unsigned i = 0; i < 4; i++) {
            static const char *const texts[] = {"\xc0\x00\x02\x07", "\x07\x02\x00\xc0",
                                                "192.0.2.7", "c0000207"};
            const char *text = texts[i];

            memcpy(payload + nj_rng_below(&rng, 190), text, i < 2 ? 4 : strlen(text));
        }
        b = udp((uint16_t)nj_rng_u32(&rng), payload, sizeof(payload));
        set_add(&set, &b, 0);
        clean(&set, round % 2 == 1, (uint8_t)round);
        assert_false(holds(&set.items[0], "\xc0\x00\x02\x07", 4));
        assert_false(holds(&set.items[0], "\x07\x02\x00\xc0", 4));
        assert_false(holds(&set.items[0], "192.0.2.7", 9));
        assert_false(holds(&set.items[0], "c0000207", 8));
        assert_checksums(&set.items[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mirai_sequence_number_is_the_new_address),
        cmocka_unit_test(masscan_identification_follows),
        cmocka_unit_test(what_follows_is_told_whatever_the_key_makes_of_it),
        cmocka_unit_test(unicornscan_keeps_one_key_and_tells_no_address),
        cmocka_unit_test(an_unknown_relation_follows_too),
        cmocka_unit_test(nmap_phase_stays_one_phase_under_other_numbers),
        cmocka_unit_test(fields_that_say_nothing_stay),
        cmocka_unit_test(quoted_packet_names_the_new_address),
        cmocka_unit_test(payload_forms_are_replaced),
        cmocka_unit_test(inet_aton_forms_stay_well_formed),
        cmocka_unit_test(names_of_sensors_are_replaced),
        cmocka_unit_test(a_plain_word_is_no_name),
        cmocka_unit_test(the_hardware_address_within_ours_is_replaced),
        cmocka_unit_test(a_flow_label_of_the_address_is_drawn),
        cmocka_unit_test(a_solicitation_names_nobody),
        cmocka_unit_test(the_clock_in_a_quoted_packet_is_gone),
        cmocka_unit_test(options_without_their_usual_length_hide_nothing),
        cmocka_unit_test(the_gateway_of_a_redirect_is_replaced),
        cmocka_unit_test(other_addresses_stay),
        cmocka_unit_test(a_text_within_a_longer_one_is_replaced_once),
        cmocka_unit_test(http_names_the_new_host_and_counts_its_body),
        cmocka_unit_test(dns_labels_stay_well_formed),
        cmocka_unit_test(our_uptime_and_routes_are_gone),
        cmocka_unit_test(ipv6_address_is_replaced_in_all_forms),
        cmocka_unit_test(an_ipv6_address_glued_to_other_digits_is_replaced),
        cmocka_unit_test(the_first_half_of_an_ipv6_address_is_replaced),
        cmocka_unit_test(what_was_cut_ends_before_half_an_address),
        cmocka_unit_test(strict_draws_times_and_numbers_anew),
        cmocka_unit_test(same_key_gives_the_same),
        cmocka_unit_test(random_packets_leak_nothing_and_keep_their_tool),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

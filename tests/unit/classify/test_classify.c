/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/classify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classify/rule.h"

#define SRC "198.51.100.9"
#define DST "203.0.113.7"

static struct nj_intern *names;
static struct classifier *classifier;

static int setup(void **state)
{
    (void)state;
    names = nj_intern_new(1000);
    classifier = classifier_new(names, NULL);
    return names == NULL || classifier == NULL;
}

static int teardown(void **state)
{
    (void)state;
    classifier_free(classifier);
    nj_intern_free(names);
    return 0;
}

static struct addr address(const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(text, &a, NULL), 0);
    return a;
}

static struct packet packet_of(uint8_t proto, const char *src, const char *dst)
{
    struct packet p = {.src = address(src), .dst = address(dst), .proto = proto, .ttl = 50};

    p.ip_version = addr_is_v4(p.src) ? 4 : 6;
    p.ip_length = 60;
    return p;
}

static void check(struct packet *p, enum class class, const char *rule)
{
    classify(classifier, p);
    assert_string_equal(nj_intern_text(names, p->rule), rule);
    assert_string_equal(class_names[p->class], class_names[class]);
}

static void tcp(unsigned flags, enum class class, const char *rule)
{
    struct packet p = packet_of(PROTO_TCP, SRC, DST);

    p.tcp_flags = (uint8_t)flags;
    check(&p, class, rule);
}

static void tcp_flags_decide(void **state)
{
    (void)state;
    tcp(TCP_SYN, CLASS_SCAN, "tcp-syn");
    tcp(TCP_SYN | TCP_ECE | TCP_CWR, CLASS_SCAN, "tcp-syn");
    tcp(TCP_SYN | TCP_ACK, CLASS_BACKSCATTER, "tcp-syn-ack");
    tcp(TCP_RST, CLASS_BACKSCATTER, "tcp-rst");
    tcp(TCP_RST | TCP_ACK, CLASS_BACKSCATTER, "tcp-rst");
    tcp(TCP_FIN | TCP_ACK, CLASS_BACKSCATTER, "tcp-fin-ack");
    tcp(TCP_PSH | TCP_ACK, CLASS_BACKSCATTER, "tcp-psh-ack");
    tcp(TCP_FIN | TCP_PSH | TCP_ACK, CLASS_BACKSCATTER, "tcp-fin-ack");
    tcp(0, CLASS_SCAN, "tcp-null");
    tcp(TCP_FIN, CLASS_SCAN, "tcp-fin");
    tcp(TCP_FIN | TCP_PSH | TCP_URG, CLASS_SCAN, "tcp-xmas");
    tcp(TCP_SYN | TCP_FIN, CLASS_SCAN, "tcp-syn-fin");
    tcp(TCP_SYN | TCP_FIN | TCP_ACK, CLASS_SCAN, "tcp-syn-fin");
    tcp(TCP_SYN | TCP_RST, CLASS_SCAN, "tcp-odd-flags");
    tcp(TCP_ACK, CLASS_OTHER, "tcp-ack");
    tcp(TCP_URG, CLASS_SCAN, "tcp-odd-flags");
}

static void impossible_sources_are_other(void **state)
{
    static const char *const bogons[] = {"0.1.2.3", "127.0.0.1", "224.0.0.1", "255.255.255.255",
                                         "::",      "::1",       "ff02::1"};

    (void)state;
    for (size_t i = 0; i < sizeof(bogons) / sizeof(bogons[0]); i++) {
        struct packet p = packet_of(PROTO_TCP, bogons[i], i < 4 ? DST : "2001:db8::7");

        p.tcp_flags = TCP_SYN;
        check(&p, CLASS_OTHER, "bogon-source");
    }
    for (unsigned i = 0; i < 2; i++) {
        const char *edge = i == 0 ? "223.255.255.255" : "1.0.0.0";
        struct packet p = packet_of(PROTO_TCP, edge, DST);

        p.tcp_flags = TCP_SYN;
        check(&p, CLASS_SCAN, "tcp-syn");
    }
}

static void own_address_as_source_is_other(void **state)
{
    struct packet p = packet_of(PROTO_TCP, DST, DST);

    (void)state;
    p.tcp_flags = TCP_SYN;
    check(&p, CLASS_OTHER, "own-source");
}

static void fragments_and_strange_protocols_are_other(void **state)
{
    struct packet p = packet_of(PROTO_UDP, SRC, DST);

    (void)state;
    p.fragment = true;
    check(&p, CLASS_OTHER, "fragment");
    p = packet_of(47, SRC, DST);
    check(&p, CLASS_OTHER, "protocol");
}

static void flags_in_the_next_fragment_are_not_said_to_be_none(void **state)
{
    struct packet p = packet_of(PROTO_TCP, SRC, DST);

    (void)state;
    p.first_fragment = true;
    check(&p, CLASS_SCAN, "tcp-tiny-fragment");
    p.window = 1024;
    check(&p, CLASS_SCAN, "tcp-null");
}

static void rows_without_flags_or_type_are_not_called_by_them(void **state)
{
    struct packet p = packet_of(PROTO_TCP, SRC, DST);

    (void)state;
    p.row = p.no_transport = true;
    check(&p, CLASS_SCAN, "tcp-logged");
    p.fragment = true;
    check(&p, CLASS_OTHER, "fragment");
    p = packet_of(PROTO_ICMP, SRC, DST);
    p.row = true;
    check(&p, CLASS_BACKSCATTER, "icmp-reply");
    p.no_transport = true;
    check(&p, CLASS_OTHER, "other");
}

static void icmp_error_must_quote_its_destination(void **state)
{
    struct packet p = packet_of(PROTO_ICMP, SRC, DST);

    (void)state;
    p.dport = 3 << 8 | 3;
    check(&p, CLASS_OTHER, "icmp-error-foreign");
    p.quoted_proto = PROTO_UDP;
    p.quoted_src = address("192.0.2.1");
    p.quoted_dst = p.src;
    check(&p, CLASS_OTHER, "icmp-error-foreign");
    p.quoted_src = p.dst;
    check(&p, CLASS_BACKSCATTER, "icmp-error");

    p = packet_of(PROTO_ICMPV6, "2001:db8::1", "2001:db8::2");
    p.dport = 1 << 8 | 4;
    p.quoted_proto = PROTO_TCP;
    p.quoted_src = p.dst;
    check(&p, CLASS_BACKSCATTER, "icmp-error");
    p.quoted_src = p.src;
    check(&p, CLASS_OTHER, "icmp-error-foreign");
}

static void icmp(uint8_t proto, unsigned type, enum class class, const char *rule)
{
    struct packet p = proto == PROTO_ICMP ? packet_of(proto, SRC, DST)
                                          : packet_of(proto, "2001:db8::1", "2001:db8::2");

    p.dport = (uint16_t)(type << 8);
    check(&p, class, rule);
}

static void icmp_requests_scan_and_replies_are_backscatter(void **state)
{
    (void)state;
    icmp(PROTO_ICMP, 8, CLASS_SCAN, "icmp-echo");
    icmp(PROTO_ICMP, 13, CLASS_SCAN, "icmp-query");
    icmp(PROTO_ICMP, 0, CLASS_BACKSCATTER, "icmp-reply");
    icmp(PROTO_ICMP, 14, CLASS_BACKSCATTER, "icmp-reply");
    icmp(PROTO_ICMP, 9, CLASS_OTHER, "other");
    icmp(PROTO_ICMPV6, 128, CLASS_SCAN, "icmp-echo");
    icmp(PROTO_ICMPV6, 129, CLASS_BACKSCATTER, "icmp-reply");
    icmp(PROTO_ICMPV6, 135, CLASS_OTHER, "other");
    icmp(PROTO_ICMPV6, 8, CLASS_OTHER, "other");
}

struct udp_case {
    uint16_t sport, dport;
    enum class class;
    const char *rule;
    size_t length;
    const char *payload;
};

#define BYTES(TEXT) .length = sizeof(TEXT) - 1, .payload = TEXT
#define ZEROS_8 "\0\0\0\0\0\0\0\0"
#define ZEROS_40 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8
#define DNS_QUERY "\x12\x34\x01\0\0\1\0\0\0\0\0\0"
#define DNS_ANSWER "\x12\x34\x81\x80\0\1\0\1\0\0\0\0"

static const struct udp_case udp_cases[] = {
    {53, 4000, CLASS_BACKSCATTER, "udp-dns-response", BYTES(DNS_ANSWER)},
    {53, 53, CLASS_SCAN, "udp-dns-query", BYTES(DNS_QUERY)},
    {53, 4000, CLASS_OTHER, "other", BYTES(DNS_QUERY)},
    {4000, 53, CLASS_SCAN, "udp-dns-query", BYTES(DNS_QUERY)},
    {4000, 53, CLASS_OTHER, "other", BYTES(DNS_ANSWER)},
    {5353, 4000, CLASS_BACKSCATTER, "udp-mdns-response", BYTES(DNS_ANSWER)},
    {4000, 5353, CLASS_SCAN, "udp-mdns-query", BYTES(DNS_QUERY)},
    {4000, 137, CLASS_SCAN, "udp-netbios-query", BYTES(DNS_QUERY)},
    {123, 4000, CLASS_BACKSCATTER, "udp-ntp-response", BYTES("\x24\1\2\3\0\0\0\0" ZEROS_40)},
    {123, 4000, CLASS_BACKSCATTER, "udp-ntp-response", BYTES("\x16\x82\0\1\0\0\0\0")},
    {123, 4000, CLASS_BACKSCATTER, "udp-ntp-response", BYTES("\x97\0\3\x2a\0\6\0\x48")},
    {123, 4000, CLASS_OTHER, "other", BYTES("\x17\0\3\x2a\0\0\0\0")},
    {123, 123, CLASS_SCAN, "udp-ntp-query", BYTES("\x17\0\3\x2a\0\0\0\0")},
    {4000, 123, CLASS_SCAN, "udp-ntp-query", BYTES("\x23\0\0\0\0\0\0\0" ZEROS_40)},
    {4000, 123, CLASS_OTHER, "other", BYTES("\x23\0\0\0\0\0\0\0")},
    {161, 4000, CLASS_BACKSCATTER, "udp-snmp-response",
     BYTES("\x30\x1c\2\1\1\4\6public\xa2\x0f")},
    {4000, 161, CLASS_SCAN, "udp-snmp-request", BYTES("\x30\x1c\2\1\0\4\6public\xa0\x0f")},
    {4000, 161, CLASS_OTHER, "other", BYTES("\x30\x1c\2\1\0\4\x86public\xa0\x0f")},
    {161, 4000, CLASS_BACKSCATTER, "udp-snmp-response",
     BYTES("\x30\x1c\2\1\3\x30\2\5\0\4\0\x30\x05\4\0\4\0\xa8\0")},
    {389, 4000, CLASS_BACKSCATTER, "udp-ldap-response",
     BYTES("\x30\x84\0\0\0\x10\2\1\7\x64\x0b")},
    {4000, 389, CLASS_SCAN, "udp-ldap-request", BYTES("\x30\x25\2\1\1\x63\x20")},
    {1900, 4000, CLASS_BACKSCATTER, "udp-ssdp-response", BYTES("HTTP/1.1 200 OK\r\n")},
    {4000, 1900, CLASS_SCAN, "udp-ssdp-search", BYTES("M-SEARCH * HTTP/1.1\r\n")},
    {11211, 4000, CLASS_BACKSCATTER, "udp-memcached-response",
     BYTES("\0\0\0\0\0\1\0\0STAT pid 1\r\n")},
    {11211, 4000, CLASS_BACKSCATTER, "udp-memcached-response",
     BYTES("\0\0\0\7\0\x20\0\0anything")},
    {4000, 11211, CLASS_SCAN, "udp-memcached-request", BYTES("\0\0\0\0\0\1\0\0stats\r\n")},
    {19, 4000, CLASS_BACKSCATTER, "udp-chargen-response", BYTES(" !\"#$%&'()*+,-./0123\r\n")},
    {4000, 19, CLASS_SCAN, "udp-chargen-request", BYTES("\1")},
    {17, 4000, CLASS_BACKSCATTER, "udp-qotd-response", BYTES("A quote of some length.\n")},
    {3702, 4000, CLASS_BACKSCATTER, "udp-wsd-response", BYTES("<s:Body><d:ProbeMatches/>")},
    {4000, 3702, CLASS_SCAN, "udp-wsd-probe", BYTES("<s:Body><d:Probe/>")},
    {500, 4000, CLASS_BACKSCATTER, "udp-ike-response",
     BYTES("\1\2\3\4\5\6\7\x08" ZEROS_8 "\0\x20\x22\x20\0\0\0\0\0\0\0\x1c")},
    {500, 4000, CLASS_BACKSCATTER, "udp-ike-response",
     BYTES("\1\2\3\4\5\6\7\x08\1\2\3\4\5\6\7\x08\0\x10\2\0\0\0\0\0\0\0\0\x1c")},
    {500, 500, CLASS_SCAN, "udp-ike-request",
     BYTES("\1\2\3\4\5\6\7\x08" ZEROS_8 "\1\x10\2\0\0\0\0\0\0\0\0\x1c")},
    {5060, 4000, CLASS_BACKSCATTER, "udp-sip-response", BYTES("SIP/2.0 200 OK\r\n")},
    {4000, 5060, CLASS_SCAN, "udp-sip-request", BYTES("OPTIONS sip:100@203.0.113.7")},
    {111, 4000, CLASS_BACKSCATTER, "udp-rpc-response", BYTES("\1\2\3\4\0\0\0\1\0\0\0\0")},
    {4000, 111, CLASS_SCAN, "udp-rpc-call", BYTES("\1\2\3\4\0\0\0\0\0\0\0\2\0\1\x86\xa0")},
    {3478, 4000, CLASS_BACKSCATTER, "udp-stun-response", BYTES("\1\1\0\0\x21\x12\xa4\x42")},
    {4000, 3478, CLASS_SCAN, "udp-stun-request", BYTES("\0\1\0\0\x21\x12\xa4\x42")},
    {443, 4000, CLASS_BACKSCATTER, "udp-quic-response", BYTES("\xc3\0\0\0\1\x08")},
    {4000, 443, CLASS_SCAN, "udp-quic-initial", BYTES("\xc3\0\0\0\1\x08")},
    {4000, 443, CLASS_OTHER, "other", BYTES("\x43\0\0\0\1\x08")},
    {4000, 5683, CLASS_SCAN, "udp-coap-get", BYTES("\x40\1\1\1")},
    {4000, 69, CLASS_SCAN, "udp-tftp-request", BYTES("\0\1a.bin\0octet\0")},
    {4000, 623, CLASS_SCAN, "udp-rmcp-ping", BYTES("\6\0\xff\6")},
    {4000, 1434, CLASS_SCAN, "udp-sql-browser", BYTES("\2")},
    {4000, 4001, CLASS_OTHER, "other", BYTES("whatever this is")},
};

static void udp_shape_and_port_decide(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(udp_cases) / sizeof(udp_cases[0]); i++) {
        const struct udp_case *c = &udp_cases[i];
        struct packet p = packet_of(PROTO_UDP, SRC, DST);

        p.sport = c->sport;
        p.dport = c->dport;
        p.payload = (const uint8_t *)c->payload;
        p.payload_length = (uint32_t)c->length;
        check(&p, c->class, c->rule);
    }
}

static void payload_cut_anywhere_does_no_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(udp_cases) / sizeof(udp_cases[0]); i++)
        for (size_t length = 0; length <= udp_cases[i].length; length++) {
            struct packet p = packet_of(PROTO_UDP, SRC, DST);
            uint8_t *copy = malloc(length + 1); /* so that a sanitizer sees an over-read */

            assert_non_null(copy);
            memcpy(copy + 1, udp_cases[i].payload, length);
            p.sport = udp_cases[i].sport;
            p.dport = udp_cases[i].dport;
            p.payload = copy + 1;
            p.payload_length = (uint32_t)length;
            classify(classifier, &p);
            assert_int_not_equal(p.rule, NJ_INTERN_NONE);
            free(copy);
        }
}

static void udp_without_payload_is_a_scan_if_empty_on_the_wire(void **state)
{
    struct packet p = packet_of(PROTO_UDP, SRC, DST);

    (void)state;
    p.sport = 4000;
    p.dport = 9999;
    p.ip_length = 28;
    check(&p, CLASS_SCAN, "udp-empty");
    p.ip_length = 228; /* cut off by the capture */
    check(&p, CLASS_OTHER, "other");
    p.row = true;
    check(&p, CLASS_SCAN, "udp-logged");
    p.sport = 53;
    check(&p, CLASS_OTHER, "other");
}

static void every_rule_is_named_once_and_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < rule_count; i++) {
        assert_true(strlen(rules[i].condition) > 0);
        assert_true(rules[i].class != CLASS_MISCONFIGURATION);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rules[i].name, rules[j].name);
    }
    assert_null(rules[rule_count - 1].test);
    assert_int_equal(rules[rule_count - 1].on, ON_ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_flags_decide),
        cmocka_unit_test(impossible_sources_are_other),
        cmocka_unit_test(own_address_as_source_is_other),
        cmocka_unit_test(fragments_and_strange_protocols_are_other),
        cmocka_unit_test(flags_in_the_next_fragment_are_not_said_to_be_none),
        cmocka_unit_test(rows_without_flags_or_type_are_not_called_by_them),
        cmocka_unit_test(icmp_error_must_quote_its_destination),
        cmocka_unit_test(icmp_requests_scan_and_replies_are_backscatter),
        cmocka_unit_test(udp_shape_and_port_decide),
        cmocka_unit_test(payload_cut_anywhere_does_no_harm),
        cmocka_unit_test(udp_without_payload_is_a_scan_if_empty_on_the_wire),
        cmocka_unit_test(every_rule_is_named_once_and_explained),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

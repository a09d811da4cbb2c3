/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of classify(), in order. To add one, add a row (and a predicate if none fits).
 *
 * They follow the usual reading of unsolicited traffic: Moore, Shannon, Brown, Voelker, Savage,
 * "Inferring Internet Denial-of-Service Activity" (2006), table 1, for what a victim sends
 * back; RFC 792 and 4443 for ICMP types; Nawrocki et al., "QUICsand" (2021), for
 * QUIC answers. */
#include "classify/rule.h"

#include "classify/udp_shape.h"

/* Sources that cannot be: "this network", loopback, multicast and class E (RFC 6890), and
 * their IPv6 likes (RFC 4291). */
static bool bogon_source(const struct packet *packet)
{
    struct addr a = packet->src;

    if (addr_is_v4(a)) {
        uint32_t first = addr_v4(a) >> 24;

        return first == 0 || first == 127 || first >= 224;
    }
    return a.hi >> 56 == 0xff || (a.hi == 0 && a.lo <= 1);
}

static bool own_source(const struct packet *packet)
{
    return addr_equal(packet->src, packet->dst);
}

static bool bad_checksum(const struct packet *packet)
{
    return packet->bad_checksum && packet->direction == DIRECTION_IN;
}

static bool fragment(const struct packet *packet)
{
    return packet->fragment || packet->joined;
}

/* The first chunk of an SCTP packet (RFC 9260 3.2): 1 INIT, 2 INIT ACK, 6 ABORT, 14 SHUTDOWN
 * COMPLETE. */
static bool sctp_init(const struct packet *packet)
{
    return packet->proto == PROTO_SCTP && packet->payload_length > 0 && packet->payload[0] == 1;
}

static bool sctp_answer(const struct packet *packet)
{
    return packet->proto == PROTO_SCTP && packet->payload_length > 0 &&
           (packet->payload[0] == 2 || packet->payload[0] == 6 || packet->payload[0] == 14);
}

/* The first fragment ends before the flags (RFC 1858): no stack makes such packets, programs
 * that want to get past filters do. */
static bool tcp_tiny(const struct packet *packet)
{
    return packet->first_fragment && packet->tcp_flags == 0 && packet->window == 0 &&
           packet->payload_length == 0 && packet->options_length == 0;
}

static bool tcp_reserved(const struct packet *packet)
{
    return packet->tcp_reserved != 0;
}

/* A web server's row, or a firewall's of a packet that it could not read that far. */
static bool tcp_logged(const struct packet *packet)
{
    return packet->no_transport;
}

static unsigned icmp_type(const struct packet *packet)
{
    return packet->dport >> 8;
}

static bool icmp_error(const struct packet *packet)
{
    unsigned type = icmp_type(packet);

    if (packet->proto == PROTO_ICMPV6)
        return type >= 1 && type <= 4;
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static bool icmp_error_ours(const struct packet *packet)
{
    return icmp_error(packet) && packet->quoted_proto != 0 &&
           addr_equal(packet->quoted_src, packet->dst);
}

static bool icmp_reply(const struct packet *packet)
{
    unsigned type = icmp_type(packet);

    if (packet->no_transport) /* 0 is an echo reply */
        return false;
    if (packet->proto == PROTO_ICMPV6)
        return type == 129 || type == 140;
    return type == 0 || type == 14 || type == 16 || type == 18;
}

static bool icmp_echo(const struct packet *packet)
{
    return icmp_type(packet) == (packet->proto == PROTO_ICMPV6 ? 128 : 8);
}

static bool icmp_query(const struct packet *packet)
{
    unsigned type = icmp_type(packet);

    if (packet->proto == PROTO_ICMPV6)
        return type == 139;
    return type == 13 || type == 15 || type == 17;
}

/* A server's answer comes from 443 and goes to a port of the (forged) client. */
static bool quic_response(const struct packet *packet)
{
    return packet->dport != 443 && udp_quic_long(packet);
}

/* Empty on the wire, not just cut off by the capture. */
static bool udp_empty(const struct packet *packet)
{
    return packet->ip_length == (packet->ip_version == 6 ? 48u : 28u);
}

/* A firewall's row has no payload; a source port that answers could be either. */
static bool udp_logged(const struct packet *packet)
{
    return packet->row && packet->payload_length == 0 && packet->sport >= 1024 &&
           packet->sport != 1900 && packet->sport != 11211 && packet->sport != 3702 &&
           packet->sport != 5353;
}

static bool client_words(const struct packet *packet)
{
    return packet->app != 0 && packet->request;
}

#define TCP_OPENING (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)
#define TCP_CLASSIC 0x3f /* the flags of RFC 793 */
#define TCP_XMAS (TCP_FIN | TCP_PSH | TCP_URG)

#define SCAN CLASS_SCAN
#define BACKSCATTER CLASS_BACKSCATTER
#define OTHER CLASS_OTHER

#define RULE(NAME, CLASS, ON, TEST, CONDITION)                                                 \
    {                                                                                          \
        .name = NAME, .class = CLASS, .on = ON, .test = TEST, .condition = CONDITION           \
    }
/* TCP by its flags: of those in MASK exactly FLAGS are set */
#define FLAGS(NAME, CLASS, MASK, FLAGS, CONDITION)                                             \
    {                                                                                          \
        .name = NAME, .class = CLASS, .on = ON_TCP, .tcp_mask = MASK, .tcp_flags = FLAGS,      \
        .condition = CONDITION                                                                 \
    }
/* UDP from a service's port, shaped like its answer */
#define ANSWER(NAME, PORT, TEST, CONDITION)                                                    \
    {                                                                                          \
        .name = NAME, .class = CLASS_BACKSCATTER, .on = ON_UDP, .sport = PORT, .test = TEST,   \
        .condition = CONDITION                                                                 \
    }
/* UDP to a service's port, shaped like its request */
#define REQUEST(NAME, PORT, TEST, CONDITION)                                                   \
    {                                                                                          \
        .name = NAME, .class = CLASS_SCAN, .on = ON_UDP, .dport = PORT, .test = TEST,          \
        .condition = CONDITION                                                                 \
    }

/* clang-format off */
const struct rule rules[] = {
    RULE("bogon-source", OTHER, ON_ALL, bogon_source,
         "source in 0/8, 127/8, 224/3, ::, ::1 or ff00::/8"),
    RULE("own-source", OTHER, ON_ALL, own_source, "source is the destination itself"),
    RULE("bad-checksum", OTHER, ON_ALL, bad_checksum,
         "wrong IPv4, TCP, UDP or ICMP checksum in a packet that is whole"),
    RULE("fragment", OTHER, ON_ALL, fragment, "non-first fragment"),
    RULE("sctp-init", SCAN, ON_REST, sctp_init, "SCTP INIT"),
    RULE("sctp-answer", BACKSCATTER, ON_REST, sctp_answer,
         "SCTP INIT ACK, ABORT or SHUTDOWN COMPLETE, out of no session"),
    RULE("protocol", OTHER, ON_REST, NULL, "neither TCP, UDP nor ICMP"),

    {.name = "payload:",
     .on = ON_TCP | ON_UDP,
     .needs_payload = true,
     .payload_rules = true,
     .condition = "the first rule of payload-rules.txt that matches; it names class and rule"},

    FLAGS("tcp-syn-ack", BACKSCATTER, TCP_OPENING, TCP_SYN | TCP_ACK,
          "SYN and ACK: a victim's answer"),
    FLAGS("tcp-rst", BACKSCATTER, TCP_SYN | TCP_RST | TCP_FIN, TCP_RST,
          "RST, with or without ACK"),
    {.name = "tcp-request",
     .class = SCAN,
     .on = ON_TCP,
     .needs_payload = true,
     .test = client_words,
     .condition = "payload of a known protocol, and a client's words"},
    FLAGS("tcp-fin-ack", BACKSCATTER, TCP_OPENING, TCP_FIN | TCP_ACK,
          "FIN and ACK, out of no session"),
    FLAGS("tcp-psh-ack", BACKSCATTER, TCP_OPENING | TCP_PSH, TCP_PSH | TCP_ACK,
          "PSH and ACK, out of no session"),

    RULE("icmp-error", BACKSCATTER, ON_ICMP, icmp_error_ours,
         "ICMP error that quotes a packet of the destination"),
    RULE("icmp-error-foreign", OTHER, ON_ICMP, icmp_error,
         "ICMP error that quotes nothing, or somebody else's packet"),
    RULE("icmp-reply", BACKSCATTER, ON_ICMP, icmp_reply, "echo, timestamp or mask reply"),
    RULE("icmp-echo", SCAN, ON_ICMP, icmp_echo, "echo request (ping)"),
    RULE("icmp-query", SCAN, ON_ICMP, icmp_query,
         "timestamp, information, mask or node information request"),

    ANSWER("udp-dns-response", 53, udp_dns_response, "DNS header with QR set"),
    ANSWER("udp-ntp-response", 123, udp_ntp_response, "NTP mode 4, or response of mode 6, 7"),
    ANSWER("udp-snmp-response", 161, udp_snmp_response, "SNMP response or report"),
    ANSWER("udp-ldap-response", 389, udp_ldap_response, "LDAP result or bind response"),
    ANSWER("udp-ssdp-response", 1900, udp_ssdp_response, "HTTP status line"),
    ANSWER("udp-memcached-response", 11211, udp_memcached_response,
           "memcached frame with VALUE, STAT, END, ..., or a later datagram"),
    ANSWER("udp-chargen-response", 19, udp_text, "16 bytes or more of plain text"),
    ANSWER("udp-qotd-response", 17, udp_text, "16 bytes or more of plain text"),
    ANSWER("udp-wsd-response", 3702, udp_wsd_response, "SOAP with matches or a fault"),
    ANSWER("udp-mdns-response", 5353, udp_dns_response, "DNS header with QR set"),
    ANSWER("udp-ike-response", 500, udp_ike_response, "IKE with response flag or cookie"),
    ANSWER("udp-sip-response", 5060, udp_sip_response, "SIP status line"),
    ANSWER("udp-rpc-response", 111, udp_rpc_reply, "RPC reply"),
    ANSWER("udp-stun-response", 3478, udp_stun_response, "STUN success or error response"),
    ANSWER("udp-quic-response", 443, quic_response, "QUIC long header to another port"),

    FLAGS("tcp-syn", SCAN, TCP_OPENING, TCP_SYN, "SYN without ACK"),

    RULE("tcp-logged", SCAN, ON_TCP, tcp_logged, "log row that does not tell the flags"),
    RULE("tcp-tiny-fragment", SCAN, ON_TCP, tcp_tiny,
         "first fragment that ends before the flags"),
    FLAGS("tcp-null", SCAN, TCP_CLASSIC, 0, "no flag at all"),
    FLAGS("tcp-fin", SCAN, TCP_CLASSIC, TCP_FIN, "FIN alone"),
    FLAGS("tcp-xmas", SCAN, TCP_CLASSIC, TCP_XMAS, "FIN, PSH and URG"),
    FLAGS("tcp-syn-fin", SCAN, TCP_SYN | TCP_FIN, TCP_SYN | TCP_FIN, "SYN and FIN"),
    RULE("tcp-reserved", SCAN, ON_TCP, tcp_reserved, "reserved bits set"),
    FLAGS("tcp-ack", OTHER, TCP_OPENING | TCP_PSH, TCP_ACK,
          "ACK alone: probe, challenge or stray, the packet cannot say"),
    RULE("tcp-odd-flags", SCAN, ON_TCP, NULL, "any other set of flags"),

    REQUEST("udp-dns-query", 53, udp_dns_query, "DNS query"),
    REQUEST("udp-ntp-query", 123, udp_ntp_query, "NTP mode 3, or request of mode 6, 7"),
    REQUEST("udp-snmp-request", 161, udp_snmp_request, "SNMP get, get-next, get-bulk, set"),
    REQUEST("udp-ldap-request", 389, udp_ldap_request, "LDAP search or bind"),
    REQUEST("udp-ssdp-search", 1900, udp_ssdp_search, "M-SEARCH"),
    REQUEST("udp-memcached-request", 11211, udp_memcached_request, "memcached command"),
    REQUEST("udp-chargen-request", 19, NULL, "anything to the character generator"),
    REQUEST("udp-qotd-request", 17, NULL, "anything to the quote of the day"),
    REQUEST("udp-wsd-probe", 3702, udp_wsd_probe, "SOAP probe"),
    REQUEST("udp-mdns-query", 5353, udp_dns_query, "DNS query"),
    REQUEST("udp-netbios-query", 137, udp_dns_query, "NetBIOS name query"),
    REQUEST("udp-ike-request", 500, udp_ike_request, "first IKE message"),
    REQUEST("udp-sip-request", 5060, udp_sip_request, "SIP OPTIONS, REGISTER, INVITE"),
    REQUEST("udp-rpc-call", 111, udp_rpc_call, "RPC call"),
    REQUEST("udp-stun-request", 3478, udp_stun_request, "STUN request"),
    REQUEST("udp-quic-initial", 443, udp_quic_long, "QUIC long header"),
    REQUEST("udp-coap-get", 5683, udp_coap_request, "CoAP GET"),
    REQUEST("udp-tftp-request", 69, udp_tftp_request, "TFTP read or write request"),
    REQUEST("udp-rmcp-ping", 623, udp_rmcp_request, "RMCP presence ping or IPMI"),
    REQUEST("udp-sql-browser", 1434, udp_sql_browser_request, "SQL Server browser request"),
    RULE("udp-empty", SCAN, ON_UDP, udp_empty, "no payload on the wire"),
    RULE("udp-logged", SCAN, ON_UDP, udp_logged,
         "log row without payload, from no port that answers"),

    RULE("other", OTHER, ON_ALL, NULL, "the rest"),
};
/* clang-format on */

const size_t rule_count = sizeof(rules) / sizeof(rules[0]);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the UDP and ICMP requests of tools obey, as tests of tool_rule.c's table. They have no
 * sequence number of 32 bits and no window, so most say little, or compare a packet with the
 * one before. A row of a log has no payload and is asked for the identification alone.
 *
 * From the tools' published sources: ZMap 1.0 to 4.1 and its fork for IPv6, XMap, masscan 1.0
 * to 1.3, hping3, nmap 7. */
#include <string.h>

#include "fingerprint/tool_test.h"

#define UDP_HEADER 8u

/* The sender's last packet was a datagram too. */
static bool follows(const struct evidence *evidence)
{
    return (evidence->known & KNOWN_DATAGRAM) != 0;
}

void tool_test_remember_datagram(struct evidence *evidence, const struct packet *packet)
{
    uint32_t last = follows(evidence) ? evidence->last_key >> 16 & 0xff : 0;
    uint32_t before = follows(evidence) ? evidence->last_key >> 24 : 0;
    uint16_t low = packet->proto == PROTO_UDP ? (uint16_t)(packet->sport - evidence->last_sport)
                                              : packet->echo_seq;

    if (last != packet->ttl)
        before = last;
    evidence->known =
        (uint8_t)((evidence->known & ~(KNOWN_KEY | KNOWN_START)) | KNOWN_DATAGRAM);
    evidence->last_key = before << 24 | (uint32_t)packet->ttl << 16 | low;
}

static bool is_udp(const struct packet *packet)
{
    return packet->proto == PROTO_UDP && !packet->row && !packet->df;
}

static bool is_echo(const struct packet *packet)
{
    return packet->dport == (packet->proto == PROTO_ICMPV6 ? 128 << 8 : 8 << 8) &&
           packet->proto != PROTO_UDP && !packet->row && !packet->df;
}

/* An echo request whose identifier is not that of the one before: ping keeps it. */
static bool echo_of_a_scanner(const struct evidence *evidence, const struct packet *packet,
                              uint32_t payload_length)
{
    return is_echo(packet) && packet->payload_length == payload_length &&
           ((evidence->known & KNOWN_LAST) == 0 || packet->sport != evidence->last_sport);
}

static bool all_are(const struct packet *packet, uint8_t byte)
{
    for (uint32_t i = 0; i < packet->payload_length; i++)
        if (packet->payload[i] != byte)
            return false;
    return true;
}

/* None on the wire, not just cut off by the capture. */
static bool is_empty(const struct packet *packet)
{
    return packet->payload_length == 0 &&
           packet->ip_length == (packet->ip_version == 6 ? 40u : 20u) + UDP_HEADER;
}

/* ---- ZMap and XMap ---- */

#define ZMAP_ECHO 20u
#define XMAP_ECHO 8u

bool tool_test_zmap_echo(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return echo_of_a_scanner(evidence, packet, ZMAP_ECHO) && packet->ttl <= 64 &&
           all_are(packet, 0);
}

/* The fork for IPv6 puts 8 bytes of its hash there and leaves the sequence number alone. */
bool tool_test_zmap_echo_v6(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return !probe->v4 && packet->ttl > 128 && packet->echo_seq == 0 &&
           echo_of_a_scanner(evidence, packet, XMAP_ECHO) && !all_are(packet, 0);
}

/* It leaves the checksum out, which RFC 768 allows and no system does; who forges addresses
 * may. */
bool tool_test_zmap_udp(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return probe->v4 && is_udp(packet) && packet->udp_sum == UDP_SUM_NONE &&
           packet->ttl <= 64 && tool_test_zmap_port(evidence, packet);
}

/* XMap has ZMap's identification, but does fill in the checksum. */
bool tool_test_xmap_udp(const struct evidence *evidence, const struct tool_probe *probe)
{
    return is_udp(probe->packet) && probe->packet->udp_sum == UDP_SUM_GIVEN &&
           tool_test_zmap_id(evidence, probe);
}

/* The identifier of its DNS questions and the source port are one piece of its hash, the one in
 * the byte order of its machine. */
static bool has_xmap_id(const struct packet *packet)
{
    return is_udp(packet) && packet->dport == 53 && packet->payload_length >= 12 &&
           packet->sport ==
               tool_test_xmap_port((uint16_t)(packet->payload[1] << 8 | packet->payload[0]));
}

bool tool_test_xmap_dns(const struct evidence *evidence, const struct tool_probe *probe)
{
    return tool_test_zmap_id(evidence, probe) && has_xmap_id(probe->packet);
}

bool tool_test_xmap_dns_v6(const struct evidence *evidence, const struct tool_probe *probe)
{
    (void)evidence;
    return !probe->v4 && has_xmap_id(probe->packet);
}

bool tool_test_xmap_echo(const struct evidence *evidence, const struct tool_probe *probe)
{
    return tool_test_zmap_id(evidence, probe) && is_echo(probe->packet) &&
           probe->packet->payload_length == XMAP_ECHO && all_are(probe->packet, 0);
}

bool tool_test_xmap_echo_v6(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return !probe->v4 && packet->ttl > 128 && echo_of_a_scanner(evidence, packet, XMAP_ECHO) &&
           all_are(packet, 0);
}

/* ---- masscan ---- */

#define MASSCAN_ECHO_FIRST 0x08u /* its payload counts from here */
#define MASSCAN_ECHO_LAST 0x37u

bool tool_test_masscan_echo(const struct evidence *evidence, const struct tool_probe *probe)
{
    const uint32_t length = MASSCAN_ECHO_LAST - MASSCAN_ECHO_FIRST + 1;

    if (!echo_of_a_scanner(evidence, probe->packet, length))
        return false;
    for (uint32_t i = 0; i < length; i++)
        if (probe->packet->payload[i] != MASSCAN_ECHO_FIRST + i)
            return false;
    return true;
}

/* Behind version and community of an SNMP message: the place of the low half of its request
 * number. 0: it has none */
static uint32_t snmp_number(const uint8_t *bytes, uint32_t length)
{
    uint32_t at;

    if (length < 8 || bytes[0] != 0x30 || bytes[2] != 2 || bytes[3] != 1 || bytes[5] != 4)
        return 0;
    at = 7u + bytes[6]; /* the request: tag, length, then a number: tag, length */
    return at + 8 <= length && (bytes[at] & 0xf0) == 0xa0 && bytes[at + 2] == 2 &&
                   bytes[at + 3] == 4
               ? at + 6
               : 0;
}

/* Its payloads have a field that comes back: there it puts what would be the low half of a
 * sequence number. @return whether the packet has one */
static bool masscan_cookie(const struct packet *packet, uint16_t *ret_cookie)
{
    uint32_t at = 0;

    switch (packet->dport) {
    case 53:    /* DNS */
    case 137:   /* NetBIOS names */
    case 11211: /* memcached */
        break;
    case 5683: /* CoAP */
        at = 2;
        break;
    case 161:
        at = snmp_number(packet->payload, packet->payload_length);
        if (at == 0)
            return false;
        break;
    default:
        return false;
    }
    if (packet->payload_length < at + 2)
        return false;
    *ret_cookie = (uint16_t)(packet->payload[at] << 8 | packet->payload[at + 1]);
    return true;
}

bool tool_test_masscan_udp(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;
    uint16_t cookie;

    (void)evidence;
    return probe->v4 && is_udp(packet) && masscan_cookie(packet, &cookie) &&
           packet->ip_id == (uint16_t)(probe->dst ^ packet->dport ^ cookie);
}

/* ---- hping3 ---- */

#define HPING3_STEP 16u /* some of its packets were lost */

/* No payload, or as many X as were asked for. */
static bool hping3_filling(const struct packet *packet)
{
    return packet->ttl <= 64 &&
           (packet->payload_length > 0 ? all_are(packet, 'X') : is_empty(packet));
}

static bool steps_on(uint16_t now, uint16_t before)
{
    uint16_t step = (uint16_t)(now - before);

    return step >= 1 && step <= HPING3_STEP;
}

/* It counts its requests in the byte order of its machine. */
bool tool_test_hping3_echo(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return probe->v4 && follows(evidence) && is_echo(packet) && hping3_filling(packet) &&
           packet->sport == evidence->last_sport &&
           steps_on(__builtin_bswap16(packet->echo_seq),
                    __builtin_bswap16((uint16_t)evidence->last_key));
}

static bool is_beside(unsigned ttl, unsigned other)
{
    return ttl + 1 >= other && ttl <= other + 1;
}

/* It counts the source port, and draws the identification: a system that counts both is none.
 * nmap's retries come from the next port, too, but the step after goes back. */
bool tool_test_hping3_udp(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;
    uint16_t id_step = (uint16_t)(packet->ip_id - (uint16_t)evidence->last_seq);
    unsigned before = evidence->last_key >> 24;

    return probe->v4 && follows(evidence) && is_udp(packet) && hping3_filling(packet) &&
           steps_on(packet->sport, evidence->last_sport) && id_step > 4 * HPING3_STEP &&
           steps_on((uint16_t)evidence->last_key, 0) &&
           is_beside(packet->ttl, evidence->last_key >> 16 & 0xff) &&
           (before == 0 || is_beside(packet->ttl, before));
}

/* ---- nmap ---- */

#define NMAP_TTL_MAX 59u /* it draws 37 to 59 for each packet */
#define NMAP_TTL_RANGE 22u
#define NMAP_TTL_JUMP 4u /* more than a change of route */
#define NMAP_TRIES 10

/* Far from the last one, and not the one before that: three values rule out two machines behind
 * one address. */
static bool ttl_is_drawn(const struct evidence *evidence, uint8_t ttl)
{
    unsigned last = evidence->last_key >> 16 & 0xff, before = evidence->last_key >> 24;
    unsigned jump = ttl > last ? ttl - last : last - ttl;

    return follows(evidence) && ttl <= NMAP_TTL_MAX && last <= NMAP_TTL_MAX &&
           jump >= NMAP_TTL_JUMP && jump <= NMAP_TTL_RANGE && ttl != before;
}

/* What its requests to a port begin with, and how long they are (version 7). */
static const struct {
    uint16_t port, length;
    uint8_t first[5];
} nmap_requests[] = {
    {53, 12, {0x00, 0x00, 0x10, 0x00, 0x00}},    /* DNS status */
    {53, 30, {0x00, 0x06, 0x01, 0x00, 0x00}},    /* version.bind */
    {80, 14, {0x0d, '1', '2', '3', '4'}},        /* QUIC, a version of its own */
    {111, 40, {0x72, 0xfe, 0x1d, 0x13, 0x00}},   /* RPC */
    {123, 48, {0xe3, 0x00, 0x04, 0xfa, 0x00}},   /* NTP */
    {137, 50, {0x80, 0xf0, 0x00, 0x10, 0x00}},   /* NetBIOS */
    {161, 60, {0x30, 0x3a, 0x02, 0x01, 0x03}},   /* SNMP 3 */
    {177, 7, {0x00, 0x01, 0x00, 0x02, 0x00}},    /* XDMCP */
    {389, 51, {0x30, 0x84, 0x00, 0x00, 0x00}},   /* LDAP */
    {427, 54, {0x02, 0x01, 0x00, 0x00, '6'}},    /* SLP */
    {443, 67, {0x16, 0xfe, 0xff, 0x00, 0x00}},   /* DTLS */
    {500, 192, {0x00, 0x11, 0x22, 0x33, 0x44}},  /* IKE */
    {520, 24, {0x01, 0x01, 0x00, 0x00, 0x00}},   /* RIP */
    {623, 23, {0x06, 0x00, 0xff, 0x07, 0x00}},   /* IPMI */
    {1645, 20, {0x01, 0x00, 0x00, 0x14, 0x00}},  /* RADIUS */
    {1812, 20, {0x01, 0x00, 0x00, 0x14, 0x00}},  /* RADIUS */
    {2049, 40, {0x00, 0x00, 0x00, 0x00, 0x00}},  /* NFS */
    {3478, 20, {0x00, 0x01, 0x00, 0x00, 0x21}},  /* STUN */
    {5353, 46, {0x00, 0x00, 0x00, 0x00, 0x00}},  /* mDNS */
    {5683, 21, {'@', 0x01, 0x01, 0xce, 0xbb}},   /* CoAP */
    {11211, 17, {0x00, 0x01, 0x00, 0x00, 0x00}}, /* memcached */
};

/* An empty datagram to other ports. Those that answer anything are left out: who forges a
 * victim's address sends empty ones there, from many machines, each with a TTL of its own. */
static bool is_nmap_request(const struct packet *packet)
{
    if (is_empty(packet))
        return packet->dport != 17 && packet->dport != 19;
    for (size_t i = 0; i < sizeof(nmap_requests) / sizeof(nmap_requests[0]); i++)
        if (packet->dport == nmap_requests[i].port &&
            packet->payload_length == nmap_requests[i].length &&
            memcmp(packet->payload, nmap_requests[i].first, sizeof(nmap_requests[i].first)) ==
                0)
            return true;
    return false;
}

/* One source port for a scan, and a few above for its retries. */
bool tool_test_nmap_udp(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;
    int step = packet->sport - evidence->last_sport;

    return is_udp(packet) && step >= -NMAP_TRIES && step <= NMAP_TRIES &&
           ttl_is_drawn(evidence, packet->ttl) && is_nmap_request(packet);
}

bool tool_test_nmap_echo(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return echo_of_a_scanner(evidence, packet, 0) && is_empty(packet) &&
           packet->echo_seq == 0 && ttl_is_drawn(evidence, packet->ttl);
}

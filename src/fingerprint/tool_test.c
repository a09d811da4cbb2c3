/* SPDX-License-Identifier: Apache-2.0 */
/* The relations as tests, each that of the tool it is named after (docs/FINGERPRINTS.md says
 * which versions), and what the next packet is compared with.
 *
 * TTL and MSS are not asked for where a path may have changed them, since the bits are in the
 * relation alone. */
#include "fingerprint/tool_test.h"

#define ZMAP_ID 54321u
/* Default source ports of ZMap and XMap, a copy of the Linux range of their time. */
#define ZMAP_PORT_FIRST 32768u
#define ZMAP_PORT_LAST 61000u
#define ZMAP_PORTS (ZMAP_PORT_LAST - ZMAP_PORT_FIRST + 1)

bool tool_test_mirai(const struct evidence *evidence, const struct tool_probe *probe)
{
    (void)evidence;
    return probe->v4 && probe->packet->seq == probe->dst;
}

/* ID 54321; the window is asked for in TCP only. */
bool tool_test_zmap_id(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    return probe->v4 && packet->ip_id == ZMAP_ID && !packet->df &&
           (packet->proto != PROTO_TCP || packet->window == 65535);
}

bool tool_test_zmap_port(const struct evidence *evidence, const struct packet *packet)
{
    uint16_t step = (uint16_t)(packet->sport - evidence->last_sport);

    return packet->sport >= ZMAP_PORT_FIRST && packet->sport <= ZMAP_PORT_LAST &&
           ((evidence->known & KNOWN_LAST) == 0 || (step > 2 && step < 65534));
}

uint16_t tool_test_xmap_port(uint16_t cut)
{
    return (uint16_t)(ZMAP_PORT_FIRST + cut % ZMAP_PORTS);
}

/* Source port and sequence number are cut from the same bytes of one hash. */
bool tool_test_xmap(const struct evidence *evidence, const struct tool_probe *probe)
{
    uint16_t cut = __builtin_bswap16((uint16_t)probe->packet->seq);

    return tool_test_zmap_id(evidence, probe) &&
           probe->packet->sport == tool_test_xmap_port(cut);
}

/* The same over IPv6, which has no identification. */
bool tool_test_xmap_v6(const struct evidence *evidence, const struct tool_probe *probe)
{
    uint16_t cut = __builtin_bswap16((uint16_t)probe->packet->seq);

    (void)evidence;
    return !probe->v4 && probe->packet->window == 65535 &&
           probe->packet->sport == tool_test_xmap_port(cut);
}

/* There is no identification over IPv6, and no system sends a SYN with so few options, this
 * window and a hop limit that began above 64. A port fixed or counted would be no sign. */
bool tool_test_zmap_v6(const struct evidence *evidence, const struct tool_probe *probe)
{
    return !probe->v4 && probe->packet->window == 65535 && probe->packet->ttl > 64 &&
           tool_test_zmap_port(evidence, probe->packet);
}

bool tool_test_masscan(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    return probe->v4 && !packet->df &&
           packet->ip_id == (uint16_t)(probe->dst ^ packet->dport ^ packet->seq);
}

/* Over IPv6 what is left of it: 1024 (1025 beside an MSS), and a hop limit of 255. */
bool tool_test_masscan_v6(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    return !probe->v4 && packet->ttl > 128 &&
           (packet->window == 1024 || (packet->window == 1025 && probe->kind == KIND_MSS));
}

static uint32_t unicornscan_key(const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return packet->seq ^ __builtin_bswap32(probe->dst) ^
           ((uint32_t)packet->dport << 16 | packet->sport);
}

bool tool_test_unicornscan(const struct evidence *evidence, const struct tool_probe *probe)
{
    return probe->v4 && (evidence->known & KNOWN_KEY) != 0 &&
           evidence->last_key == unicornscan_key(probe);
}

uint16_t tool_test_nmap_invariant(uint32_t seq)
{
    return (uint16_t)(seq >> 16 ^ seq);
}

uint32_t tool_rule_nmap_number(const struct packet *packet)
{
    return (packet->tcp_flags & TCP_ACK) != 0 ? packet->ack : packet->seq;
}

/* Whatever flags nmap sends: window 1024, and MSS if it is a SYN, else no option. */
static bool nmap_layout(const struct tool_probe *probe)
{
    return (probe->kind == KIND_MSS || probe->kind == KIND_FLAGS) &&
           probe->packet->window == 1024 && !probe->packet->df;
}

/* Scans by ACK, FIN, FIN+ACK (Maimon), nothing and FIN+PSH+URG (Xmas), as nmap makes them: the
 * number that it does not use is 0. */
static bool nmap_flags(const struct packet *packet)
{
    unsigned flags = packet->tcp_flags;

    if (packet->window != 1024 || packet->options_length != 0)
        return false;
    if (flags == TCP_ACK || flags == (TCP_FIN | TCP_ACK))
        return packet->seq == 0 && packet->ack != 0;
    return packet->ack == 0 &&
           (flags == 0 || flags == TCP_FIN || flags == (TCP_FIN | TCP_PSH | TCP_URG));
}

/* A SYN+ACK scan of ZMap's: the source port is one of its range. A victim answers from the port
 * that was asked, which mostly is below, and sets DF. */
static bool zmap_flags(const struct packet *packet)
{
    return packet->tcp_flags == (TCP_SYN | TCP_ACK) && packet->window == 65535 &&
           packet->sport >= ZMAP_PORT_FIRST && packet->sport <= ZMAP_PORT_LAST &&
           addr_is_v4(packet->dst);
}

/* hping3 fills in both numbers whatever flags it sends. */
static bool hping3_flags(const struct packet *packet)
{
    return packet->window == 512 && packet->options_length == 0 && packet->ack != 0 &&
           packet->seq != 0 && (packet->tcp_flags & (TCP_SYN | TCP_RST)) == 0;
}

bool tool_rule_flags(const struct packet *packet)
{
    return packet->proto == PROTO_TCP && !packet->df && !packet->fragment && !packet->no_seq &&
           !packet->options_cut && packet->payload_length == 0 &&
           (nmap_flags(packet) || zmap_flags(packet) || hping3_flags(packet));
}

bool tool_test_nmap_same(const struct evidence *evidence, const struct tool_probe *probe)
{
    return nmap_layout(probe) && (evidence->known & KNOWN_NMAP) != 0 &&
           evidence->nmap_seq == tool_rule_nmap_number(probe->packet);
}

bool tool_test_nmap_try(const struct evidence *evidence, const struct tool_probe *probe)
{
    return nmap_layout(probe) && (evidence->known & KNOWN_NMAP) != 0 &&
           tool_test_nmap_invariant(evidence->nmap_seq) ==
               tool_test_nmap_invariant(tool_rule_nmap_number(probe->packet));
}

/* It counts the source port. */
static bool hping3_step(const struct evidence *evidence, const struct tool_probe *probe,
                        uint16_t step_max)
{
    uint16_t step = (uint16_t)(probe->packet->sport - evidence->last_sport);

    return probe->packet->window == 512 && probe->packet->ack != 0 && !probe->packet->df &&
           (evidence->known & KNOWN_LAST) != 0 && step >= 1 && step <= step_max;
}

bool tool_test_hping3(const struct evidence *evidence, const struct tool_probe *probe)
{
    return hping3_step(evidence, probe, 1);
}

/* Some of its packets were lost. */
bool tool_test_hping3_far(const struct evidence *evidence, const struct tool_probe *probe)
{
    return hping3_step(evidence, probe, 64);
}

/* The sequence number is a counter of all its probes; the kernel makes the IP header. */
static bool naabu_step(const struct evidence *evidence, const struct tool_probe *probe,
                       uint32_t step_max)
{
    const struct packet *packet = probe->packet;
    uint32_t step = packet->seq - evidence->last_seq;

    return packet->window == 1024 && packet->df && (evidence->known & KNOWN_LAST) != 0 &&
           step >= 1 && step <= step_max && packet->sport == evidence->last_sport;
}

bool tool_test_naabu(const struct evidence *evidence, const struct tool_probe *probe)
{
    return naabu_step(evidence, probe, 1u << 12);
}

/* Most of its probes go elsewhere. */
bool tool_test_naabu_far(const struct evidence *evidence, const struct tool_probe *probe)
{
    return naabu_step(evidence, probe, 1u << 24);
}

bool tool_test_furious(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    return packet->window == 1024 && packet->options_length == 4 &&
           packet->options[2] == 0x12 && packet->options[3] == 0x34;
}

bool tool_test_scapy(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    return packet->seq == 0 && packet->sport == 20 && packet->window == 8192;
}

/* The source port is the one of its defaults that is often chosen anew. */
bool tool_test_scapy_id(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    return probe->v4 && packet->seq == 0 && packet->ip_id == 1 && packet->window == 8192 &&
           !packet->df;
}

bool tool_test_nping(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return packet->window == 1480 && (evidence->known & KNOWN_LAST) != 0 &&
           packet->seq == evidence->last_seq && packet->sport == evidence->last_sport;
}

/* The six SYNs of its OS detection ("TCP/IP Fingerprinting Methods Supported by Nmap"): the
 * highest possible timestamp, and a window for each. */
bool tool_test_nmap_os(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;
    struct option_set set;

    (void)evidence;
    if (packet->window != 1 && packet->window != 63 && packet->window != 4 &&
        packet->window != 16 && packet->window != 512)
        return false;
    option_set_read(packet, &set);
    return set.has_ts && set.ts_value == UINT32_MAX && set.ts_echo == 0;
}

#define LAYOUT_LINUX LAYOUT_5(MSS, SOK, TS, NOP, WS)
#define LAYOUT_WINDOWS LAYOUT_6(MSS, NOP, WS, NOP, NOP, SOK)
#define LAYOUT_MACOS LAYOUT_8(MSS, NOP, WS, NOP, NOP, TS, SOK, EOL)
#define LAYOUT_FREEBSD LAYOUT_5(MSS, NOP, WS, SOK, TS)

/* What ZMap 4.1 and later copies from a stack without copying the rest of that stack. */
static bool zmap_copy(const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return probe->v4 && !packet->df && packet->ttl <= 64 && packet->window == 65535 &&
           packet->sport >= ZMAP_PORT_FIRST && packet->sport <= ZMAP_PORT_LAST;
}

bool tool_test_zmap_windows(const struct evidence *evidence, const struct tool_probe *probe)
{
    struct option_set set;

    (void)evidence;
    if (!zmap_copy(probe) || probe->layout != LAYOUT_WINDOWS)
        return false;
    option_set_read(probe->packet, &set);
    return set.scale == 8;
}

#define SCAN_AGE_MAX_S (30ll * 86400)

/* The timestamp value of a ZMap probe with the layout of Linux or macOS: the Unix time at which
 * its scan began. @return false if it cannot be one */
static bool zmap_scan_start(const struct tool_probe *probe, uint32_t *ret_start)
{
    struct option_set set;
    int64_t age;

    if (!zmap_copy(probe) || (probe->layout != LAYOUT_LINUX && probe->layout != LAYOUT_MACOS))
        return false;
    option_set_read(probe->packet, &set);
    age = probe->packet->time_ns / 1000000000 - (int64_t)set.ts_value;
    *ret_start = set.ts_value;
    return set.ts_echo == 0 && age >= -SCAN_AGE_MAX_S && age <= SCAN_AGE_MAX_S;
}

bool tool_test_zmap_start(const struct evidence *evidence, const struct tool_probe *probe)
{
    uint32_t start;

    return (evidence->known & KNOWN_START) != 0 && zmap_scan_start(probe, &start) &&
           evidence->last_key == start;
}

/* The smallest probes of ZMap 4.1 and later: no stack has MSS alone with the highest window and
 * without DF. A port fixed or counted would be no sign of its range. */
bool tool_test_zmap_smallest(const struct evidence *evidence, const struct tool_probe *probe)
{
    return zmap_copy(probe) && tool_test_zmap_port(evidence, probe->packet);
}

/* Its SYN+ACK scans, from 4.1 on; before, the ID tells them. */
bool tool_test_zmap_syn_ack(const struct evidence *evidence, const struct tool_probe *probe)
{
    return zmap_flags(probe->packet) && tool_test_zmap_smallest(evidence, probe) &&
           (probe->layout == LAYOUT_1(MSS) || probe->layout == LAYOUT_WINDOWS);
}

/* Layouts of operating systems (docs/FINGERPRINTS.md); all of them set DF on IPv4. */
static const uint64_t system_layouts[] = {
    LAYOUT_LINUX,
    LAYOUT_6(MSS, SOK, TS, NOP, WS, MPTCP),
    LAYOUT_6(MSS, NOP, NOP, SOK, NOP, WS), /* Linux without timestamps */
    LAYOUT_6(MSS, NOP, NOP, TS, NOP, WS),  /* Linux without SACK */
    LAYOUT_WINDOWS,
    LAYOUT_4(MSS, NOP, NOP, SOK), /* Windows XP */
    LAYOUT_MACOS,
    LAYOUT_FREEBSD,                                      /* and Windows with timestamps */
    LAYOUT_9(MSS, NOP, NOP, SOK, NOP, WS, NOP, NOP, TS), /* OpenBSD */
};

/* The SYN has what no operating system's has: ID 54321, a TTL above 200, or no options (Hiesgen
 * et al., "Spoki", 2022). */
static bool irregular(const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return packet->ip_id == ZMAP_ID || packet->ttl > 200 || probe->layout == LAYOUT_NONE;
}

bool tool_rule_ordinary(const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    if ((probe->v4 && !packet->df) || packet->ack != 0 || packet->urgent != 0 ||
        packet->ttl > 128 || packet->tcp_reserved != 0)
        return false;
    for (size_t i = 0; i < sizeof(system_layouts) / sizeof(system_layouts[0]); i++)
        if (probe->layout == system_layouts[i])
            return true;
    return false;
}

bool tool_test_ordinary_stack(const struct evidence *evidence, const struct tool_probe *probe)
{
    (void)evidence;
    return tool_rule_ordinary(probe);
}

void tool_rule_remember(struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;
    uint32_t start;

    if (probe->kind == KIND_UDP || probe->kind == KIND_ICMP)
        tool_test_remember_datagram(evidence, packet);
    else
        evidence->known = (uint8_t)(evidence->known & ~KNOWN_DATAGRAM);
    evidence->known |= KNOWN_LAST;
    evidence->last_seq = probe->seq;
    evidence->last_target = probe->target;
    evidence->last_sport = packet->sport;
    evidence->known = (uint8_t)(evidence->known & ~KNOWN_IRREGULAR);
    if (probe->by_id)
        return;
    if (probe->kind != KIND_FLAGS && irregular(probe))
        evidence->known |= KNOWN_IRREGULAR;
    if (probe->kind == KIND_MSS) {
        evidence->known = (uint8_t)((evidence->known & ~KNOWN_START) | KNOWN_KEY);
        evidence->last_key = unicornscan_key(probe);
    }
    if (nmap_layout(probe) && !tool_test_nmap_try(evidence, probe)) {
        evidence->known |= KNOWN_NMAP;
        evidence->nmap_seq = tool_rule_nmap_number(packet);
    }
    if (zmap_scan_start(probe, &start)) {
        evidence->known = (uint8_t)((evidence->known & ~KNOWN_KEY) | KNOWN_START);
        evidence->last_key = start;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The relations, in the order in which they are tried: the one that pins more comes first.
 *
 * Each is that of the tool it is named after (docs/FINGERPRINTS.md says which versions). TTL
 * and MSS are not asked for where a path may have changed them, since the bits are in the
 * relation alone. */
#include "fingerprint/tool_rule.h"

#include <string.h>

#define ZMAP_ID 54321u
/* Default source ports of ZMap and XMap, a copy of the Linux range of their time. */
#define ZMAP_PORT_FIRST 32768u
#define ZMAP_PORT_LAST 61000u
#define ZMAP_PORTS (ZMAP_PORT_LAST - ZMAP_PORT_FIRST + 1)

static bool mirai(const struct evidence *evidence, const struct tool_probe *probe)
{
    (void)evidence;
    return probe->v4 && probe->packet->seq == probe->dst;
}

/* ID 54321; the window is asked for in TCP only. */
static bool zmap_id(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    return probe->v4 && packet->ip_id == ZMAP_ID && !packet->df &&
           (packet->proto != PROTO_TCP || packet->window == 65535);
}

/* Source port and sequence number are cut from the same bytes of one hash. */
static bool xmap(const struct evidence *evidence, const struct tool_probe *probe)
{
    uint16_t cut = __builtin_bswap16((uint16_t)probe->packet->seq);

    return zmap_id(evidence, probe) &&
           probe->packet->sport == ZMAP_PORT_FIRST + cut % ZMAP_PORTS;
}

/* The same over IPv6, which has no identification. */
static bool xmap_v6(const struct evidence *evidence, const struct tool_probe *probe)
{
    uint16_t cut = __builtin_bswap16((uint16_t)probe->packet->seq);

    (void)evidence;
    return !probe->v4 && probe->packet->window == 65535 &&
           probe->packet->sport == ZMAP_PORT_FIRST + cut % ZMAP_PORTS;
}

/* An echo request whose identifier is not that of the one before: ping keeps it. */
static bool echo_of_a_scanner(const struct evidence *evidence, const struct tool_probe *probe,
                              uint32_t payload_length)
{
    const struct packet *packet = probe->packet;

    return packet->proto == PROTO_ICMP && packet->dport == 8 << 8 && !packet->df &&
           packet->payload_length == payload_length &&
           ((evidence->known & KNOWN_LAST) == 0 || packet->sport != evidence->last_sport);
}

static bool zmap_echo(const struct evidence *evidence, const struct tool_probe *probe)
{
    static const uint8_t zeros[20];
    const struct packet *packet = probe->packet;

    return echo_of_a_scanner(evidence, probe, sizeof(zeros)) && packet->ttl <= 64 &&
           memcmp(packet->payload, zeros, sizeof(zeros)) == 0;
}

#define MASSCAN_ECHO_FIRST 0x08u /* its payload counts from here */
#define MASSCAN_ECHO_LAST 0x37u

static bool masscan_echo(const struct evidence *evidence, const struct tool_probe *probe)
{
    const uint32_t length = MASSCAN_ECHO_LAST - MASSCAN_ECHO_FIRST + 1;

    if (!echo_of_a_scanner(evidence, probe, length))
        return false;
    for (uint32_t i = 0; i < length; i++)
        if (probe->packet->payload[i] != MASSCAN_ECHO_FIRST + i)
            return false;
    return true;
}

static bool masscan(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    return probe->v4 && !packet->df &&
           packet->ip_id == (uint16_t)(probe->dst ^ packet->dport ^ packet->seq);
}

static uint32_t unicornscan_key(const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return packet->seq ^ __builtin_bswap32(probe->dst) ^
           ((uint32_t)packet->dport << 16 | packet->sport);
}

static bool unicornscan(const struct evidence *evidence, const struct tool_probe *probe)
{
    return probe->v4 && (evidence->known & KNOWN_KEY) != 0 &&
           evidence->last_key == unicornscan_key(probe);
}

static uint16_t nmap_invariant(uint32_t seq)
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
           packet->payload_length == 0 &&
           (nmap_flags(packet) || zmap_flags(packet) || hping3_flags(packet));
}

static bool nmap_same(const struct evidence *evidence, const struct tool_probe *probe)
{
    return nmap_layout(probe) && (evidence->known & KNOWN_NMAP) != 0 &&
           evidence->nmap_seq == tool_rule_nmap_number(probe->packet);
}

static bool nmap_try(const struct evidence *evidence, const struct tool_probe *probe)
{
    return nmap_layout(probe) && (evidence->known & KNOWN_NMAP) != 0 &&
           nmap_invariant(evidence->nmap_seq) ==
               nmap_invariant(tool_rule_nmap_number(probe->packet));
}

/* It counts the source port. */
static bool hping3_step(const struct evidence *evidence, const struct tool_probe *probe,
                        uint16_t step_max)
{
    uint16_t step = (uint16_t)(probe->packet->sport - evidence->last_sport);

    return probe->packet->window == 512 && probe->packet->ack != 0 && !probe->packet->df &&
           (evidence->known & KNOWN_LAST) != 0 && step >= 1 && step <= step_max;
}

static bool hping3(const struct evidence *evidence, const struct tool_probe *probe)
{
    return hping3_step(evidence, probe, 1);
}

/* Some of its packets were lost. */
static bool hping3_far(const struct evidence *evidence, const struct tool_probe *probe)
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

static bool naabu(const struct evidence *evidence, const struct tool_probe *probe)
{
    return naabu_step(evidence, probe, 1u << 12);
}

/* Most of its probes go elsewhere. */
static bool naabu_far(const struct evidence *evidence, const struct tool_probe *probe)
{
    return naabu_step(evidence, probe, 1u << 24);
}

static bool furious(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    return packet->window == 1024 && packet->options_length == 4 &&
           packet->options[2] == 0x12 && packet->options[3] == 0x34;
}

static bool scapy(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    return packet->seq == 0 && packet->sport == 20 && packet->window == 8192;
}

/* The source port is the one of its defaults that is often chosen anew. */
static bool scapy_id(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    return probe->v4 && packet->seq == 0 && packet->ip_id == 1 && packet->window == 8192 &&
           !packet->df;
}

static bool nping(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    return packet->window == 1480 && (evidence->known & KNOWN_LAST) != 0 &&
           packet->seq == evidence->last_seq && packet->sport == evidence->last_sport;
}

/* The six SYNs of its OS detection ("TCP/IP Fingerprinting Methods Supported by Nmap"): the
 * highest possible timestamp, and a window for each. */
static bool nmap_os(const struct evidence *evidence, const struct tool_probe *probe)
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

static bool zmap_windows(const struct evidence *evidence, const struct tool_probe *probe)
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

static bool zmap_start(const struct evidence *evidence, const struct tool_probe *probe)
{
    uint32_t start;

    return (evidence->known & KNOWN_START) != 0 && zmap_scan_start(probe, &start) &&
           evidence->last_key == start;
}

/* The smallest probes of ZMap 4.1 and later: no stack has MSS alone with the highest window and
 * without DF. A port fixed or counted would be no sign of its range. */
static bool zmap_smallest(const struct evidence *evidence, const struct tool_probe *probe)
{
    uint16_t step = (uint16_t)(probe->packet->sport - evidence->last_sport);

    return zmap_copy(probe) &&
           ((evidence->known & KNOWN_LAST) == 0 || (step > 2 && step < 65534));
}

/* Its SYN+ACK scans, from 4.1 on; before, the ID tells them. */
static bool zmap_syn_ack(const struct evidence *evidence, const struct tool_probe *probe)
{
    return zmap_flags(probe->packet) && zmap_smallest(evidence, probe) &&
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

static bool ordinary_stack(const struct evidence *evidence, const struct tool_probe *probe)
{
    (void)evidence;
    return tool_rule_ordinary(probe);
}

/* log2(64512 / 28233): a port of 1024 to 65535 falls into ZMap's range. */
#define RANGE_BITS 1.19f
/* A judgement, not a measurement: no real stack has this layout with this TTL, window and scale
 * and without DF, so one in sixteen million senders is allowed to: some dozens on the Internet.
 */
#define CONTRADICTION_BITS 24.0f
/* The same for an echo request with the tool's own payload and an identifier made anew. */
#define ECHO_BITS 1.2f
/* MSS alone says less: one sender in 260,000 may do that with this window, TTL and range. */
#define SMALLEST_BITS 18.0f
/* The same timestamp again: a stack that has one clock value for all would have to have one
 * that is a time within 30 days, 2^-9.7. */
#define SAME_START_BITS 9.7f

const struct tool_rule tool_rules[] = {
    {
        .name = "mirai",
        .relation = "sequence number = destination address",
        .tool = TOOL_MIRAI,
        .layouts = LAYOUTS_NONE,
        .bits = 32,
        .each = true,
        .test = mirai,
    },
    {
        .name = "xmap",
        .relation = "ID 54321, and source port = 32768 + low sequence bytes mod 28233",
        .tool = TOOL_XMAP,
        .layouts = LAYOUTS_NONE,
        .bits = 30.8f,
        .hits_least = 2, /* a ZMap packet looks like this once in 28233 */
        .each = true,
        .test = xmap,
    },
    {
        .name = "xmap-v6",
        .relation = "IPv6, window 65535; source port = 32768 + low sequence bytes mod 28233",
        .tool = TOOL_XMAP,
        .layouts = LAYOUTS_NONE | LAYOUTS_MSS,
        .bits = 14.8f,
        .hits_least = 3,
        .test = xmap_v6,
    },
    {
        .name = "zmap-id",
        .relation = "ID 54321, in TCP with window 65535",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_NONE | LAYOUTS_MSS | LAYOUTS_FLAGS,
        .by_id = true,
        .bits = 16,
        .each = true,
        .test = zmap_id,
    },
    {
        .name = "masscan",
        .relation = "ID = low 16 bits of destination ^ destination port ^ sequence number",
        .tool = TOOL_MASSCAN,
        .layouts = LAYOUTS_NONE | LAYOUTS_MSS,
        .bits = 16,
        .each = true,
        .test = masscan,
    },
    {
        .name = "unicornscan",
        .relation = "sequence number ^ destination ^ ports = as in the packet before",
        .tool = TOOL_UNICORNSCAN,
        .layouts = LAYOUTS_MSS,
        .bits = 32,
        .test = unicornscan,
    },
    {
        .name = "nmap-same",
        .relation =
            "window 1024; sequence number (with ACK: the acknowledged one) = the phase's first",
        .tool = TOOL_NMAP,
        .layouts = LAYOUTS_MSS | LAYOUTS_FLAGS,
        .bits = 32,
        .test = nmap_same,
    },
    {
        .name = "nmap-try",
        .relation = "window 1024; xor of the sequence number's halves = the phase's",
        .tool = TOOL_NMAP,
        .layouts = LAYOUTS_MSS | LAYOUTS_FLAGS,
        .bits = 16,
        .test = nmap_try,
    },
    {
        .name = "hping3",
        .relation = "window 512 and ack without ACK; source port = the one before + 1",
        .tool = TOOL_HPING3,
        .layouts = LAYOUTS_NONE | LAYOUTS_FLAGS,
        .bits = 16,
        .test = hping3,
    },
    {
        .name = "hping3-far",
        .relation = "the same with source ports up to 64 above the one before",
        .tool = TOOL_HPING3,
        .layouts = LAYOUTS_NONE | LAYOUTS_FLAGS,
        .bits = 10,
        .test = hping3_far,
    },
    {
        .name = "naabu",
        .relation =
            "window 1024, DF; sequence number up to 4096 above the one before, same port",
        .tool = TOOL_NAABU,
        .layouts = LAYOUTS_MSS,
        .bits = 20,
        .hits_least = 2,
        .test = naabu,
    },
    {
        .name = "naabu-far",
        .relation = "the same with sequence numbers up to 2^24 above the one before",
        .tool = TOOL_NAABU,
        .layouts = LAYOUTS_MSS,
        .bits = 8,
        .hits_least = 4,
        .test = naabu_far,
    },
    {
        .name = "furious",
        .relation = "window 1024, MSS 4660",
        .tool = TOOL_FURIOUS,
        .layouts = LAYOUTS_MSS,
        .bits = 16,
        .test = furious,
    },
    {
        .name = "scapy",
        .relation = "sequence number 0, source port 20, window 8192: the defaults",
        .tool = TOOL_SCAPY,
        .layouts = LAYOUTS_NONE,
        .bits = 24, /* each could be a choice of somebody; all three are scapy's */
        .test = scapy,
    },
    {
        .name = "scapy-id",
        .relation = "sequence number 0, ID 1, window 8192: the defaults but for the port",
        .tool = TOOL_SCAPY,
        .layouts = LAYOUTS_NONE,
        .bits = 24, /* as above */
        .test = scapy_id,
    },
    {
        .name = "nping",
        .relation = "window 1480; sequence number and source port as in the packet before",
        .tool = TOOL_NPING,
        .layouts = LAYOUTS_NONE,
        .bits = 32,
        .hits_least = 2,
        .test = nping,
    },
    {
        .name = "zmap-echo",
        .relation = "echo request with 20 zero bytes, another identifier each, TTL to 64",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_NONE,
        .by_id = true,
        .bits = ECHO_BITS,
        .bits_once = CONTRADICTION_BITS,
        .hits_least = 4,
        .test = zmap_echo,
    },
    {
        .name = "masscan-echo",
        .relation = "echo request with the bytes 8 to 55, another identifier each",
        .tool = TOOL_MASSCAN,
        .layouts = LAYOUTS_NONE,
        .by_id = true,
        .bits = ECHO_BITS,
        .bits_once = CONTRADICTION_BITS,
        .hits_least = 4,
        .test = masscan_echo,
    },
    {
        .name = "zmap-smallest",
        .relation = "MSS alone without DF, TTL to 64, window 65535, ZMap's source ports",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_MSS,
        .bits = RANGE_BITS,
        .bits_once = SMALLEST_BITS,
        .test = zmap_smallest,
    },
    {
        .name = "zmap-syn-ack",
        .relation = "SYN+ACK without DF, MSS alone or Windows layout, TTL to 64, window 65535, "
                    "ZMap's source ports",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_FLAGS,
        .bits = RANGE_BITS,
        .bits_once = SMALLEST_BITS,
        .test = zmap_syn_ack,
    },
    {
        .name = "nmap-os",
        .relation = "timestamp 2^32 - 1 and one of the windows of OS detection",
        .tool = TOOL_NMAP,
        .layouts = LAYOUTS_FULL,
        .bits = 32,
        .test = nmap_os,
    },
    {
        .name = "zmap-windows",
        .relation = "Windows layout and scale 8 without DF, TTL to 64, window 65535, ZMap's "
                    "source ports",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_FULL,
        .bits = RANGE_BITS,
        .bits_once = CONTRADICTION_BITS,
        .each = true,
        .test = zmap_windows,
    },
    {
        .name = "zmap-start",
        .relation = "Linux or macOS layout as above, timestamp = one Unix time within 30 days",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_FULL,
        .bits = RANGE_BITS + SAME_START_BITS,
        .bits_once = CONTRADICTION_BITS,
        .hits_least = 2,
        .test = zmap_start,
    },
    {
        .name = "connect",
        .relation = "layout of an operating system, with DF, without oddities",
        .tool = TOOL_CONNECT,
        .layouts = LAYOUTS_FULL,
        .bits = 32,
        .test = ordinary_stack,
    },
};

const size_t tool_rule_count = sizeof(tool_rules) / sizeof(tool_rules[0]);
_Static_assert(sizeof(tool_rules) / sizeof(tool_rules[0]) <= TOOL_RULES_MAX, "rules");
_Static_assert(LAYOUTS_MSS == 1 << KIND_MSS && LAYOUTS_FULL == 1 << KIND_FULL, "kinds");

void tool_rule_remember(struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;
    uint32_t start;

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
    if (nmap_layout(probe) && !nmap_try(evidence, probe)) {
        evidence->known |= KNOWN_NMAP;
        evidence->nmap_seq = tool_rule_nmap_number(packet);
    }
    if (zmap_scan_start(probe, &start)) {
        evidence->known = (uint8_t)((evidence->known & ~KNOWN_KEY) | KNOWN_START);
        evidence->last_key = start;
    }
}

uint64_t tool_rule_instance(const struct evidence *evidence, const struct tool_probe *probe,
                            enum tool tool)
{
    const struct packet *packet = probe->packet;
    uint32_t number = tool_rule_nmap_number(packet), tries;

    switch (tool) {
    case TOOL_MIRAI:
        return 1ull << 56 | (uint64_t)packet->sport << 16 | packet->window;
    case TOOL_UNICORNSCAN:
        return 2ull << 56 | evidence->last_key;
    case TOOL_NMAP:
        tries = (evidence->nmap_seq ^ number) & 0xff;
        return 3ull << 56 | (uint64_t)nmap_invariant(number) << 16 |
               (uint16_t)(packet->sport - tries);
    case TOOL_ZMAP: /* when the scan was started, to the second: options of Linux and BSD */
        return (evidence->known & KNOWN_START) != 0 ? 4ull << 56 | evidence->last_key : 0;
    default:
        return 0;
    }
}

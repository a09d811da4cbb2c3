/* SPDX-License-Identifier: Apache-2.0 */
/* The table of relations, in the order in which they are tried: the one that pins more comes
 * first. */
#include "fingerprint/tool_rule.h"

#include "fingerprint/tool_test.h"

/* log2(64512 / 28233): a port of 1024 to 65535 falls into ZMap's range. */
#define RANGE_BITS 1.19f
/* A judgement, not a measurement: no real stack has this layout with this TTL, window and scale
 * and without DF, so one in sixteen million senders is allowed to: some dozens on
 * the Internet. */
#define CONTRADICTION_BITS 24.0f
/* What each further packet of such a layout says: not much, the first has said it. */
#define AGAIN_BITS 1.2f
/* One in 4096 other senders' next packets has a counter up to 16 above the last. */
#define STEP_BITS 12.0f
/* A judgement: of one in 64 other packets the TTL jumps so, and stays below 60. */
#define TTL_BITS 6.0f
/* Two of three TTLs that are drawn are far enough from the one before. */
#define DRAWN_SHARE 0.4f
#define COUNTED_SHARE 0.4f /* all, unless it is one program of several */
/* One in 2000 senders leaves the checksum out of UDP; some of them forge their address. */
#define NO_SUM_BITS 11.0f
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
        .test = tool_test_mirai,
    },
    {
        .name = "xmap",
        .relation = "ID 54321, and source port = 32768 + low sequence bytes mod 28233",
        .tool = TOOL_XMAP,
        .layouts = LAYOUTS_NONE,
        .bits = 30.8f,
        .hits_least = 2, /* a ZMap packet looks like this once in 28233 */
        .each = true,
        .test = tool_test_xmap,
    },
    {
        .name = "xmap-v6",
        .relation = "IPv6, window 65535; source port = 32768 + low sequence bytes mod 28233",
        .tool = TOOL_XMAP,
        .layouts = LAYOUTS_NONE | LAYOUTS_MSS,
        .bits = 14.8f,
        .hits_least = 3,
        .test = tool_test_xmap_v6,
    },
    {
        .name = "xmap-dns",
        .relation = "ID 54321, and source port = 32768 + swapped DNS identifier mod 28233",
        .tool = TOOL_XMAP,
        .layouts = LAYOUTS_UDP,
        .by_id = true,
        .bits = 30.8f,
        .hits_least = 2,
        .test = tool_test_xmap_dns,
    },
    {
        .name = "xmap-dns-v6",
        .relation = "IPv6; source port = 32768 + swapped DNS identifier mod 28233",
        .tool = TOOL_XMAP,
        .layouts = LAYOUTS_UDP,
        .by_id = true,
        .bits = 14.8f,
        .hits_least = 3,
        .test = tool_test_xmap_dns_v6,
    },
    {
        .name = "xmap-udp",
        .relation = "ID 54321, in UDP with a checksum",
        .tool = TOOL_XMAP,
        .layouts = LAYOUTS_UDP,
        .by_id = true,
        .bits = 16,
        .test = tool_test_xmap_udp,
    },
    {
        .name = "xmap-echo",
        .relation = "ID 54321, in an echo request with 8 zero bytes",
        .tool = TOOL_XMAP,
        .layouts = LAYOUTS_ICMP,
        .by_id = true,
        .bits = 16,
        .test = tool_test_xmap_echo,
    },
    {
        .name = "zmap-id",
        .relation = "ID 54321, in TCP with window 65535",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_NONE | LAYOUTS_MSS | LAYOUTS_FLAGS | LAYOUTS_UDP | LAYOUTS_ICMP,
        .by_id = true,
        .bits = 16,
        .each = true,
        .test = tool_test_zmap_id,
    },
    {
        .name = "masscan",
        .relation = "ID = low 16 bits of destination ^ destination port ^ sequence number",
        .tool = TOOL_MASSCAN,
        .layouts = LAYOUTS_NONE | LAYOUTS_MSS,
        .bits = 16,
        .each = true,
        .test = tool_test_masscan,
    },
    {
        .name = "unicornscan",
        .relation = "sequence number ^ destination ^ ports = as in the packet before",
        .tool = TOOL_UNICORNSCAN,
        .layouts = LAYOUTS_MSS,
        .bits = 32,
        .test = tool_test_unicornscan,
    },
    {
        .name = "nmap-same",
        .relation =
            "window 1024; sequence number (with ACK: the acknowledged one) = the phase's first",
        .tool = TOOL_NMAP,
        .layouts = LAYOUTS_MSS | LAYOUTS_FLAGS,
        .bits = 32,
        .test = tool_test_nmap_same,
    },
    {
        .name = "nmap-try",
        .relation = "window 1024; xor of the sequence number's halves = the phase's",
        .tool = TOOL_NMAP,
        .layouts = LAYOUTS_MSS | LAYOUTS_FLAGS,
        .bits = 16,
        .test = tool_test_nmap_try,
    },
    {
        .name = "hping3",
        .relation = "window 512 and ack without ACK; source port = the one before + 1",
        .tool = TOOL_HPING3,
        .layouts = LAYOUTS_NONE | LAYOUTS_FLAGS,
        .bits = 16,
        .test = tool_test_hping3,
    },
    {
        .name = "hping3-far",
        .relation = "the same with source ports up to 64 above the one before",
        .tool = TOOL_HPING3,
        .layouts = LAYOUTS_NONE | LAYOUTS_FLAGS,
        .bits = 10,
        .test = tool_test_hping3_far,
    },
    {
        .name = "naabu",
        .relation =
            "window 1024, DF; sequence number up to 4096 above the one before, same port",
        .tool = TOOL_NAABU,
        .layouts = LAYOUTS_MSS,
        .bits = 20,
        .hits_least = 2,
        .test = tool_test_naabu,
    },
    {
        .name = "naabu-far",
        .relation = "the same with sequence numbers up to 2^24 above the one before",
        .tool = TOOL_NAABU,
        .layouts = LAYOUTS_MSS,
        .bits = 8,
        .hits_least = 4,
        .test = tool_test_naabu_far,
    },
    {
        .name = "furious",
        .relation = "window 1024, MSS 4660",
        .tool = TOOL_FURIOUS,
        .layouts = LAYOUTS_MSS,
        .bits = 16,
        .test = tool_test_furious,
    },
    {
        .name = "scapy",
        .relation = "sequence number 0, source port 20, window 8192: the defaults",
        .tool = TOOL_SCAPY,
        .layouts = LAYOUTS_NONE,
        .bits = 24, /* each could be a choice of somebody; all three are scapy's */
        .test = tool_test_scapy,
    },
    {
        .name = "scapy-id",
        .relation = "sequence number 0, ID 1, window 8192: the defaults but for the port",
        .tool = TOOL_SCAPY,
        .layouts = LAYOUTS_NONE,
        .bits = 24, /* as above */
        .test = tool_test_scapy_id,
    },
    {
        .name = "nping",
        .relation = "window 1480; sequence number and source port as in the packet before",
        .tool = TOOL_NPING,
        .layouts = LAYOUTS_NONE,
        .bits = 32,
        .hits_least = 2,
        .test = tool_test_nping,
    },
    {
        .name = "masscan-udp",
        .relation = "ID = low 16 bits of destination ^ destination port ^ the request's number",
        .tool = TOOL_MASSCAN,
        .layouts = LAYOUTS_UDP,
        .by_id = true,
        .bits = 16,
        .test = tool_test_masscan_udp,
    },
    {
        .name = "zmap-echo",
        .relation = "echo request with 20 zero bytes, another identifier each, TTL to 64",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_ICMP,
        .by_id = true,
        .bits = AGAIN_BITS,
        .bits_once = CONTRADICTION_BITS,
        .hits_least = 4,
        .test = tool_test_zmap_echo,
    },
    {
        .name = "masscan-echo",
        .relation = "echo request with the bytes 8 to 55, another identifier each",
        .tool = TOOL_MASSCAN,
        .layouts = LAYOUTS_ICMP,
        .by_id = true,
        .bits = AGAIN_BITS,
        .bits_once = CONTRADICTION_BITS,
        .hits_least = 4,
        .test = tool_test_masscan_echo,
    },
    {
        .name = "xmap-echo-v6",
        .relation = "IPv6, echo request with 8 zero bytes, another identifier each, hop limit "
                    "above 128",
        .tool = TOOL_XMAP,
        .layouts = LAYOUTS_ICMP,
        .by_id = true,
        .bits = AGAIN_BITS,
        .bits_once = CONTRADICTION_BITS,
        .hits_least = 4,
        .test = tool_test_xmap_echo_v6,
    },
    {
        .name = "zmap-echo-v6",
        .relation =
            "IPv6, echo request with 8 bytes that are not zero, sequence number 0, another "
            "identifier each, hop limit above 128",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_ICMP,
        .by_id = true,
        .bits = AGAIN_BITS,
        .bits_once = CONTRADICTION_BITS,
        .hits_least = 4,
        .test = tool_test_zmap_echo_v6,
    },
    {
        .name = "hping3-echo",
        .relation =
            "echo request without payload or of X alone, TTL to 64; same identifier, sequence "
            "number with its bytes swapped up to 16 above the one before",
        .tool = TOOL_HPING3,
        .layouts = LAYOUTS_ICMP,
        .by_id = true,
        .bits = STEP_BITS,
        .hits_least = 3,
        .share_least = COUNTED_SHARE,
        .test = tool_test_hping3_echo,
    },
    {
        .name = "hping3-udp",
        .relation = "UDP without payload or of X alone and without DF, TTL to 64, ID drawn; "
                    "source port "
                    "up to 16 above the one before",
        .tool = TOOL_HPING3,
        .layouts = LAYOUTS_UDP,
        .by_id = true,
        .bits = STEP_BITS,
        .hits_least = 3,
        .share_least = COUNTED_SHARE,
        .test = tool_test_hping3_udp,
    },
    {
        .name = "nmap-udp",
        .relation = "UDP without DF as nmap asks this port, from the port before or up to 10 "
                    "beside it; "
                    "TTL to 59, 4 to 22 from the one before",
        .tool = TOOL_NMAP,
        .layouts = LAYOUTS_UDP,
        .by_id = true,
        .bits = TTL_BITS,
        .hits_least = 6,
        .share_least = DRAWN_SHARE,
        .test = tool_test_nmap_udp,
    },
    {
        .name = "nmap-echo",
        .relation = "echo request without payload, sequence number 0, another identifier; TTL "
                    "as in nmap-udp",
        .tool = TOOL_NMAP,
        .layouts = LAYOUTS_ICMP,
        .by_id = true,
        .bits = TTL_BITS,
        .hits_least = 6,
        .share_least = DRAWN_SHARE,
        .test = tool_test_nmap_echo,
    },
    {
        .name = "zmap-udp",
        .relation = "UDP without checksum and DF, TTL to 64, ZMap's source ports",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_UDP,
        .by_id = true,
        .bits = RANGE_BITS,
        .bits_once = NO_SUM_BITS,
        .test = tool_test_zmap_udp,
    },
    {
        .name = "zmap-v6",
        .relation = "IPv6, MSS alone or no options, window 65535, hop limit above 64, ZMap's "
                    "source ports",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_NONE | LAYOUTS_MSS,
        .bits = RANGE_BITS,
        .bits_once = SMALLEST_BITS,
        .test = tool_test_zmap_v6,
    },
    {
        .name = "masscan-v6",
        .relation = "IPv6, MSS alone or no options, window 1024 or 1025, hop limit above 128",
        .tool = TOOL_MASSCAN,
        .layouts = LAYOUTS_NONE | LAYOUTS_MSS,
        .bits = AGAIN_BITS,
        .bits_once = SMALLEST_BITS,
        .hits_least = 10,
        .test = tool_test_masscan_v6,
    },
    {
        .name = "zmap-smallest",
        .relation = "MSS alone without DF, TTL to 64, window 65535, ZMap's source ports",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_MSS,
        .bits = RANGE_BITS,
        .bits_once = SMALLEST_BITS,
        .test = tool_test_zmap_smallest,
    },
    {
        .name = "zmap-syn-ack",
        .relation = "SYN+ACK without DF, MSS alone or Windows layout, TTL to 64, window 65535, "
                    "ZMap's source ports",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_FLAGS,
        .bits = RANGE_BITS,
        .bits_once = SMALLEST_BITS,
        .test = tool_test_zmap_syn_ack,
    },
    {
        .name = "nmap-os",
        .relation = "timestamp 2^32 - 1 and one of the windows of OS detection",
        .tool = TOOL_NMAP,
        .layouts = LAYOUTS_FULL,
        .bits = 32,
        .test = tool_test_nmap_os,
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
        .test = tool_test_zmap_windows,
    },
    {
        .name = "zmap-start",
        .relation = "Linux or macOS layout as above, timestamp = one Unix time within 30 days",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_FULL,
        .bits = RANGE_BITS + SAME_START_BITS,
        .bits_once = CONTRADICTION_BITS,
        .hits_least = 2,
        .test = tool_test_zmap_start,
    },
    {
        .name = "connect",
        .relation = "layout of an operating system, with DF, without oddities",
        .tool = TOOL_CONNECT,
        .layouts = LAYOUTS_FULL,
        .bits = 32,
        .test = tool_test_ordinary_stack,
    },
};

const size_t tool_rule_count = sizeof(tool_rules) / sizeof(tool_rules[0]);
_Static_assert(sizeof(tool_rules) / sizeof(tool_rules[0]) <= TOOL_RULES_MAX, "rules");
_Static_assert(LAYOUTS_MSS == 1 << KIND_MSS && LAYOUTS_FULL == 1 << KIND_FULL &&
                   LAYOUTS_FLAGS == 1 << KIND_FLAGS && LAYOUTS_UDP == 1 << KIND_UDP &&
                   LAYOUTS_ICMP == 1 << KIND_ICMP && KIND_ICMP < TOOL_KINDS,
               "kinds");

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
        return 3ull << 56 | (uint64_t)tool_test_nmap_invariant(number) << 16 |
               (uint16_t)(packet->sport - tries);
    case TOOL_ZMAP: /* when the scan was started, to the second: options of Linux and BSD */
        return (evidence->known & KNOWN_START) != 0 ? 4ull << 56 | evidence->last_key : 0;
    default:
        return 0;
    }
}

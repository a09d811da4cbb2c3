/* SPDX-License-Identifier: Apache-2.0 */
/* The relations, in the order in which they are tried: the one that pins more comes first.
 *
 * Each was read in the source of the tool it is named after (docs/FINGERPRINTS.md says which
 * versions). TTL and MSS are not asked for where a path may have changed them, since the bits
 * are in the relation alone. */
#include "fingerprint/tool.h"

#include <stdlib.h>
#include <string.h>

#include "fingerprint/chance.h"

const char *const tool_names[TOOL_COUNT] = {
    [TOOL_NONE] = "unknown", [TOOL_MIRAI] = "mirai",     [TOOL_XMAP] = "xmap",
    [TOOL_ZMAP] = "zmap",    [TOOL_MASSCAN] = "masscan", [TOOL_UNICORNSCAN] = "unicornscan",
    [TOOL_NMAP] = "nmap",    [TOOL_HPING3] = "hping3",   [TOOL_CONNECT] = "connect",
    [TOOL_MIXED] = "mixed",
};

enum {
    KNOWN_LAST = 1,
    KNOWN_KEY = 2,
    KNOWN_NMAP = 4,
    KNOWN_TS = 8,
};

/* A packet as the rules see it. */
struct tool_probe {
    const struct packet *packet;
    struct option_set options;
    unsigned layouts; /* the one LAYOUTS_ bit it is of */
    bool by_id;       /* only rules by_id may judge it */
    bool v4;
    uint32_t src, dst; /* v4 only */
    uint32_t target;
    uint32_t seq; /* or what stands for it where there is none */
};

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

static bool nmap_layout(const struct tool_probe *probe)
{
    return probe->layouts == LAYOUTS_MSS && probe->packet->window == 1024 && !probe->packet->df;
}

static bool nmap_same(const struct evidence *evidence, const struct tool_probe *probe)
{
    return nmap_layout(probe) && (evidence->known & KNOWN_NMAP) != 0 &&
           evidence->nmap_seq == probe->packet->seq;
}

static bool nmap_try(const struct evidence *evidence, const struct tool_probe *probe)
{
    return nmap_layout(probe) && (evidence->known & KNOWN_NMAP) != 0 &&
           nmap_invariant(evidence->nmap_seq) == nmap_invariant(probe->packet->seq);
}

static bool hping3(const struct evidence *evidence, const struct tool_probe *probe)
{
    return probe->packet->window == 512 && probe->packet->ack != 0 && !probe->packet->df &&
           (evidence->known & KNOWN_LAST) != 0 &&
           probe->packet->sport == (uint16_t)(evidence->last_sport + 1);
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
    (void)evidence;
    return zmap_copy(probe) && probe->options.layout == LAYOUT_WINDOWS;
}

#define SCAN_AGE_MAX_S (30ll * 86400)

/* Its timestamp value is the Unix time at which the scan began, for all packets. */
static bool zmap_start(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct option_set *set = &probe->options;
    int64_t age = probe->packet->time_ns / 1000000000 - (int64_t)set->ts_value;

    return zmap_copy(probe) && (set->layout == LAYOUT_LINUX || set->layout == LAYOUT_MACOS) &&
           set->ts_echo == 0 && age >= -SCAN_AGE_MAX_S && age <= SCAN_AGE_MAX_S &&
           (evidence->known & KNOWN_TS) != 0 && evidence->last_ts == set->ts_value;
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

static bool ordinary_stack(const struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    (void)evidence;
    if ((probe->v4 && !packet->df) || packet->ack != 0 || packet->urgent != 0 ||
        packet->ttl > 128 || packet->tcp_reserved != 0)
        return false;
    for (size_t i = 0; i < sizeof(system_layouts) / sizeof(system_layouts[0]); i++)
        if (probe->options.layout == system_layouts[i])
            return true;
    return false;
}

/* log2(64512 / 28233): a port of 1024 to 65535 falls into ZMap's range. */
#define RANGE_BITS 1.19f
/* A judgement, not a measurement: no real stack has this layout with this TTL and without DF,
 * so one in a million senders is allowed to. */
#define CONTRADICTION_BITS 20.0f

const struct tool_rule tool_rules[] = {
    {
        .name = "mirai",
        .relation = "sequence number = destination address",
        .tool = TOOL_MIRAI,
        .layouts = LAYOUTS_NONE,
        .bits = 32,
        .test = mirai,
    },
    {
        .name = "xmap",
        .relation = "ID 54321, and source port = 32768 + low sequence bytes mod 28233",
        .tool = TOOL_XMAP,
        .layouts = LAYOUTS_NONE,
        .bits = 30.8f,
        .hits_least = 2, /* a ZMap packet looks like this once in 28233 */
        .test = xmap,
    },
    {
        .name = "zmap-id",
        .relation = "ID 54321, in TCP with window 65535",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_NONE | LAYOUTS_MSS,
        .by_id = true,
        .bits = 16,
        .test = zmap_id,
    },
    {
        .name = "masscan",
        .relation = "ID = low 16 bits of destination ^ destination port ^ sequence number",
        .tool = TOOL_MASSCAN,
        .layouts = LAYOUTS_NONE | LAYOUTS_MSS,
        .bits = 16,
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
        .relation = "window 1024; sequence number = the phase's first",
        .tool = TOOL_NMAP,
        .layouts = LAYOUTS_MSS,
        .bits = 32,
        .test = nmap_same,
    },
    {
        .name = "nmap-try",
        .relation = "window 1024; xor of the sequence number's halves = the phase's",
        .tool = TOOL_NMAP,
        .layouts = LAYOUTS_MSS,
        .bits = 16,
        .test = nmap_try,
    },
    {
        .name = "hping3",
        .relation = "window 512 and ack without ACK; source port = the one before + 1",
        .tool = TOOL_HPING3,
        .layouts = LAYOUTS_NONE,
        .bits = 16,
        .test = hping3,
    },
    {
        .name = "zmap-windows",
        .relation = "Windows layout without DF, TTL to 64, window 65535, ZMap's source ports",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_FULL,
        .bits = RANGE_BITS,
        .bits_once = CONTRADICTION_BITS,
        .test = zmap_windows,
    },
    {
        .name = "zmap-start",
        .relation = "Linux or macOS layout as above, timestamp = one Unix time within 30 days",
        .tool = TOOL_ZMAP,
        .layouts = LAYOUTS_FULL,
        .bits = RANGE_BITS,
        .bits_once = CONTRADICTION_BITS,
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

static uint32_t target_hash(const struct packet *packet)
{
    uint64_t h = (packet->dst.lo ^ packet->dst.hi * 0x9e3779b97f4a7c15ull ^
                  (uint64_t)packet->dport << 40 ^ (uint64_t)packet->proto << 56) *
                 0xff51afd7ed558ccdull;

    return (uint32_t)(h >> 32);
}

/* ICMP requests only: errors and replies are somebody else's doing. */
static bool icmp_request(const struct packet *packet)
{
    unsigned type = packet->dport >> 8;

    return packet->proto == PROTO_ICMP && (type == 8 || type == 13 || type == 17);
}

/* @return false if no rule can say anything about such a packet */
static bool probe_read(const struct packet *packet, struct tool_probe *ret_probe)
{
    bool syn = packet->proto == PROTO_TCP &&
               (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && !packet->fragment;

    if (!syn && packet->proto != PROTO_UDP && !icmp_request(packet))
        return false;
    ret_probe->packet = packet;
    ret_probe->v4 = addr_is_v4(packet->dst);
    ret_probe->dst = (uint32_t)packet->dst.lo;
    ret_probe->target = target_hash(packet);
    ret_probe->by_id = !syn || packet->no_seq;
    ret_probe->seq =
        ret_probe->by_id ? (uint32_t)packet->sport << 16 | packet->ip_id : packet->seq;
    if (!syn) {
        ret_probe->layouts = LAYOUTS_NONE;
        return true;
    }
    option_set_read(packet, &ret_probe->options);
    switch (ret_probe->options.layout) {
    case LAYOUT_NONE:
    case LAYOUT_UNKNOWN:
        ret_probe->layouts = LAYOUTS_NONE;
        break;
    case LAYOUT_1(MSS):
        ret_probe->layouts = LAYOUTS_MSS;
        break;
    default:
        ret_probe->layouts = LAYOUTS_FULL;
        break;
    }
    return true;
}

/* The first rule that the packet meets, tool_rule_count if none. */
static size_t rule_met(const struct evidence *evidence, const struct tool_probe *probe)
{
    for (size_t i = 0; i < tool_rule_count; i++) {
        const struct tool_rule *rule = &tool_rules[i];

        if ((rule->layouts & probe->layouts) != 0 && (rule->by_id || !probe->by_id) &&
            rule->test(evidence, probe))
            return i;
    }
    return tool_rule_count;
}

static void remember(struct evidence *evidence, const struct tool_probe *probe)
{
    const struct packet *packet = probe->packet;

    evidence->known |= KNOWN_LAST;
    evidence->last_seq = probe->seq;
    evidence->last_target = probe->target;
    evidence->last_sport = packet->sport;
    if (probe->by_id)
        return;
    if (probe->layouts == LAYOUTS_MSS) {
        evidence->known |= KNOWN_KEY;
        evidence->last_key = unicornscan_key(probe);
    }
    if (nmap_layout(probe) && !nmap_try(evidence, probe)) {
        evidence->known |= KNOWN_NMAP;
        evidence->nmap_seq = packet->seq;
    }
    if (probe->options.has_ts) {
        evidence->known |= KNOWN_TS;
        evidence->last_ts = probe->options.ts_value;
    }
}

/* How many packets could have met the rules of this tool. */
static uint32_t trials(const struct evidence *evidence, enum tool tool)
{
    return tool == TOOL_ZMAP ? evidence->syns + evidence->others : evidence->syns;
}

struct tool_verdict tool_verdict(const struct evidence *evidence)
{
    struct tool_verdict all[TOOL_COUNT] = {{0}};
    struct tool_verdict best = {.tool = TOOL_NONE}, second = best;
    struct tool_verdict ordinary;
    bool enough[TOOL_COUNT] = {false};

    for (size_t i = 0; i < tool_rule_count; i++) {
        const struct tool_rule *rule = &tool_rules[i];
        struct tool_verdict *one = &all[rule->tool];

        if (evidence->hits[i] == 0)
            continue;
        /* two relations of one tool: C(n,k1) C(n-k1,k2) ways to pick their packets */
        one->bits +=
            rule->bits_once + rule->bits * (float)evidence->hits[i] -
            chance_log2_choose(trials(evidence, rule->tool) - one->packets, evidence->hits[i]);
        one->packets += evidence->hits[i];
        enough[rule->tool] |= evidence->hits[i] >= rule->hits_least;
    }
    for (unsigned i = TOOL_NONE + 1; i < TOOL_CONNECT; i++) {
        all[i].tool = (enum tool)i;
        if (!enough[i] || all[i].bits < TOOL_CHANCE_BITS)
            continue;
        if (all[i].bits > best.bits) {
            second = best;
            best = all[i];
        } else if (all[i].bits > second.bits) {
            second = all[i];
        }
    }
    ordinary = all[TOOL_CONNECT];
    ordinary.tool = TOOL_CONNECT;
    if (ordinary.bits < TOOL_CHANCE_BITS)
        ordinary = (struct tool_verdict){.tool = TOOL_NONE};
    if (best.tool == TOOL_NONE)
        return ordinary;
    /* A tool runs on a machine that also connects: its own SYNs take nothing from the verdict,
     * as long as they are not nearly all. */
    if (!chance_share_over_2_percent(best.packets, trials(evidence, best.tool)) &&
        ordinary.bits > best.bits)
        return ordinary;
    if (second.tool != TOOL_NONE &&
        chance_share_over_2_percent(best.packets, trials(evidence, best.tool)) &&
        chance_share_over_2_percent(second.packets, trials(evidence, second.tool)))
        return (struct tool_verdict){
            .tool = TOOL_MIXED,
            .bits = second.bits,
            .packets = best.packets + second.packets,
        };
    return best;
}

/* A packet for the tool that most packets are of changes no verdict. */
static bool verdict_stands(const struct evidence *evidence, size_t met)
{
    enum tool verdict = evidence->verdict;

    if (met == tool_rule_count)
        return verdict == TOOL_NONE; /* more trials, no more hits: nothing gets stronger */
    return tool_rules[met].tool == verdict &&
           (uint64_t)evidence->hits[met] * 2 > evidence->syns + (uint64_t)evidence->others;
}

static uint64_t instance_of(const struct evidence *evidence, const struct tool_probe *probe,
                            enum tool tool)
{
    const struct packet *packet = probe->packet;
    uint32_t tries;

    switch (tool) {
    case TOOL_MIRAI:
        return 1ull << 56 | (uint64_t)packet->sport << 16 | packet->window;
    case TOOL_UNICORNSCAN:
        return 2ull << 56 | evidence->last_key;
    case TOOL_NMAP:
        tries = (evidence->nmap_seq ^ packet->seq) & 0xff;
        return 3ull << 56 | (uint64_t)nmap_invariant(packet->seq) << 16 |
               (uint16_t)(packet->sport - tries);
    default:
        return 0;
    }
}

static void count(uint32_t *counter)
{
    if (*counter < UINT32_MAX / 2) /* so that sums of two fit */
        (*counter)++;
}

uint64_t tool_judge(struct evidence *evidence, const struct packet *packet)
{
    struct tool_probe probe;
    size_t met;
    bool repeat;

    if (!probe_read(packet, &probe))
        return 0;
    met = rule_met(evidence, &probe);
    repeat = (evidence->known & KNOWN_LAST) != 0 && evidence->last_seq == probe.seq &&
             evidence->last_target == probe.target;
    if (!repeat) {
        count(probe.by_id ? &evidence->others : &evidence->syns);
        if (met < tool_rule_count)
            count(&evidence->hits[met]);
        remember(evidence, &probe);
        if (!verdict_stands(evidence, met))
            evidence->verdict = (uint8_t)tool_verdict(evidence).tool;
    }
    if (met == tool_rule_count ||
        (evidence->verdict != tool_rules[met].tool && evidence->verdict != TOOL_MIXED))
        return 0;
    return instance_of(evidence, &probe, tool_rules[met].tool);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Counting the hits of a sender's packets, and what the counts are worth. */
#include "fingerprint/tool.h"

#include "fingerprint/chance.h"
#include "fingerprint/tool_rule.h"

const char *const tool_names[TOOL_COUNT] = {
    [TOOL_NONE] = "unknown", [TOOL_MIRAI] = "mirai",     [TOOL_XMAP] = "xmap",
    [TOOL_ZMAP] = "zmap",    [TOOL_MASSCAN] = "masscan", [TOOL_UNICORNSCAN] = "unicornscan",
    [TOOL_NMAP] = "nmap",    [TOOL_HPING3] = "hping3",   [TOOL_CONNECT] = "connect",
    [TOOL_NAABU] = "naabu",  [TOOL_FURIOUS] = "furious", [TOOL_SCAPY] = "scapy",
    [TOOL_NPING] = "nping",  [TOOL_MIXED] = "mixed",
};

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

    return packet->proto == PROTO_ICMP ? type == 8 || type == 13 || type == 17
                                       : packet->proto == PROTO_ICMPV6 && type == 128;
}

/* TCP with other flags. */
static bool read_flags(const struct packet *packet, struct tool_probe *ret_probe)
{
    struct option_set set;

    if (!tool_rule_flags(packet))
        return false;
    option_set_read(packet, &set);
    *ret_probe = (struct tool_probe){
        .packet = packet,
        .layout = set.layout,
        .kind = KIND_FLAGS,
        .v4 = addr_is_v4(packet->dst),
        .dst = (uint32_t)packet->dst.lo,
        .target = target_hash(packet),
        .seq = tool_rule_nmap_number(packet),
    };
    return true;
}

bool tool_probe_read(const struct packet *packet, uint64_t layout, struct tool_probe *ret_probe)
{
    bool syn = packet->proto == PROTO_TCP &&
               (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && !packet->fragment;

    if (packet->joined)
        return false; /* a piece of a packet that was judged */
    if (!syn && packet->proto == PROTO_TCP)
        return read_flags(packet, ret_probe);
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
        ret_probe->kind = packet->proto == PROTO_UDP ? KIND_UDP : KIND_ICMP;
        return true;
    }
    ret_probe->layout = layout;
    switch (layout) {
    case LAYOUT_NONE:
    case LAYOUT_UNKNOWN:
        ret_probe->kind = KIND_NONE;
        break;
    case LAYOUT_1(MSS):
        ret_probe->kind = KIND_MSS;
        break;
    default:
        ret_probe->kind = KIND_FULL;
        break;
    }
    return true;
}

void tool_choice_init(struct tool_choice *choice)
{
    *choice = (struct tool_choice){0};
    for (unsigned i = 0; i < tool_rule_count; i++)
        for (unsigned kind = 0; kind < TOOL_KINDS; kind++) {
            bool asked = (tool_rules[i].layouts >> kind & 1) != 0;

            choice->all[kind] |= (uint64_t)asked << i;
            choice->by_id[kind] |= (uint64_t)(asked && tool_rules[i].by_id) << i;
        }
}

/* The first rule that the packet meets, tool_rule_count if none. */
static size_t rule_met(const struct tool_choice *choice, const struct evidence *evidence,
                       const struct tool_probe *probe)
{
    uint64_t left = (probe->by_id ? choice->by_id : choice->all)[probe->kind];

    for (; left != 0; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);

        if (tool_rules[i].test(evidence, probe))
            return i;
    }
    return tool_rule_count;
}

/* ---- hits ---- */

/* The place of a rule's hits, a free one if it has none yet; NULL: all are taken. */
static uint32_t *place_of(struct evidence *evidence, size_t rule)
{
    for (unsigned i = 0; i < TOOL_HITS_MAX; i++) {
        if (evidence->rule[i] == 0)
            evidence->rule[i] = (uint8_t)(rule + 1);
        if (evidence->rule[i] == rule + 1)
            return &evidence->hits[i];
    }
    return NULL;
}

uint32_t tool_hits(const struct evidence *evidence, size_t rule)
{
    for (unsigned i = 0; i < TOOL_HITS_MAX && evidence->rule[i] != 0; i++)
        if (evidence->rule[i] == rule + 1)
            return evidence->hits[i];
    return 0;
}

void tool_set_hits(struct evidence *evidence, size_t rule, uint32_t hits)
{
    uint32_t *place = hits == 0 ? NULL : place_of(evidence, rule);

    if (place != NULL)
        *place = hits;
}

/* ---- verdicts ---- */

/* How many packets could have met the rules of this tool. */
static uint32_t trials(const struct evidence *evidence, enum tool tool)
{
    return tool == TOOL_ZMAP || tool == TOOL_XMAP || tool == TOOL_MASSCAN ||
                   tool == TOOL_NMAP || tool == TOOL_HPING3
               ? evidence->syns + evidence->others
               : evidence->syns;
}

/* The evidence for each tool; one that is not beyond doubt has no packets. */
static void tally(const struct evidence *evidence, struct tool_verdict ret_all[TOOL_COUNT])
{
    bool enough[TOOL_COUNT] = {false};
    uint32_t all_hits[TOOL_RULES_MAX] = {0};

    for (unsigned i = 0; i < TOOL_COUNT; i++)
        ret_all[i] = (struct tool_verdict){.tool = (enum tool)i};
    for (unsigned i = 0; i < TOOL_HITS_MAX && evidence->rule[i] != 0; i++)
        all_hits[evidence->rule[i] - 1] = evidence->hits[i];
    /* in the order of the rules, since sums of floats depend on it */
    for (size_t i = 0; i < tool_rule_count; i++) {
        const struct tool_rule *rule = &tool_rules[i];
        struct tool_verdict *one = &ret_all[rule->tool];
        uint32_t hits = all_hits[i];

        if (hits == 0 || (float)hits < rule->share_least * (float)evidence->others)
            continue;
        /* two relations of one tool: C(n,k1) C(n-k1,k2) ways to pick their packets */
        one->bits += rule->bits_once + rule->bits * (float)hits -
                     chance_log2_choose(trials(evidence, rule->tool) - one->packets, hits);
        one->packets += hits;
        enough[rule->tool] |= hits >= rule->hits_least;
    }
    for (unsigned i = 0; i < TOOL_COUNT; i++)
        if (!enough[i] || ret_all[i].bits < TOOL_CHANCE_BITS)
            ret_all[i] = (struct tool_verdict){.tool = TOOL_NONE};
}

static bool over_2_percent(const struct evidence *evidence, struct tool_verdict verdict)
{
    return chance_share_over_2_percent(verdict.packets, trials(evidence, verdict.tool));
}

/* log2 of 10,000: of so many packets of a tool one may come without its relation, since a path
 * has rewritten a field. */
#define DAMAGE_BITS 13.3f

/* How sure it is that somebody else sends, too: SYNs that no program named here made, while
 * each one of the tool's would meet its relation. Hits of packets other than SYNs count as if
 * they were SYNs', so it is rather too little. 0: it is not */
static float foreign_bits(const struct evidence *evidence, enum tool tool)
{
    uint64_t met = 0;
    uint32_t foreign;
    bool each = false;
    float bits;

    for (unsigned i = 0; i < TOOL_HITS_MAX && evidence->rule[i] != 0; i++) {
        const struct tool_rule *rule = &tool_rules[evidence->rule[i] - 1];

        met += evidence->hits[i];
        each |= rule->tool == tool && rule->each;
    }
    if (!each || met >= evidence->syns)
        return 0;
    foreign = evidence->syns - (uint32_t)met;
    bits = DAMAGE_BITS * (float)foreign - chance_log2_choose(evidence->syns, foreign);
    return bits >= TOOL_CHANCE_BITS && chance_share_over_2_percent(foreign, evidence->syns)
               ? bits
               : 0;
}

struct tool_verdict tool_verdict(const struct evidence *evidence)
{
    struct tool_verdict all[TOOL_COUNT];
    struct tool_verdict best = {.tool = TOOL_NONE}, second = {.tool = TOOL_NONE};
    float foreign;

    tally(evidence, all);
    for (unsigned i = 0; i < TOOL_CONNECT; i++)
        if (all[i].bits > best.bits) {
            second = best;
            best = all[i];
        } else if (all[i].bits > second.bits) {
            second = all[i];
        }
    if (best.tool == TOOL_NONE)
        return all[TOOL_CONNECT];
    /* A tool runs on a machine that also connects: its own SYNs take nothing from the verdict,
     * as long as they are not nearly all. */
    if (!over_2_percent(evidence, best))
        return all[TOOL_CONNECT].bits > best.bits ? all[TOOL_CONNECT] : best;
    if (second.tool != TOOL_NONE && over_2_percent(evidence, second))
        return (struct tool_verdict){
            .tool = TOOL_MIXED,
            .bits = second.bits,
            .packets = best.packets + second.packets,
        };
    foreign = foreign_bits(evidence, best.tool);
    if (foreign > 0)
        return (struct tool_verdict){
            .tool = TOOL_MIXED,
            .bits = foreign < best.bits ? foreign : best.bits,
            .packets = best.packets,
        };
    return best;
}

/* Whether a sender who is `mixed` is one of this tool's beyond doubt. */
static bool has_tool(const struct evidence *evidence, enum tool tool)
{
    struct tool_verdict all[TOOL_COUNT];

    tally(evidence, all);
    return all[tool].tool == tool;
}

/* A packet for the tool that most packets are of changes no verdict. */
static bool verdict_stands(const struct evidence *evidence, size_t met)
{
    enum tool verdict = evidence->verdict;

    if (met == tool_rule_count)
        return verdict == TOOL_NONE; /* more trials, no more hits: nothing gets stronger */
    return tool_rules[met].tool == verdict &&
           (uint64_t)tool_hits(evidence, met) * 2 > evidence->syns + (uint64_t)evidence->others;
}

static void count(uint32_t *counter)
{
    if (counter != NULL && *counter < UINT32_MAX / 2) /* so that sums of two fit */
        (*counter)++;
}

uint64_t tool_judge(const struct tool_choice *choice, struct evidence *evidence,
                    const struct packet *packet, uint64_t layout, bool *ret_named)
{
    struct tool_probe probe;
    size_t met;
    bool repeat;

    *ret_named = false;
    if (!tool_probe_read(packet, layout, &probe))
        return 0;
    met = rule_met(choice, evidence, &probe);
    repeat = tool_rule_repeat(evidence, &probe);
    if (!repeat) {
        count(probe.by_id || probe.kind == KIND_FLAGS ? &evidence->others : &evidence->syns);
        if (met < tool_rule_count)
            count(place_of(evidence, met));
        tool_rule_remember(evidence, &probe);
        if (!verdict_stands(evidence, met))
            evidence->verdict = (uint8_t)tool_verdict(evidence).tool;
    }
    if (met == tool_rule_count ||
        (evidence->verdict != tool_rules[met].tool && evidence->verdict != TOOL_MIXED))
        return 0;
    *ret_named = probe.kind == KIND_FLAGS &&
                 (evidence->verdict != TOOL_MIXED || has_tool(evidence, tool_rules[met].tool));
    return tool_rule_instance(evidence, &probe, tool_rules[met].tool);
}

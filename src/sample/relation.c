/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/relation.h"

#include <stdlib.h>

#define NEAR 16u /* a sum this close to the address itself names it */

/* Functions of one word of the address: of 32 bits, then of 16. */
enum {
    WORD,
    WORD_SWAPPED,
    FUNCTIONS_32,
    LOW = 0,
    HIGH,
    LOW_SWAPPED,
    HIGH_SWAPPED,
    LOW_HIGH,
    FUNCTIONS_16,
};

/* Functions of the ports and, of 16 bits, of the sequence number. */
enum {
    NOTHING,
    DPORT,
    SPORT,
    DPORT_SPORT, /* 32 bits: one above the other */
    SPORT_DPORT,
    PORTS_32,
    BOTH_PORTS = 3, /* 16 bits */
    SEQ,
    SEQ_DPORT,
    SEQ_SPORT,
    SEQ_BOTH_PORTS,
    PORTS_16,
};

static bool is_32(enum slot slot)
{
    return slot < SLOTS_32;
}

static uint32_t of_address(const struct probe *probe, enum slot slot, const struct rule *rule)
{
    uint32_t word = probe->words[rule->word];
    uint16_t low = (uint16_t)word, high = (uint16_t)(word >> 16);

    if (is_32(slot))
        return rule->of_address == WORD ? word : __builtin_bswap32(word);
    switch (rule->of_address) {
    case LOW:
        return low;
    case HIGH:
        return high;
    case LOW_SWAPPED:
        return __builtin_bswap16(low);
    case HIGH_SWAPPED:
        return __builtin_bswap16(high);
    default:
        return low ^ high;
    }
}

static uint32_t of_ports(const struct probe *probe, enum slot slot, const struct rule *rule)
{
    uint32_t dport = probe->dport, sport = probe->values[SLOT_SPORT];
    uint32_t seq = probe->values[SLOT_SEQ] & 0xffff;

    if (is_32(slot)) {
        const uint32_t values[PORTS_32] = {0, dport, sport, dport << 16 | sport,
                                           sport << 16 | dport};

        return values[rule->of_ports];
    }
    const uint32_t values[PORTS_16] = {0,   dport,       sport,       dport ^ sport,
                                       seq, seq ^ dport, seq ^ sport, seq ^ dport ^ sport};

    return values[rule->of_ports];
}

uint32_t relation_constant(const struct probe *probe, enum slot slot, const struct rule *rule)
{
    uint32_t value = probe->values[slot], address = of_address(probe, slot, rule);
    uint32_t constant =
        rule->add ? value - address : value ^ address ^ of_ports(probe, slot, rule);

    return is_32(slot) ? constant : constant & 0xffff;
}

uint32_t relation_value(const struct probe *probe, enum slot slot, const struct rule *rule,
                        uint32_t constant)
{
    uint32_t address = of_address(probe, slot, rule);
    uint32_t value =
        rule->add ? constant + address : constant ^ address ^ of_ports(probe, slot, rule);

    return is_32(slot) ? value : value & 0xffff;
}

/* ---- fixed relations
 * ------------------------------------------------------------------------------ */

static bool try_fixed(struct probe *probe, enum slot slot, struct rule rule)
{
    uint32_t constant = relation_constant(probe, slot, &rule);
    bool holds = constant == 0 || (is_32(slot) && constant == UINT32_MAX);

    if (rule.add)
        holds = constant + NEAR <= 2 * NEAR;
    if (!holds)
        return false;
    rule.set = rule.fixed = true;
    rule.constant = constant;
    probe->rules[slot] = rule;
    return true;
}

static void find_fixed_32(struct probe *probe, enum slot slot)
{
    for (uint8_t word = 0; word < probe->word_count; word++)
        for (uint8_t f = 0; f < FUNCTIONS_32; f++) {
            for (uint8_t ports = 0; ports < PORTS_32; ports++)
                if (try_fixed(probe, slot,
                              (struct rule){.word = word, .of_address = f, .of_ports = ports}))
                    return;
            if (try_fixed(probe, slot,
                          (struct rule){.word = word, .of_address = f, .add = true}))
                return;
        }
}

/* Words of IPv6 that are zero say nothing, and would match every empty field. */
static bool says_nothing(const struct probe *probe, enum slot slot)
{
    return probe->values[slot] == 0 || !probe->has[slot];
}

void relations_find_fixed(struct probe *probe)
{
    /* masscan's, and the plain ones */
    static const struct rule of_id[] = {
        {.of_address = LOW, .of_ports = SEQ_DPORT},
        {.of_address = LOW},
        {.of_address = HIGH},
        {.of_address = LOW_SWAPPED},
        {.of_address = HIGH_SWAPPED},
    };

    for (enum slot slot = 0; slot < SLOTS_32; slot++)
        if (!says_nothing(probe, slot))
            find_fixed_32(probe, slot);
    for (size_t i = 0; i < sizeof(of_id) / sizeof(of_id[0]); i++)
        if (probe->has[SLOT_ID] && !probe->rules[SLOT_ID].set &&
            try_fixed(probe, SLOT_ID, of_id[i]))
            return;
}

/* ---- relations under a constant of the run
 * ------------------------------------------------------- */

#define SUPPORT_MAX 5
#define RULES_MAX (4 * FUNCTIONS_16 * (PORTS_16 + 1))

/* One packet's constant under the rule that is tried, and what went into it: of the address
 * alone, and in all. */
struct trial {
    uint32_t constant, address, all;
    size_t probe;
};

static int compare(const void *a, const void *b)
{
    const struct trial *x = a, *y = b;

    if (x->constant != y->constant)
        return x->constant < y->constant ? -1 : 1;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return x->probe < y->probe ? -1 : x->probe > y->probe;
}

/* How many packets to different addresses must share a constant, so that it happens by chance
 * in one of a million samples: choose(n, k) / 2^(bits * (k - 1)). */
static size_t support(enum slot slot, size_t count)
{
    if (is_32(slot))
        return count <= 100 ? 2 : 3;
    return count <= 25 ? 3 : count <= 200 ? 4 : SUPPORT_MAX;
}

/* Whether packets that share a constant are evidence: addresses differ, and so does what they
 * are mixed with. (Of Mirai, whose sequence number is the address, both mixed are always 0,
 * and any field that never changes would seem to follow from them.) */
static bool is_evidence(const struct trial *trials, size_t count, size_t needed)
{
    uint32_t seen[SUPPORT_MAX];
    size_t addresses = 1, all = 0;

    for (size_t i = 0; i < count && (i == 0 || addresses < needed || all < needed); i++) {
        size_t k = 0;

        addresses += i > 0 && trials[i].address != trials[i - 1].address;
        while (k < all && seen[k] != trials[i].all)
            k++;
        if (k == all && all < needed)
            seen[all++] = trials[i].all;
    }
    return addresses >= needed && all >= needed;
}

/* Give the rule to the packets that it explains, and that have none; without `mark` only count
 * those. @return how many */
static size_t try_rule(struct probe *probes, size_t count, enum slot slot,
                       const struct rule *rule, struct trial *trials, bool mark)
{
    size_t needed = support(slot, count), used = 0, explained = 0;

    for (size_t i = 0; i < count; i++)
        if (!says_nothing(&probes[i], slot) && rule->word < probes[i].word_count)
            trials[used++] =
                (struct trial){.constant = relation_constant(&probes[i], slot, rule),
                               .address = of_address(&probes[i], slot, rule),
                               .all = relation_value(&probes[i], slot, rule, 0),
                               .probe = i};
    if (used < needed)
        return 0;
    qsort(trials, used, sizeof(*trials), compare);
    for (size_t start = 0, end; start < used; start = end) {
        for (end = start + 1; end < used && trials[end].constant == trials[start].constant;
             end++)
            ;
        if (!is_evidence(trials + start, end - start, needed))
            continue;
        for (size_t i = start; i < end; i++) {
            struct rule *to = &probes[trials[i].probe].rules[slot];

            if (to->set)
                continue;
            explained++;
            if (!mark)
                continue;
            *to = *rule;
            to->set = true;
            to->constant = trials[i].constant;
        }
    }
    return explained;
}

/* All rules that a slot may have. @return their number */
static size_t list_rules(enum slot slot, unsigned words, struct rule rules[RULES_MAX])
{
    uint8_t functions = is_32(slot) ? FUNCTIONS_32 : FUNCTIONS_16;
    uint8_t ports = is_32(slot) ? PORTS_32 : PORTS_16;
    size_t count = 0;

    if (slot == SLOT_SPORT) /* not under itself, nor under what may follow from it */
        ports = DPORT + 1;
    else if (slot == SLOT_SEQ_HIGH || slot == SLOT_SEQ_LOW)
        ports = SEQ;
    for (uint8_t word = 0; word < words; word++)
        for (uint8_t f = 0; f < functions; f++) {
            for (uint8_t p = 0; p < ports; p++)
                rules[count++] = (struct rule){.word = word, .of_address = f, .of_ports = p};
            rules[count++] = (struct rule){.word = word, .of_address = f, .add = true};
        }
    return count;
}

/* The rule that explains most packets first: addresses that lie close together meet others by
 * accident, a few packets at a time. */
static void find_of_slot(struct probe *probes, size_t count, enum slot slot,
                         struct trial *trials)
{
    struct rule rules[RULES_MAX];
    size_t rule_count = list_rules(slot, probes[0].word_count, rules);

    for (;;) {
        size_t best = 0, most = 0;

        for (size_t i = 0; i < rule_count; i++) {
            size_t explained = try_rule(probes, count, slot, &rules[i], trials, false);

            if (explained > most) {
                most = explained;
                best = i;
            }
        }
        if (most == 0)
            return;
        (void)try_rule(probes, count, slot, &rules[best], trials, true);
        rules[best] = rules[--rule_count];
    }
}

static void split_seq(struct probe *probe)
{
    bool has = probe->has[SLOT_SEQ] && !probe->rules[SLOT_SEQ].set;

    probe->has[SLOT_SEQ_HIGH] = probe->has[SLOT_SEQ_LOW] = has;
    probe->values[SLOT_SEQ_HIGH] = probe->values[SLOT_SEQ] >> 16;
    probe->values[SLOT_SEQ_LOW] = probe->values[SLOT_SEQ] & 0xffff;
}

int relations_find(struct probe *probes, size_t count, struct nj_err *err)
{
    struct trial *trials = malloc((count + 1) * sizeof(*trials));

    if (trials == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for relations");
    for (size_t i = 0; i < count; i++)
        relations_find_fixed(&probes[i]);
    for (size_t start = 0, end; start < count; start = end) {
        for (end = start + 1; end < count && addr_equal(probes[end].src, probes[start].src);
             end++)
            ;
        if (end - start < 2)
            continue;
        for (enum slot slot = 0; slot < SLOT_SEQ_HIGH; slot++)
            find_of_slot(probes + start, end - start, slot, trials);
        for (size_t i = start; i < end; i++)
            split_seq(&probes[i]);
        find_of_slot(probes + start, end - start, SLOT_SEQ_HIGH, trials);
        find_of_slot(probes + start, end - start, SLOT_SEQ_LOW, trials);
    }
    free(trials);
    return 0;
}

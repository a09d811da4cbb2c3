/* SPDX-License-Identifier: Apache-2.0 */
/* A record as few bytes. Most sources have done what many others did: sent one packet to one
 * port. So what is known of a source, but for when, stands once for all of whom the same is
 * known, and so does what was told of it (base/shared.h); the record has their numbers.
 *
 *   flags       2 bytes
 *   override    where it stands in memory
 *   known       its number among the runs of table->known: own contributions, notes, grade,
 *               crowd, with times as distances from touched_s
 *   told        its number among those of table->told: level and news, with times as distances
 *               from settled_s
 *   times       touched_s, and the others as distances
 *   rates       that of the packets, and the contribution that follows from it: hardly two are
 *               the same
 *
 * Counts and times take the bytes that they need (base/pack.h); a real number is that which it
 * has in a table (reals.h), or 0 and its bits; contributions that were told take 4 bytes in
 * 2^-32 (model/decay.h). Only groups that say something are there, and what a flag denies is
 * not. */
#include <string.h>

#include "base/pack.h"
#include "base/span.h"
#include "score/state.h"

enum flag {
    DECLARED = 1,
    SLOW = 2,
    DISGUISED = 4,
    WHOLE_SESSION = 8,
    ONE_TOOL = 16,
    EXPLOIT = 32,
    NOVELTY = 64,
    PPS = 128,
    TOLD = 256,
    TOLD_DECLARED = 512,
    TOLD_COLD = 1024,
    TOLD_EXPLOIT = 2048,
    OVERRIDDEN = 4096,
    INTENSE = 8192,
    LOCAL = 16384,
};

#define REAL_BYTES (1 + 8)
#define PORT_BYTES (2 + 1 + 5 + REAL_BYTES)
#define KNOWN_MAX                                                                              \
    (2 + RISK_GROUPS * (REAL_BYTES + NJ_COUNT_BYTES) /* own */ +                               \
     (6 * NJ_COUNT_BYTES + 6 * 5 + 5 * REAL_BYTES + 3 + (NOTE_PORTS + 2) * PORT_BYTES) +       \
     (6 * NJ_COUNT_BYTES + 2 * 5 + 2) /* grade */ + 5 /* crowd */)
#define TOLD_MAX                                                                               \
    (1 + (1 + RISK_LEVELS) * NJ_COUNT_BYTES /* level */ + NJ_COUNT_BYTES + 2 +                 \
     RISK_GROUPS * RISK_STATE_SCALED + REAL_BYTES + NJ_COUNT_BYTES)

_Static_assert(KNOWN_MAX <= NJ_SHARED_MAX && TOLD_MAX <= NJ_SHARED_MAX, "as one run");
_Static_assert(RECORD_PACKED_MAX >= 2 + 2 * 5 + 4 * NJ_COUNT_BYTES + 2 * 8 + 8,
               "flags, numbers, times, rates, override");

/* ---- numbers ---- */

/* A distance, of whichever two times. */
static uint8_t *put_from(uint8_t *at, int64_t time, int64_t from)
{
    uint64_t by = (uint64_t)time - (uint64_t)from;

    return nj_put_count(at, by << 1 ^ (0 - (by >> 63)));
}

static int64_t time_from(struct nj_cursor *c, int64_t from)
{
    uint64_t by = nj_count(c);

    return (int64_t)((uint64_t)from + (by >> 1 ^ (0 - (by & 1))));
}

static uint8_t *put_real(struct reals *reals, uint8_t *at, double value)
{
    uint32_t number = reals_number(reals, value);

    at = nj_put_count(at, number);
    return number != 0 ? at : nj_put_real(at, value);
}

static double real(const struct reals *reals, struct nj_cursor *c)
{
    uint32_t number = (uint32_t)nj_count(c);

    return number != 0 ? reals_value(reals, number) : nj_real(c);
}

static uint32_t count32(struct nj_cursor *c)
{
    return (uint32_t)nj_count(c);
}

/* Groups that a number of bytes follows for. */
static uint8_t *put_groups(uint8_t *at, unsigned groups)
{
    return nj_put_fixed(at, groups, 2);
}

static unsigned groups_of(struct nj_cursor *c)
{
    return (unsigned)nj_fixed(c, 2);
}

/* ---- parts ---- */

static uint8_t *put_own(struct reals *reals, uint8_t *at, const struct decayed own[RISK_GROUPS],
                        int64_t touched_s)
{
    unsigned groups = 0;

    for (unsigned k = 0; k < RISK_GROUPS; k++)
        groups |= own[k].value > 0 || own[k].at_s != 0 ? 1u << k : 0;
    at = put_groups(at, groups);
    for (unsigned k = 0; k < RISK_GROUPS; k++) {
        if ((groups >> k & 1) == 0)
            continue;
        if (k != RISK_INTENSITY)
            at = put_real(reals, at, own[k].value);
        at = put_from(at, own[k].at_s, touched_s);
    }
    return at;
}

static void take_own(const struct reals *reals, struct nj_cursor *c,
                     struct decayed own[RISK_GROUPS], int64_t touched_s)
{
    unsigned groups = groups_of(c);

    for (unsigned k = 0; k < RISK_GROUPS; k++) {
        if ((groups >> k & 1) == 0)
            continue;
        if (k != RISK_INTENSITY)
            own[k].value = real(reals, c);
        own[k].at_s = time_from(c, touched_s);
    }
}

static uint8_t *put_port(struct reals *reals, uint8_t *at, const struct note_port *port)
{
    at = nj_put_fixed(at, port->port, 2);
    at = nj_put_fixed(at, port->proto, 1);
    at = nj_put_count(at, port->sessions);
    return put_real(reals, at, (double)port->risk);
}

static void take_port(const struct reals *reals, struct nj_cursor *c, struct note_port *port)
{
    port->port = (uint16_t)nj_fixed(c, 2);
    port->proto = (uint8_t)nj_fixed(c, 1);
    port->sessions = count32(c);
    port->risk = (float)real(reals, c);
}

static bool has_exploit(const struct notes *notes)
{
    return notes->exploits > 0 || notes->logins > 0 || notes->rule != 0 ||
           notes->exploit_strength > 0;
}

static bool has_novelty(const struct notes *notes)
{
    const struct note_port *port = &notes->novelty_port;

    return notes->novelty_p > 0 || port->port != 0 || port->proto != 0 || port->sessions > 0 ||
           port->risk > 0;
}

static unsigned flags_of_notes(const struct notes *notes)
{
    return (notes->declared ? DECLARED : 0) | (notes->slow ? SLOW : 0) |
           (notes->disguised ? DISGUISED : 0) | (notes->whole_session ? WHOLE_SESSION : 0) |
           (has_exploit(notes) ? EXPLOIT : 0) | (has_novelty(notes) ? NOVELTY : 0) |
           (notes->pps > 0 ? PPS : 0) | (notes->local ? LOCAL : 0);
}

static uint8_t *put_notes(struct reals *reals, uint8_t *at, const struct notes *notes,
                          unsigned flags)
{
    at = nj_put_count(at, notes->sessions);
    at = nj_put_count(at, notes->packets);
    at = nj_put_count(at, notes->targets);
    at = nj_put_count(at, notes->scans);
    if (flags & EXPLOIT) {
        at = nj_put_count(at, notes->exploits);
        at = nj_put_count(at, notes->logins);
        at = nj_put_count(at, notes->rule);
        at = put_real(reals, at, (double)notes->exploit_strength);
    }
    at = put_real(reals, at, notes->coverage);
    if (flags & NOVELTY) {
        at = put_real(reals, at, notes->novelty_p);
        at = put_port(reals, at, &notes->novelty_port);
    }
    at = nj_put_count(at, notes->tool);
    at = nj_put_count(at, notes->tool_packets);
    at = put_real(reals, at, (double)notes->tool_strength);
    at = put_real(reals, at, (double)notes->tool_bits);
    at = nj_put_count(at, notes->stack);
    at = nj_put_count(at, notes->ports_seen);
    at = nj_put_count(at, notes->risky_ports);
    at = nj_put_fixed(at, notes->port_count, 1);
    for (uint32_t i = 0; i < notes->port_count; i++)
        at = put_port(reals, at, &notes->ports[i]);
    at = put_port(reals, at, &notes->first_port);
    at = nj_put_fixed(at, notes->days, 1);
    return nj_put_fixed(at, notes->sensors, 1);
}

static void take_notes(const struct reals *reals, struct nj_cursor *c, struct notes *notes,
                       unsigned flags)
{
    notes->declared = flags & DECLARED;
    notes->slow = flags & SLOW;
    notes->disguised = flags & DISGUISED;
    notes->whole_session = flags & WHOLE_SESSION;
    notes->local = flags & LOCAL;
    notes->sessions = nj_count(c);
    notes->packets = nj_count(c);
    notes->targets = nj_count(c);
    notes->scans = nj_count(c);
    if (flags & EXPLOIT) {
        notes->exploits = nj_count(c);
        notes->logins = nj_count(c);
        notes->rule = count32(c);
        notes->exploit_strength = (float)real(reals, c);
    }
    notes->coverage = real(reals, c);
    if (flags & NOVELTY) {
        notes->novelty_p = real(reals, c);
        take_port(reals, c, &notes->novelty_port);
    }
    notes->tool = count32(c);
    notes->tool_packets = count32(c);
    notes->tool_strength = (float)real(reals, c);
    notes->tool_bits = (float)real(reals, c);
    notes->stack = count32(c);
    notes->ports_seen = count32(c);
    notes->risky_ports = count32(c);
    notes->port_count = (uint32_t)nj_fixed(c, 1);
    for (uint32_t i = 0; i < notes->port_count && i < NOTE_PORTS; i++)
        take_port(reals, c, &notes->ports[i]);
    take_port(reals, c, &notes->first_port);
    notes->days = (uint8_t)nj_fixed(c, 1);
    notes->sensors = (uint8_t)nj_fixed(c, 1);
}

static uint8_t *put_grade(uint8_t *at, const struct grade_facts *grade)
{
    at = nj_put_count(at, grade->sessions);
    at = nj_put_count(at, grade->packets);
    at = nj_put_count(at, grade->two_way);
    at = nj_put_count(at, grade->logins);
    at = nj_put_count(at, grade->fields);
    at = nj_put_count(at, grade->repeats);
    at = nj_put_count(at, grade->stacks);
    at = nj_put_count(at, grade->hours);
    at = nj_put_fixed(at, grade->ttl_min, 1);
    return nj_put_fixed(at, grade->ttl_max, 1);
}

static void take_grade(struct nj_cursor *c, struct grade_facts *grade, unsigned flags)
{
    grade->one_tool = flags & ONE_TOOL;
    grade->sessions = nj_count(c);
    grade->packets = nj_count(c);
    grade->two_way = nj_count(c);
    grade->logins = nj_count(c);
    grade->fields = nj_count(c);
    grade->repeats = nj_count(c);
    grade->stacks = count32(c);
    grade->hours = count32(c);
    grade->ttl_min = (uint8_t)nj_fixed(c, 1);
    grade->ttl_max = (uint8_t)nj_fixed(c, 1);
}

/* Level and level before, 2 bits each, and below which floors the score is. */
static uint8_t *put_level(uint8_t *at, const struct level_state *level, int64_t settled_s)
{
    unsigned bits = (unsigned)level->level | (unsigned)level->previous << 2;

    for (unsigned i = 0; i < RISK_LEVELS; i++)
        bits |= level->below_s[i] != 0 ? 16u << i : 0;
    at = nj_put_fixed(at, bits, 1);
    at = put_from(at, level->changed_s, settled_s);
    for (unsigned i = 0; i < RISK_LEVELS; i++)
        if (level->below_s[i] != 0)
            at = put_from(at, level->below_s[i], settled_s);
    return at;
}

static void take_level(struct nj_cursor *c, struct level_state *level, int64_t settled_s)
{
    unsigned bits = (unsigned)nj_fixed(c, 1);

    level->level = (enum risk_level)(bits & 3);
    level->previous = (enum risk_level)(bits >> 2 & 3);
    level->changed_s = time_from(c, settled_s);
    for (unsigned i = 0; i < RISK_LEVELS; i++)
        if ((bits >> i & 16) != 0)
            level->below_s[i] = time_from(c, settled_s);
}

static unsigned flags_of_told(const struct path *told)
{
    return (told->base_s != NEVER_TOLD ? TOLD : 0) |
           (told->limits.declared ? TOLD_DECLARED : 0) | (told->limits.cold ? TOLD_COLD : 0) |
           (told->limits.exploit_strength > 0 || told->limits.exploit_sessions > 0
                ? TOLD_EXPLOIT
                : 0);
}

static uint8_t *put_told(struct reals *reals, uint8_t *at, const struct path *told,
                         int64_t settled_s, unsigned flags)
{
    unsigned groups = 0;

    at = put_from(at, told->base_s, settled_s);
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        groups |= told->value[k] > 0 ? 1u << k : 0;
    at = put_groups(at, groups);
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        if ((groups >> k & 1) != 0)
            at = nj_put_fixed(at, risk_state_scaled(told->value[k]), RISK_STATE_SCALED);
    if (flags & TOLD_EXPLOIT) {
        at = put_real(reals, at, told->limits.exploit_strength);
        at = nj_put_count(at, told->limits.exploit_sessions);
    }
    return at;
}

static void take_told(const struct reals *reals, struct nj_cursor *c, struct path *told,
                      int64_t settled_s, unsigned flags)
{
    unsigned groups;

    told->base_s = time_from(c, settled_s);
    told->limits.declared = flags & TOLD_DECLARED;
    told->limits.cold = flags & TOLD_COLD;
    groups = groups_of(c);
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        if ((groups >> k & 1) != 0)
            told->value[k] = risk_state_unscaled((uint32_t)nj_fixed(c, RISK_STATE_SCALED));
    if (flags & TOLD_EXPLOIT) {
        told->limits.exploit_strength = real(reals, c);
        told->limits.exploit_sessions = nj_count(c);
    }
}

/* ---- the whole ---- */

static unsigned flags_of(const struct record *r)
{
    return flags_of_notes(&r->notes) | flags_of_told(&r->told) |
           (r->grade.one_tool ? ONE_TOOL : 0) | (r->override != NULL ? OVERRIDDEN : 0) |
           (r->own[RISK_INTENSITY].value > 0 ? INTENSE : 0);
}

static uint32_t share_known(struct score_table *table, const struct record *r, unsigned flags)
{
    uint8_t bytes[KNOWN_MAX];
    uint8_t *at = put_own(&table->reals, bytes, r->own, r->touched_s);

    at = put_notes(&table->reals, at, &r->notes, flags);
    at = put_grade(at, &r->grade);
    at = nj_put_count(at, r->crowd);
    return nj_shared_take(&table->known, bytes, (size_t)(at - bytes));
}

static uint32_t share_told(struct score_table *table, const struct record *r, unsigned flags)
{
    uint8_t bytes[TOLD_MAX];
    uint8_t *at = put_level(bytes, &r->level, r->settled_s);

    if (flags & TOLD)
        at = put_told(&table->reals, at, &r->told, r->settled_s, flags);
    return nj_shared_take(&table->told, bytes, (size_t)(at - bytes));
}

size_t record_pack(struct score_table *table, const struct record *r,
                   uint8_t ret_bytes[RECORD_PACKED_MAX])
{
    unsigned flags = flags_of(r);
    uint32_t known = share_known(table, r, flags), told = share_told(table, r, flags);
    uint8_t *at = nj_put_fixed(ret_bytes, flags, 2);

    if (known == 0 || told == 0) {
        if (known != 0)
            nj_shared_give(&table->known, known);
        if (told != 0)
            nj_shared_give(&table->told, told);
        return 0;
    }
    if (flags & OVERRIDDEN)
        at = nj_put_fixed(at, (uintptr_t)r->override, 8);
    at = nj_put_count(at, known);
    at = nj_put_count(at, told);
    at = put_from(at, r->touched_s, 0);
    at = put_from(at, r->settled_s, r->touched_s);
    at = put_from(at, r->notes.last_us, r->touched_s * US_PER_S);
    at = put_from(at, r->notes.first_us, r->notes.last_us);
    if (flags & PPS)
        at = nj_put_real(at, r->notes.pps);
    if (flags & INTENSE)
        at = nj_put_real(at, r->own[RISK_INTENSITY].value);
    return (size_t)(at - ret_bytes);
}

static void take_known(const struct score_table *table, uint32_t number, unsigned flags,
                       struct record *ret)
{
    size_t size;
    const uint8_t *bytes = nj_shared_bytes(&table->known, number, &size);
    struct nj_cursor c = nj_cursor(bytes, size);

    take_own(&table->reals, &c, ret->own, ret->touched_s);
    take_notes(&table->reals, &c, &ret->notes, flags);
    take_grade(&c, &ret->grade, flags);
    ret->crowd = count32(&c);
}

static void take_what_was_told(const struct score_table *table, uint32_t number, unsigned flags,
                               struct record *ret)
{
    size_t size;
    const uint8_t *bytes = nj_shared_bytes(&table->told, number, &size);
    struct nj_cursor c = nj_cursor(bytes, size);

    take_level(&c, &ret->level, ret->settled_s);
    if (flags & TOLD)
        take_told(&table->reals, &c, &ret->told, ret->settled_s, flags);
}

static struct risk_override *take_override(struct nj_cursor *c, unsigned flags)
{
    return flags & OVERRIDDEN ? (struct risk_override *)(uintptr_t)nj_fixed(c, 8) : NULL;
}

void record_unpack(const struct score_table *table, const uint8_t *bytes, size_t size,
                   struct record *ret)
{
    struct nj_cursor c = nj_cursor(bytes, size);
    unsigned flags = (unsigned)nj_fixed(&c, 2);
    uint32_t known, told;

    ret->override = take_override(&c, flags);
    known = count32(&c);
    told = count32(&c);
    ret->touched_s = time_from(&c, 0);
    ret->settled_s = time_from(&c, ret->touched_s);
    ret->notes.last_us = time_from(&c, ret->touched_s * US_PER_S);
    ret->notes.first_us = time_from(&c, ret->notes.last_us);
    if (flags & PPS)
        ret->notes.pps = nj_real(&c);
    if (flags & INTENSE)
        ret->own[RISK_INTENSITY].value = nj_real(&c);
    take_known(table, known, flags, ret);
    take_what_was_told(table, told, flags, ret);
}

struct risk_override *record_unshare(struct score_table *table, const uint8_t *bytes,
                                     size_t size)
{
    struct nj_cursor c = nj_cursor(bytes, size);
    struct risk_override *override = take_override(&c, (unsigned)nj_fixed(&c, 2));

    nj_shared_give(&table->known, count32(&c));
    nj_shared_give(&table->told, count32(&c));
    return override;
}

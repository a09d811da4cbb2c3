/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of each source: open, as it is worked with, or packed, as most lie. The open
 * ones stand in a ring; who is opened takes the place of the one that was opened longest ago,
 * which is packed. Packing loses nothing, so no score depends on who is open.
 *
 * A packed record is flags (2 bytes), then its parts in the order below. Counts and times take
 * the bytes that they need (base/pack.h), times as distances from each other; a real number is
 * that which it has in a table (reals.h), or 0 and its bits; rates, of which hardly two are the
 * same, have their bits alone; contributions that were told take 4 bytes in 2^-32
 * (model/decay.h). Only groups that say something are there, and what a flag denies is not. */
#include <stdlib.h>
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
};

#define REAL_BYTES (1 + 8)
#define PORT_BYTES (2 + 1 + 5 + REAL_BYTES)
#define PACKED_MAX                                                                             \
    (2 /* flags */ + 4 * NJ_COUNT_BYTES /* times */ + 2 +                                      \
     RISK_GROUPS * (REAL_BYTES + NJ_COUNT_BYTES) /* own */ +                                   \
     (6 * NJ_COUNT_BYTES + 6 * 5 + 6 * REAL_BYTES + 3 + (NOTE_PORTS + 2) * PORT_BYTES) +       \
     (6 * NJ_COUNT_BYTES + 2 * 5 + 2) /* grade */ + 5 /* crowd */ +                            \
     (1 + (1 + RISK_LEVELS) * NJ_COUNT_BYTES) /* level */ +                                    \
     (NJ_COUNT_BYTES + 2 + RISK_GROUPS * RISK_STATE_SCALED + REAL_BYTES + NJ_COUNT_BYTES) +    \
     8 /* override */)

_Static_assert(PACKED_MAX <= SHELF_UNITS_MAX * SHELF_UNIT, "a record has a place on the shelf");

/* ---- numbers -------------------------------------------------------------------------------
 */

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

/* ---- parts ---------------------------------------------------------------------------------
 */

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
        at = k == RISK_INTENSITY ? nj_put_real(at, own[k].value)
                                 : put_real(reals, at, own[k].value);
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
        own[k].value = k == RISK_INTENSITY ? nj_real(c) : real(reals, c);
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
           (notes->pps > 0 ? PPS : 0);
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
    if (flags & PPS)
        at = nj_put_real(at, notes->pps);
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
    if (flags & PPS)
        notes->pps = nj_real(c);
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

/* ---- the whole -----------------------------------------------------------------------------
 */

static size_t pack(struct reals *reals, const struct record *r, uint8_t ret_bytes[PACKED_MAX])
{
    unsigned flags = flags_of_notes(&r->notes) | flags_of_told(&r->told) |
                     (r->grade.one_tool ? ONE_TOOL : 0) |
                     (r->override != NULL ? OVERRIDDEN : 0);
    uint8_t *at = nj_put_fixed(ret_bytes, flags, 2);

    at = put_from(at, r->touched_s, 0);
    at = put_from(at, r->settled_s, r->touched_s);
    at = put_from(at, r->notes.last_us, r->touched_s * US_PER_S);
    at = put_from(at, r->notes.first_us, r->notes.last_us);
    at = put_own(reals, at, r->own, r->touched_s);
    at = put_notes(reals, at, &r->notes, flags);
    at = put_grade(at, &r->grade);
    at = nj_put_count(at, r->crowd);
    at = put_level(at, &r->level, r->settled_s);
    if (flags & TOLD)
        at = put_told(reals, at, &r->told, r->settled_s, flags);
    if (flags & OVERRIDDEN)
        at = nj_put_fixed(at, (uintptr_t)r->override, 8);
    return (size_t)(at - ret_bytes);
}

/* @param ret  nothing is known in it */
static void unpack(const struct reals *reals, const uint8_t *bytes, size_t size,
                   struct record *ret)
{
    struct nj_cursor c = nj_cursor(bytes, size);
    unsigned flags = (unsigned)nj_fixed(&c, 2);

    ret->touched_s = time_from(&c, 0);
    ret->settled_s = time_from(&c, ret->touched_s);
    ret->notes.last_us = time_from(&c, ret->touched_s * US_PER_S);
    ret->notes.first_us = time_from(&c, ret->notes.last_us);
    take_own(reals, &c, ret->own, ret->touched_s);
    take_notes(reals, &c, &ret->notes, flags);
    take_grade(&c, &ret->grade, flags);
    ret->crowd = count32(&c);
    take_level(&c, &ret->level, ret->settled_s);
    if (flags & TOLD)
        take_told(reals, &c, &ret->told, ret->settled_s, flags);
    if (flags & OVERRIDDEN)
        ret->override = (struct risk_override *)(uintptr_t)nj_fixed(&c, 8);
}

static void read_packed(const struct score_table *table, const struct entry *entry,
                        struct record *ret)
{
    memset(ret, 0, sizeof(*ret)); /* gaps between members too: records are compared */
    ret->told.base_s = NEVER_TOLD;
    if (entry->packed_units > 0)
        unpack(&table->reals, shelf_at(&table->shelf, entry->packed),
               (size_t)entry->packed_units * SHELF_UNIT, ret);
}

/* Put an open record on the shelf. */
static int close_one(struct score_table *table, struct open_record *open)
{
    struct entry *entry = &table->entries[open->number];
    uint8_t bytes[PACKED_MAX];
    size_t size = pack(&table->reals, &open->record, bytes);
    unsigned units = shelf_units(size);
    uint32_t place = entry->packed;

    if (units != entry->packed_units) {
        if (shelf_take(&table->shelf, units, &place) < 0)
            return -1;
        if (entry->packed_units > 0)
            shelf_give(&table->shelf, entry->packed, entry->packed_units);
        entry->packed = place;
        entry->packed_units = (uint8_t)units;
    }
    memcpy(shelf_at(&table->shelf, place), bytes, size);
    entry->open = 0;
    open->number = 0;
    return 0;
}

const struct record *record_see(const struct score_table *table, uint32_t number,
                                struct record *room)
{
    const struct entry *entry = &table->entries[number];

    if (entry->open != 0)
        return &table->open[entry->open - 1].record;
    read_packed(table, entry, room);
    return room;
}

struct record *record_open(struct score_table *table, uint32_t number, struct nj_err *err)
{
    struct entry *entry = &table->entries[number];
    struct open_record *open;

    if (entry->open != 0)
        return &table->open[entry->open - 1].record;
    open = &table->open[table->open_next];
    if (open->number != 0 && close_one(table, open) < 0) {
        nj_fail(err, NJ_NOMEM, "%llu scored sources",
                (unsigned long long)table->counts.sources);
        return NULL;
    }
    read_packed(table, entry, &open->record);
    open->number = number;
    entry->open = table->open_next + 1;
    table->open_next = (table->open_next + 1) % table->open_room;
    return &open->record;
}

void record_drop(struct score_table *table, uint32_t number)
{
    struct entry *entry = &table->entries[number];
    struct record room;

    free(record_see(table, number, &room)->override);
    if (entry->open != 0)
        table->open[entry->open - 1].number = 0;
    if (entry->packed_units > 0)
        shelf_give(&table->shelf, entry->packed, entry->packed_units);
    entry->open = entry->packed = entry->packed_units = 0;
}

void records_tidy(struct score_table *table)
{
    struct shelf tidy = {.boards = NULL};

    if (!shelf_is_loose(&table->shelf) || shelf_reserve(&tidy, table->shelf.taken) < 0)
        return; /* without memory it goes on as it is */
    for (uint32_t i = 1; i < table->entry_end; i++) {
        struct entry *entry = &table->entries[i];
        uint32_t place;

        if (entry->packed_units == 0)
            continue;
        (void)shelf_take(&tidy, entry->packed_units, &place);
        memcpy(shelf_at(&tidy, place), shelf_at(&table->shelf, entry->packed),
               (size_t)entry->packed_units * SHELF_UNIT);
        entry->packed = place;
    }
    shelf_empty(&table->shelf);
    table->shelf = tidy;
}

void record_prefetch(const struct score_table *table, uint32_t number)
{
    const struct entry *entry = &table->entries[number];
    const uint8_t *from;
    size_t size;

    if (entry->open != 0) {
        from = (const uint8_t *)&table->open[entry->open - 1];
        size = sizeof(struct open_record);
    } else {
        size = (size_t)entry->packed_units * SHELF_UNIT;
        from = size == 0 ? NULL : shelf_at(&table->shelf, entry->packed);
    }
    for (size_t at = 0; at < size; at += 64)
        __builtin_prefetch(from + at, 1);
}

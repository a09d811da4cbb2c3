/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a source is the same whether it lies packed or not, to the last bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "score/state.h"
#include "story.h"

#define SOURCES (2 * RECORDS_OPEN)

/* Nothing, little, or any of so many bits. */
static uint64_t some(struct nj_rng *rng, unsigned bits)
{
    switch (nj_rng_below(rng, 4)) {
    case 0:
        return 0;
    case 1:
        return nj_rng_below(rng, 200);
    default:
        return nj_rng_next(rng) >> (64 - 1 - nj_rng_below(rng, bits));
    }
}

static int64_t time_s(struct nj_rng *rng)
{
    int64_t s = (int64_t)some(rng, 43);

    return nj_rng_below(rng, 5) == 0 ? -s : s;
}

static double share(struct nj_rng *rng)
{
    return nj_rng_below(rng, 2) == 0 ? 0 : (double)nj_rng_u32(rng) / 4294967296.0;
}

static void fill_port(struct nj_rng *rng, struct note_port *port)
{
    port->port = (uint16_t)some(rng, 16);
    port->proto = (uint8_t)some(rng, 8);
    port->sessions = (uint32_t)some(rng, 32);
    port->risk = (float)share(rng);
}

static void fill_notes(struct nj_rng *rng, struct notes *n)
{
    n->first_us = (int64_t)nj_rng_next(rng);
    n->last_us = (int64_t)nj_rng_next(rng);
    n->sessions = some(rng, 64);
    n->packets = some(rng, 64);
    n->targets = some(rng, 64);
    n->exploits = some(rng, 64);
    n->logins = some(rng, 64);
    n->scans = some(rng, 64);
    n->coverage = share(rng);
    n->pps = share(rng) * 1e9;
    n->novelty_p = share(rng);
    n->exploit_strength = (float)share(rng);
    n->tool_strength = (float)share(rng);
    n->tool_bits = (float)share(rng) * 1e6f;
    n->rule = (uint32_t)some(rng, 32);
    n->tool = (uint32_t)some(rng, 32);
    n->stack = (uint32_t)some(rng, 32);
    n->tool_packets = (uint32_t)some(rng, 32);
    n->ports_seen = (uint32_t)some(rng, 32);
    n->risky_ports = (uint32_t)some(rng, 32);
    n->port_count = (uint32_t)nj_rng_below(rng, NOTE_PORTS + 1);
    for (uint32_t i = 0; i < n->port_count; i++)
        fill_port(rng, &n->ports[i]);
    fill_port(rng, &n->first_port);
    fill_port(rng, &n->novelty_port);
    n->days = (uint8_t)some(rng, 8);
    n->sensors = (uint8_t)some(rng, 8);
    n->declared = nj_rng_below(rng, 2);
    n->slow = nj_rng_below(rng, 2);
    n->disguised = nj_rng_below(rng, 2);
    n->whole_session = nj_rng_below(rng, 2);
    n->local = nj_rng_below(rng, 2);
}

static void fill_grade(struct nj_rng *rng, struct grade_facts *g)
{
    g->sessions = some(rng, 64);
    g->packets = some(rng, 64);
    g->two_way = some(rng, 64);
    g->logins = some(rng, 64);
    g->fields = some(rng, 64);
    g->repeats = some(rng, 64);
    g->stacks = (uint32_t)some(rng, 32);
    g->hours = (uint32_t)some(rng, 32);
    g->ttl_min = (uint8_t)some(rng, 8);
    g->ttl_max = (uint8_t)some(rng, 8);
    g->one_tool = nj_rng_below(rng, 2);
}

static void fill_told(struct nj_rng *rng, struct path *told)
{
    if (nj_rng_below(rng, 4) == 0)
        return; /* never */
    told->base_s = time_s(rng);
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        told->value[k] = risk_state_value(share(rng));
    told->limits.declared = nj_rng_below(rng, 2);
    told->limits.cold = nj_rng_below(rng, 2);
    told->limits.exploit_strength = share(rng);
    told->limits.exploit_sessions = some(rng, 64);
}

/* Gaps between members are 0, so that records can be compared. */
static void fill(struct nj_rng *rng, struct record *r)
{
    memset(r, 0, sizeof(*r));
    r->told.base_s = NEVER_TOLD;
    for (unsigned k = 0; k < RISK_GROUPS; k++) {
        r->own[k].value = share(rng);
        r->own[k].at_s = time_s(rng);
    }
    fill_notes(rng, &r->notes);
    fill_grade(rng, &r->grade);
    r->crowd = (uint32_t)some(rng, 32);
    r->level.level = (enum risk_level)nj_rng_below(rng, RISK_LEVELS);
    r->level.previous = (enum risk_level)nj_rng_below(rng, RISK_LEVELS);
    r->level.changed_s = time_s(rng);
    for (unsigned i = 0; i < RISK_LEVELS; i++)
        r->level.below_s[i] = time_s(rng);
    fill_told(rng, &r->told);
    r->settled_s = time_s(rng);
    r->touched_s = time_s(rng);
    if (nj_rng_below(rng, 100) == 0)
        r->override = calloc(1, sizeof(*r->override));
}

static void a_record_is_the_same_after_it_was_packed(void **state)
{
    struct nj_intern *names = nj_intern_new(100);
    struct score_table *table = table_of(names, SOURCES);
    struct record *copies = calloc(SOURCES + 1, sizeof(*copies));
    struct nj_rng rng = nj_rng(20, 0);
    bool fault;

    (void)state;
    for (uint32_t i = 0; i < 3 * SOURCES; i++) {
        uint32_t number = i < SOURCES ? entry_make(table, addr_from_v4(i + 1), &fault)
                                      : 1 + (uint32_t)nj_rng_below(&rng, SOURCES);
        struct record *record = record_open(table, number, NULL);

        assert_non_null(record);
        if (i >= SOURCES)
            assert_memory_equal(record, &copies[number], sizeof(*record));
        free(record->override);
        fill(&rng, record);
        memcpy(&copies[number], record, sizeof(*record));
    }
    for (uint32_t number = 1; number <= SOURCES; number++) {
        struct record room;

        assert_memory_equal(record_see(table, number, &room), &copies[number], sizeof(room));
    }
    free(copies);
    score_table_free(table);
    nj_intern_free(names);
}

/* The counts of a record, of which each takes ten bytes when it is large. */
static uint64_t *count_of(struct record *r, unsigned i)
{
    uint64_t *counts[] = {&r->notes.sessions, &r->notes.packets, &r->notes.targets,
                          &r->notes.scans,    &r->grade.packets, &r->grade.two_way,
                          &r->grade.fields,   &r->grade.repeats};

    return counts[i % (sizeof(counts) / sizeof(counts[0]))];
}

/* Sources that are seen again and again, each time with a little more to remember. */
static void what_grows_takes_no_more_than_it_needs(void **state)
{
    enum { GROWING = 300000, ROUNDS = 8 };
    struct nj_intern *names = nj_intern_new(100);
    struct score_table *table = table_of(names, GROWING);
    bool fault;

    (void)state;
    for (uint32_t i = 1; i <= GROWING; i++)
        assert_true(entry_make(table, addr_from_v4(i), &fault) == i);
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t needed, boards;

        for (uint32_t i = 1; i <= GROWING; i++)
            *count_of(record_open(table, i, NULL), round) = UINT64_MAX - i - round;
        records_tidy(table);
        needed = (table->shelf.taken + table->known.shelf.taken) * (uint64_t)NJ_SHELF_UNIT;
        boards = table->shelf.board_count + table->known.shelf.board_count;
        assert_true(boards * UINT64_C(10485760) <= needed * 3 / 2 + 2 * 31457280);
    }
    for (uint32_t i = 1; i <= GROWING; i++) {
        struct record copy, room;

        memcpy(&copy, record_see(table, i, &room), sizeof(copy));
        for (unsigned round = 0; round < ROUNDS; round++)
            if (*count_of(&copy, round) != UINT64_MAX - i - round)
                fail_msg("source %u, count %u", i, round);
    }
    score_table_free(table);
    nj_intern_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_the_same_after_it_was_packed),
        cmocka_unit_test(what_grows_takes_no_more_than_it_needs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

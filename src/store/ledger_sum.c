/* SPDX-License-Identifier: Apache-2.0 */
#include "store/ledger_sum.h"

#include <stdlib.h>
#include <string.h>

#define PORTS 65536u
#define WORDS (PORTS / 64)

struct ledger_sum {
    struct ledger_writer *writer;
    struct ledger_entry entry; /* of the source at hand, if there are rows */
    struct ledger_row *rows;
    uint32_t *places; /* of each row, its slot */
    size_t count, room;
    uint32_t *slots; /* by hash: row + 1, 0 = free; at least twice as many as rows */
    size_t slot_room;
    uint64_t seen[WORDS]; /* its source ports, and the first and the last word of them */
    size_t low, high;
    uint16_t sports[PORTS];
    uint64_t written;
};

int ledger_sum_new(struct ledger_writer *writer, struct ledger_sum **ret, struct nj_err *err)
{
    struct ledger_sum *sum = calloc(1, sizeof(*sum));

    if (sum == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for ledgers");
    sum->writer = writer;
    *ret = sum;
    return 0;
}

void ledger_sum_free(struct ledger_sum *sum)
{
    if (sum == NULL)
        return;
    free(sum->rows);
    free(sum->places);
    free(sum->slots);
    free(sum);
}

/* ---- the rows of a source ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static uint64_t hash_of(const struct ledger_row *row)
{
    uint64_t hash = mix(row->proto, row->dport);

    hash = mix(hash, (uint64_t)(uintptr_t)row->tool);
    hash = mix(hash, (uint64_t)(uintptr_t)row->stack);
    hash = mix(hash, (uint64_t)(uintptr_t)row->rule);
    hash = mix(hash, (uint64_t)(uintptr_t)row->class);
    return mix(hash, (uint64_t)(uintptr_t)row->sensor);
}

static bool same_sums(const struct ledger_row *a, const struct ledger_row *b)
{
    return a->dport == b->dport && a->proto == b->proto && a->class == b->class &&
           a->rule == b->rule && a->tool == b->tool && a->stack == b->stack &&
           a->sensor == b->sensor;
}

/* The slot of a row, or the free one where it belongs. */
static size_t slot_of(const struct ledger_sum *sum, const struct ledger_row *row)
{
    size_t mask = sum->slot_room - 1, slot = (size_t)hash_of(row) & mask;

    while (sum->slots[slot] != 0 && !same_sums(&sum->rows[sum->slots[slot] - 1], row))
        slot = (slot + 1) & mask;
    return slot;
}

static void settle(struct ledger_sum *sum, size_t number)
{
    size_t slot = slot_of(sum, &sum->rows[number]);

    sum->slots[slot] = (uint32_t)number + 1;
    sum->places[number] = (uint32_t)slot;
}

static int make_room(struct ledger_sum *sum, struct nj_err *err)
{
    size_t room = sum->room == 0 ? 64 : 2 * sum->room;
    uint32_t *slots = calloc(2 * room, sizeof(*slots));
    void *rows = slots == NULL ? NULL : reallocarray(sum->rows, room, sizeof(*sum->rows));
    void *places = NULL;

    if (rows != NULL) {
        sum->rows = rows;
        places = reallocarray(sum->places, room, sizeof(*sum->places));
    }
    if (places == NULL) {
        free(slots);
        return nj_fail(err, NJ_NOMEM, "no memory for ledgers");
    }
    sum->places = places;
    sum->room = room;
    free(sum->slots);
    sum->slots = slots;
    sum->slot_room = 2 * room;
    for (size_t i = 0; i < sum->count; i++)
        settle(sum, i);
    return 0;
}

/* Source ports are of sessions: a visit without any goes on with some that were counted before,
 * and has none. */
static void add_sessions(struct ledger_row *row, const struct ledger_visit *visit)
{
    bool first = row->sessions == 0;

    if (first || visit->sport_min < row->sport_min)
        row->sport_min = visit->sport_min;
    if (first || visit->sport_max > row->sport_max)
        row->sport_max = visit->sport_max;
    row->sport_bands |= visit->sport_bands;
    row->sessions += visit->sessions;
}

static int add_row(struct ledger_sum *sum, const struct ledger_visit *visit, struct nj_err *err)
{
    const struct ledger_row wanted = {
        .sensor = visit->sensor,
        .class = visit->class,
        .rule = visit->rule,
        .tool = visit->tool,
        .stack = visit->stack,
        .dport = visit->dport,
        .sport_min = visit->sport_min,
        .sport_max = visit->sport_max,
        .proto = visit->proto,
    };
    struct ledger_row *row;
    size_t slot;

    if (sum->count == sum->room && make_room(sum, err) < 0)
        return -1;
    slot = slot_of(sum, &wanted);
    if (sum->slots[slot] == 0) {
        sum->rows[sum->count] = wanted;
        settle(sum, sum->count++);
    }
    row = &sum->rows[sum->slots[slot] - 1];
    row->packets += visit->packets;
    if (visit->sessions > 0)
        add_sessions(row, visit);
    return 0;
}

/* ---- its entry ---- */

static void add_ports(struct ledger_sum *sum, const struct ledger_visit *visit)
{
    for (size_t i = 0; i < visit->sport_count; i++) {
        size_t word = visit->sports[i] / 64;

        sum->seen[word] |= UINT64_C(1) << visit->sports[i] % 64;
        if (word < sum->low)
            sum->low = word;
        if (word > sum->high)
            sum->high = word;
    }
    sum->entry.exact = sum->entry.exact && visit->sessions <= visit->sport_count;
}

/* In their order; nothing is seen then. */
static void take_ports(struct ledger_sum *sum)
{
    size_t count = 0;

    for (size_t word = sum->low; word <= sum->high; word++) {
        for (uint64_t bits = sum->seen[word]; bits != 0; bits &= bits - 1)
            sum->sports[count++] = (uint16_t)(64 * word + (size_t)__builtin_ctzll(bits));
        sum->seen[word] = 0;
    }
    sum->entry.sport_count = count;
}

static int write_source(struct ledger_sum *sum, struct nj_err *err)
{
    if (sum->count == 0)
        return 0;
    take_ports(sum);
    if (ledger_writer_begin(sum->writer, &sum->entry, sum->sports, err) < 0)
        return -1;
    for (size_t i = 0; i < sum->count; i++) {
        if (ledger_writer_add(sum->writer, &sum->rows[i], err) < 0)
            return -1;
        sum->slots[sum->places[i]] = 0;
    }
    sum->written += sum->count;
    sum->count = 0;
    return 0;
}

int ledger_sum_add(struct ledger_sum *sum, const struct ledger_visit *visit, struct nj_err *err)
{
    int64_t last = visit->ts + visit->duration_us;

    if (addr_is_none(visit->src))
        return 0;
    if (sum->count > 0 && !addr_equal(visit->src, sum->entry.src) && write_source(sum, err) < 0)
        return -1;
    if (sum->count == 0) {
        sum->entry = (struct ledger_entry){
            .src = visit->src, .first_us = visit->ts, .last_us = last, .exact = true};
        sum->low = WORDS;
        sum->high = 0;
    }
    if (visit->ts < sum->entry.first_us)
        sum->entry.first_us = visit->ts;
    if (last > sum->entry.last_us)
        sum->entry.last_us = last;
    add_ports(sum, visit);
    return add_row(sum, visit, err);
}

int ledger_sum_end(struct ledger_sum *sum, uint64_t *ret_rows, struct nj_err *err)
{
    if (write_source(sum, err) < 0)
        return -1;
    *ret_rows = sum->written;
    return 0;
}

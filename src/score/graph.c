/* SPDX-License-Identifier: Apache-2.0 */
/* Links between scored sources: evasion, and how far risk reaches. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/huge.h"
#include "base/rng.h"
#include "score/state.h"

#define SURE_ENOUGH 0.5 /* a link less probable hands nothing on (docs/RISK.md, "Hops") */
/* strengths of evasion, docs/RISK.md */
#define FIRST_HOP 0.7
#define GROUP 0.6
#define DECOYS 0.4

/* ---- the links ---- */

static uint64_t hash_of(uint64_t id)
{
    return nj_mix64(id);
}

uint64_t node_hash(const void *ctx, uint32_t number)
{
    const struct score_table *table = ctx;

    return hash_of(table->nodes[number].id);
}

uint32_t node_find(const struct score_table *table, uint64_t id)
{
    uint32_t cursor = 0, number;

    do
        number = nj_index_next(&table->by_id, hash_of(id), &cursor);
    while (number != 0 && table->nodes[number].id != id);
    return number;
}

/* Which end of a link an entry is. */
static unsigned side_of(const struct node *node, uint32_t entry)
{
    return node->end[1] == entry;
}

static uint32_t *next_of(struct score_table *table, uint32_t number, uint32_t entry)
{
    struct node *node = &table->nodes[number];

    return &node->next[side_of(node, entry)];
}

static uint32_t first_link(const struct score_table *table, uint32_t entry)
{
    uint32_t heads = table->entries[entry].heads;

    return heads == 0 ? 0 : table->heads[heads].first_link;
}

static uint32_t first_hop(const struct score_table *table, uint32_t entry, unsigned side)
{
    uint32_t heads = table->entries[entry].heads;

    return heads == 0 ? 0 : table->heads[heads].first_hop[side];
}

/* Room for the heads of two sources. */
static int heads_room(struct score_table *table, struct nj_err *err)
{
    uint32_t room = table->heads_room == 0 ? 64 : 2 * table->heads_room;
    struct heads *heads;

    if (table->heads_end + 2 <= table->heads_room)
        return 0;
    heads = reallocarray(table->heads, room, sizeof(*heads));
    if (heads == NULL)
        return nj_fail(err, NJ_NOMEM, "%u sources with links of risk", room);
    table->heads = heads;
    table->heads_room = room;
    return 0;
}

/* Before its first link. There is room. */
static void heads_take(struct score_table *table, uint32_t entry)
{
    uint32_t heads = table->heads_free != 0 ? table->heads_free : table->heads_end;

    if (table->entries[entry].heads != 0)
        return;
    if (heads == table->heads_free)
        table->heads_free = table->heads[heads].first_hop[0];
    else
        table->heads_end++;
    table->heads[heads] = (struct heads){.first_link = 0};
    table->entries[entry].heads = heads;
}

/* Behind its last link. */
static void heads_give(struct score_table *table, uint32_t entry)
{
    uint32_t heads = table->entries[entry].heads;

    if (table->heads[heads].first_link != 0)
        return;
    table->heads[heads].first_hop[0] = table->heads_free;
    table->heads_free = heads;
    table->entries[entry].heads = 0;
}

static void chain(struct score_table *table, uint32_t number, uint32_t entry)
{
    uint32_t *at = &table->heads[table->entries[entry].heads].first_link;

    while (*at != 0 && table->nodes[*at].id > table->nodes[number].id)
        at = next_of(table, *at, entry);
    *next_of(table, number, entry) = *at;
    *at = number;
}

static void unchain(struct score_table *table, uint32_t number, uint32_t entry)
{
    uint32_t *at = &table->heads[table->entries[entry].heads].first_link;

    while (*at != number)
        at = next_of(table, *at, entry);
    *at = *next_of(table, number, entry);
}

/* Most links are no hops, and chains of hops are walked each time a source is seen. */
static void chain_hop(struct score_table *table, uint32_t number, unsigned side)
{
    struct node *node = &table->nodes[number];
    uint32_t *at = &table->heads[table->entries[node->end[side]].heads].first_hop[side];

    while (*at != 0 && table->nodes[*at].id > node->id)
        at = &table->nodes[*at].next_hop[side];
    node->next_hop[side] = *at;
    *at = number;
}

static void unchain_hop(struct score_table *table, uint32_t number, unsigned side)
{
    const struct node *node = &table->nodes[number];
    uint32_t *at = &table->heads[table->entries[node->end[side]].heads].first_hop[side];

    while (*at != number)
        at = &table->nodes[*at].next_hop[side];
    *at = node->next_hop[side];
}

static int node_room(struct score_table *table, struct nj_err *err)
{
    uint32_t room = table->node_room == 0 ? 64 : 2 * table->node_room;
    struct node *nodes;

    if (table->node_free != 0 || table->node_end < table->node_room)
        return 0;
    nodes = nj_huge_grown(table->nodes, table->node_room, room, sizeof(*nodes));
    if (nodes == NULL)
        return nj_fail(err, NJ_NOMEM, "%u links of risk", room);
    table->nodes = nodes;
    table->node_room = room;
    return 0;
}

int node_set(struct score_table *table, const struct node *node, struct nj_err *err)
{
    uint32_t number = node_find(table, node->id);

    if (number != 0)
        node_remove(table, number);
    if (table->counts.links >= (uint64_t)LINKS_PER_SOURCE * table->options.max_sources) {
        table->counts.links_refused++;
        return 0;
    }
    if (node_room(table, err) < 0 || heads_room(table, err) < 0)
        return -1;
    number = table->node_free != 0 ? table->node_free : table->node_end;
    if (nj_index_add(&table->by_id, hash_of(node->id), number) < 0)
        return nj_fail(err, NJ_NOMEM, "links of risk");
    if (number == table->node_free)
        table->node_free = table->nodes[number].next[0];
    else
        table->node_end++;
    table->nodes[number] = *node;
    table->nodes[number].used = true;
    heads_take(table, node->end[0]);
    heads_take(table, node->end[1]);
    chain(table, number, node->end[0]);
    chain(table, number, node->end[1]);
    for (unsigned side = 0; node->kind == LINK_SUCCESSION && side < 2; side++)
        chain_hop(table, number, side);
    table->counts.links++;
    return 0;
}

void node_remove(struct score_table *table, uint32_t number)
{
    struct node *node = &table->nodes[number];

    nj_index_remove(&table->by_id, hash_of(node->id), number);
    unchain(table, number, node->end[0]);
    unchain(table, number, node->end[1]);
    for (unsigned side = 0; node->kind == LINK_SUCCESSION && side < 2; side++)
        unchain_hop(table, number, side);
    heads_give(table, node->end[0]);
    heads_give(table, node->end[1]);
    *node = (struct node){.next = {table->node_free}};
    table->node_free = number;
    table->counts.links--;
}

void graph_cut(struct score_table *table, uint32_t number)
{
    while (table->entries[number].heads != 0)
        node_remove(table, first_link(table, number));
}

/* ---- what they mean ---- */

static bool is_hop_to(const struct node *node, uint32_t entry)
{
    return node->kind == LINK_SUCCESSION && node->end[1] == entry &&
           node->probability >= SURE_ENOUGH;
}

static uint32_t next_link(const struct score_table *table, uint32_t number, uint32_t entry)
{
    const struct node *node = &table->nodes[number];

    return node->next[side_of(node, entry)];
}

/* An address that is given to one line after the other hands on to a bot what that bot did: its
 * moves, and those of whom nobody knows the process. */
static bool goes_on(const struct reach *from, const struct node *hop)
{
    return from->process == 0 || hop->process == 0 || hop->process == from->process;
}

/* Where what is in a list of REACH_MAX stands in it, from 1; by hash. */
#define PLACES (2 * REACH_MAX)

struct places {
    uint8_t at[PLACES];
};

/* The place of an address, as a step of that process; 0 if it is not in the list. */
static uint8_t *place_of(struct places *places, const struct reach *list, uint32_t entry,
                         uint64_t process)
{
    unsigned i = (unsigned)((entry ^ process) * 0x9e3779b97f4a7c15u >> 32) % PLACES;

    while (places->at[i] != 0 && (list[places->at[i] - 1].entry != entry ||
                                  list[places->at[i] - 1].process != process))
        i = (i + 1) % PLACES;
    return &places->at[i];
}

int graph_mark(struct score_table *table, uint32_t number, struct nj_err *err)
{
    struct reach list[REACH_MAX];
    struct places places = {{0}};
    unsigned count = 1;

    if (first_hop(table, number, 0) == 0)
        return entry_mark(table, number, err);
    list[0] = (struct reach){.entry = number};
    *place_of(&places, list, number, 0) = 1;
    for (unsigned i = 0; i < count; i++) {
        if (entry_mark(table, list[i].entry, err) < 0)
            return -1;
        for (uint32_t at = first_hop(table, list[i].entry, 0); at != 0;
             at = table->nodes[at].next_hop[0]) {
            const struct node *node = &table->nodes[at];
            uint64_t process = node->process != 0 ? node->process : list[i].process;
            uint8_t *place;

            if (!goes_on(&list[i], node) || count == REACH_MAX)
                continue;
            place = place_of(&places, list, node->end[1], process);
            if (*place != 0)
                continue;
            list[count++] = (struct reach){.entry = node->end[1], .process = process};
            *place = (uint8_t)count;
        }
    }
    return 0;
}

unsigned graph_reach(const struct score_table *table, uint32_t number,
                     struct reach ret[REACH_MAX])
{
    bool done[REACH_MAX];
    struct places places = {{0}};
    unsigned count = 1;

    ret[0] = (struct reach){.entry = number, .probability = 1};
    if (first_hop(table, number, 1) == 0)
        return 1;
    memset(done, false, sizeof(done));
    *place_of(&places, ret, number, 0) = 1;
    for (;;) {
        unsigned best = REACH_MAX;

        for (unsigned i = 0; i < count; i++) {
            if (!done[i] && (best == REACH_MAX || ret[i].probability > ret[best].probability))
                best = i;
        }
        if (best == REACH_MAX)
            return count;
        done[best] = true;
        for (uint32_t at = first_hop(table, ret[best].entry, 1); at != 0;
             at = table->nodes[at].next_hop[1]) {
            const struct node *node = &table->nodes[at];
            double p = ret[best].probability * node->probability;
            uint64_t process = node->process != 0 ? node->process : ret[best].process;
            uint8_t *place;

            if (node->probability < SURE_ENOUGH || !goes_on(&ret[best], node))
                continue;
            place = place_of(&places, ret, node->end[0], process);
            if (*place == 0 && count == REACH_MAX)
                continue;
            if (*place == 0) {
                ret[count++] = (struct reach){.entry = node->end[0], .process = process};
                *place = (uint8_t)count;
            }
            ret[*place - 1].probability = fmax(ret[*place - 1].probability, p);
        }
    }
}

/* A provider that gives a bot's line another address is no step of the bot's operator: what is
 * known goes with the bot, but he evades nobody. */
static bool is_move_to(const struct node *node, uint32_t entry)
{
    return is_hop_to(node, entry) && node->process == 0;
}

/* With which probability the source that a hop came from had hopped before. */
static double hopped_before(const struct score_table *table, const struct node *hop)
{
    uint32_t from = hop->end[0];
    double p = 0;

    for (uint32_t at = first_hop(table, from, 1); at != 0; at = table->nodes[at].next_hop[1]) {
        const struct node *node = &table->nodes[at];

        if (is_move_to(node, from) && node->started_s < hop->started_s)
            p = fmax(p, node->probability);
    }
    return p;
}

void graph_evasion(const struct score_table *table, uint32_t number, int64_t touched_s,
                   struct evasion *ret)
{
    double hop = 0, group = 0, decoys = 0;

    *ret = (struct evasion){.at_s = INT64_MIN};
    for (uint32_t at = first_link(table, number); at != 0; at = next_link(table, at, number)) {
        const struct node *node = &table->nodes[at];
        double p = node->probability;

        if (p < SURE_ENOUGH)
            continue;
        if (node->decoys)
            decoys = fmax(decoys, p);
        if (is_move_to(node, number)) {
            double before = node->hop == HOP_RETURN ? 1 : hopped_before(table, node);
            double strength = p * (FIRST_HOP + (1 - FIRST_HOP) * before);

            if (strength > hop) {
                hop = strength;
                ret->hop = at;
                ret->second = node->hop != HOP_RETURN && before > 0;
            }
        }
        if ((node->kind == LINK_PARALLEL ||
             (is_move_to(node, number) && node->hop == HOP_SPLIT)) &&
            p > group) {
            group = p;
            ret->group = at;
        }
        if (node->kind != LINK_INSTANCE && node->started_s > ret->at_s)
            ret->at_s = node->started_s;
    }
    ret->decoys = decoys > 0;
    ret->strength = 1 - (1 - hop) * (1 - GROUP * group) * (1 - DECOYS * decoys);
    if (ret->at_s < touched_s)
        ret->at_s = touched_s;
}

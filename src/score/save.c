/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a score table as a walk (base/saved.h): the formula's version; sources level by
 * level, the longest untouched first, and those of no list before them by address; links by id,
 * which name their ends by place among the sources, from 1; cells of the flood. */
#include <math.h>
#include <stdlib.h>

#include "base/saved.h"
#include "score/state.h"

#define MAGIC "NJSCORE\5"

/* What is walked. Saving: in which order. */
struct walked {
    struct score_table *table;
    uint32_t *entries; /* numbers of entries, in the order of their places */
    uint32_t *place;   /* by number of an entry, from 1 */
    uint32_t *nodes;   /* numbers of nodes */
    uint32_t links;
};

/* ---- values ---- */

/* 0 to `most`. */
static void walk_amount(struct nj_saved *s, double *value, double most)
{
    nj_saved_double(s, value);
    nj_saved_check(s, *value >= 0 && *value <= most);
}

static void walk_share(struct nj_saved *s, float *value, float most)
{
    nj_saved_float(s, value);
    nj_saved_check(s, *value >= 0 && *value <= most);
}

/* Such that can be told in microseconds. */
static void walk_seconds(struct nj_saved *s, int64_t *seconds)
{
    nj_saved_i64(s, seconds);
    nj_saved_check(s, *seconds <= TIME_MAX_S && *seconds >= -TIME_MAX_S);
}

static void walk_level(struct nj_saved *s, enum risk_level *level)
{
    uint8_t number = (uint8_t)*level;

    nj_saved_u8(s, &number);
    nj_saved_check(s, number < RISK_LEVELS);
    if (nj_saved_reading(s))
        *level = nj_saved_bad(s) ? (enum risk_level)0 : (enum risk_level)number;
}

/* ---- a source ---- */

static void walk_port(struct nj_saved *s, struct note_port *port)
{
    nj_saved_u16(s, &port->port);
    nj_saved_u8(s, &port->proto);
    nj_saved_u32(s, &port->sessions);
    walk_share(s, &port->risk, 1);
}

static void walk_notes(struct nj_saved *s, struct notes *notes)
{
    nj_saved_i64(s, &notes->first_us);
    nj_saved_i64(s, &notes->last_us);
    nj_saved_u64(s, &notes->sessions);
    nj_saved_u64(s, &notes->packets);
    nj_saved_u64(s, &notes->targets);
    nj_saved_u64(s, &notes->exploits);
    nj_saved_u64(s, &notes->logins);
    nj_saved_u64(s, &notes->scans);
    walk_amount(s, &notes->coverage, 1);
    walk_amount(s, &notes->pps, HUGE_VAL);
    walk_amount(s, &notes->novelty_p, 1);
    walk_share(s, &notes->exploit_strength, 1);
    walk_share(s, &notes->tool_strength, 1);
    walk_share(s, &notes->tool_bits, 1e9f);
    nj_saved_name(s, &notes->rule);
    nj_saved_name(s, &notes->tool);
    nj_saved_name(s, &notes->stack);
    nj_saved_u32(s, &notes->tool_packets);
    nj_saved_u32(s, &notes->ports_seen);
    nj_saved_u32(s, &notes->risky_ports);
    nj_saved_u32(s, &notes->port_count);
    for (unsigned i = 0; i < NOTE_PORTS; i++)
        walk_port(s, &notes->ports[i]);
    walk_port(s, &notes->first_port);
    walk_port(s, &notes->novelty_port);
    nj_saved_u8(s, &notes->days);
    nj_saved_u8(s, &notes->sensors);
    nj_saved_check(s, notes->port_count <= NOTE_PORTS && notes->days <= 30 &&
                          notes->sensors <= 64);
    nj_saved_bool(s, &notes->declared);
    nj_saved_bool(s, &notes->slow);
    nj_saved_bool(s, &notes->disguised);
    nj_saved_bool(s, &notes->whole_session);
    nj_saved_bool(s, &notes->local);
}

static void walk_grade(struct nj_saved *s, struct grade_facts *grade)
{
    nj_saved_u64(s, &grade->sessions);
    nj_saved_u64(s, &grade->packets);
    nj_saved_u64(s, &grade->two_way);
    nj_saved_u64(s, &grade->logins);
    nj_saved_u64(s, &grade->fields);
    nj_saved_u64(s, &grade->repeats);
    nj_saved_u32(s, &grade->stacks);
    nj_saved_u32(s, &grade->hours);
    nj_saved_u8(s, &grade->ttl_min);
    nj_saved_u8(s, &grade->ttl_max);
    nj_saved_bool(s, &grade->one_tool);
}

/* A contribution as it is told. */
static void walk_told(struct nj_saved *s, double *value, double most)
{
    walk_amount(s, value, most);
    nj_saved_check(s,
                   !(*value > risk_state_value(*value) || *value < risk_state_value(*value)));
}

static void walk_path(struct nj_saved *s, struct path *path)
{
    for (unsigned k = 0; k < RISK_GROUPS; k++) /* rounded, also up */
        walk_told(s, &path->value[k], risk_state_value(risk_weights[k]));
    nj_saved_i64(s, &path->base_s);
    nj_saved_check(s, path->base_s == NEVER_TOLD ||
                          (path->base_s <= TIME_MAX_S && path->base_s >= -TIME_MAX_S));
    nj_saved_bool(s, &path->limits.declared);
    nj_saved_bool(s, &path->limits.cold);
    walk_amount(s, &path->limits.exploit_strength, 1);
    nj_saved_u64(s, &path->limits.exploit_sessions);
}

/* Reading: it is made. */
static int walk_override(struct nj_saved *s, struct risk_override **override,
                         struct nj_err *err)
{
    struct risk_override one = {.set = true};
    bool is_set = *override != NULL;

    nj_saved_bool(s, &is_set);
    if (!is_set)
        return 0;
    if (!nj_saved_reading(s))
        one = **override;
    nj_saved_bool(s, &one.has_score);
    walk_amount(s, &one.score, 100);
    walk_level(s, &one.level);
    nj_saved_i64(s, &one.at_us);
    for (size_t i = 0; i < sizeof(one.author); i++)
        nj_saved_u8(s, (uint8_t *)&one.author[i]);
    for (size_t i = 0; i < sizeof(one.reason); i++)
        nj_saved_u8(s, (uint8_t *)&one.reason[i]);
    if (!nj_saved_reading(s))
        return 0;
    nj_saved_check(s, override_valid(&one));
    if (nj_saved_bad(s))
        return 0;
    *override = malloc(sizeof(one));
    if (*override == NULL)
        return nj_fail(err, NJ_NOMEM, "scores");
    **override = one;
    return 0;
}

/* What is saved of an entry. */
struct walked_entry {
    struct addr src;
    int64_t due_s;
    bool dirty, scheduled;
    uint8_t list;
};

static int walk_entry(struct nj_saved *s, struct walked_entry *entry, struct record *record,
                      struct nj_err *err)
{
    nj_saved_u64(s, &entry->src.hi);
    nj_saved_u64(s, &entry->src.lo);
    for (unsigned k = 0; k < RISK_GROUPS; k++) {
        walk_amount(s, &record->own[k].value, risk_weights[k]);
        walk_seconds(s, &record->own[k].at_s);
    }
    walk_notes(s, &record->notes);
    walk_grade(s, &record->grade);
    nj_saved_u32(s, &record->crowd);
    walk_level(s, &record->level.level);
    walk_level(s, &record->level.previous);
    walk_seconds(s, &record->level.changed_s);
    for (unsigned i = 0; i < RISK_LEVELS; i++)
        walk_seconds(s, &record->level.below_s[i]);
    walk_path(s, &record->told);
    walk_seconds(s, &record->settled_s);
    walk_seconds(s, &record->touched_s);
    walk_seconds(s, &entry->due_s);
    nj_saved_bool(s, &entry->dirty);
    nj_saved_bool(s, &entry->scheduled);
    nj_saved_u8(s, &entry->list);
    nj_saved_check(s, entry->list <= NO_LIST);
    return walk_override(s, &record->override, err);
}

static int put_entry(struct nj_saved *s, struct score_table *table, uint32_t number,
                     struct nj_err *err)
{
    struct record room, record = *record_see(table, number, &room);
    const struct entry *entry = &table->entries[number];
    struct walked_entry walked = {.src = entry_src(table, number),
                                  .due_s = entry->due_s,
                                  .dirty = entry->dirty,
                                  .scheduled = entry->heap_at != 0,
                                  .list = entry->list};

    return walk_entry(s, &walked, &record, err);
}

/* Everything that refers to a place in the table is made anew. */
static int get_entry(struct nj_saved *s, struct score_table *table, struct nj_err *err)
{
    struct record known = {.told.base_s = NEVER_TOLD}, *record;
    struct walked_entry one = {.list = NO_LIST};
    bool fault = false;
    uint32_t number;

    if (walk_entry(s, &one, &known, err) < 0)
        return -1;
    nj_saved_check(s, entry_find(table, one.src) == 0);
    number = nj_saved_bad(s) ? 0 : entry_make(table, one.src, &fault);
    if (number == 0) {
        nj_saved_refuse(s); /* more than this table may hold */
        free(known.override);
        return fault ? nj_fail(err, NJ_NOMEM, "scores") : 0;
    }
    record = record_open(table, number, err);
    if (record == NULL) {
        free(known.override);
        return -1;
    }
    *record = known;
    table->entries[number].due_s = one.due_s;
    table->counts.overrides += known.override != NULL;
    entry_list(table, number, one.list);
    if ((one.dirty && entry_mark(table, number, err) < 0) ||
        (one.scheduled && entry_schedule(table, number, one.due_s, err) < 0))
        return -1;
    return 0;
}

/* ---- the table ---- */

/* The ends are places; reading, into a table that was empty, an entry's number is its place. */
static int walk_nodes(struct nj_saved *s, struct walked *w, uint32_t places, struct nj_err *err)
{
    uint32_t count = w->links;

    nj_saved_u32(s, &count);
    for (uint32_t i = 0; i < count && !nj_saved_bad(s); i++) {
        struct node node = {.id = 0};

        if (!nj_saved_reading(s)) {
            node = w->table->nodes[w->nodes[i]];
            node.end[0] = w->place[node.end[0]];
            node.end[1] = w->place[node.end[1]];
        }
        nj_saved_u64(s, &node.id);
        nj_saved_u32(s, &node.end[0]);
        nj_saved_u32(s, &node.end[1]);
        walk_amount(s, &node.probability, 1);
        walk_seconds(s, &node.started_s);
        nj_saved_u8(s, &node.kind);
        nj_saved_u8(s, &node.hop);
        nj_saved_bool(s, &node.decoys);
        nj_saved_u64(s, &node.process);
        if (!nj_saved_reading(s))
            continue;
        nj_saved_check(s, node.kind <= LINK_SUCCESSION && node.hop <= HOP_SPLIT &&
                              node.end[0] > 0 && node.end[0] <= places && node.end[1] > 0 &&
                              node.end[1] <= places && node.end[0] != node.end[1] &&
                              node_find(w->table, node.id) == 0);
        if (!nj_saved_bad(s) && node_set(w->table, &node, err) < 0)
            return -1;
    }
    return 0;
}

static void walk_flood(struct nj_saved *s, struct flood *flood)
{
    uint32_t count = (uint32_t)flood->count;

    nj_saved_u32(s, &count);
    nj_saved_check(s, count <= 2 * FLOOD_CELLS);
    for (uint32_t i = 0; i < count && !nj_saved_bad(s); i++) {
        struct flood_cell *cell = &flood->cells[i];

        nj_saved_i64(s, &cell->minute);
        nj_saved_u16(s, &cell->port);
        nj_saved_u8(s, &cell->proto);
        nj_saved_u32(s, &cell->sources);
        nj_saved_check(s, i == 0 || flood_compare(cell - 1, cell) < 0);
    }
    if (nj_saved_reading(s))
        flood->count = nj_saved_bad(s) ? 0 : count;
}

static int walk(struct nj_saved *s, void *state, struct nj_err *err)
{
    struct walked *w = state;
    struct score_counts *counts = &w->table->counts;
    uint32_t sources = (uint32_t)counts->sources, version = RISK_VERSION;
    uint64_t refused = counts->links_refused;

    nj_saved_u32(s, &version);
    nj_saved_check(s, version == RISK_VERSION);
    nj_saved_u64(s, &counts->sources_evicted);
    nj_saved_u64(s, &counts->sources_forgotten);
    nj_saved_u64(s, &refused);
    nj_saved_u64(s, &w->table->flood.evicted);
    nj_saved_u32(s, &sources);
    for (uint32_t i = 0; i < sources && !nj_saved_bad(s); i++)
        if ((nj_saved_reading(s) ? get_entry(s, w->table, err)
                                 : put_entry(s, w->table, w->entries[i], err)) < 0)
            return -1;
    if (walk_nodes(s, w, sources, err) < 0)
        return -1;
    walk_flood(s, &w->table->flood);
    if (nj_saved_reading(s)) {
        counts->links_refused += refused;
        counts->flood_cells_evicted = w->table->flood.evicted;
    }
    return 0;
}

/* ---- the order of what is saved ---- */

struct ranked {
    struct addr key;
    uint32_t number;
};

static int by_key(const void *a, const void *b)
{
    return addr_compare(((const struct ranked *)a)->key, ((const struct ranked *)b)->key);
}

static uint32_t ranked_numbers(struct ranked *ranked, uint32_t count, uint32_t *ret_numbers)
{
    qsort(ranked, count, sizeof(*ranked), by_key);
    for (uint32_t i = 0; i < count; i++)
        ret_numbers[i] = ranked[i].number;
    return count;
}

static int order_all(struct walked *w, struct nj_err *err)
{
    const struct score_table *table = w->table;
    uint32_t end = table->entry_end > table->node_end ? table->entry_end : table->node_end;
    struct ranked *ranked = calloc((size_t)end + 1, sizeof(*ranked));
    uint32_t count = 0;

    w->entries = calloc((size_t)table->entry_end + 1, sizeof(*w->entries));
    w->place = calloc((size_t)table->entry_end + 1, sizeof(*w->place));
    w->nodes = calloc((size_t)table->node_end + 1, sizeof(*w->nodes));
    if (ranked == NULL || w->entries == NULL || w->place == NULL || w->nodes == NULL) {
        free(ranked);
        return nj_fail(err, NJ_NOMEM, "scores");
    }
    for (uint32_t i = 1; i < table->node_end; i++)
        if (table->nodes[i].used)
            ranked[count++] = (struct ranked){{.lo = table->nodes[i].id}, i};
    w->links = ranked_numbers(ranked, count, w->nodes);
    count = 0;
    for (uint32_t i = 1; i < table->entry_end; i++) {
        const struct entry *entry = &table->entries[i];

        if (entry->used && entry->list == NO_LIST)
            ranked[count++] = (struct ranked){entry_src(table, i), i};
    }
    count = ranked_numbers(ranked, count, w->entries);
    for (unsigned list = 0; list < RISK_LEVELS; list++)
        for (uint32_t i = table->oldest[list]; i != 0; i = table->entries[i].newer)
            w->entries[count++] = i;
    for (uint32_t i = 0; i < count; i++)
        w->place[w->entries[i]] = i + 1;
    free(ranked);
    return 0;
}

int score_table_save(const struct score_table *table, const struct nj_intern *names, FILE *out,
                     struct nj_err *err)
{
    /* a walk that writes changes nothing */
    struct walked w = {.table = (struct score_table *)(uintptr_t)table};
    int rc = order_all(&w, err);

    if (rc == 0)
        rc = nj_saved_write(out, MAGIC, names, walk, &w, err);
    free(w.entries);
    free(w.place);
    free(w.nodes);
    if (rc == 0 && fflush(out) != 0)
        rc = nj_fail(err, NJ_IO, "write the scores");
    return rc;
}

int score_table_load(struct score_table *table, struct nj_intern *names, FILE *in,
                     struct nj_err *err)
{
    struct walked w = {.table = table};
    size_t max_sources = table->options.max_sources;
    int rc;

    table_clear(table);
    table->options.max_sources = UINT32_MAX / 8; /* the next step makes room */
    rc = nj_saved_read(in, MAGIC, names, walk, &w, err);
    table->options.max_sources = max_sources;
    if (rc < 0) {
        table_clear(table);
        return nj_within(err, "scores");
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The table of scored sources: made, told of facts, links, findings and overrides, and asked.
 * Its places are entries.c's, its steps step.c's. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/span.h"
#include "score/stage.h"
#include "score/state.h"

#define HASH_SEED 0x6e6a73636f7265u

static int64_t seconds(int64_t us)
{
    return us / US_PER_S;
}

/* All records and overrides. */
static void drop_records(struct score_table *table)
{
    for (uint32_t i = 1; i < table->entry_end; i++)
        record_drop(table, i);
    nj_shelf_empty(&table->shelf);
    nj_shared_clear(&table->known);
    nj_shared_clear(&table->told);
    table->open_next = 0;
}

void table_clear(struct score_table *table)
{
    drop_records(table);
    reals_clear(&table->reals);
    nj_index_clear(&table->by_addr);
    nj_index_clear(&table->by_id);
    memset(table->oldest, 0, sizeof(table->oldest));
    memset(table->newest, 0, sizeof(table->newest));
    table->entry_end = table->node_end = table->heads_end = 1;
    table->entry_free = table->node_free = table->heads_free = 0;
    table->wide_end = table->wide_free = 0;
    table->dirty_count = table->heap_count = table->unsaved_count = 0;
    memset(table->ahead_entry, 0, sizeof(table->ahead_entry));
    table->flood.count = 0;
    table->flood.evicted = 0;
    table->counts = (struct score_counts){.sources = 0};
}

int score_table_new(const struct score_options *options, struct score_table **ret_table,
                    struct nj_err *err)
{
    struct score_table *table = calloc(1, sizeof(*table));

    if (table == NULL)
        return nj_fail(err, NJ_NOMEM, "table of scores");
    table->options = *options;
    if (table->options.max_sources == 0)
        table->options.max_sources = 1;
    if (table->options.max_sources > UINT32_MAX / 8)
        table->options.max_sources = UINT32_MAX / 8; /* numbers of links have 32 bits */
    /* Without the secret the table works as well, but senders could aim at it. */
    if (getrandom(&table->secret, sizeof(table->secret), GRND_NONBLOCK) < 0)
        table->secret = HASH_SEED;
    table->port_risks = port_risks_new();
    table->open_room = options->open_records == 0 ? RECORDS_OPEN : options->open_records;
    table->open = calloc(table->open_room, sizeof(*table->open));
    if (table->port_risks == NULL || table->open == NULL ||
        nj_index_init(&table->by_addr, entry_hash, table) < 0 ||
        nj_index_init(&table->by_id, node_hash, table) < 0 ||
        reals_init(&table->reals, table->secret) < 0 ||
        nj_shared_init(&table->known, table->secret) < 0 ||
        nj_shared_init(&table->told, table->secret) < 0 ||
        flood_init(&table->flood, options->addresses) < 0) {
        score_table_free(table);
        return nj_fail(err, NJ_NOMEM, "table of scores");
    }
    table_clear(table);
    *ret_table = table;
    return 0;
}

void score_table_free(struct score_table *table)
{
    if (table == NULL)
        return;
    drop_records(table);
    nj_shared_done(&table->known);
    nj_shared_done(&table->told);
    reals_done(&table->reals);
    free(table->port_risks);
    free(table->open);
    free(table->entries);
    free(table->wide);
    free(table->nodes);
    free(table->heads);
    free(table->dirty);
    free(table->unsaved);
    free(table->heap);
    nj_index_done(&table->by_addr);
    nj_index_done(&table->by_id);
    flood_done(&table->flood);
    free(table);
}

const struct score_counts *score_table_counts(const struct score_table *table)
{
    return &table->counts;
}

static void touch(struct record *record, int64_t at_s)
{
    if (at_s > record->touched_s)
        record->touched_s = at_s;
}

/* The same, of the source of this number. */
static int touch_number(struct score_table *table, uint32_t number, int64_t at_s,
                        struct nj_err *err)
{
    struct record *record = record_open(table, number, err);

    if (record == NULL)
        return -1;
    touch(record, at_s);
    return 0;
}

/* The entry of a source, for something new about it. @return 0: refused, which is no fault if
 * *ret_rc is 0 */
static uint32_t entry_for(struct score_table *table, struct addr src, int *ret_rc,
                          struct nj_err *err)
{
    bool fault;
    uint32_t number = entry_make(table, src, &fault);

    *ret_rc = 0;
    if (number == 0 && fault)
        *ret_rc = nj_fail(err, NJ_NOMEM, "%llu scored sources",
                          (unsigned long long)table->counts.sources);
    return number;
}

static bool asked_for_nothing(const struct source_facts *facts)
{
    return facts->class_sessions[CLASS_SCAN] == 0 &&
           facts->class_sessions[CLASS_EXPLOIT] == 0 &&
           facts->class_sessions[CLASS_CREDENTIAL] == 0;
}

int score_table_observe(struct score_table *table, const struct source_facts *facts,
                        int64_t now_us, struct nj_err *err)
{
    struct source_facts known = *facts;
    struct record *record;
    bool is_new;
    int rc;
    uint32_t number;

    if (asked_for_nothing(facts))
        return 0;
    number = entry_for(table, facts->src, &rc, err);
    if (number == 0)
        return rc;
    if (known.last_us > now_us)
        known.last_us = now_us;
    record = record_open(table, number, err);
    if (record == NULL)
        return -1;
    is_new = record->notes.sessions == 0;
    if (known.sessions >= record->notes.sessions)
        grade_read(&known, table->options.names, &record->grade);
    facts_observe(&known, &table->options, table->port_risks, &record->notes, record->own);
    touch(record, seconds(known.last_us));
    if (is_new && flood_shape(&record->notes))
        flood_add(&table->flood, &record->notes);
    return graph_mark(table, number, err);
}

static bool has_decoys(const struct link *link)
{
    for (uint32_t i = 0; i < link->evidence_count && i < LINK_EVIDENCE_MAX; i++) {
        if (strncmp(link->evidence[i].feature, "decoy", 5) == 0 && link->evidence[i].bits > 0)
            return true;
    }
    return false;
}

int score_table_link(struct score_table *table, const struct link *link, struct nj_err *err)
{
    uint32_t old = node_find(table, link->id), a, b;
    struct node node = {.id = link->id};
    int rc;

    if (old != 0) {
        node = table->nodes[old];
        if (graph_mark(table, node.end[0], err) < 0 || graph_mark(table, node.end[1], err) < 0)
            return -1;
        node_remove(table, old);
    }
    if (link->state != LINK_ACCEPTED || addr_equal(link->a_src, link->b_src) ||
        !(link->probability > 0))
        return 0;
    a = entry_for(table, link->a_src, &rc, err);
    if (a == 0)
        return rc;
    if (entry_mark(table, a, err) < 0)
        return -1;
    b = entry_for(table, link->b_src, &rc, err);
    if (b == 0)
        return rc;
    node = (struct node){
        .id = link->id,
        .end = {a, b},
        .probability = link->probability < 1 ? link->probability : 1,
        .started_s = seconds(link->started_us),
        .kind = (uint8_t)link->kind,
        .hop = (uint8_t)link->hop,
        .decoys = has_decoys(link),
        .process = link->kind == LINK_SUCCESSION ? link->process : 0,
    };
    if (touch_number(table, a, seconds(link->stopped_us), err) < 0 ||
        touch_number(table, b, seconds(link->started_us), err) < 0 ||
        node_set(table, &node, err) < 0)
        return -1;
    if (graph_mark(table, a, err) < 0)
        return -1;
    return graph_mark(table, b, err);
}

int score_table_novelty(struct score_table *table, struct addr src, double p, uint16_t port,
                        uint8_t proto, int64_t at_us, struct nj_err *err)
{
    double strength = risk_novelty(p);
    struct decayed *own;
    struct record *record;
    int rc;
    uint32_t number;

    if (strength == 0)
        return 0;
    number = entry_for(table, src, &rc, err);
    if (number == 0)
        return rc;
    record = record_open(table, number, err);
    if (record == NULL)
        return -1;
    own = &record->own[RISK_NOVELTY];
    decayed_observe(own, RISK_NOVELTY, risk_weights[RISK_NOVELTY] * strength, seconds(at_us));
    if (own->at_s == seconds(at_us)) {
        record->notes.novelty_p = p > 0 ? p : 0;
        record->notes.novelty_port = (struct note_port){.port = port, .proto = proto};
    }
    touch(record, seconds(at_us));
    return graph_mark(table, number, err);
}

int score_table_override(struct score_table *table, struct addr src,
                         const struct risk_override *override, struct nj_err *err)
{
    struct risk_override *copy;
    struct record *record;
    uint32_t number;
    int rc;

    if (!override->set) {
        number = entry_find(table, src);
        if (number == 0)
            return 0;
        record = record_open(table, number, err);
        if (record == NULL)
            return -1;
        if (record->override == NULL)
            return 0;
        free(record->override);
        record->override = NULL;
        table->counts.overrides--;
        return entry_mark(table, number, err);
    }
    if (!override_valid(override))
        return nj_fail(err, NJ_CONFIG,
                       "override: a score from 0 to 100 or a level, an author and a reason of "
                       "one line each are needed");
    if (table->counts.overrides >= table->options.max_sources)
        return nj_fail(err, NJ_LIMIT, "%zu overrides", table->options.max_sources);
    number = entry_for(table, src, &rc, err);
    if (number == 0)
        return rc < 0 ? rc : nj_fail(err, NJ_LIMIT, "override: the table of scores is full");
    record = record_open(table, number, err);
    if (record == NULL)
        return -1;
    copy = record->override != NULL ? record->override : malloc(sizeof(*copy));
    if (copy == NULL)
        return nj_fail(err, NJ_NOMEM, "override");
    table->counts.overrides += record->override == NULL;
    *copy = *override;
    if (copy->has_score)
        copy->level = risk_level_of(copy->score);
    record->override = copy;
    entry_list(table, number, NO_LIST);
    touch(record, seconds(override->at_us));
    return entry_mark(table, number, err);
}

bool score_table_find(const struct score_table *table, struct addr src, int64_t at_us,
                      struct suspect *ret)
{
    uint32_t number = entry_find(table, src);
    int64_t at_s = seconds(at_us), quiet_s;
    const struct record *record;
    struct level_state level;
    struct record room;
    struct view view;

    if (number == 0)
        return false;
    record = record_see(table, number, &room);
    level = record->level;
    quiet_s = table->entries[number].dirty ? at_s : record->settled_s;
    if (quiet_s > at_s)
        quiet_s = at_s;
    entry_view(table, number, record, quiet_s, &view);
    level_settle(&level, &view.path, quiet_s, at_s);
    entry_suspect(table, number, record, &view, &level, at_us, ret);
    return true;
}

void score_table_stage_text(const struct score_table *table, struct addr src, size_t size,
                            char *ret_text)
{
    uint32_t number = entry_find(table, src);
    const struct notes *notes;
    struct record room;

    ret_text[0] = '\0';
    if (number == 0)
        return;
    notes = &record_see(table, number, &room)->notes;
    stage_text(stage_of(src, notes), notes, table->options.names, size, ret_text);
}

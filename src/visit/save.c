/* SPDX-License-Identifier: Apache-2.0 */
/* The state as bytes (base/saved.h): head, labels, open visits in the order of opening,
 * sessions and a 0. A label is its place in the list. The wheel and the index are made anew:
 * nothing that comes out depends on them. */
#include "visit/save.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#define MAGIC "NJVISIT\4"
#define AHEAD 8

static void walk_time(struct nj_saved *s, int64_t *time_ns)
{
    nj_saved_i64(s, time_ns);
    nj_saved_check(s, *time_ns == INT64_MIN ||
                          (*time_ns >= -TIME_MAX_NS && *time_ns <= TIME_MAX_NS));
}

static int walk_head(struct nj_saved *s, struct visit_table *table, struct nj_err *err)
{
    struct visit_table_counts *c = &table->counts;
    const uint64_t own_seed = XXH3_64bits(&table->seed, sizeof(table->seed));
    uint64_t seed = own_seed, payload_bytes = table->options.payload_bytes;

    nj_saved_u64(s, &seed);
    nj_saved_u64(s, &payload_bytes);
    if (!nj_saved_bad(s) && (seed != own_seed || payload_bytes != table->options.payload_bytes))
        return nj_fail(err, NJ_FORMAT, "of other options");
    walk_time(s, &table->clock_ns);
    walk_time(s, &table->latest_ns);
    nj_saved_u64(s, &table->next_seq);
    nj_saved_u64(s, &table->next_opened);
    nj_saved_u64(s, &c->packets);
    nj_saved_u64(s, &c->sessions);
    nj_saved_u64(s, &c->visits);
    nj_saved_u64(s, &c->parts);
    nj_saved_u64(s, &c->own);
    nj_saved_u64(s, &c->visits_forced);
    nj_saved_u64(s, &c->sessions_evicted);
    nj_saved_u64(s, &c->targets_saturated);
    nj_saved_u64(s, &c->labels_refused);
    nj_saved_u64(s, &c->recounted);
    return 0;
}

static int walk_labels(struct nj_saved *s, struct walked *w, struct nj_err *err)
{
    struct labels *labels = &w->table->labels;
    uint32_t count = labels->count;

    nj_saved_u32(s, &count);
    nj_saved_check(s, count <= LABELS_MAX);
    if (nj_saved_bad(s))
        return 0;
    if (nj_saved_reading(s)) {
        w->labels = calloc((size_t)count + 1, sizeof(*w->labels));
        if (w->labels == NULL)
            return nj_fail(err, NJ_NOMEM, "labels");
    }
    for (uint32_t i = 0; i < count && !nj_saved_bad(s); i++) {
        struct label label = {.class = 0};

        if (!nj_saved_reading(s))
            label = labels->list[i];
        label.class = saved_below_u8(s, (uint8_t)label.class, CLASS_COUNT);
        nj_saved_name(s, &label.rule);
        nj_saved_name(s, &label.stack);
        if (nj_saved_reading(s))
            w->labels[i] = labels_add(labels, label.class, label.rule, label.stack);
    }
    w->label_count = count;
    return 0;
}

void saved_label(struct nj_saved *s, const struct walked *w, uint32_t *label)
{
    nj_saved_u32(s, label);
    if (!nj_saved_reading(s))
        return;
    nj_saved_check(s, *label < w->label_count);
    *label = nj_saved_bad(s) ? 0 : w->labels[*label];
}

/* Kind, answered, position and time fill one number: a state has millions of sessions. */
_Static_assert(3 + FLOW_POSITION_BITS + SESSION_US_BITS == 64, "a session's head is a number");

static void walk_session_head(struct nj_saved *s, struct session_record *record)
{
    uint64_t head = (uint64_t)record->kind | (uint64_t)record->answered << 2 |
                    (uint64_t)record->position << 3 |
                    record->last_us << (3 + FLOW_POSITION_BITS);

    nj_saved_u64(s, &head);
    record->kind = (enum session_kind)(head & 3);
    record->answered = head >> 2 & 1;
    record->position = (uint32_t)(head >> 3) & ((1u << FLOW_POSITION_BITS) - 1);
    record->last_us = head >> (3 + FLOW_POSITION_BITS);
}

/* They end with one of no kind. */
static void walk_sessions(struct nj_saved *s, const struct walked *w)
{
    const struct visit_table *table = w->table;
    size_t cursor = 0;

    while (true) {
        struct session_record record = {.kind = SESSION_NONE};

        if (!nj_saved_reading(s) && !session_table_each(table->sessions, table->clock_ns,
                                                        table->latest_ns, &cursor, &record))
            record = (struct session_record){.kind = SESSION_NONE};
        walk_session_head(s, &record);
        if (record.kind == SESSION_NONE)
            return;
        nj_saved_u32(s, &record.tag);
        nj_saved_u32(s, &record.seq);
        nj_saved_u32(s, &record.delta_us);
        saved_label(s, w, &record.label);
        nj_saved_check(s, record.delta_us < 1u << SESSION_DELTA_BITS);
        if (nj_saved_bad(s))
            return;
        if (nj_saved_reading(s))
            session_table_put(table->sessions, &record, table->clock_ns);
    }
}

static int by_opening(const void *a, const void *b)
{
    const struct open_visit *left = *(const struct open_visit *const *)a;
    const struct open_visit *right = *(const struct open_visit *const *)b;

    return left->opened < right->opened ? -1 : left->opened > right->opened;
}

/* @return the open visits in the order of opening, NULL when out of memory */
static struct open_visit **list_visits(const struct visit_table *table)
{
    struct open_visit **list = calloc(table->counts.open + 1, sizeof(*list));
    size_t count = 0;

    if (list == NULL)
        return NULL;
    for (size_t i = 0; i <= table->index_mask; i++) {
        if (table->index[i].visit != 0)
            list[count++] = &table->visits[table->index[i].visit];
    }
    qsort(list, count, sizeof(struct open_visit *), by_opening);
    return list;
}

/* The order of opening is not that of memory. */
static void load_ahead(const struct walked *w, uint32_t i, uint32_t visits)
{
    if (i + AHEAD < visits) {
        __builtin_prefetch(w->visits[i + AHEAD]);
        __builtin_prefetch((const char *)w->visits[i + AHEAD] + 64);
    }
}

static int walk(struct nj_saved *s, void *state, struct nj_err *err)
{
    struct walked *w = state;
    uint32_t visits = (uint32_t)w->table->counts.open;

    if (walk_head(s, w->table, err) < 0 || walk_labels(s, w, err) < 0)
        return -1;
    nj_saved_u32(s, &visits);
    if (nj_saved_reading(s) && !nj_saved_bad(s) && visits > w->table->options.max_visits)
        return nj_fail(err, NJ_LIMIT, "%u are open, limit %zu", visits,
                       w->table->options.max_visits);
    for (uint32_t i = 0; i < visits && !nj_saved_bad(s); i++) {
        if (!nj_saved_reading(s))
            load_ahead(w, i, visits);
        if (saved_visit(s, w, nj_saved_reading(s) ? NULL : w->visits[i], err) < 0)
            return -1;
    }
    walk_sessions(s, w);
    return 0;
}

int visit_table_save(const struct visit_table *table, const struct nj_intern *names, FILE *out,
                     struct nj_err *err)
{
    /* a walk that writes changes nothing */
    struct walked w = {.table = (struct visit_table *)(uintptr_t)table,
                       .visits = list_visits(table)};
    int rc;

    if (w.visits == NULL)
        return nj_fail(err, NJ_NOMEM, "save visits");
    rc = nj_saved_write(out, MAGIC, names, walk, &w, err);
    free(w.visits);
    return rc < 0 ? nj_within(err, "save visits") : 0;
}

/* A table as new: what it held is dropped. */
static int start_anew(struct visit_table *table, struct nj_err *err)
{
    struct session_table *sessions = NULL;
    struct labels labels;

    if (labels_init(&labels, &table->counts.labels_refused, err) < 0)
        return -1;
    if (session_table_new(table->options.max_sessions, &table->counts.sessions_evicted,
                          &sessions, err) < 0) {
        labels_done(&labels);
        return -1;
    }
    labels_done(&table->labels);
    session_table_free(table->sessions);
    table->labels = labels;
    table->sessions = sessions;
    open_visits_clear(table);
    memset(&table->counts, 0, sizeof(table->counts));
    table->clock_ns = table->latest_ns = INT64_MIN;
    return 0;
}

int visit_table_load(struct visit_table *table, struct nj_intern *names, FILE *in,
                     struct nj_err *err)
{
    struct walked w = {.table = table};
    uint64_t seq = table->next_seq;
    int rc;

    if (start_anew(table, err) < 0)
        return -1;
    rc = nj_saved_read(in, MAGIC, names, walk, &w, err);
    free(w.labels);
    if (rc < 0 && start_anew(table, NULL) == 0)
        table->next_seq = seq;
    return rc < 0 ? nj_within(err, "saved visits") : 0;
}

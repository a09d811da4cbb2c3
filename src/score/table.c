/* SPDX-License-Identifier: Apache-2.0 */
/* The table of scored sources: who is in it, when it is looked at, who leaves.
 *
 *   index      address -> entry, by a keyed hash
 *   lists      per level, the longest untouched first: who leaves when the table is full
 *   dirty      entries with new facts or links since the last step
 *   heap       entries by the time at which silence alone will have changed them
 *
 * So a step costs what changed, and a source whose score can't move isn't looked at. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <xxhash.h>

#include "score/stage.h"
#include "score/state.h"

#define US_PER_S 1000000
#define HASH_SEED 0x6e6a73636f7265u
#define FLOOD_WAIT_S 1200 /* rows of captures are handed on ten minutes late at most */
#define NEXT_LOOK_S (30ll * 24 * 3600) /* of a source that isn't forgotten yet */

static int64_t seconds(int64_t us)
{
    return us / US_PER_S;
}

/* ---- entries ---- */

static uint64_t hash_of(const struct score_table *table, struct addr src)
{
    return XXH3_64bits_withSeed(&src, sizeof(src), table->secret);
}

uint32_t entry_find(const struct score_table *table, struct addr src)
{
    uint64_t hash = hash_of(table, src);
    size_t cursor = 0;
    uint32_t number;

    do
        number = index_next(&table->by_addr, hash, &cursor);
    while (number != 0 && !addr_equal(table->entries[number].src, src));
    return number;
}

void score_table_prefetch(struct score_table *table, struct addr src)
{
    uint64_t *ahead = &table->ahead[table->prefetched++ % PREFETCH_AHEAD];
    uint64_t earlier = *ahead;
    size_t cursor = 0;
    uint32_t number = index_next(&table->by_addr, earlier, &cursor);

    *ahead = hash_of(table, src);
    __builtin_prefetch(&table->by_addr.slots[*ahead & table->by_addr.mask]);
    if (number != 0)
        for (size_t at = 0; at < sizeof(struct entry); at += 64)
            __builtin_prefetch((const char *)&table->entries[number] + at, 1);
}

static int entry_room(struct score_table *table)
{
    uint32_t room = table->entry_room == 0 ? 64 : 2 * table->entry_room;
    struct entry *entries;

    if (table->entry_free != 0 || table->entry_end < table->entry_room)
        return 0;
    entries = realloc(table->entries, room * sizeof(*entries));
    if (entries == NULL)
        return -1;
    table->entries = entries;
    table->entry_room = room;
    return 0;
}

uint32_t entry_make(struct score_table *table, struct addr src, bool *ret_fault)
{
    uint32_t number = entry_find(table, src);

    *ret_fault = false;
    if (number != 0)
        return number;
    if (table->counts.sources >= 2 * (uint64_t)table->options.max_sources) {
        table->counts.sources_evicted++;
        return 0;
    }
    *ret_fault = true;
    if (entry_room(table) < 0)
        return 0;
    number = table->entry_free != 0 ? table->entry_free : table->entry_end;
    if (index_add(&table->by_addr, hash_of(table, src), number) < 0)
        return 0;
    *ret_fault = false;
    if (number == table->entry_free)
        table->entry_free = table->entries[number].newer;
    else
        table->entry_end++;
    table->entries[number] =
        (struct entry){.src = src, .used = true, .told.base_s = NEVER_TOLD, .list = NO_LIST};
    table->counts.sources++;
    return number;
}

void entry_list(struct score_table *table, uint32_t number, uint8_t list)
{
    struct entry *e = &table->entries[number];

    if (e->list != NO_LIST) {
        *(e->older != 0 ? &table->entries[e->older].newer : &table->oldest[e->list]) = e->newer;
        *(e->newer != 0 ? &table->entries[e->newer].older : &table->newest[e->list]) = e->older;
    }
    e->list = list;
    e->older = e->newer = 0;
    if (list == NO_LIST)
        return;
    e->older = table->newest[list];
    *(e->older != 0 ? &table->entries[e->older].newer : &table->oldest[list]) = number;
    table->newest[list] = number;
}

static int push(uint32_t **list, size_t *count, size_t *room, uint32_t number,
                struct nj_err *err)
{
    if (*count == *room) {
        size_t more = *room == 0 ? 64 : 2 * *room;
        uint32_t *grown = realloc(*list, more * sizeof(*grown));

        if (grown == NULL)
            return nj_fail(err, NJ_NOMEM, "%zu scored sources", more);
        *list = grown;
        *room = more;
    }
    (*list)[(*count)++] = number;
    return 0;
}

int entry_mark(struct score_table *table, uint32_t number, struct nj_err *err)
{
    if (table->entries[number].dirty)
        return 0;
    if (push(&table->dirty, &table->dirty_count, &table->dirty_room, number, err) < 0)
        return -1;
    table->entries[number].dirty = true;
    return 0;
}

/* ---- the heap of times ---- */

static bool sooner(const struct score_table *table, uint32_t a, uint32_t b)
{
    const struct entry *left = &table->entries[a], *right = &table->entries[b];

    if (left->due_s != right->due_s)
        return left->due_s < right->due_s;
    return addr_compare(left->src, right->src) < 0;
}

static void heap_put(struct score_table *table, size_t at, uint32_t number)
{
    table->heap[at] = number;
    table->entries[number].heap_at = (uint32_t)at + 1;
}

static void heap_up(struct score_table *table, size_t at)
{
    uint32_t number = table->heap[at];

    for (; at > 0 && sooner(table, number, table->heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap_put(table, at, table->heap[(at - 1) / 2]);
    heap_put(table, at, number);
}

static void heap_down(struct score_table *table, size_t at)
{
    uint32_t number = table->heap[at];
    size_t child;

    for (; (child = 2 * at + 1) < table->heap_count; at = child) {
        if (child + 1 < table->heap_count &&
            sooner(table, table->heap[child + 1], table->heap[child]))
            child++;
        if (!sooner(table, table->heap[child], number))
            break;
        heap_put(table, at, table->heap[child]);
    }
    heap_put(table, at, number);
}

static void unschedule(struct score_table *table, uint32_t number)
{
    size_t at = table->entries[number].heap_at;

    if (at == 0)
        return;
    table->entries[number].heap_at = 0;
    if (--table->heap_count == at - 1)
        return;
    heap_put(table, at - 1, table->heap[table->heap_count]);
    heap_up(table, at - 1);
    heap_down(table, table->entries[table->heap[at - 1]].heap_at - 1);
}

int entry_schedule(struct score_table *table, uint32_t number, int64_t due_s,
                   struct nj_err *err)
{
    size_t at = table->entries[number].heap_at;

    table->entries[number].due_s = due_s;
    if (at != 0) {
        heap_up(table, at - 1);
        heap_down(table, table->entries[number].heap_at - 1);
        return 0;
    }
    if (push(&table->heap, &table->heap_count, &table->heap_room, number, err) < 0)
        return -1;
    heap_up(table, table->heap_count - 1);
    return 0;
}

static int tell_state(struct score_table *table, uint32_t number, const struct score_sink *sink,
                      struct nj_err *err)
{
    struct entry *entry = &table->entries[number];
    struct suspect suspect;
    struct view view;

    entry->unsaved = false;
    if (sink == NULL || sink->state == NULL)
        return 0;
    entry_view(table, number, entry->settled_s, &view);
    entry_suspect(table, number, &view, &entry->level, entry->settled_s * US_PER_S, &suspect);
    return sink->state(sink->ctx, &suspect, err);
}

/* A source leaves, its links with it. What was inherited from it goes too. */
static int entry_remove(struct score_table *table, uint32_t number,
                        const struct score_sink *sink, struct nj_err *err)
{
    struct entry *entry = &table->entries[number];

    if (entry->unsaved && tell_state(table, number, sink, err) < 0)
        return -1;
    if (entry->first_link != 0 && graph_mark(table, number, err) < 0)
        return -1;
    while (entry->first_link != 0)
        node_remove(table, entry->first_link);
    if (entry->dirty) {
        size_t at = table->dirty_count - 1;

        while (table->dirty[at] != number)
            at--;
        table->dirty[at] = table->dirty[--table->dirty_count];
    }
    unschedule(table, number);
    entry_list(table, number, NO_LIST);
    index_remove(&table->by_addr, hash_of(table, entry->src), number);
    *entry = (struct entry){.newer = table->entry_free, .list = NO_LIST};
    table->entry_free = number;
    table->counts.sources--;
    return 0;
}

/* ---- the table ---- */

void table_clear(struct score_table *table)
{
    for (uint32_t i = 1; i < table->entry_end; i++)
        free(table->entries[i].override);
    memset(table->by_addr.slots, 0, (table->by_addr.mask + 1) * sizeof(struct index_slot));
    memset(table->by_id.slots, 0, (table->by_id.mask + 1) * sizeof(struct index_slot));
    memset(table->oldest, 0, sizeof(table->oldest));
    memset(table->newest, 0, sizeof(table->newest));
    table->by_addr.count = table->by_id.count = 0;
    table->entry_end = table->node_end = 1;
    table->entry_free = table->node_free = 0;
    table->dirty_count = table->heap_count = table->unsaved_count = 0;
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
    if (table->port_risks == NULL || index_init(&table->by_addr) < 0 ||
        index_init(&table->by_id) < 0 || flood_init(&table->flood, options->addresses) < 0) {
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
    for (uint32_t i = 1; i < table->entry_end; i++)
        free(table->entries[i].override);
    free(table->port_risks);
    free(table->entries);
    free(table->nodes);
    free(table->dirty);
    free(table->unsaved);
    free(table->heap);
    index_done(&table->by_addr);
    index_done(&table->by_id);
    flood_done(&table->flood);
    free(table);
}

const struct score_counts *score_table_counts(const struct score_table *table)
{
    return &table->counts;
}

static void touch(struct entry *entry, int64_t at_s)
{
    if (at_s > entry->touched_s)
        entry->touched_s = at_s;
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

int score_table_observe(struct score_table *table, const struct source_facts *facts,
                        int64_t now_us, struct nj_err *err)
{
    struct source_facts known = *facts;
    struct entry *entry;
    bool is_new;
    int rc;
    uint32_t number = entry_for(table, facts->src, &rc, err);

    if (number == 0)
        return rc;
    if (known.last_us > now_us)
        known.last_us = now_us;
    entry = &table->entries[number];
    is_new = entry->notes.sessions == 0;
    if (known.sessions >= entry->notes.sessions)
        grade_read(&known, table->options.names, &entry->grade);
    facts_observe(&known, &table->options, table->port_risks, &entry->notes, entry->own);
    touch(entry, seconds(known.last_us));
    if (is_new && flood_shape(&entry->notes))
        flood_add(&table->flood, &entry->notes);
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
    };
    touch(&table->entries[a], seconds(link->stopped_us));
    touch(&table->entries[b], seconds(link->started_us));
    if (node_set(table, &node, err) < 0)
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
    struct entry *entry;
    int rc;
    uint32_t number;

    if (strength == 0)
        return 0;
    number = entry_for(table, src, &rc, err);
    if (number == 0)
        return rc;
    entry = &table->entries[number];
    own = &entry->own[RISK_NOVELTY];
    decayed_observe(own, RISK_NOVELTY, risk_weights[RISK_NOVELTY] * strength, seconds(at_us));
    if (own->at_s == seconds(at_us)) {
        entry->notes.novelty_p = p > 0 ? p : 0;
        entry->notes.novelty_port = (struct note_port){.port = port, .proto = proto};
    }
    touch(entry, seconds(at_us));
    return graph_mark(table, number, err);
}

int score_table_override(struct score_table *table, struct addr src,
                         const struct risk_override *override, struct nj_err *err)
{
    struct risk_override *copy;
    struct entry *entry;
    uint32_t number;
    int rc;

    if (!override->set) {
        number = entry_find(table, src);
        if (number == 0 || table->entries[number].override == NULL)
            return 0;
        entry = &table->entries[number];
        free(entry->override);
        entry->override = NULL;
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
    entry = &table->entries[number];
    copy = entry->override != NULL ? entry->override : malloc(sizeof(*copy));
    if (copy == NULL)
        return nj_fail(err, NJ_NOMEM, "override");
    table->counts.overrides += entry->override == NULL;
    *copy = *override;
    if (copy->has_score)
        copy->level = risk_level_of(copy->score);
    entry->override = copy;
    entry_list(table, number, NO_LIST);
    touch(entry, seconds(override->at_us));
    return entry_mark(table, number, err);
}

/* ---- steps ---- */

struct ranked {
    struct addr src;
    uint32_t number;
};

static int by_address(const void *a, const void *b)
{
    return addr_compare(((const struct ranked *)a)->src, ((const struct ranked *)b)->src);
}

static bool is_forgettable(const struct entry *entry, int score, int64_t now_s)
{
    return score < 100 && entry->override == NULL && now_s - entry->touched_s >= FORGET_S;
}

/* Whether this is more than what was last told would have become by itself. */
static bool is_news(const struct entry *entry, enum risk_level before, int score, int expected)
{
    enum risk_level level = entry->level.level;
    int points = level == RISK_LOW && before == RISK_LOW ? NEWS_POINTS_LOW : NEWS_POINTS;

    return entry->told.base_s == NEVER_TOLD || level != before ||
           abs(score - expected) >= 100 * points;
}

/* When a source is to be looked at though nothing is seen. A time that stands is kept where it
 * can only be too early: looking then costs little and changes nothing. */
static int schedule(struct score_table *table, uint32_t number, const struct path *path,
                    bool no_lower, int64_t now_s, struct nj_err *err)
{
    struct entry *entry = &table->entries[number];
    int64_t until_s;

    if (entry->heap_at != 0 && entry->due_s > now_s && no_lower)
        return 0;
    until_s = entry->touched_s + FORGET_S;
    if (until_s <= now_s)
        until_s = now_s + NEXT_LOOK_S;
    /* the others of a flood's minute may be handed on later */
    if (flood_shape(&entry->notes) && now_s - entry->touched_s < FLOOD_WAIT_S)
        until_s = entry->touched_s + FLOOD_WAIT_S;
    until_s = path_next_fall(path, &entry->level, now_s, until_s);
    if (entry->heap_at != 0 && entry->due_s > now_s && until_s >= entry->due_s)
        return 0;
    return entry_schedule(table, number, until_s > now_s ? until_s : now_s + 1, err);
}

/* Look at one source: level, what it says, when it is looked at again. */
static int settle(struct score_table *table, uint32_t number, bool quiet, int64_t now_us,
                  const struct score_sink *sink, struct nj_err *err)
{
    struct entry *entry = &table->entries[number];
    int64_t now_s = seconds(now_us);
    enum risk_level before = entry->level.level;
    struct suspect suspect;
    struct view view;
    int score, expected = 0, uncapped;
    bool no_lower;
    uint8_t list;

    quiet = quiet && entry->settled_s < now_s;
    /* the way down in silence begins where it was last looked at */
    entry_view(table, number, quiet ? entry->settled_s : now_s, &view);
    if (entry->told.base_s == NEVER_TOLD)
        entry->level.changed_s = now_s;
    else
        (void)path_score(&entry->told, now_s, NULL, &uncapped, &expected);
    level_settle(&entry->level, &view.path, quiet ? entry->settled_s : now_s, now_s);
    entry->settled_s = now_s;
    (void)path_score(&view.path, now_s, NULL, &uncapped, &score);
    if (is_forgettable(entry, score, now_s)) {
        table->counts.sources_forgotten++;
        return entry_remove(table, number, sink, err);
    }
    if (flood_shape(&entry->notes)) {
        uint32_t crowd = flood_crowd(&table->flood, &entry->notes);

        entry->crowd = crowd > entry->crowd ? crowd : entry->crowd;
    }
    no_lower = score >= expected && entry->level.level == before && entry->first_link == 0;
    if (!entry->unsaved &&
        push(&table->unsaved, &table->unsaved_count, &table->unsaved_room, number, err) < 0)
        return -1;
    entry->unsaved = true;
    if (is_news(entry, before, score, expected)) {
        entry->told = view.path;
        if (sink != NULL && sink->news != NULL) {
            entry_suspect(table, number, &view, &entry->level, now_us, &suspect);
            suspect.before = before;
            if (sink->news(sink->ctx, &suspect, err) < 0)
                return -1;
        }
    }
    list = entry->override != NULL ? NO_LIST : (uint8_t)entry->level.level;
    if ((!quiet || entry->list != (uint8_t)entry->level.level) &&
        (list == NO_LIST || table->newest[list] != number))
        entry_list(table, number, list);
    return schedule(table, number, &view.path, no_lower, now_s, err);
}

/* Who has changed, and who is due, by address. @return the list, NULL when out of memory */
static struct ranked *take_changed(struct score_table *table, int64_t now_s,
                                   size_t *ret_touched, size_t *ret_count)
{
    size_t touched = table->dirty_count, count;
    struct ranked *list;

    while (table->heap_count > 0 && table->entries[table->heap[0]].due_s <= now_s) {
        uint32_t number = table->heap[0];

        if (!table->entries[number].dirty && entry_mark(table, number, NULL) < 0)
            return NULL;
        unschedule(table, number);
    }
    count = table->dirty_count;
    list = malloc((count + 1) * sizeof(*list));
    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        list[i] = (struct ranked){.src = table->entries[table->dirty[i]].src,
                                  .number = table->dirty[i]};
    qsort(list, touched, sizeof(*list), by_address);
    qsort(list + touched, count - touched, sizeof(*list), by_address);
    *ret_touched = touched;
    *ret_count = count;
    return list;
}

/* Those of the lowest level leave first, among them the longest untouched: who floods the table
 * with new sources pushes out no HIGH one. */
static int make_room(struct score_table *table, const struct score_sink *sink,
                     struct nj_err *err)
{
    while (table->counts.sources > table->options.max_sources) {
        unsigned level = RISK_LOW;

        while (level < RISK_LEVELS && table->oldest[level] == 0)
            level++;
        if (level == RISK_LEVELS)
            return 0; /* all have overrides */
        if (entry_remove(table, table->oldest[level], sink, err) < 0)
            return -1;
        table->counts.sources_evicted++;
    }
    return 0;
}

int score_table_step(struct score_table *table, int64_t now_us, const struct score_sink *sink,
                     struct nj_err *err)
{
    size_t touched, count, t = 0, d;
    struct ranked *list = take_changed(table, seconds(now_us), &touched, &count);
    int rc = 0;

    if (list == NULL)
        return nj_fail(err, NJ_NOMEM, "changed scores");
    table->dirty_count = 0;
    for (size_t i = 0; i < count; i++)
        table->entries[list[i].number].dirty = false;
    for (d = touched; rc == 0 && (t < touched || d < count);) {
        bool quiet = t == touched || (d < count && by_address(&list[d], &list[t]) < 0);
        const struct ranked *next = quiet ? &list[d++] : &list[t++];

        if (table->entries[next->number].used)
            rc = settle(table, next->number, quiet, now_us, sink, err);
    }
    free(list);
    if (rc < 0 || make_room(table, sink, err) < 0)
        return -1;
    flood_trim(&table->flood);
    table->counts.flood_cells_evicted = table->flood.evicted;
    return 0;
}

int score_table_flush(struct score_table *table, const struct score_sink *sink,
                      struct nj_err *err)
{
    size_t count = table->unsaved_count;
    struct ranked *list = malloc((count + 1) * sizeof(*list));
    int rc = 0;

    if (list == NULL)
        return nj_fail(err, NJ_NOMEM, "changed scores");
    for (size_t i = 0; i < count; i++)
        list[i] = (struct ranked){.src = table->entries[table->unsaved[i]].src,
                                  .number = table->unsaved[i]};
    qsort(list, count, sizeof(*list), by_address);
    for (size_t i = 0; i < count && rc == 0; i++)
        if (table->entries[list[i].number].unsaved)
            rc = tell_state(table, list[i].number, sink, err);
    table->unsaved_count = 0;
    free(list);
    return rc;
}

bool score_table_find(const struct score_table *table, struct addr src, int64_t at_us,
                      struct suspect *ret)
{
    uint32_t number = entry_find(table, src);
    int64_t at_s = seconds(at_us), quiet_s;
    struct level_state level;
    struct view view;

    if (number == 0)
        return false;
    level = table->entries[number].level;
    quiet_s = table->entries[number].dirty ? at_s : table->entries[number].settled_s;
    if (quiet_s > at_s)
        quiet_s = at_s;
    entry_view(table, number, quiet_s, &view);
    level_settle(&level, &view.path, quiet_s, at_s);
    entry_suspect(table, number, &view, &level, at_us, ret);
    return true;
}

void score_table_stage_text(const struct score_table *table, struct addr src, size_t size,
                            char *ret_text)
{
    uint32_t number = entry_find(table, src);
    const struct notes *notes;

    ret_text[0] = '\0';
    if (number == 0)
        return;
    notes = &table->entries[number].notes;
    stage_text(stage_of(src, notes), notes, table->options.names, size, ret_text);
}

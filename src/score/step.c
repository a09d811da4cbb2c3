/* SPDX-License-Identifier: Apache-2.0 */
/* A step of the table of scored sources: who has changed, what that says, who leaves. It costs
 * what changed; a source whose score can't move isn't looked at. */
#include <stdlib.h>

#include "score/state.h"

#include "base/span.h"

#define FLOOD_WAIT_S 1200 /* rows of captures are handed on ten minutes late at most */
#define NEXT_LOOK_S (30ll * 24 * 3600) /* of a source that isn't forgotten yet */

static int tell_state(struct score_table *table, uint32_t number, const struct score_sink *sink,
                      struct nj_err *err)
{
    const struct record *record;
    struct suspect suspect;
    struct record room;
    struct view view;

    table->entries[number].unsaved = false;
    if (sink == NULL || sink->state == NULL)
        return 0;
    record = record_see(table, number, &room);
    entry_view(table, number, record, record->settled_s, &view);
    entry_suspect(table, number, record, &view, &record->level, record->settled_s * US_PER_S,
                  &suspect);
    return sink->state(sink->ctx, &suspect, err);
}

/* A source leaves, its links with it. What was inherited from it goes too. */
static int entry_remove(struct score_table *table, uint32_t number,
                        const struct score_sink *sink, struct nj_err *err)
{
    struct entry *entry = &table->entries[number];

    if (entry->unsaved && tell_state(table, number, sink, err) < 0)
        return -1;
    if (entry->heads != 0 && graph_mark(table, number, err) < 0)
        return -1;
    graph_cut(table, number);
    entry_vacate(table, number);
    return 0;
}

struct ranked {
    struct addr src;
    uint32_t number;
};

static int by_address(const void *a, const void *b)
{
    return addr_compare(((const struct ranked *)a)->src, ((const struct ranked *)b)->src);
}

static bool is_forgettable(const struct record *record, int score, int64_t now_s)
{
    return score < 100 && record->override == NULL && now_s - record->touched_s >= FORGET_S;
}

/* Whether this is more than what was last told would have become by itself. */
static bool is_news(const struct record *record, enum risk_level before, int score,
                    int expected)
{
    enum risk_level level = record->level.level;
    int points = level == RISK_LOW && before == RISK_LOW ? NEWS_POINTS_LOW : NEWS_POINTS;

    return record->told.base_s == NEVER_TOLD || level != before ||
           abs(score - expected) >= 100 * points;
}

/* When a source is to be looked at though nothing is seen. A time that stands is kept where it
 * can only be too early: looking then costs little and changes nothing. */
static int schedule(struct score_table *table, uint32_t number, const struct record *record,
                    const struct path *path, bool no_lower, int64_t now_s, struct nj_err *err)
{
    const struct entry *entry = &table->entries[number];
    int64_t until_s;

    if (entry->heap_at != 0 && entry->due_s > now_s && no_lower)
        return 0;
    until_s = record->touched_s + FORGET_S;
    if (until_s <= now_s)
        until_s = now_s + NEXT_LOOK_S;
    /* the others of a flood's minute may be handed on later */
    if (flood_shape(&record->notes) && now_s - record->touched_s < FLOOD_WAIT_S)
        until_s = record->touched_s + FLOOD_WAIT_S;
    if (entry->heap_at != 0 && entry->due_s > now_s && until_s >= entry->due_s &&
        !path_falls_before(path, &record->level, now_s, entry->due_s))
        return 0;
    until_s = path_next_fall(path, &record->level, now_s, until_s);
    return entry_schedule(table, number, until_s > now_s ? until_s : now_s + 1, err);
}

/* Look at one source: level, what it says, when it is looked at again. */
static int settle(struct score_table *table, uint32_t number, bool quiet, int64_t now_us,
                  const struct score_sink *sink, struct nj_err *err)
{
    const struct entry *entry = &table->entries[number];
    struct record *record = record_open(table, number, err);
    int64_t now_s = now_us / US_PER_S;
    enum risk_level before;
    struct suspect suspect;
    struct view view;
    int score, expected = 0, uncapped;
    bool no_lower;
    uint8_t list;

    if (record == NULL)
        return -1;
    before = record->level.level;
    quiet = quiet && record->settled_s < now_s;
    /* the way down in silence begins where it was last looked at */
    entry_view(table, number, record, quiet ? record->settled_s : now_s, &view);
    if (record->told.base_s == NEVER_TOLD)
        record->level.changed_s = now_s;
    else
        (void)path_score(&record->told, now_s, NULL, &uncapped, &expected);
    level_settle(&record->level, &view.path, quiet ? record->settled_s : now_s, now_s);
    record->settled_s = now_s;
    (void)path_score(&view.path, now_s, NULL, &uncapped, &score);
    if (is_forgettable(record, score, now_s)) {
        table->counts.sources_forgotten++;
        return entry_remove(table, number, sink, err);
    }
    if (flood_shape(&record->notes)) {
        uint32_t crowd = flood_crowd(&table->flood, &record->notes);

        record->crowd = crowd > record->crowd ? crowd : record->crowd;
    }
    no_lower = score >= expected && record->level.level == before && entry->heads == 0;
    if (entry_unsaved(table, number, err) < 0)
        return -1;
    if (is_news(record, before, score, expected)) {
        record->told = view.path;
        if (sink != NULL && sink->news != NULL) {
            entry_suspect(table, number, record, &view, &record->level, now_us, &suspect);
            suspect.before = before;
            if (sink->news(sink->ctx, &suspect, err) < 0)
                return -1;
        }
    }
    list = record->override != NULL ? NO_LIST : (uint8_t)record->level.level;
    if ((!quiet || entry->list != (uint8_t)record->level.level) &&
        (list == NO_LIST || table->newest[list] != number))
        entry_list(table, number, list);
    return schedule(table, number, record, &view.path, no_lower, now_s, err);
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
        entry_unschedule(table, number);
    }
    count = table->dirty_count;
    list = malloc((count + 1) * sizeof(*list));
    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        list[i] = (struct ranked){.src = entry_src(table, table->dirty[i]),
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
    struct ranked *list = take_changed(table, now_us / US_PER_S, &touched, &count);
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
    records_tidy(table);
    flood_trim(&table->flood);
    table->counts.flood_cells_evicted = table->flood.evicted;
    return 0;
}

/* ---- the flush ---- */

/* Below IPv4, each /16 of IPv4, between, each 16 bits of IPv6. */
#define BUCKETS (1u + 65536 + 1 + 65536)

/* A number that never falls as the address rises. */
static uint32_t bucket_of(struct addr src)
{
    if (src.hi != 0)
        return 1 + 65536 + 1 + (uint32_t)(src.hi >> 48);
    if (src.lo >> 32 != 0xffff)
        return src.lo >> 32 < 0xffff ? 0 : 1 + 65536;
    return 1 + (uint32_t)(src.lo >> 16 & 0xffff);
}

/* Tell the states of some, by address. @param room  for as many */
static int tell_bucket(struct score_table *table, const uint32_t *numbers, size_t count,
                       struct ranked *room, const struct score_sink *sink, struct nj_err *err)
{
    for (size_t i = 0; i < count; i++)
        room[i] = (struct ranked){.src = entry_src(table, numbers[i]), .number = numbers[i]};
    qsort(room, count, sizeof(*room), by_address);
    for (size_t i = 0; i < count; i++)
        if (table->entries[room[i].number].unsaved &&
            tell_state(table, room[i].number, sink, err) < 0)
            return -1;
    return 0;
}

/* Most states of a long pass may wait to be told: they are put into buckets by their numbers
 * alone, and only one bucket at a time is sorted. */
int score_table_flush(struct score_table *table, const struct score_sink *sink,
                      struct nj_err *err)
{
    size_t count = table->unsaved_count, largest = 0, begin = 0;
    uint32_t *ends = calloc(BUCKETS + 1, sizeof(*ends));
    uint32_t *numbers = malloc((count + 1) * sizeof(*numbers));
    struct ranked *room = NULL;
    int rc = -1;

    for (size_t i = 0; ends != NULL && i < count; i++) {
        uint32_t *filled = &ends[bucket_of(entry_src(table, table->unsaved[i])) + 1];

        largest = ++*filled > largest ? *filled : largest;
    }
    room = malloc((largest + 1) * sizeof(*room));
    if (ends == NULL || numbers == NULL || room == NULL) {
        nj_fail(err, NJ_NOMEM, "changed scores");
        goto out;
    }
    for (uint32_t b = 0; b < BUCKETS; b++)
        ends[b + 1] += ends[b];
    for (size_t i = 0; i < count; i++)
        numbers[ends[bucket_of(entry_src(table, table->unsaved[i]))]++] = table->unsaved[i];
    table->unsaved_count = 0;
    for (uint32_t b = 0; begin < count; begin = ends[b++])
        if (tell_bucket(table, numbers + begin, ends[b] - begin, room, sink, err) < 0)
            goto out;
    rc = 0;
out:
    free(ends);
    free(numbers);
    free(room);
    return rc;
}

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
    if (entry->heap_at != 0 && entry->due_s > now_s && until_s >= entry->due_s &&
        !path_falls_before(path, &entry->level, now_s, entry->due_s))
        return 0;
    until_s = path_next_fall(path, &entry->level, now_s, until_s);
    return entry_schedule(table, number, until_s > now_s ? until_s : now_s + 1, err);
}

/* Look at one source: level, what it says, when it is looked at again. */
static int settle(struct score_table *table, uint32_t number, bool quiet, int64_t now_us,
                  const struct score_sink *sink, struct nj_err *err)
{
    struct entry *entry = &table->entries[number];
    int64_t now_s = now_us / US_PER_S;
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
    if (entry_unsaved(table, number, err) < 0)
        return -1;
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
        entry_unschedule(table, number);
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

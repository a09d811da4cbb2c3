/* SPDX-License-Identifier: Apache-2.0 */
#include "store/recent.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

struct recent {
    struct staged_names names;
    struct replay_row *rows; /* by (handed, seq) */
    size_t first, count, room;
    struct trait *traits; /* in the order in which they came */
    const struct trait **sorted;
    size_t trait_count, trait_room;
    int64_t first_commit; /* of it and those behind it, of 0 none: all rows are kept ... */
    int64_t since_us;     /* ... that were handed on at this instant or later */
    uint64_t segments;    /* of visits and traits, of these commits: sum over their paths */
    bool asked;           /* for rows, since they had to be forgotten for want of room */
};

struct recent *recent_new(struct nj_intern *names)
{
    struct recent *recent = calloc(1, sizeof(*recent));

    if (recent == NULL)
        return NULL;
    recent->names.names = names;
    recent->asked = true;
    return recent;
}

static void forget(struct recent *recent)
{
    free(recent->rows);
    free(recent->traits);
    free((void *)recent->sorted);
    *recent = (struct recent){.names = recent->names, .asked = recent->asked};
}

void recent_free(struct recent *recent)
{
    if (recent == NULL)
        return;
    forget(recent);
    free(recent);
}

/* One of a set of segments, which is the sum of its own. */
static uint64_t part_of_set(const struct segment *segment)
{
    return XXH3_64bits(segment->path, strlen(segment->path));
}

/* ---- a commit ---- */

static int64_t handed_us(const struct replay_row *row)
{
    int64_t handed_ns;

    memcpy(&handed_ns, row->visit + offsetof(struct visit, handed_ns), sizeof(handed_ns));
    return handed_ns / 1000;
}

static bool make_room(struct recent *recent, size_t visits, size_t traits)
{
    struct replay_row *rows;
    struct trait *more;
    const struct trait **sorted;

    if (recent->first > 0)
        memmove(recent->rows, recent->rows + recent->first,
                (recent->count - recent->first) * sizeof(*recent->rows));
    recent->count -= recent->first;
    recent->first = 0;
    visits += recent->count;
    traits += recent->trait_count;
    if (visits > RECENT_ROWS || traits > RECENT_ROWS) {
        recent->asked = false;
        return false;
    }
    if (visits >= recent->room) {
        rows = reallocarray(recent->rows, visits + 1, sizeof(*rows));
        if (rows == NULL)
            return false;
        recent->rows = rows;
        recent->room = visits + 1;
    }
    if (traits >= recent->trait_room) {
        more = reallocarray(recent->traits, traits + 1, sizeof(*more));
        if (more != NULL)
            recent->traits = more;
        sorted = reallocarray((void *)recent->sorted, traits + 1, sizeof(*sorted));
        if (sorted != NULL)
            recent->sorted = sorted;
        if (more == NULL || sorted == NULL)
            return false;
        recent->trait_room = traits + 1;
    }
    return true;
}

/* @return false: some stand before another that was handed on earlier */
static bool add_visits(struct recent *recent, const struct stage *stage)
{
    int64_t last_us =
        recent->count > 0 ? handed_us(&recent->rows[recent->count - 1]) : INT64_MIN;
    uint64_t last_seq = 0;

    for (size_t i = 0; i < stage->count; i++) {
        const struct row *row = &stage->rows[i];
        struct replay_row *kept = &recent->rows[recent->count++];
        struct visit visit;

        if (row->handed < last_us || (row->handed == last_us && row->seq < last_seq))
            return false;
        last_us = row->handed;
        last_seq = row->seq;
        staged_visit(&recent->names, row, &visit, &kept->place);
        memcpy(kept->visit, &visit, ROW_BYTES);
    }
    return true;
}

void recent_add(struct recent *recent, const struct stage *stage,
                const struct segment_list *segments, int64_t commit)
{
    if (!recent->asked)
        return;
    if (!make_room(recent, stage->count, stage->trait_count)) {
        forget(recent);
        return;
    }
    if (recent->first_commit == 0) {
        recent->first_commit = commit;
        recent->since_us = INT64_MIN;
    }
    staged_names_begin(&recent->names);
    if (!add_visits(recent, stage)) {
        forget(recent);
        return;
    }
    for (size_t i = 0; i < stage->trait_count; i++)
        staged_trait(&recent->names, &stage->traits[i], stage->heap,
                     &recent->traits[recent->trait_count++]);
    for (size_t i = 0; i < segments->count; i++)
        if (segments->items[i].kind == SEGMENT_VISITS ||
            segments->items[i].kind == SEGMENT_TRAITS)
            recent->segments += part_of_set(&segments->items[i]);
}

/* ---- taking them ---- */

/* Whether the segments of these commits, and no others, are there and healthy. Compaction joins
 * them to one of a commit of its own. */
static bool is_same_set(const struct recent *recent, const struct replay_spans *spans)
{
    uint64_t segments = 0;

    for (size_t i = 0; i < spans->count; i++)
        if (spans->items[i].segment.commit >= recent->first_commit && !spans->items[i].damaged)
            segments += part_of_set(&spans->items[i].segment);
    return segments == recent->segments;
}

/* Whether segments of earlier commits have rows of that time. */
static bool are_others(const struct recent *recent, const struct replay_spans *spans,
                       int64_t from_us, int64_t to_us)
{
    for (size_t i = 0; i < spans->count; i++) {
        const struct spanned *item = &spans->items[i];

        if (item->segment.commit < recent->first_commit && item->last_us >= from_us &&
            item->first_us < to_us)
            return true;
    }
    return false;
}

/* NULL stands last, as in the engine. */
static int compare_texts(const char *x, const char *y)
{
    if (x[0] == '\0' || y[0] == '\0')
        return (x[0] == '\0') - (y[0] == '\0');
    return strcmp(x, y);
}

/* By ts, src, sensor, kind, bits, packets, value, as replay.c has it from the engine. */
static int in_order(const void *a, const void *b, void *ctx)
{
    const struct nj_intern *names = ctx;
    const struct trait *x = *(const struct trait *const *)a;
    const struct trait *y = *(const struct trait *const *)b;
    int by;

    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    by = addr_compare(x->src, y->src);
    if (by == 0 && x->sensor != y->sensor)
        by = compare_texts(nj_intern_text(names, x->sensor), nj_intern_text(names, y->sensor));
    if (by == 0)
        by = compare_texts(x->kind, y->kind);
    if (by == 0)
        by = (x->bits > y->bits) - (x->bits < y->bits);
    if (by == 0)
        by = (x->packets > y->packets) - (x->packets < y->packets);
    return by != 0 ? by : compare_texts(x->value, y->value);
}

static size_t first_from(const struct recent *recent, int64_t us)
{
    size_t low = recent->first, high = recent->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (handed_us(&recent->rows[middle]) < us)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool recent_rows(struct recent *recent, const struct replay_spans *spans, int64_t from_us,
                 int64_t to_us, struct recent_rows *ret)
{
    size_t begin;

    recent->asked = true;
    if (recent->first_commit == 0)
        return false;
    if (!is_same_set(recent, spans)) {
        forget(recent); /* the next commit begins anew */
        return false;
    }
    if (from_us < recent->since_us || are_others(recent, spans, from_us, to_us))
        return false;
    begin = first_from(recent, from_us);
    *ret = (struct recent_rows){
        .visits = recent->rows + begin,
        .visit_count = first_from(recent, to_us) - begin,
        .traits = recent->sorted,
    };
    for (size_t i = 0; i < recent->trait_count; i++) {
        const struct trait *trait = &recent->traits[i];

        if (trait->time_ns / 1000 >= from_us && trait->time_ns / 1000 < to_us)
            recent->sorted[ret->trait_count++] = trait;
    }
    if (ret->trait_count > 1)
        qsort_r((void *)recent->sorted, ret->trait_count, sizeof(const struct trait *),
                in_order, recent->names.names);
    return true;
}

void recent_drop(struct recent *recent, int64_t before_us)
{
    size_t kept = 0;

    if (recent->first_commit == 0)
        return;
    recent->first = first_from(recent, before_us);
    for (size_t i = 0; i < recent->trait_count; i++)
        if (recent->traits[i].time_ns / 1000 >= before_us)
            recent->traits[kept++] = recent->traits[i];
    recent->trait_count = kept;
    if (before_us > recent->since_us)
        recent->since_us = before_us;
}

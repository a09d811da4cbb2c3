/* SPDX-License-Identifier: Apache-2.0 */
/* A step tells what changed since the one before: episodes by their numbers, then sources. */
#include "source/table_state.h"

#include <stdlib.h>

#define YOUNG_SESSIONS 64 /* an episode is told in each step while it is young */
#define SOON 12           /* sources in advance: a prefetch comes in three steps */

/* Something to tell: an episode that was held, or the changes of a followed source. */
struct news {
    uint64_t id;
    uint32_t order, followed; /* held: number in the list, NOBODY */
};

static int by_id(const void *a, const void *b)
{
    const struct news *left = a, *right = b;

    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

static int tell(struct source_table *table, const struct source_sink *sink,
                enum episode_change change, const struct episode *episode, struct nj_err *err)
{
    table->counts.episodes += change == EPISODE_BEGUN;
    table->counts.ceased += change == EPISODE_CEASED;
    table->counts.resumed += change == EPISODE_RESUMED;
    return sink->episode == NULL ? 0 : sink->episode(sink->ctx, change, episode, err);
}

static bool grew_enough(const struct run *run, int64_t now_us)
{
    uint64_t more = run->sessions - run->told_sessions;

    return more > 0 && (run->sessions <= YOUNG_SESSIONS || more >= run->told_sessions / 4 ||
                        now_us - run->told_us >= HOUR_US);
}

static int tell_followed(struct source_table *table, struct followed *f, int64_t now_us,
                         const struct source_sink *sink, struct nj_err *err)
{
    struct run *run = &f->run;
    struct episode episode;
    bool begun = run->told_sessions == 0, resumed = f->tell_resumed;
    bool ceased = f->tell_ceased;
    bool grew = !begun && (ceased ? run->sessions > run->told_sessions
                                  : run->ceased_us == 0 && grew_enough(run, now_us));
    bool quiet = !begun && !grew && !ceased && !resumed && run->ceased_us == 0 &&
                 run->quiet != run->told_quiet;

    f->tell_resumed = f->tell_ceased = false;
    if (!begun && !resumed && !grew && !ceased && !quiet)
        return 0;
    make_episode(table, f, &episode);
    run->told_quiet = run->quiet;
    if (quiet) /* no growth: when that is told does not depend on it */
        return tell(table, sink, EPISODE_GREW, &episode, err);
    if (ceased)
        episode.ceased_us = 0;
    run->told_sessions = run->sessions;
    run->told_us = ceased ? run->ceased_us : now_us;
    if ((begun && tell(table, sink, EPISODE_BEGUN, &episode, err) < 0) ||
        (resumed && tell(table, sink, EPISODE_RESUMED, &episode, err) < 0) ||
        (grew && tell(table, sink, EPISODE_GREW, &episode, err) < 0))
        return -1;
    episode.ceased_us = run->ceased_us;
    return ceased ? tell(table, sink, EPISODE_CEASED, &episode, err) : 0;
}

/* New episodes are numbered in the order of their beginning, then of addresses. */
static int by_beginning(const struct source_table *table, uint32_t a, uint32_t b)
{
    const struct followed *left = followed_at(table, a), *right = followed_at(table, b);

    if (left->run.first_us != right->run.first_us)
        return left->run.first_us < right->run.first_us ? -1 : 1;
    return addr_compare(place_src(place_at(table, left->place)),
                        place_src(place_at(table, right->place)));
}

static int compare_beginning(const void *a, const void *b, void *table)
{
    return by_beginning(table, *(const uint32_t *)a, *(const uint32_t *)b);
}

/* @return 0, -1 when out of memory */
static int number_new(struct source_table *table)
{
    uint32_t *list = malloc((table->dirty_count + 1) * sizeof(*list));
    size_t count = 0;

    if (list == NULL)
        return -1;
    for (size_t i = 0; i < table->dirty_count; i++) {
        const struct followed *f = followed_at(table, table->dirty[i]);

        if (f->run.id == 0 && run_says_something(f))
            list[count++] = table->dirty[i];
    }
    if (count > 1)
        qsort_r(list, count, sizeof(*list), compare_beginning, table);
    for (size_t i = 0; i < count; i++)
        followed_at(table, list[i])->run.id = table->next_id++;
    free(list);
    return 0;
}

static int tell_episodes(struct source_table *table, int64_t now_us,
                         const struct source_sink *sink, struct nj_err *err)
{
    struct news *news = malloc((table->held_count + table->dirty_count + 1) * sizeof(*news));
    size_t count = 0;
    int rc = 0;

    if (news == NULL)
        return nj_fail(err, NJ_NOMEM, "changes of episodes");
    for (size_t i = 0; i < table->held_count; i++)
        news[count++] = (struct news){
            .id = table->held[i].episode.id, .order = (uint32_t)i, .followed = NOBODY};
    for (size_t i = 0; i < table->dirty_count; i++) {
        uint32_t number = table->dirty[i];

        if (followed_at(table, number)->run.id != 0)
            news[count++] = (struct news){.id = followed_at(table, number)->run.id,
                                          .order = UINT32_MAX,
                                          .followed = number};
    }
    qsort(news, count, sizeof(*news), by_id);
    for (size_t i = 0; i < count && rc == 0; i++) {
        const struct held *held =
            news[i].followed == NOBODY ? &table->held[news[i].order] : NULL;

        rc = held != NULL ? tell(table, sink, held->change, &held->episode, err)
                          : tell_followed(table, followed_at(table, news[i].followed), now_us,
                                          sink, err);
    }
    free(news);
    return rc;
}

struct addressed {
    struct addr src;
    uint32_t followed;
};

static int by_address(const void *a, const void *b)
{
    return addr_compare(((const struct addressed *)a)->src, ((const struct addressed *)b)->src);
}

static int tell_sources(struct source_table *table, const struct source_sink *sink,
                        struct nj_err *err)
{
    size_t count = table->dirty_count;
    struct addressed *list = malloc((count + 1) * sizeof(*list));
    struct source_facts facts;
    int rc = 0;

    if (list == NULL)
        return nj_fail(err, NJ_NOMEM, "changes of sources");
    for (size_t i = 0; i < count; i++)
        list[i] = (struct addressed){
            .src = place_src(place_at(table, followed_at(table, table->dirty[i])->place)),
            .followed = table->dirty[i]};
    qsort(list, count, sizeof(*list), by_address);
    for (size_t i = 0; i < count && rc == 0; i++) {
        struct followed *f = followed_at(table, list[i].followed);
        bool changed;

        f->dirty = false;
        f->tell_ceased = f->tell_resumed = false;
        if (sink->soon != NULL && i + SOON < count)
            sink->soon(sink->ctx, list[i + SOON].src);
        changed = f->changed && f->first_us != TIME_NONE;
        f->changed = false;
        if (!changed || sink->source == NULL)
            continue;
        make_facts(table, f, &facts);
        rc = sink->source(sink->ctx, &facts, err);
    }
    free(list);
    return rc;
}

int source_table_step(struct source_table *table, int64_t now_us,
                      const struct source_sink *sink, struct nj_err *err)
{
    if (now_us > TIME_MAX_US)
        now_us = TIME_MAX_US;
    if (now_us > table->now_us)
        table->now_us = now_us;
    if (due_decide(table, nj_floor_div(table->now_us, MINUTE_US) * MINUTE_US, err) < 0)
        return -1;
    if (number_new(table) < 0)
        return nj_fail(err, NJ_NOMEM, "new episodes");
    if (tell_episodes(table, table->now_us, sink, err) < 0 ||
        tell_sources(table, sink, err) < 0)
        return -1;
    table->dirty_count = table->held_count = 0;
    return 0;
}

int source_table_flush(struct source_table *table, episode_state_fn fn, void *ctx,
                       struct nj_err *err)
{
    struct news *list = NULL;
    size_t count = 0, room = 0;
    struct episode episode;
    int rc = 0;

    for (size_t i = 0; i < table->followed_count; i++) {
        struct followed *f = followed_at(table, i);

        if (!f->unsaved)
            continue;
        f->unsaved = false;
        if (f->run.id == 0 || f->run.ceased_us != 0)
            continue;
        if (count == room) {
            struct news *more = reallocarray(list, room * 2 + 256, sizeof(*more));

            if (more == NULL) {
                free(list);
                return nj_fail(err, NJ_NOMEM, "changes of episodes");
            }
            list = more;
            room = room * 2 + 256;
        }
        list[count++] = (struct news){.id = f->run.id, .followed = (uint32_t)i};
    }
    if (count > 1)
        qsort(list, count, sizeof(*list), by_id);
    for (size_t i = 0; i < count && rc == 0; i++) {
        make_episode(table, followed_at(table, list[i].followed), &episode);
        rc = fn(ctx, &episode, err);
    }
    free(list);
    return rc;
}

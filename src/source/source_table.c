/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a row (add), of a trait, and the step that tells what changed. */
#include "model/instance.h"
#include "source/table_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define YOUNG_SESSIONS 64 /* an episode is told in each step while it is young */
#define PART_S_DEFAULT 600
#define SOON 8 /* sources in advance */

void source_table_clear(struct source_table *table)
{
    places_clear(table);
    table->followed_count = table->followed_hand = 0;
    table->due_count = table->dirty_count = table->held_count = 0;
    memset(&table->counts, 0, sizeof(table->counts));
    memset(table->sensors, 0, sizeof(table->sensors));
    for (unsigned i = 0; i < SENSORS; i++) {
        table->sensors[i].last_us = table->sensors[i].change_us = TIME_NONE;
        table->sensors[i].waiting = NOBODY;
    }
    table->now_us = table->decided_us = TIME_NONE;
    table->next_id = 1;
    table->outages_s = 0;
}

int source_table_new(const struct source_options *options, struct source_table **ret_table,
                     struct nj_err *err)
{
    struct source_table *table = calloc(1, sizeof(*table));
    struct source_options *o;

    if (table == NULL)
        return nj_fail(err, NJ_NOMEM, "source table");
    o = &table->options;
    *o = *options;
    if (o->max_sources < 2)
        o->max_sources = 2;
    if (o->max_sources > UINT32_MAX / 4)
        o->max_sources = UINT32_MAX / 4;
    if (o->max_followed < 1)
        o->max_followed = 1;
    if (o->max_followed > o->max_sources / 2)
        o->max_followed = o->max_sources / 2;
    if (o->part_s < 1)
        o->part_s = PART_S_DEFAULT;
    if (o->part_s > 3600)
        o->part_s = 3600;
    if (places_init(table, err) < 0 || followed_init(table, err) < 0) {
        source_table_free(table);
        return -1;
    }
    source_table_clear(table);
    *ret_table = table;
    return 0;
}

void source_table_free(struct source_table *table)
{
    if (table == NULL)
        return;
    followed_done(table);
    places_done(table);
    free(table);
}

const struct source_counts *source_table_counts(const struct source_table *table)
{
    return &table->counts;
}

/* ---- rows ---- */

static int64_t clamp_us(int64_t ns)
{
    int64_t us = floor_div(ns, 1000);

    return us > TIME_MAX_US ? TIME_MAX_US : us < -TIME_MAX_US ? -TIME_MAX_US : us;
}

static struct row_time row_time_of(const struct visit *visit)
{
    struct row_time at = {.first_us = clamp_us(visit->first_ns),
                          .last_us = clamp_us(visit->last_ns),
                          .handed_us = clamp_us(visit->handed_ns)};

    if (at.last_us > at.handed_us)
        at.last_us = at.handed_us;
    if (at.first_us > at.last_us)
        at.first_us = at.last_us;
    return at;
}

static void add_saturated(uint8_t *count, uint32_t more)
{
    *count = more < UINT8_MAX - (uint32_t)*count ? (uint8_t)(*count + more) : UINT8_MAX;
}

static void light_port(struct source *s, const struct visit *visit)
{
    for (unsigned i = 0; i < LIGHT_PORTS; i++) {
        if (s->port_proto[i] == 0) {
            s->port[i] = visit->dport;
            s->port_proto[i] = visit->proto;
            return;
        }
        if (s->port[i] == visit->dport && s->port_proto[i] == visit->proto)
            return;
    }
}

static void light_days(struct source *s, int64_t last_us)
{
    int64_t days = s->last_us == TIME_NONE
                       ? 0
                       : floor_div(last_us, DAY_US) - floor_div(s->last_us, DAY_US);

    if (days > 0)
        s->days = days < 32 ? s->days << days : 0;
    if (days > -32)
        s->days |= days < 0 ? 1u << -days : 1;
}

/* Whether the row begins a run: the first, or behind the reach of the present one. */
static bool light_begins(const struct source *s, struct row_time at)
{
    struct gaps gaps = {.count = s->run - 1.0};
    double gap_s;

    if (s->run == 0)
        return true;
    gap_s = seconds(at.first_us - s->last_us);
    gaps.total_s = seconds(s->last_us - s->first_us) - s->run_after_s;
    return gap_s > SILENCE_LEAST_S && gap_s > silence_gap_s(&gaps);
}

static void light_run(struct source *s, uint32_t sessions, struct row_time at)
{
    if (light_begins(s, at)) {
        int64_t after_s = (at.first_us - s->first_us) / US_PER_S;

        s->run = 0;
        s->run_after_s = after_s < 0            ? 0
                         : after_s < UINT32_MAX ? (uint32_t)after_s
                                                : UINT32_MAX;
    }
    add_saturated(&s->run, sessions);
}

static void light_add(struct source *s, const struct visit *visit, struct row_time at)
{
    static const int8_t asked_at[CLASS_COUNT] = {
        [CLASS_SCAN] = 0,         [CLASS_EXPLOIT] = 1,           [CLASS_CREDENTIAL] = 2,
        [CLASS_BACKSCATTER] = -1, [CLASS_MISCONFIGURATION] = -2, [CLASS_SERVICE] = -3,
        [CLASS_OTHER] = -4};
    int at_index = asked_at[visit->class < CLASS_COUNT ? visit->class : CLASS_OTHER];

    if (s->first_us == TIME_NONE)
        s->first_us = at.first_us;
    if (visit->sessions > 0)
        light_days(s, at.last_us);
    if (at_index >= 0) {
        add_saturated(&s->asked[at_index], visit->sessions);
        add_saturated(&s->fresh, visit->sessions);
        if (visit->sessions > 0)
            light_run(s, visit->sessions, at);
        light_port(s, visit);
    } else {
        uint16_t *count = &s->unasked[-at_index - 1];

        *count = visit->sessions < UINT16_MAX - (uint32_t)*count
                     ? (uint16_t)(*count + visit->sessions)
                     : UINT16_MAX;
    }
    if (at.first_us < s->first_us) {
        int64_t earlier_s = (s->first_us - at.first_us) / US_PER_S;

        if (s->run > 0 && earlier_s < UINT32_MAX - (int64_t)s->run_after_s)
            s->run_after_s += (uint32_t)earlier_s;
        s->first_us = at.first_us;
    }
    if (at.last_us > s->last_us)
        s->last_us = at.last_us;
    s->packets = visit->packets < UINT32_MAX - s->packets
                     ? s->packets + (uint32_t)visit->packets
                     : UINT32_MAX;
    s->sensors |= UINT64_C(1) << sensor_slot(visit->sensor);
    add_saturated(&s->answered, proven_answers(visit));
    add_saturated(&s->repeats, visit->repeats);
}

/* Ports that were asked for, with this row's, up to LIGHT_PORTS. */
static unsigned ports_with(const struct source *s, const struct visit *visit)
{
    for (unsigned i = 0; i < LIGHT_PORTS; i++) {
        if (s->port_proto[i] == 0)
            return i + 1;
        if (s->port[i] == visit->dport && s->port_proto[i] == visit->proto) {
            while (i < LIGHT_PORTS && s->port_proto[i] != 0)
                i++;
            return i;
        }
    }
    return LIGHT_PORTS;
}

/* With this row: enough to be followed? */
static bool deserves(const struct source *s, const struct visit *visit)
{
    uint64_t fresh = s->fresh + (uint64_t)visit->sessions;

    return class_asks(visit->class) &&
           (fresh >= FOLLOW_SESSIONS || visit->tool != 0 || visit->instance != 0 ||
            (fresh >= FOLLOW_SOONER && ports_with(s, visit) >= MANY_PORTS));
}

/* @return NOBODY and *err when out of memory */
static uint32_t find_or_new(struct source_table *table, struct addr src, struct nj_err *err)
{
    struct addr key = source_key(src);
    uint32_t place = place_find(table, key);

    return place != NOBODY ? place : place_new(table, key, err);
}

int source_table_add(struct source_table *table, const struct visit *visit, uint32_t asn,
                     const char *country, struct nj_err *err)
{
    struct row_time at = row_time_of(visit);
    struct followed *f = NULL;
    struct source *s;
    uint32_t place;

    if (at.handed_us > table->now_us)
        table->now_us = at.handed_us;
    /* what was due before this minute is decided as it was before this row */
    if (due_decide(table, floor_div(table->now_us, MINUTE_US) * MINUTE_US, err) < 0 ||
        sensor_seen(table, visit, at.last_us, at.handed_us, err) < 0)
        return -1;
    place = find_or_new(table, visit->src, err);
    if (place == NOBODY)
        return -1;
    s = place_at(table, place);
    if (s->followed != NOBODY) {
        f = followed_at(table, s->followed);
    } else if (deserves(s, visit)) {
        f = follow(table, place, err);
        if (f == NULL)
            return -1;
    } else {
        light_add(s, visit, at);
        return 0;
    }
    return followed_add(table, f, visit, asn, country, at, err);
}

int source_table_trait(struct source_table *table, const struct trait *trait,
                       struct nj_err *err)
{
    bool tool = strcmp(trait->kind, "tool") == 0;
    bool declared = strcmp(trait->kind, "declared") == 0;
    bool known = tool && strcmp(trait->value, "unknown") != 0; /* else: the verdict fell */
    uint64_t instance = instance_of_trait(trait->kind, trait->value);
    struct followed *f;
    uint32_t place;

    if (!tool && !declared && instance == 0)
        return 0;
    place = find_or_new(table, trait->src, err);
    if (place == NOBODY)
        return -1;
    if (place_at(table, place)->followed == NOBODY) {
        if (tool && !known)
            return 0;
        f = follow(table, place, err);
        if (f == NULL)
            return -1;
    }
    f = followed_at(table, place_at(table, place)->followed);
    if (tool) {
        f->tool_packets = known ? trait->packets : 0;
        f->tool_bits = known && isfinite(trait->bits) ? trait->bits : 0;
    }
    if (instance != 0)
        run_add_instance(&f->run, instance, trait->packets > 0 ? trait->packets : 1);
    f->declared |= declared;
    f->changed = true;
    return followed_touch(table, f, err);
}

bool source_table_is_declared(const struct source_table *table, struct addr src)
{
    uint32_t place = place_find(table, source_key(src));

    return place != NOBODY && place_at(table, place)->followed != NOBODY &&
           followed_at(table, place_at(table, place)->followed)->declared;
}

bool source_table_find(const struct source_table *table, struct addr src,
                       struct source_facts *ret_facts)
{
    uint32_t place = place_find(table, source_key(src));

    if (place == NOBODY || place_at(table, place)->followed == NOBODY)
        return false;
    make_facts(table, followed_at(table, place_at(table, place)->followed), ret_facts);
    return true;
}

/* ---- steps ---- */

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
    return addr_compare(place_at(table, left->place)->src, place_at(table, right->place)->src);
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
            .src = place_at(table, followed_at(table, table->dirty[i])->place)->src,
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
    if (due_decide(table, floor_div(table->now_us, MINUTE_US) * MINUTE_US, err) < 0)
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

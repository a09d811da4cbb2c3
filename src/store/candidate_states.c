/* SPDX-License-Identifier: Apache-2.0 */
/* Scores, episodes, memberships and overrides are read side by side in the order of sources,
 * each once. The history of scores, which is longer than all of them, is asked for source by
 * source and only where it matters: most sources of an old store have long been silent, and of
 * those their last score is all there is to know. */
#include "store/candidate_states.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/fact.h"
#include "store/derived_internal.h"
#include "store/score_at.h"

/* A table in the order of sources, at its next row. */
struct side {
    sqlite3_stmt *stmt;
    bool there;
    struct addr source;
};

enum { EPISODES, MEMBERS, OVERRIDDEN, SIDES };

#define SEEN_COLUMNS "first_us, last_us, sessions, targets, ports_seen, declared, asn, country"

/* Of those that ask for it ?1 is the instant. Sorting the episodes would cost more than to find
 * them one by one, and more memory. */
static const char *const side_sql[SIDES] = {
    [EPISODES] = "SELECT source, " SEEN_COLUMNS " FROM episode INDEXED BY episode_source"
                 " WHERE first_us <= ?1 ORDER BY source",
    [MEMBERS] = "SELECT source, actor, from_us, to_us FROM actor_source WHERE from_us <= ?1"
                " ORDER BY source",
    [OVERRIDDEN] = "SELECT source, level FROM " OVERRIDES " ORDER BY source",
};

static const char score_sql[] =
    "SELECT source, at_us, grade, stage, receipt, state, " SEEN_COLUMNS
    " FROM score ORDER BY source";
static const char history_sql[] = "SELECT at_us, grade, reason, state FROM score_history"
                                  " WHERE source = ?1 AND at_us BETWEEN ?2 AND ?3"
                                  " ORDER BY at_us";
static const char newest_sql[] =
    "SELECT max(at_us) FROM score_history WHERE source = ?1 AND at_us < ?2";

struct span {
    int64_t first_us, last_us;
};

struct member {
    uint64_t actor;
    int64_t from_us, to_us; /* to: INT64_MAX while it lasts */
};

/* A score as it was stored. */
struct scored {
    int64_t at_us;
    enum risk_level level;
    enum grade grade;
    bool known;                                /* else its bytes are no state */
    size_t fact, fact_size, state, state_size; /* in the reader's bytes */
};

struct list {
    void *items;
    size_t count, room;
};

struct reader {
    struct store *store;
    int64_t at_us;
    int64_t since_us; /* states that ended before it matter only of those who were seen */
    int64_t seen_us;  /* since then */
    bool risks;
    struct side sides[SIDES];
    sqlite3_stmt *scores, *history, *newest;
    const struct accepted_hop **hops; /* by target */
    size_t hop_count, hop_next;

    /* of the present source */
    struct source_states source;
    struct scored score;
    int level; /* an analyst's; -1: none */
    const struct accepted_hop **hops_here;
    size_t hops_here_count;
    struct list spans, members, scored, points, states;
    struct text bytes;
};

/* Room for one more. @return NULL when out of memory */
static void *add(struct list *list, size_t size, struct nj_err *err)
{
    if (list->count == list->room) {
        size_t room = 2 * list->room + 16;
        void *grown = reallocarray(list->items, room, size);

        if (grown == NULL) {
            (void)nj_fail(err, NJ_NOMEM, "no memory for the states of a source");
            return NULL;
        }
        list->items = grown;
        list->room = room;
    }
    return (char *)list->items + size * list->count++;
}

/* ---- tables side by side ---- */

static int side_next(struct reader *r, struct side *side, struct nj_err *err)
{
    int rc = catalog_next(r->store, side->stmt, err);

    side->there = rc > 0;
    if (side->there)
        side->source = addr_at(side->stmt, 0);
    return rc < 0 ? -1 : 0;
}

/* Go on to the source's rows. @return 1 at one of them; 0 behind the last; -1 */
static int side_at(struct reader *r, struct side *side, struct nj_err *err)
{
    int order = -1;

    while (side->there && (order = addr_compare(side->source, r->source.source)) < 0)
        if (side_next(r, side, err) < 0)
            return -1;
    return side->there && order == 0;
}

/* ---- episodes ---- */

/* They come in nearly the order of time. */
static int add_span(struct reader *r, const struct span *span, struct nj_err *err)
{
    struct span *last = add(&r->spans, sizeof(*span), err), *spans = r->spans.items;

    if (last == NULL)
        return -1;
    for (; last > spans && last[-1].first_us > span->first_us; last--)
        *last = last[-1];
    *last = *span;
    return 0;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What SEEN_COLUMNS, from column `at` on, say more of the source. */
static int add_seen(struct reader *r, sqlite3_stmt *stmt, int at, struct nj_err *err)
{
    const struct span span = {sqlite3_column_int64(stmt, at),
                              sqlite3_column_int64(stmt, at + 1)};
    const char *country = (const char *)sqlite3_column_text(stmt, at + 7);
    struct source_seen *seen = &r->source.seen;

    seen->any = true;
    seen->first_us = span.first_us < seen->first_us ? span.first_us : seen->first_us;
    seen->last_us = larger(seen->last_us, span.last_us < r->at_us ? span.last_us : r->at_us);
    seen->sessions += sqlite3_column_int64(stmt, at + 2);
    seen->targets = larger(seen->targets, sqlite3_column_int64(stmt, at + 3));
    seen->ports_seen = larger(seen->ports_seen, sqlite3_column_int64(stmt, at + 4));
    seen->declared = seen->declared || sqlite3_column_int(stmt, at + 5) != 0;
    seen->asn = larger(seen->asn, sqlite3_column_int64(stmt, at + 6));
    if (country != NULL && strcmp(country, seen->country) > 0)
        (void)snprintf(seen->country, sizeof(seen->country), "%s", country);
    return add_span(r, &span, err);
}

/* Who sends a little now and then has no episode: his score says what was seen of him. */
static int read_episodes(struct reader *r, struct nj_err *err)
{
    struct side *side = &r->sides[EPISODES];
    struct source_seen *seen = &r->source.seen;
    int rc;

    *seen = (struct source_seen){.first_us = INT64_MAX, .last_us = INT64_MIN};
    r->spans.count = 0;
    while ((rc = side_at(r, side, err)) > 0)
        if (add_seen(r, side->stmt, 1, err) < 0 || side_next(r, side, err) < 0)
            return -1;
    if (rc == 0 && !seen->any && sqlite3_column_type(r->scores, 6) != SQLITE_NULL &&
        sqlite3_column_int64(r->scores, 6) <= r->at_us)
        return add_seen(r, r->scores, 6, err);
    return rc;
}

/* ---- who it is, and what people say of it ---- */

static int read_members(struct reader *r, struct nj_err *err)
{
    struct side *side = &r->sides[MEMBERS];
    int rc;

    r->members.count = 0;
    while ((rc = side_at(r, side, err)) > 0) {
        struct member *member = add(&r->members, sizeof(*member), err);

        if (member == NULL)
            return -1;
        *member = (struct member){
            .actor = (uint64_t)sqlite3_column_int64(side->stmt, 1),
            .from_us = sqlite3_column_int64(side->stmt, 2),
            .to_us = sqlite3_column_type(side->stmt, 3) == SQLITE_NULL
                         ? INT64_MAX
                         : sqlite3_column_int64(side->stmt, 3),
        };
        if (side_next(r, side, err) < 0)
            return -1;
    }
    return rc;
}

static uint64_t actor_at(const struct reader *r, int64_t us)
{
    const struct member *members = r->members.items;
    uint64_t actor = 0;

    for (size_t i = 0; i < r->members.count; i++)
        if (members[i].from_us <= us && members[i].to_us > us && members[i].actor > actor)
            actor = members[i].actor;
    return actor;
}

static int read_override(struct reader *r, struct nj_err *err)
{
    struct side *side = &r->sides[OVERRIDDEN];
    int rc = side_at(r, side, err);

    r->level = -1;
    if (rc > 0 && sqlite3_column_type(side->stmt, 1) != SQLITE_NULL)
        r->level = sqlite3_column_int(side->stmt, 1);
    return rc < 0 ? -1 : 0;
}

static void find_hops(struct reader *r)
{
    size_t i = r->hop_next;

    while (i < r->hop_count && addr_compare(r->hops[i]->to, r->source.source) < 0)
        i++;
    r->hops_here = r->hops + i;
    r->hop_next = i;
    while (i < r->hop_count && addr_equal(r->hops[i]->to, r->source.source))
        i++;
    r->hops_here_count = i - r->hop_next;
}

/* ---- scores ---- */

/* Keep the bytes of a column. @return where they stand */
static size_t keep(struct reader *r, sqlite3_stmt *stmt, int column, size_t *ret_size)
{
    size_t at = r->bytes.length;

    *ret_size = (size_t)sqlite3_column_bytes(stmt, column);
    if (*ret_size > 0)
        text_add(&r->bytes, sqlite3_column_blob(stmt, column), *ret_size);
    return at;
}

static bool state_of(const struct reader *r, const struct scored *score, struct risk_state *ret)
{
    return score->state_size > 0 && score_state((const uint8_t *)r->bytes.bytes + score->state,
                                                score->state_size, score->at_us, ret);
}

/* Columns with a fact (-1: nobody will ask for it) and a state. */
static int read_score(struct reader *r, sqlite3_stmt *stmt, int fact, int state,
                      struct scored *score, struct nj_err *err)
{
    struct risk_state read;

    if (fact >= 0)
        score->fact = keep(r, stmt, fact, &score->fact_size);
    score->state = keep(r, stmt, state, &score->state_size);
    if (r->bytes.no_memory)
        return nj_fail(err, NJ_NOMEM, "no memory for the states of a source");
    score->known = state_of(r, score, &read);
    if (score->known)
        score->level = read.level.level;
    return 0;
}

static int read_history(struct reader *r, int64_t from_us, struct nj_err *err)
{
    struct binder b = {.stmt = r->history};
    /* only the last state's is told, and that is the score's if it is there already */
    int rc, fact = r->score.known && r->score.at_us <= r->at_us ? -1 : 2;

    bind_addr(&b, r->source.source);
    bind_int(&b, from_us);
    bind_int(&b, r->at_us);
    while ((rc = catalog_next(r->store, b.stmt, err)) > 0) {
        struct scored *score = add(&r->scored, sizeof(*score), err);

        if (score == NULL) {
            rc = -1;
            break;
        }
        *score = (struct scored){.at_us = sqlite3_column_int64(b.stmt, 0),
                                 .grade = (enum grade)sqlite3_column_int(b.stmt, 1)};
        if (read_score(r, b.stmt, fact, 3, score, err) < 0) {
            rc = -1;
            break;
        }
    }
    (void)sqlite3_reset(b.stmt);
    return rc;
}

/* The last score before the states that matter, in which the first of them may have begun. */
static int find_newest(struct reader *r, int64_t *ret_us, struct nj_err *err)
{
    struct binder b = {.stmt = r->newest};
    int rc;

    bind_addr(&b, r->source.source);
    bind_int(&b, r->since_us);
    rc = catalog_next(r->store, b.stmt, err);
    *ret_us = rc > 0 && sqlite3_column_type(b.stmt, 0) != SQLITE_NULL
                  ? sqlite3_column_int64(b.stmt, 0)
                  : r->since_us;
    (void)sqlite3_reset(b.stmt);
    return rc < 0 ? -1 : 0;
}

static bool was_seen(const struct reader *r)
{
    return r->source.seen.any && r->source.seen.last_us >= r->seen_us;
}

/* No history ends behind the score: one that is older than what matters is all. */
static int read_scores(struct reader *r, struct nj_err *err)
{
    int64_t from_us = INT64_MIN;

    r->scored.count = 0;
    if (!was_seen(r)) {
        if (r->score.at_us < r->since_us && r->score.at_us <= r->at_us &&
            r->hops_here_count == 0)
            return 0;
        if (find_newest(r, &from_us, err) < 0)
            return -1;
    }
    return read_history(r, from_us, err);
}

/* ---- states ---- */

/* A point in its place among those there are, nearly all of which are before it. */
static int add_point(struct reader *r, int64_t us, struct nj_err *err)
{
    int64_t *last, *points;
    size_t i;

    if (us > r->at_us || add(&r->points, sizeof(*last), err) == NULL)
        return us > r->at_us ? 0 : -1;
    points = r->points.items;
    for (i = r->points.count - 1; i > 0 && points[i - 1] > us; i--)
        points[i] = points[i - 1];
    points[i] = us;
    return 0;
}

static int find_points(struct reader *r, struct nj_err *err)
{
    const struct scored *scored = r->scored.items;
    int64_t *points;
    size_t count = 0;

    r->points.count = 0;
    for (size_t i = 0; i < r->scored.count; i++)
        if (add_point(r, scored[i].at_us, err) < 0)
            return -1;
    if (add_point(r, r->score.at_us, err) < 0)
        return -1;
    for (size_t i = 0; i < r->hops_here_count; i++)
        if (add_point(r, r->hops_here[i]->accepted_us, err) < 0)
            return -1;
    points = r->points.items;
    for (size_t i = 0; i < r->points.count; i++)
        if (count == 0 || points[count - 1] != points[i])
            points[count++] = points[i];
    r->points.count = count;
    return 0;
}

static double risk_of(const struct reader *r, const struct scored *score)
{
    struct risk_state state;

    return state_of(r, score, &state) ? score_risk(&state) : 0;
}

/* Where one has come in the lists that are in the order of time. */
struct place {
    size_t scored, hops, spans;
    int64_t last_us; /* of the episodes up to there */
    const struct scored *score;
};

/* A state from one point to the next; the present one (`to_us` the instant) has no next. */
static int add_state(struct reader *r, struct place *place, int64_t from_us, int64_t to_us,
                     struct nj_err *err)
{
    const struct span *spans = r->spans.items;
    struct source_state *state = add(&r->states, sizeof(*state), err);
    const struct accepted_hop *hop = place->hops == 0 ? NULL : r->hops_here[place->hops - 1];

    if (state == NULL)
        return -1;
    for (; place->spans < r->spans.count && spans[place->spans].first_us <= to_us;
         place->spans++)
        place->last_us = larger(place->last_us, spans[place->spans].last_us);
    *state = (struct source_state){
        .from_us = from_us,
        .last_us = place->last_us < to_us ? place->last_us : to_us,
        .risk = r->risks ? risk_of(r, place->score) : 0,
        .level = r->level < 0 ? place->score->level : (enum risk_level)r->level,
        .grade = place->score->grade,
        .actor = actor_at(r, from_us),
        .hop = hop,
    };
    return 0;
}

static int make_states(struct reader *r, struct nj_err *err)
{
    const struct scored *scored = r->scored.items, *last = NULL;
    const int64_t *points = r->points.items;
    struct place place = {.last_us = 0};
    bool seen = was_seen(r);

    r->states.count = 0;
    for (size_t i = 0; i < r->points.count; i++) {
        bool present = i + 1 == r->points.count;
        int64_t from_us = points[i], to_us = present ? r->at_us : points[i + 1];

        while (place.scored < r->scored.count && scored[place.scored].at_us <= from_us)
            place.score = &scored[place.scored++];
        while (place.hops < r->hops_here_count &&
               r->hops_here[place.hops]->accepted_us <= from_us)
            place.hops++;
        if (r->score.at_us <= from_us)
            place.score = &r->score;
        if (place.score == NULL || !place.score->known ||
            (!present && !seen && to_us < r->since_us))
            continue;
        if (add_state(r, &place, from_us, to_us, err) < 0)
            return -1;
        last = place.score;
    }
    if (last != NULL) {
        struct source_state *states = r->states.items;

        states[r->states.count - 1].risk = risk_of(r, last);
        r->source.fact = (const uint8_t *)r->bytes.bytes + last->fact;
        r->source.fact_size = last->fact_size;
    }
    return 0;
}

/* ---- one source after another ---- */

/* At a row of the scores. */
static int read_source(struct reader *r, struct nj_err *err)
{
    r->bytes.length = 0;
    r->source = (struct source_states){.source = addr_at(r->scores, 0),
                                       .stage = sqlite3_column_int(r->scores, 3)};
    r->score = (struct scored){.at_us = sqlite3_column_int64(r->scores, 1),
                               .grade = (enum grade)sqlite3_column_int(r->scores, 2)};
    find_hops(r);
    if (read_score(r, r->scores, 4, 5, &r->score, err) < 0 || read_episodes(r, err) < 0 ||
        read_members(r, err) < 0 || read_override(r, err) < 0 || read_scores(r, err) < 0 ||
        find_points(r, err) < 0 || make_states(r, err) < 0)
        return -1;
    r->source.items = r->states.items;
    r->source.count = r->states.count;
    return 0;
}

static int by_target(const void *a, const void *b)
{
    const struct accepted_hop *left = *(const struct accepted_hop *const *)a;
    const struct accepted_hop *right = *(const struct accepted_hop *const *)b;
    int order = addr_compare(left->to, right->to);

    return order != 0 ? order : (left > right) - (left < right);
}

static int begin(struct reader *r, const struct accepted_hop *hops, size_t hop_count,
                 struct nj_err *err)
{
    r->hops = calloc(hop_count + 1, sizeof(*r->hops));
    if (r->hops == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %zu hops", hop_count);
    for (; r->hop_count < hop_count; r->hop_count++)
        r->hops[r->hop_count] = &hops[r->hop_count];
    qsort(r->hops, hop_count, sizeof(*r->hops), by_target);
    if (catalog_prepare(r->store, score_sql, &r->scores, err) < 0 ||
        catalog_prepare(r->store, history_sql, &r->history, err) < 0 ||
        catalog_prepare(r->store, newest_sql, &r->newest, err) < 0)
        return -1;
    for (size_t i = 0; i < SIDES; i++) {
        struct side *side = &r->sides[i];

        if (catalog_prepare(r->store, side_sql[i], &side->stmt, err) < 0)
            return -1;
        if (sqlite3_bind_parameter_count(side->stmt) > 0)
            (void)sqlite3_bind_int64(side->stmt, 1, r->at_us);
        if (side_next(r, side, err) < 0)
            return -1;
    }
    return 0;
}

static void end(struct reader *r)
{
    for (size_t i = 0; i < SIDES; i++)
        (void)sqlite3_finalize(r->sides[i].stmt);
    (void)sqlite3_finalize(r->scores);
    (void)sqlite3_finalize(r->history);
    (void)sqlite3_finalize(r->newest);
    free((void *)r->hops);
    free(r->spans.items);
    free(r->members.items);
    free(r->scored.items);
    free(r->points.items);
    free(r->states.items);
    text_done(&r->bytes);
}

/* `from_us` - `span_us`, or the earliest time there is. */
static int64_t before(int64_t from_us, int64_t span_us)
{
    return from_us < INT64_MIN + span_us ? INT64_MIN : from_us - span_us;
}

int source_states_send(struct store *store, const struct source_states_question *question,
                       const struct accepted_hop *hops, size_t hop_count,
                       int (*fn)(void *ctx, const struct source_states *states,
                                 struct nj_err *err),
                       void *ctx, struct nj_err *err)
{
    struct reader r = {.store = store, .at_us = question->at_us, .risks = question->risks};
    int rc;

    r.since_us = before(question->at_us, question->window_us);
    r.seen_us = before(r.since_us, question->window_us);
    rc = begin(&r, hops, hop_count, err);
    while (rc >= 0 && (rc = catalog_next(store, r.scores, err)) > 0) {
        rc = read_source(&r, err);
        if (rc == 0 && r.source.count > 0)
            rc = fn(ctx, &r.source, err);
    }
    end(&r);
    return rc;
}

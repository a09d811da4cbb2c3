/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/derive.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "pipeline/declared.h"
#include "pipeline/derive_state.h"

/* A checkpoint is due at the first day boundary behind so many rows. A state, and what it makes
 * the tables keep of their old versions, costs about as much as a million rows; these are
 * derived again in a few seconds if a run is killed or rows come late. */
#define CHECKPOINT_ROWS (16u * STORE_COMMIT_ROWS)

/* Steps go on so long without rows: scores have decayed and silences are decided by then. */
#define IDLE_HOURS_US (31 * DAY_US)
#define IDLE_US (400 * DAY_US)

static int64_t floor_to(int64_t us, int64_t unit)
{
    return nj_floor_div(us, unit) * unit;
}

/* ---- capture time ---- */

/* All rows before `now_us` have been added. */
static int step(struct derive *d, int64_t now_us, struct nj_err *err)
{
    const struct source_sink sources = {
        .episode = derive_on_episode,
        .source = derive_on_source,
        .soon = derive_on_soon,
        .ctx = d,
    };
    const struct linker_sink links = {
        .link = derive_on_link, .actor = derive_on_actor, .ctx = d};
    const struct score_sink scores = {
        .news = derive_on_news, .state = derive_on_state, .ctx = d};

    if (d->pending)
        d->rows_us = now_us;
    d->now_us = now_us;
    d->pending = false;
    d->counts.steps++;
    if (source_table_step(d->source, now_us, &sources, err) < 0 ||
        linker_step(d->linker, now_us, &links, err) < 0 ||
        score_table_step(d->score, now_us, &scores, err) < 0)
        return -1;
    return 0;
}

/* The first step behind the last that is due without rows. Which steps there are must follow
 * from the rows alone, so that every pass over them has the same: each whole hour, after a
 * month of silence each day, and none after a year. */
static int64_t next_idle(const struct derive *d)
{
    int64_t silence_us = d->now_us - d->rows_us;

    if (d->now_us == DERIVED_NO_POSITION || silence_us > IDLE_US)
        return INT64_MAX;
    if (silence_us > IDLE_HOURS_US)
        return floor_to(d->now_us, DAY_US) + DAY_US;
    return floor_to(d->now_us, HOUR_US) + HOUR_US;
}

/* Do the steps up to and with `to_us`. All rows before it have been added. */
static int advance(struct derive *d, int64_t to_us, struct nj_err *err)
{
    for (;;) {
        int64_t next = d->pending ? d->pending_us : next_idle(d);

        if (next > to_us)
            return 0;
        if (step(d, next, err) < 0)
            return -1;
    }
}

static int save_checkpoint(struct derive *d, int64_t position_us, struct nj_err *err)
{
    if (derive_flush(d, err) < 0 || derived_checkpoint(d->derived, position_us, derive_save, d,
                                                       &d->mark.checkpoint, err) < 0)
        return -1;
    d->mark.position_us = position_us;
    d->since_checkpoint = 0;
    d->counts.checkpoints++;
    return 0;
}

static uint64_t checkpoint_rows(const struct derive *d)
{
    return d->options.checkpoint_rows > 0 ? d->options.checkpoint_rows : CHECKPOINT_ROWS;
}

/* Capture time has come to a row's: the steps before it, and a checkpoint where
 * a day turned. */
static int reach(struct derive *d, int64_t us, struct nj_err *err)
{
    int64_t minute = floor_to(us, STEP_US), day = floor_to(us, DAY_US);

    if (d->pending && minute + STEP_US == d->pending_us)
        return 0;
    if (d->since_checkpoint >= checkpoint_rows(d) && !d->in_tail &&
        (d->pending ? d->pending_us : d->now_us) <= day) {
        if (advance(d, day, err) < 0 || save_checkpoint(d, day, err) < 0 ||
            derived_told(d->derived, day, err) < 0 ||
            derived_commit(d->derived, &d->mark, err) < 0 || derived_begin(d->derived, err) < 0)
            return -1;
        derived_sweep(d->derived);
    }
    if (advance(d, minute, err) < 0)
        return -1;
    d->pending = true;
    d->pending_us = minute + STEP_US;
    return 0;
}

/* "::", "::1" and the rest of their /64, under which IPv6 sources are kept, are not on any wire
 * and have no history. */
static bool is_nobody(struct addr src)
{
    return src.hi == 0 && !addr_is_v4(src);
}

static int on_visit(void *ctx, struct visit *visit, const char *sensor,
                    const struct store_place *place, struct nj_err *err)
{
    struct derive *d = ctx;

    if (reach(d, visit->handed_ns / 1000, err) < 0)
        return -1;
    if (is_nobody(visit->src))
        return 0;
    visit->sensor = derive_sensor(d, sensor);
    d->counts.rows++;
    d->since_checkpoint++;
    if (source_table_add(d->source, visit, place->asn, place->country, err) < 0)
        return -1;
    return declared_tell(d->declared, d->source, visit, err);
}

static int on_trait(void *ctx, const struct trait *trait, const char *sensor,
                    struct nj_err *err)
{
    struct derive *d = ctx;
    struct trait mine = *trait;

    if (reach(d, trait->time_ns / 1000, err) < 0)
        return -1;
    if (is_nobody(trait->src))
        return 0;
    mine.sensor = derive_sensor(d, sensor);
    d->counts.traits++;
    return source_table_trait(d->source, &mine, err);
}

static void on_soon(void *ctx, struct addr src)
{
    struct derive *d = ctx;

    source_table_prefetch(d->source, src);
}

/* Take the rows of [from, to) and do the steps up to `to`, a whole minute. */
static int take(struct derive *d, int64_t from_us, int64_t to_us, bool flush,
                struct nj_err *err)
{
    const struct replay_sink sink = {
        .visit = on_visit, .trait = on_trait, .soon = on_soon, .ctx = d};

    if (replay_rows(d->replay, from_us, to_us, &sink, err) < 0 || advance(d, to_us, err) < 0)
        return -1;
    return flush ? derive_flush(d, err) : 0;
}

/* ---- where to go on ---- */

/* Load a checkpoint's state. @return 0; CHECKPOINT_BAD; -1 */
static int load(struct derive *d, const struct checkpoint *checkpoint, struct nj_err *err)
{
    struct nj_err why = {0};
    FILE *in = NULL;
    char text[400];
    int rc;

    if (derive_renew(d, err) < 0)
        return -1;
    rc = derived_checkpoint_open(d->derived, checkpoint, &in, err);
    if (rc < 0)
        return -1;
    if (rc == 0) {
        rc = derive_load(d, in, &why);
        (void)fclose(in);
        if (rc < 0 && why.code == NJ_NOMEM) {
            *err = why;
            return -1;
        }
    }
    if (rc == 0)
        return 0;
    (void)snprintf(text, sizeof(text),
                   "checkpoint %s is damaged or of another version: going back to an older one",
                   checkpoint->path);
    d->options.line(d->options.line_ctx, text);
    return CHECKPOINT_BAD;
}

/* Take back everything behind the newest good checkpoint that stands before `before_us`. */
static int go_back(struct derive *d, int64_t before_us, struct nj_err *err)
{
    struct checkpoint list[CHECKPOINTS_MAX + 1];
    size_t count, i;
    int rc = CHECKPOINT_BAD;

    if (derived_checkpoints(d->derived, list, &count, err) < 0)
        return -1;
    for (i = 0; i < count; i++) {
        if (list[i].position_us > before_us)
            continue;
        rc = load(d, &list[i], err);
        if (rc < 0)
            return -1;
        if (rc == 0)
            break;
    }
    if (rc != 0 && derive_renew(d, err) < 0)
        return -1;
    d->mark.checkpoint = rc == 0 ? list[i].id : 0;
    d->mark.position_us = rc == 0 ? list[i].position_us : DERIVED_NO_POSITION;
    d->since_checkpoint = 0;
    d->in_tail = false;
    d->loaded = true;
    return derived_roll_back(d->derived, d->mark.checkpoint, err);
}

/* Stand where the pass begins. @return 0; 1: late rows, which wait for the last pass; -1 */
static int stand(struct derive *d, const struct replay_span *span, bool last,
                 struct nj_err *err)
{
    bool late = span->new_us < d->mark.position_us;
    int64_t before_us = late ? span->new_us : d->mark.position_us;

    if (late && !last)
        return 1;
    if (d->loaded && !d->in_tail && !late)
        return 0;
    if (go_back(d, before_us, err) < 0)
        return -1;
    if (late && (!d->options.lean || span->new_us < d->before_us)) {
        d->counts.recomputed++;
        d->counts.back_to_us = d->mark.position_us;
    }
    return 0;
}

/* ---- a pass ---- */

/* The rest of what is stored, as if its last minute were over. It is provisional: the next pass
 * takes it back to the checkpoint in front of it. */
static int take_tail(struct derive *d, const struct replay_span *span, int64_t limit_us,
                     struct nj_err *err)
{
    if ((d->since_checkpoint > 0 || d->mark.checkpoint == 0 ||
         d->mark.position_us != limit_us) &&
        save_checkpoint(d, limit_us, err) < 0)
        return -1;
    d->in_tail = true;
    if (take(d, limit_us,
             span->last_us + 1 > limit_us + STEP_US ? span->last_us + 1 : limit_us + STEP_US,
             true, err) < 0)
        return -1;
    d->mark.complete = true;
    return 0;
}

/* What the tables had to give up, and both estimates of false hops (docs/LINKING.md). */
static int write_figures(struct derive *d, struct nj_err *err)
{
    const struct source_counts *sources = source_table_counts(d->source);
    const struct linker_counts *links = linker_counts(d->linker);
    const struct score_counts *scores = score_table_counts(d->score);
    struct linker_fdr fdr;

    linker_fdr(d->linker, &fdr);
    {
        const struct {
            const char *name;
            double value;
        } figures[] = {
            {"sources_followed", (double)sources->followed},
            {"sources_evicted", (double)sources->sources_evicted},
            {"followed_evicted", (double)sources->followed_evicted},
            {"outages_s", (double)sources->outages_s},
            {"episodes_evicted", (double)links->episodes_evicted},
            {"keys_too_common", (double)links->keys_too_common},
            {"pairs_compared", (double)links->candidates},
            {"scores_evicted", (double)scores->sources_evicted},
            {"members_evicted", (double)links->members_evicted},
            {"joins_refused", (double)links->joins_refused},
            {"links_refused", (double)scores->links_refused},
            {"fdr_threshold", fdr.threshold},
            {"fdr_bayes", fdr.bayes},
            {"fdr_decoy", fdr.decoy},
            {"fdr_targets", (double)fdr.targets},
            {"fdr_decoys_before", (double)fdr.decoys_before},
            {"fdr_decoys_week", (double)fdr.decoys_week},
            {"fdr_decoys_place", (double)fdr.decoys_place},
        };

        for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
            if (derived_figure(d->derived, figures[i].name, figures[i].value, err) < 0)
                return -1;
    }
    return 0;
}

/* Anew: nothing is derived. What was goes in the transaction that brings the new, or its first
 * part, so that no reader finds neither. */
static int read_mark(struct derive *d, struct nj_err *err)
{
    if (!d->anew)
        return derived_read_mark(d->derived, &d->mark, err);
    d->mark = (struct derived_mark){.position_us = DERIVED_NO_POSITION};
    return derived_roll_back(d->derived, 0, err);
}

/* @param told  nothing waits for a later pass to be told */
static int commit(struct derive *d, bool told, struct nj_err *err)
{
    if ((told || !d->options.lean) && derived_told(d->derived, INT64_MAX, err) < 0)
        return -1;
    return derived_commit(d->derived, &d->mark, err);
}

static int pass(struct derive *d, bool last, struct nj_err *err)
{
    struct replay_span span;
    int64_t limit_us, from_us;
    int rc;

    if (read_mark(d, err) < 0 || replay_look(d->replay, d->mark.commit, &span, err) < 0)
        return -1;
    if (!d->looked)
        d->before_us = d->mark.position_us;
    d->looked = true;
    if (span.first_us > span.last_us || (d->mark.complete && span.commit == d->mark.commit))
        return commit(d, d->mark.complete, err);
    rc = stand(d, &span, last, err);
    if (rc != 0)
        return rc < 0 ? -1 : commit(d, false, err);

    d->mark.commit = span.commit;
    d->mark.complete = false;
    limit_us = floor_to(span.last_us, STEP_US) - (last ? 0 : STEP_US);
    from_us = d->mark.position_us > span.first_us ? d->mark.position_us : span.first_us;
    if (limit_us > from_us && take(d, from_us, limit_us, last || !d->options.lean, err) < 0)
        return -1;
    if (limit_us > d->mark.position_us)
        d->mark.position_us = limit_us;
    if (last && take_tail(d, &span, d->mark.position_us, err) < 0)
        return -1;
    if (write_figures(d, err) < 0 || commit(d, last, err) < 0)
        return -1;
    derived_sweep(d->derived);
    return 0;
}

static int run(struct derive *d, bool last, struct nj_err *err)
{
    if (derived_begin(d->derived, err) < 0)
        return -1;
    if (pass(d, last, err) < 0) {
        derived_cancel(d->derived);
        d->loaded = false;
        return nj_within(err, "derive");
    }
    if (d->now_us > d->told_us)
        d->told_us = d->now_us;
    return 0;
}

int derive_run(struct derive *derive, bool last, struct nj_err *err)
{
    return run(derive, last, err);
}

int derive_rebuild(struct derive *derive, struct nj_err *err)
{
    int rc;

    derive->loaded = false;
    derive->told_us = INT64_MAX; /* all of it was told before */
    derive->anew = true;
    rc = run(derive, true, err);
    derive->anew = false;
    return rc;
}

const struct derive_counts *derive_counts(struct derive *derive)
{
    if (derive->source != NULL && derive->linker != NULL) {
        derive->counts.sources_evicted = source_table_counts(derive->source)->followed_evicted;
        derive->counts.episodes_evicted = linker_counts(derive->linker)->episodes_evicted;
    }
    return &derive->counts;
}

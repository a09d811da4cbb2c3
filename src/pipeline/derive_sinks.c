/* SPDX-License-Identifier: Apache-2.0 */
/* What a step of the stages tells: on to the next stage, into the catalog, and as events. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "model/fact.h"
#include "pipeline/derive_state.h"

/* ---- events ---- */

static int send_event(struct derive *d, struct derived_event *event)
{
    event->at_us = d->now_us;
    d->counts.events++;
    return derived_event(d->derived, event, &d->event_err);
}

static int send_text(struct derive *d, struct derived_event *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int send_text(struct derive *d, struct derived_event *event, const char *format, ...)
{
    va_list args;

    event->fact.form = EVENT_SAYS;
    va_start(args, format);
    (void)vsnprintf(event->fact.says, sizeof(event->fact.says), format, args);
    va_end(args);
    return send_event(d, event);
}

/* Store an event and tell it, unless a run before or the part that is recomputed
 * has told it. */
static int finish_event(struct derive *d, const struct derived_event *event, int rc,
                        struct nj_err *err)
{
    if (rc < 0) {
        *err = d->event_err;
        return -1;
    }
    if (d->options.event == NULL || event->at_us <= d->told_us)
        return 0;
    return d->options.event(d->options.event_ctx, event, err);
}

/* ---- episodes ---- */

static void copy_text(char *to, size_t size, const char *text)
{
    size_t length = strnlen(text, size - 1);

    memcpy(to, text, length);
    to[length] = '\0';
}

static int episode_event(struct derive *d, enum event_kind kind, const struct episode *episode,
                         struct nj_err *err)
{
    struct derived_event event = {
        .packet_us = kind == EVENT_CEASED ? episode->last_us : episode->first_us,
        .kind = kind,
        .source = episode->src,
        .episode = episode->id,
    };
    int rc;

    if (kind == EVENT_RESUMED)
        event.packet_us = episode->last_us;
    event.fact.form = EVENT_EPISODE;
    event.fact.episode.sessions = episode->sessions;
    event.fact.episode.ports = episode->ports_seen;
    copy_text(event.fact.episode.tool, sizeof(event.fact.episode.tool),
              nj_intern_text(d->names, episode->tool));
    copy_text(event.fact.episode.country, sizeof(event.fact.episode.country), episode->country);
    rc = send_event(d, &event);
    return finish_event(d, &event, rc, err);
}

int derive_on_episode_state(void *ctx, const struct episode *episode, struct nj_err *err)
{
    struct derive *d = ctx;

    return derived_episode(d->derived, d->mark.checkpoint, episode, d->names, err);
}

int derive_on_episode(void *ctx, enum episode_change change, const struct episode *episode,
                      struct nj_err *err)
{
    struct derive *d = ctx;
    int rc = 0;

    /* one that goes on is stored by derive_flush */
    if ((change == EPISODE_CEASED || change == EPISODE_FORGOTTEN) &&
        derive_on_episode_state(d, episode, err) < 0)
        return -1;
    if (change == EPISODE_BEGUN)
        rc = episode_event(d, EVENT_STARTED, episode, err);
    else if (change == EPISODE_CEASED)
        rc = episode_event(d, EVENT_CEASED, episode, err);
    else if (change == EPISODE_RESUMED)
        rc = episode_event(d, EVENT_RESUMED, episode, err);
    return rc < 0 ? -1 : linker_episode(d->linker, change, episode, err);
}

void derive_on_soon(void *ctx, struct addr src)
{
    struct derive *d = ctx;

    score_table_prefetch(d->score, src);
}

int derive_on_source(void *ctx, const struct source_facts *facts, struct nj_err *err)
{
    struct derive *d = ctx;

    return score_table_observe(d->score, facts, d->now_us, err);
}

/* ---- links and actors ---- */

int derive_on_link(void *ctx, const struct link *link, struct nj_err *err)
{
    static const char *const hops[] = {"", "hop", "return", "split"};
    struct derive *d = ctx;
    struct derived_event event = {
        .packet_us = link->started_us,
        .source = link->a_src,
        .other = link->b_src,
        .actor = link->actor,
        .link = link->id,
    };
    int64_t gap_us = link->started_us - link->stopped_us; /* they may overlap */
    char probability[FACT_PROBABILITY_MAX];
    int before, rc = 0;

    (void)fact_probability(link->probability, probability);
    if (derived_link(d->derived, d->mark.checkpoint, link, &before, err) < 0)
        return -1;
    if (link->kind == LINK_SUCCESSION && link->state == LINK_ACCEPTED &&
        before != LINK_ACCEPTED) {
        event.kind = EVENT_HOP;
        rc = send_text(d, &event, "%s: carries on %.0f s %s, probability %s, %.1f bits",
                       hops[link->hop], fabs((double)gap_us) / 1000000,
                       gap_us < 0 ? "before its end" : "after", probability, link->bits);
        rc = finish_event(d, &event, rc, err);
    } else if (link->state == LINK_WITHDRAWN && before == LINK_ACCEPTED) {
        event.kind = EVENT_WITHDRAWN;
        rc = send_text(d, &event, "a link is no longer accepted: probability %s", probability);
        rc = finish_event(d, &event, rc, err);
    }
    return rc < 0 ? -1 : score_table_link(d->score, link, err);
}

int derive_on_actor(void *ctx, const struct actor_change *change, struct nj_err *err)
{
    static const enum event_kind kinds[] = {
        [ACTOR_NEW] = EVENT_ACTOR,
        [ACTOR_JOINED] = EVENT_JOINED,
        [ACTOR_LEFT] = EVENT_LEFT,
        [ACTOR_MERGED] = EVENT_MERGED,
    };
    struct derive *d = ctx;
    struct derived_event event = {
        .packet_us = change->at_us,
        .kind = kinds[change->kind],
        .source = change->source,
        .actor = change->actor,
    };
    char text[ADDR_TEXT_MAX];
    int rc;

    if (derived_actor(d->derived, d->mark.checkpoint, change, err) < 0)
        return -1;
    if (change->kind == ACTOR_MERGED)
        rc = send_text(d, &event, "NJ-%06" PRIu64 " takes in NJ-%06" PRIu64, change->actor,
                       change->other);
    else
        rc = send_text(d, &event, "NJ-%06" PRIu64 "%s%s", change->actor,
                       change->kind == ACTOR_NEW      ? " begins with "
                       : change->kind == ACTOR_JOINED ? " gains "
                                                      : " loses ",
                       addr_text(change->source, text));
    return finish_event(d, &event, rc, err);
}

/* ---- scores ---- */

static struct derived_score score_of(const struct suspect *suspect)
{
    return (struct derived_score){
        .src = suspect->src,
        .receipt = &suspect->receipt,
        .reason = &suspect->reason,
        .stage = suspect->stage,
        .state = &suspect->state,
    };
}

int derive_on_news(void *ctx, const struct suspect *suspect, struct nj_err *err)
{
    struct derive *d = ctx;
    const struct receipt *receipt = &suspect->receipt;
    const struct derived_score score = score_of(suspect);
    struct derived_event event = {
        .packet_us = receipt->at_us, .kind = EVENT_LEVEL, .source = suspect->src};
    int rc;

    if (derived_history(d->derived, d->mark.checkpoint, &score, err) < 0)
        return -1;
    if (receipt->level == suspect->before)
        return 0;
    event.fact.form = EVENT_RISK;
    event.fact.risk.before = suspect->before;
    event.fact.risk.after = receipt->level;
    event.fact.risk.score = (uint32_t)lround(100 * receipt->score);
    event.fact.risk.has_fact =
        receipt->line_count > 0 && receipt->lines[0].group != RISK_CAP_LINE;
    if (event.fact.risk.has_fact)
        event.fact.risk.fact = receipt->lines[0].fact;
    rc = send_event(d, &event);
    return finish_event(d, &event, rc, err);
}

int derive_on_state(void *ctx, const struct suspect *suspect, struct nj_err *err)
{
    struct derive *d = ctx;
    struct derived_score score = score_of(suspect);
    struct source_facts facts;

    if (source_table_find(d->source, suspect->src, &facts))
        score.facts = &facts;
    return derived_score(d->derived, d->mark.checkpoint, &score, err);
}

int derive_flush(struct derive *d, struct nj_err *err)
{
    const struct score_sink scores = {.state = derive_on_state, .ctx = d};

    return source_table_flush(d->source, derive_on_episode_state, d, err) < 0 ||
                   derived_release(d->derived, err) < 0
               ? -1
               : score_table_flush(d->score, &scores, err);
}

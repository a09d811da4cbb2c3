/* SPDX-License-Identifier: Apache-2.0 */
/* From bits to probabilities and states. An episode that stops has one successor or none, one
 * that begins one predecessor or none, so the alternatives share the probability: two equal
 * ones get half each, and neither is stated. Alternatives that are known to be one actor are a
 * split, not a contradiction. */
#include <math.h>
#include <stdlib.h>

#include "link/linker_state.h"
#include "model/instance.h"

#define PRIOR_HOP 0.05     /* of stops are hops, to start with; */
#define PRIOR_WEIGHT 200.0 /* episodes that the start values are worth */
#define RARE_WEIGHT 40.0
#define RARE_MOST 0.4
#define PRIOR_LEAST 0.002
#define PRIOR_RETURN 0.3    /* of stops of a chain's later address go back */
#define PRIOR_PARALLEL 0.05 /* of episodes have a partner in one plan, to start with */
#define TENTATIVE_FROM 0.5
#define KEEP_FROM 0.8    /* accepted stays accepted */
#define SPLIT_US HOUR_US /* the parts of a split begin together */
#define SUPERSEDED_BITS                                                                        \
    10.0                 /* so much heavier evidence says that the earlier hop was wrong       \
                          */
#define RESTATE_BITS 2.0 /* a stated probability is told again when its odds moved so far */
#define MEAN_PAIRS 16u
#define PARALLEL_MIN 0.99

/* The share of stops that were hops so far: with none about, one needs more evidence. What is
 * accepted can't raise it far: it would feed itself. */
static double share_so_far(double start, double found, uint64_t asked)
{
    return fmin(2 * start, fmax(PRIOR_LEAST, (PRIOR_WEIGHT * start + found) /
                                                 (PRIOR_WEIGHT + (double)asked)));
}

/* Whose set-up next to nobody else has moves more often than a default scanner; what is
 * accepted may say so without feeding on itself, since there chance makes no hops. */
static double hop_share(const struct linker *l, bool rare)
{
    if (rare)
        return fmin(RARE_MOST, (RARE_WEIGHT * PRIOR_HOP + (double)l->rare_hops) /
                                   (RARE_WEIGHT + (double)l->rare_stops));
    return share_so_far(PRIOR_HOP, (double)l->usual_hops, l->stops - l->rare_stops);
}

double decide_prior(const struct pair *p, const struct linker *l)
{
    double share = share_so_far(PRIOR_PARALLEL, (double)l->parallels, l->begun);

    if (p->kind == LINK_INSTANCE) /* one of all remembered has this process too */
        return -log2(fmax(20, (double)l->counts.episodes));
    if (p->kind == LINK_SUCCESSION)
        share = p->hop == HOP_RETURN ? PRIOR_RETURN : hop_share(l, l->digests[p->a].rare);
    return log2(share / (1 - share));
}

double decide_alone(double weight, double prior)
{
    return 1 / (1 + exp2(-(weight + prior)));
}

static bool one_actor(const struct linker *l, uint32_t x, uint32_t y)
{
    uint64_t actor = actors_of(&l->actors, linker_source_key(l->digests[x].src));

    return actor != 0 && actors_of(&l->actors, linker_source_key(l->digests[y].src)) == actor;
}

/* That two successors of a do the same at the same time does not tell them from one and his
 * imitator, who has no address near a's: the parts of a split stand as near to a, or near each
 * other, or are one process. */
static bool one_party(const struct linker *l, uint32_t a, uint32_t x, uint32_t y)
{
    const struct digest *da = &l->digests[a], *dx = &l->digests[x], *dy = &l->digests[y];

    return one_actor(l, x, y) &&
           (zone_of(dx, dy) <= ZONE_AS || zone_of(da, dx) == zone_of(da, dy) ||
            digest_share_instance(dx, dy));
}

bool decide_is_split(const struct linker *l, const struct pair *p, const struct pair *q)
{
    return p->a == q->a && llabs(p->started_us - q->started_us) <= SPLIT_US &&
           one_party(l, p->a, p->b, q->b);
}

/* Two processes of one address may go two ways. */
static bool other_process(const struct pair *p, const struct pair *q)
{
    return p->instance != 0 && q->instance != 0 && p->instance != q->instance;
}

/* One process is at one place at a time. Where more than two addresses show its key, each
 * follows the one before it: other pairs of them are no alternative to that. */
static bool is_passed_over(const struct linker *l, const struct pair *p)
{
    if (p->instance == 0 || !instance_facts(p->instance)->process)
        return false;
    for (uint32_t i = l->digests[p->a].as_a; i != LINK_NONE; i = l->pairs.list[i].next_a) {
        const struct pair *q = &l->pairs.list[i];

        if (q->instance == p->instance && q->kind == LINK_SUCCESSION && !q->refuted &&
            q->started_us < p->started_us)
            return true;
    }
    for (uint32_t i = l->digests[p->b].as_b; i != LINK_NONE; i = l->pairs.list[i].next_b) {
        const struct pair *q = &l->pairs.list[i];

        if (q->instance == p->instance && q->kind == LINK_SUCCESSION && !q->refuted &&
            q->stopped_us > p->stopped_us)
            return true;
    }
    return false;
}

/* a went on elsewhere before: who comes later follows that address, if anybody's. */
static bool is_superseded(const struct linker *l, const struct pair *p)
{
    if (is_passed_over(l, p))
        return true;
    for (uint32_t i = l->digests[p->a].as_a; i != LINK_NONE; i = l->pairs.list[i].next_a) {
        const struct pair *q = &l->pairs.list[i];

        if (q != p && q->kind == LINK_SUCCESSION && q->state == PAIR_ACCEPTED &&
            !other_process(p, q) && q->started_us + SPLIT_US < p->started_us &&
            q->weight + SUPERSEDED_BITS > p->weight)
            return true;
    }
    return false;
}

/* Odds of what contradicts a hop: the same stop to another, or another stop to the same. What
 * is known to be one actor is no contradiction. */
static double rivals(const struct linker *l, const struct pair *p)
{
    double sum = 0;

    for (uint32_t i = l->digests[p->a].as_a; i != LINK_NONE; i = l->pairs.list[i].next_a) {
        const struct pair *q = &l->pairs.list[i];

        if (q != p && q->kind == LINK_SUCCESSION && !q->refuted && !other_process(p, q) &&
            !one_party(l, p->a, p->b, q->b) && !is_passed_over(l, q))
            sum += exp2(q->weight + decide_prior(q, l));
    }
    for (uint32_t i = l->digests[p->b].as_b; i != LINK_NONE; i = l->pairs.list[i].next_b) {
        const struct pair *q = &l->pairs.list[i];

        if (q != p && q->kind == LINK_SUCCESSION && !q->refuted && !other_process(p, q) &&
            !one_actor(l, p->a, q->a) && !is_superseded(l, q))
            sum += exp2(q->weight + decide_prior(q, l));
    }
    return sum;
}

static double probability(const struct linker *l, const struct pair *p)
{
    double odds = exp2(p->weight + decide_prior(p, l));

    if (p->kind != LINK_SUCCESSION)
        return odds / (1 + odds);
    if (is_superseded(l, p))
        return 0;
    return odds / (1 + odds + rivals(l, p));
}

/* Not through one weak edge: the sources of two actors must go together on the whole. */
static bool joins_well(const struct linker *l, const struct pair *p)
{
    uint64_t a = actors_of(&l->actors, linker_source_key(l->digests[p->a].src));
    uint64_t b = actors_of(&l->actors, linker_source_key(l->digests[p->b].src));
    double sum = 0;
    unsigned pairs = 0;

    if (p->instance != 0 || a == b)
        return true;

    uint32_t x = a == 0 ? LINK_NONE : l->actors.groups[a - 1].first;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t y = b == 0 ? LINK_NONE : l->actors.groups[b - 1].first;
        uint32_t dx =
            a == 0 ? p->a
                   : link_map_find(&l->by_source, linker_source_key(l->actors.nodes[x].src));

        for (unsigned j = 0; j < 4; j++) {
            uint32_t dy = b == 0 ? p->b
                                 : link_map_find(&l->by_source,
                                                 linker_source_key(l->actors.nodes[y].src));
            struct comparison c = {.text = false};

            if (dx != LINK_NONE && dy != LINK_NONE && pairs < MEAN_PAIRS) {
                compare_digests(l, &l->digests[dx], &l->digests[dy], COMPARE_SETUP, 0, &c);
                sum += decide_alone(c.bits, log2(PRIOR_HOP));
                pairs++;
            }
            if (y == LINK_NONE || (y = l->actors.nodes[y].next) == LINK_NONE)
                break;
        }
        if (x == LINK_NONE || (x = l->actors.nodes[x].next) == LINK_NONE)
            break;
    }
    /* two single sources are the pair itself */
    return pairs <= 1 || sum / pairs >= 0.5;
}

static bool taken(const struct linker *l, const struct pair *p)
{
    if (p->kind != LINK_SUCCESSION)
        return false;
    for (uint32_t i = l->digests[p->a].as_a; i != LINK_NONE; i = l->pairs.list[i].next_a) {
        const struct pair *q = &l->pairs.list[i];

        if (q != p && q->kind == LINK_SUCCESSION && q->state == PAIR_ACCEPTED &&
            !other_process(p, q) && !decide_is_split(l, p, q))
            return true;
    }
    for (uint32_t i = l->digests[p->b].as_b; i != LINK_NONE; i = l->pairs.list[i].next_b) {
        const struct pair *q = &l->pairs.list[i];

        if (q != p && q->kind == LINK_SUCCESSION && q->state == PAIR_ACCEPTED &&
            !other_process(p, q))
            return true;
    }
    return false;
}

static bool is_decided(const struct linker *l, const struct pair *p)
{
    const struct digest *a = &l->digests[p->a], *b = &l->digests[p->b];

    return p->kind != LINK_SUCCESSION || a->ceased_us != 0 || a->quiet ||
           a->start_us > b->last_us ||
           (a->next != LINK_NONE && l->digests[a->next].start_us > b->last_us);
}

/* The address is known from another process: an actor that it brought there is not this one. */
static bool is_reassigned(const struct linker *l, const struct digest *d)
{
    if (d->instances[0] == 0 || actors_of(&l->actors, linker_source_key(d->src)) == 0)
        return false;
    for (uint32_t i = d->previous; i != LINK_NONE; i = l->digests[i].previous)
        if (l->digests[i].instances[0] != 0 && !digest_share_instance(d, &l->digests[i]))
            return true;
    return false;
}

static int accept(struct linker *l, struct pair *p, struct nj_err *err)
{
    const struct digest *a = &l->digests[p->a], *b = &l->digests[p->b];
    const struct actor_source from = {
        .src = a->src, .key = linker_source_key(a->src), .declared = a->declared};
    const struct actor_source to = {
        .src = b->src, .key = linker_source_key(b->src), .declared = b->declared};

    if (!is_reassigned(l, a) && !is_reassigned(l, b)) {
        if (actors_join(&l->actors, &from, &to, l->now_us, &p->edge, err) < 0)
            return -1; /* full: the link stands without joining anybody */
        remember_uncount(l, &l->digests[p->b]);
    }
    if (p->kind == LINK_SUCCESSION && p->hop == HOP_FIRST) {
        l->pairs.zones[zone_of(a, b)] += 1;
        l->pairs.delays[delay_of(p->started_us - p->stopped_us)] += 1;
        p->rare = a->rare;
        *(a->rare ? &l->rare_hops : &l->usual_hops) += 1;
    }
    l->parallels += p->kind != LINK_SUCCESSION;
    return 0;
}

static int revoke(struct linker *l, struct pair *p, struct nj_err *err)
{
    if (p->kind == LINK_SUCCESSION && p->hop == HOP_FIRST) {
        double *zone = &l->pairs.zones[zone_of(&l->digests[p->a], &l->digests[p->b])];
        double *delay = &l->pairs.delays[delay_of(p->started_us - p->stopped_us)];

        *zone = fmax(0, *zone - 1);
        *delay = fmax(0, *delay - 1);
        *(p->rare ? &l->rare_hops : &l->usual_hops) -= 1;
    }
    if (p->kind != LINK_SUCCESSION && l->parallels > 0)
        l->parallels--;

    uint32_t edge = p->edge;

    if (edge == LINK_NONE)
        return 0;
    p->edge = LINK_NONE;
    return actors_part(&l->actors, edge, l->now_us, err);
}

static enum pair_state next_state(const struct linker *l, const struct pair *p)
{
    double enough = p->state == PAIR_ACCEPTED ? KEEP_FROM : l->acceptance.threshold;

    if (p->kind != LINK_SUCCESSION && p->state != PAIR_ACCEPTED)
        enough = fmax(PARALLEL_MIN, enough);
    if (p->refuted)
        return PAIR_SILENT;
    if (p->probability >= enough && is_decided(l, p) &&
        (p->state == PAIR_ACCEPTED || (!taken(l, p) && joins_well(l, p))))
        return PAIR_ACCEPTED;
    /* a's silence is not decided, and it may just not have been told of: match well, then */
    if (p->state == PAIR_SILENT && p->probability < enough &&
        (p->kind != LINK_SUCCESSION || !is_decided(l, p)))
        return PAIR_SILENT;
    return p->probability >= TENTATIVE_FROM ? PAIR_TENTATIVE : PAIR_SILENT;
}

static double log_odds(double p)
{
    return log2(fmax(p, 1e-12) / fmax(1 - p, 1e-12));
}

static int decide(struct linker *l, uint32_t pair, struct nj_err *err)
{
    struct pair *p = &l->pairs.list[pair];
    enum pair_state old = (enum pair_state)p->state, state;

    p->probability = probability(l, p);
    state = next_state(l, p);
    if (p->kind == LINK_SUCCESSION && is_decided(l, p) && !p->refuted)
        acceptance_target(&l->acceptance, p);
    else
        acceptance_forget(&l->acceptance, p);
    if (state == PAIR_ACCEPTED && old != PAIR_ACCEPTED && accept(l, p, err) < 0)
        return -1;
    if (p->kind == LINK_SUCCESSION && state == PAIR_TENTATIVE)
        remember_uncount(l, &l->digests[p->b]);
    if (state != PAIR_ACCEPTED && old == PAIR_ACCEPTED && revoke(l, p, err) < 0)
        return -1;
    p->state = (uint8_t)state;
    if (state == old &&
        (state == PAIR_SILENT ||
         fabs(log_odds(p->probability) - log_odds(p->stated_probability)) < RESTATE_BITS))
        return 0;
    if (!p->changed && numbers_add(&l->changed, pair, err) < 0)
        return -1;
    p->changed = true;
    return 0;
}

/* Heaviest first; then who began before, the lower address, the kind. */
static int by_weight(const void *x, const void *y, void *ctx)
{
    const struct linker *l = ctx;
    const struct pair *p = &l->pairs.list[*(const uint32_t *)x];
    const struct pair *q = &l->pairs.list[*(const uint32_t *)y];
    int order;

    if (p->weight != q->weight)
        return p->weight > q->weight ? -1 : 1;
    if (p->started_us != q->started_us)
        return p->started_us < q->started_us ? -1 : 1;
    order = addr_compare(l->digests[p->b].src, l->digests[q->b].src);
    if (order == 0)
        order = addr_compare(l->digests[p->a].src, l->digests[q->a].src);
    if (order == 0 && l->digests[p->a].id != l->digests[q->a].id)
        order = l->digests[p->a].id < l->digests[q->a].id ? -1 : 1;
    if (order == 0 && l->digests[p->b].id != l->digests[q->b].id)
        order = l->digests[p->b].id < l->digests[q->b].id ? -1 : 1;
    return order != 0 ? order : (int)p->kind - (int)q->kind;
}

static int touch_rivals(struct linker *l, uint32_t pair, struct nj_err *err)
{
    const struct pair *p = &l->pairs.list[pair];

    if (p->kind != LINK_SUCCESSION)
        return 0;
    for (uint32_t i = l->digests[p->a].as_a; i != LINK_NONE; i = l->pairs.list[i].next_a)
        if (pair_touch(l, i, err) < 0)
            return -1;
    for (uint32_t i = l->digests[p->b].as_b; i != LINK_NONE; i = l->pairs.list[i].next_b)
        if (pair_touch(l, i, err) < 0)
            return -1;
    return 0;
}

int decide_touched(struct linker *l, struct nj_err *err)
{
    size_t own = l->touched.count;

    for (size_t i = 0; i < own; i++)
        if (touch_rivals(l, l->touched.list[i], err) < 0)
            return -1;
    numbers_sort(l, &l->touched, by_weight);
    /* what can't stay goes first, so that it stands in nobody's way */
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < l->touched.count; i++) {
            const struct pair *p = &l->pairs.list[l->touched.list[i]];

            if ((round == 0) == (p->state == PAIR_ACCEPTED) &&
                decide(l, l->touched.list[i], err) < 0)
                return -1;
        }
    for (size_t i = 0; i < l->touched.count; i++)
        l->pairs.list[l->touched.list[i]].touched = false;
    l->touched.count = 0;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* From probabilities to states: what is stated, accepted and withdrawn, and which sources that
 * joins and parts. */
#include <math.h>
#include <stdlib.h>

#include "link/linker_state.h"

#define TENTATIVE_FROM 0.5
#define COPY_OR_HOP_FROM 0.02 /* where nothing but a copy keeps it from being accepted */
#define KEEP_FROM 0.8         /* accepted stays accepted */
#define RESTATE_BITS 2.0 /* a stated probability is told again when its odds moved so far */
#define MEAN_PAIRS 16u
#define MEMBERS_AGAIN 64u  /* of an actor are looked at when it is joined with another; */
#define EPISODES_AGAIN 64u /* of each so many, the latest */
#define PARALLEL_MIN 0.99
#define PRIOR_MEMBER 0.05 /* of one of two actors that he belongs to the other */

/* Not through one weak edge: the sources of two actors must go together on the whole. */
static bool joins_well(const struct linker *l, const struct pair *p)
{
    uint64_t a = linker_actor(l, &l->digests[p->a]);
    uint64_t b = linker_actor(l, &l->digests[p->b]);
    enum compare_as as = p->kind == LINK_PARALLEL ? COMPARE_PLAN : COMPARE_SETUP;
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
            struct comparison c = {.lines = NULL};

            if (dx != LINK_NONE && dy != LINK_NONE && pairs < MEAN_PAIRS) {
                compare_digests(l, &l->digests[dx],
                                b == 0 && explain_as(p) == COMPARE_HOP
                                    ? beginning_told(l, &l->digests[dy])
                                    : &l->digests[dy],
                                as, 0, &c);
                sum += odds_alone(c.bits, log2(PRIOR_MEMBER));
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

static bool is_decided(const struct linker *l, const struct pair *p)
{
    const struct digest *a = &l->digests[p->a], *b = &l->digests[p->b];

    return p->kind != LINK_SUCCESSION || a->ceased_us != 0 || a->quiet || pair_slept(p, a) ||
           a->start_us > b->last_us ||
           (a->next != LINK_NONE && l->digests[a->next].start_us > b->last_us);
}

/* The address is known from another process: an actor that it brought there is not this one. */
static bool is_reassigned(const struct linker *l, const struct digest *d)
{
    if (d->instances[0] == 0 || linker_actor(l, d) == 0)
        return false;
    for (uint32_t i = d->previous; i != LINK_NONE; i = l->digests[i].previous)
        if (l->digests[i].instances[0] != 0 && !digest_share_instance(d, &l->digests[i]))
            return true;
    return false;
}

/* He is another's: what he showed is no second one's, whichever of his first episodes did. */
static void uncount(struct linker *l, uint32_t number)
{
    remember_uncount(l, &l->digests[number]);
    for (uint32_t i = l->digests[number].newcomer ? beginning_next(l, number, number)
                                                  : LINK_NONE;
         i != LINK_NONE; i = beginning_next(l, number, i))
        remember_uncount(l, &l->digests[i]);
}

/* The later episodes of an actor's sources: who acted since `since_us` may have returned to an
 * address of the other actor, or be no rival of the other's any more. */
static int look_again_at(struct linker *l, uint64_t actor, int64_t since_us, struct nj_err *err)
{
    const struct actors *actors = &l->actors;
    uint32_t node = actors->groups[actor - 1].first;

    for (unsigned i = 0; i < MEMBERS_AGAIN && node != LINK_NONE;
         i++, node = actors->nodes[node].next) {
        uint32_t number = link_map_find(&l->by_source, actors->nodes[node].key), before;

        if (number == LINK_NONE || l->digests[number].last_us < since_us)
            continue;
        for (unsigned k = 1; k < EPISODES_AGAIN; k++) {
            before = l->digests[number].previous;
            if (before == LINK_NONE || l->digests[before].last_us < since_us)
                break;
            number = before;
        }
        if (remember_look_again(l, number, err) < 0)
            return -1;
    }
    return 0;
}

/* Two become one: what depends on it is found from the sources of either, so those of the
 * smaller are asked, and the two themselves. */
static int look_again(struct linker *l, const struct pair *p, struct nj_err *err)
{
    const struct actors *actors = &l->actors;
    uint64_t a = linker_actor(l, &l->digests[p->a]);
    uint64_t b = linker_actor(l, &l->digests[p->b]);

    if (remember_look_again(l, p->a, err) < 0 || remember_look_again(l, p->b, err) < 0)
        return -1;
    if (a == 0 || b == 0)
        return 0;
    return look_again_at(l, actors->groups[a - 1].count < actors->groups[b - 1].count ? a : b,
                         p->stopped_us < p->started_us ? p->stopped_us : p->started_us, err);
}

/* All episodes of its source know where that stands among the actors'. */
static void place_source(struct linker *l, uint32_t number)
{
    uint32_t node = actors_place(&l->actors, linker_source_key(l->digests[number].src));

    for (uint32_t i = number; i != LINK_NONE; i = l->digests[i].previous)
        l->digests[i].node = node;
    for (uint32_t i = l->digests[number].next; i != LINK_NONE; i = l->digests[i].next)
        l->digests[i].node = node;
}

static int accept(struct linker *l, struct pair *p, struct nj_err *err)
{
    const struct digest *a = &l->digests[p->a], *b = &l->digests[p->b];
    const struct actor_source from = {
        .src = a->src, .key = linker_source_key(a->src), .declared = a->declared};
    const struct actor_source to = {
        .src = b->src, .key = linker_source_key(b->src), .declared = b->declared};

    if (!is_reassigned(l, a) && !is_reassigned(l, b)) {
        /* who went back meanwhile could not be seen to */
        if (!odds_one_actor(l, a, b) && look_again(l, p, err) < 0)
            return -1;
        if (actors_join(&l->actors, &from, &to, l->now_us, &p->edge, err) < 0)
            return -1; /* full: the link stands without joining anybody */
        if (a->node == LINK_NONE)
            place_source(l, p->a);
        if (b->node == LINK_NONE)
            place_source(l, p->b);
        uncount(l, p->b);
    }
    if (p->kind == LINK_SUCCESSION && p->hop == HOP_FIRST) {
        p->rare = a->rare;
        l->pairs.zones[p->rare][zone_of(a, b)] += 1;
        l->pairs.delays[p->rare][delay_of(p->started_us - p->stopped_us)] += 1;
        *(a->rare ? &l->rare_hops : &l->usual_hops) += 1;
        pair_not_likely(l, p);
    }
    l->parallels += p->kind != LINK_SUCCESSION;
    return 0;
}

static int revoke(struct linker *l, struct pair *p, struct nj_err *err)
{
    if (p->kind == LINK_SUCCESSION && p->hop == HOP_FIRST) {
        enum zone at = zone_of(&l->digests[p->a], &l->digests[p->b]);
        double *zone = &l->pairs.zones[p->rare][at];
        double *delay = &l->pairs.delays[p->rare][delay_of(p->started_us - p->stopped_us)];

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

/* Chance and rivals are ruled out; it is a hop, or a copy of what stopped, and nothing tells
 * which. */
static bool is_hop_or_copy(const struct linker *l, const struct pair *p)
{
    double odds = exp2(p->weight + odds_prior(p, l));

    return p->kind == LINK_SUCCESSION && p->probability >= COPY_OR_HOP_FROM &&
           odds >= l->acceptance.threshold * (odds / p->probability - p->copy);
}

static enum pair_state next_state(const struct linker *l, const struct pair *p)
{
    double enough = p->state == PAIR_ACCEPTED ? KEEP_FROM : l->acceptance.threshold;

    if (p->kind != LINK_SUCCESSION && p->state != PAIR_ACCEPTED)
        enough = fmax(PARALLEL_MIN, enough);
    if (p->refuted)
        return PAIR_SILENT;
    if (p->probability >= enough && is_decided(l, p) &&
        (p->state == PAIR_ACCEPTED || (!odds_taken(l, p) && joins_well(l, p))))
        return PAIR_ACCEPTED;
    /* a's silence is not decided, and it may just not have been told of: match well, then */
    if (p->state == PAIR_SILENT && p->probability < enough &&
        (p->kind != LINK_SUCCESSION || !is_decided(l, p)))
        return PAIR_SILENT;
    return p->probability >= TENTATIVE_FROM || is_hop_or_copy(l, p) ? PAIR_TENTATIVE
                                                                    : PAIR_SILENT;
}

static double log_odds(double p)
{
    return log2(fmax(p, 1e-12) / fmax(1 - p, 1e-12));
}

static int decide(struct linker *l, uint32_t pair, struct nj_err *err)
{
    struct pair *p = &l->pairs.list[pair];
    enum pair_state old = (enum pair_state)p->state, state;

    p->probability = odds_probability(l, p);
    state = next_state(l, p);
    if (p->kind == LINK_SUCCESSION && is_decided(l, p) && !p->refuted)
        acceptance_target(&l->acceptance, p);
    else
        acceptance_forget(&l->acceptance, p);
    if (state == PAIR_ACCEPTED && old != PAIR_ACCEPTED && accept(l, p, err) < 0)
        return -1;
    if (p->kind == LINK_SUCCESSION && state == PAIR_TENTATIVE &&
        p->probability >= TENTATIVE_FROM)
        uncount(l, p->b);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* From bits to probabilities. An episode that stops has one successor or none, one that begins
 * one predecessor or none, so the alternatives share the probability: two equal ones get half
 * each. Alternatives that are known to be one actor are a split, not a contradiction; those
 * about another stop of the same source, or further down a chain, are none. */
#include <math.h>
#include <stdlib.h>

#include "link/linker_state.h"
#include "model/instance.h"

#define PRIOR_HOP 0.05     /* of stops are hops, to start with; */
#define PRIOR_WEIGHT 200.0 /* episodes that the start values are worth */
#define RARE_WEIGHT 40.0
#define RARE_MOST 0.4
#define PRIOR_LEAST 0.002
#define PRIOR_RETURN 0.3     /* of stops of a chain's later address go back */
#define PRIOR_COMPANION 0.5  /* of those who look so belong to a plan that is there */
#define PRIOR_PARALLEL 0.05  /* of episodes have a partner in one plan, to start with */
#define SPLIT_US HOUR_US     /* the parts of a split begin together */
#define SUPERSEDED_BITS 10.0 /* heavier: the earlier hop was wrong */

/* The share of stops that were hops so far: with none about, one needs more evidence. What is
 * accepted can't raise it far: it would feed itself. */
static double share_so_far(double start, double found, uint64_t asked)
{
    return fmin(2 * start, fmax(PRIOR_LEAST, (PRIOR_WEIGHT * start + found) /
                                                 (PRIOR_WEIGHT + (double)asked)));
}

/* Whose set-up next to nobody else has moves more often than a default scanner; what is found
 * may say so without feeding on itself, since there chance makes no hops. Those that are likely
 * count as what they are: else nobody would be sure of a young store's first moves. */
static double hop_share(const struct linker *l, bool rare)
{
    if (rare)
        return fmin(RARE_MOST,
                    (RARE_WEIGHT * PRIOR_HOP + (double)l->rare_hops + l->rare_likely) /
                        (RARE_WEIGHT + (double)l->rare_stops));
    return share_so_far(PRIOR_HOP, (double)l->usual_hops, l->stops - l->rare_stops);
}

/* Nothing but the key speaks for two that were never there together. */
static bool at_once(const struct linker *l, const struct pair *p)
{
    const struct digest *a = &l->digests[p->a], *b = &l->digests[p->b];

    return a->start_us < b->last_us && b->start_us < a->last_us;
}

/* In whichever of their episodes. */
static bool same_two(const struct linker *l, const struct pair *p, const struct pair *q)
{
    const struct digest *d = l->digests;

    return (addr_equal(d[p->a].src, d[q->a].src) && addr_equal(d[p->b].src, d[q->b].src)) ||
           (addr_equal(d[p->a].src, d[q->b].src) && addr_equal(d[p->b].src, d[q->a].src));
}

/* How surely `number` has a partner in a plan beside the pair p. What p itself raises is left
 * out, and what other bursts of the two say: it would feed itself. */
static double others_of(const struct linker *l, const struct pair *p, uint32_t number,
                        double prior)
{
    double none = 1;

    for (int side = 0; side < 2; side++)
        for (uint32_t i = side == 0 ? l->digests[number].as_a : l->digests[number].as_b;
             i != LINK_NONE;
             i = side == 0 ? l->pairs.list[i].next_a : l->pairs.list[i].next_b) {
            const struct pair *q = &l->pairs.list[i];
            double odds = exp2(q->weight + prior);

            if (q->kind == LINK_PARALLEL && !same_two(l, p, q))
                none *= 1 - odds / (1 + odds + q->copy);
        }
    return 1 - none;
}

/* Who has one partner in a plan is likely to have more: several that agree by chance, each with
 * the others, are rarer than two. */
static double plan_share(const struct linker *l, const struct pair *p, double share)
{
    double prior = log2(share / (1 - share));
    double others = fmax(others_of(l, p, p->a, prior), others_of(l, p, p->b, prior));

    return share + others * (PRIOR_COMPANION - share);
}

double odds_prior(const struct pair *p, const struct linker *l)
{
    double share = share_so_far(PRIOR_PARALLEL, (double)l->parallels, l->begun);

    if (p->kind == LINK_PARALLEL)
        share = plan_share(l, p, share);
    if (p->kind == LINK_INSTANCE) /* one of all remembered has this process too, if any */
        return -log2(fmax(20, (double)l->counts.episodes)) +
               (at_once(l, p) ? 0 : log2(share / (1 - share)));
    if (p->kind == LINK_SUCCESSION)
        share = p->hop == HOP_RETURN ? PRIOR_RETURN : hop_share(l, l->digests[p->a].rare);
    return log2(share / (1 - share));
}

double odds_alone(double weight, double prior)
{
    return 1 / (1 + exp2(-(weight + prior)));
}

bool odds_one_actor(const struct linker *l, const struct digest *x, const struct digest *y)
{
    uint64_t actor = linker_actor(l, x);

    return actor != 0 && linker_actor(l, y) == actor;
}

/* That two successors of a do the same at the same time does not tell them from one and his
 * imitator, who has no address near a's: the parts of a split stand as near to a, or near each
 * other, or are one process. */
static bool one_party(const struct linker *l, uint32_t a, uint32_t x, uint32_t y)
{
    const struct digest *da = &l->digests[a], *dx = &l->digests[x], *dy = &l->digests[y];

    return odds_one_actor(l, dx, dy) &&
           (zone_of(dx, dy) <= ZONE_AS || zone_of(da, dx) == zone_of(da, dy) ||
            (zone_of(da, dx) > ZONE_AS && zone_of(da, dy) > ZONE_AS) ||
            digest_share_instance(dx, dy));
}

bool odds_is_split(const struct linker *l, const struct pair *p, const struct pair *q)
{
    return p->a == q->a && llabs(p->started_us - q->started_us) <= SPLIT_US &&
           one_party(l, p->a, p->b, q->b);
}

/* Two processes of one address may go two ways. */
static bool other_process(const struct pair *p, const struct pair *q)
{
    return p->instance != 0 && q->instance != 0 && p->instance != q->instance;
}

/* a went on in between: its first stop was that of the one, a later one that of the other. */
static bool other_stop(const struct pair *p, const struct pair *q)
{
    return q->started_us + OVERLAP_US < p->stopped_us ||
           p->started_us + OVERLAP_US < q->stopped_us;
}

/* Pairs with one a that can't both be true. */
static bool same_question(const struct pair *p, const struct pair *q)
{
    return q != p && q->kind == LINK_SUCCESSION && !other_process(p, q) && !other_stop(p, q);
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

/* Whether a pair says that b's source, later, handed over to x. */
static bool goes_on_to(const struct linker *l, uint32_t b, uint32_t x)
{
    for (uint32_t i = l->digests[x].as_b; i != LINK_NONE; i = l->pairs.list[i].next_b) {
        const struct pair *r = &l->pairs.list[i];

        if (r->a == b && r->kind == LINK_SUCCESSION && !r->refuted &&
            r->weight + odds_prior(r, l) > 0)
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

        if (same_question(p, q) && q->state == PAIR_ACCEPTED &&
            q->started_us + SPLIT_US < p->started_us &&
            (q->weight + SUPERSEDED_BITS > p->weight || goes_on_to(l, q->b, p->b)))
            return true;
    }
    return false;
}

/* Odds that the source of `from`, in that episode or a later one, handed over to `to`. */
static double handed_on(const struct linker *l, uint32_t from, uint32_t to)
{
    double sum = 0;

    for (uint32_t i = l->digests[to].as_b; i != LINK_NONE; i = l->pairs.list[i].next_b) {
        const struct pair *r = &l->pairs.list[i];

        if (r->kind == LINK_SUCCESSION && !r->refuted &&
            r->started_us >= l->digests[from].start_us &&
            addr_equal(l->digests[r->a].src, l->digests[from].src))
            sum += exp2(r->weight + odds_prior(r, l));
    }
    return sum;
}

/* Odds of what contradicts a hop: the same stop to another, or another stop to the same. What
 * is known to be one actor is no contradiction, and of a chain a, b, x the pair of a and x has
 * no odds but those of nobody's having handed over to x from b, or to b from a. */
static double rivals(const struct linker *l, const struct pair *p)
{
    double sum = 0;

    for (uint32_t i = l->digests[p->a].as_a; i != LINK_NONE; i = l->pairs.list[i].next_a) {
        const struct pair *q = &l->pairs.list[i];

        if (same_question(p, q) && !q->refuted && !one_party(l, p->a, p->b, q->b) &&
            !is_superseded(l, q))
            sum += exp2(q->weight + odds_prior(q, l)) * (1 + handed_on(l, q->b, p->b)) /
                   (1 + handed_on(l, p->b, q->b));
    }
    for (uint32_t i = l->digests[p->b].as_b; i != LINK_NONE; i = l->pairs.list[i].next_b) {
        const struct pair *q = &l->pairs.list[i];

        if (q != p && q->kind == LINK_SUCCESSION && !q->refuted && !other_process(p, q) &&
            !odds_one_actor(l, &l->digests[p->a], &l->digests[q->a]) && !is_superseded(l, q))
            sum += exp2(q->weight + odds_prior(q, l)) / (1 + handed_on(l, q->a, p->a));
    }
    return sum;
}

double odds_probability(const struct linker *l, const struct pair *p)
{
    double odds = exp2(p->weight + odds_prior(p, l));

    if (p->kind != LINK_SUCCESSION)
        return odds / (1 + odds + p->copy);
    if (is_superseded(l, p))
        return 0;
    return odds / (1 + odds + rivals(l, p) + p->copy);
}

bool odds_taken(const struct linker *l, const struct pair *p)
{
    if (p->kind != LINK_SUCCESSION)
        return false;
    for (uint32_t i = l->digests[p->a].as_a; i != LINK_NONE; i = l->pairs.list[i].next_a) {
        const struct pair *q = &l->pairs.list[i];

        if (same_question(p, q) && q->state == PAIR_ACCEPTED && !odds_is_split(l, p, q))
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

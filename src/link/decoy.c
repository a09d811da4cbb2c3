/* SPDX-License-Identifier: Apache-2.0 */
/* Examples of chance (docs/LINKING.md): pairs that can't be hand-overs, weighed as if they
 * were. Of those that chance puts above the threshold there are as many among what is accepted.
 *
 *   before  b began as long before a's stop as a successor would after it
 *   week    b is taken to have begun whole weeks earlier or later, in the first week after the
 *           stop: the hours of the week stay as they are, what is handed over does not. Only
 *           far ones: who does the same in the same network weeks later is no stranger
 *   place   b changes places with the one that began next to it: what is near is so by chance
 *
 * Each pair is looked at once, when one of the two ceases: the first kind as soon as a has, so
 * that also those count that go on for long; the others when both have. Who may well belong
 * together as they stand are no example of chance, nor who prove later to be one actor.
 *
 * b begins and is judged as a successor is (beginning.c): he began with the first of his
 * episodes, and what he does is what the one says that tells most. */
#include <string.h>

#include "link/linker_state.h"

#define WEEK_US (7 * DAY_US)
#define LIKELY 0.5

static void count(struct linker *l, enum decoy_kind kind, const struct digest *a,
                  const struct digest *b, double odds)
{
    acceptance_decoy(&l->acceptance, kind, linker_source_key(a->src), linker_source_key(b->src),
                     odds);
}

void decoy_review(struct linker *l)
{
    struct acceptance *acceptance = &l->acceptance;

    for (uint32_t i = acceptance->kept_count; i-- > 0;) {
        uint64_t actor = actors_of(&l->actors, acceptance->kept[i].a);

        if (actor != 0 && actor == actors_of(&l->actors, acceptance->kept[i].b))
            acceptance_drop_decoy(acceptance, i);
    }
}

/* A newcomer, as successors are judged. */
struct newcomer {
    const struct digest *first; /* with which he began */
    const struct digest *told;  /* of his first day, the one that tells most */
};

/* As a hand-over after `gap_us`; 0 for what is not LIKELY. `b` may be a digest that does not
 * exist. */
static double hop_odds(const struct linker *l, const struct digest *a, const struct digest *b,
                       int64_t gap_us)
{
    const struct pair probe = {
        .kind = LINK_SUCCESSION, .hop = HOP_FIRST, .a = (uint32_t)(a - l->digests)};
    struct comparison c = {.lines = NULL};
    double prior = odds_prior(&probe, l);

    if (!compare_may_reach(l, a, b, COMPARE_HOP, gap_us, -prior))
        return 0;
    compare_digests(l, a, b, COMPARE_HOP, gap_us, &c);
    return odds_alone(c.bits, prior);
}

/* As parts of one plan, as they stand. */
static double plan_odds(const struct linker *l, const struct digest *a, const struct digest *b)
{
    const struct pair probe = {.kind = LINK_PARALLEL,
                               .a = (uint32_t)(a - l->digests),
                               .b = (uint32_t)(b - l->digests)};
    struct comparison c = {.lines = NULL};

    if (a->start_us >= b->last_us || b->start_us >= a->last_us)
        return 0;
    compare_digests(l, a, b, COMPARE_PARALLEL, beginning_apart(l, a, b), &c);
    return odds_alone(c.bits, odds_prior(&probe, l));
}

static void look_before(struct linker *l, const struct digest *a, struct newcomer b)
{
    int64_t lead = a->last_us - b.first->start_us;
    double odds;

    if (lead <= OVERLAP_US || lead > HOP_REACH_US || b.first->start_us <= a->start_us ||
        (odds = hop_odds(l, a, b.told, lead)) < LIKELY || plan_odds(l, a, b.told) >= LIKELY)
        return;
    count(l, DECOY_BEFORE, a, b.first, odds);
}

/* The delay of one that began `gap_us` after the stop, weeks off. */
static int64_t weeks_off(int64_t gap_us)
{
    int64_t rest = gap_us % WEEK_US;

    return rest < 0 ? rest + WEEK_US : rest;
}

static void look_weeks_off(struct linker *l, const struct digest *a, const struct digest *b,
                           int64_t gap_us)
{
    double odds;

    if (zone_of(a, b) <= ZONE_AS)
        return;
    l->acceptance.asked_weeks++;
    if ((odds = hop_odds(l, a, b, weeks_off(gap_us))) < LIKELY ||
        plan_odds(l, a, b) >= LIKELY ||
        (gap_us > 0 && gap_us <= HOP_REACH_US && hop_odds(l, a, b, gap_us) >= LIKELY))
        return;
    count(l, DECOY_WEEK, a, b, odds);
}

/* The newcomer that began next to b, for good: they change places with each
 * other. NULL: none */
static const struct digest *neighbour_of(const struct linker *l, const struct digest *b)
{
    uint32_t number = link_map_find(&l->by_id, b->id ^ 1);
    const struct digest *n = number == LINK_NONE ? NULL : &l->digests[number];

    return n != NULL && n->newcomer && addr_is_v4(n->src) == addr_is_v4(b->src) &&
                   digest_net16(n->src) != digest_net16(b->src)
               ? n
               : NULL;
}

/* What `b` does, from where `n` stands. */
static void look_moved(struct linker *l, const struct digest *a, const struct digest *b,
                       const struct digest *n, int64_t gap_us)
{
    struct digest moved;
    double odds;

    if (b->sessions < HOP_B_SESSIONS || odds_one_actor(l, a, b) || odds_one_actor(l, a, n))
        return;
    moved = *b;
    moved.src = n->src;
    moved.node = n->node;
    moved.asn = n->asn;
    memcpy(moved.country, n->country, sizeof(moved.country));
    if ((odds = hop_odds(l, a, &moved, gap_us)) < LIKELY || hop_odds(l, a, b, gap_us) >= LIKELY)
        return;
    count(l, DECOY_PLACE, a, b, odds);
}

static void look_places(struct linker *l, const struct digest *a, struct newcomer b,
                        int64_t gap_us)
{
    const struct digest *n = neighbour_of(l, b.first);

    if (n == NULL)
        return;
    look_moved(l, a, b.told, n, gap_us);
    /* b was found where a stands: then it is b's place that n comes to */
    if (zone_of(a, b.first) <= ZONE_NET16)
        look_moved(l, a, beginning_told(l, n), b.first, n->start_us - a->last_us);
}

static void look_after(struct linker *l, const struct digest *a, struct newcomer b)
{
    int64_t gap_us = b.first->start_us - a->last_us;

    if (b.first->start_us <= a->start_us || a->ceased_us == 0 || b.told->ceased_us == 0)
        return;
    if (gap_us >= -OVERLAP_US && gap_us <= WEEK_US) {
        l->acceptance.asked_after += zone_of(a, b.first) > ZONE_AS;
        look_places(l, a, b, gap_us);
    } else {
        look_weeks_off(l, a, b.told, gap_us);
    }
}

/* Of the episodes of one beginning only the one that tells most is asked, so that the pair is
 * looked at once. @return whether b is it */
static bool is_newcomer(const struct linker *l, uint32_t b, struct newcomer *ret)
{
    uint32_t first = beginning_of(l, b);

    if (first == LINK_NONE)
        return false;
    ret->first = &l->digests[first];
    ret->told = beginning_told(l, ret->first);
    return ret->told == &l->digests[b];
}

void decoy_look(struct linker *l, uint32_t number, uint32_t other)
{
    const struct digest *d = &l->digests[number], *o = &l->digests[other];
    struct newcomer b;

    if (odds_one_actor(l, d, o))
        return;
    if (d->sessions >= HOP_A_SESSIONS && o->sessions >= HOP_B_SESSIONS &&
        is_newcomer(l, other, &b)) {
        look_before(l, d, b);
        look_after(l, d, b);
    }
    if (o->sessions >= HOP_A_SESSIONS && d->sessions >= HOP_B_SESSIONS &&
        is_newcomer(l, number, &b))
        look_after(l, o, b);
}

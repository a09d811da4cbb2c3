/* SPDX-License-Identifier: Apache-2.0 */
/* The third explanation of two sources that do the same: neither chance nor one operator, but
 * somebody else who copies what he saw, or runs the same private program. Whoever copies shows
 * the behaviour as well as the operator himself, so behaviour can't tell them apart; only where
 * and when can. A copy begins anywhere, and at no particular time:
 *
 *     hop:  share of stops that are hops x density after the delay x share of the zone
 *     copy: copies begun per hour of a rare set-up               x share of sources there
 *
 * How often copies begin is counted where they can't be mistaken: a newcomer from elsewhere who
 * shows a rare set-up, on his first day, while its first user goes on beside him. Two that are
 * one actor by now are no example. Nobody can see who copies only what has just stopped; such
 * are as frequent as those who are seen, or they are missed.
 *
 * Counted by skill: who copies the ports alone explains that the ports agree, and leaves the
 * rest to chance. */
#include <math.h>

#include "link/linker_state.h"

#define BESIDE_US (30 * MINUTE_US)
#define LATER_US (2 * HOUR_US) /* who begin together are of one plan, or nobody's copy */
#define SOON_US DAY_US         /* later one can't tell any more whether a paused when b began */
#define BEHIND_MOST 20.0
#define COPY_SESSIONS 12u
#define COPY_BEHAVIOUR 10.0 /* bits: more than chance makes among thousands */
#define FIRST_COPIES 0.1    /* in so many hours, before any are seen: one in six years; */
#define FIRST_HOURS 5000.0  /* but the first one counts */
#define WAITERS 1.0 /* wait for the end of whom they copy, for each who is seen beside */
#define FIRST_SETUPS 20.0

static bool is_far(const struct digest *a, const struct digest *b)
{
    enum zone zone = zone_of(a, b);

    return zone == ZONE_COUNTRY || zone == ZONE_ANYWHERE;
}

/* A rare set of ports that chance makes again: that is counted as how usual it is. One with a
 * port that nobody else asks for is not met by chance. */
static bool is_ones_own(const struct linker *l, const struct digest *d)
{
    return d->rare && remember_set_kind(l, d) == VALUE_SET_NOVEL;
}

/* How much of a's b shows, as far as both tell. */
static enum copy_skill skill_of(const struct digest *a, const struct digest *b)
{
    bool tools = a->tool_key != 0 && b->tool_key != 0 && a->tool_key != b->tool_key;
    bool stacks = a->stack_key != 0 && b->stack_key != 0 && a->stack_key != b->stack_key;
    bool windows = a->window != 0 && b->window != 0 && a->window != b->window;
    bool ranges = digest_sport(a) != 0 && digest_sport(b) != 0 && !digest_same_sports(a, b);

    return tools || stacks || windows ? COPY_PORTS : ranges ? COPY_FIELDS : COPY_ALL;
}

static bool shows_the_same(const struct linker *l, const struct digest *a,
                           const struct digest *b)
{
    struct comparison c = {.lines = NULL};

    if (!compare_may_reach(l, a, b, COMPARE_SETUP, 0, COPY_BEHAVIOUR))
        return false;
    compare_digests(l, a, b, COMPARE_SETUP, 0, &c);
    return c.behaviour >= COPY_BEHAVIOUR && c.bits > 0; /* no kit */
}

void copy_look(struct linker *l, uint32_t x, uint32_t y)
{
    uint32_t first = l->digests[x].start_us <= l->digests[y].start_us ? x : y;
    uint32_t later = first == x ? y : x, begun;
    const struct digest *a = &l->digests[first], *told = &l->digests[later];
    struct digest *b;

    if (told->sessions < COPY_SESSIONS || !a->rare || !is_far(a, told) ||
        (begun = beginning_of(l, later)) == LINK_NONE)
        return;
    b = &l->digests[begun];
    if (b->copy_of != 0 || b->start_us - a->start_us < LATER_US ||
        l->now_us - b->start_us > SOON_US ||
        (a->last_us < told->last_us ? a->last_us : told->last_us) - b->start_us < BESIDE_US ||
        digest_share_instance(a, told) || !is_ones_own(l, a))
        return;
    if (shows_the_same(l, a, told))
        b->copy_of = a->id;
}

/* What looked rare in a young store may be usual by now, and who was a stranger
 * of one actor. */
static bool is_copy(const struct linker *l, const struct digest *d)
{
    uint32_t of = d->copy_of == 0 ? LINK_NONE : link_map_find(&l->by_id, d->copy_of);
    uint64_t actor = linker_actor(l, d);

    if (of == LINK_NONE)
        return false;
    return (actor == 0 || linker_actor(l, &l->digests[of]) != actor) &&
           remember_is_rare(l, &l->digests[of]) &&
           shows_the_same(l, &l->digests[of], beginning_told(l, d));
}

void copy_count(struct linker *l)
{
    double behind_h = 0; /* from their beginning until now, whether they are there or not */

    l->copied_h = l->copied_setups = 0;
    for (unsigned k = 0; k < COPY_SKILLS; k++)
        l->copies[k] = 0;
    for (uint32_t i = 0; i < l->made; i++) {
        const struct digest *d = &l->digests[i];

        if (!d->used)
            continue;
        if (is_copy(l, d)) { /* all of one actor's are one */
            uint32_t of = link_map_find(&l->by_id, d->copy_of);

            l->copies[skill_of(&l->digests[of], beginning_told(l, d))] +=
                1 / fmax(1, linker_members(l, d));
        } else if (is_ones_own(l, d)) {
            l->copied_h += (double)(d->last_us - d->start_us) / (double)HOUR_US;
            l->copied_setups += d->newcomer;
            behind_h += (double)(l->now_us - d->start_us) / (double)HOUR_US;
        }
    }
    /* for the first hours nobody could have been seen beside another */
    l->background.novel_twice = -1;
    if (l->copied_h >= FIRST_HOURS)
        l->background.novel_twice = copy_seen(l) * fmin(BEHIND_MOST, behind_h / l->copied_h);
    copy_odds_of_all(l);
}

double copy_seen(const struct linker *l)
{
    double seen = 0;

    for (unsigned k = 0; k < COPY_SKILLS; k++)
        seen += l->copies[k];
    return seen;
}

double copy_free(const struct linker *l)
{
    return l->copied_h / (FIRST_HOURS + l->copied_h);
}

/* By how many of each skill begin in an hour of one rare set-up; and by how many wait. */
void copy_odds(const struct linker *l, struct pair *p)
{
    double hours = FIRST_HOURS + l->copied_h;
    double sum = exp2(p->copied[COPY_ALL]) * FIRST_COPIES / hours;

    for (unsigned k = 0; k < COPY_SKILLS; k++)
        sum += exp2(p->copied[k]) * l->copies[k] *
               (1 / hours + WAITERS * p->after / (FIRST_SETUPS + l->copied_setups));
    p->copy = sum;
}

void copy_odds_of_all(struct linker *l)
{
    for (uint32_t i = 0; i < l->pairs.made; i++)
        if (l->pairs.list[i].used)
            copy_odds(l, &l->pairs.list[i]);
}

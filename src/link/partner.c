/* SPDX-License-Identifier: Apache-2.0 */
/* Who may belong to an episode that changed: partners from the lists of its keys. Two that
 * follow each other may be a hop, two at once one plan, two with one key one process. And what
 * refutes a pair: both are active together. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "link/linker_state.h"

#define PARALLEL_SESSIONS 12u
#define SILENCE_MIN_US MINUTE_US
#define SILENCE_MEAN_GAPS 3.0 /* e^-3: worth a look, not a decision */
#define WORTH_KEEPING -7.0    /* log2 odds */
#define AHEAD 4u              /* digests on their way into the cache */
#define LOOK_UNTIL 64u        /* sessions; later only when grown by half */
#define PLAN_US (2 * HOUR_US) /* the parts of one plan begin within that, or stand near */
#define PARALLEL_BEHAVIOUR 6.0

static bool is_silent(const struct linker *l, const struct digest *d)
{
    double silence_us = (double)(l->now_us - d->last_us);

    return d->ceased_us != 0 || d->quiet || d->forgotten ||
           (silence_us > SILENCE_MIN_US &&
            silence_us * (double)d->rate / 1e6 > SILENCE_MEAN_GAPS);
}

/* b's source was quiet when a began, and went on within the same episode. */
static bool has_slept(const struct digest *a, const struct digest *b)
{
    return b->woke_us > a->start_us && b->slept_us <= a->start_us + OVERLAP_US;
}

/* When b began, as a's successor. */
static int64_t begin_of(const struct digest *a, const struct digest *b)
{
    return has_slept(a, b) ? b->woke_us : b->start_us;
}

/* b's source was quiet when a began, and both were of one actor by then. */
static bool is_return(const struct linker *l, const struct digest *a, const struct digest *b)
{
    uint64_t actor = linker_actor(l, a);

    if (actor == 0 || linker_actor(l, b) != actor)
        return false;
    if (b->start_us != b->first_us || has_slept(a, b))
        return true; /* went on after a decided silence */
    return b->previous != LINK_NONE &&
           l->digests[b->previous].last_us <= a->start_us + OVERLAP_US;
}

/* The address was another's before: this program is new there. */
static bool is_handed_on(const struct linker *l, const struct digest *a, const struct digest *b)
{
    return b->previous != LINK_NONE && digest_share_instance(a, b) &&
           !digest_share_instance(&l->digests[b->previous], b);
}

static bool may_hop(const struct linker *l, const struct digest *a, const struct digest *b)
{
    int64_t begin = begin_of(a, b);

    if (begin < a->last_us - OVERLAP_US || begin > a->last_us + HOP_REACH_US ||
        begin <= a->start_us || !is_silent(l, a))
        return false;
    if (a->sessions < HOP_A_SESSIONS || beginning_told(l, b)->sessions < HOP_B_SESSIONS)
        return false;
    /* only a's source's latest episode before b hands over */
    if (a->next != LINK_NONE && l->digests[a->next].start_us <= begin)
        return false;
    return (b->newcomer && begin == b->first_us) || is_return(l, a, b) || is_handed_on(l, a, b);
}

static void set_copied(const struct linker *l, struct pair *p, const struct comparison *c)
{
    memcpy(p->copied, c->copied, sizeof(p->copied));
    p->after = c->after;
    copy_odds(l, p);
}

static int consider_hop(struct linker *l, uint32_t a, uint32_t b, struct nj_err *err)
{
    const struct digest *da = &l->digests[a], *db = &l->digests[b];
    bool returns = is_return(l, da, db);
    int64_t begin = begin_of(da, db);
    const struct digest *told = returns ? db : beginning_told(l, db);
    enum compare_as as = returns ? COMPARE_RETURN : COMPARE_HOP;
    struct comparison c = {.lines = NULL};
    struct pair probe = {
        .kind = LINK_SUCCESSION, .hop = returns ? HOP_RETURN : HOP_FIRST, .a = a};
    double prior = odds_prior(&probe, l);
    uint32_t pair;

    l->counts.candidates++;
    if (!compare_may_reach(l, da, told, as, begin - da->last_us, WORTH_KEEPING - prior))
        return 0;
    compare_digests(l, da, told, as, begin - da->last_us, &c);
    if (c.bits + prior < WORTH_KEEPING)
        return 0;
    if (pair_add(l, a, b, LINK_SUCCESSION, c.bits, &pair, err) < 0)
        return -1;
    if (pair == LINK_NONE)
        return 0;
    l->pairs.list[pair].hop = probe.hop;
    l->pairs.list[pair].instance = c.instance;
    set_copied(l, &l->pairs.list[pair], &c);
    l->pairs.list[pair].stopped_us = da->last_us;
    l->pairs.list[pair].started_us = begin;
    return pair_touch(l, pair, err);
}

static bool is_near(const struct digest *a, const struct digest *b)
{
    enum zone zone = zone_of(a, b);

    return zone == ZONE_NET24 || zone == ZONE_NET16 || zone == ZONE_AS;
}

/* First seen within some gaps of his of the store's first row: who knows when he began. */
static bool began_before(const struct linker *l, const struct digest *d)
{
    double since_us = (double)(d->first_us - l->background.landmark_us);

    return since_us * (double)d->rate / 1e6 < SILENCE_MEAN_GAPS;
}

static bool begin_together(const struct linker *l, const struct digest *a,
                           const struct digest *b)
{
    return !began_before(l, a) && !began_before(l, b) &&
           llabs(a->start_us - b->start_us) <= PLAN_US;
}

/* Who comes later to a set-up that he can see, from elsewhere, may be an imitator: a plan has a
 * common beginning or a common place. All of this is cheap to ask, and rules most pairs out. */
static bool may_be_one_plan(const struct linker *l, const struct digest *a,
                            const struct digest *b)
{
    if (a->sessions < PARALLEL_SESSIONS || b->sessions < PARALLEL_SESSIONS ||
        a->start_us >= b->last_us || b->start_us >= a->last_us)
        return false;
    return (is_near(a, b) || begin_together(l, a, b)) &&
           background_total(&l->background, VALUE_SET, l->now_us) >= PARALLEL_SOURCES;
}

/* At once, or one process: a < b by id. */
static int consider_company(struct linker *l, uint32_t x, uint32_t y, struct nj_err *err)
{
    bool in_order = l->digests[x].id < l->digests[y].id;
    uint32_t a = in_order ? x : y, b = in_order ? y : x, pair;
    const struct digest *da = &l->digests[a], *db = &l->digests[b];
    bool at_once = da->start_us < db->last_us && db->start_us < da->last_us;
    struct comparison c = {.lines = NULL};

    if (da->sessions < HOP_B_SESSIONS || db->sessions < HOP_B_SESSIONS)
        return 0;

    bool plan = may_be_one_plan(l, da, db);

    if ((!plan && !digest_share_instance(da, db)) || odds_one_actor(l, da, db))
        return 0;
    compare_digests(l, da, db, at_once ? COMPARE_PARALLEL : COMPARE_SETUP,
                    at_once ? beginning_apart(l, da, db) : 0, &c);
    l->counts.candidates++;

    enum link_kind kind = c.instance != 0 ? LINK_INSTANCE : LINK_PARALLEL;
    struct pair probe = {.kind = (uint8_t)kind, .a = a, .b = b};

    if (kind == LINK_PARALLEL && (!plan || c.behaviour < PARALLEL_BEHAVIOUR))
        return 0;
    if (odds_alone(c.bits, odds_prior(&probe, l)) < 0.5 ||
        pair_find(l, a, b, kind) != LINK_NONE)
        return 0;
    if (pair_add(l, a, b, kind, c.bits, &pair, err) < 0)
        return -1;
    if (pair == LINK_NONE)
        return 0;
    l->pairs.list[pair].instance = c.instance;
    set_copied(l, &l->pairs.list[pair], &c);
    l->pairs.list[pair].stopped_us = da->last_us;
    l->pairs.list[pair].started_us = db->start_us;
    return pair_touch(l, pair, err);
}

/* The episode with which the beginning of a newcomer began that `number` is part of. */
static uint32_t earlier_of(const struct linker *l, uint32_t number)
{
    return l->digests[number].newcomer ? LINK_NONE : beginning_of(l, number);
}

static int consider(struct linker *l, uint32_t number, uint32_t first, uint32_t other,
                    bool ceased, struct nj_err *err)
{
    const struct digest *d = &l->digests[number], *o = &l->digests[other];
    uint32_t begun;

    if (addr_equal(d->src, o->src))
        return 0;
    if (may_hop(l, o, d)) {
        if (pair_find(l, other, number, LINK_SUCCESSION) == LINK_NONE &&
            consider_hop(l, other, number, err) < 0)
            return -1;
    } else if (first != LINK_NONE && may_hop(l, o, &l->digests[first])) {
        if (pair_find(l, other, first, LINK_SUCCESSION) == LINK_NONE &&
            consider_hop(l, other, first, err) < 0)
            return -1;
    } else if (may_hop(l, d, o)) {
        if (pair_find(l, number, other, LINK_SUCCESSION) == LINK_NONE &&
            consider_hop(l, number, other, err) < 0)
            return -1;
    } else if (is_silent(l, d) && (begun = earlier_of(l, other)) != LINK_NONE &&
               may_hop(l, d, &l->digests[begun])) {
        if (pair_find(l, number, begun, LINK_SUCCESSION) == LINK_NONE &&
            consider_hop(l, number, begun, err) < 0)
            return -1;
    }
    if (ceased)
        decoy_look(l, number, other);
    copy_look(l, number, other);
    return consider_company(l, number, other, err);
}

int partner_weigh(struct linker *l, uint32_t pair, struct nj_err *err)
{
    struct pair *p = &l->pairs.list[pair];
    struct comparison c = {.lines = NULL};

    explain_compare(l, p, &c);
    l->counts.candidates++;
    p->weight = c.bits;
    p->instance = c.instance;
    set_copied(l, p, &c);
    return pair_touch(l, pair, err);
}

/* How long `a` (an episode of the source that stopped) and b were active together. */
static int64_t together_us(const struct pair *p, const struct digest *a, const struct digest *b)
{
    int64_t from = p->started_us > b->first_us ? p->started_us : b->first_us;
    int64_t to = a->last_us < b->last_us ? a->last_us : b->last_us;

    if (a->start_us > from)
        from = a->start_us; /* it came back */
    if (pair_slept(p, a) && a->woke_us > from)
        from = a->woke_us;
    return to - from;
}

/* The stopped address is active again, with what was there before: a dynamic one may be
 * another's by now. */
static bool goes_on(const struct linker *l, const struct pair *p, const struct digest *a)
{
    const struct digest *next = a->next == LINK_NONE ? NULL : &l->digests[a->next];

    if (next == NULL || next->tool_key != a->tool_key)
        return false;
    return p->instance == 0 || digest_share_instance(next, a);
}

static bool are_together(const struct linker *l, const struct pair *p, const struct digest *b)
{
    const struct digest *a = &l->digests[p->a];

    return together_us(p, a, b) > OVERLAP_US ||
           (goes_on(l, p, a) && together_us(p, &l->digests[a->next], b) > OVERLAP_US);
}

static int check(struct linker *l, uint32_t pair, struct nj_err *err)
{
    struct pair *p = &l->pairs.list[pair];
    const struct digest *a = &l->digests[p->a], *b = &l->digests[p->b];

    if (p->kind != LINK_SUCCESSION || p->refuted)
        return 0;
    p->refuted = are_together(l, p, b);
    for (uint32_t i = p->hop == HOP_FIRST && b->newcomer ? beginning_next(l, p->b, p->b)
                                                         : LINK_NONE;
         i != LINK_NONE && !p->refuted; i = beginning_next(l, p->b, i))
        p->refuted = are_together(l, p, &l->digests[i]);
    if (!p->refuted && a->last_us > p->stopped_us && a->last_us <= p->started_us + OVERLAP_US)
        p->stopped_us = a->last_us; /* not quite silent when it was looked at */
    return p->refuted ? pair_touch(l, pair, err) : 0;
}

static int check_all(struct linker *l, uint32_t number, bool grown, bool decided,
                     struct nj_err *err)
{
    const struct digest *d = &l->digests[number];

    for (uint32_t i = d->as_a; i != LINK_NONE; i = l->pairs.list[i].next_a)
        if (check(l, i, err) < 0 || (grown && partner_weigh(l, i, err) < 0) ||
            (decided && pair_touch(l, i, err) < 0))
            return -1;
    for (uint32_t i = d->as_b; i != LINK_NONE; i = l->pairs.list[i].next_b)
        if (check(l, i, err) < 0 || (grown && partner_weigh(l, i, err) < 0))
            return -1;
    uint32_t first = earlier_of(l, number);

    for (uint32_t i = first == LINK_NONE ? LINK_NONE : l->digests[first].as_b; i != LINK_NONE;
         i = l->pairs.list[i].next_b)
        if (check(l, i, err) < 0 || (grown && partner_weigh(l, i, err) < 0))
            return -1;
    if (d->previous != LINK_NONE)
        for (uint32_t i = l->digests[d->previous].as_a; i != LINK_NONE;
             i = l->pairs.list[i].next_a)
            if (check(l, i, err) < 0)
                return -1;
    return 0;
}

static int touch_all(struct linker *l, const struct digest *d, struct nj_err *err)
{
    for (uint32_t i = d->as_a; i != LINK_NONE; i = l->pairs.list[i].next_a)
        if (pair_touch(l, i, err) < 0)
            return -1;
    for (uint32_t i = d->as_b; i != LINK_NONE; i = l->pairs.list[i].next_b)
        if (pair_touch(l, i, err) < 0)
            return -1;
    return 0;
}

static int look_up(struct linker *l, uint32_t number, bool ceased, struct nj_err *err)
{
    uint32_t first = earlier_of(l, number);

    l->lookup++;
    l->seen[number] = l->lookup;
    for (unsigned k = 0; k + 1 < DIGEST_KEYS; k++) {
        bool too_common;
        const struct key_list *list =
            candidates_list(&l->candidates, &l->digests[number], k, l->now_us, &too_common);

        l->counts.keys_too_common += too_common;
        if (list == NULL)
            continue;
        for (unsigned i = list->count; i-- > 0;) { /* most recent first */
            uint32_t other = list->digests[i];

            if (i >= AHEAD) {
                const char *next = (const char *)&l->digests[list->digests[i - AHEAD]];

                __builtin_prefetch(next);
                __builtin_prefetch(next + 64);
            }
            if (l->seen[other] == l->lookup)
                continue;
            l->seen[other] = l->lookup;
            if (consider(l, number, first, other, ceased, err) < 0)
                return -1;
        }
    }
    return 0;
}

int partner_look(struct linker *l, uint32_t number, unsigned changes, struct nj_err *err)
{
    struct digest *d = &l->digests[number];
    bool ceased = (changes & 1u << EPISODE_CEASED) != 0 && d->ceased_us != 0;
    bool resumed = (changes & 1u << EPISODE_RESUMED) != 0;
    bool quiet = (changes & CHANGE_QUIET) != 0 && d->quiet;
    bool again = (changes & CHANGE_AGAIN) != 0;
    bool grown = d->filled == d->sessions && d->sessions != d->scored;

    grown &=
        d->scored <= LOOK_UNTIL || d->sessions >= d->scored + d->scored / 2 || ceased || quiet;
    if (check_all(l, number, grown, ceased || resumed || quiet, err) < 0)
        return -1;
    if (again && touch_all(l, d, err) < 0)
        return -1;
    if (!grown && !ceased && !resumed && !quiet && !again)
        return 0;
    d->scored = d->filled;
    return look_up(l, number, ceased, err);
}

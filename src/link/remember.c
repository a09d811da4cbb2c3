/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of episodes: taken over as they are told, counted in the background once they are old
 * enough to show their values, forgotten after 30 days of silence or when room is needed. */
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/huge.h"
#include "link/linker_state.h"
#include "model/instance.h"

#define KEEP_US (30 * DAY_US)
#define OLD_ENOUGH 32u /* sessions */
#define AS_GOOD_AS_NOT 0.5
#define RARE_SESSIONS 12u
#define NOVEL_SOURCES 3u /* a port that so few show, one operator's addresses included */
#define RARE_SHOWN 2.0
#define GROWTH 5 / 4 /* then what is compared is taken over anew */

uint64_t linker_source_key(struct addr src)
{
    const uint64_t words[2] = {src.hi, src.lo};

    return XXH3_64bits(words, sizeof(words));
}

uint64_t linker_actor(const struct linker *l, const struct digest *d)
{
    return d->node == LINK_NONE ? 0 : l->actors.nodes[d->node].actor;
}

uint32_t linker_members(const struct linker *l, const struct digest *d)
{
    uint64_t actor = linker_actor(l, d);

    return actor == 0 ? 0 : l->actors.groups[actor - 1].count;
}

int numbers_add(struct numbers *numbers, uint32_t number, struct nj_err *err)
{
    if (numbers->count == numbers->room) {
        size_t room = numbers->room == 0 ? 256 : numbers->room * 2;
        uint32_t *list = realloc(numbers->list, room * sizeof(*list));

        if (list == NULL)
            return nj_fail(err, NJ_NOMEM, "work of a step");
        numbers->list = list;
        numbers->room = room;
    }
    numbers->list[numbers->count++] = number;
    return 0;
}

static void unchain(struct linker *l, struct digest *d)
{
    *(d->older == LINK_NONE ? &l->oldest : &l->digests[d->older].newer) = d->newer;
    *(d->newer == LINK_NONE ? &l->newest : &l->digests[d->newer].older) = d->older;
}

static void chain_newest(struct linker *l, uint32_t number)
{
    struct digest *d = &l->digests[number];

    d->older = l->newest;
    d->newer = LINK_NONE;
    *(l->newest == LINK_NONE ? &l->oldest : &l->digests[l->newest].newer) = number;
    l->newest = number;
}

/* Its link stands, and can't be taken back any more: it goes on being counted beside the decoys
 * of its time. */
static void let_stand(struct linker *l, uint32_t pair)
{
    struct pair *p = &l->pairs.list[pair];

    if (p->state != PAIR_ACCEPTED)
        acceptance_forget(&l->acceptance, p);
    if (p->edge != LINK_NONE)
        (void)actors_keep(&l->actors, p->edge, NULL); /* out of memory: one edge too many */
    pair_drop(l, pair);
}

static void forget(struct linker *l, uint32_t number)
{
    struct digest *d = &l->digests[number];

    while (d->as_a != LINK_NONE)
        let_stand(l, d->as_a);
    while (d->as_b != LINK_NONE)
        let_stand(l, d->as_b);
    candidates_remove(&l->candidates, d, number);
    link_map_remove(&l->by_id, d->id);
    if (d->previous != LINK_NONE)
        l->digests[d->previous].next = d->next;
    if (d->next != LINK_NONE) {
        l->digests[d->next].previous = d->previous;
    } else if (d->previous != LINK_NONE) {
        (void)link_map_set(&l->by_source, linker_source_key(d->src), d->previous, NULL);
    } else {
        link_map_remove(&l->by_source, linker_source_key(d->src));
        actors_idle(&l->actors, linker_source_key(d->src), true);
    }
    unchain(l, d);
    free(d->ports);
    *d = (struct digest){.older = l->free};
    l->free = number;
    l->counts.episodes--;
}

int remember_grow(struct linker *l, struct nj_err *err)
{
    uint32_t room = l->room == 0 ? 1024 : l->room * 2;
    struct digest *digests = nj_huge_grown(l->digests, l->room, room, sizeof(*digests));

    if (digests != NULL)
        l->digests = digests;

    uint8_t *change = realloc(l->change, room);

    if (change != NULL)
        l->change = change;

    uint32_t *seen = realloc(l->seen, room * sizeof(*seen));

    if (seen != NULL)
        l->seen = seen;
    if (digests == NULL || change == NULL || seen == NULL)
        return nj_fail(err, NJ_NOMEM, "%u digests of episodes", room);
    memset(l->change + l->room, 0, room - l->room);
    memset(l->seen + l->room, 0, (room - l->room) * sizeof(*seen));
    l->room = room;
    return 0;
}

/* A free number; when all are in use the one that was told longest ago makes room. */
static int take_number(struct linker *l, uint32_t *ret_number, struct nj_err *err)
{
    if (l->free == LINK_NONE && l->made >= l->options.max_episodes) {
        uint32_t oldest = l->oldest;

        while (oldest != LINK_NONE && l->digests[oldest].dirty)
            oldest = l->digests[oldest].newer;
        if (oldest == LINK_NONE)
            return nj_fail(err, NJ_LIMIT, "more than %zu episodes in one step",
                           l->options.max_episodes);
        forget(l, oldest);
        l->counts.episodes_evicted++;
    }
    if (l->free != LINK_NONE) {
        *ret_number = l->free;
        l->free = l->digests[l->free].older;
        return 0;
    }
    if (l->made == l->room && remember_grow(l, err) < 0)
        return -1;
    *ret_number = l->made++;
    return 0;
}

static int remember_new(struct linker *l, const struct episode *e, uint32_t *ret_number,
                        struct nj_err *err)
{
    uint64_t key = linker_source_key(e->src);
    uint32_t number = LINK_NONE, previous;

    if (take_number(l, &number, err) < 0)
        return -1;
    previous = link_map_find(&l->by_source, key);

    struct digest *d = &l->digests[number];

    *d = (struct digest){
        .id = e->id,
        .src = e->src,
        .first_us = e->first_us,
        .start_us = e->first_us,
        .previous = previous,
        .next = LINK_NONE,
        .node =
            previous == LINK_NONE ? actors_place(&l->actors, key) : l->digests[previous].node,
        .as_a = LINK_NONE,
        .as_b = LINK_NONE,
        .newcomer = previous == LINK_NONE,
        .used = true,
    };
    for (unsigned i = 0; i < DIGEST_KEYS; i++)
        d->keys[i] = LINK_NONE;
    if (link_map_set(&l->by_id, e->id, number, err) < 0 ||
        link_map_set(&l->by_source, key, number, err) < 0)
        return -1;
    if (previous != LINK_NONE)
        l->digests[previous].next = number;
    else
        actors_idle(&l->actors, key, false);
    chain_newest(l, number);
    l->counts.episodes++;
    l->begun++;
    if (background_add(&l->background, d->newcomer ? VALUE_NEWCOMER : VALUE_RETURN, 0, 1, 1,
                       e->first_us, err) < 0)
        return -1;
    *ret_number = number;
    return 0;
}

/* Next to nobody else shows its ports. The set of a young one is not known yet. */
bool remember_is_rare(const struct linker *l, const struct digest *d)
{
    if (d->set == 0 || d->sessions < RARE_SESSIONS)
        return false;

    struct frequency f = background_frequency(&l->background, VALUE_SET, 0, d->set,
                                              compare_own(l, d, d) / 2, l->now_us);

    return f.total >= RARE_SOURCES && f.shown <= RARE_SHOWN &&
           remember_set_kind(l, d) == VALUE_SET_NOVEL;
}

int remember_episode(struct linker *l, enum episode_change change, const struct episode *e,
                     struct nj_err *err)
{
    uint32_t number = link_map_find(&l->by_id, e->id);

    if (number == LINK_NONE) {
        if (change == EPISODE_FORGOTTEN)
            return 0;
        if (remember_new(l, e, &number, err) < 0)
            return -1;
    } else {
        unchain(l, &l->digests[number]);
        chain_newest(l, number);
    }

    struct digest *d = &l->digests[number];

    if (change == EPISODE_RESUMED)
        d->start_us = e->last_us;
    if (change == EPISODE_FORGOTTEN)
        d->forgotten = true;

    bool quiet = e->quiet && !d->quiet;

    if (d->quiet && !e->quiet && e->last_us > d->last_us) {
        d->slept_us = d->last_us;
        d->woke_us = e->last_us;
    }

    digest_touch(d, e);
    if (quiet)
        l->change[number] |= CHANGE_QUIET;
    if ((change == EPISODE_BEGUN || quiet || change == EPISODE_CEASED ||
         (d->sessions > d->filled && d->sessions >= (uint64_t)d->filled * GROWTH)) &&
        digest_fill(d, e, l->options.names, err) < 0)
        return -1;
    if (change == EPISODE_CEASED) {
        d->rare = remember_is_rare(l, d);
        l->stops++;
        l->rare_stops += d->rare;
    }
    if (change == EPISODE_RESUMED && l->stops > 0) {
        l->stops--;
        l->rare_stops -= d->rare && l->rare_stops > 0;
    }
    l->change[number] |= (uint8_t)(1u << change);
    if (!d->dirty && numbers_add(&l->dirty, number, err) < 0)
        return -1;
    d->dirty = true;
    return 0;
}

enum value_kind remember_set_kind(const struct linker *l, const struct digest *d)
{
    uint32_t members = linker_members(l, d);

    for (unsigned i = 0; i < d->port_count; i++)
        if (background_sources(&l->background, VALUE_PORT,
                               (uint64_t)d->ports[i].proto << 16 | d->ports[i].port) <=
            NOVEL_SOURCES + members)
            return VALUE_SET_NOVEL;
    return VALUE_SET;
}

static bool has_process_key(const struct digest *d)
{
    return d->instances[0] != 0 && instance_facts(d->instances[0])->process;
}

/* The values of a source as the background counts them. */
static int count_values(struct linker *l, const struct digest *d, struct nj_err *err)
{
    struct background *bg = &l->background;
    const struct {
        enum value_kind kind;
        uint64_t value;
    } values[] = {
        {VALUE_TOOL, d->tool_key},
        {VALUE_STACK, d->stack_key},
        {VALUE_SPORT, d->sport_counted},
        {VALUE_WINDOW, d->window},
        {VALUE_TTL, (uint64_t)(digest_distance(d) + 1)},
        {VALUE_NET24, digest_net24(d->src)},
        {VALUE_NET16, digest_net16(d->src)},
        {VALUE_AS, d->asn},
        {VALUE_COUNTRY, country_value(d->country)},
    };
    double sum = 0;

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (values[i].value != 0 && background_add(bg, values[i].kind, d->tool_key,
                                                   values[i].value, 1, d->counted_us, err) < 0)
            return -1;
    for (unsigned i = 0; i < EPISODE_INSTANCES; i++)
        if (d->instances[i] != 0 && background_add(bg, VALUE_INSTANCE, d->instances[i] >> 56,
                                                   d->instances[i], 1, d->counted_us, err) < 0)
            return -1;
    for (unsigned i = 0; i < d->port_count; i++)
        sum += d->ports[i].share;
    for (unsigned i = 0; i < d->port_count; i++)
        if (background_add(bg, VALUE_PORT, d->tool_key,
                           (uint64_t)d->ports[i].proto << 16 | d->ports[i].port,
                           d->ports[i].share / sum, d->counted_us, err) < 0)
            return -1;
    return 0;
}

/* It more likely belongs to another than not: no second one who shows that. */
static bool is_anothers(const struct linker *l, const struct digest *d)
{
    for (uint32_t i = d->as_b; i != LINK_NONE; i = l->pairs.list[i].next_b) {
        const struct pair *p = &l->pairs.list[i];

        if (!p->refuted && p->probability >= AS_GOOD_AS_NOT &&
            (p->kind != LINK_SUCCESSION || p->state != PAIR_SILENT))
            return true;
    }
    return false;
}

/* The same of the beginning that it is part of. */
static bool may_belong(const struct linker *l, const struct digest *d)
{
    uint32_t first = beginning_of(l, (uint32_t)(d - l->digests));

    return is_anothers(l, d) || (first != LINK_NONE && is_anothers(l, &l->digests[first]));
}

/* A source counts once: a later episode only if it shows another set. The set of a source goes
 * on being put right, since rare ports take long to show. */
static int count(struct linker *l, struct digest *d, bool ended, struct nj_err *err)
{
    bool first = !d->counted;

    if (d->set == 0)
        return 0;
    if (first) {
        if (d->sessions < OLD_ENOUGH && !ended)
            return 0;
        if (linker_members(l, d) > 1 || may_belong(l, d))
            return 0; /* one operator counts once, whatever his addresses */
        if (d->previous != LINK_NONE && l->digests[d->previous].counted &&
            l->digests[d->previous].set_counted == d->set)
            return 0;
        d->counted = true;
        d->counted_us = l->now_us;
        d->set_counted = d->set;
        d->tool_counted = d->tool_key;
        /* random ones are in the key: all are one value, lest each looks like a rare choice */
        d->sport_counted = has_process_key(d) ? (uint64_t)SPORT_FIXED << 32 : digest_sport(d);
        d->stack_counted = d->stack_key;
        if (count_values(l, d, err) < 0)
            return -1;
        return background_add(&l->background, remember_set_kind(l, d), d->tool_key, d->set, 1,
                              d->counted_us, err);
    }
    if (d->set == d->set_counted)
        return 0;
    background_drop(&l->background, VALUE_SET, d->tool_counted, d->set_counted, 1,
                    d->counted_us);
    d->set_counted = d->set;
    return background_add(&l->background, remember_set_kind(l, d), d->tool_counted, d->set, 1,
                          d->counted_us, err);
}

void remember_uncount(struct linker *l, struct digest *d)
{
    const struct {
        enum value_kind kind;
        uint64_t value;
    } values[] = {
        {VALUE_SET, d->set_counted},         {VALUE_STACK, d->stack_counted},
        {VALUE_SPORT, d->sport_counted},     {VALUE_NET24, digest_net24(d->src)},
        {VALUE_NET16, digest_net16(d->src)},
    };

    if (!d->counted)
        return;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (values[i].value != 0)
            background_drop(&l->background, values[i].kind, d->tool_counted, values[i].value, 1,
                            d->counted_us);
    d->counted = false;
}

static void learn(struct linker *l, struct digest *d, bool ended)
{
    bool too_common;

    if (d->learned || (d->sessions < OLD_ENOUGH && !ended) || d->sessions < 8)
        return;
    d->learned = true;
    if (d->previous != LINK_NONE && d->stacks <= 2) {
        const struct digest *p = &l->digests[d->previous];
        int64_t pause = d->start_us - p->last_us;

        if (p->stacks <= 2 && pause >= 6 * HOUR_US && pause <= 14 * DAY_US)
            likeness_learn_same(&l->likeness, p, d, &l->background, l->now_us);
    }

    const struct key_list *pool =
        candidates_list(&l->candidates, d, DIGEST_KEYS - 1, l->now_us, &too_common);

    if (pool == NULL || pool->count < 4)
        return;

    const struct digest *o =
        &l->digests[pool->digests[linker_source_key(d->src) % pool->count]];
    bool near = o->asn != 0 && o->asn == d->asn;

    if (near || digest_net16(o->src) == digest_net16(d->src) || o->sessions < 8)
        return;
    likeness_learn_random(&l->likeness, o, d, &l->background, l->now_us);
}

/* Ports by rarity, rarest first; ties by (proto, port), as they stand. */
static void rank_ports(const struct linker *l, const struct digest *d,
                       uint8_t ret_rarest[DIGEST_PORTS])
{
    double u[DIGEST_PORTS];

    for (uint8_t i = 0; i < d->port_count; i++) {
        uint8_t at = i;

        u[i] = background_frequency(&l->background, VALUE_PORT, 0,
                                    (uint64_t)d->ports[i].proto << 16 | d->ports[i].port, 0,
                                    l->now_us)
                   .u;
        while (at > 0 && u[ret_rarest[at - 1]] > u[i]) {
            ret_rarest[at] = ret_rarest[at - 1];
            at--;
        }
        ret_rarest[at] = i;
    }
}

int remember_settle(struct linker *l, uint32_t number, struct nj_err *err)
{
    struct digest *d = &l->digests[number];
    bool ended = d->ceased_us != 0;
    uint8_t rarest[DIGEST_PORTS] = {0};
    uint64_t keys[DIGEST_KEYS];

    if (d->filled != d->sessions && !ended && !d->quiet)
        return 0; /* nothing that is compared has changed */
    if (count(l, d, ended, err) < 0)
        return -1;
    if (d->ceased_us == 0)
        d->rare = remember_is_rare(l, d);

    uint64_t basis = candidate_basis(d);

    if (basis != d->placed) {
        rank_ports(l, d, rarest);
        candidate_keys(d, rarest, keys);
        if (candidates_place(&l->candidates, d, number, keys, l->now_us, err) < 0)
            return -1;
        d->placed = basis;
    }
    learn(l, d, ended);
    return 0;
}

int remember_look_again(struct linker *l, uint32_t number, struct nj_err *err)
{
    for (uint32_t i = number; i != LINK_NONE; i = l->digests[i].next) {
        if (!l->digests[i].dirty && numbers_add(&l->dirty, i, err) < 0)
            return -1;
        l->digests[i].dirty = true;
        l->change[i] |= CHANGE_AGAIN;
    }
    return 0;
}

int remember_expire(struct linker *l, struct nj_err *err)
{
    (void)err;
    while (l->oldest != LINK_NONE && l->digests[l->oldest].last_us < l->now_us - KEEP_US &&
           !l->digests[l->oldest].dirty)
        forget(l, l->oldest);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a linker as a walk (base/saved.h): digests, lists of candidates, what was
 * learned, pairs, actors, counts. An index is checked against its table as it is read; that
 * chains are chains, when all is there (save_check.c). A failed load leaves a linker that is
 * good for linker_free alone. */
#include "link/save.h"

#include <stdlib.h>

#define MAGIC "NJLINKS\11"
#define NUMBER_MAX 1e300
#define TIME_REACH_US (4 * TIME_MAX_US)
#define RATE_MAX 1e30f

/* ---- values ---- */

void save_index(struct nj_saved *s, uint32_t *index, uint32_t count)
{
    nj_saved_u32(s, index);
    nj_saved_check(s, *index == LINK_NONE || *index < count);
    if (nj_saved_bad(s))
        *index = LINK_NONE;
}

void save_number(struct nj_saved *s, double *value)
{
    nj_saved_double(s, value);
    nj_saved_check(s, *value >= -NUMBER_MAX && *value <= NUMBER_MAX);
}

void save_amount(struct nj_saved *s, double *value)
{
    save_number(s, value);
    nj_saved_check(s, *value >= 0);
}

void save_time(struct nj_saved *s, int64_t *us)
{
    nj_saved_i64(s, us);
    nj_saved_check(s, *us >= -TIME_REACH_US && *us <= TIME_REACH_US);
}

void save_addr(struct nj_saved *s, struct addr *a)
{
    nj_saved_u64(s, &a->hi);
    nj_saved_u64(s, &a->lo);
}

int save_room(const struct nj_saved *s, void **list, uint32_t at, uint32_t *room, size_t size,
              struct nj_err *err)
{
    uint32_t more = *room == 0 ? 64 : *room * 2;
    void *bigger;

    if (!nj_saved_reading(s) || at < *room)
        return 0;
    bigger = realloc(*list, more * size);
    if (bigger == NULL)
        return nj_fail(err, NJ_NOMEM, "state of links");
    *list = bigger;
    *room = more;
    return 0;
}

/* ---- episodes ---- */

static int walk_ports(struct nj_saved *s, struct digest *d, struct nj_err *err)
{
    nj_saved_u8(s, &d->port_count);
    nj_saved_check(s, d->port_count <= DIGEST_PORTS);
    if (nj_saved_reading(s) && !nj_saved_bad(s) && digest_room(d, d->port_count, err) < 0)
        return -1;
    for (unsigned i = 0; i < d->port_count && !nj_saved_bad(s); i++) {
        nj_saved_u16(s, &d->ports[i].port);
        nj_saved_u8(s, &d->ports[i].proto);
        nj_saved_u8(s, &d->ports[i].share);
        nj_saved_check(s, d->ports[i].share > 0);
    }
    return 0;
}

/* What it did when, and how much of it. */
static void walk_life(struct nj_saved *s, struct digest *d)
{
    nj_saved_u64(s, &d->id);
    save_addr(s, &d->src);
    save_time(s, &d->first_us);
    save_time(s, &d->last_us);
    save_time(s, &d->ceased_us);
    save_time(s, &d->slept_us);
    save_time(s, &d->woke_us);
    save_time(s, &d->start_us);
    nj_saved_u32(s, &d->sessions);
    nj_saved_u32(s, &d->filled);
    nj_saved_u32(s, &d->scored);
    nj_saved_float(s, &d->rate);
    nj_saved_check(s, d->rate >= 0 && d->rate <= RATE_MAX);
    nj_saved_u16(s, &d->hours);
}

/* What it looks like. */
static int walk_looks(struct nj_saved *s, struct digest *d, struct nj_err *err)
{
    nj_saved_u64(s, &d->set);
    nj_saved_u64(s, &d->placed);
    for (unsigned i = 0; i < EPISODE_INSTANCES; i++)
        nj_saved_u64(s, &d->instances[i]);
    nj_saved_u64(s, &d->sport_bands);
    nj_saved_name(s, &d->tool);
    nj_saved_name(s, &d->stack);
    nj_saved_u32(s, &d->tool_key);
    nj_saved_u32(s, &d->stack_key);
    nj_saved_u32(s, &d->asn);
    nj_saved_bytes(s, d->country, sizeof(d->country));
    nj_saved_check(s, d->country[2] == '\0');
    nj_saved_u16(s, &d->ports_seen);
    nj_saved_u16(s, &d->sport_min);
    nj_saved_u16(s, &d->sport_max);
    nj_saved_check(s, d->sport_min <= d->sport_max);
    nj_saved_u16(s, &d->window);
    nj_saved_u8(s, &d->sport_model);
    nj_saved_check(s, d->sport_model <= SPORT_ODD);
    nj_saved_u8(s, &d->ttl);
    nj_saved_u8(s, &d->ttl_min);
    nj_saved_u8(s, &d->stacks);
    if (walk_ports(s, d, err) < 0)
        return -1;
    nj_saved_bytes(s, d->gaps, sizeof(d->gaps));
    nj_saved_bytes(s, d->day_hours, sizeof(d->day_hours));
    return 0;
}

/* What was made of it. */
static void walk_counted(struct nj_saved *s, struct digest *d)
{
    nj_saved_bool(s, &d->declared);
    nj_saved_bool(s, &d->no_fields);
    nj_saved_bool(s, &d->forgotten);
    nj_saved_bool(s, &d->counted);
    nj_saved_bool(s, &d->learned);
    nj_saved_bool(s, &d->newcomer);
    nj_saved_bool(s, &d->quiet);
    nj_saved_bool(s, &d->rare);
    nj_saved_u64(s, &d->set_counted);
    nj_saved_u64(s, &d->sport_counted);
    nj_saved_u32(s, &d->tool_counted);
    nj_saved_u32(s, &d->stack_counted);
    save_time(s, &d->counted_us);
    nj_saved_u64(s, &d->copy_of);
}

static int walk_digest(struct nj_saved *s, struct digest *d, uint32_t digests, uint32_t lists,
                       struct nj_err *err)
{
    walk_life(s, d);
    if (walk_looks(s, d, err) < 0)
        return -1;
    walk_counted(s, d);
    for (unsigned i = 0; i < DIGEST_KEYS; i++)
        save_index(s, &d->keys[i], lists);
    save_index(s, &d->previous, digests);
    save_index(s, &d->next, digests);
    save_index(s, &d->older, digests);
    save_index(s, &d->newer, digests);
    save_index(s, &d->as_a, UINT32_MAX);
    save_index(s, &d->as_b, UINT32_MAX);
    nj_saved_bool(s, &d->used);
    nj_saved_bool(s, &d->dirty);
    return 0;
}

/* @param made   digests. Reading: as many are made as are met
 * @param lists  of candidates, which come later */
static int walk_digests(struct nj_saved *s, struct linker *l, uint32_t made, uint32_t lists,
                        struct nj_err *err)
{
    save_index(s, &l->free, made);
    save_index(s, &l->oldest, made);
    save_index(s, &l->newest, made);
    for (uint32_t i = 0; i < made && !nj_saved_bad(s); i++) {
        if (i == l->room && remember_grow(l, err) < 0)
            return -1;
        if (nj_saved_reading(s))
            l->digests[l->made++] = (struct digest){.id = 0};
        if (walk_digest(s, &l->digests[i], made, lists, err) < 0)
            return -1;
        nj_saved_u8(s, &l->change[i]);
    }
    return 0;
}

/* ---- candidates ---- */

/* The digests of a list, which are there already. */
static int walk_list(struct nj_saved *s, struct linker *l, uint32_t at, struct nj_err *err)
{
    struct key_list *list = &l->candidates.lists[at];
    uint8_t length = list->count;

    nj_saved_u64(s, &list->key);
    save_time(s, &list->overflow_us);
    nj_saved_u32(s, &list->refs);
    nj_saved_u8(s, &length);
    nj_saved_check(s, length <= CANDIDATE_LIST);
    for (unsigned k = 0; k < length && !nj_saved_bad(s); k++) {
        uint32_t number = nj_saved_reading(s) ? 0 : list->digests[k];

        nj_saved_u32(s, &number);
        nj_saved_check(s, number < l->made && l->digests[number].used);
        if (nj_saved_reading(s) && !nj_saved_bad(s) &&
            candidates_append(&l->candidates, at, number, 0, err) < 0)
            return -1;
    }
    return 0;
}

static int walk_lists(struct nj_saved *s, struct linker *l, uint32_t count, struct nj_err *err)
{
    struct candidates *c = &l->candidates;

    for (uint32_t i = 0; i < count && !nj_saved_bad(s); i++) {
        if (save_room(s, (void **)&c->lists, i, &c->room, sizeof(*c->lists), err) < 0)
            return -1;
        if (nj_saved_reading(s))
            c->lists[c->count++] = (struct key_list){.key = 0};
        if (walk_list(s, l, i, err) < 0)
            return -1;
    }
    nj_saved_u32(s, &c->free_count);
    nj_saved_check(s, c->free_count <= c->count);
    for (uint32_t i = 0; i < c->free_count && !nj_saved_bad(s); i++) {
        if (save_room(s, (void **)&c->free, i, &c->free_room, sizeof(*c->free), err) < 0)
            return -1;
        if (nj_saved_reading(s))
            c->free[i] = 0;
        nj_saved_u32(s, &c->free[i]);
        nj_saved_check(s, c->free[i] < c->count);
    }
    return 0;
}

/* ---- the whole ---- */

static void walk_counts(struct nj_saved *s, struct linker *l)
{
    nj_saved_u64(s, &l->counts.episodes);
    nj_saved_u64(s, &l->counts.episodes_evicted);
    nj_saved_u64(s, &l->counts.candidates);
    nj_saved_u64(s, &l->counts.keys_too_common);
    for (unsigned i = 0; i < 3; i++)
        nj_saved_u64(s, &l->counts.links[i]);
    nj_saved_u64(s, &l->next_link);
    nj_saved_check(s, l->next_link > 0);
    nj_saved_u64(s, &l->begun);
    nj_saved_u64(s, &l->parallels);
    nj_saved_u64(s, &l->stops);
    nj_saved_u64(s, &l->rare_stops);
    nj_saved_u64(s, &l->rare_hops);
    nj_saved_u64(s, &l->usual_hops);
    nj_saved_bool(s, &l->of_age);
    save_amount(s, &l->rare_likely);
    for (unsigned k = 0; k < COPY_SKILLS; k++)
        save_amount(s, &l->copies[k]);
    save_amount(s, &l->copied_h);
    save_amount(s, &l->copied_setups);
    save_time(s, &l->now_us);
}

static int walk_dirty(struct nj_saved *s, struct linker *l, struct nj_err *err)
{
    uint32_t count = (uint32_t)l->dirty.count;

    nj_saved_u32(s, &count);
    nj_saved_check(s, count <= l->made);
    for (uint32_t i = 0; i < count && !nj_saved_bad(s); i++) {
        uint32_t number = nj_saved_reading(s) ? 0 : l->dirty.list[i];

        nj_saved_u32(s, &number);
        nj_saved_check(s,
                       number < l->made && l->digests[number].used && l->digests[number].dirty);
        if (nj_saved_reading(s) && !nj_saved_bad(s) && numbers_add(&l->dirty, number, err) < 0)
            return -1;
    }
    return 0;
}

static int walk(struct nj_saved *s, void *state, struct nj_err *err)
{
    struct linker *l = state;
    uint32_t made = l->made, lists = l->candidates.count;

    nj_saved_u32(s, &made);
    nj_saved_check(s, made <= l->options.max_episodes);
    nj_saved_u32(s, &lists);
    nj_saved_check(s, lists <= (uint64_t)DIGEST_KEYS * l->options.max_episodes);
    if (walk_digests(s, l, made, lists, err) < 0 || walk_lists(s, l, lists, err) < 0 ||
        save_background(s, &l->background, err) < 0)
        return -1;
    save_likeness(s, &l->likeness);
    if (save_pairs(s, l, err) < 0 || save_actors(s, &l->actors, err) < 0)
        return -1;
    save_acceptance(s, &l->acceptance);
    walk_counts(s, l);
    return walk_dirty(s, l, err);
}

int linker_save(const struct linker *linker, const struct nj_intern *names, FILE *out,
                struct nj_err *err)
{
    /* a walk that writes changes nothing */
    return nj_saved_write(out, MAGIC, names, walk, (struct linker *)(uintptr_t)linker, err);
}

int linker_load(struct linker *l, struct nj_intern *names, FILE *in, struct nj_err *err)
{
    if (nj_saved_read(in, MAGIC, names, walk, l, err) < 0 || save_check(l, err) < 0)
        return nj_within(err, "links");
    likeness_settle(&l->likeness);
    copy_odds_of_all(l);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a linker as bytes. One walk over everything serves both ways: what is put when
 * saving is taken when loading, so they can't differ. Numbers are little-endian, doubles their
 * bits; names are numbers in the list of texts at the beginning. What is loaded is checked
 * before anything uses it: each index against its table, each chain for being one.
 *
 *   8  magic "NJLINKS" and version      4 names, then each: length 2, text
 *   tables in the order of walk()       8 XXH3-64 of all before
 */
#include <stdlib.h>
#include <string.h>

#include "link/linker_state.h"
#include "link/state_io.h"

#define MAGIC "NJLINKS\6"
#define MAGIC_BYTES 8

static void walk_digest(struct io *io, struct digest *d, uint32_t digests, uint32_t lists)
{
    WALK(io, d->id);
    io_addr(io, &d->src);
    WALK(io, d->first_us);
    WALK(io, d->last_us);
    WALK(io, d->ceased_us);
    WALK(io, d->slept_us);
    WALK(io, d->woke_us);
    WALK(io, d->start_us);
    WALK(io, d->set);
    WALK(io, d->placed);
    for (unsigned i = 0; i < EPISODE_INSTANCES; i++)
        WALK(io, d->instances[i]);
    WALK(io, d->sport_bands);
    io_name(io, &d->tool);
    io_name(io, &d->stack);
    WALK(io, d->tool_key);
    WALK(io, d->stack_key);
    WALK(io, d->asn);
    WALK(io, d->sessions);
    WALK(io, d->filled);
    WALK(io, d->scored);
    io_float(io, &d->rate);
    WALK(io, d->hours);
    WALK(io, d->ports_seen);
    WALK(io, d->sport_min);
    WALK(io, d->sport_max);
    WALK(io, d->window);
    WALK(io, d->sport_model);
    WALK(io, d->port_count);
    WALK(io, d->ttl);
    WALK(io, d->ttl_min);
    WALK(io, d->stacks);
    io_bytes(io, d->country, sizeof(d->country));
    io->nonsense |= d->sport_model > SPORT_ODD || d->port_count > DIGEST_PORTS ||
                    d->country[2] != '\0' || d->sport_min > d->sport_max;
    for (unsigned i = 0; i < d->port_count && i < DIGEST_PORTS; i++) {
        WALK(io, d->ports[i].port);
        WALK(io, d->ports[i].proto);
        WALK(io, d->ports[i].share);
        io->nonsense |= d->ports[i].share == 0;
    }
    io_bytes(io, d->gaps, sizeof(d->gaps));
    io_bytes(io, d->day_hours, sizeof(d->day_hours));
    io_bool(io, &d->declared);
    io_bool(io, &d->no_fields);
    io_bool(io, &d->forgotten);
    io_bool(io, &d->counted);
    io_bool(io, &d->learned);
    io_bool(io, &d->newcomer);
    WALK(io, d->set_counted);
    WALK(io, d->tool_counted);
    WALK(io, d->counted_us);
    WALK(io, d->sport_counted);
    WALK(io, d->stack_counted);
    WALK(io, d->copy_of);
    io_bool(io, &d->quiet);
    io_bool(io, &d->rare);
    for (unsigned i = 0; i < DIGEST_KEYS; i++)
        io_index(io, &d->keys[i], lists);
    io_index(io, &d->previous, digests);
    io_index(io, &d->next, digests);
    io_index(io, &d->older, digests);
    io_index(io, &d->newer, digests);
    io_index(io, &d->as_a, UINT32_MAX);
    io_index(io, &d->as_b, UINT32_MAX);
    io_bool(io, &d->used);
    io_bool(io, &d->dirty);
}

static int walk_digests(struct io *io, struct linker *l, struct nj_err *err)
{
    WALK(io, l->made);
    io->lists = l->candidates.count;
    WALK(io, io->lists);
    io_index(io, &l->free, l->made);
    io_index(io, &l->oldest, l->made);
    io_index(io, &l->newest, l->made);
    if (l->made > l->options.max_episodes)
        return nj_fail(err, NJ_FORMAT, "%u episodes, limit %zu", l->made,
                       l->options.max_episodes);
    for (uint32_t i = 0; i < l->made; i++) {
        if (io->failed || io->nonsense)
            return 0;
        if (i == l->room && remember_grow(l, err) < 0)
            return -1;
        if (io->in != NULL)
            l->digests[i] = (struct digest){.id = 0};
        walk_digest(io, &l->digests[i], l->made, io->lists);
        WALK(io, l->change[i]);
    }
    return 0;
}

static int walk_lists(struct io *io, struct linker *l, struct nj_err *err)
{
    struct candidates *c = &l->candidates;

    for (uint32_t i = 0; i < io->lists; i++) {
        if (io->failed || io->nonsense)
            return 0;
        if (io_room(io, (void **)&c->lists, i, &c->room, sizeof(*c->lists), err) < 0)
            return -1;
        if (io->in != NULL)
            c->lists[c->count++] = (struct key_list){.key = 0};

        struct key_list *list = &c->lists[i];
        uint8_t length = list->count;

        WALK(io, list->key);
        WALK(io, list->overflow_us);
        WALK(io, list->refs);
        WALK(io, length);
        io->nonsense |= length > CANDIDATE_LIST;
        for (unsigned k = 0; k < length && !io->nonsense; k++) {
            uint32_t number = io->out != NULL ? list->digests[k] : 0;

            io_index(io, &number, l->made);
            io->nonsense |= number == LINK_NONE || !l->digests[number].used;
            if (io->in != NULL && !io->nonsense && candidates_append(c, i, number, 0, err) < 0)
                return -1;
        }
    }
    WALK(io, c->free_count);
    for (uint32_t i = 0; i < c->free_count && !io->failed && !io->nonsense; i++) {
        if (io_room(io, (void **)&c->free, i, &c->free_room, sizeof(*c->free), err) < 0)
            return -1;
        if (io->in != NULL)
            c->free[i] = 0;
        io_index(io, &c->free[i], c->count);
        io->nonsense |= c->free[i] == LINK_NONE;
    }
    return 0;
}

static int walk_background(struct io *io, struct linker *l, struct nj_err *err)
{
    struct background *bg = &l->background;
    uint32_t count = bg->count;

    WALK(io, count);
    if (count > bg->max)
        return nj_fail(err, NJ_FORMAT, "%u background values, limit %u", count, bg->max);
    bg->count = count;
    for (uint32_t i = 0; i < count && !io->failed && !io->nonsense; i++) {
        if (io_room(io, (void **)&bg->entries, i, &bg->room, sizeof(*bg->entries), err) < 0)
            return -1;
        if (io->in != NULL)
            bg->entries[i] = (struct background_entry){.key = 0};

        struct background_entry *e = &bg->entries[i];

        WALK(io, e->key);
        io_double(io, &e->weight);
        WALK(io, e->sources);
        WALK(io, e->kind);
        io->nonsense |= e->kind >= VALUE_KINDS || e->weight < 0;
        if (io->in != NULL && link_map_set(&bg->index, e->key, i, err) < 0)
            return -1;
    }
    for (unsigned i = 0; i < VALUE_KINDS; i++) {
        WALK(io, bg->once[i]);
        WALK(io, bg->twice[i]);
    }
    io_double(io, &bg->novel_twice);
    WALK(io, bg->landmark_us);
    WALK(io, bg->purged);
    return 0;
}

static void walk_likeness(struct io *io, struct likeness *k)
{
    for (unsigned i = 0; i < SIMILAR_COUNT; i++)
        for (unsigned j = 0; j < SIMILAR_BINS; j++) {
            io_double(io, &k->same[i][j]);
            io_double(io, &k->random[i][j]);
            io->nonsense |= k->same[i][j] < 0 || k->random[i][j] < 0;
        }
    for (unsigned i = 0; i < VALUE_KINDS; i++) {
        io_double(io, &k->agree[i]);
        io_double(io, &k->asked[i]);
        io->nonsense |= k->asked[i] < 1 || k->agree[i] < 0 || k->agree[i] > k->asked[i];
    }
    WALK(io, k->same_pairs);
    WALK(io, k->random_pairs);
}

static void walk_pair(struct io *io, struct pair *p, uint32_t digests)
{
    uint16_t bin = (uint16_t)p->target_bin;

    WALK(io, p->link);
    WALK(io, p->stopped_us);
    WALK(io, p->started_us);
    WALK(io, p->first_stated_us);
    WALK(io, p->stated_us);
    io_double(io, &p->weight);
    io_double(io, &p->copied);
    io_double(io, &p->probability);
    io_double(io, &p->stated_probability);
    io_index(io, &p->a, digests);
    io_index(io, &p->b, digests);
    io_index(io, &p->next_a, UINT32_MAX);
    io_index(io, &p->next_b, UINT32_MAX);
    io_index(io, &p->edge, UINT32_MAX);
    WALK(io, p->kind);
    WALK(io, p->hop);
    WALK(io, p->state);
    WALK(io, p->stated_state);
    io_bool(io, &p->used);
    io_bool(io, &p->refuted);
    io_bool(io, &p->rare);
    WALK(io, p->instance);
    WALK(io, bin);
    p->target_bin = (int16_t)bin;
    io->nonsense |= p->kind > LINK_SUCCESSION || p->hop > HOP_SPLIT ||
                    p->state > PAIR_ACCEPTED || p->stated_state > LINK_WITHDRAWN + 1 ||
                    p->target_bin >= ACCEPT_BINS || p->target_bin < -1 ||
                    (p->used && (p->a == LINK_NONE || p->b == LINK_NONE));
}

static int walk_pairs(struct io *io, struct linker *l, struct nj_err *err)
{
    struct pairs *pairs = &l->pairs;
    uint32_t made = pairs->made;

    WALK(io, made);
    if (made > pairs->max)
        return nj_fail(err, NJ_FORMAT, "%u pairs, limit %u", made, pairs->max);
    pairs->made = made;
    io_index(io, &pairs->free, made);
    WALK(io, pairs->used);
    for (unsigned k = 0; k < 2; k++) {
        for (unsigned i = 0; i < ZONE_COUNT; i++) {
            io_double(io, &pairs->zones[k][i]);
            io->nonsense |= !(pairs->zones[k][i] >= 0);
        }
        for (unsigned i = 0; i < DELAYS; i++) {
            io_double(io, &pairs->delays[k][i]);
            io->nonsense |= !(pairs->delays[k][i] >= 0);
        }
    }
    for (uint32_t i = 0; i < made && !io->failed && !io->nonsense; i++) {
        if (io_room(io, (void **)&pairs->list, i, &pairs->room, sizeof(*pairs->list), err) < 0)
            return -1;
        if (io->in != NULL)
            pairs->list[i] = (struct pair){.edge = LINK_NONE};
        walk_pair(io, &pairs->list[i], l->made);
    }
    return 0;
}

static int walk_actors(struct io *io, struct actors *a, struct nj_err *err)
{
    WALK(io, a->node_count);
    WALK(io, a->edge_count);
    WALK(io, a->group_count);
    WALK(io, a->living);
    WALK(io, a->hand);
    WALK(io, a->joined);
    WALK(io, a->evicted);
    WALK(io, a->refused);
    io->nonsense |= a->hand > 0 && a->hand >= a->node_count;
    io_index(io, &a->free_edge, a->edge_count);
    for (uint32_t i = 0; i < a->node_count && !io->failed && !io->nonsense; i++) {
        if (io_room(io, (void **)&a->nodes, i, &a->node_room, sizeof(*a->nodes), err) < 0)
            return -1;
        if (io->in != NULL)
            a->nodes[i] = (struct actor_node){.mark = 0};

        struct actor_node *n = &a->nodes[i];

        io_addr(io, &n->src);
        WALK(io, n->actor);
        io_index(io, &n->next, a->node_count);
        io_index(io, &n->edges, a->edge_count);
        io_bool(io, &n->declared);
        io_bool(io, &n->idle);
        WALK(io, n->joined);
        io->nonsense |= n->actor > a->group_count;
        n->key = linker_source_key(n->src);
        if (io->in != NULL && link_map_set(&a->index, linker_source_key(n->src), i, err) < 0)
            return -1;
    }
    for (uint32_t i = 0; i < a->edge_count && !io->failed && !io->nonsense; i++) {
        if (io_room(io, (void **)&a->edges, i, &a->edge_room, sizeof(*a->edges), err) < 0)
            return -1;
        if (io->in != NULL)
            a->edges[i] = (struct actor_edge){.a = LINK_NONE};
        io_index(io, &a->edges[i].a, a->node_count);
        io_index(io, &a->edges[i].b, a->node_count);
        io_index(io, &a->edges[i].next_a, a->edge_count);
        io_index(io, &a->edges[i].next_b, a->edge_count);
        io_bool(io, &a->edges[i].kept);
        io->nonsense |= (a->edges[i].a == LINK_NONE) != (a->edges[i].b == LINK_NONE);
    }
    for (uint32_t i = 0; i < a->group_count && !io->failed && !io->nonsense; i++) {
        if (io_room(io, (void **)&a->groups, i, &a->group_room, sizeof(*a->groups), err) < 0)
            return -1;
        if (io->in != NULL)
            a->groups[i] = (struct actor_group){.first = LINK_NONE};
        io_index(io, &a->groups[i].first, a->node_count);
        WALK(io, a->groups[i].count);
        WALK(io, a->groups[i].alias);
        io->nonsense |= a->groups[i].alias > a->group_count;
    }
    return 0;
}

static void walk_rest(struct io *io, struct linker *l)
{
    struct acceptance *a = &l->acceptance;

    for (unsigned i = 0; i < ACCEPT_BINS; i++) {
        WALK(io, a->targets[i]);
        io_double(io, &a->doubt[i]);
        for (unsigned k = 0; k < DECOY_KINDS; k++)
            WALK(io, a->decoys[k][i]);
    }
    WALK(io, a->kept_count);
    io->nonsense |= a->kept_count > DECOYS_KEPT;
    for (unsigned i = 0; i < a->kept_count && !io->nonsense; i++) {
        WALK(io, a->kept[i].a);
        WALK(io, a->kept[i].b);
        WALK(io, a->kept[i].kind);
        WALK(io, a->kept[i].bin);
        io->nonsense |= a->kept[i].kind >= DECOY_KINDS || a->kept[i].bin >= ACCEPT_BINS;
    }
    for (unsigned k = 0; k < DECOY_KINDS; k++)
        WALK(io, a->frozen_decoys[k]);
    WALK(io, a->asked_after);
    WALK(io, a->asked_weeks);
    io_double(io, &a->threshold);
    io_double(io, &a->bayes);
    io_double(io, &a->decoy);
    WALK(io, a->frozen_targets);
    WALK(io, a->frozen_us);
    WALK(io, l->counts.episodes);
    WALK(io, l->counts.episodes_evicted);
    WALK(io, l->counts.candidates);
    WALK(io, l->counts.keys_too_common);
    for (unsigned i = 0; i < 3; i++)
        WALK(io, l->counts.links[i]);
    WALK(io, l->next_link);
    WALK(io, l->begun);
    WALK(io, l->parallels);
    WALK(io, l->stops);
    WALK(io, l->rare_stops);
    WALK(io, l->rare_hops);
    WALK(io, l->usual_hops);
    io_bool(io, &l->of_age);
    io_double(io, &l->copies);
    io_double(io, &l->copied_h);
    io->nonsense |= !(l->copies >= 0) || !(l->copied_h >= 0);
    WALK(io, l->now_us);
    io->nonsense |= !(a->threshold > 0 && a->threshold <= 1) || l->next_link == 0;
}

static int walk_dirty(struct io *io, struct linker *l, struct nj_err *err)
{
    uint32_t count = (uint32_t)l->dirty.count;

    WALK(io, count);
    io->nonsense |= count > l->made;
    for (uint32_t i = 0; i < count && !io->failed && !io->nonsense; i++) {
        uint32_t number = io->out != NULL ? l->dirty.list[i] : 0;

        io_index(io, &number, l->made);
        if (number == LINK_NONE || !l->digests[number].used || !l->digests[number].dirty) {
            io->nonsense = true;
            return 0;
        }
        if (io->in != NULL && numbers_add(&l->dirty, number, err) < 0)
            return -1;
    }
    return 0;
}

static int walk(struct io *io, struct linker *l, struct nj_err *err)
{
    if (walk_digests(io, l, err) < 0 || io->failed || io->nonsense)
        return io->failed || io->nonsense ? 0 : -1;
    if (walk_lists(io, l, err) < 0 || walk_background(io, l, err) < 0)
        return -1;
    walk_likeness(io, &l->likeness);
    if (walk_pairs(io, l, err) < 0 || walk_actors(io, &l->actors, err) < 0)
        return -1;
    walk_rest(io, l);
    return walk_dirty(io, l, err);
}

/* ---- in and out ---- */

int linker_save(const struct linker *linker, const struct nj_intern *names, FILE *out,
                struct nj_err *err)
{
    struct linker *l = (struct linker *)(uintptr_t)linker; /* walked, and not changed */
    struct io io = {.out = out, .digest = XXH3_createState()};
    char magic[MAGIC_BYTES];
    int rc = -1;

    if (io.digest == NULL)
        return nj_fail(err, NJ_NOMEM, "state of links");
    (void)XXH3_64bits_reset(io.digest);
    memcpy(magic, MAGIC, MAGIC_BYTES);
    io_bytes(&io, magic, MAGIC_BYTES);
    if (io_save_names(&io, l, names, err) < 0 || walk(&io, l, err) < 0)
        goto out;
    (void)io_word(&io, XXH3_64bits_digest(io.digest), 8);
    if (io.failed) {
        nj_fail(err, NJ_IO, "state of links");
        goto out;
    }
    rc = 0;
out:
    free(io.name);
    (void)XXH3_freeState(io.digest);
    return rc;
}

int linker_load(struct linker *l, struct nj_intern *names, FILE *in, struct nj_err *err)
{
    struct io io = {.in = in, .digest = XXH3_createState()};
    char magic[MAGIC_BYTES] = "";
    uint64_t expected;
    int rc = -1;

    if (io.digest == NULL)
        return nj_fail(err, NJ_NOMEM, "state of links");
    (void)XXH3_64bits_reset(io.digest);
    io_bytes(&io, magic, MAGIC_BYTES);
    if (io.failed || memcmp(magic, MAGIC, MAGIC_BYTES) != 0) {
        nj_fail(err, NJ_FORMAT, "state of links: not one, or of another version");
        goto out;
    }
    if (io_load_names(&io, names, err) < 0 ||
        (!io.failed && !io.nonsense && walk(&io, l, err) < 0))
        goto out;
    expected = XXH3_64bits_digest(io.digest);
    if (io.failed || io.nonsense || io_word(&io, 0, 8) != expected || io.failed) {
        nj_fail(err, NJ_FORMAT, "state of links: %s",
                io.nonsense ? "damaged" : "cut short or damaged");
        goto out;
    }
    if (state_check(l, err) < 0)
        goto out;
    rc = 0;
out:
    free(io.name);
    (void)XXH3_freeState(io.digest);
    return rc;
}

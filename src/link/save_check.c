/* SPDX-License-Identifier: Apache-2.0 */
/* A loaded state is made whole: indexes are made anew, and chains must be chains. What a save
 * can't have written is refused, since all else trusts it. */
#include "link/save.h"

#include <stdlib.h>

static int damaged(const char *what, struct nj_err *err)
{
    return nj_fail(err, NJ_FORMAT, "%s", what);
}

/* The chain of age holds each used digest once, the free chain each other one. */
static int check_digests(struct linker *l, struct nj_err *err)
{
    uint32_t used = 0, in_chain = 0, unused = 0, before = LINK_NONE;

    for (uint32_t i = 0; i < l->made; i++)
        used += l->digests[i].used;
    for (uint32_t i = l->oldest; i != LINK_NONE && in_chain <= used; i = l->digests[i].newer) {
        if (!l->digests[i].used || l->digests[i].older != before)
            return damaged("ages of episodes", err);
        before = i;
        in_chain++;
    }
    for (uint32_t i = l->free; i != LINK_NONE && unused <= l->made; i = l->digests[i].older) {
        if (l->digests[i].used || l->digests[i].port_count > 0)
            return damaged("free episodes", err);
        unused++;
    }
    if (in_chain != used || l->newest != before || unused != l->made - used ||
        l->counts.episodes != used)
        return damaged("chains of episodes", err);
    return 0;
}

static int index_digests(struct linker *l, struct nj_err *err)
{
    for (uint32_t i = 0; i < l->made; i++) {
        struct digest *d = &l->digests[i];

        if (!d->used)
            continue;
        if (link_map_find(&l->by_id, d->id) != LINK_NONE)
            return damaged("an episode twice", err);
        if (link_map_set(&l->by_id, d->id, i, err) < 0)
            return -1;
        d->node = actors_place(&l->actors, linker_source_key(d->src));
        if (d->node != LINK_NONE && l->actors.nodes[d->node].idle)
            return damaged("a source that is remembered", err);
        if ((d->next != LINK_NONE &&
             (!l->digests[d->next].used || l->digests[d->next].previous != i ||
              !addr_equal(l->digests[d->next].src, d->src))) ||
            (d->previous != LINK_NONE &&
             (!l->digests[d->previous].used || l->digests[d->previous].next != i)))
            return damaged("episodes of a source", err);
        if (d->next == LINK_NONE) {
            if (link_map_find(&l->by_source, linker_source_key(d->src)) != LINK_NONE)
                return damaged("a source twice", err);
            if (link_map_set(&l->by_source, linker_source_key(d->src), i, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* The episodes of a source are a chain that begins somewhere, and no ring. After
 * index_digests. */
static int check_chains(const struct linker *l, struct nj_err *err)
{
    uint32_t used = 0, met = 0;

    for (uint32_t i = 0; i < l->made; i++) {
        if (!l->digests[i].used)
            continue;
        used++;
        if (l->digests[i].previous == LINK_NONE)
            for (uint32_t k = i; k != LINK_NONE; k = l->digests[k].next)
                met++;
    }
    return met == used ? 0 : damaged("a ring of episodes", err);
}

/* What waits to be looked at stands in the list once: one that did not would wait for good. */
static int check_dirty(struct linker *l, struct nj_err *err)
{
    uint32_t waiting = 0;

    for (uint32_t i = 0; i < l->made; i++)
        waiting += l->digests[i].used && l->digests[i].dirty;
    for (size_t i = 0; i < l->dirty.count; i++) {
        if (!l->digests[l->dirty.list[i]].dirty)
            return damaged("an episode to look at twice", err);
        l->digests[l->dirty.list[i]].dirty = false;
    }
    for (size_t i = 0; i < l->dirty.count; i++)
        l->digests[l->dirty.list[i]].dirty = true;
    return waiting == l->dirty.count ? 0 : damaged("episodes to look at", err);
}

static int check_lists(struct linker *l, struct nj_err *err)
{
    struct candidates *c = &l->candidates;
    uint32_t *refs = calloc(c->count + 1u, sizeof(*refs));
    uint32_t living = 0;
    int rc = 0;

    if (refs == NULL)
        return nj_fail(err, NJ_NOMEM, "state of links");
    for (uint32_t i = 0; i < l->made; i++)
        for (unsigned k = 0; l->digests[i].used && k < DIGEST_KEYS; k++)
            if (l->digests[i].keys[k] != LINK_NONE)
                refs[l->digests[i].keys[k]]++;
    for (uint32_t i = 0; i < c->count && rc == 0; i++) {
        if (refs[i] != c->lists[i].refs || refs[i] < c->lists[i].count ||
            (c->lists[i].key == 0) != (refs[i] == 0))
            rc = damaged("lists of candidates", err);
        else if (refs[i] > 0)
            living++;
        if (rc == 0 && refs[i] > 0)
            rc = link_map_set(&c->index, c->lists[i].key, i, err);
    }
    for (uint32_t i = 0; i < c->free_count && rc == 0; i++)
        if (refs[c->free[i]]++ != 0)
            rc = damaged("free lists", err);
    if (rc == 0 && (living != c->index.count || living + c->free_count != c->count))
        rc = damaged("lists of candidates", err);
    free(refs);
    return rc;
}

/* Walks each digest's chains; what they hold must be all used pairs, once each. */
static int check_pairs(struct linker *l, struct nj_err *err)
{
    const struct pairs *pairs = &l->pairs;
    uint32_t used = 0, unused = 0, met_a = 0, met_b = 0;

    for (uint32_t i = 0; i < pairs->made; i++) {
        const struct pair *p = &pairs->list[i];

        used += p->used;
        if (p->used && (!l->digests[p->a].used || !l->digests[p->b].used || p->a == p->b ||
                        /* one that joins nobody has no edge: decide.c, is_reassigned */
                        (p->state != PAIR_ACCEPTED && p->edge != LINK_NONE) ||
                        (p->edge != LINK_NONE && (p->edge >= l->actors.edge_count ||
                                                  l->actors.edges[p->edge].a == LINK_NONE))))
            return damaged("a pair", err);
    }
    for (uint32_t d = 0; d < l->made; d++) {
        if (!l->digests[d].used)
            continue;
        for (uint32_t i = l->digests[d].as_a; i != LINK_NONE; i = pairs->list[i].next_a)
            if (i >= pairs->made || !pairs->list[i].used || pairs->list[i].a != d ||
                met_a++ == used)
                return damaged("pairs of an episode", err);
        for (uint32_t i = l->digests[d].as_b; i != LINK_NONE; i = pairs->list[i].next_b)
            if (i >= pairs->made || !pairs->list[i].used || pairs->list[i].b != d ||
                met_b++ == used)
                return damaged("pairs of an episode", err);
    }
    for (uint32_t i = pairs->free; i != LINK_NONE && unused <= pairs->made;
         i = pairs->list[i].next_a) {
        if (i >= pairs->made || pairs->list[i].used)
            return damaged("free pairs", err);
        unused++;
    }
    if (met_a != used || met_b != used || unused != pairs->made - used || pairs->used != used)
        return damaged("pairs", err);
    return 0;
}

static uint32_t edges_of(const struct actors *a, uint32_t node, uint32_t limit)
{
    uint32_t count = 0;

    for (uint32_t e = a->nodes[node].edges; e != LINK_NONE && count <= limit; count++) {
        const struct actor_edge *edge = &a->edges[e];

        if (edge->a != node && edge->b != node)
            return UINT32_MAX;
        e = edge->a == node ? edge->next_a : edge->next_b;
    }
    return count;
}

static int check_actors(struct linker *l, struct nj_err *err)
{
    const struct actors *a = &l->actors;
    uint64_t ends = 0, met = 0, members = 0, grouped = 0, living = 0;
    uint32_t unused = 0;

    for (uint32_t i = 0; i < a->edge_count; i++) {
        ends += a->edges[i].a == LINK_NONE ? 0 : 2;
        if (a->edges[i].a != LINK_NONE && a->edges[i].a == a->edges[i].b)
            return damaged("a link of a source with itself", err);
    }
    for (uint32_t i = a->free_edge; i != LINK_NONE && unused <= a->edge_count;
         i = a->edges[i].next_a) {
        if (a->edges[i].a != LINK_NONE)
            return damaged("free edges", err);
        unused++;
    }
    for (uint32_t i = 0; i < a->node_count; i++) {
        uint32_t count = edges_of(a, i, a->edge_count);

        if (count > a->edge_count || (a->nodes[i].actor == 0 && count > 0))
            return damaged("links of a source", err);
        met += count;
        grouped += a->nodes[i].actor != 0;
    }
    for (uint32_t g = 0; g < a->group_count; g++) {
        uint32_t count = 0;

        for (uint32_t n = a->groups[g].first; n != LINK_NONE && count <= a->node_count;
             n = a->nodes[n].next) {
            if (a->nodes[n].actor != g + 1u)
                return damaged("sources of an actor", err);
            count++;
        }
        if (count != a->groups[g].count)
            return damaged("sources of an actor", err);
        members += count;
        living += count >= 2;
    }
    for (uint32_t i = 0; i < a->edge_count; i++)
        if (a->edges[i].a != LINK_NONE &&
            a->nodes[a->edges[i].a].actor != a->nodes[a->edges[i].b].actor)
            return damaged("a link between actors", err);
    if (ends != met || ends / 2 + unused != a->edge_count || members != grouped ||
        a->index.count != a->node_count || living != a->living)
        return damaged("actors", err);
    return 0;
}

/* One edge serves one pair, and joins its two sources. */
static int check_edges(struct linker *l, struct nj_err *err)
{
    uint8_t *taken = calloc(l->actors.edge_count + 1u, 1);
    int rc = 0;

    if (taken == NULL)
        return nj_fail(err, NJ_NOMEM, "state of links");
    for (uint32_t i = 0; i < l->pairs.made && rc == 0; i++) {
        const struct pair *p = &l->pairs.list[i];

        if (p->used && p->edge != LINK_NONE &&
            (taken[p->edge]++ != 0 || l->actors.edges[p->edge].kept))
            rc = damaged("an edge of two pairs", err);
    }
    free(taken);
    return rc;
}

int save_check(struct linker *l, struct nj_err *err)
{
    if (check_digests(l, err) < 0 || index_digests(l, err) < 0 || check_chains(l, err) < 0 ||
        check_dirty(l, err) < 0 || check_lists(l, err) < 0 || check_actors(l, err) < 0 ||
        check_pairs(l, err) < 0 || check_edges(l, err) < 0)
        return -1;
    return l->background.index.count == l->background.count
               ? 0
               : damaged("a background value twice", err);
}

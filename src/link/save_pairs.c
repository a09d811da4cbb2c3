/* SPDX-License-Identifier: Apache-2.0 */
/* The saved state of who was joined: pairs of episodes, and the actors that accepted ones make.
 * Chains are checked when all is there (save_check.c). */
#include "link/save.h"

static void walk_pair(struct nj_saved *s, struct pair *p, uint32_t digests)
{
    uint16_t bin = (uint16_t)p->target_bin;

    nj_saved_u64(s, &p->link);
    save_time(s, &p->stopped_us);
    save_time(s, &p->started_us);
    save_time(s, &p->first_stated_us);
    save_time(s, &p->stated_us);
    save_number(s, &p->weight);
    for (unsigned k = 0; k < COPY_SKILLS; k++)
        save_number(s, &p->copied[k]);
    save_amount(s, &p->after);
    save_number(s, &p->probability);
    save_number(s, &p->stated_probability);
    save_amount(s, &p->likely);
    save_index(s, &p->a, digests);
    save_index(s, &p->b, digests);
    save_index(s, &p->next_a, UINT32_MAX);
    save_index(s, &p->next_b, UINT32_MAX);
    save_index(s, &p->edge, UINT32_MAX);
    nj_saved_u8(s, &p->kind);
    nj_saved_u8(s, &p->hop);
    nj_saved_u8(s, &p->state);
    nj_saved_u8(s, &p->stated_state);
    nj_saved_bool(s, &p->used);
    nj_saved_bool(s, &p->refuted);
    nj_saved_bool(s, &p->rare);
    nj_saved_u64(s, &p->instance);
    nj_saved_u16(s, &bin);
    p->target_bin = (int16_t)bin;
    nj_saved_check(s, p->kind <= LINK_SUCCESSION && p->hop <= HOP_SPLIT);
    nj_saved_check(s, p->state <= PAIR_ACCEPTED && p->stated_state <= LINK_WITHDRAWN + 1);
    nj_saved_check(s, p->target_bin >= -1 && p->target_bin < ACCEPT_BINS);
    nj_saved_check(s, !p->used || (p->a != LINK_NONE && p->b != LINK_NONE));
}

int save_pairs(struct nj_saved *s, struct linker *l, struct nj_err *err)
{
    struct pairs *pairs = &l->pairs;

    nj_saved_u32(s, &pairs->made);
    nj_saved_check(s, pairs->made <= pairs->max);
    save_index(s, &pairs->free, pairs->made);
    nj_saved_u32(s, &pairs->used);
    for (unsigned k = 0; k < 2; k++) {
        for (unsigned i = 0; i < ZONE_COUNT; i++)
            save_amount(s, &pairs->zones[k][i]);
        for (unsigned i = 0; i < DELAYS; i++)
            save_amount(s, &pairs->delays[k][i]);
    }
    for (uint32_t i = 0; i < pairs->made && !nj_saved_bad(s); i++) {
        if (save_room(s, (void **)&pairs->list, i, &pairs->room, sizeof(*pairs->list), err) < 0)
            return -1;
        if (nj_saved_reading(s))
            pairs->list[i] = (struct pair){.edge = LINK_NONE};
        walk_pair(s, &pairs->list[i], l->made);
    }
    return 0;
}

/* ---- actors ---- */

static void walk_node(struct nj_saved *s, const struct actors *a, struct actor_node *n)
{
    save_addr(s, &n->src);
    nj_saved_u64(s, &n->actor);
    save_index(s, &n->next, a->node_count);
    save_index(s, &n->edges, a->edge_count);
    nj_saved_bool(s, &n->declared);
    nj_saved_bool(s, &n->idle);
    nj_saved_u64(s, &n->joined);
    nj_saved_check(s, n->actor <= a->group_count);
}

static void walk_edge(struct nj_saved *s, const struct actors *a, struct actor_edge *e)
{
    save_index(s, &e->a, a->node_count);
    save_index(s, &e->b, a->node_count);
    save_index(s, &e->next_a, a->edge_count);
    save_index(s, &e->next_b, a->edge_count);
    nj_saved_bool(s, &e->kept);
    nj_saved_check(s, (e->a == LINK_NONE) == (e->b == LINK_NONE));
}

static void walk_group(struct nj_saved *s, const struct actors *a, struct actor_group *g)
{
    save_index(s, &g->first, a->node_count);
    nj_saved_u32(s, &g->count);
    nj_saved_u64(s, &g->alias);
    nj_saved_check(s, g->alias <= a->group_count);
}

static void walk_actor_counts(struct nj_saved *s, struct actors *a)
{
    nj_saved_u32(s, &a->node_count);
    nj_saved_u32(s, &a->edge_count);
    nj_saved_u32(s, &a->group_count);
    nj_saved_u64(s, &a->living);
    nj_saved_u32(s, &a->hand);
    nj_saved_u64(s, &a->joined);
    nj_saved_u64(s, &a->evicted);
    nj_saved_u64(s, &a->refused);
    nj_saved_check(s, a->node_count <= a->max && (a->hand == 0 || a->hand < a->node_count));
    nj_saved_check(s, a->group_count <= (uint64_t)ACTORS_NUMBERS * a->max);
    save_index(s, &a->free_edge, a->edge_count);
}

int save_actors(struct nj_saved *s, struct actors *a, struct nj_err *err)
{
    walk_actor_counts(s, a);
    for (uint32_t i = 0; i < a->node_count && !nj_saved_bad(s); i++) {
        if (save_room(s, (void **)&a->nodes, i, &a->node_room, sizeof(*a->nodes), err) < 0)
            return -1;
        if (nj_saved_reading(s))
            a->nodes[i] = (struct actor_node){.mark = 0};
        walk_node(s, a, &a->nodes[i]);
        if (!nj_saved_reading(s))
            continue;
        a->nodes[i].key = linker_source_key(a->nodes[i].src);
        if (link_map_set(&a->index, a->nodes[i].key, i, err) < 0)
            return -1;
    }
    for (uint32_t i = 0; i < a->edge_count && !nj_saved_bad(s); i++) {
        if (save_room(s, (void **)&a->edges, i, &a->edge_room, sizeof(*a->edges), err) < 0)
            return -1;
        if (nj_saved_reading(s))
            a->edges[i] = (struct actor_edge){.a = LINK_NONE};
        walk_edge(s, a, &a->edges[i]);
    }
    for (uint32_t i = 0; i < a->group_count && !nj_saved_bad(s); i++) {
        if (save_room(s, (void **)&a->groups, i, &a->group_room, sizeof(*a->groups), err) < 0)
            return -1;
        if (nj_saved_reading(s))
            a->groups[i] = (struct actor_group){.first = LINK_NONE};
        walk_group(s, a, &a->groups[i]);
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "link/actor.h"

#include <stdlib.h>

#define LOOKED_AT 4096u /* for one to leave */

int actors_init(struct actors *actors, uint32_t max, uint64_t secret, struct nj_err *err)
{
    *actors = (struct actors){.free_edge = LINK_NONE, .max = max};
    return link_map_init(&actors->index, secret, err);
}

void actors_done(struct actors *actors)
{
    link_map_done(&actors->index);
    free(actors->nodes);
    free(actors->edges);
    free(actors->groups);
    free(actors->changes);
    free(actors->queue);
}

uint32_t actors_place(const struct actors *actors, uint64_t key)
{
    return link_map_find(&actors->index, key);
}

uint64_t actors_of(const struct actors *actors, uint64_t key)
{
    uint32_t node = link_map_find(&actors->index, key);

    return node == LINK_NONE ? 0 : actors->nodes[node].actor;
}

uint32_t actors_members(const struct actors *actors, uint64_t key)
{
    uint64_t actor = actors_of(actors, key);

    return actor == 0 ? 0 : actors->groups[actor - 1].count;
}

/* Room for one more; the array may move. */
static int room_for(void **list, uint32_t count, uint32_t *room, size_t size,
                    struct nj_err *err)
{
    if (count < *room)
        return 0;

    uint32_t more = *room == 0 ? 64 : *room * 2;
    void *bigger = realloc(*list, more * size);

    if (bigger == NULL)
        return nj_fail(err, NJ_NOMEM, "actors");
    *list = bigger;
    *room = more;
    return 0;
}

static int tell(struct actors *actors, enum actor_change_kind kind, uint64_t actor,
                uint64_t other, uint32_t node, int64_t now_us, struct nj_err *err)
{
    if (room_for((void **)&actors->changes, actors->change_count, &actors->change_room,
                 sizeof(*actors->changes), err) < 0)
        return -1;
    actors->changes[actors->change_count++] = (struct actor_change){
        .kind = kind,
        .actor = actor,
        .other = other,
        .source = node == LINK_NONE ? (struct addr){.hi = 0} : actors->nodes[node].src,
        .at_us = now_us,
        .declared = node != LINK_NONE && actors->nodes[node].declared,
    };
    return 0;
}

static void put_in(struct actors *actors, uint64_t actor, uint32_t node)
{
    struct actor_group *group = &actors->groups[actor - 1];

    actors->nodes[node].actor = actor;
    actors->nodes[node].next = group->first;
    group->first = node;
    group->count++;
    if (group->count == 2)
        actors->living++;
}

static void take_from(struct actors *actors, uint32_t node)
{
    struct actor_group *group = &actors->groups[actors->nodes[node].actor - 1];
    uint32_t *at = &group->first;

    while (*at != node)
        at = &actors->nodes[*at].next;
    *at = actors->nodes[node].next;
    actors->nodes[node].actor = 0;
    actors->nodes[node].next = LINK_NONE;
    if (group->count-- == 2)
        actors->living--;
}

static uint32_t *link_at(struct actors *actors, uint32_t edge, uint32_t node)
{
    struct actor_edge *e = &actors->edges[edge];

    return e->a == node ? &e->next_a : &e->next_b;
}

static void unhook(struct actors *actors, uint32_t edge, uint32_t node)
{
    uint32_t *at = &actors->nodes[node].edges;

    while (*at != edge)
        at = link_at(actors, *at, node);
    *at = *link_at(actors, edge, node);
}

static void free_edge(struct actors *actors, uint32_t edge)
{
    actors->edges[edge] = (struct actor_edge){
        .a = LINK_NONE, .b = LINK_NONE, .next_a = actors->free_edge, .next_b = LINK_NONE};
    actors->free_edge = edge;
}

/* Its edges go over to its first neighbour, so that nobody is parted. No pair refers to them,
 * since nothing of the source is remembered. */
static void hand_over_edges(struct actors *actors, uint32_t node)
{
    uint32_t first = actors->nodes[node].edges, heir;

    if (first == LINK_NONE)
        return;
    heir = actors->edges[first].a == node ? actors->edges[first].b : actors->edges[first].a;
    unhook(actors, first, heir);
    unhook(actors, first, node);
    free_edge(actors, first);
    while (actors->nodes[node].edges != LINK_NONE) {
        uint32_t edge = actors->nodes[node].edges;
        struct actor_edge *e = &actors->edges[edge];
        uint32_t other = e->a == node ? e->b : e->a;

        unhook(actors, edge, node);
        if (other == heir) {
            unhook(actors, edge, heir);
            free_edge(actors, edge);
            continue;
        }
        *(e->a == node ? &e->a : &e->b) = heir;
        *link_at(actors, edge, heir) = actors->nodes[heir].edges;
        actors->nodes[heir].edges = edge;
    }
}

/* @return the place of one that left; LINK_NONE if none may */
static uint32_t evict(struct actors *actors)
{
    for (uint32_t i = 0; i < LOOKED_AT && i < actors->node_count; i++) {
        uint32_t node = actors->hand;

        actors->hand = (actors->hand + 1) % actors->node_count;
        if (!actors->nodes[node].idle)
            continue;
        hand_over_edges(actors, node);
        if (actors->nodes[node].actor != 0)
            take_from(actors, node);
        link_map_remove(&actors->index, actors->nodes[node].key);
        actors->evicted++;
        return node;
    }
    return LINK_NONE;
}

static int node_for(struct actors *actors, const struct actor_source *source,
                    uint32_t *ret_node, struct nj_err *err)
{
    uint32_t node = link_map_find(&actors->index, source->key);

    if (node == LINK_NONE) {
        node = actors->node_count;
        if (node >= actors->max && (node = evict(actors)) == LINK_NONE)
            return ACTORS_FULL;
        if (room_for((void **)&actors->nodes, node, &actors->node_room, sizeof(*actors->nodes),
                     err) < 0 ||
            link_map_set(&actors->index, source->key, node, err) < 0)
            return -1;
        actors->node_count += node == actors->node_count;
        actors->nodes[node] = (struct actor_node){.src = source->src,
                                                  .key = source->key,
                                                  .next = LINK_NONE,
                                                  .edges = LINK_NONE,
                                                  .joined = actors->joined++};
    }
    actors->nodes[node].declared = source->declared;
    actors->nodes[node].idle = false;
    *ret_node = node;
    return 0;
}

void actors_idle(struct actors *actors, uint64_t key, bool idle)
{
    uint32_t node = link_map_find(&actors->index, key);

    if (node != LINK_NONE)
        actors->nodes[node].idle = idle;
}

static bool out_of_numbers(const struct actors *actors)
{
    return actors->group_count >= (uint64_t)ACTORS_NUMBERS * actors->max;
}

static int new_group(struct actors *actors, uint64_t *ret_actor, struct nj_err *err)
{
    if (room_for((void **)&actors->groups, actors->group_count, &actors->group_room,
                 sizeof(*actors->groups), err) < 0)
        return -1;
    actors->groups[actors->group_count] = (struct actor_group){.first = LINK_NONE};
    *ret_actor = ++actors->group_count;
    return 0;
}

/* The higher number's sources move to the lower. */
static int merge(struct actors *actors, uint64_t x, uint64_t y, int64_t now_us,
                 struct nj_err *err)
{
    uint64_t stays = x < y ? x : y, goes = x < y ? y : x;
    struct actor_group *from = &actors->groups[goes - 1];

    while (from->first != LINK_NONE) {
        uint32_t node = from->first;

        take_from(actors, node);
        put_in(actors, stays, node);
    }
    from->alias = stays;
    return tell(actors, ACTOR_MERGED, stays, goes, LINK_NONE, now_us, err);
}

static int unite(struct actors *actors, uint32_t a, uint32_t b, int64_t now_us,
                 struct nj_err *err)
{
    uint64_t of_a = actors->nodes[a].actor, of_b = actors->nodes[b].actor;

    if (of_a != 0 && of_a == of_b)
        return 0;
    if (of_a != 0 && of_b != 0)
        return merge(actors, of_a, of_b, now_us, err);
    if (of_a == 0 && of_b == 0) {
        if (new_group(actors, &of_a, err) < 0)
            return -1;
        put_in(actors, of_a, a);
        if (tell(actors, ACTOR_NEW, of_a, 0, a, now_us, err) < 0)
            return -1;
    }

    uint64_t actor = of_a != 0 ? of_a : of_b;
    uint32_t node = actors->nodes[a].actor != 0 ? b : a;

    put_in(actors, actor, node);
    return tell(actors, ACTOR_JOINED, actor, 0, node, now_us, err);
}

int actors_join(struct actors *actors, const struct actor_source *a,
                const struct actor_source *b, int64_t now_us, uint32_t *ret_edge,
                struct nj_err *err)
{
    uint32_t node_a, node_b, edge;
    int rc = node_for(actors, a, &node_a, err);

    if (rc == 0)
        rc = node_for(actors, b, &node_b, err);
    if (rc == 0 && out_of_numbers(actors) && actors->nodes[node_a].actor == 0 &&
        actors->nodes[node_b].actor == 0)
        rc = ACTORS_FULL;
    actors->refused += rc == ACTORS_FULL;
    if (rc != 0)
        return rc;
    edge = actors->free_edge;
    if (edge != LINK_NONE) {
        actors->free_edge = actors->edges[edge].next_a;
    } else {
        if (room_for((void **)&actors->edges, actors->edge_count, &actors->edge_room,
                     sizeof(*actors->edges), err) < 0)
            return -1;
        edge = actors->edge_count++;
    }
    actors->edges[edge] = (struct actor_edge){.a = node_a,
                                              .b = node_b,
                                              .next_a = actors->nodes[node_a].edges,
                                              .next_b = actors->nodes[node_b].edges};
    actors->nodes[node_a].edges = edge;
    actors->nodes[node_b].edges = edge;
    *ret_edge = edge;
    return unite(actors, node_a, node_b, now_us, err);
}

/* Marks what `node` reaches over edges, or over kept ones; the nodes stand in the queue.
 * @return 0 and how many; -1 */
static int reach(struct actors *actors, uint32_t node, bool kept, uint32_t *ret_count,
                 struct nj_err *err)
{
    uint32_t count = 1, members = actors->groups[actors->nodes[node].actor - 1].count;

    while (actors->queue_room < members)
        if (room_for((void **)&actors->queue, actors->queue_room, &actors->queue_room,
                     sizeof(*actors->queue), err) < 0)
            return -1;
    actors->mark++;
    actors->queue[0] = node;
    actors->nodes[node].mark = actors->mark;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t e = actors->nodes[actors->queue[i]].edges; e != LINK_NONE;
             e = *link_at(actors, e, actors->queue[i])) {
            uint32_t other = actors->edges[e].a == actors->queue[i] ? actors->edges[e].b
                                                                    : actors->edges[e].a;

            if (actors->nodes[other].mark != actors->mark && (!kept || actors->edges[e].kept)) {
                actors->nodes[other].mark = actors->mark;
                actors->queue[count++] = other;
            }
        }
    *ret_count = count;
    return 0;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

/* The queue's nodes leave; several stay together under a new number. */
static int split_off(struct actors *actors, uint32_t count, int64_t now_us, struct nj_err *err)
{
    uint64_t old = actors->nodes[actors->queue[0]].actor, fresh = 0;

    qsort(actors->queue, count, sizeof(*actors->queue), by_number);
    if (count > 1 && new_group(actors, &fresh, err) < 0)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = actors->queue[i];

        take_from(actors, node);
        if (tell(actors, ACTOR_LEFT, old, 0, node, now_us, err) < 0)
            return -1;
        if (fresh == 0)
            continue;
        put_in(actors, fresh, node);
        if (tell(actors, i == 0 ? ACTOR_NEW : ACTOR_JOINED, fresh, 0, node, now_us, err) < 0)
            return -1;
    }
    return 0;
}

int actors_keep(struct actors *actors, uint32_t edge, struct nj_err *err)
{
    uint32_t a = actors->edges[edge].a, b = actors->edges[edge].b, count;

    if (reach(actors, a, true, &count, err) < 0)
        return -1;
    if (actors->nodes[b].mark != actors->mark) {
        actors->edges[edge].kept = true;
        return 0;
    }
    unhook(actors, edge, a);
    unhook(actors, edge, b);
    free_edge(actors, edge);
    return 0;
}

int actors_part(struct actors *actors, uint32_t edge, int64_t now_us, struct nj_err *err)
{
    uint32_t a = actors->edges[edge].a, b = actors->edges[edge].b, count, oldest = LINK_NONE;

    unhook(actors, edge, a);
    unhook(actors, edge, b);
    free_edge(actors, edge);

    if (reach(actors, b, false, &count, err) < 0)
        return -1;
    if (actors->nodes[a].mark == actors->mark)
        return 0; /* other links still hold them together */

    const struct actor_group *group = &actors->groups[actors->nodes[a].actor - 1];
    uint32_t rest = group->count - count;

    for (uint32_t n = group->first; n != LINK_NONE; n = actors->nodes[n].next)
        if (oldest == LINK_NONE || actors->nodes[n].joined < actors->nodes[oldest].joined)
            oldest = n;
    if (count > rest || (count == rest && actors->nodes[oldest].mark == actors->mark))
        if (reach(actors, a, false, &count, err) < 0) /* b's part keeps the number */
            return -1;
    if (count > 1 && out_of_numbers(actors)) { /* several need one: they stay */
        actors->refused++;
        return 0;
    }
    return split_off(actors, count, now_us, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Sources joined by accepted links. A source is a node, a link an edge; an actor is a connected
 * part. An edge can be taken out again. Numbers stay: of two actors that merge the lower number
 * wins; of one that falls apart the larger part keeps it, of equal ones that with the source
 * known longest.
 *
 * Bounded: when `max` sources are held, one of which nothing is remembered any more makes room
 * (`evicted`); what it was told to be of stands, and its neighbours stay joined. If there is
 * none close by, or numbers have run out, a join is refused (`refused`), and
 * several that would leave together stay. */
#ifndef NJ_LINK_ACTOR_H
#define NJ_LINK_ACTOR_H

#include "link/map.h"
#include "model/link.h"

struct actor_node {
    struct addr src;
    uint64_t key;
    uint64_t actor; /* 0: none */
    uint32_t next;  /* member of the same actor */
    uint32_t edges; /* first edge */
    uint32_t mark;
    uint64_t joined; /* how many sources had come before it */
    bool declared;
    bool idle; /* none of its episodes is remembered */
};

struct actor_edge {
    uint32_t a, b; /* nodes; a LINK_NONE: free, chained by next_a */
    uint32_t next_a, next_b;
    bool kept; /* its link can't be taken back any more; these make no rings */
};

struct actor_group {
    uint32_t first, count; /* members */
    uint64_t alias;        /* merged into; 0: lives */
};

struct actors {
    struct link_map index;
    struct actor_node *nodes;
    struct actor_edge *edges;
    struct actor_group *groups;   /* actor n is groups[n - 1] */
    struct actor_change *changes; /* of this step */
    uint32_t *queue;
    uint32_t node_count, node_room, edge_count, edge_room, free_edge;
    uint32_t group_count, group_room, change_count, change_room, queue_room;
    uint32_t mark;
    uint32_t max, hand; /* sources at most; where the next to leave is looked for */
    uint64_t evicted, refused, joined;
    uint64_t living; /* actors of two sources and more */
};

#define ACTORS_NUMBERS 8u /* numbers given out, for each source held at most */
#define ACTORS_FULL 1

int actors_init(struct actors *actors, uint32_t max, uint64_t secret, struct nj_err *err);
void actors_done(struct actors *actors);

/** The actor of a source, 0: none. `key` as linker_source_key. */
uint64_t actors_of(const struct actors *actors, uint64_t key);
uint32_t actors_members(const struct actors *actors, uint64_t key);

/** The place of a source, LINK_NONE: it was of no actor. It stays as long as anything of the
 * source is remembered. */
uint32_t actors_place(const struct actors *actors, uint64_t key);

struct actor_source {
    struct addr src;
    uint64_t key;
    bool declared;
};

/** Whether anything of a source is still remembered. */
void actors_idle(struct actors *actors, uint64_t key, bool idle);

/** Join two sources. @return 0 and the edge, for actors_part; ACTORS_FULL; -1 NJ_NOMEM */
int actors_join(struct actors *actors, const struct actor_source *a,
                const struct actor_source *b, int64_t now_us, uint32_t *ret_edge,
                struct nj_err *err);
/** An edge whose link stands for good: it goes where such edges join its sources already, so
 * that there are fewer of them than sources. @return 0; -1 NJ_NOMEM */
int actors_keep(struct actors *actors, uint32_t edge, struct nj_err *err);

int actors_part(struct actors *actors, uint32_t edge, int64_t now_us, struct nj_err *err);

#endif

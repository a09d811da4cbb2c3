/* SPDX-License-Identifier: Apache-2.0 */
/* The search for a ZMap walk among the targets of a source: which targets, in which group,
 * behind which block list. Called by order.c; one thread. */
#ifndef NJ_ORDER_SEARCH_H
#define NJ_ORDER_SEARCH_H

#include "model/zmap.h"
#include "order/numbering.h"
#include "order/sample.h"
#include "order/walk.h"

/* log2 of 1e9, as for other tools: of a thousand million sources one is taken for ZMap. */
#define SEARCH_BITS 29.897f

struct searcher;

struct searcher *searcher_new(void);
void searcher_free(struct searcher *searcher);

struct search_found {
    struct walk walk;
    const struct zmap_size *size;
    struct numbering numbering;
    unsigned targets; /* that it rests on */
};

enum search_depth {
    SEARCH_NARROW,   /* the first targets, one port, default block lists: 8 to 25 us */
    SEARCH_THOROUGH, /* all block lists: 200 us; walks over several ports: up to 2 ms */
};

/** What a search costs, in narrow ones among targets that are far apart: some 8 us. */
unsigned search_cost(const struct target_sample *sample, enum search_depth depth);

/** @return 1: found; 0; -1 NJ_NOMEM. Costs: see the depths; the first search 1 ms more */
int search_walk(struct searcher *searcher, const struct target_sample *sample,
                enum search_depth depth, struct search_found *ret, struct nj_err *err);

enum search_reach {
    REACH_LEARNED,   /* numberings that other sources have shown */
    REACH_PLAUSIBLE, /* and those of numbering_plausible, some fifty */
    REACH_ALL,       /* and all others, as far as `tries` go */
};

/**
 * The same behind lists that search_walk does not know, and in parts of the address space.
 * Those targets count that lie in one /16.
 *
 * @param memory  learns what is found
 * @param tries   how many numberings may be tried, of 10 us each; the tried ones are taken off
 * @return 1: found; 0; -1 NJ_NOMEM
 */
int search_numberings(struct searcher *searcher, const struct target_sample *sample,
                      struct numbering_memory *memory, enum search_reach reach, uint32_t *tries,
                      struct search_found *ret, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a source's targets are those of a walk x, g x, g^2 x, ... modulo a prime, as ZMap
 * makes them (model/zmap.h), and with which generator g. Pure.
 *
 * With e = log x, the step of a target is n = e u mod p - 1, u = 1 / log g. The first targets
 * that a telescope sees lie close together on the walk: k of the m that it will see in all
 * span k / m of it, in the order of their coming. So one number u makes all differences
 * of logarithms small, and a lattice finds it without trying generators; where the k
 * span too much of the walk, n growing evenly with time is asked for. S shards and threads
 * work S equal parts of the walk: S u does then what u does for one. */
#ifndef NJ_ORDER_WALK_H
#define NJ_ORDER_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/group.h"
#include "order/lattice.h"

#define WALK_POINTS_LEAST 6u
#define WALK_POINTS_MAX 32u
#define WALK_PARTS_MAX 64u

struct walk_point {
    uint64_t log;    /* of the target to the group's root */
    double time_s;   /* since any instant; in order of coming */
    uint64_t number; /* of the target, whose logarithm is not known yet; 0: it is */
};

struct walk {
    uint64_t generator;
    unsigned parts; /* shards times sender threads, as far as this source tells */
    bool old;       /* generator of 2^22 and above: ZMap before 4.0 */
    double span;    /* of a part of the walk, from the first point to the last */
    float bits;     /* -log2 of the chance that points anywhere fit any generator so well */
};

enum walk_effort {
    WALK_LINE, /* nine targets that come at a steady rate: 8 us; all but WALK_FAR include it */
    WALK_FAR,  /* targets far apart, so that six are close on the walk: 8 us */
    WALK_NEAR, /* some hundred addresses: 30 us */
    WALK_THOROUGH, /* targets that span much of the walk: 130 us */
};

/**
 * @param logs    of the group
 * @param memory  of lattices, or NULL
 * @param points  of distinct targets, WALK_POINTS_LEAST to WALK_POINTS_MAX, in order of coming;
 *                logarithms are found as they are needed, and stay
 * @param bits    that are asked for
 * @param effort  each includes those before it, but WALK_FAR only itself
 * @return whether a walk was found. Costs are those of finding none
 */
bool walk_find(struct nj_logs *logs, struct lattice_memory *memory, struct walk_point *points,
               unsigned count, float bits, enum walk_effort effort, struct walk *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a flood with forged addresses, over all sources: very many that begin in the
 * same minute at the same port with a session or two at one address of ours, and no tool. No
 * source shows that by itself. Bounded: minutes leave oldest first. Called by table.c. */
#ifndef NJ_SCORE_FLOOD_H
#define NJ_SCORE_FLOOD_H

#include <stdbool.h>
#include <stddef.h>

#include "score/facts.h"

#define FLOOD_CELLS 4096 /* kept from step to step */

struct flood_cell {
    int64_t minute; /* since 1970 UTC */
    uint16_t port;
    uint8_t proto;
    uint32_t sources;
};

struct flood {
    struct flood_cell *cells; /* 2 * FLOOD_CELLS, by minute, protocol, port */
    size_t count;
    uint64_t evicted;
    uint32_t threshold; /* sources that make a flood */
};

/** @param addresses  watched; the more, the more sources begin in a minute without any flood
 * @return 0; -1 when out of memory */
int flood_init(struct flood *flood, uint64_t addresses);
void flood_done(struct flood *flood);

/** Whether a source, by itself, could be part of a flood. */
bool flood_shape(const struct notes *notes);

/** Count a new source of that shape. */
void flood_add(struct flood *flood, const struct notes *notes);

/** @return how many sources share the shape and minute of this one, 0 below the threshold */
uint32_t flood_crowd(const struct flood *flood, const struct notes *notes);

/** By minute, protocol, port. */
int flood_compare(const struct flood_cell *a, const struct flood_cell *b);

/** Make room: at the end of a step, so that nothing depends on the order inside of one. */
void flood_trim(struct flood *flood);

#endif

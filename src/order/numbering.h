/* SPDX-License-Identifier: Apache-2.0 */
/* How a ZMap scan may number its targets. The walk (model/zmap.h) goes over numbers, and what
 * number an address has depends on what the user blocks and allows: each block that is left out
 * in front of an address takes its size off. So a telescope inside of one piece sees the
 * address less a constant, and that constant is what has to be guessed:
 *
 *   the default lists, or none
 *   one prefix on the command line: the numbers begin with it, and the group is smaller
 *   the default list with some of its entries, or with whole /8 added (plausible)
 *   any other number of blocks (enumerated, a slice for each source)
 *
 * A constant that has been found is remembered, since a scanner keeps its list. Pure. */
#ifndef NJ_ORDER_NUMBERING_H
#define NJ_ORDER_NUMBERING_H

#include <stdbool.h>
#include <stdint.h>

#include "model/zmap.h"

struct numbering {
    uint8_t ip_bits; /* of the number of addresses that the scan has */
    uint16_t block;  /* ZMAP_BLOCK or ZMAP_BLOCK_OLD: behind this default list; 0: no list */
    int64_t base;    /* taken off the index */
};

/* The addresses in question: all within one piece. */
struct numbering_piece {
    uint32_t low, high;
};

/** The number of an address, that of the piece's being sure to be one. */
static inline uint64_t numbering_index(const struct numbering *numbering, uint32_t dst)
{
    uint32_t index = numbering->block == 0 ? dst : zmap_index(dst, numbering->block);

    return (uint64_t)((int64_t)index - numbering->base);
}

/** Whether the numbers of the whole piece are below 2^ip_bits, and in one piece. */
bool numbering_fits(const struct numbering *numbering, struct numbering_piece piece);

#define NUMBERINGS_PLAUSIBLE 96u
#define NUMBERINGS_PLAUSIBLE_BITS 7.0f

/** What users often do. @return how many */
unsigned numbering_plausible(struct numbering_piece piece,
                             struct numbering ret[NUMBERINGS_PLAUSIBLE]);

#define NUMBERINGS 94464u
#define NUMBERINGS_BITS 17.0f

/** The n-th of all that are looked for, n below NUMBERINGS: those nearest to the default list
 * and small groups come first. @return whether the piece can be numbered so */
bool numbering_enumerated(struct numbering_piece piece, uint32_t n, struct numbering *ret);

/* Those found before. */
#define NUMBERINGS_LEARNED 16u
struct numbering_memory {
    struct numbering learned[NUMBERINGS_LEARNED];
    uint32_t count;  /* in use */
    uint32_t next;   /* to be replaced */
    uint32_t cursor; /* in the enumeration */
};

void numbering_learn(struct numbering_memory *memory, const struct numbering *numbering);

#endif

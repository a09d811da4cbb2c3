/* SPDX-License-Identifier: Apache-2.0 */
/* Short runs of bytes of many lengths, packed close: a place is given out in units of 4 bytes
 * and kept, when it is free again, for the next run of as many units. Memory is taken
 * 10 MiB at a time, never moves, and goes back when the shelf is emptied. Where runs grow, what
 * was given back is of no use: such a shelf gets loose, and its owner moves to another. */
#ifndef NJ_BASE_SHELF_H
#define NJ_BASE_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NJ_SHELF_UNIT 4u
#define NJ_SHELF_UNITS_MAX 255u /* of one run */

struct nj_shelf {
    uint8_t **boards;
    uint32_t board_count, board_room;
    uint32_t filling;                      /* the board that is being filled */
    uint32_t used;                         /* units of it */
    uint32_t taken;                        /* units of all runs that are not free */
    uint32_t free[NJ_SHELF_UNITS_MAX + 1]; /* by length, first free place + 1; 0: none */
};

static inline unsigned nj_shelf_units(size_t bytes)
{
    return (unsigned)((bytes + NJ_SHELF_UNIT - 1) / NJ_SHELF_UNIT);
}

/** @param units  1 to NJ_SHELF_UNITS_MAX. @return 0; -1 when out of memory */
int nj_shelf_take(struct nj_shelf *shelf, unsigned units, uint32_t *ret_place);
/** The place is free again. @param units  as it was taken */
void nj_shelf_give(struct nj_shelf *shelf, uint32_t place, unsigned units);
/** Memory for runs of so many units in all: taking them can't fail. For an empty shelf.
 * @return 0; -1 when out of memory, the shelf is empty */
int nj_shelf_reserve(struct nj_shelf *shelf, uint32_t units);
/** Whether a third of what was filled, and more than some boards, lies free. */
bool nj_shelf_is_loose(const struct nj_shelf *shelf);
/** The bytes of a place. */
uint8_t *nj_shelf_at(const struct nj_shelf *shelf, uint32_t place);
/** Every place is free; all zero is an empty shelf, too. */
void nj_shelf_empty(struct nj_shelf *shelf);

#endif

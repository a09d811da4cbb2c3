/* SPDX-License-Identifier: Apache-2.0 */
/* Short runs of bytes of many lengths, packed close: a place is given out in units of 8 bytes
 * and kept, when it is free again, for the next run of as many units. Memory is taken
 * 10 MiB at a time, never moves, and goes back when the shelf is emptied. Where runs grow, what
 * was given back is of no use: such a shelf gets loose, and its owner moves to another. */
#ifndef NJ_SCORE_SHELF_H
#define NJ_SCORE_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHELF_UNIT 8u
#define SHELF_UNITS_MAX 255u /* of one run */

struct shelf {
    uint8_t **boards;
    uint32_t board_count, board_room;
    uint32_t filling;                   /* the board that is being filled */
    uint32_t used;                      /* units of it */
    uint32_t taken;                     /* units of all runs that are not free */
    uint32_t free[SHELF_UNITS_MAX + 1]; /* by length, first free place + 1; 0: none */
};

static inline unsigned shelf_units(size_t bytes)
{
    return (unsigned)((bytes + SHELF_UNIT - 1) / SHELF_UNIT);
}

/** @param units  1 to SHELF_UNITS_MAX. @return 0; -1 when out of memory */
int shelf_take(struct shelf *shelf, unsigned units, uint32_t *ret_place);
/** The place is free again. @param units  as it was taken */
void shelf_give(struct shelf *shelf, uint32_t place, unsigned units);
/** Memory for runs of so many units in all: taking them can't fail. For an empty shelf.
 * @return 0; -1 when out of memory, the shelf is empty */
int shelf_reserve(struct shelf *shelf, uint32_t units);
/** Whether a third of what was filled, and more than some boards, lies free. */
bool shelf_is_loose(const struct shelf *shelf);
/** The bytes of a place. */
uint8_t *shelf_at(const struct shelf *shelf, uint32_t place);
/** Every place is free; all zero is an empty shelf, too. */
void shelf_empty(struct shelf *shelf);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A place is a number of units, counted over all boards. A free one holds the number of the
 * next free one of its length. */
#include "base/shelf.h"

#include <stdlib.h>
#include <string.h>

#include "base/huge.h"

#define BOARD_UNITS (UINT32_C(10485760) / NJ_SHELF_UNIT) /* five huge pages */
#define LOOSE_BOARDS 2u                                  /* so much may always lie free */

uint8_t *nj_shelf_at(const struct nj_shelf *shelf, uint32_t place)
{
    return shelf->boards[place / BOARD_UNITS] + (size_t)(place % BOARD_UNITS) * NJ_SHELF_UNIT;
}

static int add_board(struct nj_shelf *shelf)
{
    if (shelf->board_count == UINT32_MAX / BOARD_UNITS)
        return -1;
    if (shelf->board_count == shelf->board_room) {
        uint32_t room = shelf->board_room == 0 ? 16 : 2 * shelf->board_room;
        uint8_t **boards = reallocarray((void *)shelf->boards, room, sizeof(*boards));

        if (boards == NULL)
            return -1;
        shelf->boards = boards;
        shelf->board_room = room;
    }
    shelf->boards[shelf->board_count] = nj_huge_new((size_t)BOARD_UNITS * NJ_SHELF_UNIT);
    if (shelf->boards[shelf->board_count] == NULL)
        return -1;
    shelf->board_count++;
    return 0;
}

/* The next board is filled now. */
static int next_board(struct nj_shelf *shelf)
{
    uint32_t next = shelf->board_count == 0 ? 0 : shelf->filling + 1;

    if (next == shelf->board_count && add_board(shelf) < 0)
        return -1;
    shelf->filling = next;
    shelf->used = 0;
    return 0;
}

int nj_shelf_reserve(struct nj_shelf *shelf, uint32_t units)
{
    /* a run that does not fit the end of a board leaves it */
    uint32_t boards = units / (BOARD_UNITS - NJ_SHELF_UNITS_MAX) + 1;

    while (shelf->board_count < boards) {
        if (add_board(shelf) < 0) {
            nj_shelf_empty(shelf);
            return -1;
        }
    }
    return 0;
}

bool nj_shelf_is_loose(const struct nj_shelf *shelf)
{
    uint32_t filled = shelf->filling * BOARD_UNITS + shelf->used, free = filled - shelf->taken;

    return free > filled / 3 && free > LOOSE_BOARDS * BOARD_UNITS;
}

int nj_shelf_take(struct nj_shelf *shelf, unsigned units, uint32_t *ret_place)
{
    uint32_t first = shelf->free[units];

    if (first != 0) {
        memcpy(&shelf->free[units], nj_shelf_at(shelf, first - 1), sizeof(first));
        *ret_place = first - 1;
        shelf->taken += units;
        return 0;
    }
    if ((shelf->board_count == 0 || BOARD_UNITS - shelf->used < units) && next_board(shelf) < 0)
        return -1;
    *ret_place = shelf->filling * BOARD_UNITS + shelf->used;
    shelf->used += units;
    shelf->taken += units;
    return 0;
}

void nj_shelf_give(struct nj_shelf *shelf, uint32_t place, unsigned units)
{
    uint32_t first = place + 1;

    memcpy(nj_shelf_at(shelf, place), &shelf->free[units], sizeof(first));
    shelf->free[units] = first;
    shelf->taken -= units;
}

void nj_shelf_empty(struct nj_shelf *shelf)
{
    for (uint32_t i = 0; i < shelf->board_count; i++)
        free(shelf->boards[i]);
    free((void *)shelf->boards);
    *shelf = (struct nj_shelf){.boards = NULL};
}

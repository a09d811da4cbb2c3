/* SPDX-License-Identifier: Apache-2.0 */
#include "relation/space.h"

#include <string.h>

void space_init(struct space *space, bool by_first)
{
    space->rank = 0;
    space->by_first = by_first;
    memset(space->at, 0, sizeof(space->at));
}

static unsigned pivot_of(const struct space *space, const struct columns *row)
{
    return space->by_first ? columns_first(row) : columns_last(row);
}

bool space_add(struct space *space, struct columns row)
{
    unsigned pivot;

    while ((pivot = pivot_of(space, &row)) != COLUMNS) {
        if (space->at[pivot] == 0) {
            space->row[space->rank++] = row;
            space->at[pivot] = (uint8_t)space->rank;
            return true;
        }
        columns_xor(&row, &space->row[space->at[pivot] - 1]);
    }
    return false;
}

struct columns space_rest(const struct space *space, struct columns row)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        /* pivots from the side that they stand on, so that none comes back */
        unsigned column = space->by_first ? i : COLUMNS - 1 - i;

        if (space->at[column] != 0 && columns_get(&row, column))
            columns_xor(&row, &space->row[space->at[column] - 1]);
    }
    return row;
}

void space_reduce(struct space *space)
{
    struct columns ordered[COLUMNS];
    unsigned count = 0;

    for (unsigned i = 0; i < COLUMNS; i++) {
        /* from the far side: rows there are clean already when they are used */
        unsigned pivot = space->by_first ? COLUMNS - 1 - i : i;

        if (space->at[pivot] == 0)
            continue;
        for (unsigned k = 0; k < space->rank; k++)
            if (k != space->at[pivot] - 1u && columns_get(&space->row[k], pivot))
                columns_xor(&space->row[k], &space->row[space->at[pivot] - 1]);
    }
    for (unsigned i = 0; i < COLUMNS; i++)
        if (space->at[i] != 0) {
            ordered[count] = space->row[space->at[i] - 1];
            space->at[i] = (uint8_t)++count;
        }
    memcpy(space->row, ordered, count * sizeof(ordered[0]));
}

void space_orthogonal(const struct space *of, const struct columns *within, struct space *ret)
{
    space_init(ret, true);
    for (unsigned column = 0; column < COLUMNS; column++) {
        struct columns row = {{0}};

        if (!columns_get(within, column) || of->at[column] != 0)
            continue;
        columns_flip(&row, column);
        for (unsigned pivot = column + 1; pivot < COLUMNS; pivot++)
            if (of->at[pivot] != 0 && columns_get(&of->row[of->at[pivot] - 1], column))
                columns_flip(&row, pivot);
        ret->row[ret->rank++] = row;
        ret->at[column] = (uint8_t)ret->rank;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "relation/space.h"

#include <string.h>

void space_init(struct space *space, bool by_first)
{
    space->rank = 0;
    space->by_first = by_first;
    memset(space->at, 0, sizeof(space->at));
}

static bool keep(struct space *space, unsigned pivot, const struct columns *row)
{
    space->row[space->rank++] = *row;
    space->at[pivot] = (uint8_t)space->rank;
    return true;
}

/* By last columns. A row has nothing behind its pivot, so words that are empty stay so. */
static bool add_by_last(struct space *space, struct columns row)
{
    for (unsigned w = COLUMN_WORDS; w-- > 0;)
        while (row.word[w] != 0) {
            unsigned pivot = w * 64 + 63 - (unsigned)__builtin_ctzll(row.word[w]);

            if (space->at[pivot] == 0)
                return keep(space, pivot, &row);
            columns_xor(&row, &space->row[space->at[pivot] - 1]);
        }
    return false;
}

static bool add_by_first(struct space *space, struct columns row)
{
    for (unsigned w = 0; w < COLUMN_WORDS; w++)
        while (row.word[w] != 0) {
            unsigned pivot = w * 64 + (unsigned)__builtin_clzll(row.word[w]);

            if (space->at[pivot] == 0)
                return keep(space, pivot, &row);
            columns_xor(&row, &space->row[space->at[pivot] - 1]);
        }
    return false;
}

bool space_add(struct space *space, struct columns row)
{
    return space->by_first ? add_by_first(space, row) : add_by_last(space, row);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* Linear algebra over GF(2): spaces of rows of 160 bits, and what is orthogonal to them. */
#ifndef NJ_RELATION_SPACE_H
#define NJ_RELATION_SPACE_H

#include "relation/sight.h"

/* A basis. Of each row one column, its pivot, is set in no other row once the space is
 * reduced. */
struct space {
    unsigned rank;
    bool by_first; /* pivots are rows' first columns; else their last ones */
    struct columns row[COLUMNS];
    uint8_t at[COLUMNS]; /* row + 1 whose pivot the column is, 0: none */
};

void space_init(struct space *space, bool by_first);

/** @return whether the row was new to the space */
bool space_add(struct space *space, struct columns row);

/** What is left of a row after the space's pivots are taken out of it; none: it is in the
 * space. In a reduced space the result is the same whichever basis was added. */
struct columns space_rest(const struct space *space, struct columns row);

/** Clear each pivot from the other rows, and order rows by their pivots. So the rows depend on
 * the space alone. */
void space_reduce(struct space *space);

/** All rows that are orthogonal to those of `of` and within `within`: a reduced space by first
 * columns. `of` must be by last columns and reduced, with its rows within `within`. */
void space_orthogonal(const struct space *of, const struct columns *within, struct space *ret);

#endif

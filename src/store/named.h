/* SPDX-License-Identifier: Apache-2.0 */
/* The sources that a question about few of them names, in SQL on rows with a column `src`.
 *
 * Suspects, episodes and decisions know an IPv6 source by the first address of its /64
 * (addr_source), which as a rule sent nothing: who names that asks for all of the /64. */
#ifndef NJ_STORE_NAMED_H
#define NJ_STORE_NAMED_H

#include <stdbool.h>
#include <stdio.h>

#include "store/internal.h"

/** Whether one of them stands for its /64. */
bool named_nets(const struct addr *sources, size_t count);

/** The condition on a row to be of one of them. */
void named_where(const struct addr *sources, size_t count, FILE *out);

/** The source that a row is told under: its address, or the one that was named for its /64. */
void named_column(const struct addr *sources, size_t count, FILE *out);

/**
 * The days on which their visits begin, as an SQL list of dates: the question reads the
 * segments of these days alone.
 *
 * @param ret_days  taken; "" when there are none
 */
int named_days(struct store *store, const struct addr *sources, size_t count, char **ret_days,
               struct nj_err *err);

#endif

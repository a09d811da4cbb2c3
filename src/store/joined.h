/* SPDX-License-Identifier: Apache-2.0 */
/* Which sources are one actor, for questions to the engine. */
#ifndef NJ_STORE_JOINED_H
#define NJ_STORE_JOINED_H

#include "store/internal.h"

#define JOINED_DROP "DROP TABLE IF EXISTS joined"

/**
 * Make the temporary table joined(src, who): each source that accepted links join with others
 * as of now, and the smallest address of its actor, which stands for all of it. A source of
 * several actors counts for the latest. Nothing is in it when nothing was derived.
 *
 * The caller drops it: JOINED_DROP. Cost: the sources of actors. @return 0; -1
 */
int joined_make(struct store *store, bool *ret_any, struct nj_err *err);

#endif

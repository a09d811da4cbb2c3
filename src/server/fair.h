/* SPDX-License-Identifier: Apache-2.0 */
/* What of many visits is shown: a fair sample, with what it stands for counted. One thread at a
 * time. */
#ifndef NJ_SERVER_FAIR_H
#define NJ_SERVER_FAIR_H

#include "base/rng.h"
#include "server/query.h"
#include "store/live.h"

#define SHOWN_A_SECOND QUERY_SHOW_DEFAULT
#define TICKS_A_SECOND 20

struct fair {
    struct map_visit visits[SHOWN_A_SECOND];
    size_t count;
    size_t room; /* how many may be shown now */
    uint64_t seen, sessions;
    struct nj_rng rng;
};

void fair_init(struct fair *fair);

/** Count a visit, and keep it with the same chance as every other one. */
void fair_add(struct fair *fair, const struct live_row *row);

/** Begin anew. @param more  that may be shown from now on; what was not used is kept, for a
 * second */
void fair_next(struct fair *fair, size_t more);

#endif

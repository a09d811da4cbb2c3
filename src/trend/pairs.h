/* SPDX-License-Identifier: Apache-2.0 */
/* Who asked for which ports in one week: for resampling, and for who asks for two ports. */
#ifndef NJ_TREND_PAIRS_H
#define NJ_TREND_PAIRS_H

#include "store/weeks.h"
#include "trend/history.h"

struct pair {
    uint32_t source; /* from 0, in the order of addresses */
    uint32_t group;  /* of the source's country; UINT32_MAX: one without a group */
    struct history_port port;
};

struct pairs {
    struct pair *items; /* by source, then port */
    size_t count, room;
    uint32_t sources;
};

/** @param ret  to be released with pairs_done, also after a failure */
int pairs_load(struct store *store, const struct history *history, uint32_t week,
               struct pairs *ret, struct nj_err *err);
void pairs_done(struct pairs *pairs);

/** Whether a pair counts in a group: the whole has all. */
static inline bool pair_in(const struct pair *pair, uint32_t group)
{
    return group == 0 || pair->group == group;
}

static inline bool port_equal(struct history_port a, struct history_port b)
{
    return a.port == b.port && a.proto == b.proto;
}

#endif

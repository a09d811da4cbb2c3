/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions that many answers are made of: lists, their overview, TAXII. They are made once for
 * a state of the store and an instant, by whoever asks first; who asks meanwhile waits for
 * them, which is no longer than to make them. Those of the present and the last ones of another
 * instant are kept until the store changes or nobody has asked for a minute. Any thread. */
#ifndef NJ_SERVER_DECIDED_H
#define NJ_SERVER_DECIDED_H

#include "about/list.h"
#include "server/route.h"

struct decided;

/** @return NULL when out of memory */
struct decided *decided_new(void);
void decided_free(struct decided *decided);

/** The policy that counts and what it decides as of an instant (INT64_MAX: the last packet).
 * @param ret  borrowed until decided_give
 * @return 0; -1: what those who waited together are told */
int decided_take(struct ask *ask, int64_t at_us, const struct about_decided **ret,
                 struct nj_err *err);
void decided_give(struct decided *decided, const struct about_decided *of);

/** How often they were made. */
uint64_t decided_made(struct decided *decided);

/** Let go what nobody has asked for of late. To be called often. @param now_ns  monotonic */
void decided_watch(struct decided *decided, int64_t now_ns);

/* Around a write of this answer to the store on which no decision depends: if nobody else has
 * committed meanwhile, decisions and answer are of the state behind it, too. */
struct own_write {
    int64_t others; /* the store's generation, which our writes do not change */
    bool alone;     /* so far */
};

void decided_begin_write(struct ask *ask, struct own_write *ret);
void decided_end_write(struct ask *ask, const struct own_write *write);

#endif

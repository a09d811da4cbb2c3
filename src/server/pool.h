/* SPDX-License-Identifier: Apache-2.0 */
/* A few read-only handles of the store, and threads that answer questions with them, so that no
 * HTTP thread ever waits for a query. Handles are opened when they are first needed, follow the
 * store as it grows, and a question that takes too long is interrupted. */
#ifndef NJ_SERVER_POOL_H
#define NJ_SERVER_POOL_H

#include <stdbool.h>

#include "store/query.h"

struct pool;

struct pool_options {
    struct store_options store; /* borrowed; memory is that of all handles together */
    unsigned threads;           /* questions answered at once, from 1 */
    unsigned spare;             /* further handles, for pool_take */
    size_t waiting;             /* questions that may wait */
    int64_t longest_ns;         /* of one question */
    store_line_fn line;         /* damage, for people */
    void *line_ctx;
};

/** Answers one question. `store` is NULL when there is none to be had: *why says so. */
typedef void (*pool_fn)(void *ctx, struct store *store, const struct nj_err *why);

int pool_new(const struct pool_options *options, struct pool **ret_pool, struct nj_err *err);

/** Interrupt what is being answered, wait for the threads; what waits, and whoever asks from
 * now on, gets no store. */
void pool_stop(struct pool *pool);

/** Stop and close the handles. All of them must have been given back. */
void pool_free(struct pool *pool);

/** Have a question answered by one of the threads. @return 0; POOL_FULL */
#define POOL_FULL 1
int pool_ask(struct pool *pool, pool_fn fn, void *ctx);

/** Take a handle for some time, waiting for one; as fresh as the store is. @return 0; -1 */
int pool_take(struct pool *pool, struct store **ret_store, struct nj_err *err);
void pool_give(struct pool *pool, struct store *store);

/** Interrupt what has taken too long, and give memory back to the system when there are no
 * questions. To be called often, by one thread. @param now_ns  monotonic clock */
void pool_watch(struct pool *pool, int64_t now_ns);

struct pool_counts {
    uint64_t asked, refused, interrupted;
    size_t waiting;
};

struct pool_counts pool_counts(struct pool *pool);

#endif

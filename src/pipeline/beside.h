/* SPDX-License-Identifier: Apache-2.0 */
/* One call at a time that runs beside its caller's own work, in a thread of its own. */
#ifndef NJ_PIPELINE_BESIDE_H
#define NJ_PIPELINE_BESIDE_H

#include <pthread.h>
#include <stdbool.h>

#include "base/err.h"

/* Zero is one that has nothing to do. */
struct beside {
    int (*call)(void *ctx, struct nj_err *err);
    void *ctx;
    pthread_t thread;
    bool running;
    int rc;
    struct nj_err err;
};

/** Start a call; none may be running. @return 0; -1: it was not started */
int beside_start(struct beside *beside, int (*call)(void *ctx, struct nj_err *err), void *ctx,
                 struct nj_err *err);

/** Wait for the call to return. @return what it returned, with its error in *err; 0 if none was
 * running */
int beside_wait(struct beside *beside, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/beside.h"

static void *run(void *arg)
{
    struct beside *beside = arg;

    beside->rc = beside->call(beside->ctx, &beside->err);
    return NULL;
}

int beside_start(struct beside *beside, int (*call)(void *ctx, struct nj_err *err), void *ctx,
                 struct nj_err *err)
{
    *beside = (struct beside){.call = call, .ctx = ctx};
    if (pthread_create(&beside->thread, NULL, run, beside) != 0)
        return nj_fail(err, NJ_IO, "start a thread");
    beside->running = true;
    return 0;
}

int beside_wait(struct beside *beside, struct nj_err *err)
{
    if (!beside->running)
        return 0;
    (void)pthread_join(beside->thread, NULL);
    beside->running = false;
    if (beside->rc < 0 && err != NULL)
        *err = beside->err;
    return beside->rc;
}

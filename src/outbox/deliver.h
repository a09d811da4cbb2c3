/* SPDX-License-Identifier: Apache-2.0 */
/* From the queue to the receivers. One process at a time delivers; others leave it
 * to that one. */
#ifndef NJ_OUTBOX_DELIVER_H
#define NJ_OUTBOX_DELIVER_H

#include "outbox/box.h"
#include "outbox/outlet.h"

struct deliver_counts {
    uint64_t sent, refused;
    uint64_t failed; /* receivers that could not be reached */
    char why[200];   /* of the last one */
};

/* What delivery asks before each message or batch of them: it may take long. */
struct deliver_clock {
    int64_t (*now_us)(void);
    bool (*stop)(void *ctx); /* NULL: never */
    void *ctx;
};

#define DELIVER_BUSY 1

/**
 * Try each receiver whose time has come, in turn, until their queues are empty or they fail, or
 * `stop` says so. A receiver that
 * fails is tried again after 1 s, 2 s, 4 s, ... up to 5 minutes.
 *
 * @param store_dir  whose outbox it is: for the lock
 * @return 0, also when receivers failed; DELIVER_BUSY: another process delivers; -1: the outbox
 */
int deliver(struct box *box, const char *store_dir, const struct outlet *outlets, size_t count,
            const struct deliver_clock *clock, struct deliver_counts *ret, struct nj_err *err);

#endif

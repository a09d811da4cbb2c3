/* SPDX-License-Identifier: Apache-2.0 */
/* Which state of the store an answer is of: a number that changes with every commit to it, and
 * with the service's own settings. Asked by HTTP threads: it costs some microseconds. */
#ifndef NJ_SERVER_SNAPSHOT_H
#define NJ_SERVER_SNAPSHOT_H

#include <pthread.h>
#include <stdbool.h>

#include "store/query.h"

struct snapshot {
    pthread_mutex_t lock;
    const char *dir;       /* borrowed */
    struct store *catalog; /* NULL: not open */
    uint64_t epoch;        /* how often the settings were changed or the catalog opened: the
                            * generations of another opening are numbers of their own */
};

void snapshot_init(struct snapshot *snapshot, const char *dir);
void snapshot_done(struct snapshot *snapshot);

/** The settings were changed. */
void snapshot_settings(struct snapshot *snapshot);

/** Whether two versions are of the same opening and settings: then the later is the larger. */
static inline bool snapshot_same_settings(uint64_t a, uint64_t b)
{
    return a >> 32 == b >> 32;
}

/** @return false: there is no store to be had */
bool snapshot_version(struct snapshot *snapshot, uint64_t *ret);

#endif

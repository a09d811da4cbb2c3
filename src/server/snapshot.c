/* SPDX-License-Identifier: Apache-2.0 */
#include "server/snapshot.h"

void snapshot_init(struct snapshot *snapshot, const char *dir)
{
    *snapshot = (struct snapshot){.dir = dir};
    (void)pthread_mutex_init(&snapshot->lock, NULL);
}

void snapshot_done(struct snapshot *snapshot)
{
    store_close(snapshot->catalog);
    (void)pthread_mutex_destroy(&snapshot->lock);
}

void snapshot_settings(struct snapshot *snapshot)
{
    (void)pthread_mutex_lock(&snapshot->lock);
    snapshot->epoch++;
    (void)pthread_mutex_unlock(&snapshot->lock);
}

bool snapshot_version(struct snapshot *snapshot, uint64_t *ret)
{
    struct nj_err err;
    int64_t generation;
    bool known = false;

    (void)pthread_mutex_lock(&snapshot->lock);
    if (snapshot->catalog == NULL) {
        snapshot->epoch++;
        if (store_open_catalog(snapshot->dir, &snapshot->catalog, &err) < 0)
            snapshot->catalog = NULL;
    }
    if (snapshot->catalog != NULL) {
        known = store_generation(snapshot->catalog, &generation, &err) == 0;
        if (known) {
            *ret = snapshot->epoch << 32 | (uint32_t)generation; /* SQLite's has 32 bits */
        } else {
            store_close(snapshot->catalog);
            snapshot->catalog = NULL;
        }
    }
    (void)pthread_mutex_unlock(&snapshot->lock);
    return known;
}

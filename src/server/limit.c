/* SPDX-License-Identifier: Apache-2.0 */
#include "server/limit.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

#define ROWS 1024u /* of PLACES clients each */
#define PLACES 4u

struct bucket {
    struct addr client;
    int64_t last_ns; /* 0: nobody's */
    double tokens;
};

struct limit {
    pthread_mutex_t lock;
    uint64_t key; /* clients choose their addresses */
    double rate;
    struct bucket rows[ROWS][PLACES];
};

struct limit *limit_new(unsigned rate)
{
    struct limit *limit = calloc(1, sizeof(*limit));

    if (limit == NULL)
        return NULL;
    (void)pthread_mutex_init(&limit->lock, NULL);
    limit->rate = rate;
    if (getrandom(&limit->key, sizeof(limit->key), 0) != (ssize_t)sizeof(limit->key))
        limit->key = (uint64_t)(uintptr_t)limit;
    return limit;
}

void limit_free(struct limit *limit)
{
    if (limit == NULL)
        return;
    (void)pthread_mutex_destroy(&limit->lock);
    free(limit);
}

/* The client's bucket; the one unused longest becomes a new client's. An IPv6 client is its
 * /64: it has all those addresses. */
static struct bucket *find(struct limit *limit, struct addr client, int64_t now_ns)
{
    struct bucket *row, *oldest;

    if (!addr_is_v4(client))
        client.lo = 0;
    row = limit->rows[XXH3_64bits_withSeed(&client, sizeof(client), limit->key) % ROWS];
    oldest = &row[0];
    for (size_t i = 0; i < PLACES; i++) {
        if (row[i].last_ns != 0 && addr_equal(row[i].client, client))
            return &row[i];
        if (row[i].last_ns < oldest->last_ns)
            oldest = &row[i];
    }
    *oldest = (struct bucket){.client = client, .last_ns = now_ns, .tokens = 2 * limit->rate};
    return oldest;
}

bool limit_allow(struct limit *limit, struct addr client, int64_t now_ns)
{
    struct bucket *bucket;
    bool allowed;

    (void)pthread_mutex_lock(&limit->lock);
    bucket = find(limit, client, now_ns);
    bucket->tokens += (double)(now_ns - bucket->last_ns) * 1e-9 * limit->rate;
    bucket->last_ns = now_ns;
    if (bucket->tokens > 2 * limit->rate)
        bucket->tokens = 2 * limit->rate;
    allowed = bucket->tokens >= 1;
    if (allowed)
        bucket->tokens -= 1;
    (void)pthread_mutex_unlock(&limit->lock);
    return allowed;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pool.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"

#define MEMORY_MB_MIN 256u  /* of a handle: below it rankings of large stores fail */
#define QUIET_NS 5000000000 /* without a question: what answers have left is given back */

struct handle {
    struct store *store; /* NULL: not open */
    bool taken;
    bool interrupted;
    int64_t since_ns; /* when it was taken */
    int64_t generation;
};

struct job {
    pool_fn fn;
    void *ctx;
};

struct pool {
    struct pool_options options;
    pthread_mutex_t lock;
    pthread_cond_t work, free;
    struct store_memory *memory; /* of all handles */
    struct handle *handles;
    size_t handle_count;
    struct job *jobs; /* a ring */
    size_t first, waiting;
    pthread_t *threads;
    size_t thread_count;
    bool stopping;
    struct pool_counts counts;
    uint64_t seen_asked, given_back; /* pool_watch's: counts.asked then */
    int64_t asked_ns;                /* when it last saw another question */
};

/* ---- handles ---- */

/* Open it, or follow what was committed since it was last used. */
static int refresh(struct pool *pool, struct handle *handle, struct nj_err *err)
{
    struct store_options options = pool->options.store;
    int64_t generation;

    if (handle->store == NULL) {
        if (options.memory_mb == 0)
            options.memory_mb = STORE_MEMORY_MB_DEFAULT;
        options.memory_mb /= (unsigned)pool->handle_count;
        if (options.memory_mb < MEMORY_MB_MIN)
            options.memory_mb = MEMORY_MB_MIN;
        options.memory = pool->memory;
        if (store_open(&options, &handle->store, err) < 0)
            return -1;
        handle->generation = -1;
    }
    /* what is committed between the two calls is found the next time */
    if (store_generation(handle->store, &generation, err) == 0 &&
        (generation == handle->generation ||
         store_prepare(handle->store, pool->options.line, pool->options.line_ctx, err) == 0)) {
        handle->generation = generation;
        return 0;
    }
    store_close(handle->store);
    handle->store = NULL;
    return -1;
}

/* With the lock held. */
static struct handle *free_handle(struct pool *pool)
{
    for (size_t i = 0; i < pool->handle_count; i++)
        if (!pool->handles[i].taken)
            return &pool->handles[i];
    return NULL;
}

static void release(struct pool *pool, struct handle *handle)
{
    (void)pthread_mutex_lock(&pool->lock);
    handle->taken = false;
    (void)pthread_cond_signal(&pool->free);
    (void)pthread_mutex_unlock(&pool->lock);
}

int pool_take(struct pool *pool, struct store **ret_store, struct nj_err *err)
{
    struct handle *handle = NULL;

    (void)pthread_mutex_lock(&pool->lock);
    while (!pool->stopping && (handle = free_handle(pool)) == NULL)
        (void)pthread_cond_wait(&pool->free, &pool->lock);
    if (pool->stopping)
        handle = NULL;
    if (handle != NULL) {
        handle->taken = true;
        handle->interrupted = false;
        handle->since_ns = nj_monotonic_ns();
    }
    (void)pthread_mutex_unlock(&pool->lock);
    if (handle == NULL)
        return nj_fail(err, NJ_BUSY, "the service is stopping");
    if (refresh(pool, handle, err) < 0) {
        release(pool, handle);
        return -1;
    }
    *ret_store = handle->store;
    return 0;
}

void pool_give(struct pool *pool, struct store *store)
{
    for (size_t i = 0; i < pool->handle_count; i++)
        if (pool->handles[i].taken && pool->handles[i].store == store) {
            release(pool, &pool->handles[i]);
            return;
        }
}

/* With the lock held: whether there has been no question for some time, and there was one since
 * memory was last given back. */
static bool is_quiet(struct pool *pool, int64_t now_ns)
{
    if (pool->counts.asked != pool->seen_asked) {
        pool->seen_asked = pool->counts.asked;
        pool->asked_ns = now_ns;
    }
    if (pool->given_back == pool->seen_asked || now_ns - pool->asked_ns < QUIET_NS ||
        pool->waiting > 0)
        return false;
    for (size_t i = 0; i < pool->handle_count; i++)
        if (pool->handles[i].taken)
            return false;
    pool->given_back = pool->seen_asked;
    return true;
}

void pool_watch(struct pool *pool, int64_t now_ns)
{
    bool quiet;

    (void)pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < pool->handle_count; i++) {
        struct handle *handle = &pool->handles[i];

        if (!handle->taken || handle->interrupted || handle->store == NULL ||
            now_ns - handle->since_ns < pool->options.longest_ns)
            continue;
        handle->interrupted = true;
        pool->counts.interrupted++;
        store_interrupt(handle->store);
    }
    quiet = is_quiet(pool, now_ns);
    (void)pthread_mutex_unlock(&pool->lock);
    if (quiet)
        (void)malloc_trim(0); /* the library keeps what was freed for each thread that had it */
}

/* ---- threads ---- */

static void answer(struct pool *pool, const struct job *job)
{
    struct store *store = NULL;
    struct nj_err err = {0};

    if (pool_take(pool, &store, &err) < 0) {
        job->fn(job->ctx, NULL, &err);
        return;
    }
    job->fn(job->ctx, store, NULL);
    pool_give(pool, store);
}

static void *run(void *arg)
{
    struct pool *pool = arg;

    (void)pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct job job;

        while (pool->waiting == 0 && !pool->stopping)
            (void)pthread_cond_wait(&pool->work, &pool->lock);
        if (pool->waiting == 0)
            break;
        job = pool->jobs[pool->first];
        pool->first = (pool->first + 1) % pool->options.waiting;
        pool->waiting--;
        (void)pthread_mutex_unlock(&pool->lock);
        answer(pool, &job);
        (void)pthread_mutex_lock(&pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

int pool_ask(struct pool *pool, pool_fn fn, void *ctx)
{
    int rc = POOL_FULL;

    (void)pthread_mutex_lock(&pool->lock);
    if (pool->waiting < pool->options.waiting && !pool->stopping) {
        pool->jobs[(pool->first + pool->waiting) % pool->options.waiting] =
            (struct job){.fn = fn, .ctx = ctx};
        pool->waiting++;
        pool->counts.asked++;
        (void)pthread_cond_signal(&pool->work);
        rc = 0;
    } else {
        pool->counts.refused++;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return rc;
}

struct pool_counts pool_counts(struct pool *pool)
{
    struct pool_counts counts;

    (void)pthread_mutex_lock(&pool->lock);
    counts = pool->counts;
    counts.waiting = pool->waiting;
    (void)pthread_mutex_unlock(&pool->lock);
    return counts;
}

int pool_new(const struct pool_options *options, struct pool **ret_pool, struct nj_err *err)
{
    struct pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the pool");
    pool->options = *options;
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->work, NULL);
    (void)pthread_cond_init(&pool->free, NULL);
    pool->memory = store_memory_new();
    pool->handle_count = options->threads + options->spare;
    pool->handles = calloc(pool->handle_count, sizeof(*pool->handles));
    pool->jobs = calloc(options->waiting, sizeof(*pool->jobs));
    pool->threads = calloc(options->threads, sizeof(*pool->threads));
    if (pool->memory == NULL || pool->handles == NULL || pool->jobs == NULL ||
        pool->threads == NULL) {
        pool_free(pool);
        return nj_fail(err, NJ_NOMEM, "no memory for the pool");
    }
    for (; pool->thread_count < options->threads; pool->thread_count++)
        if (pthread_create(&pool->threads[pool->thread_count], NULL, run, pool) != 0) {
            pool_free(pool);
            return nj_fail(err, NJ_IO, "start a thread for questions");
        }
    *ret_pool = pool;
    return 0;
}

void pool_stop(struct pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    for (size_t i = 0; pool->handles != NULL && i < pool->handle_count; i++)
        if (pool->handles[i].taken && pool->handles[i].store != NULL)
            store_interrupt(pool->handles[i].store);
    (void)pthread_cond_broadcast(&pool->work);
    (void)pthread_cond_broadcast(&pool->free);
    (void)pthread_mutex_unlock(&pool->lock);
    while (pool->thread_count > 0)
        (void)pthread_join(pool->threads[--pool->thread_count], NULL);
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    pool_stop(pool);
    for (size_t i = 0; pool->handles != NULL && i < pool->handle_count; i++)
        store_close(pool->handles[i].store);
    store_memory_free(pool->memory);
    (void)pthread_cond_destroy(&pool->free);
    (void)pthread_cond_destroy(&pool->work);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool->jobs);
    free(pool->handles);
    free(pool);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a live run share. Not for others. */
#ifndef NJ_CLI_LIVE_INTERNAL_H
#define NJ_CLI_LIVE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "capture/journal.h"
#include "cli/live.h"

struct interface {
    struct live_run *run;
    struct live_options options;
    struct live *live;
    pthread_t thread;
    bool started;
    struct journal_buffer buffer;
    atomic_ullong packets, kernel_dropped, interface_dropped;
    atomic_bool up;
};

struct live_run {
    struct live_run_options options;
    char *journal_dir;
    struct journal *journal;
    struct interface interfaces[SERVER_INTERFACES_MAX];
    size_t interface_count;
    pthread_t ticker, storer;
    bool ticking, storing;
    atomic_bool stop_capture, stop_ticker, stop_store;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    const struct setup *setup;
    atomic_bool reload;
    uint64_t sessions, visits;
    struct store_counts rejected;
    int64_t last_commit_us;
    char problem[256];

    /* the storing thread's */
    uint64_t number, replay_below, replayed;
    struct store_counts before;
    bool opened_once, waiting; /* waiting: it was said that another process writes */
    struct nj_err err;
};

/** The storing thread: the journal to the store, over failures and the turns of others.
 * @param arg  the run @return NULL; else the run: it gave up, with run->err */
void *live_storer(void *arg);

static inline void sleep_ms(long ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)nanosleep(&time, NULL);
}

/* Wait as long as nobody wants it to end. */
static inline void sleep_unless(const atomic_bool *end, int seconds)
{
    for (int i = 0; i < seconds * 10 && !*end; i++)
        sleep_ms(100);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A live run: interfaces to the journal, and its threads. */
#include "cli/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folders.h"
#include "cli/live_internal.h"
#include "cli/privileges.h"

#define JOURNAL_BYTES_MAX (8ull << 30)

/* ---- interfaces to the journal ---- */

static int on_frame(void *ctx, const struct frame *frame, struct nj_err *err)
{
    struct interface *interface = ctx;

    interface->packets++;
    return journal_add(interface->run->journal, &interface->buffer, frame, err);
}

/* The handle is exchanged under the lock: live_run_stop wakes whoever waits in it. */
static void set_live(struct interface *interface, struct live *live)
{
    struct live *old;

    (void)pthread_mutex_lock(&interface->run->lock);
    old = interface->live;
    interface->live = live;
    interface->up = live != NULL;
    (void)pthread_mutex_unlock(&interface->run->lock);
    live_free(old);
}

/* It vanished: look for it from time to time. */
static void open_again(struct interface *interface)
{
    struct live_run *run = interface->run;
    struct live *live = NULL;
    struct nj_err err;

    set_live(interface, NULL);
    while (!run->stop_capture && live == NULL) {
        sleep_unless(&run->stop_capture, 2);
        if (!run->stop_capture && live_open(&interface->options, &live, &err) == 0)
            cli_say("capture on %s: it is back", interface->options.interface);
    }
    set_live(interface, live);
}

static void take_counts(struct interface *interface)
{
    struct live_counts counts;

    live_counts(interface->live, &counts);
    interface->kernel_dropped = counts.kernel_dropped;
    interface->interface_dropped = counts.interface_dropped;
}

static void *run_interface(void *arg)
{
    struct interface *interface = arg;
    struct live_run *run = interface->run;
    struct nj_err err;

    while (!run->stop_capture && interface->live != NULL) {
        int rc = live_read(interface->live, on_frame, interface, &err);

        journal_flush(run->journal, &interface->buffer);
        take_counts(interface);
        if (rc == 0 || rc == LIVE_STOPPED)
            continue;
        cli_say("capture on %s: %s; trying again", interface->options.interface, err.msg);
        open_again(interface);
    }
    if (interface->live != NULL) {
        if (live_drain(interface->live, on_frame, interface, &err) < 0)
            cli_say("capture on %s: %s", interface->options.interface, err.msg);
        take_counts(interface);
    }
    journal_flush(run->journal, &interface->buffer);
    return NULL;
}

/* Each second: capture time goes on, and what was captured stays. */
static void *run_ticker(void *arg)
{
    struct live_run *run = arg;
    int64_t last = 0;

    privileges_without_packets();
    while (!run->stop_ticker) {
        int64_t now = nj_wall_ns();

        if (now > last) /* a clock that was set back ticks again when it has caught up */
            journal_tick(run->journal, now);
        last = now > last ? now : last;
        journal_sync(run->journal);
        sleep_unless(&run->stop_ticker, 1);
    }
    return NULL;
}

/* ---- the whole ---- */

static int open_interfaces(struct live_run *run, struct nj_err *err)
{
    const struct live_run_options *options = &run->options;

    if (options->interface_count > SERVER_INTERFACES_MAX)
        return nj_fail(err, NJ_LIMIT, "%zu interfaces, at most %d", options->interface_count,
                       SERVER_INTERFACES_MAX);
    for (size_t i = 0; i < options->interface_count; i++) {
        struct interface *interface = &run->interfaces[i];

        interface->run = run;
        interface->options = (struct live_options){
            .interface = options->interfaces[i],
            .filter = options->filter,
            .snaplen = LIVE_SNAPLEN_DEFAULT,
            .buffer_mb = LIVE_BUFFER_MB_DEFAULT,
            .promiscuous = options->promiscuous,
        };
        if (live_open(&interface->options, &interface->live, err) < 0)
            return -1;
        interface->up = true;
        run->interface_count++;
        if (live_link(interface->live) != live_link(run->interfaces[0].live))
            return nj_fail(err, NJ_CONFIG,
                           "interfaces %s and %s have different link types: capture them apart",
                           options->interfaces[0], options->interfaces[i]);
    }
    return 0;
}

static int start_threads(struct live_run *run, struct nj_err *err)
{
    if (pthread_create(&run->storer, NULL, live_storer, run) != 0)
        return nj_fail(err, NJ_IO, "start the storing thread");
    run->storing = true;
    if (pthread_create(&run->ticker, NULL, run_ticker, run) != 0)
        return nj_fail(err, NJ_IO, "start the clock's thread");
    run->ticking = true;
    for (size_t i = 0; i < run->interface_count; i++) {
        struct interface *interface = &run->interfaces[i];

        if (pthread_create(&interface->thread, NULL, run_interface, interface) != 0)
            return nj_fail(err, NJ_IO, "start a thread for %s", interface->options.interface);
        interface->started = true;
    }
    privileges_without_packets();
    return 0;
}

static int start(struct live_run *run, struct nj_err *err)
{
    const struct privileges privileges = {
        .user = run->options.user, .packets = true, .programs = run->options.programs};
    char store[PATH_MAX];

    if (asprintf(&run->journal_dir, "%s/journal", run->setup->store_dir) < 0) {
        run->journal_dir = NULL;
        return nj_fail(err, NJ_NOMEM, "no memory for a path");
    }
    (void)snprintf(store, sizeof(store), "%s/x", run->setup->store_dir);
    if (open_interfaces(run, err) < 0 || privileges_drop(&privileges, err) < 0 ||
        nj_make_parents(store, 0777, err) < 0 ||
        journal_new(run->journal_dir, live_link(run->interfaces[0].live), JOURNAL_BYTES_MAX,
                    &run->journal, err) < 0)
        return -1;
    {
        struct journal_state state;

        journal_state(run->journal, &state);
        run->number = journal_oldest(run->journal_dir);
        run->replay_below = run->number < state.number ? state.number : 0;
    }
    return start_threads(run, err);
}

/* The store's first opening tells whether all is well. @return 0; -1 */
static int wait_opened(struct live_run *run, struct nj_err *err)
{
    void *failed = NULL;

    for (;;) {
        bool opened;

        (void)pthread_mutex_lock(&run->lock);
        opened = run->opened_once;
        (void)pthread_mutex_unlock(&run->lock);
        if (opened)
            return 0;
        if (pthread_tryjoin_np(run->storer, &failed) == 0) {
            run->storing = false;
            *err = run->err;
            return -1;
        }
        sleep_ms(10);
    }
}

int live_run_start(const struct live_run_options *options, struct live_run **ret_run,
                   struct nj_err *err)
{
    struct live_run *run = calloc(1, sizeof(*run));

    if (run == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for live capture");
    run->options = *options;
    run->setup = options->setup;
    (void)pthread_mutex_init(&run->lock, NULL);
    (void)pthread_cond_init(&run->changed, NULL);
    if (start(run, err) < 0 || wait_opened(run, err) < 0) {
        (void)live_run_stop(run, NULL, NULL);
        return -1;
    }
    *ret_run = run;
    return 0;
}

void live_run_reload(struct live_run *run, const struct setup *setup)
{
    (void)pthread_mutex_lock(&run->lock);
    run->setup = setup;
    run->reload = true;
    while (run->reload)
        (void)pthread_cond_wait(&run->changed, &run->lock);
    (void)pthread_mutex_unlock(&run->lock);
}

int live_run_stop(struct live_run *run, struct server_capture *ret_counts, struct nj_err *err)
{
    void *failed = NULL;

    run->stop_capture = true;
    (void)pthread_mutex_lock(&run->lock);
    for (size_t i = 0; i < run->interface_count; i++)
        if (run->interfaces[i].live != NULL)
            live_stop(run->interfaces[i].live);
    (void)pthread_mutex_unlock(&run->lock);
    for (size_t i = 0; i < run->interface_count; i++) {
        struct interface *interface = &run->interfaces[i];

        if (interface->started)
            (void)pthread_join(interface->thread, NULL);
        live_free(interface->live);
        interface->live = NULL;
        free(interface->buffer.bytes);
    }
    run->stop_ticker = true;
    if (run->ticking)
        (void)pthread_join(run->ticker, NULL);
    run->stop_store = true;
    if (run->storing)
        (void)pthread_join(run->storer, &failed);
    if (failed != NULL && err != NULL)
        *err = run->err;
    if (ret_counts != NULL)
        live_run_counts(run, ret_counts);
    journal_free(run->journal);
    free(run->journal_dir);
    (void)pthread_cond_destroy(&run->changed);
    (void)pthread_mutex_destroy(&run->lock);
    free(run);
    return failed == NULL ? 0 : -1;
}

void live_run_counts(void *ctx, struct server_capture *ret)
{
    struct live_run *run = ctx;
    struct journal_state state;

    *ret = (struct server_capture){.interface_count = run->interface_count};
    for (size_t i = 0; i < run->interface_count; i++) {
        struct interface *interface = &run->interfaces[i];

        ret->interfaces[i] = (struct server_interface){
            .packets = interface->packets,
            .kernel_dropped = interface->kernel_dropped,
            .interface_dropped = interface->interface_dropped,
            .up = interface->up,
        };
        (void)snprintf(ret->interfaces[i].name, sizeof(ret->interfaces[i].name), "%s",
                       interface->options.interface);
    }
    journal_state(run->journal, &state);
    ret->dropped = state.dropped;
    ret->journal_bytes = state.bytes;
    (void)pthread_mutex_lock(&run->lock);
    ret->packets = run->rejected.packets;
    ret->sessions = run->sessions;
    ret->visits = run->visits;
    ret->truncated = run->rejected.truncated;
    ret->malformed = run->rejected.malformed;
    ret->unsupported = run->rejected.unsupported;
    ret->refused = run->rejected.refused;
    ret->last_commit_us = run->last_commit_us;
    (void)snprintf(ret->problem, sizeof(ret->problem), "%s",
                   run->problem[0] != '\0' ? run->problem : state.problem);
    (void)pthread_mutex_unlock(&run->lock);
}

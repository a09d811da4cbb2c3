/* SPDX-License-Identifier: Apache-2.0 */
/* Live capture: interfaces to the journal, the journal to the store. For `capture` and `serve`.
 *
 *     interface --thread--> journal/ --thread--> pipeline --> store, later stages
 *                             ^ ticks, fsync: a thread, each second
 *
 * What is captured waits on the disk, not in memory: a slow store costs no packets. When the
 * store fails (a full disk) it is opened anew every ten seconds, and so it is when the
 * configuration changes. */
#ifndef NJ_CLI_LIVE_H
#define NJ_CLI_LIVE_H

#include "capture/live.h"
#include "cli/derived.h"
#include "cli/setup.h"
#include "server/server.h"

struct live_run;

struct live_run_options {
    const struct cli *cli;
    const struct setup *setup; /* borrowed until live_run_stop or live_run_reload */
    const char *const *interfaces;
    size_t interface_count;
    const char *filter;
    const char *user; /* to become, once the interfaces are open; NULL: nobody else */
    bool promiscuous;
    bool programs;      /* programs may be run (cli/privileges.h) */
    visited_fn visited; /* rows on their way to the store; NULL: nobody looks */
    void *visited_ctx;
};

/** Open the interfaces, drop privileges, take the store, begin. @return 0; -1 */
int live_run_start(const struct live_run_options *options, struct live_run **ret_run,
                   struct nj_err *err);

/** Use another configuration from now on; nothing captured is lost. The old one is free when
 * this returns. */
void live_run_reload(struct live_run *run, const struct setup *setup);

/** Take in what is captured, commit it, and end.
 * @param ret_counts  the last ones; NULL: nobody asks
 * @return 0; -1: the rest stands in the journal */
int live_run_stop(struct live_run *run, struct server_capture *ret_counts, struct nj_err *err);

/** As server_options' `capture`; ctx is a live_run. */
void live_run_counts(void *ctx, struct server_capture *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Signals of what runs for long: SIGTERM and SIGINT end it, SIGHUP reads the configuration
 * anew. */
#ifndef NJ_CLI_RELOAD_H
#define NJ_CLI_RELOAD_H

#include <signal.h>

#include "cli/setup.h"

/** Block the three, so that sigwait gets them; before threads are started. */
void reload_signals(sigset_t *ret_signals);

/* Configurations that were in use; older ones stay readable until the end, since threads may be
 * looking at them. */
struct reloaded {
    struct setup setup;
    struct reloaded *older;
};

/** The first one. @return 0; -1 */
int reload_begin(const struct cli *cli, struct reloaded **ret, struct nj_err *err);
void reload_done(struct reloaded *reloaded);

/** Whether a configuration may be used; reads what goes with it. @return 0; -1 */
typedef int (*reload_test_fn)(void *ctx, const struct setup *setup, struct nj_err *err);

/** Read the configuration again; *reloaded becomes it. One that is wrong, names another store,
 * or does not pass `test` (NULL: none), is said and changes nothing.
 * @return whether it is new */
bool reload_again(const struct cli *cli, struct reloaded **reloaded, reload_test_fn test,
                  void *ctx);

#endif

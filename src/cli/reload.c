/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/reload.h"

#include <stdlib.h>
#include <string.h>

void reload_signals(sigset_t *ret_signals)
{
    (void)sigemptyset(ret_signals);
    (void)sigaddset(ret_signals, SIGTERM);
    (void)sigaddset(ret_signals, SIGINT);
    (void)sigaddset(ret_signals, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, ret_signals, NULL);
}

int reload_begin(const struct cli *cli, struct reloaded **ret, struct nj_err *err)
{
    struct reloaded *reloaded = calloc(1, sizeof(*reloaded));

    if (reloaded == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the configuration");
    if (setup_load(cli, &reloaded->setup, err) < 0) {
        free(reloaded);
        return -1;
    }
    *ret = reloaded;
    return 0;
}

void reload_done(struct reloaded *reloaded)
{
    while (reloaded != NULL) {
        struct reloaded *older = reloaded->older;

        setup_done(&reloaded->setup);
        free(reloaded);
        reloaded = older;
    }
}

bool reload_again(const struct cli *cli, struct reloaded **reloaded, reload_test_fn test,
                  void *ctx)
{
    struct reloaded *fresh = NULL;
    struct nj_err err;

    if (reload_begin(cli, &fresh, &err) < 0) {
        cli_say("%s; the old configuration stays", err.msg);
        return false;
    }
    if (strcmp(fresh->setup.store_dir, (*reloaded)->setup.store_dir) != 0) {
        cli_say("the configuration names another store: start anew for that; the old"
                " configuration stays");
        reload_done(fresh);
        return false;
    }
    if (test != NULL && test(ctx, &fresh->setup, &err) < 0) {
        cli_say("%s; what was read before stays", err.msg);
        reload_done(fresh);
        return false;
    }
    fresh->older = *reloaded;
    *reloaded = fresh;
    if (!cli->quiet)
        cli_say("the configuration was read again");
    return true;
}

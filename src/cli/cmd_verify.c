/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar verify: hash every segment and compare with the catalog. */
#include "cli/commands.h"
#include "cli/setup.h"
#include "cli/upkeep.h"

static void say_damaged(void *ctx, const char *line)
{
    (void)ctx;
    cli_say("%s", line);
}

static int verify(struct cli *cli, const struct setup *setup, struct nj_err *err)
{
    static const char *const columns[] = {"segments", "rows", "bytes", "damaged", NULL};
    struct store_options options = setup_store_options(setup);
    struct store_report report;
    struct store *store;
    int found, rc;

    if (store_open(&options, &store, err) < 0)
        return -1;
    found = store_verify(store, say_damaged, NULL, &report, err);
    rc = found < 0 ? -1 : upkeep_print(cli, &report, columns, err);
    store_close(store);
    return rc == 0 && found == STORE_DAMAGED ? CLI_FAILED : rc;
}

int cmd_verify(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    return setup_run(cli, argc, argv, verify, err);
}

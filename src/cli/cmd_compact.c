/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar compact: join the segments of each day. */
#include "cli/commands.h"
#include "cli/setup.h"
#include "cli/upkeep.h"

static int compact(struct cli *cli, const struct setup *setup, struct nj_err *err)
{
    static const char *const columns[] = {"segments", "rows",    "damaged",
                                          "written",  "removed", NULL};
    struct store_options options = setup_writer_options(cli, setup);
    struct store_report report;
    struct store *store;
    int rc;

    if (setup_need_store(setup, err) < 0 || store_open_writer(&options, &store, err) < 0)
        return -1;
    rc = store_compact(store, upkeep_say, cli, &report, err);
    if (rc == 0)
        rc = upkeep_print(cli, &report, columns, err);
    store_close(store);
    return rc;
}

int cmd_compact(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    return setup_run(cli, argc, argv, compact, err);
}

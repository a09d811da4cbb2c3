/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar status: what the store holds. */
#include "cli/commands.h"
#include "cli/page.h"
#include "cli/setup.h"

static int status(struct cli *cli, const struct setup *setup, struct nj_err *err)
{
    struct store_options options = setup_store_options(setup);
    struct store *store;
    json_t *object;
    int rc;

    if (store_open(&options, &store, err) < 0)
        return -1;
    rc = store_status(store, &object, err);
    store_close(store);
    if (rc < 0)
        return -1;
    rc = page_print(cli->format, object, err);
    json_decref(object);
    return rc;
}

int cmd_status(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    return setup_run(cli, argc, argv, status, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar source IP: all that is known of one address. */
#include <string.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/page.h"

static int ask(const struct setup *setup, struct addr source, json_t **ret_known,
               struct nj_err *err)
{
    struct store *store;
    int rc;

    if (ask_open(setup, &store, err) < 0)
        return -1;
    rc = store_source(store, source, ret_known, err);
    store_close(store);
    return rc;
}

static int answer(const struct cli *cli, const struct setup *setup, struct addr source,
                  struct nj_err *err)
{
    struct enrich *enrich = NULL;
    json_t *known = NULL, *object = NULL;
    int rc = ask(setup, source, &known, err);

    if (rc == STORE_UNKNOWN) {
        cli_say("%s: the store %s holds nothing from it", cli->words[0], setup->store_dir);
        return CLI_FAILED;
    }
    if (rc < 0)
        return -1;
    if (setup_enrich(setup, SETUP_ALL, &enrich, err) < 0) {
        rc = -1;
        goto out;
    }
    object = describe_source(enrich, source);
    if (object == NULL || json_object_update(object, known) < 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for the answer");
    else
        rc = page_print(cli->format, object, err);
out:
    enrich_free(enrich);
    json_decref(object);
    json_decref(known);
    return rc;
}

int cmd_source(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct setup setup;
    struct addr source;
    int rc = cli_parse(cli, argc, argv, NULL, 0, err);

    if (rc != 0)
        return rc;
    if (cli->word_count != 1)
        return cli_usage(cli, "expected one address, found %zu words", cli->word_count);
    if (addr_parse(cli->words[0], &source, err) < 0)
        return cli_usage(cli, "%s", err->msg);
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    rc = answer(cli, &setup, source, err);
    setup_done(&setup);
    return rc;
}

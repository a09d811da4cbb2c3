/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar source IP: all that is known of one address. */
#include <string.h>

#include "about/about.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/page.h"

static int answer(const struct cli *cli, const struct setup *setup, struct addr source,
                  struct nj_err *err)
{
    struct enrich *enrich = NULL;
    struct store *store = NULL;
    struct place_detail detail;
    json_t *object = NULL;
    int rc = ask_open(setup, &store, err);

    if (rc == 0)
        rc = setup_enrich(setup, SETUP_ALL, &enrich, err);
    if (rc == 0) {
        enrich_detail(enrich, source, &detail);
        rc = about_source(store, source, &detail, &object, err);
    }
    if (rc == STORE_UNKNOWN) {
        cli_say("%s: the store %s holds nothing from it", cli->words[0], setup->store_dir);
        rc = CLI_FAILED;
    } else if (rc == 0) {
        rc = page_print(cli->format, object, err);
    }
    enrich_free(enrich);
    store_close(store);
    json_decref(object);
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

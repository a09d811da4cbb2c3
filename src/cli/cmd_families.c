/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar families [FAMILY]: programs by the relations between the header fields that they
 * write, whether anybody has named them or not. */
#include <string.h>

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "store/families.h"

#define ROWS_DEFAULT 30

struct asked {
    const char *store_dir;
    const char *family; /* NULL: all */
    unsigned limit;
};

static int say_unknown(struct store *store, const struct asked *asked, struct nj_err *err)
{
    char hint[CLI_SUGGEST_MAX];

    if (store_family_hint(store, asked->family, hint, err) < 0)
        return -1;
    cli_say("%s: the store %s tells of no such family%s%s", asked->family, asked->store_dir,
            hint[0] != '\0' ? "; " : "", hint);
    return CLI_FAILED;
}

static int ask(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    const struct asked *asked = ctx;
    int rc = store_families(store, asked->family, asked->limit, sink, err);

    return rc == STORE_UNKNOWN ? say_unknown(store, asked, err) : rc;
}

static int give_name(const struct cli *cli, const struct setup *setup,
                     const struct asked *asked, const char *name, struct nj_err *err)
{
    struct store_options options = setup_writer_options(cli, setup);
    struct store *store;
    int rc;

    if (setup_need_store(setup, err) < 0 || store_open(&options, &store, err) < 0)
        return -1;
    rc = store_prepare(store, cli_warn, NULL, err);
    if (rc == 0)
        rc = store_name_family(store, asked->family, name, nj_wall_us(), err);
    if (rc == STORE_UNKNOWN)
        rc = say_unknown(store, asked, err);
    store_close(store);
    return rc;
}

int cmd_families(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    static const char *const brief[] = {"family",  "name",    "tool",  "bits", "words",
                                        "sources", "packets", "first", "last", NULL};
    struct asked asked = {.limit = ROWS_DEFAULT};
    const char *name = NULL;
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "rows at most (30; 0: all)",
         .number = &asked.limit},
        {.name = "name",
         .argument = "TEXT",
         .help = "call the family by this name; \"\" takes it back",
         .text = &name},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc != 0)
        return rc;
    if (cli->word_count > 1)
        return cli_usage(cli, "expected one family at most, found %zu words", cli->word_count);
    asked.family = cli->word_count == 1 ? cli->words[0] : NULL;
    if (name != NULL && asked.family == NULL)
        return cli_usage(cli, "--name is for one family, like rel-7f3a12cd");
    if (name != NULL && strlen(name) > FAMILY_NAME_BYTES_MAX)
        return cli_usage(cli, "--name: over %d bytes", FAMILY_NAME_BYTES_MAX);
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    asked.store_dir = setup.store_dir;
    rc = name != NULL ? give_name(cli, &setup, &asked, name, err)
                      : ask_rows(cli, &setup, cli->verbose ? NULL : brief, ask, &asked, err);
    setup_done(&setup);
    return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar actors and nightjar actor ID: sources that accepted links join. */
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/derived.h"
#include "cli/page.h"

#define ROWS_DEFAULT 30

int cmd_actors(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    static const char *const brief[] = {"actor", "size",  "first", "last",  "sessions",
                                        "risk",  "level", "hops",  "label", NULL};
    struct derived_question question = {
        .what = DERIVED_ACTORS, .limit = ROWS_DEFAULT, .at_us = INT64_MAX};
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "rows at most (30; 0: all)",
         .number = &question.limit},
    };
    int rc = cli_parse(cli, argc, argv, options, 1, err);

    return rc == 0 ? derived_answer(cli, brief, &question, err) : rc;
}

static int answer(const struct cli *cli, const struct setup *setup, uint64_t actor,
                  struct nj_err *err)
{
    struct store *store;
    json_t *object = NULL;
    int rc;

    if (ask_open(setup, &store, err) < 0)
        return -1;
    rc = store_actor(store, actor, &object, err);
    store_close(store);
    if (rc == STORE_UNKNOWN) {
        cli_say("%s: there is no such actor", cli->words[0]);
        return CLI_FAILED;
    }
    if (rc == 0)
        rc = page_print(cli->format, object, err);
    json_decref(object);
    return rc;
}

int cmd_actor(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct setup setup;
    uint64_t actor;
    int rc = cli_parse(cli, argc, argv, NULL, 0, err);

    if (rc != 0)
        return rc;
    if (cli->word_count != 1)
        return cli_usage(cli, "expected one actor, found %zu words", cli->word_count);
    if (actor_parse(cli->words[0], &actor, err) < 0)
        return cli_usage(cli, "%s", err->msg);
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    rc = answer(cli, &setup, actor, err);
    setup_done(&setup);
    return rc;
}

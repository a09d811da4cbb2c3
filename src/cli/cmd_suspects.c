/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar suspects [FILTER]: sources by risk, worst first. */
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/derived.h"

#include "store/verdicts.h"

#define ROWS_DEFAULT 20

struct asking {
    struct derived_question question;
    bool tell_clients;
    size_t clients; /* left out */
};

static int ask(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    struct asking *asking = ctx;
    const struct client_list *clients;

    if (asking->tell_clients) {
        if (clients_only(store, &clients, err) < 0)
            return -1;
        asking->clients = clients->count;
    }
    return store_derived(store, &asking->question, sink, err);
}

int cmd_suspects(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    static const char *const brief[] = {"source", "risk",    "level",    "grade", "changed",
                                        "actor",  "country", "sessions", NULL};
    struct asking asking = {
        .question = {.what = DERIVED_SUSPECTS, .limit = ROWS_DEFAULT, .at_us = INT64_MAX}};
    struct derived_question *question = &asking.question;
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "rows at most (20; 0: all)",
         .number = &question->limit},
        {.name = "at",
         .argument = "TIME",
         .help = "as of this day's end or instant (the last packet)",
         .to = &question->at_us},
        {.name = "all",
         .help = "clients, users and own hosts of lit networks too",
         .flag = &question->all},
    };
    struct setup setup;
    char *filter = NULL;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = derived_words(cli, question, &filter, err);
    if (rc != 0)
        return rc;
    rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        asking.tell_clients = !cli->quiet && !question->all && addr_is_none(question->source);
        rc = ask_rows(cli, &setup, cli->verbose ? NULL : brief, ask, &asking, err);
        setup_done(&setup);
        if (rc == 0 && asking.clients > 0)
            cli_say(
                "left out: %zu sources that are clients, users or own hosts of lit networks;"
                " --all shows them",
                asking.clients);
    }
    free(filter);
    return rc;
}

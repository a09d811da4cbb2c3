/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar visits [FILTER]: the stored rows. */
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/commands.h"

#define ROWS_DEFAULT 100

/* What a table shows without -v; the other formats have all fields. */
static const char *const brief[] = {
    "ts",       "sensor",  "src",     "country", "asn",  "proto", "dport",
    "sessions", "packets", "targets", "class",   "tool", "user",  NULL,
};

struct question {
    struct store_scope scope;
    unsigned limit;
};

static int ask(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    const struct question *question = ctx;

    return store_visits(store, &question->scope, question->limit, sink, err);
}

int cmd_visits(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct question question = {.scope = ask_everything(), .limit = ROWS_DEFAULT};
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "rows at most (100; 0: all)",
         .number = &question.limit},
        ASK_PERIOD(&question.scope.from_us, &question.scope.to_us),
        {.name = "all",
         .help = "all classes, not only scan, exploit, credential",
         .flag = &question.scope.all_classes},
    };
    struct setup setup;
    char *filter = NULL;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = ask_filter(cli, 0, &question.scope, &filter, err);
    if (rc != 0)
        return rc;
    rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        rc = ask_rows(cli, &setup, cli->verbose ? NULL : brief, ask, &question, err);
        setup_done(&setup);
    }
    free(filter);
    return rc;
}

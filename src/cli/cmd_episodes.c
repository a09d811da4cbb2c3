/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar episodes [IP | FILTER]: runs of activity, newest first. */
#include "cli/commands.h"
#include "cli/derived.h"

#define ROWS_DEFAULT 30

static const char *const brief[] = {"source",    "first", "last", "sessions",
                                    "top_ports", "tool",  NULL};

int cmd_episodes(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct derived_question question = {
        .what = DERIVED_EPISODES, .limit = ROWS_DEFAULT, .at_us = INT64_MAX};
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "rows at most (30; 0: all)",
         .number = &question.limit},
    };
    int rc = cli_parse(cli, argc, argv, options, 1, err);

    return rc == 0 ? derived_answer(cli, cli->verbose ? NULL : brief, &question, err) : rc;
}

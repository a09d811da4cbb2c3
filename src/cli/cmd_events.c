/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar events [IP | FILTER]: what was noticed and when, newest first. */
#include "cli/commands.h"
#include "cli/derived.h"

#define ROWS_DEFAULT 30

static const char *const brief[] = {"time", "event", "source", "other", "text", NULL};

int cmd_events(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct derived_question question = {.what = DERIVED_EVENTS,
                                        .limit = ROWS_DEFAULT,
                                        .at_us = INT64_MAX,
                                        .from_us = INT64_MIN,
                                        .to_us = INT64_MAX};
    const char *actor = NULL;
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "rows at most (30; 0: all)",
         .number = &question.limit},
        {.name = "from",
         .argument = "TIME",
         .help = "noticed from this day or instant on (UTC)",
         .from = &question.from_us},
        {.name = "to",
         .argument = "TIME",
         .help = "noticed up to and with this day or instant",
         .to = &question.to_us},
        {.name = "actor", .argument = "ID", .help = "only those of this actor", .text = &actor},
    };
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0 && actor != NULL && actor_parse(actor, &question.actor, err) < 0)
        rc = cli_usage(cli, "--actor: %s", err->msg);
    return rc == 0 ? derived_answer(cli, cli->verbose ? NULL : brief, &question, err) : rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar suspects [FILTER]: sources by risk, worst first. */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/derived.h"

#define ROWS_DEFAULT 20

int cmd_suspects(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    static const char *const brief[] = {"source", "risk",    "level",    "grade", "changed",
                                        "actor",  "country", "sessions", NULL};
    struct derived_question question = {
        .what = DERIVED_SUSPECTS, .limit = ROWS_DEFAULT, .at_us = INT64_MAX};
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "rows at most (20; 0: all)",
         .number = &question.limit},
        {.name = "at",
         .argument = "TIME",
         .help = "as of this day's end or instant (the last packet)",
         .to = &question.at_us},
    };
    struct setup setup;
    char *filter = NULL;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = derived_words(cli, &question, &filter, err);
    if (rc != 0)
        return rc;
    rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        rc = derived_rows(cli, &setup, cli->verbose ? NULL : brief, &question, err);
        setup_done(&setup);
    }
    free(filter);
    return rc;
}

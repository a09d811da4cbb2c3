/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar decisions [IP]: what the policy says to do, with whom, why and until when. */
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/policy.h"
#include "store/decisions.h"

#define ROWS_DEFAULT 20

struct asked {
    const struct cli *cli;
    const struct setup *setup;
    const char *policy;
    const char *action;
    unsigned actions;
    int64_t at_us;
    unsigned limit;
    bool all, history, keep;
    struct addr source;
};

static void tell(const struct asked *asked, const struct decisions *decisions)
{
    size_t active[ACTIONS] = {0};

    if (asked->cli->quiet)
        return;
    for (size_t i = 0; i < decisions->count; i++) {
        if (decisions->items[i].state == DECISION_ACTIVE)
            active[decisions->items[i].action]++;
    }
    cli_say("%zu to block, %zu to quarantine, %zu to monitor; %zu more were held back by their "
            "grade, %zu are allowed, %zu over a budget",
            active[ACTION_BLOCK], active[ACTION_QUARANTINE], active[ACTION_MONITOR],
            decisions->held, decisions->allowed, decisions->cut);
}

static int keep(const struct asked *asked, struct store *store,
                const struct decisions *decisions, struct nj_err *err)
{
    int rc =
        store_keep_decisions(store, decisions->items, decisions->count, decisions->at_us, err);

    if (rc == STORE_OLD && !asked->cli->quiet)
        cli_say("decisions of a later instant are kept already: these were not");
    return rc < 0 ? -1 : 0;
}

static int ask(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    struct asked *asked = ctx;
    struct decisions decisions;
    const struct decisions_question question = {.source = asked->source,
                                                .actions = asked->actions,
                                                .all = asked->all,
                                                .limit = asked->limit};
    int rc;

    if (asked->history)
        return store_decision_history(store, asked->source, asked->limit, sink, err);
    if (policy_now(asked->setup, store, asked->policy, &asked->at_us, &decisions, err) < 0)
        return -1;
    rc = asked->keep ? keep(asked, store, &decisions, err) : 0;
    if (rc == 0)
        rc = decisions_send(&decisions, &question, sink, err);
    if (rc == 0)
        tell(asked, &decisions);
    decisions_done(&decisions);
    return rc;
}

static int check_words(const struct cli *cli, struct asked *asked, struct nj_err *err)
{
    const char *names[ACTIONS + 1] = {NULL};
    char hint[CLI_SUGGEST_MAX];

    if (cli->word_count > 1 ||
        (cli->word_count == 1 && addr_parse(cli->words[0], &asked->source, err) < 0))
        return cli_usage(cli, "expected one address at most");
    if (asked->action == NULL)
        return 0;
    for (unsigned i = 0; i < ACTIONS; i++) {
        names[i] = action_names[i];
        asked->actions = 1u << i;
        if (strcmp(asked->action, action_names[i]) == 0)
            return 0;
    }
    return cli_usage(cli, "--action %s: %s", asked->action,
                     cli_suggest(asked->action, names, hint));
}

int cmd_decisions(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    static const char *const brief[] = {"net",   "action", "state", "since", "until",
                                        "level", "grade",  "hop",   "rule",  NULL};
    static const char *const past[] = {"net",   "action", "since", "until",
                                       "ended", "rule",   NULL};
    struct asked asked = {.cli = cli, .at_us = INT64_MAX, .limit = ROWS_DEFAULT};
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "rows at most (20; 0: all)",
         .number = &asked.limit},
        {.name = "at",
         .argument = "TIME",
         .help = "as of this day's end or instant (the last packet)",
         .to = &asked.at_us},
        {.name = "action",
         .argument = "ACTION",
         .help = "only block, quarantine or monitor",
         .text = &asked.action},
        {.name = "all", .help = "ended and allowed ones too", .flag = &asked.all},
        {.name = "policy",
         .argument = "FILE",
         .help = "by this policy (the one in force)",
         .text = &asked.policy},
        {.name = "keep", .help = "and keep them in the history", .flag = &asked.keep},
        {.name = "history", .help = "what was kept, newest first", .flag = &asked.history},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = check_words(cli, &asked, err);
    if (rc != 0)
        return rc;
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    asked.setup = &setup;
    rc = ask_rows(cli, &setup,
                  cli->verbose    ? NULL
                  : asked.history ? past
                                  : brief,
                  ask, &asked, err);
    setup_done(&setup);
    return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar alerts show | test | run | queue: who is told of what (docs/ALERTS.md). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/alerts.h"
#include "cli/ask.h"
#include "cli/commands.h"

struct asked {
    const struct cli *cli;
    const struct setup *setup;
    const char *verb, *file;
    int64_t from_us, to_us;
    struct alerts alerts;
};

/* ---- show ---- */

static void show_rule(const struct alerts *alerts, const struct alert_rule *rule)
{
    (void)printf("  %-20s on", rule->name);
    for (size_t i = 0; i < alert_kind_count; i++) {
        if ((rule->on >> i & 1) != 0)
            (void)printf(" %s", alert_kinds[i].name);
    }
    if (rule->silent_us > 0)
        (void)printf(" for %" PRId64 " min", rule->silent_us / 60000000);
    (void)printf(", tells");
    for (size_t i = 0; i < alerts->outlet_count; i++) {
        if ((rule->to >> i & 1) != 0)
            (void)printf(" %s", alerts->outlets[i].name);
    }
    (void)printf(", at most %u an hour (line %u)\n", rule->at_most, rule->line);
}

static int show(const struct asked *asked)
{
    static const char *const kinds[] = {"syslog", "webhook", "mail"};
    const struct alerts *alerts = &asked->alerts;

    (void)printf("%zu rules, %zu watched, %zu prefixes of our own\n", alerts->rule_count,
                 alerts->actor_count + alerts->source_count, alerts->own_count);
    for (size_t i = 0; i < alerts->outlet_count; i++)
        (void)printf("  to %-17s %s %s\n", alerts->outlets[i].name,
                     kinds[alerts->outlets[i].outlet.kind], alerts->outlets[i].outlet.url);
    for (size_t i = 0; i < alerts->rule_count; i++)
        show_rule(alerts, &alerts->rules[i]);
    return 0;
}

/* ---- test ---- */

static int test(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    const struct asked *asked = ctx;
    const struct alert_look look = {.alerts = &asked->alerts, .host = "-"};

    return alert_test(store, &look, asked->from_us, asked->to_us, sink, err);
}

/* ---- queue ---- */

static int send_receiver(void *ctx, const struct box_receiver *receiver, struct nj_err *err)
{
    const struct row_sink *sink = ctx;
    const struct cell cells[] = {
        text_cell(receiver->name),      count_cell(receiver->waiting),
        time_cell(receiver->oldest_us), count_cell(receiver->sent),
        count_cell(receiver->dropped),  count_cell(receiver->failures),
        time_cell(receiver->next_us),   text_cell(receiver->why),
    };

    return sink->row(sink->ctx, cells, sizeof(cells) / sizeof(cells[0]), err);
}

static int queue(const struct asked *asked, struct nj_err *err)
{
    static const char *const names[] = {"receiver", "waiting",  "oldest", "sent",
                                        "dropped",  "failures", "next",   "why"};
    struct output *output = output_new(stdout, asked->cli->format, NULL);
    struct box *box = NULL;
    struct row_sink sink;
    int rc;

    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    sink = output_sink(output);
    rc = box_open(asked->setup->store_dir, &box, err);
    if (rc == 0)
        rc = sink.head(sink.ctx, names, sizeof(names) / sizeof(names[0]), err);
    if (rc == 0)
        rc = box_receivers(box, send_receiver, &sink, err);
    box_close(box);
    return output_close(output, rc, err);
}

/* ---- the command ---- */

static int run_once(const struct asked *asked, struct nj_err *err)
{
    struct store *store;
    int rc;

    if (ask_open(asked->setup, &store, err) < 0)
        return -1;
    rc = alerts_once(asked->cli, asked->setup, store, &asked->alerts, err);
    store_close(store);
    return rc;
}

static int run(struct asked *asked, struct nj_err *err)
{
    static const char *const brief[] = {"time",   "rule",  "told", "event",
                                        "source", "other", "text", NULL};
    int rc;

    if (strcmp(asked->verb, "queue") == 0)
        return queue(asked, err);
    rc = alerts_ready(asked->setup, asked->file, &asked->alerts, err);
    if (rc == ALERTS_NONE)
        return nj_fail(err, NJ_CONFIG,
                       "there is no alerts.conf beside the configuration: name the file");
    if (rc < 0)
        return -1;
    if (strcmp(asked->verb, "show") == 0)
        rc = show(asked);
    else if (strcmp(asked->verb, "run") == 0)
        rc = run_once(asked, err);
    else
        rc = ask_rows(asked->cli, asked->setup, asked->cli->verbose ? NULL : brief, test, asked,
                      err);
    alerts_done(&asked->alerts);
    return rc;
}

static int check_words(const struct cli *cli, struct asked *asked)
{
    static const char *const verbs[] = {"show", "test", "run", "queue", NULL};
    char hint[CLI_SUGGEST_MAX];

    if (cli->word_count == 0)
        return cli_usage(cli, "expected show, test, run or queue");
    asked->verb = cli->words[0];
    for (size_t i = 0; verbs[i] != NULL; i++) {
        if (strcmp(asked->verb, verbs[i]) != 0)
            continue;
        if (cli->word_count > (i == 3 ? 1u : 2u))
            return cli_usage(cli, "nothing was expected behind \"%s\"",
                             cli->words[cli->word_count - 2]);
        asked->file = cli->word_count > 1 ? cli->words[1] : NULL;
        return asked->from_us > asked->to_us ? cli_usage(cli, "--from is later than --to") : 0;
    }
    return cli_usage(cli, "alerts %s: %s", asked->verb, cli_suggest(asked->verb, verbs, hint));
}

int cmd_alerts(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct asked asked = {.cli = cli, .from_us = INT64_MIN, .to_us = INT64_MAX};
    const struct cli_option options[] = {
        {.name = "from",
         .argument = "TIME",
         .help = "test: what was noticed from this day or instant on (UTC)",
         .from = &asked.from_us},
        {.name = "to",
         .argument = "TIME",
         .help = "test: up to and with this day or instant",
         .to = &asked.to_us},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = check_words(cli, &asked);
    if (rc != 0)
        return rc;
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    asked.setup = &setup;
    rc = run(&asked, err);
    setup_done(&setup);
    return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar feed NAME -o FILE: the decisions in the format of who acts on them. */
#include <stdlib.h>
#include <string.h>

#include "about/list.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/feed_to.h"
#include "cli/policy.h"
#include "feed/feed.h"
#include "feed/options.h"
#include "feed/run.h"
#include "store/derived_ask.h"

struct asked {
    const struct cli *cli;
    const struct feed *feed;
    struct about_list_question question;
    int64_t at_us;
    const char *policy, *output, *hook;
    bool push, list;
    unsigned limit_s; /* of nft and the hook */
    struct feed_to to;
};

/* ---- the command line ---- */

static int read_options(const struct cli *cli, struct asked *asked, const char *family,
                        const char *action, const char *actor, struct nj_err *err)
{
    if (action != NULL && feed_parse_actions(action, &asked->question.wanted.actions, err) < 0)
        return cli_usage(cli, "--action %s", err->msg);
    if (family != NULL) {
        asked->question.wanted.has_family = true;
        if (feed_parse_family(family, &asked->question.wanted.family, err) < 0)
            return cli_usage(cli, "--family %s", err->msg);
    }
    if (actor != NULL && actor_parse(actor, &asked->question.wanted.actor, err) < 0)
        return cli_usage(cli, "--actor: %s", err->msg);
    if (asked->question.set != NULL && feed_parse_set(asked->question.set, err) < 0)
        return cli_usage(cli, "--set %s", err->msg);
    if (asked->question.prefix != NULL && feed_parse_name(asked->question.prefix, err) < 0)
        return cli_usage(cli, "--name %s", err->msg);
    if (asked->question.host != NULL && feed_parse_host(asked->question.host, err) < 0)
        return cli_usage(cli, "--host %s", err->msg);
    if ((asked->push || asked->hook != NULL) &&
        (asked->output == NULL || strcmp(asked->output, "-") == 0))
        return cli_usage(cli, "--push and --hook need a file: -o FILE");
    if (asked->push && strcmp(asked->feed->name, "nftables") != 0)
        return cli_usage(cli, "--push is for the feed nftables; --hook PROGRAM for others");
    return feed_to_read(cli, &asked->to, asked->feed);
}

static int find_feed(const struct cli *cli, struct asked *asked)
{
    const char *names[64] = {NULL};
    char hint[CLI_SUGGEST_MAX];

    for (size_t i = 0; i < feed_count && i < 63; i++)
        names[i] = feeds[i].name;
    if (cli->word_count != 1)
        return cli_usage(cli, "expected the name of a feed (--list shows them)");
    asked->feed = feed_find(cli->words[0]);
    if (asked->feed == NULL)
        return cli_usage(cli, "there is no feed \"%s\"; %s", cli->words[0],
                         cli_suggest(cli->words[0], names, hint));
    if (asked->feed->folder && asked->output == NULL)
        return cli_usage(cli, "the feed %s is a folder: give it with -o", asked->feed->name);
    return 0;
}

/* @return 0; what the command ends with; -1 */
static int read_command_line(struct cli *cli, int argc, char **argv, struct asked *asked,
                             struct nj_err *err)
{
    const char *family = NULL, *action = NULL, *actor = NULL;
    unsigned limit = UINT32_MAX;
    const struct cli_option options[] = {
        {.name = "output",
         .letter = 'o',
         .argument = "FILE",
         .help = "put it there, whole or not at all (standard output)",
         .text = &asked->output},
        {.name = "at",
         .argument = "TIME",
         .help = "as of this day's end or instant (the last packet)",
         .to = &asked->at_us},
        {.name = "action",
         .argument = "LIST",
         .help = "block, quarantine, monitor; several with commas (the feed's own)",
         .text = &action},
        {.name = "family", .argument = "4|6|both", .help = "of addresses", .text = &family},
        {.name = "actor",
         .argument = "ID",
         .help = "only what is of this actor",
         .text = &actor},
        {.name = "limit",
         .argument = "N",
         .help = "the worst N (the feed's own; 0: all)",
         .number = &limit},
        {.name = "policy",
         .argument = "FILE",
         .help = "by this policy (the one in force)",
         .text = &asked->policy},
        {.name = "set",
         .argument = "SET",
         .help = "nftables: refresh \"FAMILY TABLE SET\" and nothing else",
         .text = &asked->question.set},
        {.name = "name",
         .argument = "NAME",
         .help = "of tables, sets and sources (nightjar)",
         .text = &asked->question.prefix},
        {.name = "host",
         .argument = "NAME",
         .help = "host name in syslog messages",
         .text = &asked->question.host},
        {.name = "push",
         .help = "nftables: check it and load it with nft",
         .flag = &asked->push},
        {.name = "hook",
         .argument = "PROGRAM",
         .help = "then run PROGRAM FEED FILE, without a shell",
         .text = &asked->hook},
        {.name = "time-limit",
         .argument = "S",
         .help = "seconds for nft and the hook (30)",
         .number = &asked->limit_s},
        {.name = "to",
         .argument = "URL",
         .help = "events to udp://HOST:PORT, tcp://... or tls://... (RFC 5424), each once",
         .text = &asked->to.url},
        {.name = "ca",
         .argument = "FILE",
         .help = "--to tls: authorities, PEM (the system's)",
         .text = &asked->to.ca},
        {.name = "cert",
         .argument = "FILE",
         .help = "--to tls: our certificate, PEM",
         .text = &asked->to.cert},
        {.name = "key",
         .argument = "FILE",
         .help = "--to tls: its private key, PEM",
         .text = &asked->to.key},
        {.name = "list", .help = "print the feeds there are", .flag = &asked->list},
    };
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc != 0 || asked->list)
        return rc;
    rc = find_feed(cli, asked);
    if (rc == 0)
        rc = read_options(cli, asked, family, action, actor, err);
    if (rc == 0 && limit != UINT32_MAX) {
        asked->question.wanted.has_limit = true;
        asked->question.wanted.limit = limit;
    }
    return rc;
}

/* ---- the feeds there are ---- */

static int send_list(const struct row_sink *sink, struct nj_err *err)
{
    static const char *const names[] = {"feed", "summary"};
    int rc = sink->head(sink->ctx, names, 2, err);

    for (size_t i = 0; i < feed_count && rc == 0; i++) {
        const char *name = feeds[i].name, *summary = feeds[i].summary;

        rc = sink->row(sink->ctx,
                       (const struct cell[]){
                           {.kind = CELL_TEXT, .text = name, .length = strlen(name)},
                           {.kind = CELL_TEXT, .text = summary, .length = strlen(summary)}},
                       2, err);
    }
    return rc;
}

/* People get the lines alone. */
static int print_list(const struct cli *cli, struct nj_err *err)
{
    struct output *output;
    struct row_sink sink;

    if (cli->format == OUTPUT_TABLE) {
        for (size_t i = 0; i < feed_count; i++)
            (void)printf("%-20s %s\n", feeds[i].name, feeds[i].summary);
        return CLI_DONE;
    }
    output = output_new(stdout, cli->format, NULL);
    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the list");
    sink = output_sink(output);
    return output_close(output, send_list(&sink, err), err) < 0 ? -1 : CLI_DONE;
}

/* ---- publishing ---- */

static int put(const struct asked *asked, const struct about_list *list, struct nj_err *err)
{
    char *bytes;
    size_t length;
    int rc = 0;

    if (asked->output != NULL && strcmp(asked->output, "-") != 0)
        return feed_publish(asked->feed, &list->list, &list->about, asked->output, err);
    if (asked->output == NULL && asked->to.url != NULL)
        return 0;
    if (feed_bytes(asked->feed, &list->list, &list->about, &bytes, &length, err) < 0)
        return -1;
    if (fwrite(bytes, 1, length, stdout) != length)
        rc = nj_fail(err, NJ_IO, "write the feed");
    free(bytes);
    return rc;
}

static void tell(const struct asked *asked, const struct feed_list *list)
{
    if (asked->cli->quiet)
        return;
    if (list->cut > 0)
        cli_say("%s: the worst %zu of %zu: --limit sets another bound", asked->feed->name,
                list->count, list->count + list->cut);
    if (list->left_out > 0)
        cli_say("%s: %zu were left out: of the other family (--family), or prefixes where the "
                "format knows none",
                asked->feed->name, list->left_out);
    if (asked->output != NULL && strcmp(asked->output, "-") != 0)
        cli_say("%s: %zu entries in %s", asked->feed->name, feed_entries(asked->feed, list),
                asked->output);
}

/* nft takes the file; the hook is told its name. */
static int hand_on(const struct asked *asked, struct nj_err *err)
{
    if (asked->push && feed_push_nft(asked->output, asked->limit_s, err) < 0)
        return -1;
    if (asked->hook == NULL)
        return 0;
    return feed_run((char *const[]){(char *)asked->hook, (char *)asked->feed->name,
                                    (char *)asked->output, NULL},
                    asked->limit_s, err);
}

/* What was published is history. A store that only can be read keeps none. */
static void keep(const struct asked *asked, struct store *store,
                 const struct about_decided *decided)
{
    struct nj_err err;

    if (about_keep(store, decided, &err) < 0 && !asked->cli->quiet)
        cli_say("warning: the history of decisions was not kept: %s", err.msg);
}

static int decide(const struct asked *asked, const struct setup *setup, struct store *store,
                  struct about_decided *ret, struct nj_err *err)
{
    char *fallback = policy_fallback(setup);
    const struct policy_wanted policy = {
        .path = asked->policy,
        .fallback = fallback,
        .sensors = setup->config.sensors,
        .sensor_count = setup->config.sensor_count,
    };
    int rc = fallback == NULL ? nj_fail(err, NJ_NOMEM, "no memory for a path")
                              : about_decide(store, &policy, asked->at_us, ret, err);

    free(fallback);
    return rc;
}

static int run(struct asked *asked, const struct setup *setup, struct store *store,
               struct nj_err *err)
{
    struct about_decided decided;
    struct about_list list;
    int rc;

    if (decide(asked, setup, store, &decided, err) < 0)
        return -1;
    asked->question.feed = asked->feed;
    if (about_list(&decided, &asked->question, &list, err) < 0) {
        about_decided_done(&decided);
        return -1;
    }
    rc = put(asked, &list, err);
    if (rc == 0)
        rc = hand_on(asked, err);
    if (rc == 0 && asked->to.url != NULL)
        rc = feed_to_send(asked->cli, setup, &asked->to, asked->feed, &list.list, &list.about,
                          err);
    if (rc >= 0) {
        tell(asked, &list.list);
        if (asked->output != NULL && asked->policy == NULL)
            keep(asked, store, &decided);
    }
    about_list_done(&list);
    about_decided_done(&decided);
    return rc;
}

int cmd_feed(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct asked asked = {.cli = cli, .at_us = INT64_MAX, .limit_s = 30};
    struct setup setup;
    struct store *store;
    int rc = read_command_line(cli, argc, argv, &asked, err);

    if (rc != 0)
        return rc;
    if (asked.list)
        return print_list(cli, err);
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    rc = ask_open(&setup, &store, err);
    if (rc == 0) {
        rc = run(&asked, &setup, store, err);
        store_close(store);
    }
    setup_done(&setup);
    return rc;
}

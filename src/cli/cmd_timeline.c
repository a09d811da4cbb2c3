/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar timeline IP...: counts over time, as rows, as a picture, as lines of blocks. */
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/document.h"
#include "report/timeline.h"

#define SOURCES_MAX 1000 /* more make a statement that the engine plans for seconds */

struct question {
    struct store_scope scope;
    enum period by;
    const char *output; /* NULL: rows */
    struct addr *sources;
    size_t count;
};

static int ask(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    const struct question *question = ctx;

    return store_timeline(store, question->sources, question->count, &question->scope,
                          question->by, sink, err);
}

/* A picture in a file, or lines for the terminal. */
static int draw(const struct cli *cli, const struct setup *setup,
                const struct question *question, struct nj_err *err)
{
    struct timeline timeline = {0};
    struct text text = {0};
    struct store *store;
    size_t width = output_width(stdout);
    int rc;

    (void)cli;
    if (ask_open(setup, &store, err) < 0)
        return -1;
    rc = timeline_load(store, question->sources, question->count, &question->scope,
                       question->by, &timeline, err);
    if (rc == 0 && question->output != NULL)
        timeline_svg(&timeline, 1, &text);
    else if (rc == 0)
        timeline_text(&timeline, width == 0 ? 100 : width, &text);
    if (rc == 0)
        rc = document_write_text(question->output == NULL ? "-" : question->output, &text, err);
    text_done(&text);
    timeline_done(&timeline);
    store_close(store);
    return rc;
}

static int parse_sources(const struct cli *cli, struct question *question, struct nj_err *err)
{
    if (cli->word_count == 0 || cli->word_count > SOURCES_MAX)
        return cli_usage(cli, "%zu addresses, expected 1 to %d", cli->word_count, SOURCES_MAX);
    question->sources = calloc(cli->word_count, sizeof(*question->sources));
    if (question->sources == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for addresses");
    for (; question->count < cli->word_count; question->count++)
        if (addr_parse(cli->words[question->count], &question->sources[question->count], err) <
            0)
            return cli_usage(cli, "%s", err->msg);
    return 0;
}

int cmd_timeline(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    bool blocks = false;
    struct question question = {.scope = ask_everything(), .by = PERIOD_DAY};
    const struct cli_option options[] = {
        {.name = "by",
         .argument = "PERIOD",
         .help = "hour, day, week or month (day)",
         .period = &question.by},
        {.name = "output",
         .letter = 'o',
         .argument = "FILE",
         .help = "draw it: an SVG picture",
         .text = &question.output},
        {.name = "blocks", .help = "draw it with block characters", .flag = &blocks},
        {.name = "from",
         .argument = "TIME",
         .help = "from this day or instant on (UTC)",
         .from = &question.scope.from_us},
        {.name = "to",
         .argument = "TIME",
         .help = "up to and with this day or instant",
         .to = &question.scope.to_us},
        {.name = "all",
         .help = "count all classes, not only scan, exploit, credential",
         .flag = &question.scope.all_classes},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = parse_sources(cli, &question, err);
    if (rc == 0 && question.scope.from_us > question.scope.to_us)
        rc = cli_usage(cli, "--from is later than --to");
    if (rc == 0)
        rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        rc = question.output != NULL || blocks
                 ? draw(cli, &setup, &question, err)
                 : ask_rows(cli, &setup, NULL, ask, &question, err);
        setup_done(&setup);
    }
    free(question.sources);
    return rc;
}

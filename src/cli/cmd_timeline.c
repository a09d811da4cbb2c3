/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar timeline IP|ACTOR...: counts over time, as rows, as a picture, as
 * lines of blocks. */
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/subjects.h"
#include "report/timeline.h"

struct question {
    struct store_scope scope;
    enum period by;
    const char *output; /* NULL: rows */
    struct subjects subjects;
};

/* Rows on their way to the output. */
struct counted {
    const struct row_sink *sink;
    size_t rows;
};

static int on_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    const struct counted *counted = ctx;

    return counted->sink->head(counted->sink->ctx, names, count, err);
}

static int on_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct counted *counted = ctx;

    counted->rows++;
    return counted->sink->row(counted->sink->ctx, cells, count, err);
}

static int list(const struct cli *cli, const struct setup *setup,
                const struct question *question, struct store *store, struct nj_err *err)
{
    struct output *output = output_new(stdout, cli->format, NULL);
    struct row_sink sink;
    struct counted counted = {.sink = &sink};
    const struct row_sink through = {.head = on_head, .row = on_row, .ctx = &counted};
    int rc;

    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    sink = output_sink(output);
    rc = store_timeline(store, question->subjects.sources, question->subjects.count,
                        &question->scope, question->by, &through, err);
    rc = output_close(output, rc, err);
    if (rc == 0 && counted.rows == 0 && !cli->quiet)
        cli_say(
            "the store %s holds no such session%s", setup->store_dir,
            question->scope.all_classes
                ? ""
                : " of class scan, exploit or credential, nor of what scanners of lit networks"
                  " send besides; --all counts the others too");
    return rc;
}

/* A picture in a file, or lines for the terminal. */
static int draw(const struct question *question, struct store *store, struct nj_err *err)
{
    struct timeline timeline = {0};
    struct text text = {0};
    size_t width = output_width(stdout);
    int rc = timeline_load(store, question->subjects.sources, question->subjects.count,
                           &question->scope, question->by, &timeline, err);

    if (rc == 0 && question->output != NULL)
        timeline_svg(&timeline, 1, &text);
    else if (rc == 0)
        timeline_text(&timeline, width == 0 ? 100 : width, &text);
    if (rc == 0)
        rc = document_write_text(question->output == NULL ? "-" : question->output, &text, err);
    text_done(&text);
    timeline_done(&timeline);
    return rc;
}

static int answer(const struct cli *cli, const struct setup *setup, struct question *question,
                  bool picture, struct nj_err *err)
{
    struct store *store;
    int rc;

    if (ask_open(setup, &store, err) < 0)
        return -1;
    rc = subjects_read(cli, store, &question->subjects, err);
    if (rc == 0)
        rc = picture ? draw(question, store, err) : list(cli, setup, question, store, err);
    store_close(store);
    return rc;
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
        ASK_PERIOD(&question.scope.from_us, &question.scope.to_us),
        ASK_ALL(&question.scope.all_classes),
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = subjects_check(cli);
    if (rc == 0 && question.scope.from_us > question.scope.to_us)
        rc = cli_usage(cli, "--from is later than --to");
    if (rc == 0)
        rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        rc = answer(cli, &setup, &question, question.output != NULL || blocks, err);
        setup_done(&setup);
    }
    return rc;
}

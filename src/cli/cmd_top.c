/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar top FIELD [FILTER]: rankings. */
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "store/cell.h"

#define ROWS_DEFAULT 20

static int find_field(const struct cli *cli, enum top_field *ret_field)
{
    const char *names[TOP_FIELDS + 1] = {NULL};
    char hint[CLI_SUGGEST_MAX];

    for (size_t i = 0; i < TOP_FIELDS; i++)
        names[i] = top_names[i];
    if (cli->word_count == 0)
        return cli_usage(cli, "expected a field: ports, countries, networks, sources, ...");
    for (size_t i = 0; i < TOP_FIELDS; i++) {
        if (strcmp(cli->words[0], top_names[i]) == 0) {
            *ret_field = (enum top_field)i;
            return 0;
        }
    }
    return cli_usage(cli, "there is no field \"%s\"; %s", cli->words[0],
                     cli_suggest(cli->words[0], names, hint));
}

static const char *as_name(void *ctx, uint32_t asn)
{
    return enrich_as_name(ctx, asn);
}

/* ---- the answer, and what the default classes leave out of it
 * --------------------------------
 */

struct ranking {
    struct top_question question;
    const struct setup *setup;
    bool tell_left_out;
    uint64_t left_out;          /* sessions */
    struct text left_out_shown; /* by class */
};

static int left_out_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct ranking *ranking = ctx;
    struct text *shown = &ranking->left_out_shown;

    (void)count;
    (void)err;
    ranking->left_out += (uint64_t)cells[1].number;
    text_add_z(shown, shown->length > 0 ? ", " : "");
    text_shown(shown, cells[0].text, cells[0].length);
    text_add(shown, " ", 1);
    cell_to_table(shown, &cells[1], "sessions");
    return 0;
}

static int ask(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    struct ranking *ranking = ctx;
    struct top_question *question = &ranking->question;
    const struct row_sink left_out = {.row = left_out_row, .ctx = ranking};
    struct enrich *enrich = NULL;
    struct ports *ports = NULL;
    int rc;

    if (question->field == TOP_PORTS) {
        if (setup_ports(&ports, err) < 0)
            return -1;
        question->service = ports_service_for;
        question->service_ctx = ports;
    }
    if (question->field == TOP_NETWORKS) {
        if (setup_enrich(ranking->setup, SETUP_NAMES, &enrich, err) < 0)
            return -1;
        question->as_name = as_name;
        question->as_ctx = enrich;
    }
    rc = store_top(store, question, sink, err);
    if (rc == 0 && ranking->tell_left_out)
        rc = store_left_out(store, &question->scope, &left_out, err);
    enrich_free(enrich);
    ports_free(ports);
    return rc;
}

static void say_left_out(const struct ranking *ranking)
{
    struct text number = {0};

    text_grouped(&number, ranking->left_out);
    if (ranking->left_out > 0 && !number.no_memory && !ranking->left_out_shown.no_memory)
        cli_say("left out: %.*s sessions (%.*s); --all counts them", (int)number.length,
                number.bytes, (int)ranking->left_out_shown.length,
                ranking->left_out_shown.bytes);
    text_done(&number);
}

int cmd_top(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct ranking ranking = {.question = {.scope = ask_everything(), .limit = ROWS_DEFAULT}};
    struct top_question *question = &ranking.question;
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "rows, of each period with --by (20; 0: all)",
         .number = &question->limit},
        {.name = "by",
         .argument = "PERIOD",
         .help = "a ranking per hour, day, week or month",
         .period = &question->by},
        ASK_PERIOD(&question->scope.from_us, &question->scope.to_us),
        ASK_ALL(&question->scope.all_classes),
    };
    struct setup setup;
    char *filter = NULL;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = find_field(cli, &question->field);
    if (rc == 0)
        rc = ask_filter(cli, 1, &question->scope, &filter, err);
    if (rc != 0)
        return rc;
    if (question->limit == 0)
        question->limit = UINT32_MAX;
    rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        ranking.setup = &setup;
        ranking.tell_left_out = !cli->quiet;
        rc = ask_rows(cli, &setup, NULL, ask, &ranking, err);
        if (rc == 0)
            say_left_out(&ranking);
        setup_done(&setup);
    }
    text_done(&ranking.left_out_shown);
    free(filter);
    return rc;
}

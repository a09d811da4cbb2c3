/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar lookup [IP...]: what is known of many addresses at once, from the command line or
 * standard input, one a line. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/policy.h"
#include "policy/noise.h"

struct asked {
    const struct cli *cli;
    const struct setup *setup;
    int64_t at_us;
    uint64_t bad;
    /* while it runs */
    const struct noise *noise;
    const struct decisions *decisions;
    const struct row_sink *sink;
};

static const char *const names[] = {"address", "known",   "risk", "level", "grade", "action",
                                    "actor",   "country", "asn",  "first", "last"};
#define CELLS (sizeof(names) / sizeof(names[0]))

static int send(const struct asked *asked, struct addr address, struct nj_err *err)
{
    const struct noise_source *source = noise_find(asked->noise, address);
    const struct decision *decision = decisions_find(asked->decisions, address);
    char actor[32] = "", grade[2] = "";
    struct cell cells[CELLS] = {{.kind = CELL_NULL}};

    cells[0] = (struct cell){.kind = CELL_ADDRESS, .address = address};
    cells[1] = (struct cell){.kind = CELL_BOOL, .number = source != NULL};
    if (source != NULL) {
        if (source->actor != 0)
            (void)snprintf(actor, sizeof(actor), "NJ-%06" PRIu32, source->actor);
        grade[0] = "ABCD"[source->grade & 3];
        cells[2] =
            (struct cell){.kind = CELL_REAL,
                          .real = (double)(int64_t)((double)source->risk * 100 + 0.5) / 100};
        cells[3] = text_cell(risk_level_names[source->level]);
        cells[4] = text_cell(grade);
        cells[6] = text_cell(actor);
        cells[7] = text_cell(source->country);
        if (source->asn != 0)
            cells[8] = (struct cell){.kind = CELL_INT, .number = source->asn};
        cells[9] = time_cell(source->first_us);
        cells[10] = time_cell(source->last_us);
    }
    if (decision != NULL)
        cells[5] = text_cell(action_names[decision->action]);
    return asked->sink->row(asked->sink->ctx, cells, CELLS, err);
}

/* Lines that hold no address are counted. */
static int read_input(struct asked *asked, struct nj_err *err)
{
    char line[256];
    struct addr address;
    struct nj_err bad;
    int rc = 0;

    while (rc == 0 && fgets(line, sizeof(line), stdin) != NULL) {
        char *text = line + strspn(line, " \t");

        text[strcspn(text, " \t\r\n,;")] = '\0';
        if (text[0] == '\0' || text[0] == '#')
            continue;
        if (addr_parse(text, &address, &bad) < 0)
            asked->bad++;
        else
            rc = send(asked, address, err);
    }
    return rc;
}

static int ask(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    struct asked *asked = ctx;
    const struct cli *cli = asked->cli;
    struct noise *noise = NULL;
    struct decisions decisions = {0};
    int64_t at_us = asked->at_us;
    int rc = noise_load(store, NULL, asked->at_us, &noise, err);

    if (rc == 0)
        rc = policy_now(asked->setup, store, NULL, &at_us, &decisions, err);
    if (rc == 0)
        rc = sink->head(sink->ctx, names, CELLS, err);
    asked->noise = noise;
    asked->decisions = &decisions;
    asked->sink = sink;
    for (size_t i = 0; rc == 0 && i < cli->word_count; i++) {
        struct addr address;

        rc = addr_parse(cli->words[i], &address, err);
        if (rc == 0)
            rc = send(asked, address, err);
    }
    if (rc == 0 && cli->word_count == 0)
        rc = read_input(asked, err);
    decisions_done(&decisions);
    noise_free(noise);
    return rc;
}

int cmd_lookup(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    static const char *const brief[] = {"address", "known", "risk",    "level", "grade",
                                        "action",  "actor", "country", "last",  NULL};
    struct asked asked = {.cli = cli, .at_us = INT64_MAX};
    const struct cli_option options[] = {
        {.name = "at",
         .argument = "TIME",
         .help = "as of this day's end or instant (the last packet)",
         .to = &asked.at_us},
    };
    struct addr address;
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc != 0)
        return rc;
    if (cli->word_count == 1 && strcmp(cli->words[0], "-") == 0)
        cli->word_count = 0;
    for (size_t i = 0; i < cli->word_count; i++) {
        if (addr_parse(cli->words[i], &address, err) < 0)
            return cli_usage(cli, "%s", err->msg);
    }
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    asked.setup = &setup;
    rc = ask_rows(cli, &setup, cli->verbose ? NULL : brief, ask, &asked, err);
    if (rc == 0 && asked.bad > 0)
        cli_say("%" PRIu64 " lines held no address", asked.bad);
    setup_done(&setup);
    return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar note IP|ACTOR TEXT: what an analyst knows, kept beside what was computed. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/derived.h"

#define LEVEL_COMPUTED "computed" /* lifts an override */

/* What --level says. @return 0; CLI_USAGE, said */
static int read_level(const struct cli *cli, const char *text, struct store_note *note)
{
    const char *names[RISK_LEVELS + 2] = {NULL};
    char hint[CLI_SUGGEST_MAX];

    note->sets_level = true;
    if (strcasecmp(text, LEVEL_COMPUTED) == 0)
        return 0;
    for (unsigned i = 0; i < RISK_LEVELS; i++) {
        names[i] = risk_level_names[i];
        if (strcasecmp(text, names[i]) == 0) {
            note->level = (enum risk_level)i;
            note->has_level = true;
            return 0;
        }
    }
    names[RISK_LEVELS] = LEVEL_COMPUTED;
    return cli_usage(cli, "--level %s: %s", text, cli_suggest(text, names, hint));
}

/* Whom it is about. @return 0; CLI_USAGE, said */
static int read_subject(const struct cli *cli, struct store_note *note, struct nj_err *err)
{
    if (cli->word_count < 2)
        return cli_usage(cli, "expected an address or actor, and a text");
    if (addr_parse(cli->words[0], &note->source, err) == 0)
        return 0;
    note->source = (struct addr){0, 0};
    if (actor_parse(cli->words[0], &note->actor, err) == 0)
        return 0;
    return cli_usage(cli, "\"%s\" is neither an address nor an actor like NJ-000042",
                     cli->words[0]);
}

/* A transaction of the catalog of its own: whoever writes visits need not give way. */
static int write_note(const struct cli *cli, const struct setup *setup,
                      const struct store_note *note, struct nj_err *err)
{
    struct store_options options = setup_writer_options(cli, setup);
    struct store *store;
    int rc;

    if (setup_need_store(setup, err) < 0 || store_open(&options, &store, err) < 0)
        return -1;
    rc = store_add_note(store, note, err);
    store_close(store);
    return rc;
}

int cmd_note(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct store_note note = {0};
    const char *level = NULL;
    const struct cli_option options[] = {
        {.name = "source",
         .argument = "TEXT",
         .help = "who says so, or where it stands",
         .text = &note.said_by},
        {.name = "confidence",
         .argument = "TEXT",
         .help = "how sure that is: low, medium, high, ...",
         .text = &note.confidence},
        {.name = "level",
         .argument = "LEVEL",
         .help = "what the risk level is instead; computed: no longer",
         .text = &level},
    };
    struct setup setup;
    char *text;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = read_subject(cli, &note, err);
    if (rc == 0 && level != NULL)
        rc = read_level(cli, level, &note);
    if (rc != 0)
        return rc;
    if (note.sets_level && note.actor != 0)
        return cli_usage(cli, "--level is for addresses: risk belongs to them");
    text = cli_join(cli, 1);
    if (text == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the note");
    note.noted_us = nj_wall_us();
    note.text = text;
    rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        rc = write_note(cli, &setup, &note, err);
        setup_done(&setup);
    }
    free(text);
    return rc;
}

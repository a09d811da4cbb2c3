/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar brief: the written report on a period. */
#include <stdlib.h>
#include <string.h>

#include "about/brief.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/document.h"

#define NOTES_MAX (256u << 10)

struct asked {
    struct about_brief_question question;
    struct about_brief brief;
    const char *output, *notes, *unit;
    struct cli_list countries, networks, sensors;
    struct text arguments;
    char *filter, *notes_text;
};

/* ---- the command line ---- */

static int take_unit(const struct cli *cli, struct asked *asked)
{
    const char *names[UNITS + 1] = {NULL};
    char hint[CLI_SUGGEST_MAX];

    for (size_t i = 0; i < UNITS; i++) {
        names[i] = unit_names[i];
        if (strcmp(asked->unit, unit_names[i]) == 0) {
            asked->question.unit = (enum unit)i;
            return 0;
        }
    }
    return cli_usage(cli, "--unit %s: %s", asked->unit, cli_suggest(asked->unit, names, hint));
}

static int read_notes(struct asked *asked, struct nj_err *err)
{
    FILE *in;
    size_t length;
    int rc = 0;

    if (asked->notes == NULL)
        return 0;
    in = strcmp(asked->notes, "-") == 0 ? stdin : fopen(asked->notes, "re");
    if (in == NULL)
        return nj_fail(err, NJ_IO, "open %s", asked->notes);
    asked->notes_text = calloc(1, NOTES_MAX + 2);
    if (asked->notes_text == NULL) {
        rc = nj_fail(err, NJ_NOMEM, "no memory for %s", asked->notes);
    } else {
        length = fread(asked->notes_text, 1, NOTES_MAX + 1, in);
        if (ferror(in) != 0)
            rc = nj_fail(err, NJ_IO, "read %s", asked->notes);
        else if (length > NOTES_MAX)
            rc = nj_fail(err, NJ_LIMIT, "%s: over %u bytes of notes", asked->notes, NOTES_MAX);
        for (size_t i = 0; i < length; i++) /* a text ends at its first NUL */
            if (asked->notes_text[i] == '\0')
                asked->notes_text[i] = ' ';
    }
    if (in != stdin)
        (void)fclose(in);
    asked->question.notes = asked->notes_text;
    return rc;
}

/* The command line again, for the appendix; words with blanks or signs stand in quotes. */
static void remember(struct asked *asked, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool plain = argv[i][0] != '\0' &&
                     strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-_./:,=") == strlen(argv[i]);

        text_addf(&asked->arguments, plain ? "%s%s" : "%s'%s'", i > 1 ? " " : "", argv[i]);
    }
    text_add(&asked->arguments, "", 1);
    asked->question.arguments = asked->arguments.bytes;
}

/* ---- the answer ---- */

static int write_brief(struct asked *asked, const struct setup *setup, struct store *store,
                       enum document_form form, struct nj_err *err)
{
    struct ports *ports = NULL;
    json_t *facts = NULL;
    struct doc doc;
    int rc = setup_ports(&ports, err);

    if (rc == 0)
        rc = about_brief_make(store, &asked->brief, ports, &setup->config, &facts, err);
    if (rc == 0) {
        brief_doc(facts, &doc);
        rc = document_write(asked->output, form, &doc, facts, err);
        doc_done(&doc);
        json_decref(facts);
    }
    ports_free(ports);
    return rc;
}

static int answer(const struct cli *cli, struct asked *asked, struct nj_err *err)
{
    enum document_form form;
    struct setup setup;
    struct store *store;
    int rc;

    if (document_form(asked->output, &form, err) < 0)
        return cli_usage(cli, "%s", err->msg);
    if (strcmp(asked->output, "-") == 0 && cli->format == OUTPUT_JSON)
        form = DOCUMENT_JSON;
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    rc = ask_open(&setup, &store, err);
    if (rc == 0) {
        rc = write_brief(asked, &setup, store, form, err);
        store_close(store);
    }
    setup_done(&setup);
    return rc;
}

static int take(const struct cli *cli, struct asked *asked, struct nj_err *err)
{
    struct about_brief_question *question = &asked->question;
    int rc = take_unit(cli, asked);

    if (rc == 0)
        rc = ask_filter(cli, 0, &question->scope, &asked->filter, err);
    if (rc == 0)
        rc = read_notes(asked, err);
    if (rc != 0)
        return rc;
    if (asked->arguments.no_memory)
        return nj_fail(err, NJ_NOMEM, "no memory for the question");
    question->countries = asked->countries.items;
    question->country_count = asked->countries.count;
    question->networks = asked->networks.items;
    question->network_count = asked->networks.count;
    question->sensors = asked->sensors.items;
    question->sensor_count = asked->sensors.count;
    rc = about_brief_read(question, &asked->brief, err);
    return rc < 0 && err->code == NJ_CONFIG ? cli_usage(cli, "--%s", err->msg) : rc;
}

int cmd_brief(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct asked asked = {.question = {.scope = ask_everything()},
                          .output = "-",
                          .unit = unit_names[UNIT_SOURCES]};
    const struct cli_option options[] = {
        {.name = "output",
         .letter = 'o',
         .argument = "FILE",
         .help = ".html, .md, .json or .pdf (Markdown on standard output)",
         .text = &asked.output},
        {.name = "from",
         .argument = "TIME",
         .help = "from this day on (UTC; without --from and --to the last full week)",
         .from = &asked.question.scope.from_us},
        {.name = "to",
         .argument = "TIME",
         .help = "up to and with this day",
         .to = &asked.question.scope.to_us},
        {.name = "country",
         .argument = "CC",
         .help = "a chapter on this country (may be repeated)",
         .list = &asked.countries},
        {.name = "network",
         .argument = "AS|PREFIX",
         .help = "count only sources of this network (may be repeated)",
         .list = &asked.networks},
        {.name = "sensor",
         .argument = "NAME",
         .help = "count only what this sensor saw (may be repeated)",
         .list = &asked.sensors},
        {.name = "unit",
         .argument = "UNIT",
         .help = "findings count sources, actors or sessions (sources)",
         .text = &asked.unit},
        {.name = "notes",
         .argument = "FILE",
         .help = "paragraphs of yours, parted by empty lines",
         .text = &asked.notes},
        ASK_ALL(&asked.question.scope.all_classes),
    };
    int rc;

    remember(&asked, argc, argv);
    rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);
    if (rc == 0)
        rc = take(cli, &asked, err);
    if (rc == 0)
        rc = answer(cli, &asked, err);
    free(asked.notes_text);
    free(asked.filter);
    about_brief_done(&asked.brief);
    text_done(&asked.arguments);
    return rc;
}

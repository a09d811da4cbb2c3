/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar brief: the written report on a period. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/document.h"
#include "report/brief.h"

#define NOTES_MAX (256u << 10)

struct asked {
    struct brief_question question;
    const char *output, *notes, *unit;
    struct cli_list countries, networks, sensors;
    char country_codes[CLI_LIST_MAX][4];
    const char *country_items[CLI_LIST_MAX];
    struct text filter, selection, arguments;
    char *notes_text;
};

/* ---- the command line ----------------------------------------------------------------------
 */

static int take_countries(const struct cli *cli, struct asked *asked)
{
    for (size_t i = 0; i < asked->countries.count; i++) {
        const char *word = asked->countries.items[i];
        char *code = asked->country_codes[i];

        if (strlen(word) != 2 || !isalpha((unsigned char)word[0]) ||
            !isalpha((unsigned char)word[1]))
            return cli_usage(cli, "--country %s: expected a code of two letters, as in CN",
                             word);
        code[0] = (char)toupper((unsigned char)word[0]);
        code[1] = (char)toupper((unsigned char)word[1]);
        asked->country_items[i] = code;
    }
    asked->question.countries = asked->country_items;
    asked->question.country_count = asked->countries.count;
    return 0;
}

/* AS numbers, as in AS4134 or 4134, and prefixes. */
static int take_networks(const struct cli *cli, struct asked *asked, struct nj_err *err)
{
    struct text *filter = &asked->filter;

    for (size_t i = 0; i < asked->networks.count; i++) {
        const char *word = asked->networks.items[i];
        const char *digits = strncasecmp(word, "AS", 2) == 0 ? word + 2 : word;
        struct prefix prefix;

        text_add_z(filter, i > 0 ? " or " : filter->length > 0 ? " and (" : "(");
        if (digits[0] != '\0' && strspn(digits, "0123456789") == strlen(digits) &&
            strlen(digits) <= 10)
            text_addf(filter, "asn = %s", digits);
        else if (prefix_parse(word, &prefix, err) == 0)
            text_addf(filter, "src in %s", word);
        else
            return cli_usage(cli, "--network %s: expected an AS number or a prefix", word);
    }
    text_add_z(filter, asked->networks.count > 0 ? ")" : "");
    return 0;
}

static int take_sensors(const struct cli *cli, struct asked *asked)
{
    struct text *filter = &asked->filter;

    for (size_t i = 0; i < asked->sensors.count; i++) {
        const char *word = asked->sensors.items[i];

        if (word[0] == '\0' || strpbrk(word, "\"\\\n") != NULL)
            return cli_usage(cli, "--sensor %s: no name of a sensor", word);
        text_add_z(filter, i > 0                ? ", "
                           : filter->length > 0 ? " and sensor in ("
                                                : "sensor in (");
        text_addf(filter, "\"%s\"", word);
    }
    text_add_z(filter, asked->sensors.count > 0 ? ")" : "");
    return 0;
}

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

/* ---- the period -----------------------------------------------------------------------------
 */

struct days {
    int64_t first_us, last_us;
};

static int64_t day_of(const char *text)
{
    struct tm tm = {0};

    return strptime(text, "%Y-%m-%d", &tm) == NULL ? 0 : (int64_t)timegm(&tm) * 1000000;
}

/* What the store holds, in whole days; all zero if it is empty. */
static int stored_days(struct store *store, struct days *ret, struct nj_err *err)
{
    json_t *status, *row;
    size_t i;

    *ret = (struct days){0};
    if (store_status(store, &status, err) < 0)
        return -1;
    json_array_foreach(json_object_get(status, "segments"), i, row)
    {
        const char *first = json_string_value(json_object_get(row, "first_day"));
        const char *last = json_string_value(json_object_get(row, "last_day"));

        if (first == NULL || last == NULL)
            continue;
        if (ret->first_us == 0 || day_of(first) < ret->first_us)
            ret->first_us = day_of(first);
        if (day_of(last) > ret->last_us)
            ret->last_us = day_of(last);
    }
    json_decref(status);
    return 0;
}

/* One end may be missing: the store's own counts then. None: its last full week. */
static int set_period(const struct cli *cli, struct store *store, struct store_scope *scope,
                      struct nj_err *err)
{
    struct days days;

    if (stored_days(store, &days, err) < 0)
        return -1;
    if (scope->from_us == INT64_MIN && scope->to_us == INT64_MAX) {
        brief_last_week(days.first_us, days.last_us, &scope->from_us, &scope->to_us);
        return 0;
    }
    if (scope->from_us == INT64_MIN)
        scope->from_us = days.first_us;
    if (scope->to_us == INT64_MAX)
        scope->to_us = days.last_us + 86400000000ll - 1;
    if (scope->from_us > scope->to_us)
        return cli_usage(cli,
                         "the period begins after the store's last day; name --to as well");
    return 0;
}

/* ---- the answer -----------------------------------------------------------------------------
 */

static int write_brief(const struct cli *cli, struct asked *asked, const struct setup *setup,
                       struct store *store, enum document_form form, struct nj_err *err)
{
    struct brief_question *question = &asked->question;
    struct brief_sensor *sensors = calloc(setup->config.sensor_count + 1, sizeof(*sensors));
    struct ports *ports = NULL;
    json_t *facts = NULL;
    struct doc doc;
    int rc;

    if (sensors == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for sensors");
    for (size_t i = 0; i < setup->config.sensor_count; i++)
        sensors[i] =
            (struct brief_sensor){.name = setup->config.sensors[i].name,
                                  .addresses = describe_addresses(&setup->config.sensors[i])};
    question->sensors = sensors;
    question->sensor_count = setup->config.sensor_count;
    rc = setup_ports(&ports, err);
    question->ports = ports;
    if (rc == 0)
        rc = set_period(cli, store, &question->scope, err);
    if (rc == 0)
        rc = brief_facts(store, question, &facts, err);
    if (rc == 0) {
        brief_doc(facts, &doc);
        rc = document_write(asked->output, form, &doc, facts, err);
        doc_done(&doc);
        json_decref(facts);
    }
    ports_free(ports);
    free(sensors);
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
        rc = write_brief(cli, asked, &setup, store, form, err);
        store_close(store);
    }
    setup_done(&setup);
    return rc;
}

static int take(const struct cli *cli, struct asked *asked, struct nj_err *err)
{
    char *filter = NULL;
    int rc = take_countries(cli, asked);

    if (rc == 0)
        rc = take_unit(cli, asked);
    if (rc == 0)
        rc = ask_filter(cli, 0, &asked->question.scope, &filter, err);
    if (rc == 0 && filter[0] != '\0')
        text_addf(&asked->filter, "(%s)", filter);
    free(filter);
    if (rc == 0)
        rc = take_networks(cli, asked, err);
    if (rc == 0)
        rc = take_sensors(cli, asked);
    if (rc != 0)
        return rc;
    if (asked->filter.length > 0)
        text_addf(&asked->selection, "Only what this selects is counted: %.*s.",
                  (int)asked->filter.length, asked->filter.bytes);
    text_add(&asked->filter, "", 1);
    text_add(&asked->selection, "", 1);
    if (asked->filter.no_memory || asked->selection.no_memory || asked->arguments.no_memory)
        return nj_fail(err, NJ_NOMEM, "no memory for the question");
    asked->question.scope.filter = asked->filter.bytes;
    asked->question.selection = asked->selection.bytes;
    return read_notes(asked, err);
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
        {.name = "all",
         .help = "count all classes, not only scan, exploit, credential",
         .flag = &asked.question.scope.all_classes},
    };
    int rc;

    remember(&asked, argc, argv);
    rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);
    if (rc == 0)
        rc = take(cli, &asked, err);
    if (rc == 0)
        rc = answer(cli, &asked, err);
    free(asked.notes_text);
    text_done(&asked.filter);
    text_done(&asked.selection);
    text_done(&asked.arguments);
    return rc;
}

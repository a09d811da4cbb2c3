/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"

#define OPTIONS_MAX 32
#define OWN_FIRST 256 /* getopt's value of a command's first option; letters are below */

/* ---- saying
 * ----------------------------------------------------------------------------------
 */

static void say(const char *prefix, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void say(const char *prefix, const char *format, va_list args)
{
    char line[1024];
    struct text shown = {0};

    (void)vsnprintf(line, sizeof(line), format, args);
    text_shown(&shown, line, strlen(line));
    (void)fflush(stdout); /* so that the order stays on a terminal */
    (void)fprintf(stderr, "nightjar: %s%.*s\n", prefix, (int)shown.length,
                  shown.length > 0 ? shown.bytes : "");
    text_done(&shown);
}

void cli_say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("", format, args);
    va_end(args);
}

void cli_warn(void *ctx, const char *line)
{
    (void)ctx;
    cli_say("warning: %s", line);
}

int cli_usage(const struct cli *cli, const char *format, ...)
{
    char prefix[64];
    va_list args;

    (void)snprintf(prefix, sizeof(prefix), "%s: ", cli->command->name);
    va_start(args, format);
    say(prefix, format, args);
    va_end(args);
    return CLI_USAGE;
}

int cli_no_words(const struct cli *cli)
{
    if (cli->word_count > 0)
        return cli_usage(cli, "\"%s\": only options are expected", cli->words[0]);
    return 0;
}

char *cli_suggest(const char *typed, const char *const *names, char *buffer)
{
    size_t count = 0;

    while (names[count] != NULL)
        count++;
    return nj_suggest_text(typed, nj_word_of_list, (const void *)names, count, buffer);
}

char *cli_join(const struct cli *cli, size_t from)
{
    struct text text = {0};

    for (size_t i = from; i < cli->word_count; i++) {
        text_add_z(&text, i > from ? " " : "");
        text_add_z(&text, cli->words[i]);
    }
    text_add(&text, "", 1);
    if (text.no_memory)
        text_done(&text);
    return text.bytes;
}

/* ---- values
 * ----------------------------------------------------------------------------------
 */

static int set_format(struct cli *cli, const char *text)
{
    const char *names[OUTPUT_FORMATS + 1] = {NULL};
    char hint[CLI_SUGGEST_MAX];

    for (size_t i = 0; i < OUTPUT_FORMATS; i++) {
        names[i] = output_names[i];
        if (strcmp(text, output_names[i]) == 0) {
            cli->format = (enum output_format)i;
            return 0;
        }
    }
    return cli_usage(cli, "--format %s: %s", text, cli_suggest(text, names, hint));
}

static int set_number(struct cli *cli, const struct cli_option *option, const char *text)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number > UINT32_MAX)
        return cli_usage(cli, "--%s %s: expected a number from 0 to %u", option->name, text,
                         UINT32_MAX);
    *option->number = (unsigned)number;
    return 0;
}

static int set_time(struct cli *cli, const struct cli_option *option, const char *text)
{
    struct nj_err err;
    bool last = option->to != NULL;

    if (filter_parse_time(text, last, last ? option->to : option->from, &err) < 0)
        return cli_usage(cli, "--%s: %s", option->name, err.msg);
    return 0;
}

static int set_period(struct cli *cli, const struct cli_option *option, const char *text)
{
    static const char *const names[] = {"hour", "day", "week", "month", NULL};
    char hint[CLI_SUGGEST_MAX];

    for (size_t i = 0; names[i] != NULL; i++) {
        if (strcmp(text, names[i]) == 0) {
            *option->period = (enum period)(PERIOD_HOUR + i);
            return 0;
        }
    }
    return cli_usage(cli, "--%s %s: %s", option->name, text, cli_suggest(text, names, hint));
}

static int add_item(struct cli *cli, const struct cli_option *option, const char *text)
{
    if (option->list->count == CLI_LIST_MAX)
        return cli_usage(cli, "--%s: at most %d", option->name, CLI_LIST_MAX);
    option->list->items[option->list->count++] = text;
    return 0;
}

static int set_own(struct cli *cli, const struct cli_option *option, const char *text)
{
    if (option->flag != NULL)
        *option->flag = true;
    if (option->text != NULL && text != NULL)
        *option->text = text;
    if (option->flag != NULL || option->text != NULL)
        return 0;
    if (option->list != NULL)
        return add_item(cli, option, text);
    if (option->number != NULL)
        return set_number(cli, option, text);
    if (option->period != NULL)
        return set_period(cli, option, text);
    return set_time(cli, option, text);
}

static int set_common(struct cli *cli, int letter, const char *text)
{
    switch (letter) {
    case 's':
        cli->store_dir = text;
        return 0;
    case 'c':
        cli->config_path = text;
        return 0;
    case 'f':
        return set_format(cli, text);
    case 'v':
        cli->verbose = true;
        return 0;
    default:
        cli->quiet = true;
        return 0;
    }
}

/* ---- the line
 * --------------------------------------------------------------------------------
 */

/* 's', 'c' and 'f' stand for the long names only. */
static const struct option common[] = {
    {"store", required_argument, NULL, 's'},  {"config", required_argument, NULL, 'c'},
    {"format", required_argument, NULL, 'f'}, {"verbose", no_argument, NULL, 'v'},
    {"quiet", no_argument, NULL, 'q'},        {"help", no_argument, NULL, 'h'},
};
#define COMMON (sizeof(common) / sizeof(common[0]))

static const char common_help[] = "common options:\n"
                                  "      --store DIR       the store (or NIGHTJAR_STORE)\n"
                                  "      --config FILE     the configuration\n"
                                  "      --format FORMAT   table, json, ndjson or csv\n"
                                  "  -v, --verbose         say more on standard error\n"
                                  "  -q, --quiet           errors only\n"
                                  "      --help            this text\n";

static void print_help(const struct cli *cli, const struct cli_option *own, size_t own_count)
{
    (void)printf("usage: nightjar %s %s\n%s\n\n", cli->command->name, cli->command->arguments,
                 cli->command->summary);
    for (size_t i = 0; i < own_count; i++) {
        char left[48];

        if (i == 0)
            (void)puts("options:");
        (void)snprintf(left, sizeof(left), "%c%c%c --%s%s%s%s", own[i].letter != 0 ? '-' : ' ',
                       own[i].letter != 0 ? own[i].letter : ' ', own[i].letter != 0 ? ',' : ' ',
                       own[i].name,
                       own[i].argument == NULL ? ""
                       : own[i].flag != NULL   ? "[="
                                               : " ",
                       own[i].argument == NULL ? "" : own[i].argument,
                       own[i].argument != NULL && own[i].flag != NULL ? "]" : "");
        (void)printf("  %-21s %s\n", left, own[i].help);
    }
    if (own_count > 0)
        (void)puts("");
    (void)fputs(common_help, stdout);
}

/* Why getopt did not take an argument. */
static int refused(const struct cli *cli, int argc, char **argv, const struct option *all,
                   int found)
{
    const char *names[OPTIONS_MAX + 1];
    const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
    char name[64], hint[CLI_SUGGEST_MAX];
    size_t count;

    if (found == ':')
        return cli_usage(cli, "%s needs a value", word);
    if (strncmp(word, "--", 2) != 0 || optopt != 0) {
        if (optopt > 0 && optopt < OWN_FIRST)
            return cli_usage(cli, "there is no option -%c (nightjar %s --help)", optopt,
                             cli->command->name);
        return cli_usage(cli, "%s takes no value", word);
    }
    for (count = 0; all[count].name != NULL; count++)
        names[count] = all[count].name;
    names[count] = NULL;
    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
    return cli_usage(cli, "there is no option --%s; %s", name, cli_suggest(name, names, hint));
}

int cli_parse(struct cli *cli, int argc, char **argv, const struct cli_option *own,
              size_t own_count, struct nj_err *err)
{
    struct option all[OPTIONS_MAX] = {{0}};
    char letters[2 * OPTIONS_MAX] = ":vqh";
    size_t used = strlen(letters);
    int found, rc = 0;

    if (own_count + COMMON >= OPTIONS_MAX)
        return nj_fail(err, NJ_LIMIT, "%zu options", own_count);
    memcpy(all, common, sizeof(common));
    for (size_t i = 0; i < own_count; i++) {
        int value = own[i].flag == NULL   ? required_argument
                    : own[i].text == NULL ? no_argument
                                          : optional_argument;

        all[COMMON + i] = (struct option){own[i].name, value, NULL, OWN_FIRST + (int)i};
        if (own[i].letter == 0)
            continue;
        letters[used++] = own[i].letter;
        if (value == required_argument)
            letters[used++] = ':';
    }
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while (rc == 0 && (found = getopt_long(argc, argv, letters, all, NULL)) != -1) {
        const struct cli_option *option = NULL;

        for (size_t i = 0; i < own_count; i++)
            if (found == own[i].letter || found == OWN_FIRST + (int)i)
                option = &own[i];
        if (found == '?' || found == ':')
            return refused(cli, argc, argv, all, found);
        if (found == 'h') {
            print_help(cli, own, own_count);
            return CLI_HELPED;
        }
        rc = option != NULL ? set_own(cli, option, optarg) : set_common(cli, found, optarg);
    }
    cli->words = argv + optind;
    cli->word_count = (size_t)(argc - optind);
    return rc;
}

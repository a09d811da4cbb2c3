/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share: their table, the command line, and what they say.
 *
 * A command is one file cmd_NAME.c with one function, and one row of the table in main.c. It
 * declares its options, calls cli_parse, and asks the library. */
#ifndef NJ_CLI_CLI_H
#define NJ_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/output.h"

/* Exit status, and what a command's function returns when it has said itself what is wrong. */
enum cli_status {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_HELPED = 3, /* --help was printed: status 0 */
};

struct cli;

struct cli_command {
    const char *name;
    const char *arguments; /* as in "usage: nightjar NAME ARGUMENTS" */
    const char *summary;
    /** argv[0] is the command's name. @return a cli_status; -1 with *err, which main prints */
    int (*run)(struct cli *cli, int argc, char **argv, struct nj_err *err);
};

/** What the command line says, whatever the command. Borrowed from argv. */
struct cli {
    const struct cli_command *command;
    const char *store_dir, *config_path; /* NULL: not given */
    enum output_format format;
    bool verbose, quiet;
    char **words; /* what is neither option nor its argument */
    size_t word_count;
};

/** What an option that may be given several times has gathered, in order. */
#define CLI_LIST_MAX 32
struct cli_list {
    const char *items[CLI_LIST_MAX];
    size_t count;
};

/** An option of one command: exactly one of the pointers says where its value goes, which
 * stays as it is when the option is not given. With `flag` and `text` the value may be left
 * out: --name or --name=VALUE. */
struct cli_option {
    const char *name; /* without "--" */
    char letter;      /* 0: none */
    const char *argument;
    const char *help;
    bool *flag;
    const char **text;
    struct cli_list *list; /* may be given several times */
    unsigned *number;
    int64_t *from, *to; /* a day or an instant; of a day its first or last microsecond */
    enum period *period;
};

/**
 * Read the command line: the command's own options and the common ones, in any order among
 * the words.
 *
 * @return 0; CLI_USAGE or CLI_HELPED, to be returned as it is; -1 NJ_NOMEM
 */
int cli_parse(struct cli *cli, int argc, char **argv, const struct cli_option *own,
              size_t own_count, struct nj_err *err);

/** Say what is wrong with the command line. @return CLI_USAGE */
int cli_usage(const struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** For commands that take options only. @return 0; CLI_USAGE */
int cli_no_words(const struct cli *cli);

/** One line "nightjar: ..." on standard error, shown safely. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A store_line_fn: the line is a warning. */
void cli_warn(void *ctx, const char *line);

/** `did you mean "X"?` or `expected one of ...`; `names` ends with NULL. @return buffer */
#define CLI_SUGGEST_MAX 256 /* as NJ_SUGGEST_MAX */
char *cli_suggest(const char *typed, const char *const *names, char *buffer);

/** The words from the i-th on, with one blank between. Taken; NULL when out of memory. */
char *cli_join(const struct cli *cli, size_t from);

#endif

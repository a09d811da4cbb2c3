/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that ask the store share. */
#ifndef NJ_CLI_ASK_H
#define NJ_CLI_ASK_H

#include "cli/cli.h"
#include "cli/setup.h"

/** Open the store for reading and name what is damaged. @return 0; -1 */
int ask_open(const struct setup *setup, struct store **ret_store, struct nj_err *err);

/** The options --from and --to of a question about rows, in a command's table of options. */
#define ASK_PERIOD(ret_from_us, ret_to_us)                                                     \
    {.name = "from",                                                                           \
     .argument = "TIME",                                                                       \
     .help = "from this day or instant on (UTC)",                                              \
     .from = (ret_from_us)},                                                                   \
    {                                                                                          \
        .name = "to", .argument = "TIME", .help = "up to and with this day or instant",        \
        .to = (ret_to_us)                                                                      \
    }

/** The option --all of a question that counts. */
#define ASK_ALL(ret_all)                                                                       \
    {                                                                                          \
        .name = "all", .help = "count all classes, not only scan, exploit, credential",        \
        .flag = (ret_all)                                                                      \
    }

/** Everything, from the beginning to the end. */
struct store_scope ask_everything(void);

/**
 * Take the words from the i-th on as the scope's filter and check it.
 *
 * @param ret_filter  the text, taken; `scope` borrows it
 * @return 0; CLI_USAGE when it is no filter (said); -1
 */
int ask_filter(const struct cli *cli, size_t from, struct store_scope *scope, char **ret_filter,
               struct nj_err *err);

/** A question that sends rows. @return 0; -1 */
typedef int (*ask_fn)(void *ctx, struct store *store, const struct row_sink *sink,
                      struct nj_err *err);

/**
 * Open the store, ask, and print the rows on standard output.
 *
 * @param columns  those that a table shows (cli/output.h)
 * @return 0; -1
 */
int ask_rows(const struct cli *cli, const struct setup *setup, const char *const *columns,
             ask_fn question, void *ctx, struct nj_err *err);

#endif

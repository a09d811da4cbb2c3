/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that ask the store share. */
#ifndef NJ_CLI_ASK_H
#define NJ_CLI_ASK_H

#include "cli/cli.h"
#include "cli/setup.h"

/** Open the store for reading and name what is damaged. @return 0; -1 */
int ask_open(const struct setup *setup, struct store **ret_store, struct nj_err *err);

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

/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share that put lists of statements into the store. */
#ifndef NJ_CLI_STATEMENTS_H
#define NJ_CLI_STATEMENTS_H

#include "cli/cli.h"
#include "store/testimony.h"
#include "testimony/statement.h"

/** A statement_fn: into the list of a `struct testimony_writer`, the context. */
int statement_keep(void *ctx, const struct statement *statement, struct nj_err *err);

/** Whether a name can be a list's: one word of at most 63 bytes. @return 0; CLI_USAGE, said */
int statements_check_name(const struct cli *cli, const char *name);

#endif

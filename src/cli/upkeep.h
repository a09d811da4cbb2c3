/* SPDX-License-Identifier: Apache-2.0 */
/* What verify, compact and expire share: they print one row, the report. */
#ifndef NJ_CLI_UPKEEP_H
#define NJ_CLI_UPKEEP_H

#include "cli/cli.h"
#include "store/store.h"

/** @param columns  those that a table shows (cli/output.h). @return 0; -1 */
int upkeep_print(const struct cli *cli, const struct store_report *report,
                 const char *const *columns, struct nj_err *err);

/** A store_line_fn: says what was done, unless --quiet; ctx is the struct cli. */
void upkeep_say(void *ctx, const char *line);

#endif

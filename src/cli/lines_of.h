/* SPDX-License-Identifier: Apache-2.0 */
/* The lines that a program prints. No shell, a time limit, nothing on its standard input; its
 * whole group is ended when the time is over or somebody has heard enough. */
#ifndef NJ_CLI_LINES_OF_H
#define NJ_CLI_LINES_OF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define LINES_OF_MAX 65536u /* bytes of a line; longer ones are cut */

/** A line without its end, borrowed for the call. @return 0; -1 ends the program */
typedef int (*line_fn)(void *ctx, const char *line, size_t length, struct nj_err *err);

/**
 * Run a program and hand on its lines.
 *
 * @param argv     ended by NULL; the first is looked up in PATH
 * @param limit_s  seconds that it may take
 * @return 0: it ended with status 0; -1 NJ_IO, NJ_LIMIT, or from `fn`
 */
int lines_of(char *const argv[], unsigned limit_s, line_fn fn, void *ctx, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that take a list: nft, and the user's hooks. No shell, a time limit, no standard
 * input unless one is given, and the whole group is ended when the time is over. */
#ifndef NJ_FEED_RUN_H
#define NJ_FEED_RUN_H

#include <stddef.h>

#include "base/err.h"

#define RUN_OUTPUT_MAX 400 /* bytes of what it said that go into an error */

/** Run a program and wait. @param argv  ended by NULL; the first is looked up in PATH
 * @return 0: it ended with status 0; -1 NJ_IO with its status and what it said */
int feed_run(char *const argv[], unsigned limit_s, struct nj_err *err);

/** As feed_run; the program reads `input` from its standard input. */
int feed_run_input(char *const argv[], const char *input, size_t length, unsigned limit_s,
                   struct nj_err *err);

/** Load a file of nft commands: checked first (nft -c), then one transaction.
 * @return 0; -1, and nothing is changed */
int feed_push_nft(const char *path, unsigned limit_s, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and actors that a command is about. */
#ifndef NJ_CLI_SUBJECTS_H
#define NJ_CLI_SUBJECTS_H

#include "cli/cli.h"
#include "model/addr.h"
#include "store/store.h"

#define SUBJECTS_MAX 1000 /* more make a statement that the engine plans for seconds */

struct subjects {
    struct addr sources[SUBJECTS_MAX]; /* distinct, ascending */
    size_t count;
};

/** Whether each word is an address or an actor like NJ-000042. @return 0; CLI_USAGE, said */
int subjects_check(const struct cli *cli);

/** The words' addresses, and those of the actors among them. @return 0; CLI_FAILED when there
 * is no such actor, or there are too many addresses (said); -1 */
int subjects_read(const struct cli *cli, struct store *store, struct subjects *ret,
                  struct nj_err *err);

#endif

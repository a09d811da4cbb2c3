/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are run for what they do or print: no shell, a group of their own. */
#ifndef NJ_BASE_CHILD_H
#define NJ_BASE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct nj_child {
    pid_t pid; /* also the number of its group */
    int out;   /* what it prints comes from here; the caller closes it */
};

/**
 * Start a program.
 *
 * @param argv    ended by NULL; the first is looked up in PATH
 * @param in      its standard input; -1: nothing
 * @param errors  whether what it says on standard error comes too, or goes nowhere
 * @return 0; -1 NJ_IO
 */
int nj_child_start(char *const argv[], int in, bool errors, struct nj_child *ret,
                   struct nj_err *err);

/** What waitpid says of it. @param said  goes into the message, or NULL
 * @return 0: it ended with status 0; -1 NJ_STORE */
int nj_child_ended(const char *name, int status, const char *said, struct nj_err *err);

#endif

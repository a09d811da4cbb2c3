/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the commands that ask the network (names, rdap) are to ask about. */
#ifndef NJ_CLI_WHOM_H
#define NJ_CLI_WHOM_H

#include "cli/cli.h"
#include "model/addr.h"
#include "store/query.h"

#define WHOM_MAX 100000u /* addresses of one call */

struct whom {
    struct addr *addrs; /* sorted, each once */
    size_t count;
    size_t known; /* were left out: of these an answer is young */
};

/** The option --declared of these commands. */
struct cli_option whom_declared_option(bool *declared);

/** Whether anybody was named. @return 0; CLI_USAGE, said */
int whom_check(const struct cli *cli, bool declared);

/** The clock, which dates the answers: microseconds since 1970. */
int64_t whom_now_us(void);

/**
 * The addresses of the command line, "-" for those of standard input, one a line.
 *
 * @param declared  also the sources that imported lists declare to be scanners
 * @return 0; CLI_USAGE, said; -1. *ret is whom_done's in each case
 */
int whom_gather(const struct cli *cli, struct store *store, bool declared, struct whom *ret,
                struct nj_err *err);
void whom_done(struct whom *whom);

/** Leave out those of whom a list says something that is younger than so many days; 0: none. */
int whom_leave_out(struct whom *whom, struct store *store, const char *list, int64_t now_us,
                   unsigned days, struct nj_err *err);

/** Say how many were left out, if any and unless quiet. */
void whom_say_known(const struct cli *cli, size_t known, unsigned days);

#endif

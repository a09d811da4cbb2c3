/* SPDX-License-Identifier: Apache-2.0 */
/* Least power: once the interfaces are open and the address is listened on, a service needs
 * nothing of root and few system calls (base/sandbox.h). */
#ifndef NJ_CLI_PRIVILEGES_H
#define NJ_CLI_PRIVILEGES_H

#include <stdbool.h>

#include "base/err.h"

struct privileges {
    const char *user; /* to become, if this is root; NULL: stay who we are */
    bool packets;     /* threads that capture keep CAP_NET_RAW, for interfaces that come back */
    bool programs;    /* programs may be run */
};

/**
 * Become another user, give up all capabilities but what `packets` says, forbid gaining new
 * ones for good (no_new_privs), and enter the sandbox, if the kernel has one: else that is
 * said. Before threads are started.
 *
 * @return 0; -1 NJ_CONFIG (no such user), NJ_IO
 */
int privileges_drop(const struct privileges *wanted, struct nj_err *err);

/** This thread, and what it starts, captures nothing: it keeps no capability at all and opens
 * no packet sockets. */
void privileges_without_packets(void);

#endif

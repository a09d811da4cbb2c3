/* SPDX-License-Identifier: Apache-2.0 */
/* Least power: once the interfaces are open nothing needs root. */
#ifndef NJ_CLI_PRIVILEGES_H
#define NJ_CLI_PRIVILEGES_H

#include "base/err.h"

/**
 * Become another user if this is root and one is named, give up all capabilities that would
 * come back, and forbid gaining new ones for good (no_new_privs). Before threads are started.
 *
 * @param user  name; NULL: stay who we are
 * @return 0; -1 NJ_CONFIG (no such user), NJ_IO
 */
int privileges_drop(const char *user, struct nj_err *err);

#endif

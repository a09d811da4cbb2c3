/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share that decide: where the policy comes from that counts here. */
#ifndef NJ_CLI_POLICY_H
#define NJ_CLI_POLICY_H

#include "cli/cli.h"
#include "cli/setup.h"
#include "policy/ready.h"

/** The file that counts when no policy was ever put in force: the one beside the configuration,
 * else the one that the program comes with. Taken; NULL when out of memory */
char *policy_fallback(const struct setup *setup);

/**
 * Load a policy with its allow lists.
 *
 * @param path   a file; NULL: the one in force (`policy set`), else policy_fallback
 * @param empty  an allow list may have shrunk to nothing
 * @return 0; -1
 */
int policy_load_ready(const struct setup *setup, struct store *store, const char *path,
                      bool empty, struct policy_ready *ret, struct nj_err *err);

/** Decide, with what counts without a word on the command line. */
int policy_now(const struct setup *setup, struct store *store, const char *path, int64_t *at_us,
               struct decisions *ret, struct nj_err *err);

#endif

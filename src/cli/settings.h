/* SPDX-License-Identifier: Apache-2.0 */
/* What `serve` reads at the start and again at SIGHUP, besides the configuration: tokens,
 * certificates, the policy. */
#ifndef NJ_CLI_SETTINGS_H
#define NJ_CLI_SETTINGS_H

#include "cli/setup.h"
#include "server/server.h"

struct settings_files {
    const char *cert, *key, *tokens; /* paths; NULL: none */
};

/* Those in use, and older ones, which threads may still be looking at. */
struct settings {
    struct server_settings server; /* borrows the rest, and a setup */
    struct tokens *tokens;
    struct tls_identity *identity;
    char *policy_path, *policy_text;
    struct settings *older;
};

/** Read all of it and test it: nothing of it counts unless all is right. @return 0; -1 */
int settings_load(const struct settings_files *files, const struct setup *setup,
                  struct settings **ret, struct nj_err *err);

/** These and all older ones. */
void settings_done(struct settings *settings);

#endif

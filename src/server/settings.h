/* SPDX-License-Identifier: Apache-2.0 */
/* What may be replaced while the service runs. All is borrowed and must stay readable until
 * server_stop, since threads may be looking at it. */
#ifndef NJ_SERVER_SETTINGS_H
#define NJ_SERVER_SETTINGS_H

#include "model/config.h"
#include "server/tls.h"
#include "server/token.h"

struct server_settings {
    const struct config *config;   /* sensors */
    const struct tokens *tokens;   /* NULL: none are needed */
    struct tls_identity *identity; /* NULL: no TLS; then never */
    const char *policy_path; /* the policy when none was put in force, and what was read */
    const char *policy_text;
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends a request, and what they may do. */
#ifndef NJ_SERVER_WHO_H
#define NJ_SERVER_WHO_H

#include <microhttpd.h>
#include <stdbool.h>

#include "model/addr.h"

struct server;

struct addr who_address(struct MHD_Connection *connection);

/** Scopes of whoever asks: by a token in "Authorization: Bearer", as the password of "Basic",
 * or in the cookie. Without tokens everybody may do everything (loopback). @return scope_bit
 * bits */
unsigned who_scope(const struct server *server, struct MHD_Connection *connection);

/** Whether a request that no token guards names an address or localhost as its host: a page
 * elsewhere whose name leads here (DNS rebinding) must not read with the user's browser. */
bool who_names_us(const struct server *server, struct MHD_Connection *connection);

/** Whether a page of another origin sends this: it may not write here. */
bool who_is_foreign(struct MHD_Connection *connection);

#endif

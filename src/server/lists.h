/* SPDX-License-Identifier: Apache-2.0 */
/* Of what the service makes a list, for feeds, decisions and TAXII alike. */
#ifndef NJ_SERVER_LISTS_H
#define NJ_SERVER_LISTS_H

#include "policy/ready.h"

struct server;

/** The policy that counts. Borrows of the server's settings. */
void list_policy(struct server *server, struct policy_wanted *ret);

/** The instant that a list is made for when nobody names one: where this process captures, the
 * clock's minute, so that decisions expire although nothing comes; else INT64_MAX, the last
 * packet of the store. */
int64_t list_instant(struct server *server, int64_t at_us);

/** The clock's minute. */
int64_t list_now(void);

#endif

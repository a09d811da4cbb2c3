/* SPDX-License-Identifier: Apache-2.0 */
/* Which list the service makes, for feeds, decisions and TAXII alike. */
#ifndef NJ_SERVER_LISTS_H
#define NJ_SERVER_LISTS_H

#include "about/list.h"

struct server;

/** The policy that counts, and the instant (list_instant). Borrows of the server's settings. */
void list_question(struct server *server, struct about_list_question *ret, int64_t at_us);

/** The instant that a list is made for when nobody names one: where this process captures, the
 * clock's minute, so that decisions expire although nothing comes; else INT64_MAX, the last
 * packet of the store. */
int64_t list_instant(struct server *server, int64_t at_us);

/** The clock's minute. */
int64_t list_now(void);

#endif

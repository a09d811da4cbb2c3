/* SPDX-License-Identifier: Apache-2.0 */
/* Which RDAP server to ask for an address: IANA's bootstrap files ipv4.json and ipv6.json
 * (RFC 9224, 4 and 5), and what may be a server at all. */
#ifndef NJ_RDAP_SERVERS_H
#define NJ_RDAP_SERVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/addr.h"

#define RDAP_SERVERS "https://data.iana.org/rdap/" /* where IANA keeps them */
#define RDAP_URL_MAX 512

/** Whether a question may go there: https://, or http:// to this machine (127.0.0.1, [::1],
 * localhost) if `local`, which only the user's own configuration sets. */
bool rdap_may_ask(const char *url, bool local);

/** Questions about the prefix go to this URL, which ends with "/". Borrowed for the call. */
typedef int (*rdap_server_fn)(void *ctx, const struct prefix *net, const char *url,
                              struct nj_err *err);

struct rdap_servers_read {
    size_t taken, refused; /* prefixes; refused: none, or without a URL that may be asked */
    int64_t published_us;  /* as the file says; 0: it does not */
};

/** Read a bootstrap file. @return 0; -1 NJ_FORMAT (it is none, or holds no prefix), or that of
 * `fn` */
int rdap_read_servers(const char *bytes, size_t length, bool local, rdap_server_fn fn,
                      void *ctx, struct rdap_servers_read *ret, struct nj_err *err);

#endif

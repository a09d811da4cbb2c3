/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of RDAP servers, as the store keeps them between runs. */
#ifndef NJ_CLI_RDAP_SERVERS_H
#define NJ_CLI_RDAP_SERVERS_H

#include <stdbool.h>

#include "model/nets.h"
#include "store/query.h"

struct rdap_servers {
    const char *url;      /* where they come from; ends with "/". Borrowed */
    bool local;           /* http:// to this machine may be asked */
    struct nets *nets;    /* prefixes with the URL of their server; NULL: none are known */
    int64_t published_us; /* the older of the two files; 0: they do not say */
    bool young, fetched;  /* those kept need no look; these are not kept yet */
};

/** What is kept of them, if it came from there. @return 0; -1 */
int rdap_servers_load(struct rdap_servers *servers, struct store *store, int64_t oldest_us,
                      struct nj_err *err);

/** Get ipv4.json and ipv6.json. @return 0; -1: what was known stays */
int rdap_servers_fetch(struct rdap_servers *servers, unsigned timeout_ms, struct nj_err *err);

int rdap_servers_keep(const struct rdap_servers *servers, struct store *store, int64_t now_us,
                      struct nj_err *err);

/** @return the URL to ask, borrowed; NULL: no registry has it */
const char *rdap_servers_find(const struct rdap_servers *servers, struct addr a);

void rdap_servers_done(struct rdap_servers *servers);

#endif

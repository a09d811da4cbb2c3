/* SPDX-License-Identifier: Apache-2.0 */
/* Reverse names of addresses, asked of resolvers by c-ares. Called by cli/ when somebody asks
 * for it; nothing else in Nightjar asks the network for names.
 *
 * The owner of an address writes what he likes into its reverse zone, so a name is asked for
 * its addresses too: it is confirmed if the address is among them (RFC 1912, 2.1). */
#ifndef NJ_NAMES_NAMES_H
#define NJ_NAMES_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/addr.h"

#define NAMES_ADDRESSES_MAX 100000u /* of one call */
#define NAMES_PARALLEL_MAX 200u     /* queries under way */
#define NAMES_RATE_MAX 10000u       /* queries a second */

struct names_options {
    const char *servers; /* "192.0.2.53,192.0.2.54:5353"; NULL: those of resolv.conf */
    unsigned parallel;   /* queries under way, 1 to NAMES_PARALLEL_MAX */
    unsigned rate;       /* queries a second, 1 to NAMES_RATE_MAX */
    unsigned timeout_ms; /* of the first try; there are three, each twice as long */
};

enum names_result {
    NAMES_FOUND,
    NAMES_NONE,   /* there is none: NXDOMAIN, or no PTR record */
    NAMES_FAILED, /* nobody could say: no answer, SERVFAIL, nonsense */
};

struct names_answer {
    struct addr addr;
    enum names_result result;
    char name[256]; /* NAMES_FOUND: as c-ares writes it, else "". Anything may stand in it */
    bool checked;   /* somebody could say which addresses it has */
    bool confirmed; /* it leads back to the address */
};

/**
 * Ask for the names of some addresses.
 *
 * @param ret_answers  one for each address, in their order
 * @return 0; -1 NJ_CONFIG (servers that are none), NJ_LIMIT, NJ_IO, NJ_NOMEM
 *
 * Ends in time: each query has three tries and no more.
 */
int names_ask(const struct addr *addrs, size_t count, const struct names_options *options,
              struct names_answer *ret_answers, struct nj_err *err);

#endif

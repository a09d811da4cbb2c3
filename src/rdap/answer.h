/* SPDX-License-Identifier: Apache-2.0 */
/* What a registry says of the network that an address is in: an "ip network" object of RDAP
 * (RFC 9083, 5.4), its holder and its abuse contact (jCard, RFC 7095).
 *
 * Whoever answers may write anything: sizes, depth and numbers are bounded, and an answer about
 * another network than the one asked for is none. */
#ifndef NJ_RDAP_ANSWER_H
#define NJ_RDAP_ANSWER_H

#include <stddef.h>

#include "model/addr.h"

/* Registries' answers have 2 to 60 kB with their notices. */
#define RDAP_ANSWER_MAX 1048576u

/* Texts are UTF-8, cut to fit; "" for what is not told. Anything may stand in them, also
 * control characters. */
struct rdap_network {
    struct prefix net; /* may be a range that is no prefix */
    char handle[64], name[128];
    char country[3];                  /* of the registration: "CN" */
    char organisation[200];           /* the registrant; never the name of a person */
    char abuse[256];                  /* a mailbox that mail can be sent to */
    char registered[11], changed[11]; /* days: "2011-05-01" */
};

/**
 * Read an answer.
 *
 * @param asked  the network must hold it
 * @return 0; -1 NJ_FORMAT: it is none, or about something else
 */
int rdap_read_network(const char *bytes, size_t length, struct addr asked,
                      struct rdap_network *ret, struct nj_err *err);

/** "203.0.113.0/24", or "203.0.113.0 - 203.0.113.99" where it is no prefix.
 * @return text, of RDAP_RANGE_MAX bytes */
#define RDAP_RANGE_MAX 96
char *rdap_range(const struct prefix *net, char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Ask registries whose network an address is in, by RDAP (RFC 9082, 3.1.1). Called by cli/
 * when somebody asks for it; nothing else in Nightjar asks registries.
 *
 * One question at a time, at most so many a second: registries answer everybody for nothing,
 * and shut out who asks too much. */
#ifndef NJ_RDAP_ASK_H
#define NJ_RDAP_ASK_H

#include "rdap/answer.h"
#include "rdap/client.h"

#define RDAP_QUESTIONS_MAX 10000u /* of one call */
#define RDAP_RATE_MAX 100u        /* a second */

struct rdap_options {
    unsigned rate;       /* questions a second, 1 to RDAP_RATE_MAX */
    unsigned timeout_ms; /* of one question, with its redirects */
    bool local;          /* http:// to this machine may be asked */
};

enum rdap_result {
    RDAP_FOUND,
    RDAP_NONE,      /* the registry says that it has no record */
    RDAP_FAILED,    /* nobody could say: no answer, nonsense */
    RDAP_NOT_ASKED, /* the reason stands in `why` */
};

struct rdap_answer {
    struct addr addr;
    const char *server; /* in front of "ip/ADDRESS"; NULL: nobody is to be asked. Borrowed */
    enum rdap_result result;
    char host[RDAP_HOST_MAX];    /* who said so: RDAP_FOUND, RDAP_NONE */
    char why[200];               /* RDAP_FAILED, RDAP_NOT_ASKED: in words */
    struct rdap_network network; /* RDAP_FOUND */
};

/**
 * Ask for those with a server. A server that gives no answer twice in a row, or says that it is
 * busy, is left alone for the rest of the call.
 *
 * @param answers  `addr` and `server` are filled in; the rest becomes so
 * @return 0; -1 NJ_LIMIT, NJ_NOMEM
 *
 * Ends in time: count / rate seconds, and `timeout_ms` for each question.
 */
int rdap_ask(struct rdap_answer *answers, size_t count, const struct rdap_options *options,
             struct nj_err *err);

#endif

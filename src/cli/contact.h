/* SPDX-License-Identifier: Apache-2.0 */
/* To whom a report of abuse goes. Nobody on the network is asked. */
#ifndef NJ_CLI_CONTACT_H
#define NJ_CLI_CONTACT_H

#include "cli/cli.h"
#include "model/addr.h"
#include "store/query.h"

struct contact_question {
    const struct cli *cli; /* its first word is the address */
    struct addr source;
    uint32_t asn;      /* 0: unknown */
    const char *named; /* by the user, who knows best; NULL: not */
    const char *file;  /* of lines PREFIX,MAILBOX or AS64500,MAILBOX; NULL: none */
    int64_t now_us;
    int64_t age_days; /* of a registry's answer that is not old */
};

struct contact {
    char mailbox[256]; /* "": nobody is known */
    char basis[400]; /* "SERVER named for NET by RDAP on DAY"; "" if the user or his file did */
};

/**
 * The first that knows: the user, the narrowest line of the file, what the registry said when
 * `nightjar rdap` asked it. Says on standard error what the registry said, or what to do when
 * nobody is known, unless the command is quiet.
 *
 * @return 0; -1
 */
int contact_find(const struct contact_question *question, struct store *store,
                 struct contact *ret, struct nj_err *err);

#endif

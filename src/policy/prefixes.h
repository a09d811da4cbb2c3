/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours as one prefix, on evidence. Called by decide.c.
 *
 * The addresses seen form a tree of prefixes, from the shortest that the policy allows down.
 * A node becomes a decision of its own when enough distinct hostile addresses of one actor, or
 * of one kind (tool and ports), stand in it and they are the greater part of all that was seen
 * there; it is then narrowed to what holds them. A guard refuses nodes with a declared scanner,
 * with an allowed or special address, or of a network whose customers share addresses. Refused
 * ones are told as well. */
#ifndef NJ_POLICY_PREFIXES_H
#define NJ_POLICY_PREFIXES_H

#include "policy/decide.h"

/* An address that was seen, hostile or not. */
struct seen {
    struct addr source;
    const struct decision *hostile; /* more than monitored; NULL: not */
    bool declared;
};

/**
 * Find the prefixes.
 *
 * @param seen  by address
 * @param ret   decisions, by address, taken: free() them
 * @return 0; -1 NJ_NOMEM
 */
int policy_prefixes(const struct policy *policy, const struct allow *allow,
                    const struct seen *seen, size_t count, struct decision **ret,
                    size_t *ret_count, struct nj_err *err);

#endif

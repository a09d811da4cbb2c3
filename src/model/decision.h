/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says to do with an address or prefix. Made by policy/, written by feed/.
 * Microseconds since 1970 UTC. */
#ifndef NJ_MODEL_DECISION_H
#define NJ_MODEL_DECISION_H

#include <stdint.h>

#include "model/addr.h"
#include "model/risk.h"

enum action { /* from the mildest */
              ACTION_NONE,
              ACTION_MONITOR,
              ACTION_QUARANTINE, /* let a little through: rate-limit, tarpit, a network apart */
              ACTION_BLOCK,
              ACTIONS,
};

extern const char *const action_names[ACTIONS]; /* "none", "monitor", ... */

enum decision_state {
    DECISION_ACTIVE,
    DECISION_EXPIRED, /* its time is over */
    DECISION_MOVED,   /* its actor went on to another address */
    DECISION_ALLOWED, /* an allow list or a special range says no */
    DECISION_STATES,
};

extern const char *const decision_state_names[DECISION_STATES]; /* "active", ... */

struct decision {
    struct prefix net; /* first and last are the same for one address */
    enum action action;
    enum decision_state state;
    int64_t since_us, until_us; /* until: the first instant without it */
    double risk;
    enum risk_level level;
    enum grade grade; /* of the address itself, never inherited; of a prefix the worst */
    uint64_t actor;   /* 0: none */
    double hop;       /* probability of the accepted hop that led here; 0: none */
    struct addr hop_from, moved_to;
    int64_t first_us, last_us; /* packets */
    int64_t actor_us;          /* when its actor was first stated; 0: not known */
    int64_t ended_us;          /* when something stronger than it ended; 0: nothing did */
    uint64_t sessions;         /* 0: not known as of that instant */
    uint32_t asn;              /* 0: unknown */
    uint32_t addresses;        /* seen hostile in it: 1 for an address */
    char country[3];
    char tool[24];
    char ports[64];   /* of most sessions, "23,22,3389"; "" when unknown */
    char rule[32];    /* name of the rule of the policy */
    char reason[416]; /* one line, UTF-8, made of facts */
};

/* For qsort of decisions. */
/** Worst first: action, risk, last packet, address. */
int decision_worse(const void *left, const void *right);
/** By address, of prefixes that begin with it the longest range first. */
int decision_by_address(const void *left, const void *right);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The table of rules behind classify(): one row per rule, first hit wins. */
#ifndef NJ_CLASSIFY_RULE_H
#define NJ_CLASSIFY_RULE_H

#include <stddef.h>

#include "model/packet.h"

/* Which packets a rule is asked about at all. */
enum {
    ON_TCP = 1,
    ON_UDP = 2,
    ON_ICMP = 4, /* ICMP and ICMPv6 */
    ON_REST = 8, /* any other protocol */
    ON_ALL = 15,
};

struct rule {
    const char *name;
    const char *condition; /* the rule in words, for people */
    enum class class;
    unsigned on;
    uint16_t sport, dport;               /* 0: any */
    uint8_t tcp_mask, tcp_flags;         /* the flags of the mask must be these */
    bool needs_payload;                  /* asked only about packets with payload */
    bool payload_rules;                  /* stands for all rules of payload_rules.h */
    bool (*test)(const struct packet *); /* NULL: always true */
};

extern const struct rule rules[];
extern const size_t rule_count; /* the last rule is on all and always true */

#endif

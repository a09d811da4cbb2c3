/* SPDX-License-Identifier: Apache-2.0 */
/* What a scanner's header fields say about the address that it asked.
 *
 * Tools write the destination into other fields (docs/FINGERPRINTS.md): Mirai's sequence number
 * is it, masscan's identification mixes it with port and sequence number, unicornscan's
 * sequence number is it under a key. Such a field tells who the sensor is, and makes the tool
 * recognisable: so it must follow when the address is replaced.
 *
 * Fixed relations are tried on each packet, relations under an unknown constant K on all
 * packets of a source: if `field ^ f(destination) ^ g(ports)` (or the difference) is the same
 * for several packets to different destinations, far more often than chance would have it, the
 * field follows. That covers tools that nobody has named. Not for other modules. */
#ifndef NJ_SAMPLE_RELATION_H
#define NJ_SAMPLE_RELATION_H

#include <stddef.h>

#include "model/addr.h"

enum slot {
    SLOT_SEQ, /* 32 bits */
    SLOT_ACK,
    SLOT_TS_VALUE,
    SLOT_TS_ECHO,
    SLOT_ECHO, /* ICMP echo: identifier << 16 | sequence number */
    SLOT_ID,   /* 16 bits */
    SLOT_WINDOW,
    SLOT_URGENT,
    SLOT_SPORT,
    SLOT_SEQ_HIGH,
    SLOT_SEQ_LOW,
    SLOTS,
    SLOTS_32 = SLOT_ID,
};

struct rule {
    bool set;
    bool fixed;                   /* of a known relation: the constant is no secret of a run */
    bool add;                     /* a sum instead of an exclusive or */
    uint8_t word;                 /* of the address */
    uint8_t of_address, of_ports; /* which functions */
    uint32_t constant;
};

/* The fields of one packet. Of halves of the sequence number nothing needs to be set. */
struct probe {
    struct addr src;
    uint32_t words[4]; /* the destination: one word of IPv4, four of IPv6 */
    unsigned word_count;
    uint16_t dport;
    uint32_t values[SLOTS];
    bool has[SLOTS];
    struct rule rules[SLOTS]; /* found by relations_find */
};

/** Find the rules of all packets. @param probes  those of one source stand together
 * @return 0; -1 NJ_NOMEM */
int relations_find(struct probe *probes, size_t count, struct nj_err *err);

/** The fixed relations of one packet alone. */
void relations_find_fixed(struct probe *probe);

/** The constant that the slot's value has under a rule, and the value that has this constant:
 * of the present words, dport and values of the other slots. */
uint32_t relation_constant(const struct probe *probe, enum slot slot, const struct rule *rule);
uint32_t relation_value(const struct probe *probe, enum slot slot, const struct rule *rule,
                        uint32_t constant);

#endif

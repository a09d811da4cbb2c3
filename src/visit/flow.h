/* SPDX-License-Identifier: Apache-2.0 */
/* The keyed hashes of a packet: of its flow, the same for both directions, and of its visit.
 *
 * A flow hash is read as parts:
 *
 *   bits 32-52  position in the session table
 *   bits  0-31  tag: bits 2-31 the same for both directions, bits 0-1 the side: which of the
 *               two ends sends (bit 0), and for ICMP whether it is the answering type (bit 1)
 *
 * Only TCP, UDP and ICMP have ports; other protocols and later fragments have ports 0. */
#ifndef NJ_VISIT_FLOW_H
#define NJ_VISIT_FLOW_H

#include "model/packet.h"

#define FLOW_POSITION_BITS 21
#define VISIT_SEED                                                                             \
    0x6e696768746a6172ull /* "nightjar"; fixed, since saved state holds hashes                 \
                           */

static inline bool flow_has_ports(const struct packet *packet)
{
    return !packet->fragment && (packet->proto == PROTO_TCP || packet->proto == PROTO_UDP ||
                                 packet->proto == PROTO_ICMP || packet->proto == PROTO_ICMPV6);
}

static inline bool flow_is_icmp(const struct packet *packet)
{
    return packet->proto == PROTO_ICMP || packet->proto == PROTO_ICMPV6;
}

/** What a visit is known by, beside the class and stack of its sessions. */
struct visit_key {
    struct addr src;
    struct addr dst; /* part of the key only if lone */
    uint16_t sport;  /* likewise */
    uint16_t dport;
    uint32_t sensor;
    uint32_t stack;
    int32_t hour; /* hours since 1970-01-01 UTC */
    uint8_t proto;
    uint8_t class;
    bool lone; /* gather = 0: each session is a visit of its own */
};

/** The request type that an ICMP type answers (RFC 792, 950, 4443), or the type itself. */
uint8_t flow_icmp_request(uint8_t proto, uint8_t type);

/** The key of the visit that a packet belongs to: of its own sender, or for a reply of the
 * source that it answers. Class, stack, hour and lone are left for the caller. */
void flow_visit_key(const struct packet *packet, bool reply, struct visit_key *ret_key);

uint64_t flow_hash(uint64_t seed, const struct packet *packet);
/** Never 0. */
uint64_t flow_visit_hash(uint64_t seed, const struct visit_key *key);
/** 32 bits that stand for a destination: its number for IPv4, so exact; a hash for IPv6. */
uint32_t flow_target(uint64_t seed, struct addr dst);

#endif

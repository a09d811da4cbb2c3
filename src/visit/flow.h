/* SPDX-License-Identifier: Apache-2.0 */
/* The keyed hashes of a packet: of its flow, the same for both directions, and of its visit.
 *
 * A flow hash is read as parts:
 *
 *   bits 32-52  position in the session table
 *   bits  0-31  tag: bits 2-31 the same for both directions, bits 0-1 the side: which of the
 *               two ends sends (bit 0), and for ICMP whether it is the answering type (bit 1)
 *
 * Only TCP, UDP, SCTP and ICMP have ports, and rows of a log that names no protocol; other
 * protocols and later fragments have ports 0. */
#ifndef NJ_VISIT_FLOW_H
#define NJ_VISIT_FLOW_H

#include "model/packet.h"

#define FLOW_POSITION_BITS 21
#define VISIT_SEED 0x6e696768746a6172ull /* "nightjar"; fixed: saved state holds hashes */

/* A log may tell a port and not of which protocol. */
static inline bool flow_has_ports(const struct packet *packet)
{
    return !packet->fragment &&
           (packet->proto == PROTO_TCP || packet->proto == PROTO_UDP ||
            packet->proto == PROTO_SCTP || packet->proto == PROTO_ICMP ||
            packet->proto == PROTO_ICMPV6 || (packet->proto == 0 && packet->row));
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

/* The mixing step multiplies two keyed words to 128 bits and folds the halves; the sum that is
 * added keeps a zero factor from swallowing the other word. */

__extension__ typedef unsigned __int128 flow_wide;

#define FLOW_KEY_1 0x9e3779b97f4a7c15ull /* any odd numbers with mixed bits will do */
#define FLOW_KEY_2 0xd1b54a32d192ed03ull
#define FLOW_KEY_3 0x8cb92ba72f3d8dd7ull
#define FLOW_KEY_4 0xabc98388fb8fac03ull

static inline uint64_t flow_mix(uint64_t a, uint64_t b)
{
    flow_wide product = (flow_wide)a * b;

    return ((uint64_t)product ^ (uint64_t)(product >> 64)) + (a ^ (b << 32 | b >> 32));
}

static inline uint64_t flow_addr_hash(uint64_t seed, struct addr a)
{
    return flow_mix(a.hi ^ seed ^ FLOW_KEY_1, a.lo ^ (seed << 1) ^ FLOW_KEY_2);
}

/** What the ICMP fields add to a flow, and its side. */
uint64_t flow_icmp_common(const struct packet *packet, uint64_t *ret_side);

/** From the hashes of its two addresses. */
static inline uint64_t flow_hash_of(uint64_t seed, const struct packet *packet, uint64_t from,
                                    uint64_t to)
{
    uint64_t common = (uint64_t)packet->sensor << 8 | packet->proto;
    uint64_t low, high, side = 0;

    if (flow_has_ports(packet)) {
        if (flow_is_icmp(packet)) {
            common = flow_mix(common ^ FLOW_KEY_3, flow_icmp_common(packet, &side));
        } else {
            from += (packet->sport + 1) * FLOW_KEY_3;
            to += (packet->dport + 1) * FLOW_KEY_3;
        }
    }
    low = from < to ? from : to;
    high = from < to ? to : from;
    side |= from > to ? 1 : 0;
    return (flow_mix(low ^ (common * FLOW_KEY_1), high ^ seed ^ FLOW_KEY_4) & ~3ull) | side;
}

static inline uint64_t flow_hash(uint64_t seed, const struct packet *packet)
{
    return flow_hash_of(seed, packet, flow_addr_hash(seed, packet->src),
                        flow_addr_hash(seed, packet->dst));
}

/** The hash of a visit that is not lone, from that of its source. Never 0. */
static inline uint64_t flow_visit_hash_of(uint64_t src_hash, uint32_t sensor, uint16_t dport,
                                          uint8_t proto, uint8_t class, uint32_t stack,
                                          int32_t hour)
{
    uint64_t what =
        (uint64_t)sensor << 32 | (uint64_t)dport << 16 | (uint64_t)proto << 8 | class;
    uint64_t when = (uint64_t)stack << 32 | (uint32_t)hour;

    return flow_mix(src_hash ^ what * FLOW_KEY_1, when ^ FLOW_KEY_3) | 1ull << 63;
}

uint64_t flow_visit_hash(uint64_t seed, const struct visit_key *key);

/** What an ICMP reply's visit is known by: the request's type, with the code. */
static inline uint16_t flow_replied_dport(const struct packet *packet)
{
    uint8_t type;

    if (!flow_is_icmp(packet))
        return packet->sport;
    type = flow_icmp_request(packet->proto, (uint8_t)(packet->dport >> 8));
    return (uint16_t)(type << 8 | (packet->dport & 0xff));
}

/** The key of the visit that a packet belongs to: of its own sender, or for a reply of the
 * source that it answers. Class, stack, hour and lone are left for the caller. */
static inline void flow_visit_key(const struct packet *packet, bool reply,
                                  struct visit_key *ret_key)
{
    bool ports = flow_has_ports(packet);

    ret_key->sensor = packet->sensor;
    ret_key->proto = packet->proto;
    if (!reply) {
        ret_key->src = packet->src;
        ret_key->dst = packet->dst;
        ret_key->sport = ports ? packet->sport : 0;
        ret_key->dport = ports ? packet->dport : 0;
    } else {
        ret_key->src = packet->dst;
        ret_key->dst = packet->src;
        ret_key->sport = !ports ? 0 : flow_is_icmp(packet) ? packet->sport : packet->dport;
        ret_key->dport = ports ? flow_replied_dport(packet) : 0;
    }
}

/** 32 bits that stand for a destination: its number for IPv4, so exact; a hash for IPv6. */
static inline uint32_t flow_target(uint64_t seed, struct addr dst)
{
    return addr_is_v4(dst) ? addr_v4(dst)
                           : (uint32_t)flow_mix(flow_addr_hash(seed, dst), FLOW_KEY_3);
}

#endif

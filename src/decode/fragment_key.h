/* SPDX-License-Identifier: Apache-2.0 */
/* Which packet a fragment is of. For fragment.c and held.c alone. */
#ifndef NJ_DECODE_FRAGMENT_KEY_H
#define NJ_DECODE_FRAGMENT_KEY_H

#include "model/packet.h"

static inline uint64_t fragment_mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(a ^ 0x9e3779b97f4a7c15ull) * (b ^ 0xd1b54a32d192ed03ull);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/** IPv4 numbers the packets of each protocol apart, IPv6 all of them together. */
static inline uint64_t fragment_number(uint8_t ip_version, uint8_t proto, uint32_t id)
{
    return (uint64_t)(ip_version == 6 ? 0 : proto) << 32 | id;
}

/** @param secret  without it senders could make long chains */
static inline uint64_t fragment_hash(uint64_t secret, struct addr src, struct addr dst,
                                     uint64_t number)
{
    uint64_t hash = fragment_mix(src.lo ^ secret, src.hi ^ number);

    return fragment_mix(hash ^ dst.lo, dst.hi ^ secret);
}

static inline uint64_t fragment_hash_of(uint64_t secret, const struct packet *packet)
{
    return fragment_hash(
        secret, packet->src, packet->dst,
        fragment_number(packet->ip_version, packet->proto, packet->fragment_id));
}

/** Make a later fragment one of the session of its first, which has these. */
static inline void fragment_join(struct packet *later, uint8_t proto, uint16_t sport,
                                 uint16_t dport)
{
    later->fragment = false;
    later->joined = true;
    later->proto = proto;
    later->sport = sport;
    later->dport = dport;
    later->payload_length = 0; /* it begins somewhere in the middle */
}

#endif

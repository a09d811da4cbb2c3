/* SPDX-License-Identifier: Apache-2.0 */
#include "visit/flow.h"

uint8_t flow_icmp_request(uint8_t proto, uint8_t type)
{
    if (proto == PROTO_ICMPV6)
        return type == 129 ? 128 : type;
    switch (type) {
    case 0:
        return 8; /* echo */
    case 14:
        return 13; /* timestamp */
    case 16:
        return 15; /* information */
    case 18:
        return 17; /* address mask */
    default:
        return type;
    }
}

uint64_t flow_icmp_common(const struct packet *packet, uint64_t *ret_side)
{
    uint8_t type = (uint8_t)(packet->dport >> 8);
    uint8_t request = flow_icmp_request(packet->proto, type);

    *ret_side = type != request ? 2 : 0;
    return (uint64_t)packet->sport << 16 | (uint64_t)request << 8 | (packet->dport & 0xff);
}

uint64_t flow_visit_hash(uint64_t seed, const struct visit_key *key)
{
    uint64_t hash = flow_visit_hash_of(flow_addr_hash(seed, key->src), key->sensor, key->dport,
                                       key->proto, key->class, key->stack, key->hour);

    if (key->lone)
        hash = flow_mix(hash ^ key->sport, flow_addr_hash(seed, key->dst) ^ FLOW_KEY_4);
    return hash;
}

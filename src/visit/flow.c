/* SPDX-License-Identifier: Apache-2.0 */
/* The mixing step multiplies two keyed words to 128 bits and folds the halves; the sum that is
 * added keeps a zero factor from swallowing the other word. */
#include "visit/flow.h"

__extension__ typedef unsigned __int128 wide;

#define KEY_1 0x9e3779b97f4a7c15ull /* any odd numbers with mixed bits will do */
#define KEY_2 0xd1b54a32d192ed03ull
#define KEY_3 0x8cb92ba72f3d8dd7ull
#define KEY_4 0xabc98388fb8fac03ull

static uint64_t mix(uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;

    return ((uint64_t)product ^ (uint64_t)(product >> 64)) + (a ^ (b << 32 | b >> 32));
}

static uint64_t hash_addr(uint64_t seed, struct addr a)
{
    return mix(a.hi ^ seed ^ KEY_1, a.lo ^ (seed << 1) ^ KEY_2);
}

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

void flow_visit_key(const struct packet *packet, bool reply, struct visit_key *ret_key)
{
    bool ports = flow_has_ports(packet);

    ret_key->sensor = packet->sensor;
    ret_key->proto = packet->proto;
    ret_key->sport = ports ? packet->sport : 0;
    ret_key->dport = ports ? packet->dport : 0;
    if (!reply) {
        ret_key->src = packet->src;
        ret_key->dst = packet->dst;
        return;
    }
    ret_key->src = packet->dst;
    ret_key->dst = packet->src;
    if (flow_is_icmp(packet)) {
        uint8_t type = flow_icmp_request(packet->proto, (uint8_t)(ret_key->dport >> 8));

        ret_key->dport = (uint16_t)(type << 8 | (ret_key->dport & 0xff));
    } else if (ports) {
        ret_key->sport = packet->dport;
        ret_key->dport = packet->sport;
    }
}

uint64_t flow_hash(uint64_t seed, const struct packet *packet)
{
    uint64_t from = hash_addr(seed, packet->src), to = hash_addr(seed, packet->dst);
    uint64_t common = (uint64_t)packet->sensor << 8 | packet->proto;
    uint64_t low, high, side = 0;

    if (flow_has_ports(packet)) {
        if (flow_is_icmp(packet)) {
            uint8_t type = (uint8_t)(packet->dport >> 8);
            uint8_t request = flow_icmp_request(packet->proto, type);

            side = type != request ? 2 : 0;
            common = mix(common ^ KEY_3, (uint64_t)packet->sport << 16 |
                                             (uint64_t)request << 8 | (packet->dport & 0xff));
        } else {
            from = mix(from ^ packet->sport, KEY_3);
            to = mix(to ^ packet->dport, KEY_3);
        }
    }
    low = from < to ? from : to;
    high = from < to ? to : from;
    side |= from > to ? 1 : 0;
    low = mix(low ^ common, high ^ seed ^ KEY_4);
    return (mix(low, KEY_1) & ~3ull) | side;
}

uint64_t flow_visit_hash(uint64_t seed, const struct visit_key *key)
{
    uint64_t what = (uint64_t)key->sensor << 32 | (uint64_t)key->dport << 16 |
                    (uint64_t)key->proto << 8 | (uint64_t)key->class << 1 | key->lone;
    uint64_t when = (uint64_t)key->stack << 32 | (uint32_t)key->hour;
    uint64_t hash = mix(hash_addr(seed, key->src) ^ what, when ^ KEY_3);

    if (key->lone)
        hash = mix(hash ^ key->sport, hash_addr(seed, key->dst) ^ KEY_4);
    hash = mix(hash, KEY_2);
    return hash == 0 ? 1 : hash;
}

uint32_t flow_target(uint64_t seed, struct addr dst)
{
    return addr_is_v4(dst) ? addr_v4(dst) : (uint32_t)mix(hash_addr(seed, dst), KEY_3);
}

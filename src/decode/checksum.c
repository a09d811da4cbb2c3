/* SPDX-License-Identifier: Apache-2.0 */
/* The Internet checksum (RFC 1071) of IPv4 headers, TCP, UDP, ICMP and ICMPv6.
 *
 * A card that fills in checksums itself ("offload") makes its own machine's captures show what
 * the kernel left there: nothing, or the sum of the pseudo header alone. Neither says that the
 * packet was wrong on the wire. */
#include "decode/layers.h"

/* The ones' complement sum of big-endian words, not yet folded. */
static uint64_t sum_words(const uint8_t *bytes, size_t length)
{
    uint64_t sum = 0;
    size_t i = 0;

    for (; i + 4 <= length; i += 4) { /* native words: the sum does not care, RFC 1071 2(B) */
        uint32_t word;

        memcpy(&word, bytes + i, 4);
        sum += word;
    }
    if (i < length) {
        uint8_t last[4] = {0};
        uint32_t word;

        memcpy(last, bytes + i, length - i);
        memcpy(&word, last, 4);
        sum += word;
    }
    return sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* As the field stands in memory. */
static uint16_t field_at(const uint8_t *bytes)
{
    uint16_t field;

    memcpy(&field, bytes, 2);
    return field;
}

bool checksum_ipv4_bad(const uint8_t *header, size_t length)
{
    return field_at(header + 10) != 0 && fold(sum_words(header, length)) != 0xffff;
}

static uint64_t pseudo_header(const struct packet *packet, uint32_t length)
{
    uint32_t numbers[2] = {__builtin_bswap32(length), __builtin_bswap32(packet->proto)};
    uint64_t sum = (uint64_t)numbers[0] + numbers[1];
    uint64_t words[4] = {packet->src.hi, packet->src.lo, packet->dst.hi, packet->dst.lo};

    if (packet->ip_version == 4) /* without the mapped prefix */
        return sum + __builtin_bswap32((uint32_t)packet->src.lo) +
               __builtin_bswap32((uint32_t)packet->dst.lo);
    for (int i = 0; i < 4; i++)
        sum += (uint64_t)__builtin_bswap32((uint32_t)words[i]) +
               __builtin_bswap32((uint32_t)(words[i] >> 32));
    return sum;
}

bool checksum_transport_bad(const uint8_t *segment, size_t length, const struct packet *packet)
{
    size_t at;
    uint16_t field, pseudo = 0;

    switch (packet->proto) {
    case PROTO_TCP:
        at = 16;
        break;
    case PROTO_UDP:
        at = 6;
        break;
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        at = 2;
        break;
    default:
        return false;
    }
    if (length < at + 2)
        return false;
    field = field_at(segment + at);
    if (field == 0)
        return false;
    if (packet->proto != PROTO_ICMP)
        pseudo = fold(pseudo_header(packet, (uint32_t)length));
    if (fold(sum_words(segment, length) + pseudo) == 0xffff)
        return false;
    if (packet->proto == PROTO_ICMP)
        return true;
    return field != pseudo && field != fold(pseudo_header(packet, 0));
}

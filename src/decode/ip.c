/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200; AH: RFC 4302). */
#include "decode/layers.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define EXTENSIONS_MAX 16 /* RFC 8200 knows seven kinds, all but one once */

enum {
    IPV6_HOP_BY_HOP = 0,
    IPV6_ROUTING = 43,
    IPV6_FRAGMENT = 44,
    IPV6_AH = 51,
    IPV6_DESTINATION = 60,
};

/* The packet ends `length` bytes from `start`: what stands behind is padding. */
static void end_at(struct nj_cursor *c, const uint8_t *start, uint32_t length)
{
    if (length < (size_t)(c->end - start))
        c->end = start + length;
}

static enum decode_result ipv4(struct nj_cursor *c, uint32_t wire, bool *cut,
                               struct packet *packet)
{
    const uint8_t *start = c->pos;
    size_t present = nj_cursor_left(c);
    unsigned first = nj_u8(c);
    uint32_t header = (first & 15) * 4;
    uint16_t fragment;

    packet->ip_version = 4;
    packet->ip = start;
    packet->tos = nj_u8(c);
    packet->ip_length = nj_be16(c);
    packet->ip_id = nj_be16(c);
    fragment = nj_be16(c);
    packet->ttl = nj_u8(c);
    packet->proto = nj_u8(c);
    (void)nj_be16(c); /* checksum */
    packet->src = addr_from_v4(nj_be32(c));
    packet->dst = addr_from_v4(nj_be32(c));
    if (c->bad)
        return decode_short(*cut);
    if (packet->ip_length == 0)
        packet->ip_length = wire;
    if (first >> 4 != 4 || header < IPV4_HEADER || packet->ip_length < header)
        return DECODE_MALFORMED;
    packet->df = (fragment & 0x4000) != 0;
    packet->fragment = (fragment & 0x1fff) != 0;
    packet->first_fragment = !packet->fragment && (fragment & 0x2000) != 0;

    *cut = packet->ip_length > present;
    end_at(c, start, packet->ip_length);
    packet->fragment_id = packet->ip_id;
    packet->rerouted = header > IPV4_HEADER;
    packet->ip_captured = (uint32_t)(c->end - start);
    (void)nj_take(c, header - IPV4_HEADER);
    if (c->bad)
        return decode_short(*cut);
    packet->bad_checksum = checksum_ipv4_bad(start, header);
    return DECODE_OK;
}

/* Step over extension headers; packet->proto becomes what they lead to. */
static enum decode_result extensions(struct nj_cursor *c, bool cut, uint8_t next,
                                     struct packet *packet)
{
    for (int count = 0; count < EXTENSIONS_MAX; count++) {
        uint8_t this = next;
        size_t length;
        uint16_t offset;

        packet->proto = this;
        if (packet->fragment ||
            (this != IPV6_HOP_BY_HOP && this != IPV6_ROUTING && this != IPV6_FRAGMENT &&
             this != IPV6_AH && this != IPV6_DESTINATION))
            return DECODE_OK;
        next = nj_u8(c);
        length = nj_u8(c);
        if (this == IPV6_FRAGMENT) {
            offset = nj_be16(c);
            packet->fragment_id = nj_be32(c);
            packet->fragment = offset >> 3 != 0;
            packet->first_fragment = !packet->fragment && (offset & 1) != 0;
        } else {
            packet->rerouted |= this == IPV6_ROUTING;
            (void)nj_take(c, this == IPV6_AH ? length * 4 + 6 : length * 8 + 6);
        }
        if (c->bad)
            return decode_short(cut);
    }
    return DECODE_MALFORMED;
}

static enum decode_result ipv6(struct nj_cursor *c, uint32_t wire, bool *cut,
                               struct packet *packet)
{
    const uint8_t *start = c->pos;
    size_t present = nj_cursor_left(c);
    uint32_t first = nj_be32(c);
    uint32_t length = nj_be16(c);
    uint8_t next = nj_u8(c);

    packet->ip_version = 6;
    packet->ip = start;
    packet->tos = (uint8_t)(first >> 20);
    packet->ttl = nj_u8(c);
    packet->src.hi = nj_be64(c);
    packet->src.lo = nj_be64(c);
    packet->dst.hi = nj_be64(c);
    packet->dst.lo = nj_be64(c);
    if (c->bad)
        return decode_short(*cut);
    if (first >> 28 != 6 || addr_is_v4(packet->src) || addr_is_v4(packet->dst))
        return DECODE_MALFORMED;
    packet->ip_length = length == 0 ? wire : IPV6_HEADER + length;
    *cut = packet->ip_length > present;
    end_at(c, start, packet->ip_length);
    packet->ip_captured = (uint32_t)(c->end - start);
    return extensions(c, *cut, next, packet);
}

enum decode_result ip_decode(struct nj_cursor *c, uint16_t ethertype, uint32_t wire, bool *cut,
                             struct packet *packet)
{
    switch (ethertype) {
    case ETHERTYPE_IPV4:
        return ipv4(c, wire, cut, packet);
    case ETHERTYPE_IPV6:
        return ipv6(c, wire, cut, packet);
    default:
        return DECODE_UNSUPPORTED;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 (RFC 791), IPv6 with extension headers (RFC 8200), TCP, UDP, ICMP, ICMPv6. */
#include "sample/shape.h"

#include "model/packet.h"
#include "sample/wire.h"

#define IPV4_HEADER 20u
#define IPV6_HEADER 40u
#define TCP_HEADER 20u
#define UDP_HEADER 8u
#define ICMP_HEADER 8u
#define EXTENSIONS_MAX 16

/* Step over extension headers. @return whether a transport header may follow */
static bool extensions(const uint8_t *bytes, struct shape *shape)
{
    for (int i = 0; i < EXTENSIONS_MAX; i++) {
        const uint8_t *at = bytes + shape->transport;
        size_t length;

        switch (shape->proto) {
        case 0: /* hop by hop, routing, destination */
        case 43:
        case 60:
            length = shape->end - shape->transport < 2 ? 0 : 8 + (size_t)at[1] * 8;
            break;
        case 51: /* authentication */
            length = shape->end - shape->transport < 2 ? 0 : 8 + (size_t)at[1] * 4;
            break;
        case 44:
            length = 8;
            break;
        default:
            return true;
        }
        if (length == 0 || length > shape->end - shape->transport)
            return false;
        if (shape->proto == 44) {
            unsigned offset = wire_u16(at + 2);

            shape->fragment |= (offset & 0xfff9) != 0;
            if (offset >> 3 != 0) {
                shape->proto = at[0];
                shape->transport += length;
                return false;
            }
        }
        shape->proto = at[0];
        shape->transport += length;
    }
    return false;
}

static void transport(const uint8_t *bytes, struct shape *shape)
{
    const uint8_t *at = bytes + shape->transport;
    size_t left = shape->end - shape->transport, header = 0;

    if (shape->proto == PROTO_TCP && left >= TCP_HEADER)
        header = (size_t)(at[12] >> 4) * 4;
    else if (shape->proto == PROTO_UDP)
        header = UDP_HEADER;
    else if (shape->proto == (shape->version == 4 ? PROTO_ICMP : PROTO_ICMPV6))
        header = ICMP_HEADER;
    shape->whole =
        header != 0 && header <= left && (shape->proto != PROTO_TCP || header >= TCP_HEADER);
    if (shape->whole)
        shape->payload = shape->transport + header;
}

bool shape_read(const uint8_t *bytes, size_t length, struct shape *ret)
{
    struct shape shape = {.end = length};
    size_t says;
    bool follows = true;

    if (length < IPV4_HEADER)
        return false;
    shape.version = bytes[0] >> 4;
    if (shape.version == 4) {
        shape.options = IPV4_HEADER;
        shape.transport = (size_t)(bytes[0] & 15) * 4;
        says = wire_u16(bytes + 2);
        shape.proto = bytes[9];
        shape.fragment = (wire_u16(bytes + 6) & 0x3fff) != 0;
        follows = (wire_u16(bytes + 6) & 0x1fff) == 0;
        if (shape.transport < IPV4_HEADER || shape.transport > length)
            return false;
    } else if (shape.version == 6 && length >= IPV6_HEADER) {
        shape.options = shape.transport = IPV6_HEADER;
        says = wire_u16(bytes + 4);
        if (says != 0)
            says += IPV6_HEADER;
        shape.proto = bytes[6];
    } else {
        return false;
    }
    if (says >= shape.transport && says < shape.end) /* 0: jumbograms, offloaded segments */
        shape.end = says;
    shape.cut = says > length;
    if (shape.version == 6)
        follows = extensions(bytes, &shape);
    shape.payload = shape.transport;
    shape.readable = follows;
    if (follows)
        transport(bytes, &shape);
    *ret = shape;
    return true;
}

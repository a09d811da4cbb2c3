/* SPDX-License-Identifier: Apache-2.0 */
/* Packets in packets. */
#include "decode/tunnel.h"

#include "decode/layers.h"

#define TUNNELS_MAX 4 /* one in the other */

enum {
    PROTO_IPIP = 4,
    PROTO_6IN4 = 41,
    PROTO_GRE = 47,
    PROTO_ETHERIP = 97,
    PORT_GTP = 2152,
    PORT_VXLAN = 4789,
    PORT_GENEVE = 6081,
    PORT_TEREDO = 3544,
};

/* draft-foschiano-erspan-03 4.3: version, VLAN, session 4, timestamp 4, group 2, then P (1
 * bit), frame type (5), ..., O (1), which says that 8 bytes more stand there. */
static uint16_t erspan_3(struct nj_cursor *c)
{
    enum { VERSION_3 = 2, FRAME_IP = 2 };
    unsigned version = nj_be16(c) >> 12, last;
    unsigned type;

    (void)nj_take(c, 8);
    last = nj_be16(c);
    type = last >> 10 & 31;
    if ((last & 1) != 0)
        (void)nj_take(c, 8);
    if (c->bad || version != VERSION_3)
        return ETHERTYPE_NONE;
    return type == 0 ? ETHERTYPE_BRIDGED : type == FRAME_IP ? raw_ip(c) : ETHERTYPE_NONE;
}

/* RFC 2784 and 2890: flags 2, protocol 2, then 4 bytes each for checksum, key, sequence number.
 * Version 1 is PPTP's (RFC 2637) with PPP in it and an acknowledgement. */
static uint16_t gre(struct nj_cursor *c)
{
    enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x80 };
    enum { VERSION = 7, PPTP = 1, TYPE_PPP = 0x880b, ERSPAN_1_2 = 0x88be };
    enum { ERSPAN_3 = 0x22eb };
    unsigned flags = nj_be16(c);
    uint16_t type = nj_be16(c);
    bool pptp = (flags & VERSION) == PPTP;

    if ((flags & ROUTING) != 0 || (flags & VERSION) > PPTP)
        return ETHERTYPE_NONE;
    if ((flags & CHECKSUM) != 0)
        (void)nj_take(c, 4);
    if ((flags & KEY) != 0 || pptp)
        (void)nj_take(c, 4);
    if ((flags & SEQUENCE) != 0)
        (void)nj_take(c, 4);
    if (pptp && (flags & ACK) != 0)
        (void)nj_take(c, 4);
    if (type == TYPE_PPP)
        return ppp(c);
    if (type == ERSPAN_1_2) {
        if ((flags & SEQUENCE) != 0)
            (void)nj_take(c, 8);
        return ETHERTYPE_BRIDGED;
    }
    if (type == ERSPAN_3)
        return erspan_3(c);
    return type;
}

/* RFC 7348: flags with bit I, network number. */
static uint16_t vxlan(struct nj_cursor *c)
{
    unsigned flags = nj_u8(c);

    (void)nj_take(c, 7);
    return (flags & 0x08) != 0 ? ETHERTYPE_BRIDGED : ETHERTYPE_NONE;
}

/* RFC 8926: version and length of the options in words, flags, ethertype, network number. */
static uint16_t geneve(struct nj_cursor *c)
{
    unsigned first = nj_u8(c);
    uint16_t type;

    (void)nj_u8(c);
    type = nj_be16(c);
    (void)nj_take(c, 4 + (first & 63u) * 4);
    return first >> 6 == 0 ? type : ETHERTYPE_NONE;
}

/* 3GPP TS 29.281: version 1 with bit PT, type 255 is a user's packet; length; tunnel; if any of
 * three flags is set four bytes more, and then extension headers in words. */
static uint16_t gtp(struct nj_cursor *c)
{
    enum { EXTENSIONS_MAX = 8 };
    unsigned flags = nj_u8(c), type = nj_u8(c), next;

    (void)nj_take(c, 6);
    if (flags >> 4 != 3 || type != 255)
        return ETHERTYPE_NONE;
    if ((flags & 7) != 0) {
        (void)nj_take(c, 3); /* sequence number, N-PDU */
        next = nj_u8(c);
        for (int i = 0; i < EXTENSIONS_MAX && (flags & 4) != 0 && next != 0; i++) {
            unsigned words = nj_u8(c);

            if (words == 0)
                return ETHERTYPE_NONE;
            (void)nj_take(c, words * 4 - 2);
            next = nj_u8(c);
        }
    }
    return raw_ip(c);
}

/* RFC 4380 5.1.1: authentication and origin may stand before the IPv6 packet. */
static uint16_t teredo(struct nj_cursor *c)
{
    struct nj_cursor ahead = *c;
    uint16_t mark = nj_be16(&ahead);

    if (mark == 1) {
        size_t length = nj_u8(&ahead);

        length += nj_u8(&ahead);
        (void)nj_take(&ahead, length + 9);
        *c = ahead;
        mark = nj_be16(&ahead);
    }
    if (mark == 0)
        (void)nj_take(c, 8);
    return raw_ip(c) == ETHERTYPE_IPV6 ? ETHERTYPE_IPV6 : ETHERTYPE_NONE;
}

/* Take the tunnel's header. @return what follows, ETHERTYPE_NONE if it is no tunnel of these */
static uint16_t enter(unsigned kinds, const struct packet *packet, struct nj_cursor *c)
{
    switch (packet->proto) {
    case PROTO_IPIP:
        return (kinds & TUNNEL_IPIP) != 0 ? ETHERTYPE_IPV4 : ETHERTYPE_NONE;
    case PROTO_6IN4:
        return (kinds & TUNNEL_6IN4) != 0 ? ETHERTYPE_IPV6 : ETHERTYPE_NONE;
    case PROTO_GRE:
        return (kinds & TUNNEL_GRE) != 0 ? gre(c) : ETHERTYPE_NONE;
    case PROTO_ETHERIP: /* RFC 3378 */
        (void)nj_take(c, 2);
        return (kinds & TUNNEL_ETHERIP) != 0 ? ETHERTYPE_BRIDGED : ETHERTYPE_NONE;
    case PROTO_UDP:
        break;
    default:
        return ETHERTYPE_NONE;
    }
    if (packet->dport == PORT_VXLAN && (kinds & TUNNEL_VXLAN) != 0)
        return vxlan(c);
    if (packet->dport == PORT_GENEVE && (kinds & TUNNEL_GENEVE) != 0)
        return geneve(c);
    if (packet->dport == PORT_GTP && (kinds & TUNNEL_GTP) != 0)
        return gtp(c);
    if ((packet->dport == PORT_TEREDO || packet->sport == PORT_TEREDO) &&
        (kinds & TUNNEL_TEREDO) != 0)
        return teredo(c);
    return ETHERTYPE_NONE;
}

bool tunnel_unwrap(unsigned kinds, struct packet *packet)
{
    bool found = false;

    for (int depth = 0; depth < TUNNELS_MAX && !packet->fragment; depth++) {
        struct nj_cursor c = nj_cursor(packet->payload, packet->payload_length);
        struct packet inner = {.time_ns = packet->time_ns};
        /* whether bytes are missing is known only from the inner packet's own length */
        bool cut = true;
        uint16_t type = enter(kinds, packet, &c);

        type = c.bad || type == ETHERTYPE_NONE ? ETHERTYPE_NONE : ethertype_resolve(&c, type);
        if (c.bad || type == ETHERTYPE_NONE ||
            ip_decode(&c, type, (uint32_t)nj_cursor_left(&c), &cut, &inner) != DECODE_OK ||
            transport_decode(&c, cut, &inner) != DECODE_OK)
            break;
        *packet = inner;
        found = true;
    }
    return found;
}

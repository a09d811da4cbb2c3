/* SPDX-License-Identifier: Apache-2.0 */
/* Link layers of lines: PPP (RFC 1661, 1662), Cisco HDLC, frame relay (RFC 2427), SLIP as BSD
 * captures it, ATM (RFC 2684), and the envelope that Juniper's routers put around others
 * (tcpdump.org/linktypes.html). */
#include "decode/layers.h"

enum {
    PPP_ADDRESS = 0xff,
    HDLC_UNICAST = 0x0f,
    HDLC_BROADCAST = 0x8f,
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057,
    PPP_MPLS = 0x0281,
    PPP_MPLS_UP = 0x0283,
    NLPID_SNAP = 0x80,
    NLPID_IPV6 = 0x8e,
    NLPID_IPV4 = 0xcc,
    NLPID_PPP = 0xcf,
};

/* Behind address and control; the protocol's first byte may be left out (RFC 1661 6.5). */
static uint16_t ppp_protocol(struct nj_cursor *c)
{
    unsigned protocol = nj_u8(c);

    if ((protocol & 1) == 0)
        protocol = protocol << 8 | nj_u8(c);
    switch (protocol) {
    case PPP_IPV4:
        return ETHERTYPE_IPV4;
    case PPP_IPV6:
        return ETHERTYPE_IPV6;
    case PPP_MPLS:
    case PPP_MPLS_UP:
        return ETHERTYPE_MPLS;
    default:
        return ETHERTYPE_NONE;
    }
}

/* Address and control may be left out (RFC 1661 6.6). */
uint16_t ppp(struct nj_cursor *c)
{
    struct nj_cursor ahead = *c;

    if (nj_u8(&ahead) == PPP_ADDRESS)
        (void)nj_take(c, 2);
    return ppp_protocol(c);
}

uint16_t cisco_hdlc(struct nj_cursor *c)
{
    (void)nj_take(c, 2); /* address, control */
    return nj_be16(c);
}

uint16_t ppp_hdlc(struct nj_cursor *c)
{
    struct nj_cursor ahead = *c;
    unsigned address = nj_u8(&ahead);

    return address == HDLC_UNICAST || address == HDLC_BROADCAST ? cisco_hdlc(c) : ppp(c);
}

uint16_t ppp_ether(struct nj_cursor *c)
{
    return ethertype_resolve(c, ETHERTYPE_PPPOE);
}

/* An address of two to four bytes, then either control byte and NLPID or, from Cisco's, an
 * ethertype. */
uint16_t frame_relay(struct nj_cursor *c)
{
    struct nj_cursor ahead;
    unsigned nlpid;

    for (int i = 0; i < 4 && (nj_u8(c) & 1) == 0; i++)
        ;
    ahead = *c;
    if (nj_u8(&ahead) != 0x03)
        return nj_be16(c);
    nlpid = nj_u8(&ahead);
    if (nlpid == 0) /* padding */
        nlpid = nj_u8(&ahead);
    *c = ahead;
    switch (nlpid) {
    case NLPID_IPV4:
        return ETHERTYPE_IPV4;
    case NLPID_IPV6:
        return ETHERTYPE_IPV6;
    case NLPID_PPP:
        return ppp_protocol(c);
    case NLPID_SNAP: {
        uint32_t oui = (uint32_t)nj_be16(c) << 8;
        uint16_t type;

        oui |= nj_u8(c);
        type = nj_be16(c);
        if (oui == 0x0080c2 && (type == 1 || type == 7))
            return ETHERTYPE_BRIDGED;
        return oui == 0 ? type : ETHERTYPE_NONE;
    }
    default:
        return ETHERTYPE_NONE;
    }
}

uint16_t ppp_directed(struct nj_cursor *c)
{
    (void)nj_take(c, 1); /* sent or received */
    return ppp(c);
}

uint16_t cisco_hdlc_directed(struct nj_cursor *c)
{
    (void)nj_take(c, 1);
    return cisco_hdlc(c);
}

uint16_t frame_relay_directed(struct nj_cursor *c)
{
    (void)nj_take(c, 1);
    return frame_relay(c);
}

uint16_t slip(struct nj_cursor *c)
{
    (void)nj_take(c, 16); /* direction, compression, the compressed header */
    return raw_ip(c);
}

/* LLC, or nothing at all ("VC multiplexing"). */
uint16_t atm_rfc1483(struct nj_cursor *c)
{
    struct nj_cursor ahead = *c;
    unsigned first = nj_u8(&ahead);

    return first >> 4 == 4 || first >> 4 == 6 ? raw_ip(c) : llc(c);
}

uint16_t sun_atm(struct nj_cursor *c)
{
    unsigned kind = nj_u8(c) & 15;

    (void)nj_take(c, 3); /* path and channel */
    if (kind == 1) {     /* LAN emulation */
        (void)nj_take(c, 2);
        return ETHERTYPE_BRIDGED;
    }
    return kind == 2 ? llc(c) : ETHERTYPE_NONE;
}

#define JUNIPER_NO_L2 0x02
#define JUNIPER_EXTENDED 0x80

/* "MGC", flags, perhaps a list of facts. @return false if it is none, or has nothing in it */
static bool juniper(struct nj_cursor *c)
{
    const uint8_t *magic = nj_take(c, 3);
    unsigned flags = nj_u8(c);

    if (c->bad || memcmp(magic, "MGC", 3) != 0)
        return false;
    if ((flags & JUNIPER_EXTENDED) != 0)
        (void)nj_take(c, nj_be16(c));
    return (flags & JUNIPER_NO_L2) == 0;
}

uint16_t juniper_ethernet(struct nj_cursor *c)
{
    return juniper(c) ? ETHERTYPE_BRIDGED : ETHERTYPE_NONE;
}

static uint16_t juniper_atm(struct nj_cursor *c, size_t cookie)
{
    if (!juniper(c))
        return ETHERTYPE_NONE;
    (void)nj_take(c, cookie);
    return atm_rfc1483(c);
}

uint16_t juniper_atm1(struct nj_cursor *c)
{
    return juniper_atm(c, 4);
}

uint16_t juniper_atm2(struct nj_cursor *c)
{
    return juniper_atm(c, 8);
}

uint16_t juniper_ppp(struct nj_cursor *c)
{
    return juniper(c) ? ppp(c) : ETHERTYPE_NONE;
}

uint16_t juniper_frame_relay(struct nj_cursor *c)
{
    return juniper(c) ? frame_relay(c) : ETHERTYPE_NONE;
}

uint16_t juniper_cisco_hdlc(struct nj_cursor *c)
{
    return juniper(c) ? cisco_hdlc(c) : ETHERTYPE_NONE;
}

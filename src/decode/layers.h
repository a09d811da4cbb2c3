/* SPDX-License-Identifier: Apache-2.0 */
/* The layers, each of which takes its header from the cursor. Private to decode/. */
#ifndef NJ_DECODE_LAYERS_H
#define NJ_DECODE_LAYERS_H

#include "base/cursor.h"
#include "decode/decode.h"

enum {
    ETHERTYPE_NONE = 0,
    ETHERTYPE_LLC = 4, /* what Linux calls frames with an LLC header */
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_BRIDGED = 0x6558, /* an Ethernet frame (RFC 1701) */
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_UP = 0x8848,
    ETHERTYPE_PPPOE = 0x8864, /* session stage */
    ETHERTYPE_LLC_JUMBO = 0x8870,
    ETHERTYPE_QINQ = 0x88a8,
    ETHERTYPE_PBB = 0x88e7,        /* an Ethernet frame in a provider's (IEEE 802.1ah) */
    ETHERTYPE_FABRICPATH = 0x8903, /* the same in Cisco's */
    ETHERTYPE_VNTAG = 0x8926,
    ETHERTYPE_ETAG = 0x893f, /* IEEE 802.1BR */
    ETHERTYPE_NSH = 0x894f,  /* RFC 8300 */
    ETHERTYPE_QINQ_OLD = 0x9100,
};

/** A header needs more bytes than there are: because the capture was cut, or because the
 * packet lies. */
static inline enum decode_result decode_short(bool cut)
{
    return cut ? DECODE_TRUNCATED : DECODE_MALFORMED;
}

/**
 * Take a link layer header.
 *
 * @param ret_ethertype  of what follows; ETHERTYPE_NONE if it has no such number
 */
enum decode_result link_decode(const struct frame *frame, struct nj_cursor *c,
                               uint16_t *ret_ethertype);

/* Parts of link layers that contain one another (ethertype.c, link_wan.c, link_wireless.c).
 * Each takes its header and gives the ethertype of what follows, ETHERTYPE_NONE if it has no
 * such number; a short header sets c->bad. */

/** Takes what stands between an ethertype and IP: VLAN tags, MPLS labels, PPPoE, LLC. */
uint16_t ethertype_resolve(struct nj_cursor *c, uint16_t type);
uint16_t llc(struct nj_cursor *c);      /* IEEE 802.2 and SNAP; NLPID of RFC 2684 */
uint16_t ethernet(struct nj_cursor *c); /* addresses and type */
uint16_t raw_ip(struct nj_cursor *c);   /* no header: the IP version tells */

uint16_t ppp(struct nj_cursor *c);
uint16_t ppp_hdlc(struct nj_cursor *c);
uint16_t ppp_ether(struct nj_cursor *c);
uint16_t cisco_hdlc(struct nj_cursor *c);
uint16_t frame_relay(struct nj_cursor *c);
uint16_t ppp_directed(struct nj_cursor *c);
uint16_t cisco_hdlc_directed(struct nj_cursor *c);
uint16_t frame_relay_directed(struct nj_cursor *c);
uint16_t slip(struct nj_cursor *c);
uint16_t atm_rfc1483(struct nj_cursor *c);
uint16_t sun_atm(struct nj_cursor *c);
uint16_t juniper_ethernet(struct nj_cursor *c);
uint16_t juniper_atm1(struct nj_cursor *c);
uint16_t juniper_atm2(struct nj_cursor *c);
uint16_t juniper_ppp(struct nj_cursor *c);
uint16_t juniper_frame_relay(struct nj_cursor *c);
uint16_t juniper_cisco_hdlc(struct nj_cursor *c);

uint16_t ieee80211(struct nj_cursor *c);
uint16_t radiotap(struct nj_cursor *c);
uint16_t prism(struct nj_cursor *c);
uint16_t avs(struct nj_cursor *c);

/**
 * Take an IP header with its extension headers, and cut the cursor off at the packet's end.
 *
 * @param cut      in: the frame was cut by the capture; out: bytes of the packet are missing
 * @param wire     bytes of the packet on the wire as the capture says, for packets that give
 *                 their length as 0 (segmentation offload, jumbograms)
 * @param packet   addresses, proto, ttl, tos, fragment and length fields are set
 */
enum decode_result ip_decode(struct nj_cursor *c, uint16_t ethertype, uint32_t wire, bool *cut,
                             struct packet *packet);

/** Whether an IPv4 header of `length` bytes, a multiple of four, has a wrong checksum. */
bool checksum_ipv4_bad(const uint8_t *header, size_t length);

/** The same for a whole TCP, UDP, ICMP or ICMPv6 segment of the packet. A field of 0 and one
 * that holds the pseudo header's sum alone are those of a packet on its way to a card that
 * fills them in: not wrong. */
bool checksum_transport_bad(const uint8_t *segment, size_t length, const struct packet *packet);

/** Take the transport header of packet->proto; the rest is the payload. */
enum decode_result transport_decode(struct nj_cursor *c, bool cut, struct packet *packet);

/** Take an ICMP or ICMPv6 message. */
enum decode_result icmp_decode(struct nj_cursor *c, bool cut, struct packet *packet);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The layers, each of which takes its header from the cursor. Private to decode/. */
#ifndef NJ_DECODE_LAYERS_H
#define NJ_DECODE_LAYERS_H

#include "base/cursor.h"
#include "decode/decode.h"

enum {
    ETHERTYPE_NONE = 0,
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_QINQ = 0x88a8,
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

/** Take the transport header of packet->proto; the rest is the payload. */
enum decode_result transport_decode(struct nj_cursor *c, bool cut, struct packet *packet);

/** Take an ICMP or ICMPv6 message. */
enum decode_result icmp_decode(struct nj_cursor *c, bool cut, struct packet *packet);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Frames to packets: link layer, IPv4 and IPv6, TCP, UDP, ICMP. Pure: no state, no allocation;
 * any thread. Called by pipeline/. */
#ifndef NJ_DECODE_DECODE_H
#define NJ_DECODE_DECODE_H

#include "model/frame.h"
#include "model/packet.h"

enum decode_result {
    DECODE_OK,
    DECODE_TRUNCATED,   /* the capture ended before the headers did */
    DECODE_MALFORMED,   /* the packet lies about itself */
    DECODE_UNSUPPORTED, /* a link type or network protocol we do not read (ARP, ...) */
};

/**
 * Decode one frame.
 *
 * A capture cut short by its snap length decodes as far as needed: ports for UDP, the fixed
 * header for TCP (options are kept as far as they stand), type and code for ICMP. So does the
 * first fragment of a packet, whose TCP flags are 0 if they are in the next one. Protocols
 * without ports of ours have ports 0 and their bytes as payload. Padding is no payload.
 *
 * An IPv6 packet from or to ::ffff:0:0/96 is malformed: no such address is on any wire
 * (RFC 6890), and it must not pass as the IPv4 address that it looks like.
 *
 * @param ret_packet  filled up to and with the payload on DECODE_OK, and all stages' fields
 *                    are 0; payload borrows the frame
 */
enum decode_result decode(const struct frame *frame, struct packet *ret_packet);

/** "EN10MB"; NULL for a link type that is not read. */
const char *decode_link_name(uint32_t link);

#endif

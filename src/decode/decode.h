/* SPDX-License-Identifier: Apache-2.0 */
/* Frames to packets: link layer, IPv4 and IPv6, TCP, UDP, ICMP. Pure: no state, no allocation.
 */
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
 * @param ret_packet  filled up to and with the payload on DECODE_OK; payload borrows the frame
 */
enum decode_result decode(const struct frame *frame, struct packet *ret_packet);

#endif

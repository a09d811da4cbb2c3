/* SPDX-License-Identifier: Apache-2.0 */
/* Where the headers of a stored packet stand. Unlike decode/, which reads values, this gives
 * places, so that a packet can be changed. Nothing beyond `length` is looked at. */
#ifndef NJ_SAMPLE_SHAPE_H
#define NJ_SAMPLE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets from the IP header on. */
struct shape {
    uint8_t version; /* 4 or 6 */
    uint8_t proto;   /* behind extension headers */
    bool cut;        /* bytes are missing at the end */
    bool fragment;   /* of several: no checksum over the whole can be made */
    bool readable;   /* a transport header stands at `transport`, whole or not */
    bool whole;      /* it is there whole (TCP, UDP, ICMP, ICMPv6) */
    size_t end;      /* of what is there; at most the packet's own length */
    size_t options;  /* IPv4 options or IPv6 extension headers, up to `transport` */
    size_t transport;
    size_t payload; /* behind a transport header that is there whole, else = `transport` */
};

/** @return false when it is no IP packet, or its IP header is cut */
bool shape_read(const uint8_t *bytes, size_t length, struct shape *ret);

#endif

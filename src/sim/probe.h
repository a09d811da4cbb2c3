/* SPDX-License-Identifier: Apache-2.0 */
/* One IPv4 packet as fields, and its bytes on the wire. */
#ifndef SIM_PROBE_H
#define SIM_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_OPTIONS_MAX 40
#define SIM_PAYLOAD_MAX 512
#define SIM_FRAME_MAX (14 + 20 + 60 + SIM_PAYLOAD_MAX)

/* Numbers in host order. What is not set is zero, as in the header. */
struct sim_probe {
    uint32_t src, dst;
    uint16_t ip_id;
    uint8_t ttl; /* as it arrives */
    uint8_t proto;
    bool df;

    uint16_t sport, dport; /* TCP, UDP */
    uint32_t seq, ack;     /* TCP */
    uint16_t window;
    uint8_t flags;
    uint8_t options_length; /* a multiple of 4 */
    uint8_t options[SIM_OPTIONS_MAX];

    uint8_t icmp_type, icmp_code;
    uint32_t icmp_rest; /* identifier << 16 | sequence number, or 0 */

    const uint8_t *payload; /* borrowed; may be `quoted` */
    uint16_t payload_length;
    uint8_t quoted[28]; /* room for what an ICMP error quotes: a header and eight bytes */
};

/**
 * Write the packet as an Ethernet frame, with correct IP, TCP, UDP and ICMP checksums.
 *
 * @param frame  holds SIM_FRAME_MAX bytes
 * @return its length in bytes
 */
size_t sim_probe_frame(const struct sim_probe *probe, uint8_t *frame);

/** Write only the IP header and what is behind it, as sim_probe_frame does. */
size_t sim_probe_ip(const struct sim_probe *probe, uint8_t *ip);

/** The Internet checksum (RFC 1071) as it is stored, of `length` bytes and an initial sum in
 * the same (native) byte order of 16-bit words. */
uint16_t sim_checksum(const uint8_t *bytes, size_t length, uint64_t sum);

static inline void sim_put16(uint8_t *at, uint16_t v)
{
    v = __builtin_bswap16(v);
    __builtin_memcpy(at, &v, 2);
}

static inline void sim_put32(uint8_t *at, uint32_t v)
{
    v = __builtin_bswap32(v);
    __builtin_memcpy(at, &v, 4);
}

#endif

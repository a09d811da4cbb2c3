/* SPDX-License-Identifier: Apache-2.0 */
/* Builds packets and capture files for tests, layer by layer from the outside in:
 *
 *     struct build b = {.length = 0};
 *     build_ethernet(&b, 0x0800);
 *     build_ipv4(&b, &(struct build_ipv4){.proto = 6, .src = "192.0.2.1", ...});
 *     build_tcp(&b, &(struct build_tcp){.dport = 23, .flags = TCP_SYN});
 *     build_end(&b);
 *
 * Checksums are 0. A test that builds more than fits, or gives a wrong address, aborts. */
#ifndef NJ_TESTS_BUILD_PACKET_H
#define NJ_TESTS_BUILD_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUILD_MAX 65536

struct build {
    size_t length;
    size_t ip_at, udp_at; /* where lengths are to be filled in, 0 if nowhere */
    bool ip_is_v6;
    bool big_endian; /* of the capture file */
    uint8_t bytes[BUILD_MAX];
};

void build_u8(struct build *b, unsigned v);
void build_be16(struct build *b, unsigned v);
void build_be32(struct build *b, uint32_t v);
void build_bytes(struct build *b, const void *bytes, size_t length);
void build_zeros(struct build *b, size_t length);

void build_ethernet(struct build *b, unsigned ethertype);
void build_vlan(struct build *b, unsigned ethertype);

struct build_ipv4 {
    const char *src, *dst; /* NULL: 192.0.2.1, 198.51.100.1 */
    uint8_t proto, ttl, tos;
    uint16_t id, fragment; /* fragment: the 16 bits of flags and offset */
    size_t options;        /* bytes of them, a multiple of 4 */
};
void build_ipv4(struct build *b, const struct build_ipv4 *ip);

struct build_ipv6 {
    const char *src, *dst; /* NULL: 2001:db8::1, 2001:db8::2 */
    uint8_t next, hop_limit, tos;
};
void build_ipv6(struct build *b, const struct build_ipv6 *ip);

struct build_tcp {
    uint16_t sport, dport, window, urgent;
    uint32_t seq, ack;
    uint8_t flags, reserved;
    const void *options;
    size_t options_length; /* a multiple of 4 */
};
void build_tcp(struct build *b, const struct build_tcp *tcp);

void build_udp(struct build *b, uint16_t sport, uint16_t dport);
void build_icmp(struct build *b, unsigned type, unsigned code, uint16_t identifier);

/** Fill in the lengths of the IP and UDP headers begun last. Once per IP header. */
void build_end(struct build *b);

/* Capture files; numbers in the order that b->big_endian tells. */

void build_u16(struct build *b, unsigned v);
void build_u32(struct build *b, uint32_t v);

/** A whole pcap header: version 2.4. */
void build_pcap(struct build *b, uint32_t magic, uint32_t snaplen, uint32_t link);
/** `frame` is cut to `captured` bytes. */
void build_pcap_record(struct build *b, uint32_t seconds, uint32_t fraction,
                       const struct build *frame, size_t captured);

void build_pcapng_section(struct build *b);
void build_pcapng_block(struct build *b, uint32_t type, const struct build *body);
/** @param options  bytes of the option list, in the file's order; may be NULL */
void build_pcapng_interface(struct build *b, unsigned link, uint32_t snaplen,
                            const struct build *options);
void build_pcapng_packet(struct build *b, uint32_t interface, uint64_t time,
                         const struct build *frame, size_t captured);

/** One packet of each kind that decodes to DECODE_OK, as Ethernet frames.
 * @return false when there is no n-th one */
bool build_sample(struct build *b, size_t n);

#endif

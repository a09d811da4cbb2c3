/* SPDX-License-Identifier: Apache-2.0 */
#include "support/build_packet.h"

#include <stdlib.h>
#include <string.h>

#include "model/packet.h"

void build_bytes(struct build *b, const void *bytes, size_t length)
{
    if (length > sizeof(b->bytes) - b->length)
        abort();
    if (length > 0)
        memcpy(b->bytes + b->length, bytes, length);
    b->length += length;
}

void build_zeros(struct build *b, size_t length)
{
    while (length-- > 0)
        build_u8(b, 0);
}

void build_u8(struct build *b, unsigned v)
{
    uint8_t byte = (uint8_t)v;

    build_bytes(b, &byte, 1);
}

void build_be16(struct build *b, unsigned v)
{
    build_u8(b, v >> 8);
    build_u8(b, v & 255);
}

void build_be32(struct build *b, uint32_t v)
{
    build_be16(b, v >> 16);
    build_be16(b, v & 0xffff);
}

void build_ethernet(struct build *b, unsigned ethertype)
{
    build_bytes(b, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02", 12);
    build_be16(b, ethertype);
}

void build_vlan(struct build *b, unsigned ethertype)
{
    build_be16(b, 7);
    build_be16(b, ethertype);
}

static struct addr address(const char *text, const char *otherwise)
{
    struct addr a;

    if (addr_parse(text == NULL ? otherwise : text, &a, NULL) < 0)
        abort();
    return a;
}

void build_ipv4(struct build *b, const struct build_ipv4 *ip)
{
    b->ip_at = b->length;
    b->ip_is_v6 = false;
    build_u8(b, 0x45 + (unsigned)ip->options / 4);
    build_u8(b, ip->tos);
    build_be16(b, 0); /* length: build_end */
    build_be16(b, ip->id);
    build_be16(b, ip->fragment);
    build_u8(b, ip->ttl);
    build_u8(b, ip->proto);
    build_be16(b, 0); /* checksum */
    build_be32(b, addr_v4(address(ip->src, "192.0.2.1")));
    build_be32(b, addr_v4(address(ip->dst, "198.51.100.1")));
    for (size_t i = 0; i < ip->options; i++)
        build_u8(b, 1); /* no operation */
}

void build_ipv6(struct build *b, const struct build_ipv6 *ip)
{
    uint8_t bytes[16];

    b->ip_at = b->length;
    b->ip_is_v6 = true;
    build_be32(b, 6u << 28 | (uint32_t)ip->tos << 20);
    build_be16(b, 0); /* length: build_end */
    build_u8(b, ip->next);
    build_u8(b, ip->hop_limit);
    addr_to_bytes(address(ip->src, "2001:db8::1"), bytes);
    build_bytes(b, bytes, sizeof(bytes));
    addr_to_bytes(address(ip->dst, "2001:db8::2"), bytes);
    build_bytes(b, bytes, sizeof(bytes));
}

void build_tcp(struct build *b, const struct build_tcp *tcp)
{
    build_be16(b, tcp->sport);
    build_be16(b, tcp->dport);
    build_be32(b, tcp->seq);
    build_be32(b, tcp->ack);
    build_u8(b, (unsigned)(5 + tcp->options_length / 4) << 4 | tcp->reserved);
    build_u8(b, tcp->flags);
    build_be16(b, tcp->window);
    build_be16(b, 0); /* checksum */
    build_be16(b, tcp->urgent);
    build_bytes(b, tcp->options, tcp->options_length);
}

void build_udp(struct build *b, uint16_t sport, uint16_t dport)
{
    b->udp_at = b->length;
    build_be16(b, sport);
    build_be16(b, dport);
    build_be32(b, 0); /* length: build_end; checksum */
}

void build_icmp(struct build *b, unsigned type, unsigned code, uint16_t identifier)
{
    build_u8(b, type);
    build_u8(b, code);
    build_be16(b, 0); /* checksum */
    build_be16(b, identifier);
    build_be16(b, 1); /* sequence number */
}

static void put_be16(struct build *b, size_t at, size_t v)
{
    b->bytes[at] = (uint8_t)(v >> 8);
    b->bytes[at + 1] = (uint8_t)v;
}

void build_end(struct build *b)
{
    size_t length = b->length - b->ip_at;

    if (b->ip_is_v6)
        put_be16(b, b->ip_at + 4, length - 40);
    else
        put_be16(b, b->ip_at + 2, length);
    if (b->udp_at > b->ip_at)
        put_be16(b, b->udp_at + 4, b->length - b->udp_at);
}

void build_u16(struct build *b, unsigned v)
{
    build_be16(b, b->big_endian ? v : __builtin_bswap16((uint16_t)v));
}

void build_u32(struct build *b, uint32_t v)
{
    build_be32(b, b->big_endian ? v : __builtin_bswap32(v));
}

void build_pcap(struct build *b, uint32_t magic, uint32_t snaplen, uint32_t link)
{
    build_u32(b, magic);
    build_u16(b, 2);
    build_u16(b, 4);
    build_zeros(b, 8);
    build_u32(b, snaplen);
    build_u32(b, link);
}

void build_pcap_record(struct build *b, uint32_t seconds, uint32_t fraction,
                       const struct build *frame, size_t captured)
{
    build_u32(b, seconds);
    build_u32(b, fraction);
    build_u32(b, (uint32_t)captured);
    build_u32(b, (uint32_t)frame->length);
    build_bytes(b, frame->bytes, captured);
}

static void block_start(struct build *b, uint32_t type, size_t body)
{
    build_u32(b, type);
    build_u32(b, (uint32_t)((body + 3) / 4 * 4 + 12));
}

static void block_end(struct build *b, size_t body)
{
    build_zeros(b, (4 - body % 4) % 4);
    build_u32(b, (uint32_t)((body + 3) / 4 * 4 + 12));
}

void build_pcapng_block(struct build *b, uint32_t type, const struct build *body)
{
    block_start(b, type, body->length);
    build_bytes(b, body->bytes, body->length);
    block_end(b, body->length);
}

void build_pcapng_section(struct build *b)
{
    block_start(b, 0x0a0d0d0a, 16);
    build_u32(b, 0x1a2b3c4d);
    build_u16(b, 1);
    build_u16(b, 0);
    build_u32(b, UINT32_MAX); /* section length: not known */
    build_u32(b, UINT32_MAX);
    block_end(b, 16);
}

void build_pcapng_interface(struct build *b, unsigned link, uint32_t snaplen,
                            const struct build *options)
{
    size_t body = 8 + (options == NULL ? 0 : options->length);

    block_start(b, 1, body);
    build_u16(b, link);
    build_u16(b, 0);
    build_u32(b, snaplen);
    if (options != NULL)
        build_bytes(b, options->bytes, options->length);
    block_end(b, body);
}

void build_pcapng_packet(struct build *b, uint32_t interface, uint64_t time,
                         const struct build *frame, size_t captured)
{
    block_start(b, 6, 20 + captured);
    build_u32(b, interface);
    build_u32(b, (uint32_t)(time >> 32));
    build_u32(b, (uint32_t)time);
    build_u32(b, (uint32_t)captured);
    build_u32(b, (uint32_t)frame->length);
    build_bytes(b, frame->bytes, captured);
    block_end(b, 20 + captured);
}

/* ---- samples: each builds what follows an empty buffer ---- */

static void syn(struct build *b)
{
    build_tcp(b, &(struct build_tcp){.sport = 40000,
                                     .dport = 23,
                                     .seq = 0xc6336401,
                                     .flags = TCP_SYN,
                                     .window = 1024,
                                     .options = "\x02\x04\x05\xb4",
                                     .options_length = 4});
}

static void tcp4(struct build *b)
{
    build_ethernet(b, 0x0800);
    build_ipv4(b, &(struct build_ipv4){.proto = PROTO_TCP, .ttl = 240, .options = 8});
    syn(b);
    build_bytes(b, "hello", 5);
    build_end(b);
}

static void qinq_udp4(struct build *b)
{
    build_ethernet(b, 0x88a8);
    build_vlan(b, 0x8100);
    build_vlan(b, 0x0800);
    build_ipv4(b, &(struct build_ipv4){.proto = PROTO_UDP, .ttl = 50});
    build_udp(b, 5060, 5060);
    build_bytes(b, "OPTIONS sip:", 12);
    build_end(b);
    build_zeros(b, 6); /* padding */
}

static void unreachable4(struct build *b)
{
    struct build quoted = {.length = 0};

    build_ipv4(&quoted, &(struct build_ipv4){
                            .proto = PROTO_UDP, .src = "198.51.100.1", .dst = "203.0.113.9"});
    build_udp(&quoted, 53, 33000);
    build_bytes(&quoted, "0123456789", 10);
    build_end(&quoted);
    build_ethernet(b, 0x0800);
    build_ipv4(b, &(struct build_ipv4){.proto = PROTO_ICMP, .ttl = 50});
    build_icmp(b, 3, 3, 0);
    build_bytes(b, quoted.bytes, 28);
    build_end(b);
}

static void extensions6(struct build *b)
{
    build_ethernet(b, 0x86dd);
    build_ipv6(b, &(struct build_ipv6){.next = 0, .hop_limit = 60});
    build_bytes(b, "\x2b\x00\x01\x04\x00\x00\x00\x00", 8); /* hop-by-hop, then routing */
    build_bytes(b, "\x2c\x00\x00\x00\x00\x00\x00\x00", 8); /* routing, then fragment */
    build_bytes(b, "\x33\x00\x00\x01\x00\x00\x00\x07", 8); /* first fragment, then AH */
    build_bytes(b, "\x3c\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02", 12); /* AH, options */
    build_bytes(b, "\x06\x01\x01\x04\x00\x00\x00\x00\x01\x04\x00\x00\x00\x00\x00\x00", 16);
    syn(b);
    build_end(b);
}

static void unreachable6(struct build *b)
{
    struct build quoted = {.length = 0};

    build_ipv6(&quoted, &(struct build_ipv6){
                            .next = PROTO_TCP, .src = "2001:db8::2", .dst = "2001:db8::9"});
    syn(&quoted);
    build_end(&quoted);
    build_ethernet(b, 0x86dd);
    build_ipv6(b, &(struct build_ipv6){.next = PROTO_ICMPV6, .hop_limit = 60});
    build_icmp(b, 1, 4, 0);
    build_bytes(b, quoted.bytes, quoted.length);
    build_end(b);
}

static void echo6(struct build *b)
{
    build_ethernet(b, 0x86dd);
    build_ipv6(b, &(struct build_ipv6){.next = PROTO_ICMPV6, .hop_limit = 60});
    build_icmp(b, 128, 0, 4711);
    build_bytes(b, "abcdefgh", 8);
    build_end(b);
}

static void later_fragment4(struct build *b)
{
    build_ethernet(b, 0x0800);
    build_ipv4(b, &(struct build_ipv4){.proto = PROTO_UDP, .ttl = 50, .fragment = 0x2001});
    build_bytes(b, "12345678", 8);
    build_end(b);
}

static void sctp4(struct build *b)
{
    build_ethernet(b, 0x0800);
    build_ipv4(b, &(struct build_ipv4){.proto = PROTO_SCTP, .ttl = 50});
    build_zeros(b, 12);
    build_end(b);
}

bool build_sample(struct build *b, size_t n)
{
    static void (*const samples[])(struct build * b) = {
        tcp4, qinq_udp4, unreachable4, extensions6, unreachable6, echo6, later_fragment4, sctp4,
    };

    if (n >= sizeof(samples) / sizeof(samples[0]))
        return false;
    *b = (struct build){.length = 0};
    samples[n](b);
    return true;
}

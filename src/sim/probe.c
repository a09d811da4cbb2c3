/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet II, IPv4 (RFC 791), TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792).
 *
 * The one's complement sum does not care for byte order (RFC 1071 section 2 B), so words are
 * added as they lie in memory and the result is stored as it is. */
#include "sim/probe.h"

#include <string.h>

#include "model/packet.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "sim/probe.c and base/cursor.h take the host to be little-endian"
#endif

uint16_t sim_checksum(const uint8_t *bytes, size_t length, uint64_t sum)
{
    uint32_t word;

    while (length >= 4) {
        memcpy(&word, bytes, 4);
        sum += word;
        bytes += 4;
        length -= 4;
    }
    if (length > 0) {
        word = 0;
        memcpy(&word, bytes, length);
        sum += word;
    }
    sum = (sum >> 32) + (sum & 0xffffffffu);
    sum = (sum >> 16) + (sum & 0xffffu);
    sum = (sum >> 16) + (sum & 0xffffu);
    sum = (sum >> 16) + (sum & 0xffffu);
    return (uint16_t)~sum;
}

static uint64_t pseudo_header(const uint8_t *ip, uint8_t proto, size_t length)
{
    uint32_t src, dst;

    memcpy(&src, ip + 12, 4);
    memcpy(&dst, ip + 16, 4);
    return (uint64_t)src + dst + ((uint64_t)proto << 8) + __builtin_bswap16((uint16_t)length);
}

static void put_checksum(uint8_t *at, uint16_t sum)
{
    memcpy(at, &sum, 2);
}

static size_t put_tcp(const struct sim_probe *probe, const uint8_t *ip, uint8_t *tcp)
{
    size_t header = 20u + probe->options_length;

    sim_put16(tcp, probe->sport);
    sim_put16(tcp + 2, probe->dport);
    sim_put32(tcp + 4, probe->seq);
    sim_put32(tcp + 8, probe->ack);
    sim_put16(tcp + 12, (uint16_t)(header / 4 << 12 | probe->flags));
    sim_put16(tcp + 14, probe->window);
    sim_put32(tcp + 16, 0);
    memcpy(tcp + 20, probe->options, probe->options_length);
    if (probe->payload_length > 0)
        memcpy(tcp + header, probe->payload, probe->payload_length);
    header += probe->payload_length;
    put_checksum(tcp + 16, sim_checksum(tcp, header, pseudo_header(ip, PROTO_TCP, header)));
    return header;
}

static size_t put_udp(const struct sim_probe *probe, const uint8_t *ip, uint8_t *udp)
{
    size_t length = 8u + probe->payload_length;
    uint16_t sum;

    sim_put16(udp, probe->sport);
    sim_put16(udp + 2, probe->dport);
    sim_put16(udp + 4, (uint16_t)length);
    sim_put16(udp + 6, 0);
    if (probe->payload_length > 0)
        memcpy(udp + 8, probe->payload, probe->payload_length);
    sum = sim_checksum(udp, length, pseudo_header(ip, PROTO_UDP, length));
    put_checksum(udp + 6, sum == 0 ? 0xffff : sum); /* 0 would say "no checksum" */
    return length;
}

static size_t put_icmp(const struct sim_probe *probe, uint8_t *icmp)
{
    size_t length = 8u + probe->payload_length;

    icmp[0] = probe->icmp_type;
    icmp[1] = probe->icmp_code;
    sim_put16(icmp + 2, 0);
    sim_put32(icmp + 4, probe->icmp_rest);
    if (probe->payload_length > 0)
        memcpy(icmp + 8, probe->payload, probe->payload_length);
    put_checksum(icmp + 2, sim_checksum(icmp, length, 0));
    return length;
}

size_t sim_probe_ip(const struct sim_probe *probe, uint8_t *ip)
{
    size_t length = 20;

    sim_put16(ip, 0x4500);
    sim_put16(ip + 4, probe->ip_id);
    sim_put16(ip + 6, probe->df ? 0x4000 : 0);
    ip[8] = probe->ttl;
    ip[9] = probe->proto;
    sim_put16(ip + 10, 0);
    sim_put32(ip + 12, probe->src);
    sim_put32(ip + 16, probe->dst);
    if (probe->proto == PROTO_TCP)
        length += put_tcp(probe, ip, ip + 20);
    else if (probe->proto == PROTO_UDP)
        length += put_udp(probe, ip, ip + 20);
    else
        length += put_icmp(probe, ip + 20);
    sim_put16(ip + 2, (uint16_t)length);
    put_checksum(ip + 10, sim_checksum(ip, 20, 0));
    return length;
}

size_t sim_probe_frame(const struct sim_probe *probe, uint8_t *frame)
{
    /* locally administered addresses: the router, the sensor; then "IPv4" */
    static const uint8_t ethernet[14] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};

    memcpy(frame, ethernet, sizeof(ethernet));
    return sizeof(ethernet) + sim_probe_ip(probe, frame + sizeof(ethernet));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* TCP (RFC 9293), UDP (RFC 768) and SCTP (RFC 9260); everything else keeps ports 0. */
#include "decode/layers.h"

#define TCP_HEADER 20
#define UDP_HEADER 8

static void take_payload(struct nj_cursor *c, struct packet *packet)
{
    packet->payload_length = (uint32_t)nj_cursor_left(c);
    packet->payload = nj_take(c, packet->payload_length);
}

/* The header goes on in the next fragment, or the capture was cut behind the ports: what
 * stands here has been read. */
static enum decode_result part_of_header(struct nj_cursor *c, struct packet *packet)
{
    c->bad = false;
    packet->payload = c->end;
    packet->payload_length = 0;
    return DECODE_OK;
}

static enum decode_result tcp(struct nj_cursor *c, bool cut, struct packet *packet)
{
    unsigned offset, flags;
    size_t options;

    packet->sport = nj_be16(c);
    packet->dport = nj_be16(c);
    packet->seq = nj_be32(c);
    packet->ack = nj_be32(c);
    flags = nj_be16(c);
    packet->tcp_flags = (uint8_t)flags;
    packet->tcp_reserved = flags >> 8 & 15;
    packet->window = nj_be16(c);
    (void)nj_be16(c); /* checksum */
    packet->urgent = nj_be16(c);
    if (c->bad)
        return decode_short(cut);

    offset = flags >> 12 & 15;
    if (offset * 4 < TCP_HEADER)
        return DECODE_MALFORMED;
    options = offset * 4 - TCP_HEADER;
    if (options > nj_cursor_left(c)) {
        if (!cut && !packet->first_fragment)
            return DECODE_MALFORMED;
        options = nj_cursor_left(c);
        packet->options_cut = true;
    }
    packet->options_length = (uint8_t)options;
    memcpy(packet->options, nj_take(c, options), options);
    take_payload(c, packet);
    return DECODE_OK;
}

/* The first fragment, if it is too small for a TCP header. */
static enum decode_result tcp_tiny(struct nj_cursor *c, struct packet *packet)
{
    packet->sport = nj_be16(c);
    packet->dport = nj_be16(c);
    if (c->bad)
        return DECODE_MALFORMED;
    packet->seq = nj_be32(c);
    return part_of_header(c, packet);
}

static enum decode_result udp(struct nj_cursor *c, bool cut, struct packet *packet)
{
    uint16_t length, sum;

    packet->sport = nj_be16(c);
    packet->dport = nj_be16(c);
    if (c->bad)
        return decode_short(cut);
    length = nj_be16(c);
    sum = nj_be16(c);
    if (c->bad) {
        if (!cut && !packet->first_fragment)
            return DECODE_MALFORMED;
        return part_of_header(c, packet);
    }
    if (length != 0 && length < UDP_HEADER) /* 0: jumbograms, RFC 2675 */
        return DECODE_MALFORMED;
    if (length != 0 && (size_t)(length - UDP_HEADER) < nj_cursor_left(c))
        c->end = c->pos + (length - UDP_HEADER);
    packet->udp_sum = sum == 0 ? UDP_SUM_NONE : UDP_SUM_GIVEN;
    take_payload(c, packet);
    return DECODE_OK;
}

/* RFC 9260 3.1: ports, verification tag, CRC32c; then chunks, which are the payload. */
static enum decode_result sctp(struct nj_cursor *c, bool cut, struct packet *packet)
{
    packet->sport = nj_be16(c);
    packet->dport = nj_be16(c);
    if (c->bad)
        return decode_short(cut);
    (void)nj_take(c, 8);
    if (c->bad) {
        if (!cut && !packet->first_fragment)
            return DECODE_MALFORMED;
        return part_of_header(c, packet);
    }
    take_payload(c, packet);
    return DECODE_OK;
}

static enum decode_result segment(struct nj_cursor *c, bool cut, struct packet *packet)
{
    switch (packet->proto) {
    case PROTO_TCP:
        if (packet->first_fragment && !cut && nj_cursor_left(c) < TCP_HEADER)
            return tcp_tiny(c, packet);
        return tcp(c, cut, packet);
    case PROTO_UDP:
        return udp(c, cut, packet);
    case PROTO_ICMP:
        if (packet->ip_version == 4)
            return icmp_decode(c, cut, packet);
        break;
    case PROTO_ICMPV6:
        if (packet->ip_version == 6)
            return icmp_decode(c, cut, packet);
        break;
    case PROTO_SCTP:
        return sctp(c, cut, packet);
    default:
        break;
    }
    take_payload(c, packet);
    return DECODE_OK;
}

enum decode_result transport_decode(struct nj_cursor *c, bool cut, struct packet *packet)
{
    const uint8_t *start = c->pos;
    enum decode_result result;

    if (packet->fragment) {
        take_payload(c, packet);
        return DECODE_OK;
    }
    result = segment(c, cut, packet);
    if (result == DECODE_OK && !cut && !packet->first_fragment && !packet->rerouted)
        packet->bad_checksum |= checksum_transport_bad(start, (size_t)(c->end - start), packet);
    return result;
}

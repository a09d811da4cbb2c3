/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP (RFC 792) and ICMPv6 (RFC 4443).
 *
 *   0  1  type      1  1  code      2  2  checksum
 *   4  4  rest: for echo the identifier and the sequence number
 *   8     for errors the packet that caused it, from its IP header on, cut anywhere
 */
#include "decode/layers.h"

static bool is_echo(const struct packet *packet, uint8_t type)
{
    return packet->ip_version == 4 ? type == 0 || type == 8 : type == 128 || type == 129;
}

/* Unreachable, source quench, redirect, time exceeded, parameter problem; for IPv6 the errors
 * (RFC 4443 section 2.1). */
static bool is_error(const struct packet *packet, uint8_t type)
{
    if (packet->ip_version == 4)
        return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    return type >= 1 && type <= 4;
}

/* What is left of a quoted packet. Nothing is wrong with the message if it makes no sense. */
static void take_quoted(struct nj_cursor c, struct packet *packet)
{
    struct packet quoted = {.proto = 0};
    uint16_t type = packet->ip_version == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
    bool cut = true;

    if (ip_decode(&c, type, (uint32_t)nj_cursor_left(&c), &cut, &quoted) != DECODE_OK)
        return;
    packet->quoted_src = quoted.src;
    packet->quoted_dst = quoted.dst;
    packet->quoted_proto = quoted.proto;
    if (quoted.fragment)
        return;
    if (quoted.proto == PROTO_TCP || quoted.proto == PROTO_UDP) {
        packet->quoted_sport = nj_be16(&c);
        packet->quoted_dport = nj_be16(&c);
    } else if (quoted.proto == (packet->ip_version == 4 ? PROTO_ICMP : PROTO_ICMPV6)) {
        uint8_t first = nj_u8(&c);

        packet->quoted_dport = (uint16_t)(first << 8 | nj_u8(&c));
        (void)nj_take(&c, 2);
        if (is_echo(&quoted, first))
            packet->quoted_sport = nj_be16(&c);
    }
    if (c.bad)
        packet->quoted_sport = packet->quoted_dport = 0;
}

enum decode_result icmp_decode(struct nj_cursor *c, bool cut, struct packet *packet)
{
    uint8_t type = nj_u8(c);
    uint8_t code = nj_u8(c);
    uint16_t identifier, number;

    if (c->bad)
        return decode_short(cut);
    packet->dport = (uint16_t)(type << 8 | code);
    (void)nj_take(c, 2); /* checksum */
    identifier = nj_be16(c);
    number = nj_be16(c);
    if (c->bad && is_echo(packet, type))
        return decode_short(cut || packet->first_fragment);
    c->bad = false; /* a message of four bytes has no rest */
    if (is_echo(packet, type)) {
        packet->sport = identifier;
        packet->echo_seq = number;
    }
    packet->payload_length = (uint32_t)nj_cursor_left(c);
    packet->payload = nj_take(c, packet->payload_length);
    if (is_error(packet, type))
        take_quoted(nj_cursor(packet->payload, packet->payload_length), packet);
    return DECODE_OK;
}

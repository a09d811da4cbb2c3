/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/rewrite.h"

#include <string.h>

#include "sample/checksum.h"
#include "sample/forms.h"
#include "sample/text_payload.h"
#include "sample/wire.h"

#define DEPTH_MAX 4   /* packets in packets */
#define CUT_BYTES 16u /* half an address may stand at the end of what was cut: in binary, */
#define CUT_TEXT 64u  /* and as text */
#define DRAW_FLOW 201
#define FLOW 0xfffffu /* in the first word of IPv6 */
#define PROTO_IPV4 4
#define PROTO_GRE 47
#define PROTO_IPV6 41

/* ---- reading and writing fields
 * ------------------------------------------------------------------- */

static void put32(uint8_t *at, uint32_t v)
{
    wire_put_u16(at, v >> 16);
    wire_put_u16(at + 2, v);
}

void packet_addresses(const uint8_t *bytes, const struct shape *shape, struct addr *ret_src,
                      struct addr *ret_dst)
{
    if (shape->version == 4) {
        *ret_src = addr_from_v4(wire_u32(bytes + 12));
        *ret_dst = addr_from_v4(wire_u32(bytes + 16));
    } else {
        *ret_src = addr_from_bytes(bytes + 8);
        *ret_dst = addr_from_bytes(bytes + 24);
    }
}

static void put_address(uint8_t *bytes, const struct shape *shape, bool destination,
                        struct addr a)
{
    if (shape->version == 4)
        put32(bytes + (destination ? 16 : 12), addr_v4(a));
    else
        addr_to_bytes(a, bytes + (destination ? 24 : 8));
}

void probe_words(struct probe *probe, struct addr dst)
{
    memset(probe->words, 0, sizeof(probe->words));
    probe->word_count = addr_is_v4(dst) ? 1 : 4;
    if (addr_is_v4(dst)) {
        probe->words[0] = addr_v4(dst);
        return;
    }
    probe->words[0] = (uint32_t)(dst.hi >> 32);
    probe->words[1] = (uint32_t)dst.hi;
    probe->words[2] = (uint32_t)(dst.lo >> 32);
    probe->words[3] = (uint32_t)dst.lo;
}

static struct addr address_of(const struct probe *probe)
{
    if (probe->word_count == 1)
        return addr_from_v4(probe->words[0]);
    return (struct addr){.hi = (uint64_t)probe->words[0] << 32 | probe->words[1],
                         .lo = (uint64_t)probe->words[2] << 32 | probe->words[3]};
}

static bool is_echo(const struct shape *shape, uint8_t type)
{
    return shape->version == 4 ? type == 0 || type == 8 : type == 128 || type == 129;
}

/* The option of a kind and length, or NULL. Options are behind the 20 bytes of a TCP header. */
static uint8_t *tcp_option(uint8_t *tcp, size_t header, uint8_t kind, size_t length)
{
    for (size_t i = 20; i < header && tcp[i] != 0;) {
        if (tcp[i] == 1) {
            i++;
            continue;
        }
        if (header - i < 2 || tcp[i + 1] < 2 || tcp[i + 1] > header - i)
            return NULL;
        if (tcp[i] == kind && tcp[i + 1] == length)
            return tcp + i;
        i += tcp[i + 1];
    }
    return NULL;
}

/* Where the slots of a packet stand; NULL: it has none. */
static void slot_places(uint8_t *bytes, const struct shape *shape, uint8_t *ret[SLOTS])
{
    uint8_t *at = bytes + shape->transport, *option;

    memset((void *)ret, 0, SLOTS * sizeof(*ret));
    if (shape->version == 4)
        ret[SLOT_ID] = bytes + 4;
    if (!shape->readable)
        return;
    if ((shape->proto == PROTO_TCP || shape->proto == PROTO_UDP) &&
        shape->end - shape->transport >= 8)
        ret[SLOT_SPORT] = at;
    if (shape->proto == PROTO_TCP && shape->end - shape->transport >= 8)
        ret[SLOT_SEQ] = at + 4;
    if (!shape->whole)
        return;
    if (shape->proto == PROTO_TCP) {
        ret[SLOT_ACK] = at + 8;
        ret[SLOT_WINDOW] = at + 14;
        ret[SLOT_URGENT] = at + 18;
        option = tcp_option(at, shape->payload - shape->transport, 8, 10);
        if (option != NULL) {
            ret[SLOT_TS_VALUE] = option + 2;
            ret[SLOT_TS_ECHO] = option + 6;
        }
    } else if (shape->proto != PROTO_UDP && is_echo(shape, at[0])) {
        ret[SLOT_ECHO] = at + 4;
    }
}

void probe_read(struct probe *ret, const uint8_t *bytes, const struct shape *shape)
{
    uint8_t *places[SLOTS];
    struct addr dst;

    packet_addresses(bytes, shape, &ret->src, &dst);
    probe_words(ret, dst);
    slot_places((uint8_t *)(uintptr_t)bytes, shape, places); /* only read */
    for (enum slot slot = 0; slot < SLOTS; slot++) {
        ret->has[slot] = places[slot] != NULL;
        ret->values[slot] = places[slot] == NULL ? 0
                            : slot < SLOTS_32    ? wire_u32(places[slot])
                                                 : wire_u16(places[slot]);
    }
    ret->dport = places[SLOT_SPORT] == NULL ? 0 : wire_u16(places[SLOT_SPORT] + 2);
}

static void write_slots(uint8_t *bytes, const struct shape *shape, const struct probe *probe)
{
    uint8_t *places[SLOTS];

    slot_places(bytes, shape, places);
    for (enum slot slot = 0; slot < SLOTS; slot++) {
        if (places[slot] == NULL)
            continue;
        if (slot < SLOTS_32)
            put32(places[slot], probe->values[slot]);
        else
            wire_put_u16(places[slot], probe->values[slot]);
    }
}

/* ---- what is not a field of its own
 * --------------------------------------------------------------- */

/* IPv4 options name routes and times: none is needed to see what a scanner does. */
static void clear_options(uint8_t *bytes, const struct shape *shape, const struct mask *mask,
                          const struct ours *ours)
{
    if (shape->version == 4)
        memset(bytes + shape->options, 1, shape->transport - shape->options);
    else
        (void)forms_replace(bytes + shape->options, shape->transport - shape->options, mask,
                            ours);
}

/* Maximum segment size, window scale, SACK permitted, and timestamps, which are a slot. */
static bool is_plain_option(uint8_t kind, size_t length)
{
    return (kind == 2 && length == 4) || (kind == 3 && length == 3) ||
           (kind == 4 && length == 2) || (kind == 8 && length == 10);
}

/* Options that stacks set themselves say nothing of us; digests over our address (MD5, RFC
 * 2385, and AO, RFC 5925) do, and others may. */
static void clear_tcp_options(uint8_t *tcp, size_t header, const struct mask *mask,
                              const struct ours *ours)
{
    size_t i = 20;

    while (i < header && tcp[i] != 0) {
        uint8_t kind = tcp[i];
        size_t length;

        if (kind == 1) {
            i++;
            continue;
        }
        if (header - i < 2 || tcp[i + 1] < 2 || tcp[i + 1] > header - i)
            break;
        length = tcp[i + 1];
        if (kind == 19 || kind == 29)
            memset(tcp + i + 2, 0, length - 2);
        else if (!is_plain_option(kind, length))
            (void)forms_replace(tcp + i + 2, length - 2, mask, ours);
        i += length;
    }
    if (i < header) /* behind the end of options, or what can't be read */
        (void)forms_replace(tcp + i, header - i, mask, ours);
}

/* Neighbour discovery (RFC 4861): link layer addresses become one that nobody has. */
static void clear_link_addresses(uint8_t *icmp, size_t length)
{
    static const uint8_t behind[] = {8, 16, 24, 24, 40}; /* of types 133 to 137 */
    static const uint8_t nobody[] = {2, 0, 0, 0, 0, 1};
    size_t i = behind[icmp[0] - 133];

    while (length > i && length - i >= 8 && icmp[i + 1] > 0) {
        if (icmp[i] == 1 || icmp[i] == 2)
            memcpy(icmp + i + 2, nobody, sizeof(nobody));
        i += (size_t)icmp[i + 1] * 8;
    }
}

static bool quotes_packet(const struct shape *shape, uint8_t type)
{
    if (shape->version == 4)
        return shape->proto == PROTO_ICMP &&
               (type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
    return shape->proto == PROTO_ICMPV6 && type >= 1 && type <= 4;
}

static bool has_icmp_rest(const struct shape *shape, uint8_t type)
{
    return shape->whole && (shape->proto == PROTO_ICMP || shape->proto == PROTO_ICMPV6) &&
           !is_echo(shape, type);
}

/* ---- packets in packets
 * --------------------------------------------------------------------------- */

/* Where a whole packet begins inside of this one; 0: nowhere. */
static size_t inner_packet(const uint8_t *bytes, const struct shape *shape)
{
    const uint8_t *at = bytes + shape->transport;
    size_t header = 4;

    if (!shape->readable)
        return 0;
    if (shape->proto == PROTO_IPV4 || shape->proto == PROTO_IPV6)
        return shape->transport;
    if (shape->whole && quotes_packet(shape, at[0]))
        return shape->payload;
    if (shape->proto != PROTO_GRE || shape->end - shape->transport < 4 ||
        (wire_u16(at + 2) != 0x0800 && wire_u16(at + 2) != 0x86dd))
        return 0;
    header +=
        (at[0] & 0xc0) != 0 ? 4u : 0u; /* checksum, key, sequence number (RFC 2784, 2890) */
    header += (at[0] & 0x20) != 0 ? 4u : 0u;
    header += (at[0] & 0x10) != 0 ? 4u : 0u;
    return shape->end - shape->transport > header ? shape->transport + header : 0;
}

static void rewrite_inner(uint8_t *bytes, size_t length, const struct mask *mask,
                          const struct ours *ours, unsigned depth);

/* The bytes behind the header, all of whose lengths stay. */
static void rewrite_payload(uint8_t *bytes, const struct shape *shape, const struct mask *mask,
                            const struct ours *ours, unsigned depth)
{
    size_t inner = depth < DEPTH_MAX ? inner_packet(bytes, shape) : 0;
    uint8_t *at = bytes + shape->transport;

    if (shape->whole && shape->proto == PROTO_TCP)
        clear_tcp_options(at, shape->payload - shape->transport, mask, ours);
    if (shape->whole && shape->proto == PROTO_ICMPV6 && at[0] >= 133 && at[0] <= 137)
        clear_link_addresses(at, shape->end - shape->transport);
    if (has_icmp_rest(shape, at[0])) /* a redirect's gateway is there */
        (void)forms_replace(at + 4, 4, mask, ours);
    if (inner != 0)
        rewrite_inner(bytes + inner, shape->end - inner, mask, ours, depth + 1);
    (void)forms_replace(bytes + shape->payload, shape->end - shape->payload, mask, ours);
}

/* An address of ours in an inner header, with the fields that follow from it. */
static void replace_inner(uint8_t *bytes, const struct shape *shape, bool destination,
                          struct addr a, const struct mask *mask)
{
    enum slot clock = destination ? SLOT_TS_ECHO : SLOT_TS_VALUE; /* which is our own */
    struct addr new = mask_addr(mask, a);
    struct probe probe = {0};

    probe_read(&probe, bytes, shape);
    if (probe.values[clock] != 0)
        probe.values[clock] += mask_uptime(mask, new);
    probe_words(&probe, a);
    relations_find_fixed(&probe);
    probe_words(&probe, new);
    for (enum slot slot = 0; slot < SLOTS; slot++)
        if (probe.rules[slot].set)
            probe.values[slot] =
                relation_value(&probe, slot, &probe.rules[slot], probe.rules[slot].constant);
    write_slots(bytes, shape, &probe);
    put_address(bytes, shape, destination, new);
}

static void rewrite_inner(uint8_t *bytes, size_t length, const struct mask *mask,
                          const struct ours *ours, unsigned depth)
{
    struct shape shape;
    struct addr src, dst;

    if (!shape_read(bytes, length, &shape))
        return; /* the caller looks at the bytes as they are */
    packet_addresses(bytes, &shape, &src, &dst);
    if (ours_has(ours, dst))
        replace_inner(bytes, &shape, true, dst, mask);
    if (ours_has(ours, src))
        replace_inner(bytes, &shape, false, src, mask);
    clear_options(bytes, &shape, mask, ours);
    rewrite_payload(bytes, &shape, mask, ours, depth);
    checksums_set(bytes, &shape);
}

/* ---- the outer packet
 * ----------------------------------------------------------------------------- */

/* @return the new end */
static size_t cut_earlier(const uint8_t *bytes, const struct shape *shape)
{
    size_t end = shape->end, left = end - shape->payload;

    end -= left < CUT_BYTES ? left : CUT_BYTES;
    for (size_t i = 0; i < CUT_TEXT && end > shape->payload; i++) {
        uint8_t c = bytes[end - 1];

        if (c != 0 && (c >= 0x80 || strchr("0123456789abcdefABCDEFxX.:-_,% \\", c) == NULL))
            break;
        end--;
    }
    return end;
}

static bool is_text(const uint8_t *bytes, const struct shape *shape)
{
    bool transport = shape->whole && !shape->fragment &&
                     (shape->proto == PROTO_TCP || shape->proto == PROTO_UDP);

    return transport && text_payload(bytes + shape->payload, shape->end - shape->payload);
}

static void add_to_lengths(uint8_t *bytes, const struct shape *shape, long growth)
{
    uint8_t *ip = bytes + (shape->version == 4 ? 2 : 4);

    if (wire_u16(ip) != 0)
        wire_put_u16(ip, (uint32_t)(wire_u16(ip) + growth));
    if (shape->proto == PROTO_UDP && shape->whole &&
        wire_u16(bytes + shape->transport + 4) != 0)
        wire_put_u16(bytes + shape->transport + 4,
                     (uint32_t)(wire_u16(bytes + shape->transport + 4) + growth));
}

/* A flow label that is a part of the address. */
static bool flow_tells(uint32_t label, struct addr dst)
{
    struct probe probe;

    probe_words(&probe, dst);
    for (unsigned i = 0; i < probe.word_count; i++)
        if (label != 0 && (label == (probe.words[i] & FLOW) || label == probe.words[i] >> 12))
            return true;
    return false;
}

static void redraw_flow(uint8_t *bytes, struct addr src, const struct mask *mask)
{
    uint32_t word = wire_u32(bytes);

    if ((word & FLOW) != 0)
        put32(bytes,
              (word & ~FLOW) | ((uint32_t)mask_draw(mask, DRAW_FLOW, src.lo, word) & FLOW));
}

void rewrite_packet(struct sample *sample, uint8_t *bytes, const struct probe *after,
                    const struct mask *mask, const struct ours *ours, bool strict)
{
    struct probe fields = *after;
    struct shape shape;
    struct addr src, dst, old;
    long growth = 0;

    if (!shape_read(bytes, sample->captured, &shape))
        return; /* the self-test will say so */
    packet_addresses(bytes, &shape, &src, &old);
    if (ours_has(ours, src)) {
        src = mask_addr(mask, src);
        fields.values[SLOT_TS_VALUE] += mask_uptime(mask, src);
    }
    dst = address_of(after);
    put_address(bytes, &shape, false, src);
    put_address(bytes, &shape, true, dst);
    if (shape.version == 6 && (strict || flow_tells(wire_u32(bytes) & FLOW, old)))
        redraw_flow(bytes, src, mask);
    clear_options(bytes, &shape, mask, ours);
    write_slots(bytes, &shape, &fields);
    if (is_text(bytes, &shape)) {
        size_t length = shape.end - shape.payload;

        growth = text_payload_replace(bytes + shape.payload, &length,
                                      SAMPLE_BYTES_MAX - shape.payload, mask, ours);
        add_to_lengths(bytes, &shape, growth);
        shape.end = shape.payload + length;
    }
    rewrite_payload(bytes, &shape, mask, ours, 0);
    if (shape.cut)
        shape.end = cut_earlier(bytes, &shape);
    checksums_set(bytes, &shape);
    sample->src = src;
    sample->dst = dst;
    if (shape.proto == PROTO_TCP || shape.proto == PROTO_UDP || after->has[SLOT_SPORT])
        sample->sport = (uint16_t)after->values[SLOT_SPORT];
    else if (after->has[SLOT_ECHO])
        sample->sport = (uint16_t)(after->values[SLOT_ECHO] >> 16);
    sample->length = (uint32_t)((long)sample->length + growth);
    sample->captured = (uint16_t)shape.end;
}

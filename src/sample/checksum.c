/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/checksum.h"

#include "model/packet.h"
#include "sample/wire.h"

static uint64_t sum_of(const uint8_t *bytes, size_t length)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint64_t)bytes[i] << 8 : bytes[i];
    return sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Addresses, protocol and length. */
static uint64_t pseudo_header(const uint8_t *bytes, const struct shape *shape)
{
    uint64_t sum = shape->version == 4 ? sum_of(bytes + 12, 8) : sum_of(bytes + 8, 32);

    return sum + shape->proto + (shape->end - shape->transport);
}

/* CRC32c, low bit first. */
static uint32_t crc32c(const uint8_t *bytes, size_t length)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0x82f63b78u & -(crc & 1));
    }
    return ~crc;
}

static void set_sctp(uint8_t *at, size_t length)
{
    uint32_t crc;

    for (unsigned i = 8; i < 12; i++)
        at[i] = 0;
    crc = crc32c(at, length);
    for (unsigned i = 0; i < 4; i++)
        at[8 + i] = (uint8_t)(crc >> 8 * i);
}

static void set_transport(uint8_t *bytes, const struct shape *shape)
{
    uint8_t *at = bytes + shape->transport;
    size_t length = shape->end - shape->transport, field;
    bool with_addresses = true;
    uint16_t sum;

    switch (shape->proto) {
    case PROTO_TCP:
        field = 16;
        break;
    case PROTO_UDP:
        field = 6;
        if (length >= 8 && shape->version == 4 && at[6] == 0 && at[7] == 0)
            return;
        break;
    case PROTO_ICMP:
        with_addresses = false;
        field = 2;
        break;
    case PROTO_ICMPV6:
        field = 2;
        break;
    case PROTO_SCTP:
        if (length >= 12)
            set_sctp(at, length);
        return;
    default:
        return;
    }
    if (length < field + 2)
        return;
    wire_put_u16(at + field, 0);
    sum = fold(sum_of(at, length) + (with_addresses ? pseudo_header(bytes, shape) : 0));
    if (shape->proto == PROTO_UDP && sum == 0)
        sum = 0xffff;
    wire_put_u16(at + field, sum);
}

void checksums_set(uint8_t *bytes, const struct shape *shape)
{
    if (shape->version == 4) {
        wire_put_u16(bytes + 10, 0);
        wire_put_u16(bytes + 10, fold(sum_of(bytes, shape->transport)));
    }
    if (shape->readable)
        set_transport(bytes, shape);
}

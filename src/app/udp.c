/* SPDX-License-Identifier: Apache-2.0 */
/* What mostly comes over UDP: DNS (RFC 1035), NTP (RFC 5905, RFC 9327 for mode 6), SNMP (RFC
 * 3416), LDAP (RFC 4511), BACnet/IP (ASHRAE 135 annex J). Ports have no say. */
#include "app/sight.h"

#define LABELS_MAX 20

/* A name of the question, not compressed. @return false if it is none */
static bool read_name(struct nj_cursor *in, char *ret_name, size_t size, size_t *ret_length)
{
    size_t length = 0;

    for (unsigned i = 0; i < LABELS_MAX; i++) {
        uint8_t count = nj_u8(in);
        const uint8_t *label;

        if (count == 0 || count > 63)
            break;
        label = nj_take(in, count);
        if (label == NULL || length + count + 1 > size)
            break;
        if (length > 0)
            ret_name[length++] = '.';
        memcpy(ret_name + length, label, count);
        length += count;
    }
    *ret_length = length;
    return !in->bad && in->pos[-1] == 0;
}

bool app_dns(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    char name[128];
    size_t length;
    uint16_t flags, questions, answers, authority, more, type, class;

    if (packet->proto == PROTO_TCP) {
        uint16_t size = nj_be16(&in);

        if (size < 17 || size != nj_cursor_left(&in))
            return false;
    }
    (void)nj_be16(&in); /* id */
    flags = nj_be16(&in);
    questions = nj_be16(&in);
    answers = nj_be16(&in);
    authority = nj_be16(&in);
    more = nj_be16(&in);
    if (in.bad || (flags >> 11 & 15) > 5 || (flags & 15) > 10 || questions > 4 ||
        authority > 64 || more > 64)
        return false;
    sight->request = (flags & 0x8000) == 0;
    if (questions == 0) /* mDNS answers, some refusals */
        return !sight->request && answers > 0 && answers < 256;
    if (sight->request && answers > 8)
        return false;
    if (!read_name(&in, name, sizeof(name), &length))
        return false;
    type = nj_be16(&in);
    class = nj_be16(&in) & 0x7fff; /* mDNS has a flag in the highest bit */
    if (in.bad || type == 0 || ((class == 0 || class > 4) && class != 255))
        return false;
    if (sight->request) {
        sight_add(sight, "name", name, length);
        sight_addu(sight, "type", type);
    }
    return true;
}

bool app_ntp(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    size_t length = nj_cursor_left(&in);
    uint8_t first = nj_u8(&in), second = nj_u8(&in), third = nj_u8(&in), fourth = nj_u8(&in);
    unsigned mode = first & 7, version = first >> 3 & 7;
    bool port = packet->sport == 123 || packet->dport == 123;

    if (in.bad || version == 0 || version > 4)
        return false;
    switch (mode) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5: /* stratum, poll, precision */
        if ((length != 48 && length != 68 && length != 72) || second > 16 || third > 17)
            return false;
        if (!port && (fourth & 0x80) == 0 && fourth != 0)
            return false;
        sight->request = mode != 4;
        break;
    case 6: /* control: response, error, more, operation */
        if (length < 12 || (second & 31) > 12 || (second & 31) == 0)
            return false;
        sight->request = (second & 0x80) == 0;
        sight_addu(sight, "control", second & 31);
        break;
    case 7: /* private: implementation, request code */
        if (length < 8 || (third != 0 && third != 2 && third != 3) || (!port && third == 0))
            return false;
        sight->request = (first & 0x80) == 0;
        sight_addu(sight, "private", fourth);
        break;
    default:
        return false;
    }
    sight_addu(sight, "version", version);
    return true;
}

/* ---- BER: tag, length of one to three bytes ---- */

static size_t ber_length(struct nj_cursor *in)
{
    uint8_t first = nj_u8(in);

    if (first < 0x80)
        return first;
    if (first == 0x81)
        return nj_u8(in);
    if (first == 0x82)
        return nj_be16(in);
    if (first == 0x84) /* Windows writes it so */
        return nj_be32(in);
    in->bad = true;
    return 0;
}

/* The INTEGER that both begin with, of at most four bytes. */
static bool ber_begin(struct nj_cursor *in, uint32_t *ret_number)
{
    size_t length;

    if (nj_u8(in) != 0x30)
        return false;
    length = ber_length(in);
    if (in->bad || length < 5 || nj_u8(in) != 2)
        return false;
    length = ber_length(in);
    if (length == 0 || length > 4)
        return false;
    *ret_number = 0;
    for (size_t i = 0; i < length; i++)
        *ret_number = *ret_number << 8 | nj_u8(in);
    return !in->bad;
}

bool app_snmp(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    uint32_t version;
    size_t length;
    const uint8_t *community;
    uint8_t pdu;

    (void)packet;
    if (!ber_begin(&in, &version) || (version != 0 && version != 1 && version != 3))
        return false;
    if (version == 3) { /* a header, SEQUENCE */
        sight->request = packet->dport == 161 || packet->sport > 1023;
        sight_addz(sight, "version", "3");
        return nj_u8(&in) == 0x30 && !in.bad;
    }
    if (nj_u8(&in) != 4)
        return false;
    length = ber_length(&in);
    community = length > 128 ? NULL : nj_take(&in, length);
    pdu = nj_u8(&in);
    if (community == NULL || in.bad || pdu < 0xa0 || pdu > 0xa8)
        return false;
    sight->request = pdu != 0xa2 && pdu != 0xa8;
    sight_addz(sight, "version", version == 0 ? "1" : "2c");
    sight_add(sight, "community", community, length);
    return true;
}

bool app_ldap(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    uint32_t id;
    uint8_t operation;

    (void)packet;
    if (!ber_begin(&in, &id))
        return false;
    operation = nj_u8(&in);
    if (in.bad)
        return false;
    switch (operation) {
    case 0x60: /* bind: version, name */
        (void)ber_length(&in);
        if (nj_u8(&in) != 2 || nj_u8(&in) != 1)
            return false;
        sight->request = true;
        sight_addu(sight, "bind_version", nj_u8(&in));
        if (nj_u8(&in) == 4) {
            size_t length = ber_length(&in);
            const uint8_t *name = nj_take(&in, length);

            if (name != NULL)
                sight_add(sight, "name", name, length);
        }
        return true;
    case 0x63: /* search: base object */
        sight->request = true;
        (void)ber_length(&in);
        if (nj_u8(&in) == 4) {
            size_t length = ber_length(&in);
            const uint8_t *base = nj_take(&in, length);

            if (base != NULL)
                sight_add(sight, "base", base, length);
        }
        return true;
    case 0x42: /* unbind */
    case 0x66:
    case 0x68:
    case 0x4a:
    case 0x77: /* extended */
        sight->request = true;
        return true;
    case 0x61:
    case 0x64:
    case 0x65:
    case 0x78:
        return true;
    default:
        return false;
    }
}

bool app_bacnet(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    size_t all = nj_cursor_left(&in);
    uint8_t type = nj_u8(&in), function = nj_u8(&in);
    uint16_t length = nj_be16(&in);
    uint8_t version, control;

    (void)packet;
    if (in.bad || type != 0x81 || function > 0x0b || length != all)
        return false;
    sight->request = true;
    if (function == 0x04)
        (void)nj_take(&in, 6); /* forwarded: the first sender */
    else if (function != 0x09 && function != 0x0a && function != 0x0b)
        return true;
    version = nj_u8(&in);
    control = nj_u8(&in);
    if (in.bad || version != 1)
        return false;
    if (control == 0x04 && nj_cursor_left(&in) > 0)
        sight->request = in.pos[0] >> 4 < 2; /* confirmed or unconfirmed request */
    return true;
}

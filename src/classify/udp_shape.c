/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/udp_shape.h"

#include <string.h>

#include "base/cursor.h"

#define SEARCH_MAX 1024u /* XML is searched this far */

static struct nj_cursor open_payload(const struct packet *packet)
{
    static const uint8_t nothing[1];

    if (packet->payload_length == 0)
        return nj_cursor(nothing, 0);
    return nj_cursor(packet->payload, packet->payload_length);
}

static bool starts(const struct packet *packet, const char *text)
{
    size_t length = strlen(text);

    return packet->payload_length >= length && memcmp(packet->payload, text, length) == 0;
}

static bool contains(const struct packet *packet, const char *text)
{
    size_t length = packet->payload_length < SEARCH_MAX ? packet->payload_length : SEARCH_MAX;

    return length > 0 && memmem(packet->payload, length, text, strlen(text)) != NULL;
}

/* RFC 1035 4.1.1: id, then QR (1 bit) and opcode (4), ... then the number of questions. */
#define DNS_HEADER 12u

bool udp_dns_response(const struct packet *packet)
{
    return packet->payload_length >= DNS_HEADER && (packet->payload[2] & 0x80) != 0;
}

bool udp_dns_query(const struct packet *packet)
{
    return packet->payload_length >= DNS_HEADER && (packet->payload[2] & 0xf8) == 0 &&
           (packet->payload[4] | packet->payload[5]) != 0;
}

/* RFC 5905 7.3: mode in the low three bits of the first byte. Mode 6 (RFC 9327) has its
 * response bit in the second byte, mode 7 (ntpd's private one) in the first. */
enum { NTP_CLIENT = 3, NTP_SERVER = 4, NTP_CONTROL = 6, NTP_PRIVATE = 7, NTP_HEADER = 48 };

static bool ntp(const struct packet *packet, unsigned time_mode, bool response)
{
    const uint8_t *p = packet->payload;

    if (packet->payload_length < 8)
        return false;
    switch (p[0] & 7) {
    case NTP_CONTROL:
        return (p[1] >> 7 != 0) == response;
    case NTP_PRIVATE:
        return (p[0] >> 7 != 0) == response;
    default:
        return (p[0] & 7u) == time_mode && packet->payload_length >= NTP_HEADER;
    }
}

bool udp_ntp_response(const struct packet *packet)
{
    return ntp(packet, NTP_SERVER, true);
}

bool udp_ntp_query(const struct packet *packet)
{
    return ntp(packet, NTP_CLIENT, false);
}

/* BER (X.690): enough of it for SNMP and LDAP. */
enum { BER_INTEGER = 0x02, BER_OCTETS = 0x04, BER_SEQUENCE = 0x30 };

/* Read a tag and a length. @return the tag, 0 if there is none */
static unsigned ber_head(struct nj_cursor *c, size_t *ret_length)
{
    unsigned tag = nj_u8(c);
    size_t length = nj_u8(c);

    if (length > 0x84)
        c->bad = true;
    if (length >= 0x80) {
        unsigned bytes = (unsigned)length & 0x7f;

        length = 0;
        for (unsigned i = 0; i < bytes && !c->bad; i++)
            length = length << 8 | nj_u8(c);
    }
    *ret_length = length;
    return c->bad ? 0 : tag;
}

/* Skip an element of this tag. @return false if it is another, or cut off */
static bool ber_skip(struct nj_cursor *c, unsigned tag)
{
    size_t length;

    return ber_head(c, &length) == tag && nj_take(c, length) != NULL;
}

/* The tag of the PDU (RFC 1157, 3416; version 3: RFC 3412, unencrypted), 0 if it is none. */
static unsigned snmp_pdu(const struct packet *packet)
{
    struct nj_cursor c = open_payload(packet);
    size_t length;
    const uint8_t *version;

    if (ber_head(&c, &length) != BER_SEQUENCE || ber_head(&c, &length) != BER_INTEGER ||
        length != 1 || (version = nj_take(&c, 1)) == NULL)
        return 0;
    if (*version == 3) {
        if (!ber_skip(&c, BER_SEQUENCE) || !ber_skip(&c, BER_OCTETS) ||
            ber_head(&c, &length) != BER_SEQUENCE || !ber_skip(&c, BER_OCTETS) ||
            !ber_skip(&c, BER_OCTETS))
            return 0;
    } else if (*version > 1 || !ber_skip(&c, BER_OCTETS)) {
        return 0;
    }
    return ber_head(&c, &length);
}

bool udp_snmp_response(const struct packet *packet)
{
    unsigned pdu = snmp_pdu(packet);

    return pdu == 0xa2 || pdu == 0xa8; /* response, report */
}

bool udp_snmp_request(const struct packet *packet)
{
    unsigned pdu = snmp_pdu(packet);

    return pdu == 0xa0 || pdu == 0xa1 || pdu == 0xa3 || pdu == 0xa5; /* get, next, set, bulk */
}

/* The tag of the operation (RFC 4511 4.1.1), 0 if it is none. */
static unsigned ldap_operation(const struct packet *packet)
{
    struct nj_cursor c = open_payload(packet);
    size_t length;

    if (ber_head(&c, &length) != BER_SEQUENCE || !ber_skip(&c, BER_INTEGER))
        return 0;
    return ber_head(&c, &length);
}

bool udp_ldap_response(const struct packet *packet)
{
    unsigned operation = ldap_operation(packet);

    return operation == 0x61 || operation == 0x64 || operation == 0x65; /* bind, entry, done */
}

bool udp_ldap_request(const struct packet *packet)
{
    unsigned operation = ldap_operation(packet);

    return operation == 0x60 || operation == 0x63; /* bind, search */
}

bool udp_ssdp_response(const struct packet *packet)
{
    return starts(packet, "HTTP/1.");
}

bool udp_ssdp_search(const struct packet *packet)
{
    return starts(packet, "M-SEARCH ");
}

/* memcached's UDP frame: request id, number of this datagram, count of datagrams, reserved,
 * two bytes each; then the text or binary protocol (its doc/protocol.txt). */
#define MEMCACHED_FRAME 8u

static bool memcached_starts(const struct packet *packet, const char *const *words)
{
    for (; *words != NULL; words++) {
        size_t length = strlen(*words);

        if (packet->payload_length - MEMCACHED_FRAME >= length &&
            memcmp(packet->payload + MEMCACHED_FRAME, *words, length) == 0)
            return true;
    }
    return false;
}

bool udp_memcached_response(const struct packet *packet)
{
    static const char *const words[] = {"VALUE ",   "STAT ", "END\r\n", "ERROR",
                                        "VERSION ", "\x81",  NULL};

    if (packet->payload_length <= MEMCACHED_FRAME)
        return false;
    if ((packet->payload[2] | packet->payload[3]) != 0) /* a later datagram of an answer */
        return (packet->payload[6] | packet->payload[7]) == 0;
    return memcached_starts(packet, words);
}

bool udp_memcached_request(const struct packet *packet)
{
    static const char *const words[] = {"stats", "get ",    "gets ", "set ",
                                        "add ",  "version", "\x80",  NULL};

    return packet->payload_length > MEMCACHED_FRAME && memcached_starts(packet, words);
}

bool udp_wsd_response(const struct packet *packet)
{
    return contains(packet, "ProbeMatch") || contains(packet, "ResolveMatch") ||
           contains(packet, "Fault>");
}

bool udp_wsd_probe(const struct packet *packet)
{
    return contains(packet, "Probe");
}

/* RFC 7296 3.1 (and RFC 2408 3.1): two cookies of eight bytes, next payload, version, exchange
 * type, flags, ... Version 2 says "response" in a flag, version 1 only by its second cookie. */
#define IKE_HEADER 28u

static bool ike(const struct packet *packet, bool response)
{
    static const uint8_t no_cookie[8];
    const uint8_t *p = packet->payload;

    if (packet->payload_length < IKE_HEADER)
        return false;
    if (p[17] >> 4 == 2)
        return ((p[19] & 0x20) != 0) == response;
    return p[17] >> 4 == 1 && (memcmp(p + 8, no_cookie, 8) != 0) == response;
}

bool udp_ike_response(const struct packet *packet)
{
    return ike(packet, true);
}

bool udp_ike_request(const struct packet *packet)
{
    return ike(packet, false);
}

bool udp_sip_response(const struct packet *packet)
{
    return starts(packet, "SIP/2.0 ");
}

bool udp_sip_request(const struct packet *packet)
{
    return starts(packet, "OPTIONS ") || starts(packet, "REGISTER ") ||
           starts(packet, "INVITE ");
}

/* RFC 5531 9: xid, message type (0 call, 1 reply), then for a call the RPC version (2). */
bool udp_rpc_reply(const struct packet *packet)
{
    struct nj_cursor c = open_payload(packet);

    (void)nj_be32(&c);
    return nj_be32(&c) == 1 && !c.bad;
}

bool udp_rpc_call(const struct packet *packet)
{
    struct nj_cursor c = open_payload(packet);
    uint32_t type, version;

    (void)nj_be32(&c);
    type = nj_be32(&c);
    version = nj_be32(&c);
    return !c.bad && type == 0 && version == 2;
}

/* RFC 8489 5: type (two bits of it say what it is), length, magic cookie. */
static bool stun(const struct packet *packet, unsigned mask, unsigned value)
{
    struct nj_cursor c = open_payload(packet);
    unsigned type = nj_be16(&c);

    (void)nj_be16(&c);
    return nj_be32(&c) == 0x2112a442 && (type & mask) == value;
}

bool udp_stun_response(const struct packet *packet)
{
    return stun(packet, 0xc100, 0x0100); /* success or error response */
}

bool udp_stun_request(const struct packet *packet)
{
    return stun(packet, 0xc110, 0x0000);
}

/* RFC 8999 5.1: a long header, the version, and a connection id of at most 20 bytes. */
bool udp_quic_long(const struct packet *packet)
{
    struct nj_cursor c = open_payload(packet);
    unsigned first = nj_u8(&c);
    unsigned id_length;

    (void)nj_be32(&c);
    id_length = nj_u8(&c);
    return !c.bad && (first & 0xc0) == 0xc0 && id_length <= 20;
}

/* RFC 7252 3: version 1, token of at most 8 bytes, code 0.01 (GET). */
bool udp_coap_request(const struct packet *packet)
{
    return packet->payload_length >= 4 && packet->payload[0] >> 6 == 1 &&
           (packet->payload[0] & 15) <= 8 && packet->payload[1] == 1;
}

/* RFC 1350 5: read or write request, then a file name. */
bool udp_tftp_request(const struct packet *packet)
{
    return packet->payload_length > 4 && packet->payload[0] == 0 &&
           (packet->payload[1] == 1 || packet->payload[1] == 2);
}

/* DMTF DSP0136 (ASF) 3.2.2: RMCP version 6, sequence 255, class ASF (6) or IPMI (7). */
bool udp_rmcp_request(const struct packet *packet)
{
    return packet->payload_length >= 4 && packet->payload[0] == 6 &&
           packet->payload[2] == 0xff && (packet->payload[3] == 6 || packet->payload[3] == 7);
}

/* MS-SQLR 2.2: 2 and 3 ask for all instances, 4 for one. */
bool udp_sql_browser_request(const struct packet *packet)
{
    return packet->payload_length >= 1 && packet->payload[0] >= 2 && packet->payload[0] <= 4;
}

bool udp_text(const struct packet *packet)
{
    uint32_t length = packet->payload_length < SEARCH_MAX ? packet->payload_length : SEARCH_MAX;

    if (length < 16)
        return false;
    for (uint32_t i = 0; i < length; i++) {
        uint8_t byte = packet->payload[i];

        if ((byte < ' ' || byte > '~') && byte != '\r' && byte != '\n' && byte != '\t')
            return false;
    }
    return true;
}

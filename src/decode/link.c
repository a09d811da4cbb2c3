/* SPDX-License-Identifier: Apache-2.0 */
/* Link layers (tcpdump.org/linktypes.html). Another one is a function and a row
 * of the table. */
#include "decode/layers.h"
#include "model/erf.h"

/* Takes the header and gives the ethertype behind it; sets c->bad when it is short. */
typedef uint16_t (*link_fn)(struct nj_cursor *c);

uint16_t ethernet(struct nj_cursor *c)
{
    (void)nj_take(c, 12); /* both addresses */
    return nj_be16(c);
}

static uint16_t ipv4_only(struct nj_cursor *c)
{
    (void)c;
    return ETHERTYPE_IPV4;
}

static uint16_t ipv6_only(struct nj_cursor *c)
{
    (void)c;
    return ETHERTYPE_IPV6;
}

/* An address family of the system that captured. */
static uint16_t from_family(uint32_t family)
{
    switch (family) {
    case 2:
        return ETHERTYPE_IPV4;
    case 10: /* Linux */
    case 23: /* Windows */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* Darwin */
        return ETHERTYPE_IPV6;
    default:
        return ETHERTYPE_NONE;
    }
}

static uint16_t loop(struct nj_cursor *c)
{
    return from_family(nj_be32(c));
}

/* In the byte order of the system that captured; families are small numbers. */
static uint16_t null(struct nj_cursor *c)
{
    uint32_t family = nj_be32(c);

    return from_family(family > 0xffff ? __builtin_bswap32(family) : family);
}

static uint16_t linux_sll(struct nj_cursor *c)
{
    (void)nj_take(c, 14); /* packet type, device type, address length, address */
    return nj_be16(c);
}

static uint16_t linux_sll2(struct nj_cursor *c)
{
    uint16_t type = nj_be16(c);

    (void)nj_take(c, 18); /* reserved, interface, device type, packet type, address */
    return type;
}

/* Tags of switch chips for their own processor (linktypes.html, "DSA"): between the addresses
 * and the type, or before all. */
static uint16_t tag_of_4(struct nj_cursor *c)
{
    (void)nj_take(c, 16);
    return nj_be16(c);
}

static uint16_t tag_of_8(struct nj_cursor *c)
{
    (void)nj_take(c, 20);
    return nj_be16(c);
}

static uint16_t mpls_only(struct nj_cursor *c)
{
    (void)c;
    return ETHERTYPE_MPLS;
}

static uint16_t fddi(struct nj_cursor *c)
{
    (void)nj_take(c, 13); /* frame control, both addresses */
    return llc(c);
}

/* Behind the addresses may stand a route, whose first byte holds its length; the highest bit
 * of the source address says so (IEEE 802.5). */
static uint16_t token_ring(struct nj_cursor *c)
{
    const uint8_t *header = nj_take(c, 14);

    if (header == NULL)
        return ETHERTYPE_NONE;
    if ((header[8] & 0x80) != 0) {
        struct nj_cursor ahead = *c;

        (void)nj_take(c, nj_u8(&ahead) & 31);
    }
    return llc(c);
}

/* RFC 1201, and the older RFC 1051 without sequence numbers, as Linux hands it out. */
static uint16_t arcnet_linux(struct nj_cursor *c)
{
    enum { OLD_IP = 240, IP = 212, IPV6 = 196 };
    unsigned type;

    (void)nj_take(c, 4); /* source, destination, offset */
    type = nj_u8(c);
    if (type == OLD_IP)
        return ETHERTYPE_IPV4;
    (void)nj_take(c, 3); /* split flag, sequence number */
    return type == IP ? ETHERTYPE_IPV4 : type == IPV6 ? ETHERTYPE_IPV6 : ETHERTYPE_NONE;
}

static uint16_t ip_over_fc(struct nj_cursor *c)
{
    (void)nj_take(c, 16); /* both addresses */
    return llc(c);
}

static uint16_t ip_over_1394(struct nj_cursor *c)
{
    (void)nj_take(c, 16);
    return nj_be16(c);
}

static uint16_t ip_over_infiniband(struct nj_cursor *c)
{
    uint16_t type;

    (void)nj_take(c, 40); /* global route header */
    type = nj_be16(c);
    (void)nj_take(c, 2);
    return type;
}

static uint16_t symantec(struct nj_cursor *c)
{
    uint16_t type;

    (void)nj_take(c, 6);
    type = nj_be16(c);
    (void)nj_take(c, 36);
    return type;
}

/* OpenBSD's packet filter: length of the header (padded to 4), address family, ... */
static uint16_t pflog(struct nj_cursor *c)
{
    unsigned length = nj_u8(c), family = nj_u8(c);

    if (length < 2)
        return ETHERTYPE_NONE;
    (void)nj_take(c, ((length + 3) & ~3u) - 2);
    return from_family(family);
}

static uint16_t enc(struct nj_cursor *c)
{
    uint16_t type = null(c);

    (void)nj_take(c, 8); /* security parameter index, flags */
    return type;
}

/* Solaris: version, family (26 is IPv6 there), hardware type, lengths and zones. */
static uint16_t ipnet(struct nj_cursor *c)
{
    unsigned family;

    (void)nj_take(c, 1);
    family = nj_u8(c);
    (void)nj_take(c, 22);
    return family == 26 ? ETHERTYPE_IPV6 : from_family(family);
}

/* Linux netfilter: family, version, resource, then {length, type, value} padded to 4 in the
 * byte order of the host; type 9 is the packet. */
static uint16_t nflog(struct nj_cursor *c)
{
    enum { HEAD = 4, PAYLOAD = 9 };
    unsigned family = nj_u8(c);

    (void)nj_take(c, 3);
    while (!c->bad) {
        struct nj_cursor ahead = *c;
        unsigned length = nj_le16(c), type = nj_le16(c);

        if ((type & 0xff) == 0 && type != 0) { /* a big-endian host */
            length = nj_be16(&ahead);
            type = nj_be16(&ahead);
        }
        if (length < HEAD)
            break;
        if (type == PAYLOAD) {
            if (length - HEAD < nj_cursor_left(c))
                c->end = c->pos + (length - HEAD);
            return from_family(family);
        }
        (void)nj_take(c, ((length + 3) & ~3u) - HEAD);
    }
    return ETHERTYPE_NONE;
}

/* Four bytes before the frame: Hilscher netANALYZER's own, or a switch's tag. */
static uint16_t behind_4(struct nj_cursor *c)
{
    (void)nj_take(c, 4);
    return ethernet(c);
}

static uint16_t netanalyzer_transparent(struct nj_cursor *c)
{
    (void)nj_take(c, 12);
    return ethernet(c);
}

static uint16_t mpacket(struct nj_cursor *c)
{
    (void)nj_take(c, 8); /* preamble and delimiter, IEEE 802.3br */
    return ethernet(c);
}

static uint16_t of_link(struct nj_cursor *c, uint32_t number);

/* Per-packet information: version, flags, length, the link type of what follows. */
static uint16_t ppi(struct nj_cursor *c)
{
    uint32_t length, link;

    (void)nj_take(c, 2);
    length = nj_le16(c);
    link = nj_le32(c);
    if (length < 8)
        return ETHERTYPE_NONE;
    (void)nj_take(c, length - 8);
    return of_link(c, link);
}

/* Apple's: length, kind of record, the link type of what follows, names and processes. */
static uint16_t pktap(struct nj_cursor *c)
{
    uint32_t length = nj_le32(c), link;

    (void)nj_take(c, 4);
    link = nj_le32(c);
    if (length < 12)
        return ETHERTYPE_NONE;
    (void)nj_take(c, length - 12);
    return of_link(c, link);
}

/* A record of Endace's: time, type, flags, lengths; then headers of eight bytes, whose highest
 * bit says that another one follows (capture/erf.c). */
static uint16_t erf_record(struct nj_cursor *c)
{
    const struct erf_content *content;
    unsigned type, more;

    (void)nj_take(c, 8);
    type = more = nj_u8(c);
    (void)nj_take(c, 7);
    for (int i = 0; i < ERF_EXTENSIONS_MAX && (more & 0x80) != 0; i++) {
        more = nj_u8(c);
        (void)nj_take(c, 7);
    }
    content = erf_content_of(type & 0x7f);
    if (content == NULL)
        return ETHERTYPE_NONE;
    (void)nj_take(c, content->skip);
    return of_link(c, content->link);
}

struct link {
    uint32_t number;
    const char *name;
    link_fn decode;
};

/* The commonest first: the table is searched in order. */
static const struct link links[] = {
    {.number = 1, .name = "EN10MB", .decode = ethernet},
    {.number = 101, .name = "RAW", .decode = raw_ip},
    {.number = 0, .name = "NULL", .decode = null},
    {.number = 6, .name = "IEEE802_5", .decode = token_ring},
    {.number = 8, .name = "SLIP", .decode = slip},
    {.number = 9, .name = "PPP", .decode = ppp_hdlc},
    {.number = 10, .name = "FDDI", .decode = fddi},
    {.number = 12, .name = "RAW", .decode = raw_ip}, /* DLT_RAW of most systems */
    {.number = 14, .name = "RAW", .decode = raw_ip}, /* DLT_RAW of OpenBSD */
    {.number = 50, .name = "PPP_SERIAL", .decode = ppp_hdlc},
    {.number = 51, .name = "PPP_ETHER", .decode = ppp_ether},
    {.number = 99, .name = "SYMANTEC_FIREWALL", .decode = symantec},
    {.number = 100, .name = "ATM_RFC1483", .decode = atm_rfc1483},
    {.number = 104, .name = "C_HDLC", .decode = cisco_hdlc},
    {.number = 105, .name = "IEEE802_11", .decode = ieee80211},
    {.number = 107, .name = "FRELAY", .decode = frame_relay},
    {.number = 108, .name = "LOOP", .decode = loop},
    {.number = 109, .name = "ENC", .decode = enc},
    {.number = 113, .name = "LINUX_SLL", .decode = linux_sll},
    {.number = 117, .name = "PFLOG", .decode = pflog},
    {.number = 119, .name = "IEEE802_11_PRISM", .decode = prism},
    {.number = 122, .name = "IP_OVER_FC", .decode = ip_over_fc},
    {.number = 123, .name = "SUNATM", .decode = sun_atm},
    {.number = 127, .name = "IEEE802_11_RADIOTAP", .decode = radiotap},
    {.number = 129, .name = "ARCNET_LINUX", .decode = arcnet_linux},
    {.number = 135, .name = "JUNIPER_ATM2", .decode = juniper_atm2},
    {.number = 137, .name = "JUNIPER_ATM1", .decode = juniper_atm1},
    {.number = 138, .name = "APPLE_IP_OVER_IEEE1394", .decode = ip_over_1394},
    {.number = 163, .name = "IEEE802_11_AVS", .decode = avs},
    {.number = 166, .name = "PPP_PPPD", .decode = ppp_directed},
    {.number = 178, .name = "JUNIPER_ETHER", .decode = juniper_ethernet},
    {.number = 179, .name = "JUNIPER_PPP", .decode = juniper_ppp},
    {.number = 180, .name = "JUNIPER_FRELAY", .decode = juniper_frame_relay},
    {.number = 181, .name = "JUNIPER_CHDLC", .decode = juniper_cisco_hdlc},
    {.number = 192, .name = "PPI", .decode = ppi},
    {.number = 197, .name = "ERF", .decode = erf_record},
    {.number = 204, .name = "PPP_WITH_DIR", .decode = ppp_directed},
    {.number = 205, .name = "C_HDLC_WITH_DIR", .decode = cisco_hdlc_directed},
    {.number = 206, .name = "FRELAY_WITH_DIR", .decode = frame_relay_directed},
    {.number = 219, .name = "MPLS", .decode = mpls_only},
    {.number = 226, .name = "IPNET", .decode = ipnet},
    {.number = 228, .name = "IPV4", .decode = ipv4_only},
    {.number = 229, .name = "IPV6", .decode = ipv6_only},
    {.number = 239, .name = "NFLOG", .decode = nflog},
    {.number = 240, .name = "NETANALYZER", .decode = behind_4},
    {.number = 241, .name = "NETANALYZER_TRANSPARENT", .decode = netanalyzer_transparent},
    {.number = 242, .name = "IPOIB", .decode = ip_over_infiniband},
    {.number = 258, .name = "PKTAP", .decode = pktap},
    {.number = 274, .name = "ETHERNET_MPACKET", .decode = mpacket},
    {.number = 276, .name = "LINUX_SLL2", .decode = linux_sll2},
    {.number = 281, .name = "DSA_TAG_BRCM", .decode = tag_of_4},
    {.number = 282, .name = "DSA_TAG_BRCM_PREPEND", .decode = behind_4},
    {.number = 283, .name = "DSA_TAG_DSA", .decode = tag_of_4},
    {.number = 284, .name = "DSA_TAG_EDSA", .decode = tag_of_8},
};

static const struct link *find_link(uint32_t number)
{
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (links[i].number == number)
            return &links[i];
    }
    return NULL;
}

/* What a link type within another leads to; such envelopes do not nest. */
static uint16_t of_link(struct nj_cursor *c, uint32_t number)
{
    const struct link *link = find_link(number);

    if (link == NULL || link->decode == ppi || link->decode == pktap ||
        link->decode == erf_record)
        return ETHERTYPE_NONE;
    return link->decode(c);
}

const char *decode_link_name(uint32_t number)
{
    const struct link *link = find_link(number);

    return link == NULL ? NULL : link->name;
}

enum decode_result link_decode(const struct frame *frame, struct nj_cursor *c,
                               uint16_t *ret_ethertype)
{
    const struct link *link = find_link(frame->link);

    if (link == NULL)
        return DECODE_UNSUPPORTED;
    *ret_ethertype = ethertype_resolve(c, link->decode(c));
    return c->bad ? decode_short(frame->captured < frame->length) : DECODE_OK;
}

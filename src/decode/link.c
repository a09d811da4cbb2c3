/* SPDX-License-Identifier: Apache-2.0 */
/* Link layers (tcpdump.org/linktypes.html). Another one is a function and a row of the table.
 */
#include "decode/layers.h"

#define VLAN_TAGS_MAX 4 /* two are in use (802.1ad); the bound is for hostile frames */

/* Takes the header and gives the ethertype behind it; sets c->bad when it is short. */
typedef uint16_t (*link_fn)(struct nj_cursor *c);

static uint16_t behind_tags(struct nj_cursor *c, uint16_t type)
{
    for (int tags = 0; tags < VLAN_TAGS_MAX; tags++) {
        if (type != ETHERTYPE_VLAN && type != ETHERTYPE_QINQ && type != ETHERTYPE_QINQ_OLD)
            break;
        (void)nj_take(c, 2); /* priority and VLAN number */
        type = nj_be16(c);
    }
    return type;
}

static uint16_t ethernet(struct nj_cursor *c)
{
    (void)nj_take(c, 12); /* both addresses */
    return behind_tags(c, nj_be16(c));
}

/* No header: the IP version tells. */
static uint16_t raw(struct nj_cursor *c)
{
    struct nj_cursor ahead = *c;
    unsigned version = nj_u8(&ahead) >> 4;

    c->bad = ahead.bad;
    return version == 4 ? ETHERTYPE_IPV4 : version == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_NONE;
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
    return behind_tags(c, nj_be16(c));
}

static uint16_t linux_sll2(struct nj_cursor *c)
{
    uint16_t type = nj_be16(c);

    (void)nj_take(c, 18); /* reserved, interface, device type, packet type, address */
    return behind_tags(c, type);
}

struct link {
    uint32_t number;
    const char *name;
    link_fn decode;
};

static const struct link links[] = {
    {.number = 1, .name = "EN10MB", .decode = ethernet},
    {.number = 101, .name = "RAW", .decode = raw},
    {.number = 0, .name = "NULL", .decode = null},
    {.number = 12, .name = "RAW", .decode = raw}, /* DLT_RAW of most systems */
    {.number = 14, .name = "RAW", .decode = raw}, /* DLT_RAW of OpenBSD */
    {.number = 108, .name = "LOOP", .decode = loop},
    {.number = 113, .name = "LINUX_SLL", .decode = linux_sll},
    {.number = 228, .name = "IPV4", .decode = ipv4_only},
    {.number = 229, .name = "IPV6", .decode = ipv6_only},
    {.number = 276, .name = "LINUX_SLL2", .decode = linux_sll2},
};

static const struct link *find_link(uint32_t number)
{
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (links[i].number == number)
            return &links[i];
    }
    return NULL;
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
    *ret_ethertype = link->decode(c);
    return c->bad ? decode_short(frame->captured < frame->length) : DECODE_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand between a link layer and IP: VLAN tags (IEEE 802.1Q, 802.1ad), MPLS labels
 * (RFC 3032, 4385), PPPoE (RFC 2516), LLC with SNAP (IEEE 802.2) or NLPID (RFC 2684). */
#include "decode/layers.h"

#define SHIMS_MAX 4   /* two VLAN tags are in use; the bound is for hostile frames */
#define LABELS_MAX 16 /* MPLS; real stacks have up to five or so */
#define LENGTH_MAX 1500u

enum { SAP_IP = 0x06, SAP_SNAP = 0xaa, SAP_ISO = 0xfe, LLC_UI = 0x03 };
enum { NLPID_IPV6 = 0x8e, NLPID_IPV4 = 0xcc };
enum { OUI_ETHERNET = 0x000000, OUI_BRIDGED_NOVELL = 0x0000f8, OUI_BRIDGED = 0x0080c2 };

uint16_t raw_ip(struct nj_cursor *c)
{
    struct nj_cursor ahead = *c;
    unsigned version = nj_u8(&ahead) >> 4;

    c->bad = ahead.bad;
    return version == 4 ? ETHERTYPE_IPV4 : version == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_NONE;
}

/* Behind a SNAP header's organisation code. */
static uint16_t snap(struct nj_cursor *c)
{
    uint32_t oui = (uint32_t)nj_be16(c) << 8;
    uint16_t type;

    oui |= nj_u8(c);
    type = nj_be16(c);
    if (oui == OUI_ETHERNET || oui == OUI_BRIDGED_NOVELL)
        return type > LENGTH_MAX ? type : ETHERTYPE_NONE;
    if (oui == OUI_BRIDGED && (type == 1 || type == 7)) { /* with and without check sequence */
        (void)nj_take(c, 2);                              /* padding, RFC 2684 5.2 */
        return ETHERTYPE_BRIDGED;
    }
    return ETHERTYPE_NONE;
}

uint16_t llc(struct nj_cursor *c)
{
    unsigned dsap = nj_u8(c), ssap = nj_u8(c), control = nj_u8(c);

    if (dsap != ssap || control != LLC_UI)
        return ETHERTYPE_NONE;
    switch (dsap) {
    case SAP_IP:
        return ETHERTYPE_IPV4;
    case SAP_SNAP:
        return snap(c);
    case SAP_ISO:
        dsap = nj_u8(c);
        return dsap == NLPID_IPV4 ? ETHERTYPE_IPV4
                                  : (dsap == NLPID_IPV6 ? ETHERTYPE_IPV6 : ETHERTYPE_NONE);
    default:
        return ETHERTYPE_NONE;
    }
}

/* RFC 3032. The labels do not say what is behind the last: an IP version does, or a control
 * word of 0 before an Ethernet frame. */
static uint16_t mpls(struct nj_cursor *c)
{
    struct nj_cursor ahead;

    for (int labels = 0; labels < LABELS_MAX; labels++) {
        uint32_t label = nj_be32(c);

        if ((label & 0x100) == 0) /* not the bottom of the stack */
            continue;
        ahead = *c;
        if (nj_u8(&ahead) >> 4 != 0)
            return raw_ip(c);
        (void)nj_take(c, 4);
        return ETHERTYPE_BRIDGED;
    }
    return ETHERTYPE_NONE;
}

static uint16_t pppoe(struct nj_cursor *c)
{
    (void)nj_take(c, 6); /* version and type, code, session, length */
    return ppp(c);
}

/* Length in words in the low six bits of the first two bytes; the next protocol's number. */
static uint16_t nsh(struct nj_cursor *c)
{
    static const uint16_t next[] = {
        [1] = ETHERTYPE_IPV4, [2] = ETHERTYPE_IPV6, [3] = ETHERTYPE_BRIDGED};
    size_t words = nj_be16(c) & 63;
    unsigned protocol;

    (void)nj_u8(c);
    protocol = nj_u8(c);
    if (words < 1 || protocol >= sizeof(next) / sizeof(next[0]))
        return ETHERTYPE_NONE;
    (void)nj_take(c, (words - 1) * 4);
    return next[protocol];
}

uint16_t ethertype_resolve(struct nj_cursor *c, uint16_t type)
{
    for (int shims = 0; shims < SHIMS_MAX; shims++) {
        switch (type) {
        case ETHERTYPE_VLAN:
        case ETHERTYPE_QINQ:
        case ETHERTYPE_QINQ_OLD:
            (void)nj_take(c, 2); /* priority and VLAN number */
            type = nj_be16(c);
            break;
        case ETHERTYPE_BRIDGED:
            (void)nj_take(c, 12); /* both addresses */
            type = nj_be16(c);
            break;
        case ETHERTYPE_PBB:
        case ETHERTYPE_FABRICPATH:
            (void)nj_take(c, type == ETHERTYPE_PBB ? 4 : 2);
            type = ETHERTYPE_BRIDGED;
            shims--; /* only half of the way */
            break;
        case ETHERTYPE_VNTAG:
        case ETHERTYPE_ETAG:
            (void)nj_take(c, type == ETHERTYPE_VNTAG ? 4 : 6);
            type = nj_be16(c);
            break;
        case ETHERTYPE_NSH:
            type = nsh(c);
            break;
        case ETHERTYPE_MPLS:
        case ETHERTYPE_MPLS_UP:
            type = mpls(c);
            break;
        case ETHERTYPE_PPPOE:
            type = pppoe(c);
            break;
        case ETHERTYPE_LLC:
        case ETHERTYPE_LLC_JUMBO:
            type = llc(c);
            break;
        default:
            if (type == ETHERTYPE_NONE || type > LENGTH_MAX)
                return type;
            type = llc(c); /* a length: IEEE 802.3 */
        }
    }
    return type;
}

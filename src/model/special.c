/* SPDX-License-Identifier: Apache-2.0 */
/* IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates), and the
 * multicast and reserved ranges. Of IPv6 only 2000::/3 is given out as global unicast. */
#include "model/special.h"

#include <stddef.h>

static const struct {
    uint32_t first;
    uint8_t length;
    const char *what;
} v4[] = {
    {0x00000000, 8, "this network (RFC 791)"},     {0x0a000000, 8, "private (RFC 1918)"},
    {0x64400000, 10, "carrier NAT (RFC 6598)"},    {0x7f000000, 8, "loopback (RFC 1122)"},
    {0xa9fe0000, 16, "link local (RFC 3927)"},     {0xac100000, 12, "private (RFC 1918)"},
    {0xc0000000, 24, "IETF protocols (RFC 6890)"}, {0xc0000200, 24, "documentation (RFC 5737)"},
    {0xc0586300, 24, "6to4 relays (RFC 7526)"},    {0xc0a80000, 16, "private (RFC 1918)"},
    {0xc6120000, 15, "benchmarks (RFC 2544)"},     {0xc6336400, 24, "documentation (RFC 5737)"},
    {0xcb007100, 24, "documentation (RFC 5737)"},  {0xe0000000, 4, "multicast (RFC 5771)"},
    {0xf0000000, 4, "reserved (RFC 1112)"},
};

static const struct {
    uint64_t first; /* of the first eight bytes; none is longer */
    uint8_t length;
    const char *what;
} v6[] = {
    {0x2001000000000000, 23, "IETF protocols (RFC 2928)"},
    {0x20010db800000000, 32, "documentation (RFC 3849)"},
    {0x2002000000000000, 16, "6to4 (RFC 3056)"},
    {0x3fff000000000000, 20, "documentation (RFC 9637)"},
};

static const char *special_v4(const struct prefix *net)
{
    for (size_t i = 0; i < sizeof(v4) / sizeof(v4[0]); i++) {
        uint32_t last = v4[i].first | (uint32_t)(UINT32_MAX >> v4[i].length);

        if (addr_v4(net->first) <= last && v4[i].first <= addr_v4(net->last))
            return v4[i].what;
    }
    return NULL;
}

const char *special_range(const struct prefix *net)
{
    if (addr_is_v4(net->first) && addr_is_v4(net->last))
        return special_v4(net);
    if (net->first.hi >> 61 != 1 || net->last.hi >> 61 != 1)
        return "not global unicast (RFC 4291)";
    for (size_t i = 0; i < sizeof(v6) / sizeof(v6[0]); i++) {
        uint64_t last = v6[i].first | UINT64_MAX >> v6[i].length;

        if (net->first.hi <= last && v6[i].first <= net->last.hi)
            return v6[i].what;
    }
    return NULL;
}

bool special_everywhere(struct addr a)
{
    uint32_t v4_word = addr_v4(a);

    if (!addr_is_v4(a))
        return a.hi >> 61 != 1;
    return v4_word >> 24 == 0 || v4_word >> 24 == 10 || v4_word >> 24 == 127 ||
           v4_word >> 22 == 0x64400000 >> 22 || v4_word >> 16 == 0xa9fe ||
           v4_word >> 20 == 0xac1 || v4_word >> 16 == 0xc0a8 || v4_word >> 29 == 7;
}

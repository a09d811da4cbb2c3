/* SPDX-License-Identifier: Apache-2.0 */
/* An address of either family as two numbers; IPv4 is ::ffff:a.b.c.d. Ordered like IPv6. */
#ifndef NJ_MODEL_ADDR_H
#define NJ_MODEL_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct addr {
    uint64_t hi; /* first eight bytes, as a number */
    uint64_t lo; /* last eight bytes; IPv4: 0x0000ffffAABBCCDD */
};

#define ADDR_V4_PREFIX 0x0000ffff00000000ull
#define ADDR_V4_COUNT 4294967296.0 /* of the Internet, to which rates are extrapolated */
#define ADDR_TEXT_MAX 46           /* INET6_ADDRSTRLEN */

static inline struct addr addr_from_v4(uint32_t v4)
{
    return (struct addr){.hi = 0, .lo = ADDR_V4_PREFIX | v4};
}

static inline bool addr_is_v4(struct addr a)
{
    return a.hi == 0 && a.lo >> 32 == 0xffff;
}

/** The IPv4 address as a number; only for addr_is_v4. */
static inline uint32_t addr_v4(struct addr a)
{
    return (uint32_t)a.lo;
}

static inline bool addr_equal(struct addr a, struct addr b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

static inline int addr_compare(struct addr a, struct addr b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return a.lo < b.lo ? -1 : a.lo > b.lo;
}

static inline bool addr_is_none(struct addr a)
{
    return a.hi == 0 && a.lo == 0;
}

/** First and last address of a prefix. */
struct prefix {
    struct addr first, last;
};

static inline bool prefix_has(const struct prefix *prefix, struct addr a)
{
    return addr_compare(prefix->first, a) <= 0 && addr_compare(a, prefix->last) <= 0;
}

/** What a source is known by to the later stages: its address; of IPv6 the first one of its
 * /64, inside of which a host takes what address it likes. */
static inline struct addr addr_source(struct addr a)
{
    return addr_is_v4(a) ? a : (struct addr){.hi = a.hi};
}

/** All addresses that a source may have. */
static inline struct prefix addr_source_net(struct addr a)
{
    return (struct prefix){.first = addr_source(a),
                           .last = {.hi = a.hi, .lo = addr_is_v4(a) ? a.lo : UINT64_MAX}};
}

/** From 16 bytes in network order. */
struct addr addr_from_bytes(const uint8_t bytes[16]);
void addr_to_bytes(struct addr a, uint8_t ret_bytes[16]);

/** Canonical text (RFC 5952; IPv4 as a dotted quad). `text` holds ADDR_TEXT_MAX bytes. @return
 * text */
char *addr_text(struct addr a, char *text);

/** "203.0.113.7", "2001:db8::1". @return 0; -1 NJ_FORMAT */
int addr_parse(const char *text, struct addr *ret_addr, struct nj_err *err);

/** "203.0.113.0/24", "2001:db8::/32", or one address. Host bits must be zero. @return 0; -1
 * NJ_FORMAT */
int prefix_parse(const char *text, struct prefix *ret_prefix, struct nj_err *err);

/** Whether it is one address. */
bool prefix_is_host(const struct prefix *prefix);

/** The length as it is written: of IPv4 0 to 32. -1: a range that is no prefix. */
int prefix_length(const struct prefix *prefix);

#define PREFIX_TEXT_MAX 52
/** "192.0.2.7", "192.0.2.0/24". `text` holds PREFIX_TEXT_MAX bytes. @return text */
char *prefix_text(const struct prefix *prefix, char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct addr addr_from_bytes(const uint8_t bytes[16])
{
    struct addr a;

    memcpy(&a.hi, bytes, 8);
    memcpy(&a.lo, bytes + 8, 8);
    a.hi = __builtin_bswap64(a.hi);
    a.lo = __builtin_bswap64(a.lo);
    return a;
}

void addr_to_bytes(struct addr a, uint8_t ret_bytes[16])
{
    uint64_t hi = __builtin_bswap64(a.hi), lo = __builtin_bswap64(a.lo);

    memcpy(ret_bytes, &hi, 8);
    memcpy(ret_bytes + 8, &lo, 8);
}

char *addr_text(struct addr a, char *text)
{
    uint8_t bytes[16];

    if (addr_is_v4(a)) {
        uint32_t v4 = addr_v4(a);

        (void)snprintf(text, ADDR_TEXT_MAX, "%u.%u.%u.%u", v4 >> 24, v4 >> 16 & 255,
                       v4 >> 8 & 255, v4 & 255);
        return text;
    }
    addr_to_bytes(a, bytes);
    (void)inet_ntop(AF_INET6, bytes, text, ADDR_TEXT_MAX);
    return text;
}

int addr_parse(const char *text, struct addr *ret_addr, struct nj_err *err)
{
    uint8_t bytes[16];

    if (inet_pton(AF_INET, text, bytes) == 1) {
        uint32_t v4;

        memcpy(&v4, bytes, 4);
        *ret_addr = addr_from_v4(__builtin_bswap32(v4));
        return 0;
    }
    if (inet_pton(AF_INET6, text, bytes) == 1) {
        *ret_addr = addr_from_bytes(bytes);
        return 0;
    }
    return nj_fail(err, NJ_FORMAT, "\"%.60s\" is no IP address", text);
}

/* The first `bits` bits of a 128-bit mask. */
static struct addr mask(unsigned bits)
{
    struct addr m = {0, 0};

    if (bits > 64) {
        m.hi = UINT64_MAX;
        m.lo = UINT64_MAX << (128 - bits);
    } else if (bits > 0) {
        m.hi = UINT64_MAX << (64 - bits);
    }
    return m;
}

int prefix_parse(const char *text, struct prefix *ret_prefix, struct nj_err *err)
{
    const char *slash = strchr(text, '/');
    char host[ADDR_TEXT_MAX + 1];
    struct addr a, m;
    unsigned long bits;
    char *end;
    size_t length = slash == NULL ? strlen(text) : (size_t)(slash - text);

    if (length > ADDR_TEXT_MAX)
        return nj_fail(err, NJ_FORMAT, "\"%.60s\" is no IP prefix", text);
    memcpy(host, text, length);
    host[length] = '\0';
    if (addr_parse(host, &a, err) < 0)
        return -1;
    bits = 128;
    if (slash != NULL) {
        unsigned long most = addr_is_v4(a) ? 32 : 128;

        bits = strtoul(slash + 1, &end, 10);
        if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || bits > most)
            return nj_fail(err, NJ_FORMAT, "\"%.60s\": prefix length must be 0 to %lu", text,
                           most);
        bits += 128 - most;
    }
    m = mask((unsigned)bits);
    if ((a.hi & ~m.hi) != 0 || (a.lo & ~m.lo) != 0)
        return nj_fail(err, NJ_FORMAT, "\"%.60s\": host bits must be zero", text);
    ret_prefix->first = a;
    ret_prefix->last = (struct addr){.hi = a.hi | ~m.hi, .lo = a.lo | ~m.lo};
    return 0;
}

/* The bits in which first and last differ must be the lowest: 0 in first, 1 in last. */
int prefix_length(const struct prefix *prefix)
{
    uint64_t hi = prefix->first.hi ^ prefix->last.hi, lo = prefix->first.lo ^ prefix->last.lo;
    int length;

    if ((hi & (hi + 1)) != 0 || (lo & (lo + 1)) != 0 || (hi != 0 && lo != UINT64_MAX) ||
        (prefix->first.hi & hi) != 0 || (prefix->first.lo & lo) != 0)
        return -1;
    length = hi != 0 ? 64 - __builtin_popcountll(hi) : 128 - __builtin_popcountll(lo);
    if (addr_is_v4(prefix->first))
        return length >= 96 ? length - 96 : -1;
    return length;
}

bool prefix_is_host(const struct prefix *prefix)
{
    return addr_equal(prefix->first, prefix->last);
}

char *prefix_text(const struct prefix *prefix, char *text)
{
    char first[ADDR_TEXT_MAX];

    (void)addr_text(prefix->first, first);
    if (prefix_is_host(prefix))
        (void)snprintf(text, PREFIX_TEXT_MAX, "%s", first);
    else
        (void)snprintf(text, PREFIX_TEXT_MAX, "%s/%d", first, prefix_length(prefix));
    return text;
}

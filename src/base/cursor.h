/* SPDX-License-Identifier: Apache-2.0 */
/* Reading bytes from outside: a position, an end, and a flag that stays.
 *
 * A read past the end sets `bad` for good and gives 0, so a parser reads a whole header and
 * asks once. Numbers are big-endian (be) or little-endian (le) on the wire. */
#ifndef NJ_BASE_CURSOR_H
#define NJ_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct nj_cursor {
    const uint8_t *pos;
    const uint8_t *end;
    bool bad;
};

static inline struct nj_cursor nj_cursor(const void *bytes, size_t length)
{
    const uint8_t *start = bytes;

    /* bytes may be NULL where there are none */
    return (struct nj_cursor){.pos = start, .end = length > 0 ? start + length : start};
}

static inline size_t nj_cursor_left(const struct nj_cursor *c)
{
    return (size_t)(c->end - c->pos);
}

/** Take n bytes. @return where they stand (borrowed), or NULL and `bad` if there are fewer */
static inline const uint8_t *nj_take(struct nj_cursor *c, size_t n)
{
    const uint8_t *at = c->pos;

    if (c->bad || n > nj_cursor_left(c)) {
        c->bad = true;
        c->pos = c->end;
        return NULL;
    }
    c->pos += n;
    return at;
}

static inline uint8_t nj_u8(struct nj_cursor *c)
{
    const uint8_t *at = nj_take(c, 1);

    return at == NULL ? 0 : at[0];
}

static inline uint16_t nj_be16(struct nj_cursor *c)
{
    const uint8_t *at = nj_take(c, 2);

    return at == NULL ? 0 : (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t nj_be32(struct nj_cursor *c)
{
    const uint8_t *at = nj_take(c, 4);
    uint32_t v;

    if (at == NULL)
        return 0;
    memcpy(&v, at, 4);
    return __builtin_bswap32(v);
}

static inline uint64_t nj_be64(struct nj_cursor *c)
{
    const uint8_t *at = nj_take(c, 8);
    uint64_t v;

    if (at == NULL)
        return 0;
    memcpy(&v, at, 8);
    return __builtin_bswap64(v);
}

static inline uint16_t nj_le16(struct nj_cursor *c)
{
    return __builtin_bswap16(nj_be16(c));
}

static inline uint32_t nj_le32(struct nj_cursor *c)
{
    return __builtin_bswap32(nj_be32(c));
}

static inline uint64_t nj_le64(struct nj_cursor *c)
{
    return __builtin_bswap64(nj_be64(c));
}

/** A cursor over the next n bytes, which the outer one skips. Too few: both are bad. */
static inline struct nj_cursor nj_sub(struct nj_cursor *c, size_t n)
{
    const uint8_t *at = nj_take(c, n);

    return at == NULL ? (struct nj_cursor){.pos = c->end, .end = c->end, .bad = true}
                      : nj_cursor(at, n);
}

#endif

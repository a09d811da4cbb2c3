/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and names as few bytes that are the same on every machine: written one behind
 * another, each function giving where the next stands; read through a cursor (base/cursor.h),
 * since what is read may be damaged.
 *
 *   count   base 128, least first, the high bit saying that more follows
 *   signed  a count: twice its amount, one more if it is below zero
 *   fixed   little-endian
 *   text    its bytes and a zero
 */
#ifndef NJ_BASE_PACK_H
#define NJ_BASE_PACK_H

#include "base/cursor.h"

#define NJ_COUNT_BYTES 10 /* of 64 bits */

static inline uint8_t *nj_put_count(uint8_t *at, uint64_t number)
{
    for (; number >= 128; number >>= 7)
        *at++ = (uint8_t)(number | 128);
    *at++ = (uint8_t)number;
    return at;
}

static inline uint64_t nj_count(struct nj_cursor *c)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < NJ_COUNT_BYTES; i++) {
        uint8_t next = nj_u8(c);

        number |= (uint64_t)(next & 127) << 7 * i;
        if (next < 128)
            return number;
    }
    c->bad = true;
    return 0;
}

/** @param number  within 62 bits */
static inline uint8_t *nj_put_signed(uint8_t *at, int64_t number)
{
    return nj_put_count(at, number < 0 ? (uint64_t)-number << 1 | 1 : (uint64_t)number << 1);
}

static inline int64_t nj_signed(struct nj_cursor *c)
{
    uint64_t number = nj_count(c);
    int64_t amount = (int64_t)(number >> 1);

    return (number & 1) != 0 ? -amount : amount;
}

static inline uint8_t *nj_put_fixed(uint8_t *at, uint64_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *at++ = (uint8_t)(number >> 8 * i);
    return at;
}

static inline uint64_t nj_fixed(struct nj_cursor *c, unsigned bytes)
{
    const uint8_t *at = nj_take(c, bytes);
    uint64_t number = 0;

    for (unsigned i = 0; at != NULL && i < bytes; i++)
        number |= (uint64_t)at[i] << 8 * i;
    return number;
}

/** A double by its bits, 8 bytes. */
static inline uint8_t *nj_put_real(uint8_t *at, double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return nj_put_fixed(at, bits, sizeof(bits));
}

static inline double nj_real(struct nj_cursor *c)
{
    uint64_t bits = nj_fixed(c, sizeof(bits));
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

/** At most `max` bytes of a text (NULL: "") and a zero. */
static inline uint8_t *nj_put_text(uint8_t *at, const char *text, size_t max)
{
    size_t length = text == NULL ? 0 : strnlen(text, max);

    if (length > 0)
        memcpy(at, text, length);
    at[length] = 0;
    return at + length + 1;
}

/** Borrowed from the bytes; "" when they are bad. */
static inline const char *nj_text(struct nj_cursor *c)
{
    size_t left = nj_cursor_left(c);
    const uint8_t *end = left == 0 ? NULL : memchr(c->pos, 0, left);
    const uint8_t *at = nj_take(c, end == NULL ? left + 1 : (size_t)(end - c->pos) + 1);

    return at == NULL ? "" : (const char *)at;
}

#endif

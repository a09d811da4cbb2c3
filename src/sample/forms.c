/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/forms.h"

#include <stdlib.h>
#include <string.h>

#include "sample/forms_text.h"

#define ROUNDS 4                /* what is written may meet its neighbours and name us again */
#define STUN_COOKIE 0x2112a442u /* RFC 8489: addresses are xor-ed with it */
#define RUN_MIN 8               /* digits of base64 or base32 */
#define DEPTH_MAX 2

/* `mask` NULL: only count. */
struct fixer {
    const struct mask *mask;
    const struct ours *ours;
};

/* `depth` encodings in base64 may stand around each other; base32 only around all. */
static unsigned fix(const struct fixer *fixer, uint8_t *bytes, size_t length, unsigned depth);

/* ---- binary
 * --------------------------------------------------------------------------------------- */

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_be32(uint8_t *at, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(v >> (24 - 8 * i));
}

static bool is_text(const uint8_t *at, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (at[i] < ' ' || at[i] > '~')
            return false;
    return true;
}

/* Four letters are an address only if a packet went there: else every "GET " would be one to
 * somebody in 71.69.84.0/24. */
static bool is_ours_v4(const struct ours *ours, uint32_t v4, bool letters)
{
    struct addr a = addr_from_v4(v4);

    return letters ? ours_known(ours, a) : ours_near(ours, a);
}

static unsigned fix_v4(const struct fixer *fixer, uint8_t *at)
{
    static const uint32_t masks[] = {0, UINT32_MAX, STUN_COOKIE};
    uint32_t v = be32(at);
    bool letters = is_text(at, 4);

    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
        for (unsigned swapped = 0; swapped < 2; swapped++) {
            uint32_t v4 = (swapped != 0 ? __builtin_bswap32(v) : v) ^ masks[i];

            if (!is_ours_v4(fixer->ours, v4, letters))
                continue;
            if (fixer->mask != NULL) {
                v4 = addr_v4(mask_addr(fixer->mask, addr_from_v4(v4))) ^ masks[i];
                put_be32(at, swapped != 0 ? __builtin_bswap32(v4) : v4);
            }
            return 1;
        }
    return 0;
}

static unsigned fix_v6(const struct fixer *fixer, uint8_t *at)
{
    for (unsigned reversed = 0; reversed < 2; reversed++) {
        uint8_t bytes[16];
        struct addr a;

        for (unsigned i = 0; i < 16; i++)
            bytes[i] = at[reversed != 0 ? 15 - i : i];
        a = addr_from_bytes(bytes);
        if (addr_is_v4(a) || !ours_near(fixer->ours, a))
            continue;
        if (fixer->mask != NULL) {
            addr_to_bytes(mask_addr(fixer->mask, a), bytes);
            for (unsigned i = 0; i < 16; i++)
                at[i] = bytes[reversed != 0 ? 15 - i : i];
        }
        return 1;
    }
    return 0;
}

/* The first half alone. */
static unsigned fix_v6_prefix(const struct fixer *fixer, uint8_t *at)
{
    uint8_t bytes[16] = {0};
    struct addr a;

    memcpy(bytes, at, 8);
    bytes[15] = 2; /* a host in it, whichever */
    a = addr_from_bytes(bytes);
    if (a.hi == 0 || !ours_near(fixer->ours, a))
        return 0;
    if (fixer->mask != NULL) {
        addr_to_bytes(mask_addr(fixer->mask, a), bytes);
        memcpy(at, bytes, 8);
    }
    return 1;
}

/* Hardware addresses. */
static unsigned fix_mac(const struct fixer *fixer, uint8_t *at)
{
    uint64_t mac = (uint64_t)be32(at) << 16 | (unsigned)at[4] << 8 | at[5];

    if (!ours_mac(fixer->ours, mac))
        return 0;
    if (fixer->mask != NULL) {
        mac = mask_mac(fixer->mask, mac);
        for (unsigned i = 0; i < 6; i++)
            at[i] = (uint8_t)(mac >> (40 - 8 * i));
    }
    return 1;
}

static unsigned fix_binary(const struct fixer *fixer, uint8_t *bytes, size_t length)
{
    unsigned found = 0;

    for (size_t i = 0; i < length; i++) {
        unsigned here = 0;

        if (length - i >= 16)
            here = fix_v6(fixer, bytes + i);
        if (here == 0 && length - i >= 8)
            here = fix_v6_prefix(fixer, bytes + i);
        if (here == 0 && length - i >= 6)
            here = fix_mac(fixer, bytes + i);
        if (here == 0 && length - i >= 4)
            here = fix_v4(fixer, bytes + i);
        found += here;
    }
    return found;
}

/* ---- text
 * ----------------------------------------------------------------------------------------- */

static unsigned fix_view(const struct fixer *fixer, struct view *view, enum encoding encoding,
                         uint8_t *bytes, size_t length)
{
    unsigned found = 0;
    struct match match;

    if (!view_read(view, encoding, bytes, length) && ours_name(fixer->ours, 0) == NULL)
        return 0;
    for (size_t i = 0; i < view->count; i++) {
        if (!view_match(view, i, fixer->ours, &match))
            continue;
        if (fixer->mask != NULL)
            view_replace(view, &match, bytes, fixer->mask, fixer->ours);
        i += match.count - 1;
        found++;
    }
    return found;
}

static unsigned fix_texts(const struct fixer *fixer, uint8_t *bytes, size_t length)
{
    struct view *view = malloc(sizeof(*view));
    unsigned found = 0;

    if (view == NULL) /* counted as a finding, so that nothing leaves unseen */
        return 1;
    for (enum encoding encoding = 0; encoding < ENCODINGS; encoding++)
        found += fix_view(fixer, view, encoding, bytes, length);
    free(view);
    return found;
}

/* ---- base64 and base32 (RFC 4648)
 * --------------------------------------------------------------------- */

static int value64(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

static int value32(uint8_t c)
{
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
        return (c | 0x20) - 'a';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

static int value32_hex(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'v' ? (c | 0x20) - 'a' + 10 : -1;
}

/* A digit that is none has the value -1. */
struct base {
    unsigned bits;
    size_t group; /* digits, behind which bytes begin anew */
    int (*value)(uint8_t c);
    const char *digits;
};

static const struct base base64 = {
    6, 4, value64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};
static const struct base bases32[] = {
    {5, 8, value32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"},
    {5, 8, value32_hex, "0123456789ABCDEFGHIJKLMNOPQRSTUV"},
};

/* What keeps its value stays as it was written: there are several alphabets. */
static void encode(const struct base *base, uint8_t *to, size_t length, const uint8_t *bytes)
{
    for (size_t i = 0; i < length; i++) {
        size_t bit = i * base->bits;
        unsigned two = (unsigned)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];
        unsigned value = two >> (16 - base->bits - bit % 8) & ((1u << base->bits) - 1);
        bool small = base->bits == 5 && to[i] >= 'a' && to[i] <= 'z';

        if (base->value(to[i]) == (int)value)
            continue;
        to[i] = (uint8_t)base->digits[value];
        if (small && to[i] >= 'A')
            to[i] |= 0x20;
    }
}

static unsigned fix_run(const struct fixer *fixer, const struct base *base, uint8_t *at,
                        size_t length, unsigned depth)
{
    uint8_t decoded[FORMS_BYTES_MAX + 2] = {0};
    unsigned found;

    for (size_t i = 0; i < length; i++) {
        size_t bit = i * base->bits;
        unsigned two = (unsigned)base->value(at[i]) << (16 - base->bits - bit % 8);

        decoded[bit / 8] |= (uint8_t)(two >> 8);
        decoded[bit / 8 + 1] |= (uint8_t)two;
    }
    found = fix(fixer, decoded, length * base->bits / 8, depth);
    if (found > 0 && fixer->mask != NULL)
        encode(base, at, length, decoded);
    return found;
}

static unsigned fix_base(const struct fixer *fixer, const struct base *base, uint8_t *bytes,
                         size_t length, unsigned depth)
{
    unsigned found = 0;

    for (size_t start = 0, end; start < length; start = end + 1) {
        for (end = start; end < length && base->value(bytes[end]) >= 0; end++)
            ;
        for (size_t shift = 0; shift < base->group && end - start >= RUN_MIN + shift; shift++)
            found += fix_run(fixer, base, bytes + start + shift, end - start - shift, depth);
    }
    return found;
}

/* ---- all of it
 * ------------------------------------------------------------------------------------ */

static unsigned fix(const struct fixer *fixer, uint8_t *bytes, size_t length, unsigned depth)
{
    unsigned found = fix_texts(fixer, bytes, length) + fix_binary(fixer, bytes, length);

    if (depth > 0)
        found += fix_base(fixer, &base64, bytes, length, depth - 1);
    for (size_t i = 0; depth == DEPTH_MAX && i < sizeof(bases32) / sizeof(bases32[0]); i++)
        found += fix_base(fixer, &bases32[i], bytes, length, 0);
    return found;
}

unsigned forms_replace(uint8_t *bytes, size_t length, const struct mask *mask,
                       const struct ours *ours)
{
    const struct fixer fixer = {.mask = mask, .ours = ours};
    unsigned found = 0;

    if (length > FORMS_BYTES_MAX)
        length = FORMS_BYTES_MAX;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned more = fix(&fixer, bytes, length, DEPTH_MAX);

        if (more == 0)
            return found;
        found += more;
    }
    return found;
}

unsigned forms_replace_text(uint8_t *bytes, size_t *length, size_t room,
                            const struct mask *mask, const struct ours *ours)
{
    struct view *view = malloc(sizeof(*view));
    uint8_t *made = malloc(room + 1);
    unsigned found = 0;
    struct match match;
    size_t used = 0;

    if (view == NULL || made == NULL || !view_read(view, ENCODING_ASCII, bytes, *length)) {
        free(view);
        free(made);
        return 0;
    }
    for (size_t i = 0; i < view->count && used < room;) {
        char text[64];
        size_t written = 0;

        if (view_match(view, i, ours, &match))
            written = match_text(view, &match, mask, text);
        if (written == 0) { /* nothing of ours, or a form that keeps its length: for later */
            made[used++] = (uint8_t)view->units[i++].c;
            continue;
        }
        written = written < room - used ? written : room - used;
        memcpy(made + used, text, written);
        used += written;
        i += match.count;
        found++;
    }
    memcpy(bytes, made, used);
    *length = used;
    free(view);
    free(made);
    return found;
}

unsigned forms_count(const uint8_t *bytes, size_t length, const struct ours *ours)
{
    const struct fixer fixer = {.mask = NULL, .ours = ours};
    uint8_t copy[FORMS_BYTES_MAX];

    if (length > sizeof(copy))
        length = sizeof(copy);
    memcpy(copy, bytes, length);
    return fix(&fixer, copy, length, DEPTH_MAX);
}

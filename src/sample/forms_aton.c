/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as inet_aton(3) reads them: one to four numbers with points between, each decimal,
 * octal behind 0 or hexadecimal behind 0x, the last of which fills all bytes that are left:
 * "192.0.519", "192.519", "0xc0.0.2.7", "030000001007". */
#include <string.h>

#include "base/text.h"
#include "sample/forms_text.h"

#define PARTS 4
#define DIGITS_MAX 13 /* 32 bits in octal are eleven, and zeros may stand in front */
#define HEX_WHOLE 8   /* digits of a whole address, which is found without its 0x, too */
#define DRAW_ATON 112

struct part {
    size_t first, digits; /* units; the 0x stands before them */
    unsigned base;
    uint64_t value;
};

static char at(const struct view *view, size_t i)
{
    return i < view->count ? view->units[i].c : '\0';
}

static int digit_of(char c, unsigned base)
{
    int value = text_hex_digit(c);

    return value >= (int)base ? -1 : value;
}

static bool read_part(const struct view *view, size_t i, struct part *ret)
{
    bool hex = at(view, i) == '0' && (at(view, i + 1) | 0x20) == 'x';

    *ret = (struct part){.first = i + (hex ? 2 : 0),
                         .base = hex                  ? 16
                                 : at(view, i) == '0' ? 8
                                                      : 10};
    while (ret->digits < DIGITS_MAX) {
        int digit = digit_of(at(view, ret->first + ret->digits), ret->base);

        if (digit < 0)
            break;
        ret->value = ret->value * ret->base + (unsigned)digit;
        ret->digits++;
    }
    return ret->digits > 0;
}

/* As many parts as there are. @return how many */
static size_t read_parts(const struct view *view, size_t first, struct part parts[PARTS])
{
    size_t i = first, count = 0;

    while (count < PARTS && read_part(view, i, &parts[count])) {
        i = parts[count].first + parts[count].digits;
        count++;
        if (at(view, i++) != '.')
            break;
    }
    return count;
}

/* A short form is a common number, too: only what is near to a destination counts. */
static bool names_us(const struct ours *ours, const struct part *parts, size_t count,
                     struct addr *ret)
{
    uint64_t v4 = parts[count - 1].value;

    if (v4 >> (8 * (PARTS + 1 - count)) != 0)
        return false;
    for (size_t i = 0; i + 1 < count; i++) {
        if (parts[i].value > 255)
            return false;
        v4 |= parts[i].value << (24 - 8 * i);
    }
    *ret = addr_from_v4((uint32_t)v4);
    if (count == PARTS)
        return ours_has(ours, *ret);
    if (count == 1 &&
        (parts[0].base == 10 || (parts[0].base == 16 && parts[0].digits >= HEX_WHOLE)))
        return false; /* the other forms have these */
    return ours_near(ours, *ret) ||
           (count == 1 && ours_near(ours, addr_from_v4(__builtin_bswap32((uint32_t)v4))));
}

bool aton_match(const struct view *view, size_t first, const struct ours *ours,
                struct match *ret)
{
    struct part parts[PARTS];
    size_t count;

    if (digit_of(at(view, first), 10) < 0 ||
        (first > 0 && digit_of(at(view, first - 1), 10) >= 0))
        return false;
    for (count = read_parts(view, first, parts); count > 0; count--) {
        const struct part *last = &parts[count - 1];

        *ret = (struct match){
            .form = FORM_ATON, .first = first, .count = last->first + last->digits - first};
        if (names_us(ours, parts, count, &ret->address))
            return true;
    }
    return false;
}

/* A digit in the place of the one that is the `nth` behind zeros. The first of several is 1 and
 * the second at most 5, which keeps the number within its bytes: 16,777,215 are three. */
static char drawn_digit(unsigned base, size_t nth, bool only, uint64_t draw)
{
    if (nth == 0)
        return only ? (char)('1' + draw % 7) : '1';
    return "0123456789abcdef"[draw % (nth == 1 ? 6 : base)];
}

void aton_replace(struct view *view, const struct match *match, uint8_t *bytes,
                  const struct mask *mask, const struct ours *ours)
{
    struct part parts[PARTS];
    size_t count = read_parts(view, match->first, parts), end = match->first + match->count;
    struct match again;

    for (unsigned try = 0; try < 64; try++) {
        for (size_t p = 0; p < count && parts[p].first < end; p++) {
            size_t zeros = 0;

            while (zeros + 1 < parts[p].digits && at(view, parts[p].first + zeros) == '0')
                zeros++;
            for (size_t i = zeros; i < parts[p].digits; i++) {
                size_t unit = parts[p].first + i;

                view->units[unit].c = drawn_digit(
                    parts[p].base, i - zeros, parts[p].digits - zeros == 1,
                    mask_draw(mask, DRAW_ATON, match->address.lo, (uint64_t)unit << 8 | try));
                view_set(view, unit, view->units[unit].c, bytes);
            }
        }
        if (!aton_match(view, match->first, ours, &again))
            return;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as people and programs write them to get past a filter: "192[.]0[.]2[.]7",
 * "192 . 0 . 2 . 7", "0300.0000.0002.0007", "192, 0, 2, 7"; and the network alone, "192.0.2" or
 * "2.0.192.in-addr.arpa". All four numbers must name us, so chance finds none. */
#include <string.h>

#include "sample/forms_text.h"

#define SEPARATOR_MAX 6 /* "[dot]", " . " */
#define DIGITS_MAX 4    /* "0306" */
#define DRAW_ODD 111

static bool is_digit(const struct view *view, size_t i)
{
    return i < view->count && view->units[i].c >= '0' && view->units[i].c <= '9';
}

/* One number of up to 255. @return its digits; 0: it is none */
static size_t read_number(const struct view *view, size_t i, bool octal, uint32_t *ret)
{
    size_t count = 0;
    uint32_t base;

    while (count <= DIGITS_MAX && is_digit(view, i + count))
        count++;
    if (count == 0 || count > DIGITS_MAX)
        return 0;
    base = octal && view->units[i].c == '0' ? 8 : 10;
    *ret = 0;
    for (size_t k = 0; k < count; k++) {
        uint32_t digit = (uint32_t)(view->units[i + k].c - '0');

        if (digit >= base)
            return 0;
        *ret = *ret * base + digit;
    }
    return *ret > 255 ? 0 : count;
}

/* Numbers with something short between. @return how many units; 0: not so many */
static size_t read_numbers(const struct view *view, size_t first, bool octal, unsigned numbers,
                           bool dots, uint32_t *ret)
{
    size_t i = first;

    *ret = 0;
    for (unsigned k = 0; k < numbers; k++) {
        size_t from = i, digits;
        uint32_t number;

        while (k > 0 && i < view->count && i - from < SEPARATOR_MAX && !is_digit(view, i))
            i++;
        if (k > 0 && (i == from || (dots && (i - from > 1 || view->units[from].c != '.'))))
            return 0;
        digits = read_number(view, i, octal, &number);
        if (digits == 0)
            return 0;
        *ret = *ret << 8 | number;
        i += digits;
    }
    return i - first;
}

/* Three bytes name us when an address behind them does. */
static bool network_ours(const struct ours *ours, uint32_t network)
{
    return ours_near(ours, addr_from_v4(network << 8 | 1)) &&
           ours_near(ours, addr_from_v4(network << 8 | 254));
}

static bool named(const struct ours *ours, uint32_t v, unsigned numbers, bool reversed)
{
    v = reversed ? __builtin_bswap32(v) >> (numbers == 3 ? 8 : 0) : v;
    return numbers == 3 ? network_ours(ours, v) : ours_has(ours, addr_from_v4(v));
}

bool odd_match(const struct view *view, size_t first, const struct ours *ours,
               struct match *ret)
{
    if (!is_digit(view, first) || (first > 0 && is_digit(view, first - 1)))
        return false;
    for (unsigned octal = 0; octal < 2; octal++)
        for (unsigned numbers = 4; numbers >= 3; numbers--) {
            uint32_t v;
            size_t count = read_numbers(view, first, octal != 0, numbers, numbers == 3, &v);

            if (count == 0 ||
                (!named(ours, v, numbers, false) && !named(ours, v, numbers, true)))
                continue;
            *ret = (struct match){.form = FORM_ODD,
                                  .first = first,
                                  .count = count,
                                  .digits = numbers,
                                  .address = addr_from_v4(v)};
            return true;
        }
    return false;
}

/* Digits that leave each number one of as many digits, up to 255 in decimal and in octal. */
static char drawn_digit(const struct view *view, size_t i, uint64_t draw)
{
    bool first = i == 0 || !is_digit(view, i - 1), last = !is_digit(view, i + 1);
    bool second = !first && (i == 1 || !is_digit(view, i - 2));

    if (first && !last)
        return view->units[i].c == '0' ? '0' : '1';
    return (char)('0' + draw % (first ? 10 : second ? 4 : 8));
}

void odd_replace(struct view *view, const struct match *match, uint8_t *bytes,
                 const struct mask *mask, const struct ours *ours)
{
    struct match again;

    for (unsigned try = 0; try < 64; try++) {
        for (size_t i = 0; i < match->count; i++) {
            size_t at = match->first + i;
            uint64_t draw = mask_draw(mask, DRAW_ODD, match->address.lo,
                                      (uint64_t)match->digits << 32 | (uint64_t)i << 8 | try);

            if (!is_digit(view, at))
                continue;
            view->units[at].c = drawn_digit(view, at, draw);
            view_set(view, at, view->units[at].c, bytes);
        }
        if (!odd_match(view, match->first, ours, &again))
            return;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/forms_text.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { DRAW_QUAD = 101, DRAW_NUMBER, DRAW_V6 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- finding
 * -------------------------------------------------------------------------------------- */

static char at(const struct view *view, size_t i)
{
    return i < view->count ? view->units[i].c : '\0';
}

/* All but `places`, which costs more than most matches. */
static void begin(struct match *match, enum form form, size_t first, size_t count)
{
    match->form = form;
    match->first = first;
    match->count = count;
    match->reversed = match->by_digit = false;
    match->digits = 0;
}

/* The digits that make a byte, as many as can. @return how many; 0: none */
static size_t read_octet(const struct view *view, size_t i, unsigned *ret)
{
    size_t count = 0;

    *ret = 0;
    while (count < 3 && is_digit(at(view, i + count))) {
        unsigned more = *ret * 10 + (unsigned)(at(view, i + count) - '0');

        if (more > 255)
            break;
        *ret = more;
        count++;
    }
    return count;
}

/* Digits may stand before and behind it: what names us in the middle of a number
 * does so, too. */
static bool match_quad(const struct view *view, size_t first, const struct ours *ours,
                       struct match *ret)
{
    static const char separators[] = ".-_,:";
    uint32_t v4 = 0;
    char separator = '\0';
    size_t i = first;

    for (unsigned k = 0; k < 4; k++) {
        unsigned octet;
        size_t digits;

        if (k == 1)
            separator = at(view, i);
        if (k > 0 && (separator == '\0' || strchr(separators, separator) == NULL ||
                      at(view, i++) != separator))
            return false;
        digits = read_octet(view, i, &octet);
        if (digits == 0)
            return false;
        v4 = v4 << 8 | octet;
        i += digits;
    }
    begin(ret, FORM_QUAD, first, i - first);
    ret->address = addr_from_v4(v4);
    if (ours_has(ours, ret->address))
        return true;
    ret->reversed = true;
    ret->address = addr_from_v4(__builtin_bswap32(v4));
    return ours_has(ours, ret->address);
}

static bool match_number(const struct view *view, size_t first, const struct ours *ours,
                         struct match *ret)
{
    uint64_t number = 0;
    size_t i = first;

    if (at(view, first) < '1' || at(view, first) > '9' ||
        (first > 0 && is_digit(at(view, first - 1))))
        return false;
    while (i - first < 11 && is_digit(at(view, i)))
        number = number * 10 + (uint64_t)(at(view, i++) - '0');
    if (i - first < 8 || number > UINT32_MAX)
        return false;
    begin(ret, FORM_NUMBER, first, i - first);
    ret->address = addr_from_v4((uint32_t)number);
    if (ours_has(ours, ret->address))
        return true;
    ret->reversed = true;
    ret->address = addr_from_v4(__builtin_bswap32((uint32_t)number));
    return ours_has(ours, ret->address);
}

/* The digits at `places` as an address of ours, in any order. */
static bool digits_ours(const struct view *view, const struct ours *ours, struct match *match)
{
    for (unsigned order = 0; order < 3; order++) {
        uint8_t bytes[16] = {0};

        for (unsigned i = 0; i < match->digits; i++) {
            unsigned from = order == 0   ? i
                            : order == 1 ? (match->digits - 1 - i) ^ 1
                                         : match->digits - 1 - i;
            int value = text_hex_digit(at(view, match->places[from]));

            bytes[i / 2] = (uint8_t)((unsigned)bytes[i / 2] << 4 | (unsigned)value);
        }
        if (match->digits == 16)
            bytes[15] = 2; /* a host in it, whichever */
        if (match->digits >= 16) {
            match->address = addr_from_bytes(bytes);
        } else {
            match->address = addr_from_v4((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                                          (uint32_t)bytes[2] << 8 | bytes[3]);
        }
        match->reversed = order == 1;
        match->by_digit = order == 2;
        if (match->digits == 16 ? match->address.hi != 0 && ours_near(ours, match->address)
                                : ours_has(ours, match->address))
            return true;
    }
    return false;
}

/* Digits with `separator` behind each `group` of them. */
static bool match_digits(const struct view *view, size_t first, unsigned digits, unsigned group,
                         const char *separator, const struct ours *ours, struct match *ret)
{
    size_t i = first, between = strlen(separator);

    for (unsigned k = 0; k < digits; k++) {
        if (k > 0 && k % group == 0)
            for (size_t s = 0; s < between; s++)
                if (at(view, i++) != separator[s])
                    return false;
        if (text_hex_digit(at(view, i)) < 0)
            return false;
        ret->places[k] = (uint16_t)i++;
    }
    begin(ret, FORM_DIGITS, first, i - first);
    ret->digits = digits;
    return digits_ours(view, ours, ret);
}

static bool match_any_digits(const struct view *view, size_t first, const struct ours *ours,
                             struct match *ret)
{
    static const char *const separators[] = {":", "-",   " ",   ".",   "\\x",
                                             "%", ".0x", ",0x", ", 0x"};

    if (text_hex_digit(at(view, first)) < 0)
        return false;
    if (match_digits(view, first, 32, 1, "", ours, ret) ||
        match_digits(view, first, 32, 1, ".", ours, ret) ||
        match_digits(view, first, 16, 1, "", ours, ret) ||
        match_digits(view, first, 16, 1, ".", ours, ret) ||
        match_digits(view, first, 8, 2, "", ours, ret))
        return true;
    for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++)
        if (match_digits(view, first, 8, 2, separators[i], ours, ret) ||
            match_digits(view, first, 32, 2, separators[i], ours, ret))
            return true;
    return false;
}

/* 6to4, NAT64, ISATAP, Teredo: an address of ours within one of IPv6. */
static bool embeds_ours(const struct ours *ours, struct addr a)
{
    const uint32_t inner[] = {(uint32_t)(a.hi >> 16), (uint32_t)a.lo, ~(uint32_t)a.lo,
                              (uint32_t)a.hi};

    for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
        if (ours_near(ours, addr_from_v4(inner[i])))
            return true;
    return false;
}

/* What stands around it may be glued to it: a digit, a colon, a port. */
static bool match_v6(const struct view *view, size_t first, const struct ours *ours,
                     struct match *ret)
{
    char text[ADDR_TEXT_MAX], separator = ':';
    size_t length = 0, colons = 0;

    for (; length < sizeof(text) - 1; length++) {
        char c = at(view, first + length);

        if (c == '-' && colons == 0)
            separator = '-'; /* 2001-db8--7.ipv6-literal.net */
        if (c != separator && text_hex_digit(c) < 0 && (c != '.' || colons < 2))
            break;
        text[length] = c == separator ? ':' : c;
        colons += c == separator;
    }
    while (colons >= 2 && length > 2) { /* the longest that is one of ours */
        text[length] = '\0';
        begin(ret, FORM_V6, first, length);
        if (addr_parse(text, &ret->address, NULL) == 0 &&
            (ours_has(ours, ret->address) || embeds_ours(ours, ret->address)))
            return true;
        length--;
    }
    return false;
}

bool view_match(const struct view *view, size_t first, const struct ours *ours,
                struct match *ret)
{
    return match_quad(view, first, ours, ret) || match_number(view, first, ours, ret) ||
           match_any_digits(view, first, ours, ret) || match_v6(view, first, ours, ret) ||
           mac_match(view, first, ours, ret) || odd_match(view, first, ours, ret) ||
           aton_match(view, first, ours, ret) || name_match(view, first, ours, ret);
}

/* ---- writing
 * -------------------------------------------------------------------------------------- */

/* A dotted quad of exactly this many characters, that is no address of ours. */
static void draw_quad(const struct match *match, const struct mask *mask,
                      const struct ours *ours, size_t length, unsigned octets[4],
                      unsigned digits[4])
{
    static const unsigned least[] = {0, 0, 10, 100}, most[] = {0, 9, 99, 223};
    uint32_t v4;

    for (unsigned try = 0; try < 64; try++) {
        uint64_t draw = mask_draw(mask, DRAW_QUAD, match->address.lo,
                                  match->address.hi ^ length << 8 ^ try);
        unsigned left = (unsigned)length - 3;

        v4 = 0;
        for (unsigned k = 0; k < 4; k++) {
            unsigned low = left > 3 * (3 - k) ? left - 3 * (3 - k) : 1;
            unsigned high = left - (3 - k) < 3 ? left - (3 - k) : 3;

            digits[k] = low + (unsigned)(draw & 3) % (high - low + 1);
            draw >>= 2;
            left -= digits[k];
            octets[k] = least[digits[k]] +
                        (unsigned)(draw & 0xff) % (most[digits[k]] - least[digits[k]] + 1);
            draw >>= 8;
            v4 = v4 << 8 | octets[k];
        }
        if (!ours_has(ours, addr_from_v4(v4)) &&
            !ours_has(ours, addr_from_v4(__builtin_bswap32(v4))))
            return;
    }
}

/* "192.0.2.7" with the separator and order of the match. */
static size_t quad_text(const struct view *view, const struct match *match, struct addr a,
                        char text[static 64])
{
    uint32_t v4 = match->reversed ? __builtin_bswap32(addr_v4(a)) : addr_v4(a);
    char separator = '.';

    for (size_t i = 0; i < match->count; i++)
        if (!is_digit(at(view, match->first + i))) {
            separator = at(view, match->first + i);
            break;
        }
    return (size_t)snprintf(text, 64, "%u%c%u%c%u%c%u", v4 >> 24, separator, v4 >> 16 & 255,
                            separator, v4 >> 8 & 255, separator, v4 & 255);
}

static void replace_quad(const struct view *view, const struct match *match, uint8_t *bytes,
                         const struct mask *mask, const struct ours *ours)
{
    char text[64];
    size_t length = quad_text(view, match, mask_addr(mask, match->address), text);
    size_t label = match->first;

    if (length != match->count) {
        unsigned octets[4] = {0}, digits[4] = {0};
        char separator = '\0';

        for (size_t i = 0; i < match->count && separator == '\0'; i++)
            if (!is_digit(at(view, match->first + i)))
                separator = at(view, match->first + i);
        draw_quad(match, mask, ours, match->count, octets, digits);
        (void)snprintf(text, sizeof(text), "%u%c%u%c%u%c%u", octets[0], separator, octets[1],
                       separator, octets[2], separator, octets[3]);
    }
    for (size_t i = 0; i < match->count; i++)
        view_set(view, match->first + i, text[i], bytes);
    if (view->encoding != ENCODING_LABELS)
        return;
    /* what stood as separators are lengths of labels */
    for (size_t i = match->first; i <= match->first + match->count; i++) {
        bool end = i == match->first + match->count;

        if (!end && is_digit(text[i - match->first]))
            continue;
        if (label > 0 && bytes[view->units[label - 1].at] < ' ' + 15)
            bytes[view->units[label - 1].at] = (uint8_t)(i - label);
        label = i + 1;
    }
}

static void replace_number(const struct view *view, const struct match *match, uint8_t *bytes,
                           const struct mask *mask, const struct ours *ours)
{
    uint32_t v4 = addr_v4(mask_addr(mask, match->address));
    uint64_t least = 1, number = match->reversed ? __builtin_bswap32(v4) : v4;
    char text[24];

    for (size_t i = 1; i < match->count; i++)
        least *= 10;
    for (unsigned try = 0; try < 64; try++) {
        uint64_t span = match->count == 10 ? UINT32_MAX - least : least * 9;

        if (number >= least && number < least * 10 &&
            !ours_has(ours, addr_from_v4((uint32_t)number)) &&
            !ours_has(ours, addr_from_v4(__builtin_bswap32((uint32_t)number))))
            break;
        number =
            least +
            mask_draw(mask, DRAW_NUMBER, match->address.lo, match->count << 8 | try) % span;
    }
    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    for (size_t i = 0; i < match->count; i++)
        view_set(view, match->first + i, text[i], bytes);
}

static void replace_digits(const struct view *view, const struct match *match, uint8_t *bytes,
                           const struct mask *mask)
{
    struct addr a = match->digits == 12 ? (struct addr){.lo = mask_mac(mask, match->address.lo)}
                                        : mask_addr(mask, match->address);
    unsigned count = match->digits / 2;
    bool capital = false;
    uint8_t whole[16];

    if (match->digits >= 16)
        addr_to_bytes(a, whole);
    for (unsigned i = 0; match->digits < 16 && i < count; i++)
        whole[i] = (uint8_t)(a.lo >> 8 * (count - 1 - i));
    for (unsigned i = 0; i < match->digits; i++)
        capital =
            capital || (at(view, match->places[i]) >= 'A' && at(view, match->places[i]) <= 'F');
    for (unsigned i = 0; i < match->digits; i++) {
        unsigned to = match->reversed   ? (match->digits - 1 - i) ^ 1
                      : match->by_digit ? match->digits - 1 - i
                                        : i;
        unsigned value = i % 2 == 0 ? whole[i / 2] >> 4 : whole[i / 2] & 15;

        view_set(view, match->places[to],
                 (capital ? "0123456789ABCDEF" : "0123456789abcdef")[value], bytes);
    }
}

/* A colon, or the dash that stands for it in names of hosts. */
static char v6_separator(const struct view *view, const struct match *match)
{
    for (size_t i = 0; i < match->count; i++)
        if (at(view, match->first + i) == '-')
            return '-';
    return ':';
}

/* The shape stays: as many digits between the colons, drawn. */
static void replace_v6(const struct view *view, const struct match *match, uint8_t *bytes,
                       const struct mask *mask)
{
    char text[ADDR_TEXT_MAX], separator = v6_separator(view, match);
    uint64_t draw = 0;

    (void)addr_text(mask_addr(mask, match->address), text);
    if (strlen(text) != match->count) {
        for (size_t i = 0; i < match->count; i++) {
            char c = at(view, match->first + i);

            if (i % 12 == 0)
                draw = mask_draw(mask, DRAW_V6, match->address.hi ^ i << 56, match->address.lo);
            if (text_hex_digit(c) >= 0) /* 2 to 9: fit for a quad at the end, too */
                c = "123456789abcdef"[is_digit(c) ? draw % 9 : draw % 15];
            text[i] = c;
            draw >>= 5;
        }
        if (memchr(text, '.', match->count) != NULL) /* the quad of ::ffff:192.0.2.7 */
            for (size_t i = match->count; i > 0 && text[i - 1] != ':'; i--)
                if (text[i - 1] != '.')
                    text[i - 1] = '1';
    }
    for (size_t i = 0; i < match->count; i++)
        view_set(view, match->first + i, text[i] == ':' ? separator : text[i], bytes);
}

void view_replace(struct view *view, const struct match *match, uint8_t *bytes,
                  const struct mask *mask, const struct ours *ours)
{
    switch (match->form) {
    case FORM_QUAD:
        replace_quad(view, match, bytes, mask, ours);
        break;
    case FORM_NUMBER:
        replace_number(view, match, bytes, mask, ours);
        break;
    case FORM_DIGITS:
        replace_digits(view, match, bytes, mask);
        break;
    case FORM_V6:
        replace_v6(view, match, bytes, mask);
        break;
    case FORM_ODD:
        odd_replace(view, match, bytes, mask, ours);
        break;
    case FORM_ATON:
        aton_replace(view, match, bytes, mask, ours);
        break;
    case FORM_NAME:
        name_replace(view, match, bytes, mask, ours);
        break;
    }
}

size_t match_text(const struct view *view, const struct match *match, const struct mask *mask,
                  char text[static 64])
{
    struct addr a = mask_addr(mask, match->address);
    uint32_t v4 = addr_v4(a);

    switch (match->form) {
    case FORM_QUAD:
        return quad_text(view, match, a, text);
    case FORM_NUMBER:
        return (size_t)snprintf(text, 64, "%u", match->reversed ? __builtin_bswap32(v4) : v4);
    case FORM_V6:
        (void)addr_text(a, text);
        return v6_separator(view, match) == ':' ? strlen(text) : 0;
    default:
        return 0;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as characters, in each encoding; and characters written back into them. */
#include <string.h>

#include "base/text.h"
#include "sample/forms_text.h"

static void put(struct view *view, size_t at, uint8_t byte)
{
    view->units[view->count++] = (struct unit){.at = (uint16_t)at, .c = (char)byte};
}

static void read_percent(struct view *view, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        int high = -1, low = -1;

        if (bytes[i] == '%' && length - i > 2) {
            high = text_hex_digit((char)bytes[i + 1]);
            low = text_hex_digit((char)bytes[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            put(view, i, (uint8_t)(high << 4 | low));
            i += 2;
        } else {
            put(view, i, bytes[i]);
        }
    }
}

/* UTF-16 and UTF-32 of either byte order, at any place: what is left without bytes of 0. */
static void read_wide(struct view *view, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != 0)
            put(view, i, bytes[i]);
}

/* What a character is escaped with, and what ends it. */
static const struct escape {
    const char *before, *after;
    char kind;
} escapes[] = {
    {"\\x", "", 'x'},    {"\\u00", "", 'x'}, {"=", "", 'x'},
    {"%25", "", 'x'},    {"%u00", "", 'x'},  {"&#x", ";", 'x'},
    {"&#x00", ";", 'x'}, {"&#", ";", 'd'},   {"&#0", ";", 'd'},
};

/* Two digits as a character. @return false if they are none */
static bool read_pair(const uint8_t *at, char kind, char *ret)
{
    int high = text_hex_digit((char)at[0]), low = text_hex_digit((char)at[1]);

    if (high < 0 || low < 0 || (kind == 'd' && (high > 9 || low > 9)))
        return false;
    *ret = (char)(kind == 'd' ? high * 10 + low : high << 4 | low);
    return true;
}

static bool read_escape(struct view *view, const struct escape *escape, const uint8_t *bytes,
                        size_t length, size_t *at)
{
    size_t before = strlen(escape->before), after = strlen(escape->after);
    struct unit unit = {.at = (uint16_t)(*at + before), .kind = escape->kind};

    if (length - *at < before + 2 + after || memcmp(bytes + *at, escape->before, before) != 0 ||
        memcmp(bytes + unit.at + 2, escape->after, after) != 0 ||
        !read_pair(bytes + unit.at, escape->kind, &unit.c))
        return false;
    view->units[view->count++] = unit;
    *at += before + 2 + after;
    return true;
}

static void read_escaped(struct view *view, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        bool found = false;

        for (size_t e = 0; !found && e < sizeof(escapes) / sizeof(escapes[0]); e++)
            found = read_escape(view, &escapes[e], bytes, length, &i);
        if (!found) {
            put(view, i, bytes[i]);
            i++;
        }
    }
}

static void read_hex(struct view *view, const uint8_t *bytes, size_t length, size_t odd)
{
    for (size_t i = 0; i < length;) {
        size_t end = i;

        while (end < length && text_hex_digit((char)bytes[end]) >= 0)
            end++;
        for (i += odd; i + 2 <= end; i += 2) {
            struct unit unit = {.at = (uint16_t)i, .kind = 'x'};

            if (read_pair(bytes + i, 'x', &unit.c))
                view->units[view->count++] = unit;
        }
        for (i = end; i < length && text_hex_digit((char)bytes[i]) < 0; i++)
            put(view, i, 0xff); /* parts one run from the next */
    }
}

bool view_read(struct view *view, enum encoding encoding, const uint8_t *bytes, size_t length)
{
    unsigned digits = 0;

    view->encoding = encoding;
    view->count = 0;
    if (length > FORMS_BYTES_MAX)
        length = FORMS_BYTES_MAX;
    switch (encoding) {
    case ENCODING_PERCENT:
        if (memchr(bytes, '%', length) == NULL)
            return false;
        read_percent(view, bytes, length);
        break;
    case ENCODING_BACKWARD:
        for (size_t i = length; i > 0; i--)
            put(view, i - 1, bytes[i - 1]);
        break;
    case ENCODING_ESCAPED:
        read_escaped(view, bytes, length);
        break;
    case ENCODING_HEX_EVEN:
    case ENCODING_HEX_ODD:
        read_hex(view, bytes, length, encoding == ENCODING_HEX_ODD);
        break;
    case ENCODING_WIDE:
        if (memchr(bytes, 0, length) == NULL)
            return false;
        read_wide(view, bytes, length);
        break;
    default:
        for (size_t i = 0; i < length; i++)
            put(view, i,
                encoding == ENCODING_LABELS && bytes[i] > 0 && bytes[i] < ' ' ? '.' : bytes[i]);
        break;
    }
    for (size_t i = 0; i < view->count; i++)
        digits += text_hex_digit(view->units[i].c) >= 0 || view->units[i].c == ':';
    return digits >= 2;
}

void view_set(const struct view *view, size_t i, char c, uint8_t *bytes)
{
    static const char hex[] = "0123456789ABCDEF";
    uint8_t *to = bytes + view->units[i].at;

    if (view->units[i].kind == 'x') {
        to[0] = (uint8_t)hex[(uint8_t)c >> 4];
        to[1] = (uint8_t)hex[(uint8_t)c & 15];
    } else if (view->units[i].kind == 'd') {
        to[0] = (uint8_t)('0' + (uint8_t)c / 10 % 10);
        to[1] = (uint8_t)('0' + (uint8_t)c % 10);
    } else if (view->encoding == ENCODING_PERCENT && *to == '%' && view->units[i].c != '%') {
        to[1] = (uint8_t)hex[(uint8_t)c >> 4];
        to[2] = (uint8_t)hex[(uint8_t)c & 15];
    } else {
        *to = (uint8_t)c;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#define NO_CODE UINT32_MAX /* the byte belongs to no UTF-8 sequence */

int text_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void text_done(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}

/* Room for `more` bytes. @return where they go, or NULL */
static char *room(struct text *text, size_t more)
{
    size_t size = text->size == 0 ? 256 : text->size;
    char *bytes;

    if (text->no_memory || more > SIZE_MAX / 4 - text->length)
        goto full;
    while (size - text->length < more)
        size *= 2;
    if (size != text->size) {
        bytes = realloc(text->bytes, size);
        if (bytes == NULL)
            goto full;
        text->bytes = bytes;
        text->size = size;
    }
    return text->bytes + text->length;
full:
    text->no_memory = true;
    return NULL;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    char *to = room(text, length);

    if (to == NULL || length == 0)
        return;
    memcpy(to, bytes, length);
    text->length += length;
}

void text_add_z(struct text *text, const char *z)
{
    text_add(text, z, strlen(z));
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list args;
    char *to;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return;
    to = room(text, (size_t)length + 1);
    if (to == NULL)
        return;
    va_start(args, format);
    (void)vsnprintf(to, (size_t)length + 1, format, args);
    va_end(args);
    text->length += (size_t)length;
}

/* ---- characters
 * ------------------------------------------------------------------------------
 */

/* One character (RFC 3629: shortest form, no surrogates, at most 10FFFF).
 * @return its bytes; 1 with NO_CODE */
static size_t character(const char *bytes, size_t length, uint32_t *ret_code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)bytes;
    uint32_t code;
    size_t count;

    *ret_code = at[0];
    if (at[0] < 0x80)
        return 1;
    *ret_code = NO_CODE;
    count = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || count > length)
        return 1;
    code = at[0] & (0x7fu >> count);
    for (size_t i = 1; i < count; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 1;
        code = code << 6 | (at[i] & 0x3fu);
    }
    if (code < smallest[count] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 1;
    *ret_code = code;
    return count;
}

/* Characters that steer a terminal or change the order of what is read: the controls, and the
 * format characters of Unicode (general category Cf) and line ends that matter there. */
static bool steers(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
        {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
        {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    return false;
}

bool text_is_plain(const char *bytes, size_t length)
{
    uint32_t code;

    for (size_t at = 0; at < length;) {
        at += character(bytes + at, length - at, &code);
        if (code == NO_CODE || steers(code))
            return false;
    }
    return true;
}

static void add_escaped(struct text *text, unsigned char byte, uint32_t code)
{
    if (code == NO_CODE || code < 0x80)
        text_addf(text, "\\x%02x", byte);
    else
        text_addf(text, "\\u%04" PRIx32, code);
}

/* As text_shown; the characters of `keep` stay. */
static void add_shown(struct text *text, const char *bytes, size_t length, const char *keep)
{
    for (size_t i = 0, used; i < length; i += used) {
        uint32_t code;

        used = character(bytes + i, length - i, &code);
        if (code == NO_CODE ||
            (steers(code) && (code == 0 || code > 0x7f || strchr(keep, (int)code) == NULL)))
            add_escaped(text, (unsigned char)bytes[i], code);
        else
            text_add(text, bytes + i, used);
    }
}

void text_shown(struct text *text, const char *bytes, size_t length)
{
    add_shown(text, bytes, length, "");
}

void text_json(struct text *text, const char *bytes, size_t length)
{
    text_add(text, "\"", 1);
    for (size_t i = 0, used; i < length; i += used) {
        uint32_t code;

        used = character(bytes + i, length - i, &code);
        if (code == NO_CODE)
            text_add_z(text, "\xef\xbf\xbd");
        else if (code == '"' || code == '\\')
            text_addf(text, "\\%c", (int)code);
        else if (code > 0xffff && steers(code))
            text_addf(text, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd7c0 + (code >> 10),
                      0xdc00 + (code & 0x3ff));
        else if (steers(code))
            text_addf(text, "\\u%04" PRIx32, code);
        else
            text_add(text, bytes + i, used);
    }
    text_add(text, "\"", 1);
}

void text_csv(struct text *text, const char *bytes, size_t length)
{
    static const char special[] = ",\"\r\n\t '";
    bool formula = length > 0 && bytes[0] != '\0' && strchr("=+-@\t\r", bytes[0]) != NULL;
    bool quoted = false;
    struct text shown = {0};

    for (size_t i = 0; i < length && !quoted; i++)
        quoted = bytes[i] != '\0' && strchr(special, bytes[i]) != NULL;
    add_shown(&shown, bytes, length, "\r\n\t");
    if (quoted)
        text_add(text, "\"", 1);
    if (formula)
        text_add(text, "'", 1);
    for (size_t i = 0; i < shown.length; i++)
        text_add(text, shown.bytes[i] == '"' ? "\"\"" : &shown.bytes[i],
                 shown.bytes[i] == '"' ? 2 : 1);
    if (quoted)
        text_add(text, "\"", 1);
    text->no_memory |= shown.no_memory;
    text_done(&shown);
}

void text_html(struct text *text, const char *bytes, size_t length)
{
    struct text shown = {0};

    text_shown(&shown, bytes, length);
    for (size_t i = 0; i < shown.length; i++) {
        switch (shown.bytes[i]) {
        case '&':
            text_add_z(text, "&amp;");
            break;
        case '<':
            text_add_z(text, "&lt;");
            break;
        case '>':
            text_add_z(text, "&gt;");
            break;
        case '"':
            text_add_z(text, "&quot;");
            break;
        case '\'':
            text_add_z(text, "&#39;");
            break;
        default:
            text_add(text, &shown.bytes[i], 1);
            break;
        }
    }
    text->no_memory |= shown.no_memory;
    text_done(&shown);
}

/* Whether the character at `i` would mean something to Markdown there. Letters and digits stay
 * readable: a dot only counts behind the number that begins a list, or in "www.". */
static bool marks_up(const char *bytes, size_t i, size_t length)
{
    size_t digits = 0;

    if (strchr("\\`*_[]<>|~#@$", bytes[i]) != NULL)
        return true;
    if (bytes[i] == ':')
        return i + 1 < length && bytes[i + 1] == '/';
    while (digits < i && bytes[digits] >= '0' && bytes[digits] <= '9')
        digits++;
    if (strchr(".)", bytes[i]) != NULL)
        return (digits == i && i > 0 && (i + 1 == length || bytes[i + 1] == ' ')) ||
               (i >= 3 && (bytes[i - 1] | 0x20) == 'w' && (bytes[i - 2] | 0x20) == 'w');
    return i == 0 && strchr("+-=!", bytes[i]) != NULL;
}

void text_markdown(struct text *text, const char *bytes, size_t length)
{
    struct text shown = {0};

    text_shown(&shown, bytes, length);
    for (size_t i = 0; i < shown.length; i++) {
        if (shown.bytes[i] == '&') {
            text_add_z(text, "&amp;");
            continue;
        }
        if (marks_up(shown.bytes, i, shown.length))
            text_add(text, "\\", 1);
        text_add(text, &shown.bytes[i], 1);
    }
    text->no_memory |= shown.no_memory;
    text_done(&shown);
}

/* ---- numbers and times
 * -----------------------------------------------------------------------
 */

const char *text_count(uint64_t number, char buffer[TEXT_COUNT_MAX])
{
    char digits[24];
    size_t count = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, number), at = 0;

    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            buffer[at++] = ',';
        buffer[at++] = digits[i];
    }
    buffer[at] = '\0';
    return buffer;
}

const char *text_mean(double number, char buffer[TEXT_COUNT_MAX])
{
    char digits[32];
    size_t length;

    if (!(number >= 0 && number < 1e17)) {
        (void)snprintf(buffer, TEXT_COUNT_MAX, "unknown");
        return buffer;
    }
    (void)snprintf(digits, sizeof(digits), "%.1f", number);
    length = strlen(text_count(strtoull(digits, NULL, 10), buffer));
    (void)snprintf(buffer + length, TEXT_COUNT_MAX - length, ".%c", digits[strlen(digits) - 1]);
    return buffer;
}

void text_grouped(struct text *text, uint64_t number)
{
    text_add_z(text, TEXT_COUNT(number));
}

void text_real(struct text *text, double number)
{
    char digits[32];

    if (!isfinite(number)) {
        text_add_z(text, "null");
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(digits, sizeof(digits), "%.*g", precision, number);
        if (strtod(digits, NULL) == number)
            break;
    }
    text_add_z(text, digits);
}

/* strftime would cut or pad years that are not of four digits. */
static bool add_day(struct text *text, int64_t seconds, struct tm *ret_tm)
{
    time_t when = (time_t)seconds;

    if (gmtime_r(&when, ret_tm) == NULL)
        return false;
    text_addf(text, "%04d-%02d-%02d", ret_tm->tm_year + 1900, ret_tm->tm_mon + 1,
              ret_tm->tm_mday);
    return true;
}

void text_time(struct text *text, int64_t us)
{
    int64_t seconds = us / 1000000, rest = us % 1000000;
    struct tm tm;

    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    if (!add_day(text, seconds, &tm))
        return;
    text_addf(text, "T%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (rest != 0)
        text_addf(text, ".%06" PRId64, rest);
    text_add(text, "Z", 1);
}

void text_date(struct text *text, int64_t days)
{
    struct tm tm;

    (void)add_day(text, days * 86400, &tm);
}

/* ---- columns of a terminal
 * -------------------------------------------------------------------
 */

static size_t columns_of(uint32_t code)
{
    int columns;

    if (code < 0x80)
        return 1;
    columns = wcwidth((wchar_t)code);
    return columns < 0 ? 1 : (size_t)columns;
}

size_t text_columns(const char *bytes, size_t length)
{
    size_t columns = 0;

    for (size_t i = 0, used; i < length; i += used) {
        uint32_t code;

        used = character(bytes + i, length - i, &code);
        columns += columns_of(code);
    }
    return columns;
}

size_t text_fit(const char *bytes, size_t length, size_t columns)
{
    size_t used_columns = 0, i, used;

    for (i = 0; i < length; i += used) {
        uint32_t code;

        used = character(bytes + i, length - i, &code);
        used_columns += columns_of(code);
        if (used_columns > columns)
            break;
    }
    return i;
}

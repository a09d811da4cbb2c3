/* SPDX-License-Identifier: Apache-2.0 */
#include "app/sight.h"

#include <stdio.h>
#include <strings.h>

#define HEADER_LINES 64

/* Append one byte, escaped; false when it and an ellipsis do not fit any more. */
static bool put(char *to, size_t size, size_t *length, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    bool plain = byte >= 0x20 && byte < 0x7f && byte != '\\';

    if (*length + (plain ? 1 : 4) + 3 >= size)
        return false;
    if (plain) {
        to[(*length)++] = (char)byte;
        return true;
    }
    to[(*length)++] = '\\';
    to[(*length)++] = 'x';
    to[(*length)++] = hex[byte >> 4];
    to[(*length)++] = hex[byte & 15];
    return true;
}

static void put_all(char *to, size_t size, size_t *length, const uint8_t *bytes, size_t count,
                    size_t step)
{
    for (size_t i = 0; i < count; i += step) {
        if (put(to, size, length, bytes[i]))
            continue;
        for (unsigned dots = 0; dots < 3 && *length + 1 < size; dots++)
            to[(*length)++] = '.';
        return;
    }
}

void sight_add(struct sight *sight, const char *key, const void *value, size_t length)
{
    size_t key_length = strlen(key);

    /* room for the blank, the key, "=", one escaped byte and the dots */
    if (length == 0 || sight->length + key_length + 10 > sizeof(sight->detail))
        return;
    sight->detail[sight->length++] = ' ';
    memcpy(sight->detail + sight->length, key, key_length);
    sight->length += key_length;
    sight->detail[sight->length++] = '=';
    put_all(sight->detail, sizeof(sight->detail), &sight->length, value, length, 1);
}

void sight_addz(struct sight *sight, const char *key, const char *value)
{
    sight_add(sight, key, value, strlen(value));
}

void sight_addu(struct sight *sight, const char *key, unsigned value)
{
    char text[16];

    (void)snprintf(text, sizeof(text), "%u", value);
    sight_addz(sight, key, text);
}

void sight_user(struct sight *sight, const void *name, size_t length, size_t step)
{
    sight->user_length = 0;
    put_all(sight->user, sizeof(sight->user), &sight->user_length, name, length, step);
}

bool begins(const struct nj_cursor *in, const char *text)
{
    size_t length = strlen(text);

    return nj_cursor_left(in) >= length && memcmp(in->pos, text, length) == 0;
}

struct nj_cursor take_until(struct nj_cursor *in, uint8_t stop)
{
    const uint8_t *at = memchr(in->pos, stop, nj_cursor_left(in));
    size_t length = at == NULL ? nj_cursor_left(in) : (size_t)(at - in->pos);
    struct nj_cursor part = nj_cursor(in->pos, length);

    in->pos += length + (at == NULL ? 0 : 1);
    return part;
}

static bool blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

struct nj_cursor header_value(struct nj_cursor lines, const char *name)
{
    size_t length = strlen(name);

    for (unsigned i = 0; i < HEADER_LINES && nj_cursor_left(&lines) > 0; i++) {
        struct nj_cursor line = take_until(&lines, '\n');

        if (nj_cursor_left(&line) <= 1)
            break; /* the body follows */
        if (nj_cursor_left(&line) <= length || line.pos[length] != ':' ||
            strncasecmp((const char *)line.pos, name, length) != 0)
            continue;
        line.pos += length + 1;
        while (line.pos < line.end && blank(line.pos[0]))
            line.pos++;
        while (line.pos < line.end && blank(line.end[-1]))
            line.end--;
        return line;
    }
    return nj_cursor(lines.end, 0);
}

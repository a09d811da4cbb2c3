/* SPDX-License-Identifier: Apache-2.0 */
#include "testimony/statement.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void reading_refuse(struct reading *reading, uint64_t line, const char *why)
{
    reading->refused++;
    if (reading->bad_line != 0)
        return;
    reading->bad_line = line;
    (void)snprintf(reading->why, sizeof(reading->why), "%s", why);
}

int64_t statement_time(const char *text)
{
    struct tm tm = {0};
    int read, used = 0;

    if (text == NULL)
        return 0;
    read = sscanf(text, "%4d-%2d-%2d%n%*1[T ]%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                  &used, &tm.tm_hour, &tm.tm_min, &tm.tm_sec);
    if (read < 3 || used < 8 || tm.tm_year < 1970 || tm.tm_year > 2200 || tm.tm_mon < 1 ||
        tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31)
        return 0;
    if (read < 6 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 ||
        tm.tm_sec < 0 || tm.tm_sec > 60)
        tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    return (int64_t)timegm(&tm) * 1000000;
}

void statement_member(struct text *value, const char *name, const char *text, size_t length)
{
    if (text == NULL || length == 0)
        return;
    if (length > STATEMENT_LABEL_MAX) {
        length = STATEMENT_LABEL_MAX;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--; /* not within a character */
    }
    text_addf(value, "%s\"%s\":", value->length == 0 ? "{" : ",", name);
    text_json(value, text, length);
}

const char *statement_value(struct text *value)
{
    if (value->length == 0)
        return NULL;
    text_add(value, "}", 2);
    return value->no_memory ? NULL : value->bytes;
}

__extension__ typedef unsigned __int128 u128;

static u128 number_of(struct addr a)
{
    return (u128)a.hi << 64 | a.lo;
}

static struct addr addr_of(u128 number)
{
    return (struct addr){.hi = (uint64_t)(number >> 64), .lo = (uint64_t)number};
}

int statement_range(struct addr first, struct addr last, const struct statement *like,
                    statement_fn fn, void *ctx, struct nj_err *err)
{
    u128 at = number_of(first), end = number_of(last);
    int count = 0;

    for (;;) {
        struct statement one = *like;
        u128 block = 0; /* host bits of the widest prefix that begins here and fits */

        while (block != ~(u128)0 && (at & (block << 1 | 1)) == 0 &&
               (block << 1 | 1) <= end - at)
            block = block << 1 | 1;
        one.net = (struct prefix){.first = addr_of(at), .last = addr_of(at | block)};
        if (fn(ctx, &one, err) < 0)
            return -1;
        count++;
        if ((at | block) >= end)
            return count;
        at = (at | block) + 1;
    }
}

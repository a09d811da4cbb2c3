/* SPDX-License-Identifier: Apache-2.0 */
/* Times of ISO 8601 as in RFC 3339, section 5.6, always UTC; the time of day, its seconds, a
 * fraction and the "Z" may be left out. */
#include <stdio.h>

#include "base/span.h"
#include "filter/filter.h"

/* Exactly `digits` digits. @return how many characters were read: `digits`, or 0 */
static size_t take_number(const char *at, size_t digits, unsigned *ret_number)
{
    unsigned n = 0;

    for (size_t i = 0; i < digits; i++) {
        if (at[i] < '0' || at[i] > '9')
            return 0;
        n = n * 10 + (unsigned)(at[i] - '0');
    }
    *ret_number = n;
    return digits;
}

/* A fraction of one to six digits, as microseconds. @return characters read, 0 if none */
static size_t take_fraction(const char *at, unsigned *ret_us)
{
    unsigned us = 0;
    size_t digits = 0;

    while (digits < 6 && at[digits] >= '0' && at[digits] <= '9')
        us = us * 10 + (unsigned)(at[digits++] - '0');
    for (size_t i = digits; i < 6; i++)
        us *= 10;
    *ret_us = us;
    return digits;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29u : days[month - 1];
}

/* Days from 1970-01-01, with years that begin in March so that the leap day comes last. */
static int64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month > 2 ? year : year - 1;
    unsigned m = month > 2 ? month - 3 : month + 9; /* March is 0 */

    return (int64_t)365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* One of the numbers is outside its range. */
static int check(const char *text, const char *what, unsigned n, unsigned low, unsigned high,
                 struct nj_err *err)
{
    if (n >= low && n <= high)
        return 0;
    return nj_fail(err, NJ_FORMAT, "\"%.32s\": %s %02u, expected %02u to %02u", text, what, n,
                   low, high);
}

static int fail_form(const char *text, struct nj_err *err)
{
    for (size_t i = 0; i < 32 && text[i] != '\0'; i++) {
        if (text[i] < ' ' || text[i] > '~')
            return nj_fail(err, NJ_FORMAT,
                           "character %zu of the time is not ASCII, expected 2020-05-01 or "
                           "2020-05-01T10:00:00Z",
                           i + 1);
    }
    return nj_fail(err, NJ_FORMAT,
                   "\"%.32s\" is no time, expected 2020-05-01 or 2020-05-01T10:00:00Z (UTC)",
                   text);
}

/* The time of day from after the day to the end of the text. */
static int parse_clock(const char *text, const char *at, int64_t *ret_us, struct nj_err *err)
{
    unsigned hour, minute, second = 0, us = 0;
    size_t n;

    if (*at != 'T' && *at != 't' && *at != ' ')
        return fail_form(text, err);
    at++;
    if (take_number(at, 2, &hour) == 0 || at[2] != ':' || take_number(at + 3, 2, &minute) == 0)
        return fail_form(text, err);
    at += 5;
    if (*at == ':') {
        if (take_number(at + 1, 2, &second) == 0)
            return fail_form(text, err);
        at += 3;
        if (*at == '.') {
            n = take_fraction(at + 1, &us);
            if (n == 0)
                return fail_form(text, err);
            at += 1 + n;
        }
    }
    if (*at == 'Z' || *at == 'z')
        at++;
    if (*at != '\0')
        return fail_form(text, err);
    if (check(text, "hour", hour, 0, 23, err) < 0 ||
        check(text, "minute", minute, 0, 59, err) < 0 ||
        check(text, "second", second, 0, 59, err) < 0)
        return -1;
    *ret_us = (int64_t)(hour * 3600 + minute * 60 + second) * US_PER_S + us;
    return 0;
}

int filter_parse_time(const char *text, bool last, int64_t *ret_us, struct nj_err *err)
{
    unsigned year, month, day;
    int64_t us;

    if (take_number(text, 4, &year) == 0 || text[4] != '-' ||
        take_number(text + 5, 2, &month) == 0 || text[7] != '-' ||
        take_number(text + 8, 2, &day) == 0)
        return fail_form(text, err);
    us = last ? DAY_US - 1 : 0;
    if (text[10] != '\0' && parse_clock(text, text + 10, &us, err) < 0)
        return -1;
    if (check(text, "year", year, 1970, 9999, err) < 0 ||
        check(text, "month", month, 1, 12, err) < 0 ||
        check(text, "day", day, 1, days_in_month(year, month), err) < 0)
        return -1;
    *ret_us = days_since_1970(year, month, day) * DAY_US + us;
    return 0;
}

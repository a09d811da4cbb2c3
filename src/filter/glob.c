/* SPDX-License-Identifier: Apache-2.0 */
/* All of a pattern but `*` takes one byte each, so that only the last `*` met needs to be tried
 * again: length of the pattern times length of the text at most. */
#include "filter/match.h"

#include <string.h>

/* The bytes between [ and ], of which `at` is the first. A ] that comes first is one of them,
 * and a-b is a range, whatever b is. Bytes are compared as the compiler's char, as DuckDB does.
 * @return whether c is allowed, and behind the ] in *ret_end; NULL there: it never closes */
static bool in_bracket(const char *at, char c, const char **ret_end)
{
    bool inverted = *at == '!', found = false;
    const char *first = at += inverted;

    *ret_end = NULL;
    for (; *at != '\0'; at++) {
        char low = *at, high = *at;

        if (low == ']' && at > first) {
            *ret_end = at + 1;
            return found != inverted;
        }
        if (at[1] == '-') {
            if (at[2] == '\0')
                return false;
            high = at[2];
            at += 2;
        }
        found = found || (c >= low && c <= high);
    }
    return false;
}

/* Whether what stands first in the pattern, which is no *, takes c; and what follows it. */
static bool takes(const char *pattern, char c, const char **ret_next)
{
    bool fits;

    switch (*pattern) {
    case '?':
        *ret_next = pattern + 1;
        return true;
    case '[':
        fits = in_bracket(pattern + 1, c, ret_next);
        return fits && *ret_next != NULL;
    case '\\':
        pattern++;
        break;
    default:
        break;
    }
    *ret_next = pattern + 1;
    return *pattern != '\0' && *pattern == c;
}

bool filter_glob(const char *pattern, const char *text)
{
    const char *behind_star = NULL, *star_text = NULL;

    while (*text != '\0') {
        const char *next;

        if (*pattern == '*') {
            behind_star = ++pattern;
            star_text = text;
        } else if (*pattern != '\0' && takes(pattern, *text, &next)) {
            pattern = next;
            text++;
        } else if (behind_star != NULL) { /* the last * takes one byte more */
            pattern = behind_star;
            text = ++star_text;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

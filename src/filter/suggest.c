/* SPDX-License-Identifier: Apache-2.0 */
/* Edit distance with exchanged neighbours ("optimal string alignment"), three rows at a time:
 * distance(i, j) of the first i and j letters from those of one and two letters less. */
#include "filter/suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_LETTERS 32 /* longer ones are never near */
#define NEAR 2u             /* typing errors that are forgiven, if letters stay right */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static int lower(char c)
{
    return tolower((unsigned char)c);
}

static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned rows[3][NAME_MAX_LETTERS + 1] = {{0}};

    for (size_t i = 0; i <= a_length; i++) {
        unsigned *row = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            if (i == 0) {
                row[j] = (unsigned)j;
                continue;
            }
            row[j] = before[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
            row[j] = least(row[j], least(before[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = least(row[j], earlier[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

static const char *find_nearest(const char *typed, filter_name_fn name, const void *ctx,
                                size_t count)
{
    size_t typed_length = strlen(typed);
    const char *nearest = NULL;
    unsigned best = NEAR + 1;

    if (typed_length > NAME_MAX_LETTERS)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const char *candidate = name(ctx, i);
        size_t length = strlen(candidate);
        unsigned d;

        if (length > NAME_MAX_LETTERS)
            continue;
        d = distance(typed, typed_length, candidate, length);
        /* more wrong than right letters is no typing error */
        if (d < best && 2 * d < length + (length == 2)) {
            best = d;
            nearest = candidate;
        }
    }
    return nearest;
}

char *filter_suggest(const char *typed, filter_name_fn name, const void *ctx, size_t count,
                     char *buffer)
{
    const char *nearest = find_nearest(typed, name, ctx, count);
    size_t used;

    if (nearest != NULL) {
        (void)snprintf(buffer, SUGGEST_MAX, "did you mean \"%s\"?", nearest);
        return buffer;
    }
    used = (size_t)snprintf(buffer, SUGGEST_MAX, "expected %s", count > 1 ? "one of " : "");
    for (size_t i = 0; i < count; i++) {
        const char *next = name(ctx, i);

        if (used + strlen(next) + sizeof(", ...") >= SUGGEST_MAX) {
            (void)snprintf(buffer + used, SUGGEST_MAX - used, "%s...", i > 0 ? ", " : "");
            break;
        }
        used += (size_t)snprintf(buffer + used, SUGGEST_MAX - used, "%s%s", i > 0 ? ", " : "",
                                 next);
    }
    return buffer;
}

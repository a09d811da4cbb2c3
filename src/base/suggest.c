/* SPDX-License-Identifier: Apache-2.0 */
/* Optimal string alignment distance: Damerau's four errors, no letter touched twice. */
#include "base/suggest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LETTERS_MAX 63u
#define ERRORS_MAX 2u

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned rows[3][LETTERS_MAX + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_length; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned *free_row = before;

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);
            bool exchanged = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                             lower(a[i - 2]) == lower(b[j - 1]);

            row[j] = least(last[j - 1] + (same ? 0 : 1), least(last[j], row[j - 1]) + 1);
            if (exchanged)
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = last;
        last = row;
        row = free_row;
    }
    return last[b_length];
}

static const char *nearest(const char *typed, nj_word_fn word, const void *ctx, size_t count)
{
    size_t length = strlen(typed);
    unsigned best = ERRORS_MAX + 1;
    const char *found = NULL;

    for (size_t i = 0; i < count && length <= LETTERS_MAX; i++) {
        const char *candidate = word(ctx, i);
        size_t other = strlen(candidate);
        unsigned errors;

        if (other > LETTERS_MAX)
            continue;
        errors = distance(typed, length, candidate, other);
        if (errors < best && 2 * errors < other + (other == 2)) {
            best = errors;
            found = candidate;
        }
    }
    return found;
}

const char *nj_word_of_list(const void *ctx, size_t i)
{
    return ((const char *const *)ctx)[i];
}

const char *nj_suggest(const char *word, const char *const *words, size_t count)
{
    return nearest(word, nj_word_of_list, (const void *)words, count);
}

char *nj_suggest_text(const char *typed, nj_word_fn word, const void *ctx, size_t count,
                      char *buffer)
{
    const char *found = nearest(typed, word, ctx, count);
    size_t used;

    if (found != NULL) {
        (void)snprintf(buffer, NJ_SUGGEST_MAX, "did you mean \"%s\"?", found);
        return buffer;
    }
    used = (size_t)snprintf(buffer, NJ_SUGGEST_MAX, "expected %s", count > 1 ? "one of " : "");
    for (size_t i = 0; i < count; i++) {
        const char *next = word(ctx, i);

        if (used + strlen(next) + sizeof(", ...") >= NJ_SUGGEST_MAX) {
            (void)snprintf(buffer + used, NJ_SUGGEST_MAX - used, "%s...", i > 0 ? ", " : "");
            break;
        }
        used += (size_t)snprintf(buffer + used, NJ_SUGGEST_MAX - used, "%s%s",
                                 i > 0 ? ", " : "", next);
    }
    return buffer;
}

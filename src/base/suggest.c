/* SPDX-License-Identifier: Apache-2.0 */
/* Optimal string alignment distance: Damerau's four errors, no letter touched twice. */
#include "base/suggest.h"

#include <stdbool.h>
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

const char *nj_suggest(const char *word, const char *const *words, size_t count)
{
    size_t length = strlen(word);
    unsigned best = ERRORS_MAX + 1;
    const char *found = NULL;

    for (size_t i = 0; i < count && length <= LETTERS_MAX; i++) {
        size_t other = strlen(words[i]);
        unsigned errors;

        if (other > LETTERS_MAX)
            continue;
        errors = distance(word, length, words[i], other);
        if (errors < best && 2 * errors < other) {
            best = errors;
            found = words[i];
        }
    }
    return found;
}

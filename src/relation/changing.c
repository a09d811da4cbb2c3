/* SPDX-License-Identifier: Apache-2.0 */
/* Relations whose constants change now and then, as when a program draws a new key each hour.
 *
 * The step from one packet to the next lies in V as long as the constants stay. Where they
 * change it does not, and it is of no use to any other step: all others, but not this one, can
 * be put together of the rest, since there are 20 more of them than dimensions. So the steps
 * that stand in no linear dependency are the changes; what is orthogonal to the rest is the
 * family. A random step is one of these with 2^-(n-D) only.
 *
 *     steps        d1  d2  d3  d4  d5 ...        dependencies   d1 d3 d5, d2 d3 d6, ...
 *                              ^ in none: the constants changed between packets 4 and 5 */
#include <math.h>
#include <string.h>

#include "relation/find.h"

#define STEP_WORDS (FIND_SIGHTS / 64)

/* Which of the steps a row was put together of. */
struct parts {
    uint64_t word[STEP_WORDS];
};

static void parts_xor(struct parts *to, const struct parts *from)
{
    for (unsigned i = 0; i < STEP_WORDS; i++)
        to->word[i] ^= from->word[i];
}

static bool is_among(const struct parts *parts, unsigned step)
{
    return (parts->word[step / 64] >> step % 64 & 1) != 0;
}

/* Whether all of the first `count` steps are among them. */
static bool parts_reach(const struct parts *parts, unsigned count)
{
    for (unsigned i = 0; i < STEP_WORDS; i++) {
        unsigned left = count > i * 64 ? count - i * 64 : 0;
        uint64_t all = left >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << left) - 1;

        if ((parts->word[i] & all) != all)
            return false;
    }
    return true;
}

/* The steps that stand in some dependency. @param columns  that vary: more rows than these
 * there are not, so that each step behind them is put together of others */
static struct parts bound_steps(const struct columns *steps, unsigned count, unsigned columns)
{
    struct columns row[COLUMNS];
    struct parts of[COLUMNS], bound = {{0}};
    uint8_t at[COLUMNS] = {0}; /* row + 1 that begins with the column */
    unsigned rank = 0;

    for (unsigned i = 0; i < count; i++) {
        struct columns left = steps[i];
        struct parts now = {{0}};

        if (rank == columns && parts_reach(&bound, i)) {
            memset(&bound, 0xff, sizeof(bound));
            break;
        }
        now.word[i / 64] |= UINT64_C(1) << i % 64;
        while (!columns_none(&left)) {
            unsigned first = columns_first(&left);

            if (at[first] == 0) {
                row[rank] = left;
                of[rank++] = now;
                at[first] = (uint8_t)rank;
                break;
            }
            columns_xor(&left, &row[at[first] - 1]);
            parts_xor(&now, &of[at[first] - 1]);
        }
        for (unsigned k = 0; columns_none(&left) && k < STEP_WORDS; k++)
            bound.word[k] |= now.word[k];
    }
    return bound;
}

/* log2 of the ways to choose the changes among the steps. */
static float choices(unsigned steps, unsigned changes)
{
    return (
        float)((lgamma(steps + 1.0) - lgamma(changes + 1.0) - lgamma(steps - changes + 1.0)) /
               M_LN2);
}

bool find_changing(const struct sight *sights, unsigned count, struct finding *ret)
{
    struct columns steps[FIND_SIGHTS];
    unsigned changes = 0;
    struct parts bound;

    for (unsigned i = 0; i + 1 < count; i++) {
        struct columns next = sight_columns(&sights[i + 1]);

        steps[i] = sight_columns(&sights[i]);
        columns_xor(&steps[i], &next);
    }
    bound = bound_steps(steps, count - 1, columns_count(&ret->varying));
    for (unsigned i = 0; i + 1 < count; i++)
        changes += !is_among(&bound, i);
    if (changes == 0 || changes > FIND_CHANGES_MAX)
        return false;
    space_init(&ret->seen, false);
    for (unsigned i = 0; i + 1 < count; i++)
        if (is_among(&bound, i))
            (void)space_add(&ret->seen, steps[i]);
    ret->bits = (float)ret->packets - 1 - (float)changes - (float)columns_count(&ret->varying) -
                choices(count - 1, changes);
    if (!find_judge(sights, count, ret))
        return false;
    family_reduce(&ret->family);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Multiples: x = c y + constant, modulo 2^16 or 2^32, as a program has it that spreads one
 * field over another by a multiplication (Knuth's 2654435769, say). Two packets tell c, all
 * others confirm it. */
#include "relation/facts.h"

/* a^-1 modulo 2^32, of an odd a: right to 3 bits, and each step doubles them (Newton). */
static uint32_t inverse(uint32_t a)
{
    uint32_t x = a;

    for (unsigned i = 0; i < 4; i++)
        x *= 2 - a * x;
    return x;
}

/* The multiplier that two packets tell: those whose y differ by an odd number, or by the least
 * power of two times one. What that leaves open makes no difference to any packet. */
static bool multiplier_of(const struct words *w, struct law *law, uint32_t mask)
{
    const uint32_t x = law_word(&w->sights[0], (enum word)law->x, false);
    const uint32_t y = law_word(&w->sights[0], (enum word)law->y, law->swapped);
    uint32_t best_x = 0, best_y = 0;
    unsigned zeros = 32;

    for (unsigned i = 1; i < w->count && zeros > 0; i++) {
        uint32_t apart = (law_word(&w->sights[i], (enum word)law->y, law->swapped) - y) & mask;

        if (apart == 0 || (unsigned)__builtin_ctz(apart) >= zeros)
            continue;
        zeros = (unsigned)__builtin_ctz(apart);
        best_y = apart >> zeros;
        best_x = (law_word(&w->sights[i], (enum word)law->x, false) - x) & mask;
    }
    if (zeros == 32 || (best_x & ((1u << zeros) - 1)) != 0)
        return false;
    law->number = ((best_x >> zeros) * inverse(best_y)) & mask >> zeros;
    return law->number != 0;
}

static bool times_holds(struct words *w, struct law *law)
{
    const uint32_t mask = law_word_bits((enum word)law->x) == 16 ? 0xffff : UINT32_MAX;

    if (!multiplier_of(w, law, mask))
        return false;
    for (unsigned i = 1; i < w->count; i++)
        if (!law_same(law, &w->sights[0], &w->sights[i]))
            return false;
    return words_are_drawn(w, law->x, law->y);
}

/* Of two words of the sender that are multiples of each other that one is told to be a multiple
 * that is so by the smaller number. */
static void prefer_small(struct law *law)
{
    uint32_t mask = law_word_bits((enum word)law->x) == 16 ? 0xffff : UINT32_MAX;
    uint32_t other = inverse(law->number) & mask;
    uint8_t x = law->x;

    if (law->number % 2 == 0 || law->swapped || words_is_target(law->y) || other >= law->number)
        return;
    law->x = law->y;
    law->y = x;
    law->number = other;
}

bool find_times(const struct sight *sights, unsigned count, struct law *ret_law,
                float *ret_bits)
{
    struct words w;

    if (!words_init(&w, sights, count))
        return false;
    *ret_law = (struct law){.kind = LAW_TIMES};
    for (unsigned x = WORDS; x-- > 0;) { /* from the wide words down, as for sums */
        if (words_is_target(x) || words_is_constant(&w, x))
            continue;
        for (unsigned form = 0; form < 2 * WORDS; form++) {
            ret_law->x = (uint8_t)x;
            ret_law->y = (uint8_t)(form / 2);
            ret_law->swapped = form % 2 != 0;
            if (ret_law->y == x ||
                law_word_bits((enum word)x) != law_word_bits((enum word)ret_law->y) ||
                !times_holds(&w, ret_law))
                continue;
            prefer_small(ret_law);
            *ret_bits = ((float)words_distinct(&w, x) - 2) * (float)law_bits(ret_law) -
                        FACTS_HYPOTHESES_BITS;
            return true;
        }
    }
    return false;
}

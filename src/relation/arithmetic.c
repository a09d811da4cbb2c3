/* SPDX-License-Identifier: Apache-2.0 */
/* Sums, differences, remainders and steps: what is not affine over GF(2), and needs fewer
 * packets than what is. */
#include "base/gcd.h"
#include "relation/facts.h"

#define REMAINDERS 4u /* multiples of the modulus that are taken off, at most */
#define MODULUS_LEAST 256

/* ---- sums and differences ---- */

static bool sum_may_hold(const struct words *w, const struct law *law, uint32_t mask)
{
    const uint32_t *x = w->first[law->x][0], *y = w->first[law->y][law->swapped];
    uint32_t first = law->plus ? x[0] + y[0] : x[0] - y[0];

    for (unsigned i = 1; i < FACTS_FIRST; i++)
        if ((((law->plus ? x[i] + y[i] : x[i] - y[i]) - first) & mask) != 0)
            return false;
    return true;
}

static bool sum_holds(struct words *w, const struct law *law)
{
    uint32_t mask = law_word_bits((enum word)law->x) == 16 ? 0xffff : UINT32_MAX;
    uint32_t first = 0, apart = 0, bits = 0;

    if (!sum_may_hold(w, law, mask))
        return false;
    for (unsigned i = 0; i < w->count; i++) {
        uint32_t x = law_word(&w->sights[i], (enum word)law->x, false);
        uint32_t y = law_word(&w->sights[i], (enum word)law->y, law->swapped);
        uint32_t sum = (law->plus ? x + y : x - y) & mask;

        if (i == 0) {
            first = sum;
            apart = x ^ y;
        }
        if (sum != first)
            return false;
        bits |= x ^ y ^ apart;
    }
    /* equal but for constant bits: that is for find_relations, with as many
     * packets as it takes */
    return bits != 0 && words_are_drawn(w, law->x, law->y);
}

static bool find_sum(struct words *w, struct law *ret, float *ret_bits)
{
    *ret = (struct law){.kind = LAW_SUM};
    /* from the wide words down: what holds of them holds of their halves */
    for (unsigned x = WORDS; x-- > 0;) {
        if (words_is_target(x) || words_is_constant(w, x))
            continue;
        for (unsigned y = 0; y < WORDS; y++) {
            if (y == x || (y < x && !words_is_target(y)) ||
                law_word_bits((enum word)x) != law_word_bits((enum word)y))
                continue;
            for (unsigned form = 0; form < 4; form++) {
                ret->x = (uint8_t)x;
                ret->y = (uint8_t)y;
                ret->swapped = (form & 1) != 0;
                ret->plus = (form & 2) != 0;
                if (!sum_holds(w, ret))
                    continue;
                *ret_bits =
                    (float)(words_distinct(w, x) - 1) * (float)law_word_bits((enum word)x) -
                    FACTS_HYPOTHESES_BITS;
                return true;
            }
        }
    }
    return false;
}

/* ---- remainders ---- */

static bool modulo_may_hold(const struct words *w, const struct law *law)
{
    const uint32_t *x = w->first[law->x][0], *y = w->first[law->y][law->swapped];
    unsigned values = 0;

    for (unsigned i = 0; i < FACTS_FIRST; i++) {
        unsigned k = 0;

        while (k < i && y[k] - x[k] != y[i] - x[i])
            k++;
        values += k == i;
    }
    return values <= REMAINDERS;
}

/* y - x takes a few values, one modulus apart. */
static bool modulo_holds(struct words *w, struct law *law)
{
    int32_t value[REMAINDERS];
    unsigned times[REMAINDERS] = {0}, values = 0;
    uint32_t modulus = 0, largest = 0;

    if (!modulo_may_hold(w, law))
        return false;

    for (unsigned i = 0; i < w->count; i++) {
        int32_t off = (int32_t)law_word(&w->sights[i], (enum word)law->y, law->swapped) -
                      (int32_t)law_word(&w->sights[i], (enum word)law->x, false);
        unsigned k = 0;

        while (k < values && value[k] != off)
            k++;
        if (k == REMAINDERS)
            return false;
        if (k == values)
            value[values++] = off;
        times[k]++;
    }
    for (unsigned k = 0; k < values; k++) {
        uint32_t apart =
            (uint32_t)(value[k] > value[0] ? value[k] - value[0] : value[0] - value[k]);

        if (times[k] < 2)
            return false;
        modulus = (uint32_t)nj_gcd(modulus, apart);
        largest = apart > largest ? apart : largest;
    }
    law->number = modulus;
    /* 65536 is a sum without a modulus, and told as one */
    return values > 1 && modulus >= MODULUS_LEAST && modulus < 65536 &&
           largest / modulus < REMAINDERS && words_are_drawn(w, law->x, law->y);
}

static bool find_modulo(struct words *w, struct law *ret, float *ret_bits)
{
    static const uint8_t reduced[] = {WORD_SPORT, WORD_ID, WORD_WINDOW};

    *ret = (struct law){.kind = LAW_MODULO};
    for (size_t i = 0; i < sizeof(reduced); i++) {
        unsigned x = reduced[i];

        if (words_is_constant(w, x))
            continue;
        for (unsigned form = 0; form < 2 * WORD_SEQ; form++) {
            ret->x = (uint8_t)x;
            ret->y = (uint8_t)(form / 2);
            ret->swapped = form % 2 != 0;
            if (ret->y == x || !modulo_holds(w, ret))
                continue;
            *ret_bits = (float)(words_distinct(w, x) - REMAINDERS) * (float)law_bits(ret) -
                        FACTS_HYPOTHESES_BITS;
            return true;
        }
    }
    return false;
}

/* ---- steps ---- */

/* The system's own steps: +1 and, with the bytes in the other order, +256. */
static bool is_usual_step(unsigned word, uint32_t step)
{
    uint32_t mask = law_word_bits((enum word)word) == 16 ? 0xffff : UINT32_MAX;
    uint32_t back = (0 - step) & mask;

    return step == 0 || (word != WORD_SEQ && word != WORD_ACK &&
                         (step == 1 || step == 256 || back == 1 || back == 256));
}

static uint32_t step_of(const struct words *w, unsigned word, unsigned i)
{
    uint32_t mask = law_word_bits((enum word)word) == 16 ? 0xffff : UINT32_MAX;

    return (law_word(&w->sights[i], (enum word)word, false) -
            law_word(&w->sights[i - 1], (enum word)word, false)) &
           mask;
}

static bool find_step(struct words *w, struct law *ret, float *ret_bits)
{
    static const uint8_t stepping[] = {WORD_SEQ, WORD_ACK, WORD_SPORT, WORD_ID, WORD_WINDOW};

    for (size_t k = 0; k < sizeof(stepping); k++) {
        unsigned x = stepping[k], bits = law_word_bits((enum word)x), firsts = 1, seconds = 0;
        uint32_t mask = bits == 16 ? 0xffff : UINT32_MAX;
        uint32_t first = step_of(w, x, 1), second = first;
        bool holds = true;

        for (unsigned i = 2; holds && i < w->count; i++) {
            uint32_t step = step_of(w, x, i);

            if (step != first && seconds == 0)
                second = step;
            holds = step == first || step == second;
            firsts += step == first;
            seconds += step != first;
        }
        if (!holds || (seconds > 0 && (seconds < 3 || firsts < 3)) ||
            !words_facts(w, x)->varies)
            continue;
        if (seconds > firsts) { /* the usual step is the more frequent one */
            uint32_t other = first;

            first = second;
            second = other;
        }
        if (is_usual_step(x, first) || (seconds > 0 && is_usual_step(x, second)))
            continue;
        *ret = (struct law){.kind = seconds == 0 ? LAW_STEP : LAW_RING,
                            .x = (uint8_t)x,
                            .number = first,
                            .second = seconds == 0 ? 0 : (first - second) & mask};
        *ret_bits =
            (float)(w->count - 4) * (float)(bits - (seconds > 0)) - FACTS_HYPOTHESES_BITS;
        return true;
    }
    return false;
}

bool find_arithmetic(const struct sight *sights, unsigned count, struct law *ret_law,
                     float *ret_bits)
{
    struct words words;

    if (!words_init(&words, sights, count))
        return false;
    return find_sum(&words, ret_law, ret_bits) || find_modulo(&words, ret_law, ret_bits) ||
           find_step(&words, ret_law, ret_bits);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Relations that are not affine over GF(2), and those of fields that take few values.
 *
 * Counters are what operating systems do (IP ID, source port, sequence numbers by a clock): two
 * of them that go on together have a constant difference and are no program's relation. So a
 * word that mostly goes one way has no part in sums and remainders. */
#include <math.h>
#include <string.h>

#include "base/gcd.h"
#include "relation/law.h"

#define SIGHTS_LEAST 24u
#define HYPOTHESES_BITS 9.0f /* some 400 pairs, signs and byte orders */
#define REMAINDERS 4u        /* multiples of the modulus that are taken off, at most */
#define MODULUS_LEAST 256
#define FIRST 6u /* packets on which nearly all hypotheses fail */

/* What is asked of a word only where something may hold of it. */
struct word_facts {
    bool known;
    bool varies;  /* new values most of the time */
    bool counter; /* in one of the byte orders */
};

struct words {
    const struct sight *sights;
    unsigned count;
    uint32_t first[WORDS][2][FIRST]; /* of the first packets: as it is, swapped */
    struct word_facts facts[WORDS];
};

static unsigned distinct(const uint32_t *values, unsigned count)
{
    uint16_t slots[512] = {0};
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++) {
        unsigned at = (unsigned)(law_mix(values[i]) % 512);

        while (slots[at] != 0 && values[slots[at] - 1] != values[i])
            at = (at + 1) % 512;
        if (slots[at] == 0) {
            slots[at] = (uint16_t)(i + 1);
            found++;
        }
    }
    return found;
}

bool counts_on(const uint32_t *values, unsigned count, unsigned bits)
{
    const uint32_t mask = bits == 16 ? 0xffff : UINT32_MAX, half = mask / 2;
    unsigned up = 0, down = 0;

    for (unsigned i = 1; i < count; i++) {
        uint32_t step = (values[i] - values[i - 1]) & mask;

        up += step > 0 && step <= half;
        down += step > half;
    }
    return count >= SIGHTS_LEAST && (up * 10 >= count * 9 || down * 10 >= count * 9);
}

static const struct word_facts *facts_of(struct words *w, unsigned word)
{
    struct word_facts *facts = &w->facts[word];
    const unsigned bits = law_word_bits((enum word)word);
    uint32_t values[2][FIND_SIGHTS]; /* as they are, swapped */

    if (facts->known)
        return facts;
    for (unsigned swapped = 0; swapped < 2; swapped++)
        for (unsigned i = 0; i < w->count; i++)
            values[swapped][i] = law_word(&w->sights[i], (enum word)word, swapped != 0);
    *facts = (struct word_facts){
        .known = true,
        .varies = distinct(values[0], w->count) * 2 > w->count,
        .counter = counts_on(values[0], w->count, bits) || counts_on(values[1], w->count, bits),
    };
    return facts;
}

/* Whether a word is the same in all packets, as many are: then there is nothing to ask. */
static bool is_constant(const struct words *w, unsigned word)
{
    const uint32_t first = w->first[word][0][0];

    for (unsigned i = 1; i < FIRST; i++)
        if (w->first[word][0][i] != first)
            return false;
    for (unsigned i = FIRST; i < w->count; i++)
        if (law_word(&w->sights[i], (enum word)word, false) != first)
            return false;
    return true;
}

static unsigned distinct_words(const struct words *w, unsigned word)
{
    uint32_t values[FIND_SIGHTS];

    for (unsigned i = 0; i < w->count; i++)
        values[i] = law_word(&w->sights[i], (enum word)word, false);
    return distinct(values, w->count);
}

static bool is_target(unsigned word)
{
    return word == WORD_DPORT || word == WORD_DST_LOW || word == WORD_DST_HIGH ||
           word == WORD_DST;
}

/* ---- sums and differences
 * ------------------------------------------------------------------ */

static bool sum_may_hold(const struct words *w, const struct law *law, uint32_t mask)
{
    const uint32_t *x = w->first[law->x][0], *y = w->first[law->y][law->swapped];
    uint32_t first = law->plus ? x[0] + y[0] : x[0] - y[0];

    for (unsigned i = 1; i < FIRST; i++)
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
    /* equal but for constant bits: that is for find_relations, with as many packets as it takes
     */
    return bits != 0 && facts_of(w, law->x)->varies && facts_of(w, law->y)->varies &&
           !facts_of(w, law->x)->counter && !facts_of(w, law->y)->counter;
}

static bool find_sum(struct words *w, struct law *ret, float *ret_bits)
{
    /* from the wide words down: what holds of them holds of their halves */
    for (unsigned x = WORDS; x-- > 0;) {
        if (is_target(x) || is_constant(w, x))
            continue;
        for (unsigned y = 0; y < WORDS; y++) {
            if (y == x || (y < x && !is_target(y)) ||
                law_word_bits((enum word)x) != law_word_bits((enum word)y))
                continue;
            for (unsigned form = 0; form < 4; form++) {
                struct law law = {.kind = LAW_SUM,
                                  .x = (uint8_t)x,
                                  .y = (uint8_t)y,
                                  .swapped = (form & 1) != 0,
                                  .plus = (form & 2) != 0};

                if (!sum_holds(w, &law))
                    continue;
                *ret = law;
                *ret_bits =
                    (float)(distinct_words(w, x) - 1) * (float)law_word_bits((enum word)x) -
                    HYPOTHESES_BITS;
                return true;
            }
        }
    }
    return false;
}

/* ---- remainders
 * ---------------------------------------------------------------------------- */

static bool modulo_may_hold(const struct words *w, const struct law *law)
{
    const uint32_t *x = w->first[law->x][0], *y = w->first[law->y][law->swapped];
    unsigned values = 0;

    for (unsigned i = 0; i < FIRST; i++) {
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
           largest / modulus < REMAINDERS && facts_of(w, law->x)->varies &&
           facts_of(w, law->y)->varies && !facts_of(w, law->x)->counter &&
           !facts_of(w, law->y)->counter;
}

static bool find_modulo(struct words *w, struct law *ret, float *ret_bits)
{
    static const uint8_t reduced[] = {WORD_SPORT, WORD_ID, WORD_WINDOW};

    for (size_t i = 0; i < sizeof(reduced); i++) {
        unsigned x = reduced[i];

        if (is_constant(w, x))
            continue;
        for (unsigned form = 0; form < 2 * WORD_SEQ; form++) {
            struct law law = {.kind = LAW_MODULO,
                              .x = (uint8_t)x,
                              .y = (uint8_t)(form / 2),
                              .swapped = form % 2 != 0};

            if (law.y == x || !modulo_holds(w, &law))
                continue;
            *ret = law;
            *ret_bits = (float)(distinct_words(w, x) - REMAINDERS) * (float)law_bits(&law) -
                        HYPOTHESES_BITS;
            return true;
        }
    }
    return false;
}

/* ---- steps
 * --------------------------------------------------------------------------------- */

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
        if (!holds || (seconds > 0 && (seconds < 3 || firsts < 3)) || !facts_of(w, x)->varies)
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
        *ret_bits = (float)(w->count - 4) * (float)(bits - (seconds > 0)) - HYPOTHESES_BITS;
        return true;
    }
    return false;
}

bool find_arithmetic(const struct sight *sights, unsigned count, struct law *ret_law,
                     float *ret_bits)
{
    struct words words = {.sights = sights, .count = count};

    if (count < SIGHTS_LEAST)
        return false;
    for (unsigned word = 0; word < WORDS; word++)
        for (unsigned i = 0; i < FIRST; i++)
            for (unsigned swapped = 0; swapped < 2; swapped++)
                words.first[word][swapped][i] =
                    law_word(&sights[i], (enum word)word, swapped != 0);
    return find_sum(&words, ret_law, ret_bits) || find_modulo(&words, ret_law, ret_bits) ||
           find_step(&words, ret_law, ret_bits);
}

/* Whether source ports go up by the same number that the halves show: a base among the values
 * from which sport - (seq xor base) is constant. */
static bool ports_follow(const struct sight *sights, unsigned count)
{
    for (unsigned b = 0; b < count; b++) {
        unsigned i = 1;
        uint16_t first = (uint16_t)(sights[0].sport - (sights[0].seq ^ sights[b].seq));

        if (b > 0 && sights[b].seq == sights[b - 1].seq)
            continue;
        while (i < count &&
               (uint16_t)(sights[i].sport - (sights[i].seq ^ sights[b].seq)) == first)
            i++;
        if (i == count)
            return true;
    }
    return false;
}

bool find_halves(const struct sight *sights, unsigned count, struct law *ret_law,
                 float *ret_bits)
{
    uint32_t seqs[FIND_SIGHTS];
    unsigned values;

    for (unsigned i = 0; i < count; i++) {
        uint32_t apart = sights[i].seq ^ sights[0].seq;

        seqs[i] = sights[i].seq;
        if (apart >> 16 != (apart & 0xffff))
            return false;
    }
    values = distinct(seqs, count);
    if (values < 2)
        return false;
    memset(ret_law, 0, sizeof(*ret_law));
    ret_law->kind = LAW_BITS;
    for (unsigned i = 0; i < 16; i++) {
        struct columns *row = &ret_law->rows.row[ret_law->rows.count++];

        columns_flip(row, field_column(FIELD_SEQ, i));
        columns_flip(row, field_column(FIELD_SEQ, i + 16));
    }
    family_reduce(&ret_law->rows);
    *ret_bits = (float)(values - 1) * 16 - HYPOTHESES_BITS;
    if (ports_follow(sights, count))
        *ret_bits += (float)(values - 1) * 16 - log2f((float)values);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "relation/facts.h"

bool words_init(struct words *w, const struct sight *sights, unsigned count)
{
    if (count < FACTS_SIGHTS_LEAST)
        return false;
    *w = (struct words){.sights = sights, .count = count};
    for (unsigned word = 0; word < WORDS; word++)
        for (unsigned i = 0; i < FACTS_FIRST; i++)
            for (unsigned swapped = 0; swapped < 2; swapped++)
                w->first[word][swapped][i] =
                    law_word(&sights[i], (enum word)word, swapped != 0);
    return true;
}

unsigned distinct_values(const uint32_t *values, unsigned count)
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
    return count >= FACTS_SIGHTS_LEAST && (up * 10 >= count * 9 || down * 10 >= count * 9);
}

const struct word_facts *words_facts(struct words *w, unsigned word)
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
        .varies = distinct_values(values[0], w->count) * 2 > w->count,
        .counter = counts_on(values[0], w->count, bits) || counts_on(values[1], w->count, bits),
    };
    return facts;
}

bool words_is_constant(const struct words *w, unsigned word)
{
    const uint32_t first = w->first[word][0][0];

    for (unsigned i = 1; i < FACTS_FIRST; i++)
        if (w->first[word][0][i] != first)
            return false;
    for (unsigned i = FACTS_FIRST; i < w->count; i++)
        if (law_word(&w->sights[i], (enum word)word, false) != first)
            return false;
    return true;
}

unsigned words_distinct(const struct words *w, unsigned word)
{
    uint32_t values[FIND_SIGHTS];

    for (unsigned i = 0; i < w->count; i++)
        values[i] = law_word(&w->sights[i], (enum word)word, false);
    return distinct_values(values, w->count);
}

bool words_is_target(unsigned word)
{
    return word == WORD_DPORT || word == WORD_DST_LOW || word == WORD_DST_HIGH ||
           word == WORD_DST;
}

bool words_are_drawn(struct words *w, unsigned x, unsigned y)
{
    return words_facts(w, x)->varies && words_facts(w, y)->varies &&
           !words_facts(w, x)->counter && !words_facts(w, y)->counter;
}

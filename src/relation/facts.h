/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of each word (law.h) of a source's packets, for those that look for laws among
 * them: sums, remainders and steps in arithmetic.c, multiples in times.c. Pure. */
#ifndef NJ_RELATION_FACTS_H
#define NJ_RELATION_FACTS_H

#include "relation/law.h"

#define FACTS_SIGHTS_LEAST 24u
#define FACTS_FIRST 6u /* packets on which nearly all hypotheses fail */

/* -log2 of how many hypotheses are tried: some 600 pairs, signs, multiples, byte orders. */
#define FACTS_HYPOTHESES_BITS 10.0f

struct word_facts {
    bool known;
    bool varies;  /* new values most of the time */
    bool counter; /* in one of the byte orders */
};

struct words {
    const struct sight *sights; /* borrowed */
    unsigned count;
    uint32_t first[WORDS][2][FACTS_FIRST]; /* of the first packets: as it is, swapped */
    struct word_facts facts[WORDS];        /* filled in when they are asked for */
};

/** @return whether there are enough packets */
bool words_init(struct words *w, const struct sight *sights, unsigned count);

/** Whether a law between two words may be one: both vary, and neither counts. What operating
 * systems do (IP ID, source port, sequence numbers by a clock) goes on together by itself. */
bool words_are_drawn(struct words *w, unsigned x, unsigned y);
const struct word_facts *words_facts(struct words *w, unsigned word);

/** Whether a word is the same in all packets, as many are: then there is nothing to ask. */
bool words_is_constant(const struct words *w, unsigned word);

/** How many values a word takes. */
unsigned words_distinct(const struct words *w, unsigned word);

/** Whether the aim decides a word, not the sender. */
bool words_is_target(unsigned word);

/** How many of the values differ. @param count  at most FIND_SIGHTS */
unsigned distinct_values(const uint32_t *values, unsigned count);

#endif

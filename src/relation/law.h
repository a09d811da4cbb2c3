/* SPDX-License-Identifier: Apache-2.0 */
/* A family of relations, whatever its kind: its identity, its constants at a packet, and its
 * words. */
#ifndef NJ_RELATION_LAW_H
#define NJ_RELATION_LAW_H

#include "relation/find.h"

enum law_kind {
    LAW_BITS,   /* rows over GF(2) */
    LAW_SUM,    /* x - y or x + y is constant modulo 2^16 or 2^32 */
    LAW_MODULO, /* x is y reduced modulo `number`, shifted by a constant */
    LAW_STEP,   /* x goes on by `number` from packet to packet */
    LAW_RING,   /* the same, modulo `second` instead of a power of two */
    LAW_TIMES,  /* x is y times `number`, and a constant, modulo 2^16 or 2^32 */
    LAW_KINDS,
};

/* Parts of a packet that numbers are made of. */
enum word {
    WORD_ID,
    WORD_SEQ_LOW,
    WORD_SEQ_HIGH,
    WORD_SPORT,
    WORD_WINDOW,
    WORD_ACK_LOW,
    WORD_ACK_HIGH,
    WORD_DPORT,
    WORD_DST_LOW,
    WORD_DST_HIGH,
    WORD_SEQ, /* 32 bits from here on */
    WORD_ACK,
    WORD_DST,
    WORDS,
};

struct law {
    uint8_t kind; /* enum law_kind */
    uint8_t x, y; /* enum word */
    bool swapped; /* y with its bytes in reverse order */
    bool plus;    /* x + y instead of x - y */
    uint32_t number, second;
    struct family_rows rows;
};

#define LAW_NAME_MAX 16 /* "rel-7f3a12cd" */
#define LAW_WORDS_MAX 512

static inline uint64_t law_mix(uint64_t h)
{
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdull;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ull;
    return h ^ h >> 33;
}

uint32_t law_word(const struct sight *sight, enum word word, bool swapped);
unsigned law_word_bits(enum word word);

/** Identity: equal for equal families, on every machine. */
uint64_t law_hash(const struct law *law);
/** "rel-" and eight hexadecimal digits of it. @return name */
char *law_name(const struct law *law, char name[LAW_NAME_MAX]);
/** How many bits of a random packet it decides. */
unsigned law_bits(const struct law *law);
/** Whether law_constants can be asked: it is about single packets. */
bool law_single(const struct law *law);
/** What stays the same in all packets of one run, as a hash; *ret_any: it isn't 0. */
uint64_t law_constants(const struct law *law, const struct sight *sight, bool *ret_any);
/** Equal for packets with equal constants, and by chance of 2^-64 for others; cheaper. */
uint64_t law_group(const struct law *law, const struct sight *sight);
/** Whether both packets have the same constants. Stops at the first that differs. */
bool law_same(const struct law *law, const struct sight *a, const struct sight *b);
/** What of a packet the sender chose for this law, as a hash: equal ones prove nothing. */
uint64_t law_choice(const struct law *law, const struct sight *sight);

/** What it is worth, in bits, that a packet has the constants of another one of its source: one
 * for each relation with a field that the sender has drawn anew, but no more than those fields
 * have moved. So a counter, which another counter follows by itself, is worth little. */
unsigned law_evidence(const struct law *law, const struct sight *before,
                      const struct sight *now);

/** In words, as "IP ID = destination bits 0-15 xor port". @return words */
char *law_words(const struct law *law, char words[LAW_WORDS_MAX]);

/**
 * What differences, sums and remainders say of packets in the order of their coming, where the
 * relations over GF(2) say nothing.
 *
 * @param ret_bits     strength, less the number of hypotheses that were tried
 * @return whether there is one
 */
bool find_arithmetic(const struct sight *sights, unsigned count, struct law *ret_law,
                     float *ret_bits);

/**
 * Whether a word is a multiple of another one, and a constant, modulo 2^16 or 2^32. Multiples
 * by powers of two are bits that are moved, so ask when find_relations has judged and found
 * nothing. @return as above. Cost: some 10 us
 */
bool find_times(const struct sight *sights, unsigned count, struct law *ret_law,
                float *ret_bits);

/** Whether a word goes on in one direction in nine steps of ten, modulo 2^bits. Of 48 random
 * ones one in 10^8 does. */
bool counts_on(const uint32_t *values, unsigned count, unsigned bits);

/** Whether the halves of the sequence number are tied, as they are where a small number is put
 * into both; that number may go up in the source port too. Values count, not packets: 16 bits
 * for each, and 16 if the ports follow. Where each destination has a value of its own it is
 * made of that, and find_relations tells more. @return as above */
bool find_halves(const struct sight *sights, unsigned count, struct law *ret_law,
                 float *ret_bits);

/* Programs whose relations their source code shows. */
struct known_law {
    const char *tool;
    struct law law;
};

#define KNOWN_LAWS 5u
/** Write down the known programs' relations in canonical form. */
void known_laws(struct known_law ret[KNOWN_LAWS]);

#endif

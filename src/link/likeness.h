/* SPDX-License-Identifier: Apache-2.0 */
/* What agreement is worth: how often episodes of one address agree (m, learned from consecutive
 * episodes of the same address) and how alike random pairs are (u), docs/LINKING.md. Start
 * values count as a few dozen pairs and fade as real ones come. */
#ifndef NJ_LINK_LIKENESS_H
#define NJ_LINK_LIKENESS_H

#include "link/background.h"
#include "link/digest.h"

enum similarity {
    SIMILAR_PORTS,  /* Jaccard, rare ports weigh more */
    SIMILAR_SHARES, /* Jensen-Shannon divergence of port shares */
    SIMILAR_RATE,   /* ratio, log2 */
    SIMILAR_GAPS,   /* Jensen-Shannon divergence of gap shapes */
    SIMILAR_HOURS,  /* overlap of daily profiles */
    SIMILAR_COUNT,
};

#define SIMILAR_BINS 8 /* bin 0: most alike */

struct likeness {
    double same[SIMILAR_COUNT][SIMILAR_BINS];
    double random[SIMILAR_COUNT][SIMILAR_BINS];
    double agree[VALUE_KINDS], asked[VALUE_KINDS]; /* same address: value agreed */
    uint64_t same_pairs, random_pairs;
    double most[SIMILAR_COUNT]; /* bits that a bin is worth at most */
};

void likeness_init(struct likeness *l);

/** What follows from the counts: after they were read. */
void likeness_settle(struct likeness *l);

/** Whether both tell of it. */
bool likeness_tells(enum similarity kind, const struct digest *a, const struct digest *b);

/** The bin of a pair; -1 if one of them does not tell. Ports need `bg` for their weights. */
int likeness_bin(enum similarity kind, const struct digest *a, const struct digest *b,
                 const struct background *bg, int64_t now_us);

/** Share of pairs of one operator that fall into a bin. */
double likeness_part(const struct likeness *l, enum similarity kind, int bin);

/** log2 of m/u of a bin. */
double likeness_bits(const struct likeness *l, enum similarity kind, int bin);

/** Chance that one operator shows the same value again, at most 0.98. */
double likeness_same(const struct likeness *l, enum value_kind kind);

/** Under which kind it is learned whether the source ports of a are met again. */
enum value_kind likeness_sport_kind(const struct digest *a);

void likeness_learn_same(struct likeness *l, const struct digest *a, const struct digest *b,
                         const struct background *bg, int64_t now_us);
void likeness_learn_random(struct likeness *l, const struct digest *a, const struct digest *b,
                           const struct background *bg, int64_t now_us);

#endif

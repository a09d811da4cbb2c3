/* SPDX-License-Identifier: Apache-2.0 */
/* From which probability on a hop is stated (linking.md 5). Estimates of the share of false
 * ones above a threshold: the mean of 1 - p, and three kinds of decoys, which can't be
 * successors and of which chance makes as many. The threshold meets the wanted share by all of
 * them, and is frozen at fixed steps of capture time. */
#ifndef NJ_LINK_ACCEPT_H
#define NJ_LINK_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

struct linker_fdr;
struct pair;

#define ACCEPT_BINS 80 /* half bits of log2 odds, from 0 on */

enum decoy_kind {
    DECOY_BEFORE, /* began as long before the stop as a successor would after it */
    DECOY_WEEK,   /* began whole weeks off: the same hour of the week, and no hand-over */
    DECOY_PLACE,  /* stands where another newcomer does */
    DECOY_KINDS,
};

struct acceptance {
    uint64_t targets[ACCEPT_BINS];
    uint64_t decoys[DECOY_KINDS][ACCEPT_BINS];
    double doubt[ACCEPT_BINS]; /* sum of 1 - p of targets */
    /* pairs that were looked at; [DECOY_BEFORE]: those that follow each other within a week, of
     * which the others are samples. Its own decoys stand one for one. */
    uint64_t asked[DECOY_KINDS];
    double threshold, bayes, decoy;
    uint64_t frozen_targets, frozen_decoys[DECOY_KINDS];
    int64_t frozen_us;
};

void acceptance_init(struct acceptance *acceptance);

/** Count a decided pair where its probability puts it, instead of where it was. */
void acceptance_target(struct acceptance *acceptance, struct pair *pair);
void acceptance_forget(struct acceptance *acceptance, struct pair *pair);
void acceptance_decoy(struct acceptance *acceptance, enum decoy_kind kind, double probability);

/** @return whether a step was crossed and the threshold is new */
bool acceptance_freeze(struct acceptance *acceptance, double fdr, int64_t now_us);
void acceptance_tell(const struct acceptance *acceptance, struct linker_fdr *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* From which probability on a hop is stated (linking.md 5). Two estimates of the share of false
 * ones above a threshold: the mean of 1 - p, and decoys: for a source that stops, those that
 * began as long *before* its stop as successors begin after it. They can't be successors, and
 * chance makes as many of them. The threshold meets the wanted share by both, and is frozen at
 * fixed steps of capture time. */
#ifndef NJ_LINK_ACCEPT_H
#define NJ_LINK_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

struct linker_fdr;
struct pair;

#define ACCEPT_BINS 80 /* half bits of log2 odds, from 0 on */

struct acceptance {
    uint64_t targets[ACCEPT_BINS], decoys[ACCEPT_BINS];
    double doubt[ACCEPT_BINS]; /* sum of 1 - p of targets */
    double threshold, bayes, decoy;
    uint64_t frozen_targets, frozen_decoys;
    int64_t frozen_us;
};

void acceptance_init(struct acceptance *acceptance);

/** Count a decided pair where its probability puts it, instead of where it was. */
void acceptance_target(struct acceptance *acceptance, struct pair *pair);
void acceptance_forget(struct acceptance *acceptance, struct pair *pair);
void acceptance_decoy(struct acceptance *acceptance, double probability);

/** @return whether a step was crossed and the threshold is new */
bool acceptance_freeze(struct acceptance *acceptance, double fdr, int64_t now_us);
void acceptance_tell(const struct acceptance *acceptance, struct linker_fdr *ret);

#endif

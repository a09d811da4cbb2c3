/* SPDX-License-Identifier: Apache-2.0 */
/* From which probability on a hop is stated (docs/LINKING.md). Estimates of the share of false
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

/* Two that were taken for strangers; by the keys of their sources. */
struct decoy {
    uint64_t a, b;
    uint8_t kind, bin;
};

#define DECOYS_KEPT 512u /* then the oldest counts for good */

struct acceptance {
    uint64_t targets[ACCEPT_BINS];
    uint64_t decoys[DECOY_KINDS][ACCEPT_BINS]; /* those kept, and those that count for good */
    struct decoy kept[DECOYS_KEPT];            /* oldest first */
    uint32_t kept_count;
    double doubt[ACCEPT_BINS]; /* sum of 1 - p of targets */
    /* far pairs that were looked at: of those that follow each other within a week, and of
     * those weeks off, which are a sample of them. The other kinds stand one for one. */
    uint64_t asked_after, asked_weeks;
    double threshold, bayes, decoy;
    uint64_t frozen_targets, frozen_decoys[DECOY_KINDS];
    int64_t frozen_us;
};

void acceptance_init(struct acceptance *acceptance);

/** Count a decided pair where its probability puts it, instead of where it was. */
void acceptance_target(struct acceptance *acceptance, struct pair *pair);
void acceptance_forget(struct acceptance *acceptance, struct pair *pair);

/** Of several with one a, or one b, the likeliest counts, as it is with hand-overs. */
void acceptance_decoy(struct acceptance *acceptance, enum decoy_kind kind, uint64_t a,
                      uint64_t b, double probability);

/** The kept decoy at `index` was none: those behind it move up. */
void acceptance_drop_decoy(struct acceptance *acceptance, uint32_t index);

/** Whether a step was crossed, and what freezes the threshold then. */
bool acceptance_is_due(const struct acceptance *acceptance, int64_t now_us);
void acceptance_freeze(struct acceptance *acceptance, double fdr, int64_t now_us);
void acceptance_tell(const struct acceptance *acceptance, struct linker_fdr *ret);

#endif

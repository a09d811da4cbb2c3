/* SPDX-License-Identifier: Apache-2.0 */
/* How long a source must be silent before its silence means something (docs/LINKING.md).
 * Pure arithmetic over counts; seconds throughout.
 *
 * Two scales are asked, and the more patient one decides:
 *
 *   - The mean gap. With n gaps over t seconds and exponential gaps of unknown mean, a gap is
 *     longer than s with probability (1 + s/t)^-n. That is the Poisson rule shrunk as few gaps
 *     demand: 12 sessions in nine days must be silent for two weeks, 360 in an hour for 200 s.
 *   - The source's own pauses: for each power of two that more gaps exceed than the mean
 *     explains, gaps beyond it are taken as exponential with their own mean excess, shrunk
 *     towards the power itself. So a scanner of six-hour blocks gets its pause and then some.
 *
 * The bound on false alarms is one per 10^6 source-hours: the probability that a gap outlives
 * the bound, times the gaps per hour. For a CUSUM of rate r against r/20 that starts anew
 * after each gap this is the same rule, its threshold being 0.95 times the exponent. */
#ifndef NJ_SOURCE_SILENCE_H
#define NJ_SOURCE_SILENCE_H

#include <stdint.h>

#define SILENCE_MAX_S (14.0 * 86400)
#define SILENCE_LEAST_S 1800.0
#define PAUSE_BINS 16 /* bin i: gaps from 2^(i+4) s; the last also longer ones */
#define PAUSE_FIRST_S 16.0

/* Gaps between sessions. */
struct gaps {
    double count, total_s;
};

/* Gaps of 16 s and more over the life of a source. */
struct pauses {
    uint32_t count[PAUSE_BINS];
    float sum_s[PAUSE_BINS];
};

/** Count `times` gaps of one length. */
void pauses_add(struct pauses *pauses, double gap_s, uint32_t times);

/** Silence that has probability 10^-3 if the source goes on, 30 minutes to
 * 14 days. */
double silence_gap_s(const struct gaps *gaps);

/**
 * Silence that is decided: false once in 10^6 source-hours.
 *
 * @param gaps    of the episode
 * @param life_s  time over which the pauses were met
 * @param run_s   length of the episode so far: nobody is known to go on without a pause for
 *                much longer than he was watched, so a short run needs 30 minutes, and from
 *                half an hour on the need falls with it, to one minute
 * @param lag_s   silence of the last seconds may be rows that are still to come
 */
double silence_needed_s(const struct gaps *gaps, const struct pauses *pauses, double life_s,
                        double run_s, double lag_s);

/**
 * Silence from which a successor may be named: longer than all that were seen, and of
 * probability 10^-3 at the mean rate. A new pause is the longest of n + 1 with probability
 * 1 / (n + 1), so this alone decides nothing; with a successor at hand it need not.
 *
 * @param longest_s  longest gap of the episode
 */
double silence_quiet_s(const struct gaps *gaps, const struct pauses *pauses, double longest_s,
                       double run_s, double lag_s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "source/silence.h"

#include <math.h>

#define FALSE_PER_S (1e-6 / 3600) /* one in 10^6 source-hours */
#define GAP_EPSILON 1e-3          /* of a gap that long */
#define FLOOR_S 60.0              /* whole steps decide */

static double least(double a, double b)
{
    return a < b ? a : b;
}

static double most(double a, double b)
{
    return a > b ? a : b;
}

void pauses_add(struct pauses *pauses, double gap_s, uint32_t times)
{
    int bin;

    if (gap_s < PAUSE_FIRST_S)
        return;
    bin = ilogb(gap_s / PAUSE_FIRST_S);
    if (bin >= PAUSE_BINS)
        bin = PAUSE_BINS - 1;
    if (times > UINT32_MAX - pauses->count[bin])
        times = UINT32_MAX - pauses->count[bin];
    pauses->count[bin] += times;
    pauses->sum_s[bin] += (float)(least(gap_s, SILENCE_MAX_S) * times);
}

/* Silence that a gap outlives with probability exp(-nats), its mean being known from gaps. */
static double outlived_s(const struct gaps *gaps, double nats)
{
    double exponent;

    if (gaps->count < 1)
        return SILENCE_MAX_S;
    exponent = nats / gaps->count;
    if (exponent > 40)
        return SILENCE_MAX_S;
    return least(most(gaps->total_s, 1e-3) * expm1(exponent), SILENCE_MAX_S);
}

double silence_gap_s(const struct gaps *gaps)
{
    return most(outlived_s(gaps, -log(GAP_EPSILON)), SILENCE_LEAST_S);
}

/* How unlikely one of `count` gaps in `over_s` must be, in nats. */
static double nats_of(double count, double over_s)
{
    return most(log(count / most(over_s, 1) / FALSE_PER_S), 1);
}

/* The most patient of the scales of the source's own pauses; 0 if the mean explains all. */
static double pauses_needed_s(const struct gaps *gaps, const struct pauses *pauses,
                              double life_s)
{
    double mean_s = gaps->count < 1 ? 0 : gaps->total_s / gaps->count;
    double count = 0, sum_s = 0, needed_s = 0;

    for (int bin = PAUSE_BINS - 1; bin >= 0; bin--) {
        double scale_s = ldexp(PAUSE_FIRST_S, bin);
        double excess_s, explained;

        if (pauses->count[bin] == 0)
            continue;
        count += pauses->count[bin];
        sum_s += (double)pauses->sum_s[bin];
        explained = mean_s > 0 ? gaps->count * exp(-scale_s / mean_s) : 0;
        if (count <= 4 * explained + 0.5)
            continue;
        excess_s = (most(sum_s - count * scale_s, 0) + scale_s) / (count + 1);
        needed_s = most(needed_s, scale_s + excess_s * nats_of(count, life_s));
    }
    return needed_s;
}

/* After half an hour nobody is known to go on for much longer than he was watched. */
static double floor_s(double run_s)
{
    return most(SILENCE_LEAST_S * least(SILENCE_LEAST_S / most(run_s, 1), 1), FLOOR_S);
}

/* A pause that was met at least twice, the longest such. */
static double habit_s(const struct pauses *pauses)
{
    for (int bin = PAUSE_BINS - 1; bin >= 0; bin--)
        if (pauses->count[bin] >= 2)
            return (double)pauses->sum_s[bin] / pauses->count[bin];
    return 0;
}

double silence_quiet_s(const struct gaps *gaps, const struct pauses *pauses, double longest_s,
                       double run_s, double lag_s)
{
    double mean_s = gaps->count < 1 ? SILENCE_MAX_S : gaps->total_s / gaps->count;
    double seen_s = most(longest_s, habit_s(pauses));

    /* of a pause of hours the last minutes may be rows still to come: seldom the very ones */
    if (seen_s < 3 * lag_s)
        seen_s += lag_s;
    return least(most(most(floor_s(run_s), seen_s), -log(GAP_EPSILON) * mean_s + lag_s),
                 SILENCE_MAX_S);
}

double silence_needed_s(const struct gaps *gaps, const struct pauses *pauses, double life_s,
                        double run_s, double lag_s)
{
    double own_s = outlived_s(gaps, nats_of(gaps->count, gaps->total_s));

    own_s = most(own_s, pauses_needed_s(gaps, pauses, life_s));
    return least(most(floor_s(run_s), own_s + lag_s), SILENCE_MAX_S);
}

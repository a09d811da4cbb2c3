/* SPDX-License-Identifier: Apache-2.0 */
/* The count X of a week, whose mean is mu and whose variance is mu + mu^2 / k:
 *
 *   mu   trimmed mean of the baseline weeks (their largest is dropped when there are four or
 *        more), scaled by captured hours; with half a count added, which is Jeffreys' prior
 *        The trimmed mean is what is reported. The test takes the whole mean: one without its
 *        largest week is too small, and every fourth week would look surprising.
 *        Where the middle one of the group's ports has a quarter more than expected or still
 *        more, everything rose (a sensor began, an outage ended), and mu is raised as much:
 *        that is no news of one port.
 *   1/k  how much counts scatter beyond Poisson: by moments of this series and of all series
 *        of its size, weighed 1 : 8, and 1 / (all counts of the baseline + 1/2) because mu
 *        is itself known from so many counts only. A port without history has the last
 *        alone: the Gamma-Poisson predictive of a never-seen thing.
 *
 * The weeks that mu is the mean of scatter as well, so that the true mean may be larger: it is
 * mu / U, where U has the gamma distribution of a mean of n such weeks. What is tested is the
 * count's distribution over all U. Its tail is that of an F distribution, much heavier than one
 * of a larger 1/k: of eight low weeks in a row there are many among hundreds of ports. */
#include "trend/surprise.h"

#include <math.h>

#include "base/stat.h"

#define TRIM_FROM 4       /* baseline weeks */
#define SCATTER_MIN 0.005 /* k = 200: no real series is calmer */
#define SCATTER_MAX 2.0
#define UNSURE_FROM 0.2
#define POOL_WEIGHT 8.0 /* of the pooled scatter, against 1 of the series itself */

/* Counts of a series in the baseline weeks, each scaled to the tested week's exposure. */
struct sample {
    double values[HISTORY_BASELINE];
    double raw;   /* sum of counts, unscaled */
    double weeks; /* exposure of the baseline in units of the tested week's */
    uint32_t count;
};

static struct sample sample_of(const struct surprise_model *model, struct history_series series)
{
    const struct history_week *weeks = model->history->weeks;
    double hours = weeks[model->week].hours;
    struct sample sample = {.count = model->baseline_count};

    for (uint32_t i = 0; i < model->baseline_count; i++) {
        const struct history_cell *cell = history_cell_of(series, model->baseline[i]);
        double exposure = weeks[model->baseline[i]].hours;
        double count = cell == NULL ? 0 : (double)cell->count;

        sample.values[i] = count * hours / exposure;
        sample.raw += count;
        sample.weeks += exposure / hours;
    }
    return sample;
}

static double mean_of(const struct sample *sample)
{
    double sum = 0;

    for (uint32_t i = 0; i < sample->count; i++)
        sum += sample->values[i];
    return sum / sample->count;
}

static double variance_of(const struct sample *sample, double mean)
{
    double sum = 0;

    for (uint32_t i = 0; i < sample->count; i++)
        sum += (sample->values[i] - mean) * (sample->values[i] - mean);
    return sum / (sample->count - 1);
}

static unsigned band_of(double mean)
{
    double band = mean < 1 ? 0 : floor(log2(mean)) + 1;

    return band < SURPRISE_BANDS ? (unsigned)band : SURPRISE_BANDS - 1;
}

static double within(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

/* Ratios of counts to what was expected, in steps of a sixteenth of an octave. */
#define RATIO_STEPS 16
#define RATIO_OCTAVES 8 /* up and down */
#define LEVEL_MEAN 5.0  /* ports that have fewer tell nothing of the level */
#define LEVEL_PORTS 10u
#define LEVEL_MIN 1.25

struct ratios {
    uint32_t at[2 * RATIO_OCTAVES * RATIO_STEPS];
    uint32_t count;
};

static void ratio_add(struct ratios *ratios, double ratio)
{
    double place = (log2(fmax(ratio, 0x1p-20)) + RATIO_OCTAVES) * RATIO_STEPS;

    ratios->at[(unsigned)within(place, 0, 2 * RATIO_OCTAVES * RATIO_STEPS - 1)]++;
    ratios->count++;
}

static double level_of(const struct ratios *ratios)
{
    uint32_t below = 0;
    unsigned i = 0;
    double level;

    if (ratios->count < LEVEL_PORTS)
        return 1;
    while (below + ratios->at[i] <= ratios->count / 2)
        below += ratios->at[i++];
    level = exp2((i + 0.5) / RATIO_STEPS - RATIO_OCTAVES);
    return level < LEVEL_MIN ? 1 : level;
}

/* Pool the scatter of all series of the group, by size. A band without any takes over that of
 * the band below. And tell how much the middle one has risen. */
static void pool(struct surprise_model *model)
{
    struct ratios ratios = {0};
    double extra[SURPRISE_BANDS] = {0}, square[SURPRISE_BANDS] = {0};
    struct history_series series;
    size_t at = 0;
    double last = 0.2; /* k = 5, the middle of what is seen */

    while (history_next(model->history, &at, &series)) {
        struct sample sample;
        double mean;

        if (series.cells[0].group != model->group)
            continue;
        sample = sample_of(model, series);
        mean = mean_of(&sample);
        if (mean < 0.5)
            continue;
        extra[band_of(mean)] += variance_of(&sample, mean) - mean;
        square[band_of(mean)] += mean * mean;
        if (mean >= LEVEL_MEAN) {
            const struct history_cell *cell = history_cell_of(series, model->week);

            ratio_add(&ratios, (cell == NULL ? 0 : (double)cell->count) / mean);
        }
    }
    model->level = level_of(&ratios);
    for (unsigned band = 0; band < SURPRISE_BANDS; band++) {
        if (square[band] > 0)
            last = within(extra[band] / square[band], SCATTER_MIN, SCATTER_MAX);
        model->scatter[band] = last;
    }
}

void surprise_model_init(struct surprise_model *model, const struct history *history,
                         uint32_t group, uint32_t week)
{
    const struct history_week *weeks = history->weeks;
    uint32_t first = week;

    *model =
        (struct surprise_model){.history = history, .group = group, .week = week, .level = 1};
    if (weeks[week].hours < SURPRISE_HOURS_MIN)
        return;
    while (first > 0 &&
           weeks[first - 1].monday >= weeks[week].monday - 7 * (int32_t)HISTORY_BASELINE)
        first--;
    for (uint32_t w = first; w < week; w++)
        if (weeks[w].hours >= SURPRISE_HOURS_MIN)
            model->baseline[model->baseline_count++] = w;
    if (model->baseline_count >= 2) /* one week tells no scatter */
        pool(model);
    else
        model->baseline_count = 0;
}

#define STEPS 128

/* P(X >= count) where the mean is mu / U, and U has a gamma distribution of mean 1 and variance
 * `unsure`. By the trapezoidal rule over log U, whose ends hold less than 1e-12. */
static double tail_of_unsure(double count, double mu, double k, double unsure)
{
    double a = 1 / unsure, low = -30 / a - 6 / sqrt(a), high = 4 / a + 6 / sqrt(a);
    double sum = 0, weights = 0;

    for (unsigned i = 0; i <= STEPS; i++) {
        double log_u = low + (high - low) * i / STEPS;
        double weight = exp(a * (log_u - expm1(log_u)));

        sum += weight * nj_nb_tail(count, mu * exp(-log_u), k);
        weights += weight;
    }
    return sum / weights;
}

struct surprise surprise_test(const struct surprise_model *model, struct history_series series)
{
    const struct history_cell *cell = history_cell_of(series, model->week);
    struct surprise result = {.count = cell == NULL ? 0 : (double)cell->count, .p = NAN};
    struct sample sample;
    double mean, largest = 0, scatter, known;

    if (model->baseline_count == 0)
        return result;
    sample = sample_of(model, series);
    mean = mean_of(&sample);
    result.mean = mean;
    result.no_history = sample.raw == 0;
    if (sample.count >= TRIM_FROM) {
        for (uint32_t i = 0; i < sample.count; i++)
            largest = fmax(largest, sample.values[i]);
        result.mean = (mean * sample.count - largest) / (sample.count - 1);
    }
    result.mean *= model->level;
    result.ratio = (result.count + 0.5) / (result.mean + 0.5);
    if (result.count + result.mean < SURPRISE_COUNT_MIN)
        return result;
    known = 1 / (sample.raw + 0.5);
    if (result.no_history) {
        result.p = nj_nb_tail(result.count, 0.5 * model->level / sample.weeks, 0.5);
        return result;
    }
    scatter = mean > 0.5 ? within((variance_of(&sample, mean) - mean) / (mean * mean),
                                  SCATTER_MIN, SCATTER_MAX)
                         : SCATTER_MIN;
    scatter = (scatter + POOL_WEIGHT * model->scatter[band_of(mean)]) / (1 + POOL_WEIGHT);
    mean = (mean + 0.5 / sample.weeks) * model->level;
    result.p = nj_nb_tail(result.count, mean, 1 / (scatter + known));
    if (result.p < UNSURE_FROM) /* the rest are far from any finding */
        result.p =
            tail_of_unsure(result.count, mean, 1 / (scatter + known), scatter / sample.count);
    return result;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The share of a group's leading port, week by week: a finding when it differs from the weeks
 * before by more than they differ among themselves. */
#include <math.h>

#include "base/stat.h"
#include "trend/internal.h"

#define TOTAL_MIN 100.0 /* below, a share is no statement */
#define CHANGE_MIN 0.05 /* of the whole: five points */

static double share_of(const struct history *history, uint32_t group, uint32_t week,
                       struct history_series series)
{
    const struct history_cell *cell = history_cell_of(series, week);
    double total = (double)history_total_of(history, group, week)->count;

    return cell == NULL || total < TOTAL_MIN ? NAN : (double)cell->count / total;
}

/* The group's first port of the weeks before. Not of this week: the one that happens to be
 * largest now would always look grown. */
static struct history_series leader(const struct surprise_model *model)
{
    struct history_series series, best = {0};
    uint64_t most = 0;
    size_t at = 0;

    while (history_next(model->history, &at, &series)) {
        uint64_t sum = 0;

        if (series.cells[0].group != model->group)
            continue;
        for (uint32_t i = 0; i < model->baseline_count; i++) {
            const struct history_cell *cell = history_cell_of(series, model->baseline[i]);

            sum += cell == NULL ? 0 : cell->count;
        }
        if (sum > most) {
            most = sum;
            best = series;
        }
    }
    return best;
}

/* Student's t by its relation to the beta function: two-sided tail. */
static double t_tail(double t, double freedom)
{
    return nj_beta_inc(freedom / 2, 0.5, freedom / (freedom + t * t));
}

int share_test(struct week_test *test, const struct surprise_model *model, struct nj_err *err)
{
    struct history_series series = leader(model);
    double share = share_of(test->history, model->group, test->week, series);
    double shares[HISTORY_BASELINE], mean = 0, variance = 0, total, noise, p;
    struct surprise surprise = {0};
    struct finding finding;
    unsigned n = 0;
    size_t place;

    if (isnan(share))
        return 0;
    for (uint32_t i = 0; i < model->baseline_count; i++) {
        double earlier = share_of(test->history, model->group, model->baseline[i], series);

        if (!isnan(earlier))
            shares[n++] = earlier;
    }
    if (n < 3)
        return 0;
    for (unsigned i = 0; i < n; i++)
        mean += shares[i] / n;
    for (unsigned i = 0; i < n; i++)
        variance += (shares[i] - mean) * (shares[i] - mean) / (n - 1);
    /* at least what counting alone makes */
    total = (double)history_total_of(test->history, model->group, test->week)->count;
    noise = fmax(variance, mean * (1 - mean) / total) * (1 + 1.0 / n);
    p = t_tail((share - mean) / sqrt(noise), n - 1);
    place = family_add(test, p, err);
    if (place == SIZE_MAX)
        return -1;
    if (fabs(share - mean) < CHANGE_MIN || p > test->question->q)
        return 0;
    surprise = (struct surprise){
        .count = share * total, .mean = mean * total, .ratio = share / mean, .p = p};
    finding = finding_of(test, FINDING_SHARE, series, &surprise);
    finding.share = share;
    finding.share_before = mean;
    finding.state = FINDING_CONFIRMED;
    return candidate_add(test, &finding, place, err);
}

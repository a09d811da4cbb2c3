/* SPDX-License-Identifier: Apache-2.0 */
/* Bursts: some hours in which far more sources began with a port than in those hours of the
 * seven days before. A cumulative sum of the log-likelihood ratio of three times the usual
 * against the usual, raised to the level of this week's days, finds the hours (Page 1954); the
 * tail of the sum over these hours is the p-value, times the number of places where such a run
 * could have stood. What is usual is known from some counts only, which widens that tail. */
#include <math.h>
#include <stdlib.h>

#include "base/span.h"
#include "base/stat.h"
#include "trend/internal.h"

#define HOURS_DAY 24
#define HOURS_WEEK (7 * HOURS_DAY)
#define HOURS (2 * HOURS_WEEK) /* the week before, and the week */
#define FACTOR 3.0
/* Where a run could have stood: it begins in some hour, and of lengths about four differ enough
 * to be tests of their own */
#define PLACES (4 * HOURS_WEEK)
/* ln of one false alarm in 1,000 weeks of a port; bench/findings holds it to that */
#define ALARM 6.9
#define SOURCES_MIN 20u /* of a port in the week, to be looked at */
#define MEAN_MIN 0.1    /* an hour's usual count is never taken for less */

/* The hours under test, from the Monday of the week before. */
struct run {
    double counts[HOURS];
};

/* What an hour had in the week before: this hour of its days, and the week as a whole. */
static double usual(const struct run *run, int at)
{
    double same = 0, all = 0;

    for (int day = 0; day < 7; day++)
        same += run->counts[day * HOURS_DAY + at % HOURS_DAY];
    for (int i = 0; i < HOURS_WEEK; i++)
        all += run->counts[i];
    return fmax((same + 3 * all / HOURS_WEEK) / 10, MEAN_MIN);
}

/* How much more the whole week has than the one before: the middle one of its days. Some hours
 * can't move it, and a port that many ask for all week long has no burst. */
static double level(const struct run *run)
{
    double ratios[7];

    for (int day = 0; day < 7; day++) {
        double count = 0, mean = 0;

        for (int at = HOURS_WEEK + day * HOURS_DAY; at < HOURS_WEEK + (day + 1) * HOURS_DAY;
             at++) {
            count += run->counts[at];
            mean += usual(run, at);
        }
        ratios[day] = count / mean;
    }
    qsort(ratios, 7, sizeof(ratios[0]), nj_by_value);
    return fmax(ratios[3], 1);
}

/* 1/k of the hours of the week before. */
static double scatter(const struct run *run)
{
    double mean = 0, variance = 0;

    for (int i = 0; i < HOURS_WEEK; i++)
        mean += run->counts[i] / HOURS_WEEK;
    for (int i = 0; i < HOURS_WEEK; i++)
        variance += (run->counts[i] - mean) * (run->counts[i] - mean) / (HOURS_WEEK - 1);
    if (mean <= 0)
        return 0.5;
    return fmin(fmax((variance - mean) / (mean * mean), 0.02), 2);
}

/* How unsure the usual of some hours is, as its relative variance: it is made of so many counts
 * of the week before. Half a count stands for those that had none. */
static double unsure(const struct run *run, int from, int to)
{
    bool taken[HOURS_DAY] = {false};
    double same = 0, all = 0, sum = 0, hours = to - from + 1;

    for (int i = 0; i < HOURS_WEEK; i++)
        all += run->counts[i];
    for (int at = from; at <= to; at++) {
        int hour = at % HOURS_DAY;

        sum += usual(run, at);
        for (int day = 0; !taken[hour] && day < 7; day++)
            same += run->counts[day * HOURS_DAY + hour];
        taken[hour] = true;
    }
    /* of (same + 3 all / HOURS_WEEK) / 10 in each hour, counts being Poisson */
    return ((same + 0.5) + (all + 0.5) * pow(3 * hours / HOURS_WEEK, 2)) / 100 / (sum * sum);
}

struct burst {
    int from, to; /* hours of `hours`, inclusive; from > to: none */
    double count, mean, p;
};

static struct burst find(const struct run *run)
{
    struct burst burst = {.from = 1, .to = 0, .p = 1};
    double k = 1 / scatter(run), rise = level(run), sum = 0, top = 0;
    int start = HOURS_WEEK;

    for (int at = HOURS_WEEK; at < HOURS; at++) {
        double mean = rise * usual(run, at);

        sum += run->counts[at] * log(FACTOR * (mean + k) / (FACTOR * mean + k)) -
               k * log((FACTOR * mean + k) / (mean + k));
        if (sum <= 0) {
            sum = 0;
            start = at + 1;
        } else if (sum > top) {
            top = sum;
            burst.from = start;
            burst.to = at;
        }
    }
    if (top < ALARM)
        return (struct burst){.from = 1, .to = 0, .p = 1};
    for (int at = burst.from; at <= burst.to; at++) {
        burst.count += run->counts[at];
        burst.mean += rise * usual(run, at);
    }
    /* k of a sum of like hours is that of one, times their number */
    k = 1 / (1 / (k * (burst.to - burst.from + 1)) + unsure(run, burst.from, burst.to));
    burst.p = fmin(1, PLACES * nj_nb_tail(burst.count, burst.mean, k));
    return burst;
}

static int test_port(struct week_test *test, const struct surprise_model *model,
                     struct history_series series, struct nj_err *err)
{
    int32_t first = (test->history->weeks[test->week].monday - 7) * HOURS_DAY;
    struct surprise surprise = {0};
    struct finding finding;
    struct burst burst;
    struct run run;
    size_t place;

    hours_read(test->hours, model->group, series.cells[0].port, first, HOURS, run.counts);
    burst = find(&run);
    place = family_add(test, burst.p, err);
    if (place == SIZE_MAX)
        return -1;
    if (burst.from > burst.to || burst.count - burst.mean < RISE_MIN ||
        burst.count < RATIO_MIN * burst.mean)
        return 0;
    surprise = (struct surprise){.count = burst.count,
                                 .mean = burst.mean,
                                 .ratio = burst.count / burst.mean,
                                 .p = burst.p};
    finding = finding_of(test, FINDING_BURST, series, &surprise);
    finding.unit = UNIT_SOURCES;
    finding.start_us = (int64_t)(first + burst.from) * HOUR_US;
    finding.end_us = (int64_t)(first + burst.to + 1) * HOUR_US;
    finding.state = FINDING_CONFIRMED;
    return candidate_add(test, &finding, place, err);
}

size_t burst_ports(const struct history *history, uint32_t group, uint32_t week,
                   uint32_t ret_ports[BURST_PORTS])
{
    uint64_t counts[BURST_PORTS];
    struct history_series series;
    size_t at = 0, count = 0;

    while (history_next(history, &at, &series)) {
        const struct history_cell *cell = history_cell_of(series, week);
        size_t place;

        if (cell == NULL || cell->group != group || cell->sources < SOURCES_MIN)
            continue;
        for (place = count; place > 0 && counts[place - 1] < cell->sources; place--)
            if (place < BURST_PORTS) {
                counts[place] = counts[place - 1];
                ret_ports[place] = ret_ports[place - 1];
            }
        if (place < BURST_PORTS) {
            counts[place] = cell->sources;
            ret_ports[place] = (uint32_t)cell->port.proto << 16 | cell->port.port;
            count += count < BURST_PORTS;
        }
    }
    return count;
}

int burst_test(struct week_test *test, const struct surprise_model *model, struct nj_err *err)
{
    uint32_t ports[BURST_PORTS];
    size_t count;

    /* the seven days before must have been captured */
    if (test->hours == NULL || model->baseline_count == 0 ||
        model->baseline[model->baseline_count - 1] + 1 != test->week ||
        test->history->weeks[test->week - 1].hours < HOURS_WEEK)
        return 0;
    count = burst_ports(test->history, model->group, test->week, ports);
    for (size_t i = 0; i < count; i++) {
        const struct history_port port = {.proto = (uint8_t)(ports[i] >> 16),
                                          .port = (uint16_t)ports[i]};

        if (test_port(test, model, history_series_of(test->history, model->group, port), err) <
            0)
            return -1;
    }
    return 0;
}

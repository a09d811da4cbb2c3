/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks of ports in a week, and how sure they are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "trend/internal.h"

#define RESAMPLINGS 200u /* tell a certainty of 0.9 to sqrt(0.9 * 0.1 / 200), two points */
#define CONTENDERS 64u   /* ports that may come into the top ten by chance */

static const struct history_cell *cell_at(const struct history *history, uint32_t group,
                                          uint32_t week, struct history_port port)
{
    return history_cell_of(history_series_of(history, group, port), week);
}

uint32_t rank_of(const struct history *history, uint32_t group, uint32_t week,
                 struct history_port port)
{
    const struct history_cell *own = cell_at(history, group, week, port);
    struct history_series series;
    size_t at = 0;
    uint32_t rank = 1;

    if (own == NULL)
        return 0;
    while (history_next(history, &at, &series)) {
        const struct history_cell *other;

        if (series.cells[0].group != group)
            continue;
        other = history_cell_of(series, week);
        if (other == NULL || other == own)
            continue;
        if (other->count > own->count || (other->count == own->count && other < own))
            rank++;
    }
    return rank;
}

/* ---- resampling ---- */

struct contender {
    struct history_port port;
    uint64_t count; /* as counted; then as drawn */
};

struct contenders {
    struct contender items[CONTENDERS];
    size_t count;
};

static int by_count(const void *a, const void *b)
{
    const struct contender *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->port.proto != y->port.proto)
        return x->port.proto < y->port.proto ? -1 : 1;
    return x->port.port < y->port.port ? -1 : x->port.port > y->port.port;
}

/* The group's largest ports of the week. */
static int find_contenders(const struct week_test *test, uint32_t group, struct contenders *ret,
                           struct nj_err *err)
{
    struct contender *all = calloc(test->history->cell_count + 1, sizeof(*all));
    struct history_series series;
    size_t at = 0, count = 0;

    if (all == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a ranking");
    while (history_next(test->history, &at, &series)) {
        const struct history_cell *cell = history_cell_of(series, test->week);

        if (cell != NULL && cell->group == group)
            all[count++] = (struct contender){.port = cell->port, .count = cell->count};
    }
    qsort(all, count, sizeof(*all), by_count);
    ret->count = count < CONTENDERS ? count : CONTENDERS;
    memcpy(ret->items, all, ret->count * sizeof(*all));
    free(all);
    return 0;
}

/* How often a source is drawn: Poisson with mean 1, the bootstrap's weight in the limit. */
static uint32_t weight(struct nj_rng *rng)
{
    double u = (double)nj_rng_u32(rng) / 4294967296.0, p = exp(-1), sum = p;
    uint32_t k = 0;

    while (u > sum && k < 16) {
        k++;
        p /= k;
        sum += p;
    }
    return k;
}

/* What a source asked for among the contenders: pairs of the week, by source. */
struct draw {
    uint32_t source, contender;
};

static bool resample(const struct draw *draws, size_t draw_count, struct contenders *contenders,
                     size_t own, struct nj_rng *rng)
{
    uint32_t drawn = 0, before = 0;

    for (size_t i = 0; i < contenders->count; i++)
        contenders->items[i].count = 0;
    for (size_t i = 0; i < draw_count; i++) {
        if (i == 0 || draws[i].source != draws[i - 1].source)
            drawn = weight(rng);
        contenders->items[draws[i].contender].count += drawn;
    }
    for (size_t i = 0; i < contenders->count; i++)
        before += contenders->items[i].count > contenders->items[own].count;
    return before < RANK_TOP;
}

/* Those pairs of the group that are about contenders. Taken; NULL when out of memory. */
static struct draw *draws_of(const struct pairs *pairs, uint32_t group,
                             const struct contenders *contenders, size_t *ret_count)
{
    struct draw *draws = calloc(pairs->count + 1, sizeof(*draws));
    size_t count = 0;

    for (size_t i = 0; draws != NULL && i < pairs->count; i++) {
        const struct pair *pair = &pairs->items[i];
        uint32_t at = 0;

        if (!pair_in(pair, group))
            continue;
        while (at < contenders->count && !port_equal(contenders->items[at].port, pair->port))
            at++;
        if (at < contenders->count)
            draws[count++] = (struct draw){.source = pair->source, .contender = at};
    }
    *ret_count = count;
    return draws;
}

int rank_certainty(struct week_test *test, uint32_t group, struct history_port port,
                   double *ret_certainty, struct nj_err *err)
{
    struct contenders contenders = {0};
    struct nj_rng rng = nj_rng(0x6e6a, (uint64_t)port.proto << 16 | port.port);
    const struct pairs *pairs = week_pairs(test, err);
    struct draw *draws;
    size_t draw_count, own = 0;
    uint32_t inside = 0;

    if (pairs == NULL || find_contenders(test, group, &contenders, err) < 0)
        return -1;
    while (own < contenders.count && !port_equal(contenders.items[own].port, port))
        own++;
    *ret_certainty = 0;
    if (own == contenders.count)
        return 0;
    draws = draws_of(pairs, group, &contenders, &draw_count);
    if (draws == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a resampling");
    for (unsigned i = 0; i < RESAMPLINGS; i++)
        inside += resample(draws, draw_count, &contenders, own, &rng);
    free(draws);
    *ret_certainty = (double)inside / RESAMPLINGS;
    return 0;
}

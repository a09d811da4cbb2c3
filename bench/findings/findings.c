/* SPDX-License-Identifier: Apache-2.0 */
/* Does the trend engine cry wolf, and does it see the wolf? Histories are generated here and
 * tested week by week by findings_week, by their counts alone.
 *
 *   stationary  each port has one mean for ever; weekly counts are negative binomial
 *   permuted    ports grow, jump and come; then the weeks of each port are dealt out anew, so
 *               that nothing is left to be found but scatter
 *   injected    stationary, with newcomers, bursts and neighbour interest put in
 *
 * Prints a table; the seeds are fixed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "trend/findings.h"
#include "trend/hours.h"

#define WEEKS 68u /* the first eight are baseline only */
#define FIRST 8u
#define MONDAY 18000
#define SEEDS 3u
#define MEDIUM 150u /* ports with sources of their own */
#define QUIET 1.5   /* mean of a port that few ask for */

static const uint16_t known[] = {21,   22,   23,   25,   80,   110,  143,  443,
                                 445,  1433, 1521, 2375, 3306, 3389, 5432, 5555,
                                 5900, 5985, 6379, 8080, 9200, 27017};
#define KNOWN (sizeof(known) / sizeof(known[0]))

struct plan {
    double k;       /* of weekly counts */
    bool permuted;  /* non-stationary first, then dealt out */
    double factor;  /* of an injected newcomer, over the tenth port; 0: none */
    double burst;   /* sources of an injected burst of six hours; 0: none */
    double hunters; /* sources of an injected neighbour; 0: none */
};

struct tally {
    unsigned weeks, by_kind[FINDING_KINDS], injected, found;
};

static struct nj_err err;

static void check(int rc)
{
    if (rc >= 0)
        return;
    (void)fprintf(stderr, "findings: %s\n", err.msg);
    exit(1);
}

/* ---- random numbers
 * -------------------------------------------------------------------------- */

static double uniform(struct nj_rng *rng)
{
    return ((double)nj_rng_u32(rng) + 0.5) / 4294967296.0;
}

static double normal(struct nj_rng *rng)
{
    return sqrt(-2 * log(uniform(rng))) * cos(6.283185307179586 * uniform(rng));
}

/* Gamma of shape k and mean 1 (Marsaglia and Tsang 2000), k over 1. */
static double gamma_mean_one(struct nj_rng *rng, double k)
{
    double d = k - 1.0 / 3, c = 1 / sqrt(9 * d);

    for (;;) {
        double x = normal(rng), v = pow(1 + c * x, 3);

        if (v > 0 && log(uniform(rng)) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v / k;
    }
}

static uint64_t poisson(struct nj_rng *rng, double mean)
{
    double p = exp(-fmin(mean, 50)), product = uniform(rng);
    uint64_t count = 0;

    if (mean > 50) {
        double x = mean + sqrt(mean) * normal(rng);

        return x > 0 ? (uint64_t)(x + 0.5) : 0;
    }
    while (product > p) {
        count++;
        product *= uniform(rng);
    }
    return count;
}

/* ---- histories
 * ------------------------------------------------------------------------------- */

struct series {
    uint16_t port;
    double mean;
    double level[WEEKS]; /* expected count of each week */
    uint64_t counts[WEEKS];
};

struct world {
    struct series *items;
    size_t count;
};

/* The largest of the known ports: bursts are looked for in leading ones only. */
static size_t largest(const struct world *world)
{
    size_t best = 0;

    for (size_t i = 1; i < KNOWN; i++)
        if (world->items[i].mean > world->items[best].mean)
            best = i;
    return best;
}

static void add_series(struct world *world, bool *have, uint32_t port, double mean)
{
    if (port == 0 || port > 65535 || have[port])
        return;
    have[port] = true;
    world->items[world->count++] = (struct series){.port = (uint16_t)port, .mean = mean};
}

static struct world make_world(struct nj_rng *rng)
{
    static bool have[65536];
    struct world world = {.items = calloc(8000, sizeof(*world.items))};

    if (world.items == NULL)
        exit(1);
    memset(have, 0, sizeof(have));
    for (size_t i = 0; i < KNOWN; i++)
        add_series(&world, have, known[i], 60 * exp(1.2 * fabs(normal(rng))));
    for (uint32_t i = 0; i < MEDIUM; i++)
        add_series(&world, have, 40000 + 37 * i, 2 * exp(1.5 * uniform(rng) * 2));
    for (size_t i = 0; i < KNOWN; i++)
        for (int d = -75; d <= 75; d++)
            add_series(&world, have, (uint32_t)(known[i] + d), QUIET);
    return world;
}

static void fill(struct world *world, const struct plan *plan, struct nj_rng *rng)
{
    for (size_t i = 0; i < world->count; i++) {
        struct series *series = &world->items[i];
        uint32_t jump = (uint32_t)nj_rng_below(rng, WEEKS);
        /* what few ask for stays so: the neighbour test compares ports, not weeks */
        bool moves = plan->permuted && i < KNOWN + MEDIUM;
        double growth = moves ? 0.01 * normal(rng) : 0;
        double after = moves && nj_rng_below(rng, 5) == 0 ? exp(normal(rng)) : 1;

        for (uint32_t week = 0; week < WEEKS; week++) {
            series->level[week] = series->mean * exp(growth * week) *
                                  (week >= jump ? after : 1) * gamma_mean_one(rng, plan->k);
            series->counts[week] = poisson(rng, series->level[week]);
        }
        for (uint32_t week = WEEKS; plan->permuted && week > 1; week--) {
            uint32_t other = (uint32_t)nj_rng_below(rng, week);
            uint64_t count = series->counts[week - 1];

            series->counts[week - 1] = series->counts[other];
            series->counts[other] = count;
        }
    }
}

/* ---- hours of the leading ports
 * --------------------------------------------------------------- */

static void fill_hours(const struct world *world, const struct plan *plan, struct nj_rng *rng,
                       uint32_t burst_week, struct hours *hours)
{
    for (size_t i = 0; i < KNOWN; i++)
        for (uint32_t week = 0; week < WEEKS; week++) {
            const struct series *series = &world->items[i];
            uint32_t start = 40 + (uint32_t)nj_rng_below(rng, 100);

            for (uint32_t hour = 0; hour < 168; hour++) {
                double day = 1 + 0.4 * sin(6.283185307179586 * hour / 24);
                double mean = (double)series->counts[week] / 168 * day;
                uint64_t count = poisson(rng, mean);

                if (plan->burst > 0 && i == largest(world) && week == burst_week &&
                    hour >= start && hour < start + 6)
                    count += poisson(rng, plan->burst / 6);
                if (count > 0)
                    check(
                        hours_add(hours,
                                  &(struct hour_cell){
                                      .port = {.port = series->port, .proto = 6},
                                      .hour = (MONDAY + 7 * (int32_t)week) * 24 + (int32_t)hour,
                                      .count = (uint32_t)count},
                                  &err));
            }
        }
    hours_sort(hours);
}

/* ---- one history
 * ------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x > y ? -1 : x < y;
}

/* The mean of the tenth port: what a newcomer must be to come into the top ten. */
static double tenth(const struct world *world)
{
    double means[64];

    for (size_t i = 0; i < KNOWN; i++)
        means[i] = world->items[i].mean;
    qsort(means, KNOWN, sizeof(means[0]), by_size);
    return means[9];
}

/* Put one thing into a week. @return its port, 0 if there is none */
static uint16_t inject(struct world *world, const struct plan *plan, uint32_t week,
                       struct nj_rng *rng)
{
    struct series *series;

    if (plan->factor > 0) { /* any port rises */
        series = &world->items[KNOWN + nj_rng_below(rng, MEDIUM)];
        series->counts[week] = poisson(rng, plan->factor * tenth(world));
        return series->port;
    }
    if (plan->hunters > 0) {
        for (size_t i = KNOWN + MEDIUM; i < world->count; i++)
            if (world->items[i].port == 3390) {
                world->items[i].counts[week] += poisson(rng, plan->hunters);
                return 3390;
            }
    }
    return plan->burst > 0 ? world->items[largest(world)].port : 0;
}

static void add_cells(struct history *history, const struct world *world)
{
    for (size_t i = 0; i < world->count; i++)
        for (uint32_t week = 0; week < WEEKS; week++) {
            uint64_t count = world->items[i].counts[week];

            if (count > 0)
                check(history_add_cell(
                    history,
                    &(struct history_cell){.week = week,
                                           .port = {.port = world->items[i].port, .proto = 6},
                                           .count = count,
                                           .sources = count,
                                           .networks = count,
                                           .actors = count,
                                           .sessions = count},
                    &err));
        }
    for (uint32_t week = 0; week < WEEKS; week++) {
        struct history_total total = {0};

        for (size_t i = 0; i < world->count; i++)
            total.count += world->items[i].counts[week];
        total.sources = total.sessions = total.count;
        check(history_set_total(history, 0, week, &total, &err));
    }
    history_sort(history);
}

static void run_once(const struct plan *plan, uint64_t seed, struct tally *tally)
{
    static const struct findings_question question = {.unit = UNIT_SOURCES, .q = FINDINGS_Q};
    static const enum finding_kind wanted[] = {FINDING_NEWCOMER, FINDING_BURST,
                                               FINDING_NEIGHBOUR};
    struct nj_rng rng = nj_rng(seed, 7);
    struct world world = make_world(&rng);
    bool injecting = plan->factor > 0 || plan->burst > 0 || plan->hunters > 0;
    uint32_t week_in = FIRST + 1 + (uint32_t)nj_rng_below(&rng, WEEKS - FIRST - 2);
    enum finding_kind kind = wanted[plan->factor > 0 ? 0 : plan->burst > 0 ? 1 : 2];
    struct history history;
    struct hours hours = {0};
    uint16_t port = 0;

    fill(&world, plan, &rng);
    if (injecting)
        port = inject(&world, plan, week_in, &rng);
    fill_hours(&world, plan, &rng, week_in, &hours);
    check(history_init(&history, &err));
    for (uint32_t week = 0; week < WEEKS; week++)
        check(history_add_week(&history, MONDAY + 7 * (int32_t)week, 168, &err));
    add_cells(&history, &world);
    for (uint32_t week = injecting ? week_in : FIRST; week < (injecting ? week_in + 1 : WEEKS);
         week++) {
        struct findings findings = {0};
        bool found = false;

        check(findings_week(&history, week, &hours, &question, &findings, &err));
        tally->weeks++;
        for (size_t i = 0; i < findings.count; i++) {
            const struct finding *finding = &findings.items[i];

            if (port != 0 && finding->port.port == port &&
                (finding->kind == kind ||
                 (kind == FINDING_NEWCOMER && finding->kind == FINDING_NEW_PORT)))
                found = true;
            else
                tally->by_kind[finding->kind]++;
        }
        tally->injected += port != 0;
        tally->found += found;
        findings_done(&findings);
    }
    hours_done(&hours);
    history_done(&history);
    free(world.items);
}

static void quiet(const char *name, const struct plan *plan)
{
    struct tally tally = {0};
    unsigned all = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_once(plan, seed, &tally);
    for (size_t i = 0; i < FINDING_KINDS; i++)
        all += tally.by_kind[i];
    (void)printf("%-24s %5u weeks %9.2f in four weeks  (", name, tally.weeks,
                 4.0 * all / tally.weeks);
    for (size_t i = 0; i < FINDING_KINDS; i++)
        (void)printf("%s%s %u", i == 0 ? "" : ", ", finding_names[i], tally.by_kind[i]);
    (void)printf(")\n");
}

static void recall(const char *name, struct plan plan)
{
    static const double ks[] = {5, 2};

    (void)printf("%-24s", name);
    for (size_t i = 0; i < 2; i++) {
        struct tally tally = {0};

        plan.k = ks[i];
        for (uint64_t seed = 1; seed <= 20; seed++)
            run_once(&plan, 1000 + seed, &tally);
        (void)printf("   k = %.0f: %2u of %u", ks[i], tally.found, tally.injected);
    }
    (void)printf("\n");
}

int main(void)
{
    static const double factors[] = {2, 3, 5}, hunters[] = {10, 20, 50},
                        bursts[] = {30, 60, 120};
    char name[64];

    (void)printf("false reports; at most 1 in four weeks is accepted\n");
    quiet("stationary, k = 5", &(struct plan){.k = 5});
    quiet("stationary, k = 2", &(struct plan){.k = 2});
    quiet("permuted, k = 5", &(struct plan){.k = 5, .permuted = true});
    quiet("permuted, k = 2", &(struct plan){.k = 2, .permuted = true});
    (void)printf("\nrecall of what was put in, in its first week\n");
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof(name), "newcomer, tenth x %.0f", factors[i]);
        recall(name, (struct plan){.factor = factors[i]});
    }
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof(name), "burst, 6 h, %.0f sources", bursts[i]);
        recall(name, (struct plan){.burst = bursts[i]});
    }
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof(name), "neighbour, %.0f sources", hunters[i]);
        recall(name, (struct plan){.hunters = hunters[i]});
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "score/bounds.h"

#include <math.h>
#include <string.h>

#include "base/stat.h"

#define TAIL 0.025     /* each side of 95 % */
#define Z 1.9599639845 /* normal quantile of 1 - TAIL */
#define POISSON_EXACT 30
#define SHARE_EXACT 1000
#define HALVINGS 60          /* of an interval of at most 30: 3e-17 of it is left */
#define FRACTION_STEPS 20000 /* the continued fraction needs about sqrt(trials) */

/* P(X >= count) of a Poisson count */
static double poisson_tail(uint64_t count, double mean)
{
    double term = exp(-mean), below = 0;

    for (uint64_t i = 0; i < count; i++) {
        below += term;
        term *= mean / (double)(i + 1);
    }
    return 1 - below;
}

double poisson_lower(uint64_t count)
{
    static _Thread_local double known[POISSON_EXACT]; /* 0: not yet worked out */
    double low = 0, high = (double)count, c = (double)count, root;

    if (count == 0)
        return 0;
    if (count >= POISSON_EXACT) {
        root = 1 - 1 / (9 * c) - Z / (3 * sqrt(c));
        return c * root * root * root;
    }
    if (known[count] > 0)
        return known[count];
    for (unsigned i = 0; i < HALVINGS; i++) {
        double mid = (low + high) / 2;

        *(poisson_tail(count, mid) < TAIL ? &low : &high) = mid;
    }
    known[count] = low;
    return low;
}

/* The continued fraction of the incomplete beta function, by the method of Lentz
 * (DLMF 8.17.22). Converges fast for x below (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1), h;

    d = 1 / (fabs(d) < tiny ? tiny : d);
    h = d;
    for (unsigned m = 1; m < FRACTION_STEPS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

        d = 1 + even * d;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = 1 + even / c;
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        d = 1 + odd * d;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = 1 + odd / c;
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        if (fabs(d * c - 1) < 1e-13)
            break;
    }
    return h;
}

/* I_x(a, b): the chance of a hits or more in a + b - 1 trials of share x */
static double beta_share(double a, double b, double x)
{
    double front;

    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    front = exp(nj_log_gamma(a + b) - nj_log_gamma(a) - nj_log_gamma(b) + a * log(x) +
                b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double share_lower(uint64_t hits, uint64_t trials)
{
    /* of the trials that were asked for last, which are always the same: 0 is not yet known */
    static _Thread_local double known[SHARE_EXACT];
    static _Thread_local uint64_t known_trials;
    double n = (double)trials, p, low = 0, high;

    if (hits == 0 || trials == 0)
        return 0;
    if (hits >= trials)
        return exp(log(TAIL) / n);
    p = high = (double)hits / n;
    if (hits >= SHARE_EXACT)
        return (p + Z * Z / (2 * n) - Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))) /
               (1 + Z * Z / n);
    if (trials != known_trials) {
        memset(known, 0, sizeof(known));
        known_trials = trials;
    }
    if (known[hits] > 0)
        return known[hits];
    for (unsigned i = 0; i < HALVINGS; i++) {
        double mid = (low + high) / 2;

        *(beta_share((double)hits, n - (double)hits + 1, mid) < TAIL ? &low : &high) = mid;
    }
    known[hits] = low;
    return low;
}

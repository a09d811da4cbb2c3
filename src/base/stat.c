/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stat.h"

#include <math.h>
#include <stdlib.h>

#define Z95 1.959963984540054 /* normal quantile of 0.975 */
#define STEPS_MAX 20000
#define PRECISE 1e-14
#define TINY 1e-300 /* in place of a zero that would be divided by */

/* Lentz's way to sum a continued fraction: one step with numerator `a` over denominator `b`. */
struct fraction {
    double c, d, value;
};

static double fraction_step(struct fraction *f, double a, double b)
{
    double factor;

    f->d = b + a * f->d;
    if (fabs(f->d) < TINY)
        f->d = TINY;
    f->c = b + a / f->c;
    if (fabs(f->c) < TINY)
        f->c = TINY;
    f->d = 1 / f->d;
    factor = f->c * f->d;
    f->value *= factor;
    return factor;
}

double nj_log_gamma(double x)
{
    int sign;

    return lgamma_r(x, &sign);
}

static double beta_fraction(double a, double b, double x)
{
    struct fraction f = {.c = TINY, .d = 0, .value = TINY};

    (void)fraction_step(&f, 1, 1);
    for (int m = 0; m < STEPS_MAX; m++) {
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double even = (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2));

        (void)fraction_step(&f, odd, 1);
        if (fabs(fraction_step(&f, even, 1) - 1) < PRECISE)
            break;
    }
    return f.value;
}

double nj_beta_inc(double a, double b, double x)
{
    double front;

    if (!(a > 0) || !(b > 0) || !(x >= 0) || !(x <= 1))
        return NAN;
    if (x == 0 || x == 1)
        return x;
    front = exp(nj_log_gamma(a + b) - nj_log_gamma(a) - nj_log_gamma(b) + a * log(x) +
                b * log1p(-x));
    if (x < (a + 1) / (a + b + 2)) /* where the fraction converges quickly */
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* Upper tail of the gamma distribution, for x over a + 1. */
static double gamma_fraction(double a, double x)
{
    struct fraction f = {.c = 1 / TINY, .d = 1 / (x + 1 - a), .value = 1 / (x + 1 - a)};

    for (int i = 1; i < STEPS_MAX; i++)
        if (fabs(fraction_step(&f, -i * (i - a), x + 2 * i + 1 - a) - 1) < PRECISE)
            break;
    return f.value;
}

static double gamma_series(double a, double x)
{
    double term = 1 / a, sum = term;

    for (int i = 1; i < STEPS_MAX && term > sum * PRECISE; i++) {
        term *= x / (a + i);
        sum += term;
    }
    return sum;
}

double nj_gamma_inc(double a, double x)
{
    double front;

    if (!(a > 0) || !(x >= 0))
        return NAN;
    if (x == 0)
        return 0;
    front = exp(a * log(x) - x - nj_log_gamma(a));
    return x < a + 1 ? front * gamma_series(a, x) : 1 - front * gamma_fraction(a, x);
}

double nj_nb_tail(double x, double mu, double k)
{
    if (!(mu >= 0) || !(k > 0))
        return NAN;
    x = ceil(x);
    if (x <= 0)
        return 1;
    if (mu == 0)
        return 0;
    if (isinf(k))
        return nj_gamma_inc(x, mu);
    return nj_beta_inc(x, k, mu / (mu + k));
}

struct nj_interval nj_wilson(double hits, double n)
{
    double share = hits / n, z2 = Z95 * Z95, middle, half;

    if (!(n > 0))
        return (struct nj_interval){.low = 0, .high = 1};
    middle = (share + z2 / (2 * n)) / (1 + z2 / n);
    half = Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n));
    return (struct nj_interval){.low = fmax(0, middle - half), .high = fmin(1, middle + half)};
}

/* The x at which a rising function of x reaches `goal`, between low and high. */
static double solve(double (*rising)(double x, double a, double b), double a, double b,
                    double goal, double low, double high)
{
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;

        if (rising(middle, a, b) < goal)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static double gamma_of(double x, double a, double b)
{
    (void)b;
    return nj_gamma_inc(a, x);
}

static double beta_of(double x, double a, double b)
{
    return nj_beta_inc(a, b, x);
}

struct nj_interval nj_garwood(double count)
{
    struct nj_interval interval = {0};
    double far = count + 20 + 10 * sqrt(count);

    if (!(count >= 0))
        return (struct nj_interval){.low = NAN, .high = NAN};
    if (count > 0)
        interval.low = solve(gamma_of, count, 0, 0.025, 0, far);
    interval.high = solve(gamma_of, count + 1, 0, 0.975, 0, far);
    return interval;
}

struct nj_interval nj_clopper(double hits, double n)
{
    struct nj_interval interval = {.low = 0, .high = 1};

    if (!(n > 0))
        return interval;
    if (!(hits >= 0) || !(hits <= n))
        return (struct nj_interval){.low = NAN, .high = NAN};
    if (hits > 0)
        interval.low = solve(beta_of, hits, n - hits + 1, 0.025, 0, 1);
    if (hits < n)
        interval.high = solve(beta_of, hits + 1, n - hits, 0.975, 0, 1);
    return interval;
}

struct ranked {
    double p;
    size_t at;
};

static int by_p(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

int nj_benjamini(const double *p, size_t n, double *ret_q)
{
    struct ranked *ranked = calloc(n + 1, sizeof(*ranked));
    size_t tests = 0;
    double least = 1;

    if (ranked == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        ret_q[i] = NAN;
        if (!isnan(p[i]))
            ranked[tests++] = (struct ranked){.p = p[i], .at = i};
    }
    qsort(ranked, tests, sizeof(*ranked), by_p);
    for (size_t i = tests; i-- > 0;) {
        least = fmin(least, ranked[i].p * (double)tests / (double)(i + 1));
        ret_q[ranked[i].at] = least;
    }
    free(ranked);
    return 0;
}

int nj_by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Tails of distributions and intervals of counts. Pure; doubles; no tables.
 *
 * Arguments outside of a function's range give NAN. Accuracy: relative 1e-10 or better for
 * arguments up to 1e6, which is more than any count here deserves. */
#ifndef NJ_BASE_STAT_H
#define NJ_BASE_STAT_H

#include <stddef.h>

struct nj_interval {
    double low, high;
};

/** log of the gamma function's size; lgamma of the C library writes a global, this does not. */
double nj_log_gamma(double x);

/** Of two doubles, for qsort: ascending. */
int nj_by_value(const void *a, const void *b);

/** Regularised incomplete beta function I_x(a, b), a and b over 0, x in [0, 1]. By its
 * continued fraction (Abramowitz and Stegun 26.5.8). */
double nj_beta_inc(double a, double b, double x);

/** Regularised lower incomplete gamma function P(a, x), a over 0 (A. and S. 6.5.29, 6.5.31). */
double nj_gamma_inc(double a, double x);

/** P(X >= x) of a negative binomial count with mean `mu` and variance mu + mu^2 / k; k may be
 * INFINITY (Poisson). x <= 0 gives 1. */
double nj_nb_tail(double x, double mu, double k);

/** Wilson's 95 % interval of a share: `hits` of `n`. n = 0 gives [0, 1]. */
struct nj_interval nj_wilson(double hits, double n);

/** Garwood's exact 95 % interval of a Poisson mean after `count` events. */
struct nj_interval nj_garwood(double count);

/** Clopper and Pearson's exact 95 % interval of a share. n = 0 gives [0, 1]. */
struct nj_interval nj_clopper(double hits, double n);

/**
 * Benjamini and Hochberg's adjusted p-values: accept those at most q, and at most a share q of
 * the accepted is false in the mean (J. R. Stat. Soc. B 57, 1995).
 *
 * @param p      n p-values; those that are NAN are no tests and stay NAN
 * @param ret_q  n adjusted values, in the same order
 * @return 0; -1 when out of memory
 */
int nj_benjamini(const double *p, size_t n, double *ret_q);

#endif

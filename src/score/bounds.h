/* SPDX-License-Identifier: Apache-2.0 */
/* Lower ends of two-sided 95 % intervals: what a count proves at least. Pure. Called by
 * facts.c. */
#ifndef NJ_SCORE_BOUNDS_H
#define NJ_SCORE_BOUNDS_H

#include <stdint.h>

/** Garwood: the least mean of a Poisson count that is `count`. 0 for 0. Exact below 30, above
 * by the cube of Wilson and Hilferty, which is off by less than 0.1 %. */
double poisson_lower(uint64_t count);

/** Clopper-Pearson: the least share of which `hits` of `trials` give account. Exact below 1000
 * hits, above by Wilson's score, which is off by less than 0.1 %. `hits` above `trials` counts
 * as all. 0 for no trials. */
double share_lower(uint64_t hits, uint64_t trials);

#endif

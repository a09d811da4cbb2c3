/* SPDX-License-Identifier: Apache-2.0 */
/* Telescope arithmetic: what a sensor of m addresses can say about the whole Internet
 * (Moore et al., Network Telescopes, CAIDA 2004). Pure. */
#ifndef NJ_TREND_TELESCOPE_H
#define NJ_TREND_TELESCOPE_H

#include <stddef.h>

#include "base/stat.h"
#include "model/addr.h"

/* Rates and coverages are of the whole of IPv4 (ADDR_V4_COUNT), here, in risk receipts and in
 * documents. Who leaves out the reserved ranges has 3.7e9 addresses to go through and sends 14
 * % less for the same hits, which is within every interval of under 200 hits. */
enum telescope_claim {
    TELESCOPE_NOTHING,   /* under 10 hits: no rate can be claimed */
    TELESCOPE_MAGNITUDE, /* 10 to 29: its order of magnitude */
    TELESCOPE_RATE,
};

struct telescope_rate {
    double rate;                 /* probes a second over all of IPv4 */
    struct nj_interval interval; /* 95 %, Garwood's */
    enum telescope_claim claim;
};

/**
 * The rate of a uniform random scanner that hit the sensor so often.
 *
 * @param addresses  of the sensor, over 0
 * @param seconds    that were captured, over 0; else all is NAN
 */
struct telescope_rate telescope_rate(double hits, double addresses, double seconds);

/** The slowest scanner (probes a second over IPv4) that is seen in `seconds` with 95 %. */
double telescope_smallest(double addresses, double seconds);

/** Share of all addresses that a once-over scanner has covered when `targets` distinct ones of
 * the sensor's were hit: Clopper and Pearson's 95 % interval. */
struct nj_interval telescope_coverage(double targets, double addresses);

/** The coverage that a once-over scanner needs to be seen at all with 95 %. */
double telescope_coverage_seen(double addresses);

/** Do hits spread over sensors as their addresses do? p-value of a chi-squared test; NAN for
 * fewer than two sensors or under five expected at one of them. Below 1e-4: localised. */
double telescope_uniform(const double *hits, const double *addresses, size_t count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "trend/telescope.h"

#include <math.h>

/* The interval of a Poisson count (Garwood, 95 %) is half to twice 10 hits, and two thirds to
 * one and a half times 30: below the first no rate is told, below the other its magnitude. */
#define HITS_MAGNITUDE 10
#define HITS_RATE 30
#define SEEN 0.95 /* chance of a hit at which a scan counts as visible */

struct telescope_rate telescope_rate(double hits, double addresses, double seconds)
{
    double scale = ADDR_V4_COUNT / (addresses * seconds);
    struct nj_interval interval = nj_garwood(hits);

    if (!(addresses > 0) || !(seconds > 0) || !(hits >= 0))
        return (struct telescope_rate){.rate = NAN, .interval = {NAN, NAN}};
    return (struct telescope_rate){.rate = hits * scale,
                                   .interval = {interval.low * scale, interval.high * scale},
                                   .claim = hits < HITS_MAGNITUDE ? TELESCOPE_NOTHING
                                            : hits < HITS_RATE    ? TELESCOPE_MAGNITUDE
                                                                  : TELESCOPE_RATE};
}

double telescope_smallest(double addresses, double seconds)
{
    if (!(addresses > 0) || !(seconds > 0))
        return NAN;
    return -log(1 - SEEN) * ADDR_V4_COUNT / (addresses * seconds);
}

struct nj_interval telescope_coverage(double targets, double addresses)
{
    if (!(addresses > 0) || !(targets >= 0) || targets > addresses)
        return (struct nj_interval){NAN, NAN};
    return nj_clopper(targets, addresses);
}

double telescope_coverage_seen(double addresses)
{
    return addresses > 0 ? 1 - pow(1 - SEEN, 1 / addresses) : NAN;
}

double telescope_uniform(const double *hits, const double *addresses, size_t count)
{
    double hit = 0, size = 0, sum = 0;

    for (size_t i = 0; i < count; i++) {
        hit += hits[i];
        size += addresses[i];
    }
    if (count < 2 || !(size > 0))
        return NAN;
    for (size_t i = 0; i < count; i++) {
        double expected = hit * addresses[i] / size;

        if (!(expected >= 5))
            return NAN;
        sum += (hits[i] - expected) * (hits[i] - expected) / expected;
    }
    return 1 - nj_gamma_inc((double)(count - 1) / 2, sum / 2);
}

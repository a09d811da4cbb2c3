/* SPDX-License-Identifier: Apache-2.0 */
/* Real numbers that many sources share (a strength that follows from one session to one port, a
 * tool's weight) stand once, and have a number. The first REALS_MAX that are met are kept. */
#ifndef NJ_SCORE_REALS_H
#define NJ_SCORE_REALS_H

#include <stdint.h>

#define REALS_MAX 65535u

struct reals {
    double *values; /* from 1 */
    uint32_t *slots;
    uint32_t count;
    uint64_t secret;
};

/** @return 0; -1 when out of memory */
int reals_init(struct reals *reals, uint64_t secret);
void reals_done(struct reals *reals);
void reals_clear(struct reals *reals);

/** The number of this very value. @return 0: it has none, the table was full */
uint32_t reals_number(struct reals *reals, double value);

/** @param number  that was given out */
static inline double reals_value(const struct reals *reals, uint32_t number)
{
    return reals->values[number];
}

#endif

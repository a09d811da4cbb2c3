/* SPDX-License-Identifier: Apache-2.0 */
/* For laws of numbers: steps, periods and residues. */
#ifndef NJ_BASE_GCD_H
#define NJ_BASE_GCD_H

#include <stdint.h>

/** The greatest common divisor (Euclid); of 0 and b it is b. */
static inline uint64_t nj_gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

#endif

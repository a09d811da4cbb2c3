/* SPDX-License-Identifier: Apache-2.0 */
/* The little arithmetic behind a verdict. */
#ifndef NJ_FINGERPRINT_CHANCE_H
#define NJ_FINGERPRINT_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

/** log2 of the number of ways to pick k of n; 0 if k > n. Within 0.01 of the truth. */
float chance_log2_choose(uint32_t n, uint32_t k);

static inline bool chance_share_over_2_percent(uint32_t part, uint32_t whole)
{
    return (uint64_t)part * 50 > whole;
}

#endif

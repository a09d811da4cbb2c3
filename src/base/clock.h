/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's clocks, for who waits, or notes when people did something. Stages don't ask:
 * to them time is an argument. */
#ifndef NJ_BASE_CLOCK_H
#define NJ_BASE_CLOCK_H

#include <time.h>

#include "base/span.h"

/** For spans only: never set back. */
static inline int64_t nj_monotonic_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static inline int64_t nj_monotonic_ms(void)
{
    return nj_monotonic_ns() / 1000000;
}

/** Since 1970-01-01 UTC. */
static inline int64_t nj_wall_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static inline int64_t nj_wall_us(void)
{
    return nj_wall_ns() / 1000;
}

#endif

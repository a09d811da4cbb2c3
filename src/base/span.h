/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of time, in the units that the stages count in. */
#ifndef NJ_BASE_SPAN_H
#define NJ_BASE_SPAN_H

#include <stdint.h>

#define HOUR_S 3600
#define DAY_S 86400

#define US_PER_S INT64_C(1000000)
#define MINUTE_US (60 * US_PER_S)
#define HOUR_US (HOUR_S * US_PER_S)
#define DAY_US (DAY_S * US_PER_S)

/** Later times than that of a packet or row don't come: whoever reads them, for whom they are
 * malformed, sees to it. Sums of a few fit. */
#define TIME_MAX_US (INT64_C(1) << 52)
#define TIME_MAX_NS (TIME_MAX_US * 1000)
#define TIME_MAX_TEXT "2112-09-17"

#define NS_PER_S INT64_C(1000000000)
#define HOUR_NS (HOUR_S * NS_PER_S)
#define DAY_NS (DAY_S * NS_PER_S)

/** time / unit, rounded down also before 1970. `unit` is above 0. */
static inline int64_t nj_floor_div(int64_t time, int64_t unit)
{
    return time / unit - (time % unit < 0);
}

#endif

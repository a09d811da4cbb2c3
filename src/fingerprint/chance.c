/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint/chance.h"

#include <math.h>

/* Stirling's series up to 1/x; its error is below 1/(360 x^3), so 0.003 for 1, and it is 0 for
 * 0 by definition. In double: the terms are large and cancel. */
static double log2_factorial(uint32_t x)
{
    double v = x;

    if (x < 2)
        return 0;
    return (v + 0.5) * log2(v) - v * M_LOG2E + 0.5 * log2(2 * M_PI) + M_LOG2E / (12 * v);
}

float chance_log2_choose(uint32_t n, uint32_t k)
{
    if (k >= n || k == 0)
        return 0;
    if (k == 1 || k == n - 1)
        return (float)log2(n);
    return (float)(log2_factorial(n) - log2_factorial(k) - log2_factorial(n - k));
}

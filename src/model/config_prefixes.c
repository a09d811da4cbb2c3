/* SPDX-License-Identifier: Apache-2.0 */
#include "model/config_prefixes.h"

#include <stdlib.h>

#define LENGTHS 129 /* of prefixes: 0 to 128 */

/* By first address, the wider first. */
static int by_address(const void *left, const void *right)
{
    const struct config_prefix *a = left, *b = right;
    int order = addr_compare(a->prefix.first, b->prefix.first);

    return order != 0 ? order : addr_compare(b->prefix.last, a->prefix.last);
}

/* Prefixes are equal, nested or apart, so those around one form a stack. No two in it clash, so
 * if its top is of the same sensor, all are. */
bool config_prefixes_clash(struct config_prefix *prefixes, size_t count,
                           const struct config_prefix *ret_pair[2])
{
    const struct config_prefix *around[LENGTHS];
    size_t depth = 0;

    if (count > 0)
        qsort(prefixes, count, sizeof(*prefixes), by_address);
    for (size_t i = 0; i < count; i++) {
        const struct config_prefix *at = &prefixes[i], *top;

        while (depth > 0 && addr_compare(around[depth - 1]->prefix.last, at->prefix.first) < 0)
            depth--;
        top = depth == 0 ? NULL : around[depth - 1];
        if (top != NULL && (top->sensor != at->sensor || by_address(top, at) == 0)) {
            ret_pair[0] = top->line > at->line ? top : at;
            ret_pair[1] = top->line > at->line ? at : top;
            return true;
        }
        around[depth++] = at;
    }
    return false;
}

/* The smaller first. */
static int by_size(const void *left, const void *right)
{
    const struct sensor_prefix *a = left, *b = right;
    struct addr a_size = {.hi = a->prefix.last.hi - a->prefix.first.hi,
                          .lo = a->prefix.last.lo - a->prefix.first.lo};
    struct addr b_size = {.hi = b->prefix.last.hi - b->prefix.first.hi,
                          .lo = b->prefix.last.lo - b->prefix.first.lo};
    int order = addr_compare(a_size, b_size);

    return order != 0 ? order : addr_compare(a->prefix.first, b->prefix.first);
}

void config_prefixes_sort(struct sensor *sensor)
{
    if (sensor->prefix_count > 0)
        qsort(sensor->prefixes, sensor->prefix_count, sizeof(*sensor->prefixes), by_size);
}

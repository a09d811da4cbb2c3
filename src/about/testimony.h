/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of about/ share. Not for other modules. */
#ifndef NJ_ABOUT_TESTIMONY_H
#define NJ_ABOUT_TESTIMONY_H

#include <jansson.h>

#include "model/addr.h"

/* A route that holds the address, as it was seen. */
struct route {
    struct prefix net;
    uint32_t origin;
    int64_t first_us, last_us;
    bool standing; /* not given up until the end of the data, which is last_us then */
    char list[64];
};

/** Sort as routes_changes and routes_at want it: by first, then the wider one. */
void routes_sort(struct route *routes, size_t count);

/** What changed, as rows (time, prefix, origin, change), by time. What stood at the beginning
 * of the data is no change. Taken; NULL when out of memory */
json_t *routes_changes(const struct route *routes, size_t count);

/** The route at an instant: the most specific one that was seen then or, without one, the one
 * seen nearest to it. @param ret_basis  "seen then", "seen last before", "seen first after"
 * @return NULL: there is none */
const struct route *routes_at(const struct route *routes, size_t count, int64_t us,
                              const char **ret_basis);

#endif

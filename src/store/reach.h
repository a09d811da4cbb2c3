/* SPDX-License-Identifier: Apache-2.0 */
/* At which sensor sources appear first, for trend/reach.h. */
#ifndef NJ_STORE_REACH_H
#define NJ_STORE_REACH_H

#include "store/query.h"

#define REACH_SOURCES_MIN 30u /* of a port; of fewer no row comes */

/** Days on which sensors captured anything: rows (sensor, days). */
int store_reach_days(struct store *store, const struct store_scope *scope,
                     const struct row_sink *sink, struct nj_err *err);

/**
 * Each IPv4 source counted once, at the sensor that it came to first: rows (country, proto,
 * port, sensor, sources), by these; `proto` and `port` are null for all ports together. A
 * country "" is the whole.
 *
 * @param countries  beside the whole; NULL: all
 */
int store_reach(struct store *store, const struct store_scope *scope,
                const char *const *countries, size_t country_count, const struct row_sink *sink,
                struct nj_err *err);

#endif

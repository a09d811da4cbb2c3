/* SPDX-License-Identifier: Apache-2.0 */
/* What a dossier asks of some addresses beside store_source. */
#ifndef NJ_STORE_DOSSIER_H
#define NJ_STORE_DOSSIER_H

#include "model/sample.h"
#include "store/query.h"

#define DOSSIER_SOURCES 64u

/**
 * An object with the lists
 *
 *   hours   weekday (0: Monday), hour (UTC), sessions
 *   places  source, country, asn, first, last, sessions: as the databases said at ingest
 *   traits  source, kind, value, bits, packets, first, last: the leading ones of each kind
 *   spread  sensor, targets: of IPv4's port with most sessions, the sums of its visits' targets
 *   totals  targets (distinct first destinations), sessions, hours (with a session)
 *   hits    targets (at least, unless exact), exact, sessions, hours: of IPv4 at `sensors`
 *
 * @param count    at most DOSSIER_SOURCES
 * @param sensors  names of those that watch a known number of addresses
 * @return 0; -1. *ret is taken
 */
int store_dossier(struct store *store, const struct addr *sources, size_t count,
                  const char *const *sensors, size_t sensor_count, json_t **ret,
                  struct nj_err *err);

#define DOSSIER_REACHED 65536u

/**
 * Whom the addresses reached, as far as their visits hold it: DOSSIER_REACHED pairs at most.
 *
 * @param ret  taken (free): `src` and `dst` alone are set
 * @return 0; -1
 */
int store_dossier_reached(struct store *store, const struct addr *sources, size_t count,
                          struct sample **ret, size_t *ret_count, struct nj_err *err);

#endif

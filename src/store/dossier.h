/* SPDX-License-Identifier: Apache-2.0 */
/* What a dossier asks of some addresses beside store_source. */
#ifndef NJ_STORE_DOSSIER_H
#define NJ_STORE_DOSSIER_H

#include "store/query.h"

#define DOSSIER_SOURCES 64u

/**
 * An object with the lists
 *
 *   hours   weekday (0: Monday), hour (UTC), sessions
 *   places  source, country, asn, first, last, sessions: as the databases said at ingest
 *   traits  source, kind, value, bits, packets, first, last: the leading ones of each kind
 *   spread  sensor, targets: of the port with most sessions, the sums of its visits' targets
 *   totals  targets (distinct first destinations), sessions, hours (with a session)
 *
 * @param count  at most DOSSIER_SOURCES
 * @return 0; -1. *ret is taken
 */
int store_dossier(struct store *store, const struct addr *sources, size_t count, json_t **ret,
                  struct nj_err *err);

#endif

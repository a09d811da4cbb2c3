/* SPDX-License-Identifier: Apache-2.0 */
/* Sampled packets as rows that may be read outside: a destination is never among them, and what
 * follows from the sensor's address is left out. */
#ifndef NJ_ABOUT_PACKETS_H
#define NJ_ABOUT_PACKETS_H

#include <jansson.h>

#include "model/config.h"
#include "store/query.h"

#define PACKETS_MAX 24u

/**
 * Add to the facts: `packets`, a list of time, source, proto, sport, dport (null without
 * ports), type and code (ICMP), flags, window, ttl, id, length, payload (its first bytes,
 * printable ASCII, others as \xNN), tool; and `packets_problem`, why there is none, or "".
 *
 * What follows from the sensor's address (sample/sanitize.h) is not told: such an `id` is null
 * and `id_hidden` true; of a payload the part that names it is "[hidden]". So rows do not
 * depend on a key.
 *
 * @return 0; -1
 */
int about_packets(struct store *store, const struct addr *sources, size_t count,
                  const struct config *config, json_t *facts, struct nj_err *err);

#endif

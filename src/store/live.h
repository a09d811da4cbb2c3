/* SPDX-License-Identifier: Apache-2.0 */
/* A visit on its way to the store, as the fields that filters name: what a filter says of it is
 * what it will say of the stored row. */
#ifndef NJ_STORE_LIVE_H
#define NJ_STORE_LIVE_H

#include "filter/match.h"
#include "store/map.h"
#include "store/store.h"

/* Numbers may be FILTER_NULL, texts "", addresses none. Texts are borrowed. */
struct live_row {
    uint64_t seq; /* no field of filters: it stands first (filter_field.member) */
    int64_t ts_us;
    int64_t proto, dport, sport, asn, ttl, window, tcp_flags;
    int64_t sessions, packets, targets, repeats, answered;
    struct addr src, dst;
    const char *sensor, *class, *country, *tool, *rule, *stack, *app, *user, *conn_state;
};

#define LIVE_USER_MAX (VISIT_USER_MAX + 1)

/** A visit as store_add_visit would store it. Texts are those of the arguments.
 * @param user  room for its user, as long as the row */
void live_row_of(const struct visit *visit, const char *sensor, const struct store_place *place,
                 const struct nj_intern *names, char user[static LIVE_USER_MAX],
                 struct live_row *ret);

/** What the map shows of it. */
void live_row_shown(const struct live_row *row, struct map_visit *ret);

/** The fields that are known of what was noticed about a source: `ts`, `src`, `country`, `asn`.
 * As filter_match_row takes them, for filters of store_filter_fields. */
uint64_t live_noticed_fields(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which AS originated a prefix, from when to when: gathered from the lines that `bgpdump -m`
 * makes of MRT files (RFC 6396), RIB dumps and updates in any order.
 *
 *   TABLE_DUMP2|1588291200|B|192.0.2.1|64496|203.0.113.0/24|64496 64500|IGP|...
 *   BGP4MP|1588334400|A|192.0.2.1|64496|203.0.113.0/24|64496 64501|IGP|...
 *   BGP4MP|1588341600|W|192.0.2.1|64496|203.0.113.0/24
 *
 * One row is kept for each prefix and origin. It stands as long as a peer has it: a peer gives
 * it up by a withdrawal, or by announcing the prefix with another origin. So what is read
 * should be in the order of time; lines older than what is known of a row only make it begin
 * earlier. */
#ifndef NJ_TESTIMONY_ROUTES_H
#define NJ_TESTIMONY_ROUTES_H

#include "testimony/statement.h"

#define ROUTES_GATHERED_MAX 4000000u /* the whole table had 1.3 million prefixes in 2025 */

struct routes;

struct routes_counts {
    uint64_t lines, announced, withdrawn;
    uint64_t sets;    /* the path ends in an AS_SET (RFC 9774): no one origin */
    uint64_t special; /* default routes, and prefixes that are none */
    uint64_t refused; /* other lines that can't be used */
    uint64_t bad_line;
    uint64_t dropped; /* over ROUTES_GATHERED_MAX */
    int64_t first_us, last_us;
};

/** @return NULL when out of memory */
struct routes *routes_new(void);
void routes_free(struct routes *routes);

/** One line without its end. @return 0; -1 NJ_NOMEM */
int routes_line(struct routes *routes, const char *line, size_t length, struct nj_err *err);

/** What was known before: a prefix had an origin in that time, and may have it still.
 * @return as routes_line */
int routes_known(struct routes *routes, const struct statement *known, uint32_t origin,
                 bool standing, struct nj_err *err);

/** Hand on all rows, by prefix, then origin. `to_us` is when the last peer gave it up or, while
 * it stands, when it was announced last. The value is {"origin": N, "standing": true}. */
int routes_each(struct routes *routes, statement_fn fn, void *ctx, struct nj_err *err);

const struct routes_counts *routes_counts(const struct routes *routes);

#endif

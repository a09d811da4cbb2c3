/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of segments as the later stages take them: cells of the engine's chunks become visits
 * and traits. Not for other modules. */
#ifndef NJ_STORE_REPLAY_ROW_H
#define NJ_STORE_REPLAY_ROW_H

#include "model/trait.h"
#include "model/visit.h"
#include "store/internal.h"

/* What row_visit and row_trait want selected, in this order. */
#define VISIT_COLUMNS                                                                          \
    "ts, duration_us, handed, seq, src, dst, sensor, proto, dport, sessions, packets, bytes,"  \
    " targets, sport, sport_min, sport_max, sport_bands, repeats, answered, ttl, ttl_min,"     \
    " ttl_max, tcp_flags, \"window\", class, rule, tool, stack, instance, app, country, asn"
#define TRAIT_COLUMNS "ts, src, sensor, kind, value, bits, packets"
#define TRAIT_TIME 0 /* the column, microseconds since 1970 */

/* The columns of a chunk, by the order of the SELECT. */
struct row_reader {
    struct duck_query *query;
    duckdb_data_chunk chunk;
    const void *data[32];
    uint64_t *validity[32];
    idx_t row, rows;
    bool ended;
};

/* The text that a column had last, and its number: rows of one source stand together, and
 * seldom change it. */
struct last_name {
    char text[64];
    uint32_t length, number;
};

#define ROW_NAMES 6

struct row_names {
    struct nj_intern *names; /* borrowed */
    struct last_name last[ROW_NAMES];
};

/** Stands at the first row, or has ended. @return 0; -1 */
int row_reader_open(struct store *store, const char *sql, const struct duck_value *values,
                    size_t count, struct row_reader *ret, struct nj_err *err);
/** Step to the next row. @return whether there is one */
bool row_reader_next(struct row_reader *reader);
void row_reader_close(struct row_reader *reader);

/** A 64-bit cell of the present row; 0 for NULL. */
int64_t row_number(const struct row_reader *reader, unsigned column);
/** The present row; what the row does not have is left as it is. */
void row_visit(struct row_names *names, const struct row_reader *reader, struct visit *ret,
               struct store_place *ret_place);
void row_trait(struct row_names *names, const struct row_reader *reader, struct trait *ret);

#endif

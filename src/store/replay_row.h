/* SPDX-License-Identifier: Apache-2.0 */
/* Stored rows as the later stages take them: cells of the engine's chunks, or rows of the
 * stage, become the same visits and traits. Not for other modules. */
#ifndef NJ_STORE_REPLAY_ROW_H
#define NJ_STORE_REPLAY_ROW_H

#include <stddef.h>

#include "model/trait.h"
#include "model/visit.h"
#include "store/fields.h"
#include "store/internal.h"

/* A visit up to its payload, which no later stage asks for, as it waits for its turn. */
#define ROW_BYTES offsetof(struct visit, payload_length)

struct replay_row {
    unsigned char visit[ROW_BYTES];
    struct store_place place;
};

/* What row_visit and row_trait want selected, in this order. */
#define VISIT_COLUMNS                                                                          \
    "ts, duration_us, " STORED_HANDED                                                          \
    " AS handed_on, seq, src, dst, sensor, proto, dport, sessions, packets, bytes,"            \
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

/* Numbers of the texts of staged rows, which are known by their addresses as long as no text
 * moves. */
#define STAGED_KNOWN 512u

struct staged_names {
    struct nj_intern *names; /* borrowed */
    struct {
        const char *text;
        uint32_t number;
    } known[STAGED_KNOWN];
};

/** Forget the addresses: those of a commit before may be others' now. */
void staged_names_begin(struct staged_names *names);

/** As row_visit and row_trait, from what the stage holds. */
void staged_visit(struct staged_names *names, const struct row *row, struct visit *ret,
                  struct store_place *ret_place);
void staged_trait(struct staged_names *names, const struct trait_row *row, const uint8_t *heap,
                  struct trait *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The columns that a format's SELECT may give, found among those that it gives, and the cells
 * of the chunk at hand. For fields.c, which makes packets of rows. */
#ifndef NJ_LOG_COLUMNS_H
#define NJ_LOG_COLUMNS_H

#include "duck/duck.h"
#include "model/addr.h"

/* One for each name; docs/LOG-FORMATS.md says what they mean. */
enum field {
    F_N,
    F_TS,
    F_TS_LOCAL,
    F_TS_YEARLESS,
    F_SRC,
    F_DST,
    F_SPORT,
    F_DPORT,
    F_PROTO,
    F_ICMP_TYPE,
    F_ICMP_CODE,
    F_SENSOR,
    F_OUTGOING,
    F_TTL,
    F_TOS,
    F_IP_ID,
    F_DF,
    F_FRAGMENT,
    F_IP_LENGTH,
    F_TCP_FLAGS,
    F_WINDOW,
    F_PACKETS,
    F_BYTES,
    F_DURATION_US,
    F_ANSWERED,
    F_USER,
    F_APP,
    F_CONN_STATE,
    F_COUNTRY,
    F_PAYLOAD,
    F_CLASS,
    F_RULE,
    F_SESSION,
    F_CONTEXT,
    F_PART_OF,
    F_STANDS_IN,
    F_QUOTED_SRC,
    F_QUOTED_DST,
    F_QUOTED_PROTO,
    F_QUOTED_SPORT,
    F_QUOTED_DPORT,
    FIELD_COUNT,
};

/* One column, and what it has in the chunk at hand. */
struct column {
    bool present;
    idx_t at;
    duckdb_type type;
    void *data;
    uint64_t *validity;
};

struct columns {
    struct column of[FIELD_COUNT];
};

/** Borrowed from the chunk, not terminated. */
struct cell_text {
    const char *bytes;
    size_t length;
};

/** Read off a prepared SELECT which column is which field.
 * @param format  its name, for messages
 * @return 0; -1 NJ_CONFIG for a column that is no field, is there twice or is of a type that
 *         can't hold it; NJ_NOMEM */
int columns_bind(struct columns *columns, const char *format, duckdb_prepared_statement select,
                 struct nj_err *err);

/** Take a chunk of results; borrowed until the next one is taken. */
void columns_chunk(struct columns *columns, duckdb_data_chunk chunk);

/** @return the name of a field */
const char *columns_name(enum field field);

/** Whether a row has a field that the SELECT gives: a number or address of which a log says
 * that it has none ("-", "N/A") it has not. */
bool columns_told(const struct columns *columns, enum field field, size_t row);
/** Whether the SELECT gives the field, and the row has it. All below but columns_true are asked
 * for what a row has. */
static inline bool columns_has(const struct columns *columns, enum field field, size_t row)
{
    return columns->of[field].present && columns_told(columns, field, row);
}
struct cell_text columns_text(const struct columns *columns, enum field field, size_t row);
/** The same without the blanks around it, which CSV keeps (RFC 4180 2.4) and people write. */
struct cell_text columns_trimmed(const struct columns *columns, enum field field, size_t row);
/** Whether a text is one of the many in which logs write what is not known, or empty. */
bool columns_says_nothing(struct cell_text text);
/** A time in microseconds since 1970, or `n`. */
int64_t columns_i64(const struct columns *columns, enum field field, size_t row);
/** @return false if the row does not have it */
bool columns_true(const struct columns *columns, enum field field, size_t row);

/* Cells that need not be what they should: a cell that is not there leaves *ret_value as it is.
 * @param reason  FIELDS_REASON bytes (fields.h), filled on FIELDS_REJECT
 * @return 0; FIELDS_REJECT */

/** A number from 0 to `max`, of an integer or of text, decimal or 0x hexadecimal. */
int columns_number(const struct columns *columns, enum field field, size_t row, int64_t max,
                   int64_t *ret_value, char *reason);
int columns_address(const struct columns *columns, enum field field, size_t row,
                    struct addr *ret_address, char *reason);
/** An IP protocol by number or name. */
int columns_protocol(const struct columns *columns, enum field field, size_t row,
                     uint8_t *ret_proto, char *reason);

/** Why a row is rejected: one line of printable ASCII, since it quotes a stranger.
 * @param reason  FIELDS_REASON bytes. @return FIELDS_REJECT */
int columns_reject(char *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

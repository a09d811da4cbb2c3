/* SPDX-License-Identifier: Apache-2.0 */
/* Ledgers: what each source did on a day, so that a question about few addresses over many
 * days reads a few kilobytes of each, where DuckDB takes half a millisecond to open and search
 * a file. The sums are those of summaries/sources without country and AS, with the spread of
 * source ports beside them, in the order of the sources.
 *
 * One file belongs to the visits of a day and commit (numbers as in base/pack.h):
 *
 *   blocks     entries of sources, ascending; a block ends where it has 4 KiB or more
 *   directory  of each block: 16 its first source, 8 where it begins
 *   texts      each ended by a zero, the first is ""
 *   24         8 where the directory begins, 4 blocks, 4 texts, 8 "NJledg1\n"
 *
 *   entry      1 leading bytes that the address shares with the one before in its block, the
 *              other bytes of the 16, count of bytes of its rows, rows
 *   row        count sensor, count 4 * class + bits, count tool (these are numbers of texts),
 *              1 proto, 2 dport, count sessions, count packets, 2 sport_min,
 *              count sport_max - sport_min,
 *              bit 0: 8 sport_bands, otherwise those of sport_min and sport_max,
 *              bit 1: count days until that of the last packet, otherwise 0
 *
 * They are segments like others: listed by the catalog with their digest, set aside with the
 * visits of their commit, made anew by compaction, dropped by expiry. */
#ifndef NJ_STORE_LEDGER_H
#define NJ_STORE_LEDGER_H

#include <stdbool.h>

#include "base/intern.h"
#include "store/internal.h"

/* Sums of one day, source, sensor, class, tool, protocol and destination port. */
struct ledger_row {
    struct addr src;
    const char *sensor, *class, *tool; /* NULL and "": unknown */
    uint64_t sessions, packets, sport_bands;
    uint32_t days; /* from this day to that of the last packet */
    int32_t day;   /* days since 1970; that of the file */
    uint16_t dport, sport_min, sport_max;
    uint8_t proto;
};

/* As columns of SQL. */
enum ledger_column {
    LEDGER_SRC,
    LEDGER_SENSOR,
    LEDGER_CLASS,
    LEDGER_TOOL,
    LEDGER_PROTO,
    LEDGER_DPORT,
    LEDGER_SESSIONS,
    LEDGER_PACKETS,
    LEDGER_SPORT_MIN,
    LEDGER_SPORT_MAX,
    LEDGER_SPORT_BANDS,
    LEDGER_LAST, /* day or time of the last packet */
    LEDGER_DAY,
    LEDGER_COLUMNS
};

/* ---- writing (ledger_write.c) ---- */

struct ledger_writer;

/** @param out  borrowed. @return 0; -1 NJ_NOMEM */
int ledger_writer_new(FILE *out, struct ledger_writer **ret, struct nj_err *err);
/** Sources ascend. @return 0; -1 NJ_IO, NJ_NOMEM, NJ_STORE (they do not) */
int ledger_writer_add(struct ledger_writer *writer, const struct ledger_row *row,
                      struct nj_err *err);
/** Write what is behind the blocks. @return 0; -1 */
int ledger_writer_end(struct ledger_writer *writer, struct nj_err *err);
void ledger_writer_free(struct ledger_writer *writer);

/* ---- making segments (ledger_make.c) ---- */

/** Write rows [start, end) of the staged sums of sources, which are of one day. @return 0; -1
 */
int ledger_stage(struct store *store, size_t start, size_t end, int32_t day,
                 struct segment_list *list, struct nj_err *err);

/** Write those of a day's visits, which `from` names in SQL. @return 0; -1 */
int ledger_join(struct store *store, const char *from, int32_t day, struct segment_list *list,
                struct nj_err *err);

/* ---- reading (ledger.c) ---- */

struct ledger_rows {
    struct ledger_row *items;
    size_t count, room;
    struct nj_intern *texts; /* of the rows */
};

/** Append what a file says of some sources.
 * @param sources  ascending, each once
 * @param rows     to be freed by ledger_rows_done, also after an error
 * @return 0; -1 NJ_IO, NJ_FORMAT, NJ_NOMEM. Cost: three reads of few kilobytes for one source
 */
int ledger_read(int fd, uint64_t size, int32_t day, const struct addr *sources, size_t count,
                struct ledger_rows *rows, struct nj_err *err);
void ledger_rows_done(struct ledger_rows *rows);

/* ---- asking (ledger_table.c) ---- */

/** Follow a list of healthy segments of all kinds: is there a ledger of all visits? Makes the
 * table function `ledgers` known to DuckDB. @return 0; -1 */
int ledger_follow(struct store *store, const struct segment_list *list, struct nj_err *err);
void ledger_done(struct store *store);

/** Write where sums of some sources come from, as SQL: `ledgers([...])`, which has the
 * columns of struct ledger_row and `last`, the day of the last packet. Without ledgers, as
 * in a store that an older nightjar has written and no compaction has seen, of the summary
 * `sources` what it has. */
void ledger_from(const struct store *store, const struct addr *sources, size_t count,
                 FILE *out);

/** Whether all visits that the store asks have their ledger. */
bool ledger_whole(const struct store *store);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Ledgers: what each source did on a day, so that a question about few addresses over many
 * days reads a few kilobytes of each, where DuckDB takes milliseconds to open and search a
 * file. The sums are those of summaries/sources without country and AS, with rule, stack and
 * the spread of source ports beside them, in the order of the sources.
 *
 * One file belongs to the visits of a day and commit (numbers as in base/pack.h):
 *
 *   blocks     entries of sources, ascending; a block ends where it has 4 KiB or more
 *   directory  of each block: 16 its first source, 8 where it begins
 *   texts      each ended by a zero, the first is ""
 *   24         8 where the directory begins, 4 blocks, 4 texts, 8 "NJledg2\n"
 *
 *   entry      1 leading bytes that the address shares with the one before in its block, the
 *              other bytes of the 16, count of the bytes behind, head, rows
 *   head       count microseconds from the day's begin to the first packet, signed from there
 *              to the last, count 2 * sampled source ports + exact, of each port the count of
 *              ports between it and the one before
 *   row        count sensor, count 2 * class + bands, count rule, count tool, count stack
 *              (these are numbers of texts), 1 proto, 2 dport, count sessions, count packets,
 *              2 sport_min, count sport_max - sport_min,
 *              bands: 8 sport_bands, otherwise those of sport_min and sport_max
 *
 * They are segments like others: listed by the catalog with their digest, set aside with the
 * visits of their commit, made anew by compaction, dropped by expiry. */
#ifndef NJ_STORE_LEDGER_H
#define NJ_STORE_LEDGER_H

#include <stdbool.h>

#include "base/intern.h"
#include "store/internal.h"

/* What holds of all that one source did on a day. */
struct ledger_entry {
    struct addr src;
    int64_t first_us, last_us;       /* the first and the last packet */
    size_t sport_start, sport_count; /* its source ports as visits sampled them, in an array
                                      * beside it: ascending, each once */
    bool exact; /* there were no others: no visit had more sessions than samples */
};

/* Sums of one day, source, sensor, class, rule, tool, stack, protocol and destination port. */
struct ledger_row {
    size_t entry; /* number of its entry, where rows were read */
    const char *sensor, *class, *rule, *tool, *stack; /* NULL and "": unknown */
    uint64_t sessions, packets, sport_bands;
    uint16_t dport, sport_min, sport_max;
    uint8_t proto;
};

/* As columns of SQL. */
enum ledger_column {
    LEDGER_SRC,
    LEDGER_SENSOR,
    LEDGER_CLASS,
    LEDGER_RULE,
    LEDGER_TOOL,
    LEDGER_STACK,
    LEDGER_PROTO,
    LEDGER_DPORT,
    LEDGER_SESSIONS,
    LEDGER_PACKETS,
    LEDGER_SPORT_MIN,
    LEDGER_SPORT_MAX,
    LEDGER_SPORT_BANDS,
    LEDGER_FIRST, /* these three of all rows of the source and day */
    LEDGER_LAST,
    LEDGER_EXACT,
    LEDGER_SPORTS, /* those of the source and day, on the first of its rows */
    LEDGER_DAY,
    LEDGER_COLUMNS
};

/* ---- writing (ledger_write.c) ---- */

struct ledger_writer;

/** @param out  borrowed. @return 0; -1 NJ_NOMEM */
int ledger_writer_new(FILE *out, int32_t day, struct ledger_writer **ret, struct nj_err *err);
/** Begin the entry of a source; sources ascend, each once.
 * @param sports  in which the entry's ports stand
 * @return 0; -1 NJ_IO, NJ_NOMEM, NJ_STORE (they do not, or its first packet is of
 * another day) */
int ledger_writer_begin(struct ledger_writer *writer, const struct ledger_entry *entry,
                        const uint16_t *sports, struct nj_err *err);
/** Add a row to it. @return 0; -1 NJ_NOMEM */
int ledger_writer_add(struct ledger_writer *writer, const struct ledger_row *row,
                      struct nj_err *err);
/** Write what is behind the blocks. @return 0; -1 */
int ledger_writer_end(struct ledger_writer *writer, struct nj_err *err);
void ledger_writer_free(struct ledger_writer *writer);

/* ---- making segments (ledger_make.c) ---- */

/** Write that of the staged visits [start, end), which are of one day. @return 0; -1 */
int ledger_stage(struct store *store, size_t start, size_t end, int32_t day,
                 struct segment_list *list, struct nj_err *err);

/** Write that of a day's visits, which `from` names in SQL and gives in the order of the
 * sources. @return 0; -1 */
int ledger_join(struct store *store, const char *from, int32_t day, struct segment_list *list,
                struct nj_err *err);

/* ---- reading (ledger.c) ---- */

struct ledger_rows {
    struct ledger_row *items;
    size_t count, room;
    struct ledger_entry *entries;
    size_t entry_count, entry_room;
    uint16_t *sports; /* of the entries */
    size_t sport_count, sport_room;
    struct nj_intern *texts; /* of the rows */
};

/** Append what a file says of some sources.
 * @param sources  ascending, each once
 * @param rows     to be freed by ledger_rows_done, also after an error
 * @return 0; -1 NJ_IO, NJ_FORMAT, NJ_NOMEM. Cost: three reads of few kilobytes
 * for one source */
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
 * `sources` what it has: neither rule and stack nor source ports. */
void ledger_from(const struct store *store, const struct addr *sources, size_t count,
                 FILE *out);

/** Whether all visits that the store asks have their ledger. */
bool ledger_whole(const struct store *store);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of store/ share. Not for other modules. */
#ifndef NJ_STORE_INTERNAL_H
#define NJ_STORE_INTERNAL_H

#include <duckdb.h>
#include <limits.h>
#include <sqlite3.h>
#include <time.h>

#include "duck/duck.h"
#include "store/store.h"

#define STORE_VERSION 8   /* of the catalog */
#define DERIVED_VERSION 8 /* since when its derived tables are as they are */
#define SCHEMA_VERSION 1  /* of the stored fields */

/* Retired segments stay on disk this long, so that a query that has listed them can end. */
#define SEGMENT_GRACE_S 300

/* The kinds of segments, each a folder of the store. */
enum segment_kind {
    SEGMENT_VISITS,
    SEGMENT_TRAITS,
    SEGMENT_COUNTS,  /* summaries/counts: day x sensor x class x country x proto x port */
    SEGMENT_SOURCES, /* summaries/sources: day x sensor x source x proto x port x class x
                      * tool */
    SEGMENT_SAMPLES,
    SEGMENT_FIRST_LEDGERS, /* of version 5 of the catalog: no longer read, dropped by
                            * compaction */
    SEGMENT_LEDGERS,       /* summaries/ledgers: ledger.h; no Parquet */
    SEGMENT_KINDS,         /* the numbers are stored: append only */
};

struct stage;
struct ranking;
struct kept;
struct client_list;
struct ledgers;
struct recent;

/* verdicts.c: as of which commit of others (data_version) or our own, and of which views, what
 * it keeps was made. */
struct verdicts_version {
    int64_t others, own;
    uint64_t views;
    bool known, any;
};

struct segment {
    int64_t id;
    enum segment_kind kind;
    char path[160]; /* below the store's folder */
    int32_t day;    /* days since 1970 */
    int64_t commit;
    uint64_t rows, size, digest;
    int64_t inode, mtime_ns; /* as of the last time its digest was checked */
    struct handed {
        int64_t first_us, last_us;
        bool known;
    } handed; /* when its rows were handed on: where they were just staged */
};

struct segment_list {
    struct segment *items;
    size_t count, room;
};

/* Files of the staging folder that wait for their commit. */
struct prepared {
    struct segment_list list;
    struct segment state;  /* of the packet stages */
    uint64_t state_number; /* 0: there is none */
};

struct store {
    char dir[PATH_MAX / 2];
    int lock_fd;    /* -1 for readers */
    int waiting_fd; /* lock.c; -1 until store_wanted asks */
    sqlite3 *catalog;
    struct duck *duck;
    struct duck *writer;   /* writers only: write.c's connection to the same engine */
    struct stage *stage;   /* writers only */
    struct recent *recent; /* writers whose later stages take rows: recent.h; or NULL */
    struct prepared prepared;
    sqlite3_stmt *add_alert;     /* alerts.c: prepared when it is first needed; or NULL */
    struct ranking *ranking;     /* ranking.c: of the last question about suspects; or NULL */
    struct store_memory *memory; /* borrowed; or NULL */
    struct kept *kept[SEGMENT_KINDS]; /* memory.c: what of it this handle uses; or NULL */
    struct ledgers *ledgers;          /* ledger_table.c; or NULL */
    struct verdicts_version verdicts; /* of the table for the engine */
    struct client_list *client_list;  /* verdicts.c; or NULL */
    uint64_t views;                   /* views.c: how often they were made */
    uint64_t family_views;            /* families.c: of which it keeps their words */
    uint64_t last_seq;
    bool one_thread;    /* DuckDB works in the caller's thread alone, see store_write */
    bool engine_locked; /* visits.c: the user's SQL can reach nothing but the store */
};

extern const char *const segment_folders[SEGMENT_KINDS];

/* lock.c */
/** Take the writer's lock, waiting for it as the options say. @return 0; -1 NJ_BUSY, NJ_IO */
int lock_take(struct store *store, const struct store_options *options, struct nj_err *err);

/* catalog.c */
int catalog_open(struct store *store, bool write, struct nj_err *err);
/** Wait so long for another's transaction, instead of 10 s. */
void catalog_wait(struct store *store, unsigned seconds);
int catalog_exec(struct store *store, const char *sql, struct nj_err *err);
int catalog_prepare(struct store *store, const char *sql, sqlite3_stmt **ret,
                    struct nj_err *err);
/** Step a statement that gives no rows and finalise it. */
int catalog_run(struct store *store, sqlite3_stmt *stmt, struct nj_err *err);
/** Step one that gives no rows, and make it ready for the next values. */
int catalog_step(struct store *store, sqlite3_stmt *stmt, struct nj_err *err);
/** Go to the next row of a statement, which the caller finalises. @return 1; 0 behind the last;
 * -1 */
int catalog_next(struct store *store, sqlite3_stmt *stmt, struct nj_err *err);
int catalog_fail(struct store *store, struct nj_err *err);
/** Is a table there that is made when it is first needed? @return 1; 0; -1 */
int catalog_has(struct store *store, const char *table, struct nj_err *err);
/** Begin a transaction, and make what it needs.
 * @param tables  SQL that makes tables if they are missing, or NULL */
int catalog_begin(struct store *store, const char *tables, struct nj_err *err);
/** End it: commit unless rc is negative. @return rc; -1: it was rolled back */
int catalog_end(struct store *store, int rc, struct nj_err *err);
/** And when its rows were handed on, if that is known. */
int catalog_add_segment(struct store *store, const struct segment *segment, struct nj_err *err);
int catalog_add_span(struct store *store, const char *path, int64_t first_us, int64_t last_us,
                     struct nj_err *err);

/** An address as DuckDB holds a UUID: a number with the top bit flipped. */
static inline duckdb_uhugeint uuid_of(struct addr a)
{
    return (duckdb_uhugeint){.lower = a.lo, .upper = a.hi ^ UINT64_C(1) << 63};
}

static inline struct addr addr_of_uuid(duckdb_uhugeint uuid)
{
    return (struct addr){.hi = uuid.upper ^ UINT64_C(1) << 63, .lo = uuid.lower};
}

/* state_file.c */
/** Write a state to `path`. It is not durable yet. */
int state_put(const char *path, store_snapshot_fn write, void *ctx, struct nj_err *err);
/** Write a state to `path`, and seal it. */
int state_write(const char *path, store_snapshot_fn write, void *ctx, struct segment *ret,
                struct nj_err *err);

/* segment.c */
/** Live segments of a kind (SEGMENT_KINDS: of all), by day and commit. */
int segment_list(struct store *store, enum segment_kind kind, struct segment_list *ret,
                 struct nj_err *err);
void segment_list_done(struct segment_list *list);
int segment_list_add(struct segment_list *list, const struct segment *segment,
                     struct nj_err *err);
/** Size, digest, inode and time of a finished file, into *segment. */
int segment_measure(const char *path, struct segment *segment, struct nj_err *err);
/** The same, and the file is durable. */
int segment_seal(const char *path, struct segment *segment, struct nj_err *err);
#define SEGMENT_BAD 1
/** Compare with the catalog; hashes when size, inode or time differ, or always if `hash`.
 * @return 0; SEGMENT_BAD with the reason in `why` */
int segment_check(struct store *store, const struct segment *segment, bool hash, char why[160]);
/** Where the file of a list's item stands before it is published. */
void segment_staged(const struct store *store, size_t number, char ret[PATH_MAX]);
/** Move the files of a list from the staging folder to their places, as of this commit. */
int segments_publish(struct store *store, struct segment_list *list, int64_t commit,
                     struct nj_err *err);
int fsync_path(const char *path, struct nj_err *err);

/* stage.c, stage_table.c: rows that wait for a commit, and their summaries */
int stage_new(struct store *store, struct nj_err *err);
void stage_free(struct stage *stage);
void stage_clear(struct stage *stage);
/** Sort by day, source and time. Then stage_day gives the days one by one. */
int stage_sort(struct stage *stage, struct nj_err *err);
/** The next day with rows from `from` on: its rows are [*ret_start, *ret_end) of
 * `staged_visits`.
 * @return 1 if there is one, 0 at the end */
int stage_day(const struct stage *stage, size_t from, int32_t *ret_day, size_t *ret_end);
int stage_trait_day(const struct stage *stage, size_t from, int32_t *ret_day, size_t *ret_end);
int stage_sample_day(const struct stage *stage, size_t from, int32_t *ret_day, size_t *ret_end);
/** When the first and the last of some sorted rows, visits or traits, were handed on. */
struct handed stage_handed(const struct stage *stage, enum segment_kind kind, size_t start,
                           size_t end);

/** The rows of a day in a summary, which begin at `from`. @return whether there are any */
bool stage_summary_day(const struct stage *stage, enum segment_kind kind, size_t from,
                       int32_t day, size_t *ret_end);

/* summary.c */
/** SQL that makes a summary kind from the visits that `from` names. @return taken; NULL
 * when out of memory */
char *summary_sql(enum segment_kind kind, const char *from);

/* write.c */
/** Where the state of a number stands before it is published. */
void state_staged(const struct store *store, uint64_t number, char ret[PATH_MAX]);
/** COPY a query's rows into a staged file of a kind and day, durable, and list it. */
int write_segment(struct store *store, struct duck *duck, const char *query,
                  enum segment_kind kind, int32_t day, struct segment_list *list,
                  struct nj_err *err);
void prepared_done(struct prepared *prepared);

/* commit.c */
/** The number of the commit that comes next. */
int next_commit(struct store *store, int64_t *ret_commit, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog: what the store holds. One SQLite file in WAL mode, so that readers and the
 * writer do not wait for each other; its transactions are the commit points of the store. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/derived_internal.h"
#include "store/episode_bytes.h"
#include "store/query.h"
#include "store/score_at.h"

static const char schema[] =
    "CREATE TABLE fact(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE input("
    "  id INTEGER PRIMARY KEY, sensor TEXT NOT NULL, format TEXT NOT NULL, name TEXT NOT NULL,"
    "  head_length INTEGER NOT NULL, head_digest INTEGER NOT NULL,"
    "  position INTEGER NOT NULL, digest INTEGER NOT NULL, line INTEGER NOT NULL,"
    "  complete INTEGER NOT NULL, packets INTEGER NOT NULL, sessions INTEGER NOT NULL,"
    "  visits INTEGER NOT NULL, truncated INTEGER NOT NULL, malformed INTEGER NOT NULL,"
    "  unsupported INTEGER NOT NULL, refused INTEGER NOT NULL, first_us INTEGER NOT NULL,"
    "  last_us INTEGER NOT NULL, note TEXT NOT NULL);"
    "CREATE INDEX input_head ON input(sensor, format, head_digest);"
    "CREATE TABLE segment("
    "  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, path TEXT NOT NULL UNIQUE,"
    "  day INTEGER NOT NULL, commit_id INTEGER NOT NULL, row_count INTEGER NOT NULL,"
    "  size INTEGER NOT NULL, digest INTEGER NOT NULL, inode INTEGER NOT NULL,"
    "  mtime_ns INTEGER NOT NULL, retired_at INTEGER);"
    "CREATE INDEX segment_live ON segment(kind, day, commit_id) WHERE retired_at IS NULL;"
    "CREATE TABLE snapshot(stream TEXT PRIMARY KEY, path TEXT NOT NULL, digest INTEGER NOT "
    "NULL)"
    "  WITHOUT ROWID;"
    "INSERT INTO fact VALUES('version', '1'), ('last_seq', '0'), ('last_commit', '0');";

int catalog_fail(struct store *store, struct nj_err *err)
{
    return nj_fail(err, NJ_STORE, "catalog %s/catalog.db: %s", store->dir,
                   sqlite3_errmsg(store->catalog));
}

int catalog_exec(struct store *store, const char *sql, struct nj_err *err)
{
    if (sqlite3_exec(store->catalog, sql, NULL, NULL, NULL) != SQLITE_OK)
        return catalog_fail(store, err);
    return 0;
}

int catalog_prepare(struct store *store, const char *sql, sqlite3_stmt **ret,
                    struct nj_err *err)
{
    if (sqlite3_prepare_v2(store->catalog, sql, -1, ret, NULL) != SQLITE_OK)
        return catalog_fail(store, err);
    return 0;
}

int catalog_run(struct store *store, sqlite3_stmt *stmt, struct nj_err *err)
{
    int rc = sqlite3_step(stmt) == SQLITE_DONE ? 0 : catalog_fail(store, err);

    (void)sqlite3_finalize(stmt);
    return rc;
}

int catalog_step(struct store *store, sqlite3_stmt *stmt, struct nj_err *err)
{
    int step = sqlite3_step(stmt);

    (void)sqlite3_reset(stmt);
    return step == SQLITE_DONE ? 0 : catalog_fail(store, err);
}

/* The number that a fact holds; -1 if there is no such fact. */
static int64_t fact_number(struct store *store, const char *name)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value = -1;

    if (sqlite3_prepare_v2(store->catalog, "SELECT value FROM fact WHERE name = ?", -1, &stmt,
                           NULL) == SQLITE_OK) {
        (void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
        if (sqlite3_step(stmt) == SQLITE_ROW)
            value = sqlite3_column_int64(stmt, 0);
    }
    (void)sqlite3_finalize(stmt);
    return value;
}

/* What the SQL of derived_ask.c, alerts.c and compiled filters call: address(BLOB) is its text,
 * source_of(BLOB) what the source is known by, make_timestamp(N) is N, since the catalog keeps
 * times as numbers. */
static void address_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    char text[ADDR_TEXT_MAX];

    (void)count;
    if (sqlite3_value_bytes(values[0]) != 16)
        return;
    (void)addr_text(addr_from_bytes(sqlite3_value_blob(values[0])), text);
    sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

static void source_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    uint8_t bytes[16];

    (void)count;
    if (sqlite3_value_bytes(values[0]) != sizeof(bytes))
        return;
    addr_to_bytes(addr_source(addr_from_bytes(sqlite3_value_blob(values[0]))), bytes);
    sqlite3_result_blob(context, bytes, sizeof(bytes), SQLITE_TRANSIENT);
}

static void timestamp_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_value(context, values[0]);
}

static int add_functions(struct store *store, struct nj_err *err)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;

    if (sqlite3_create_function(store->catalog, "address", 1, flags, NULL, address_function,
                                NULL, NULL) != SQLITE_OK ||
        sqlite3_create_function(store->catalog, "source_of", 1, flags, NULL, source_function,
                                NULL, NULL) != SQLITE_OK ||
        sqlite3_create_function(store->catalog, "make_timestamp", 1, flags, NULL,
                                timestamp_function, NULL, NULL) != SQLITE_OK ||
        score_functions(store->catalog) < 0 || event_functions(store->catalog) < 0 ||
        episode_functions(store->catalog) < 0)
        return catalog_fail(store, err);
    return 0;
}

int catalog_next(struct store *store, sqlite3_stmt *stmt, struct nj_err *err)
{
    int step = sqlite3_step(stmt);

    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(store, err);
    return step == SQLITE_ROW;
}

int catalog_has(struct store *store, const char *table, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int has;

    if (catalog_prepare(store, "SELECT 1 FROM sqlite_master WHERE name = ?", &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    has = catalog_next(store, stmt, err);
    (void)sqlite3_finalize(stmt);
    return has;
}

int catalog_begin(struct store *store, const char *tables, struct nj_err *err)
{
    if (catalog_exec(store, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    if (tables == NULL || catalog_exec(store, tables, err) == 0)
        return 0;
    return catalog_end(store, -1, err);
}

int catalog_end(struct store *store, int rc, struct nj_err *err)
{
    if (rc >= 0 && catalog_exec(store, "COMMIT", err) == 0)
        return rc;
    (void)sqlite3_exec(store->catalog, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

/* Within a transaction. An older store gets the tables of the later stages, which the next pass
 * fills. One of version 4 or 5 lacks ledgers, too: compaction makes them (upkeep.c). One of
 * version 6 says of all rows when they were handed on. */
static int bring_up(struct store *store, int64_t version, struct nj_err *err)
{
    char text[16];

    if (version < DERIVED_VERSION && derived_upgrade(store, version, err) < 0)
        return -1;
    (void)snprintf(text, sizeof(text), "%d", STORE_VERSION);
    return store_set_fact(store, "version", text, err);
}

static int upgrade(struct store *store, int64_t version, struct nj_err *err)
{
    if (catalog_begin(store, NULL, err) < 0)
        return -1;
    if (catalog_end(store, bring_up(store, version, err), err) < 0)
        return nj_within(err, "bring the store to version %d", STORE_VERSION);
    return 0;
}

int derived_present(struct store *store, struct nj_err *err)
{
    if (fact_number(store, "version") < DERIVED_VERSION)
        return nj_fail(err, NJ_STORE,
                       "store %s was written by an older nightjar, which kept no episodes or "
                       "otherwise: run `nightjar rebuild` once",
                       store->dir);
    return 0;
}

/* SQLite would count the bytes it holds, under a lock at each malloc; nobody asks. */
static void no_memory_counts(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* The log beside the catalog, and the file through which its users take turns, stay when the
 * last of them has gone: who may only read the store can't make them. The log is
 * emptied then. */
static void keep_log(sqlite3 *catalog)
{
    int on = 1;

    (void)sqlite3_file_control(catalog, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
    (void)sqlite3_exec(catalog, "PRAGMA journal_size_limit=0", NULL, NULL, NULL);
}

/* Who may not write to the catalog's file reads it all the same. */
static int open_file(struct store *store, bool write, struct nj_err *err)
{
    char path[PATH_MAX];
    /* a reader's is of one thread at a time; the writer's has a thread that writes rows */
    int own = write ? SQLITE_OPEN_CREATE : SQLITE_OPEN_NOMUTEX;
    int opened;

    (void)snprintf(path, sizeof(path), "%s/catalog.db", store->dir);
    opened = sqlite3_open_v2(path, &store->catalog, SQLITE_OPEN_READWRITE | own, NULL);
    if (opened != SQLITE_OK && !write) {
        (void)sqlite3_close(store->catalog); /* there is one even then */
        opened = sqlite3_open_v2(path, &store->catalog, SQLITE_OPEN_READONLY | own, NULL);
    }
    if (opened != SQLITE_OK)
        return nj_fail(err, NJ_STORE, "no store at %s (ingest something first)", store->dir);
    return 0;
}

/* Tables for an empty catalog. */
static int make_tables(struct store *store, struct nj_err *err)
{
    if (catalog_exec(store, "PRAGMA journal_mode=WAL", err) < 0 ||
        catalog_exec(store, "BEGIN IMMEDIATE", err) < 0 ||
        catalog_exec(store, schema, err) < 0 || bring_up(store, 1, err) < 0)
        return -1;
    return catalog_exec(store, "COMMIT", err);
}

/* Say why a reader was not told the version, right after he asked. @return -1 */
static int fail_unread(struct store *store, struct nj_err *err)
{
    switch (sqlite3_errcode(store->catalog)) {
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        return nj_fail(
            err, NJ_STORE,
            "store %s can't be read by who may not write to its folder before somebody who "
            "may has opened it: catalog.db-shm, through which its users take turns, is missing "
            "(`nightjar status` by its owner makes it)",
            store->dir);
    case SQLITE_OK: /* no such row, no such table */
    case SQLITE_ERROR:
        return nj_fail(err, NJ_STORE, "%s is no store of nightjar", store->dir);
    default:
        return catalog_fail(store, err); /* a full disk, damage, ... */
    }
}

/* A writer makes what is not there, and brings up what is older. */
static int settle_version(struct store *store, bool write, struct nj_err *err)
{
    int64_t version = fact_number(store, "version");

    if (version < 0)
        return write ? make_tables(store, err) : fail_unread(store, err);
    if (version > STORE_VERSION)
        return nj_fail(err, NJ_STORE,
                       "store %s has version %lld, this program knows %d: use a newer nightjar",
                       store->dir, (long long)version, STORE_VERSION);
    return write && version >= 1 && version < STORE_VERSION ? upgrade(store, version, err) : 0;
}

int catalog_open(struct store *store, bool write, struct nj_err *err)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;

    (void)pthread_once(&configured, no_memory_counts);
    if (open_file(store, write, err) < 0)
        return -1;
    (void)sqlite3_busy_timeout(store->catalog, 10000);
    keep_log(store->catalog);
    if (add_functions(store, err) < 0 || settle_version(store, write, err) < 0)
        return -1;
    /* FULL: a commit is on the disk when it returns. MEMORY: what SQLite notes of a statement
     * so that it can be undone is not written to a file. Pages that many commits change go from
     * the log to their place once in 64 MB, not after each of them */
    if (write && catalog_exec(store,
                              "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
                              "PRAGMA wal_autocheckpoint=16384",
                              err) < 0)
        return -1;
    store->last_seq = (uint64_t)fact_number(store, "last_seq");
    return 0;
}

void catalog_wait(struct store *store, unsigned seconds)
{
    (void)sqlite3_busy_timeout(store->catalog, (int)(seconds < 86400 ? seconds : 86400) * 1000);
}

uint64_t store_last_seq(const struct store *store)
{
    return store->last_seq;
}

uint64_t store_committed_seq(struct store *store)
{
    int64_t seq = fact_number(store, "last_seq");

    return seq < 0 ? 0 : (uint64_t)seq;
}

int store_set_fact(struct store *store, const char *name, const char *value, struct nj_err *err)
{
    sqlite3_stmt *stmt;

    if (catalog_prepare(store, "INSERT OR REPLACE INTO fact VALUES(?, ?)", &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(stmt, 2, value, -1, SQLITE_STATIC);
    return catalog_run(store, stmt, err);
}

int catalog_add_segment(struct store *store, const struct segment *segment, struct nj_err *err)
{
    sqlite3_stmt *stmt;

    if (catalog_prepare(
            store,
            "INSERT INTO segment(kind, path, day, commit_id, row_count, size, digest,"
            " inode, mtime_ns) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
            &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_int(stmt, 1, (int)segment->kind);
    (void)sqlite3_bind_text(stmt, 2, segment->path, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int(stmt, 3, segment->day);
    (void)sqlite3_bind_int64(stmt, 4, segment->commit);
    (void)sqlite3_bind_int64(stmt, 5, (int64_t)segment->rows);
    (void)sqlite3_bind_int64(stmt, 6, (int64_t)segment->size);
    (void)sqlite3_bind_int64(stmt, 7, (int64_t)segment->digest);
    (void)sqlite3_bind_int64(stmt, 8, segment->inode);
    (void)sqlite3_bind_int64(stmt, 9, segment->mtime_ns);
    if (catalog_run(store, stmt, err) < 0)
        return -1;
    return segment->handed.known
               ? catalog_add_span(store, segment->path, segment->handed.first_us,
                                  segment->handed.last_us, err)
               : 0;
}

int catalog_add_span(struct store *store, const char *path, int64_t first_us, int64_t last_us,
                     struct nj_err *err)
{
    sqlite3_stmt *stmt;

    if (catalog_prepare(store, "INSERT OR REPLACE INTO segment_span VALUES(?, ?, ?)", &stmt,
                        err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(stmt, 2, first_us);
    (void)sqlite3_bind_int64(stmt, 3, last_us);
    return catalog_run(store, stmt, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A commit: stage, fsync, rename, fsync the folder, then one catalog transaction with the
 * segments, the position in the input and the state behind it. That transaction is the commit
 * point; what a killed writer left before it is unknown to the catalog and removed at the next
 * start (store.c). */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/clients.h"
#include "store/input.h"

/* Rows in one run of DuckDB's Parquet writer; its own default, and what min/max pruning sees.
 */
#define ROW_GROUP "122880"

int write_segment(struct store *store, const char *query, enum segment_kind kind, int32_t day,
                  int64_t commit, struct segment_list *list, struct nj_err *err)
{
    struct segment segment = {.kind = kind, .day = day, .commit = commit};
    char staged[PATH_MAX];
    char *sql = NULL;
    int rc = -1;

    (void)snprintf(staged, sizeof(staged), "%s/staging/%d.parquet", store->dir, (int)kind);
    if (asprintf(&sql,
                 "COPY (%s) TO '%s' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1,"
                 " PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 512, ROW_GROUP_SIZE " ROW_GROUP
                 ", KV_METADATA {nightjar_schema: '%d'})",
                 query, staged, SCHEMA_VERSION) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    if (duck_write(store->duck, sql, &segment.rows, err) < 0) {
        (void)nj_within(err, "write %s", segment_folders[kind]);
        goto out;
    }
    if (segment.rows == 0) {
        (void)unlink(staged);
        rc = 0;
        goto out;
    }
    if (segment_publish(store, staged, &segment, err) < 0 ||
        segment_list_add(list, &segment, err) < 0)
        goto out;
    rc = 0;
out:
    free(sql);
    return rc;
}

/* Write rows [start, end) of a staged table. */
static int write_staged(struct store *store, const char *table, size_t start, size_t end,
                        enum segment_kind kind, int32_t day, int64_t commit,
                        struct segment_list *list, struct nj_err *err)
{
    char query[96];

    (void)snprintf(query, sizeof(query), "FROM %s(%zu, %zu)", table, start, end);
    return write_segment(store, query, kind, day, commit, list, err);
}

static int write_days(struct store *store, int64_t commit, struct segment_list *list,
                      struct nj_err *err)
{
    size_t start = 0, end, count = 0, count_end, source = 0, source_end;
    const struct stage *stage = store->stage;
    int32_t day;

    for (; stage_day(stage, start, &day, &end) != 0; start = end) {
        (void)stage_summary_day(stage, SEGMENT_COUNTS, count, day, &count_end);
        (void)stage_summary_day(stage, SEGMENT_SOURCES, source, day, &source_end);
        if (write_staged(store, "staged_visits", start, end, SEGMENT_VISITS, day, commit, list,
                         err) < 0 ||
            write_staged(store, "staged_counts", count, count_end, SEGMENT_COUNTS, day, commit,
                         list, err) < 0 ||
            write_staged(store, "staged_sources", source, source_end, SEGMENT_SOURCES, day,
                         commit, list, err) < 0)
            return -1;
        count = count_end;
        source = source_end;
    }
    for (start = 0; stage_trait_day(stage, start, &day, &end) != 0; start = end)
        if (write_staged(store, "staged_traits", start, end, SEGMENT_TRAITS, day, commit, list,
                         err) < 0)
            return -1;
    for (start = 0; stage_sample_day(stage, start, &day, &end) != 0; start = end)
        if (write_staged(store, "staged_samples", start, end, SEGMENT_SAMPLES, day, commit,
                         list, err) < 0)
            return -1;
    return 0;
}

static int write_snapshot(struct store *store, int64_t commit, store_snapshot_fn snapshot,
                          void *ctx, struct segment *ret, struct nj_err *err)
{
    char path[PATH_MAX], folder[PATH_MAX];
    FILE *out;

    (void)snprintf(ret->path, sizeof(ret->path), "snapshots/c%08" PRId64, commit);
    (void)snprintf(folder, sizeof(folder), "%s/snapshots", store->dir);
    (void)snprintf(path, sizeof(path), "%s/%s", store->dir, ret->path);
    out = fopen(path, "wbe");
    if (out == NULL)
        return nj_fail(err, NJ_IO, "create %s", path);
    if (snapshot(ctx, out, err) < 0) {
        (void)fclose(out);
        return -1;
    }
    if (ferror(out) != 0 || fflush(out) != 0 || fsync(fileno(out)) < 0) {
        (void)nj_fail(err, NJ_IO, "write %s", path);
        (void)fclose(out);
        return -1;
    }
    if (fclose(out) != 0)
        return nj_fail(err, NJ_IO, "write %s", path);
    if (fsync_path(folder, err) < 0)
        return -1;
    return segment_measure(store, path, ret, err);
}

static int save_snapshot(struct store *store, const char *stream, const struct segment *file,
                         struct nj_err *err)
{
    sqlite3_stmt *stmt;

    if (catalog_prepare(store, "INSERT OR REPLACE INTO snapshot VALUES(?, ?, ?)", &stmt, err) <
        0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, stream, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(stmt, 2, file->path, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(stmt, 3, (int64_t)file->digest);
    return catalog_run(store, stmt, err);
}

/* The path of the stream's present snapshot, which the new one replaces; "" if none. */
static int old_snapshot(struct store *store, const char *stream, char path[160],
                        struct nj_err *err)
{
    sqlite3_stmt *stmt;

    path[0] = '\0';
    if (catalog_prepare(store, "SELECT path FROM snapshot WHERE stream = ?", &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, stream, -1, SQLITE_STATIC);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        (void)snprintf(path, 160, "%s", (const char *)sqlite3_column_text(stmt, 0));
    (void)sqlite3_finalize(stmt);
    return 0;
}

int next_commit(struct store *store, int64_t *ret_commit, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc = -1;

    if (catalog_prepare(store, "SELECT value + 1 FROM fact WHERE name = 'last_commit'", &stmt,
                        err) < 0)
        return -1;
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        *ret_commit = sqlite3_column_int64(stmt, 0);
        rc = 0;
    } else {
        rc = catalog_fail(store, err);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

static int save_numbers(struct store *store, int64_t commit, uint64_t last_seq,
                        struct nj_err *err)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%" PRId64, commit);
    if (store_set_fact(store, "last_commit", text, err) < 0)
        return -1;
    (void)snprintf(text, sizeof(text), "%" PRIu64, last_seq);
    return store_set_fact(store, "last_seq", text, err);
}

/* Staged rows are written by one task at a time. A second thread of DuckDB's would take it, and
 * the caller's would spin until it is done: time that the packet side needs. */
static int use_one_thread(struct store *store, struct nj_err *err)
{
    if (store->one_thread)
        return 0;
    store->one_thread = true;
    return duck_exec(store->duck, err, "SET threads = 1");
}

int store_commit(struct store *store, const char *stream, struct store_input *input,
                 uint64_t last_seq, store_snapshot_fn snapshot, void *ctx, struct nj_err *err)
{
    struct segment_list list = {0};
    struct segment state = {0};
    char old[160] = "";
    bool open = false;
    int64_t commit;
    int rc = -1;

    if (use_one_thread(store, err) < 0 || next_commit(store, &commit, err) < 0 ||
        stage_sort(store->stage, err) < 0 || write_days(store, commit, &list, err) < 0)
        goto out;
    if (snapshot != NULL && (write_snapshot(store, commit, snapshot, ctx, &state, err) < 0 ||
                             old_snapshot(store, stream, old, err) < 0))
        goto out;
    if (catalog_exec(store, "BEGIN IMMEDIATE", err) < 0)
        goto out;
    open = true;
    for (size_t i = 0; i < list.count; i++)
        if (catalog_add_segment(store, &list.items[i], err) < 0)
            goto out;
    if (clients_keep(store, err) < 0 || (input != NULL && input_save(store, input, err) < 0) ||
        save_numbers(store, commit, last_seq, err) < 0)
        goto out;
    if (snapshot != NULL && save_snapshot(store, stream, &state, err) < 0)
        goto out;
    if (catalog_exec(store, "COMMIT", err) < 0)
        goto out;
    open = false;
    store->last_seq = last_seq;
    stage_clear(store->stage);
    if (old[0] != '\0' && strcmp(old, state.path) != 0) {
        char path[PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s/%s", store->dir, old);
        (void)unlink(path);
    }
    rc = 0;
out:
    if (open)
        (void)sqlite3_exec(store->catalog, "ROLLBACK", NULL, NULL, NULL);
    segment_list_done(&list);
    return rc;
}

int store_snapshot(struct store *store, const char *stream, FILE **ret_in, struct nj_err *err)
{
    char path[PATH_MAX];
    struct segment now = {0};
    sqlite3_stmt *stmt;
    uint64_t digest;

    if (catalog_prepare(store, "SELECT path, digest FROM snapshot WHERE stream = ?", &stmt,
                        err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, stream, -1, SQLITE_STATIC);
    if (sqlite3_step(stmt) != SQLITE_ROW) {
        (void)sqlite3_finalize(stmt);
        return STORE_NO_SNAPSHOT;
    }
    (void)snprintf(path, sizeof(path), "%s/%s", store->dir,
                   (const char *)sqlite3_column_text(stmt, 0));
    digest = (uint64_t)sqlite3_column_int64(stmt, 1);
    (void)sqlite3_finalize(stmt);
    if (segment_measure(store, path, &now, err) < 0)
        return -1;
    if (now.digest != digest)
        return nj_fail(err, NJ_STORE,
                       "snapshot %s is damaged: digest %016" PRIx64 ", expected %016" PRIx64,
                       path, now.digest, digest);
    *ret_in = fopen(path, "rbe");
    if (*ret_in == NULL)
        return nj_fail(err, NJ_IO, "open %s", path);
    return 0;
}

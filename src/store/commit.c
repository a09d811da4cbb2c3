/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of a commit: what write.c prepared moves to its place, then one catalog
 * transaction names the segments, the position in the input and the state behind it. That
 * transaction is the commit point; what a killed writer left before it is unknown to the
 * catalog and removed at the next start (store.c). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/input.h"
#include "store/recent.h"
#include "store/verdicts.h"

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

/* The prepared state moves to where snapshots stand. */
static int publish_snapshot(struct store *store, int64_t commit, struct nj_err *err)
{
    struct segment *state = &store->prepared.state;
    char staged[PATH_MAX], path[PATH_MAX], folder[PATH_MAX];

    (void)snprintf(state->path, sizeof(state->path), "snapshots/c%08" PRId64, commit);
    state_staged(store, store->prepared.state_number, staged);
    (void)snprintf(path, sizeof(path), "%s/%s", store->dir, state->path);
    (void)snprintf(folder, sizeof(folder), "%s/snapshots", store->dir);
    if (rename(staged, path) < 0)
        return nj_fail(err, NJ_IO, "rename %s to %s", staged, path);
    return fsync_path(folder, err);
}

int store_commit(struct store *store, const char *stream, struct store_input *input,
                 uint64_t last_seq, struct nj_err *err)
{
    struct prepared *prepared = &store->prepared;
    char old[160] = "";
    bool open = false;
    int64_t commit;
    int rc = -1;

    if (next_commit(store, &commit, err) < 0 ||
        segments_publish(store, &prepared->list, commit, err) < 0)
        goto out;
    if (prepared->state_number != 0 &&
        (publish_snapshot(store, commit, err) < 0 || old_snapshot(store, stream, old, err) < 0))
        goto out;
    if (catalog_exec(store, "BEGIN IMMEDIATE", err) < 0)
        goto out;
    open = true;
    for (size_t i = 0; i < prepared->list.count; i++)
        if (catalog_add_segment(store, &prepared->list.items[i], err) < 0)
            goto out;
    if (verdicts_keep(store, err) < 0 || (input != NULL && input_save(store, input, err) < 0) ||
        save_numbers(store, commit, last_seq, err) < 0)
        goto out;
    if (prepared->state_number != 0 && save_snapshot(store, stream, &prepared->state, err) < 0)
        goto out;
    if (catalog_exec(store, "COMMIT", err) < 0)
        goto out;
    open = false;
    store->last_seq = last_seq;
    if (store->recent != NULL)
        recent_add(store->recent, store->stage, &prepared->list, commit);
    stage_clear(store->stage);
    if (old[0] != '\0' && strcmp(old, prepared->state.path) != 0) {
        char path[PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s/%s", store->dir, old);
        (void)unlink(path);
    }
    rc = 0;
out:
    if (open)
        (void)sqlite3_exec(store->catalog, "ROLLBACK", NULL, NULL, NULL);
    prepared_done(prepared);
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
    if (segment_measure(path, &now, err) < 0)
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

/* The next writer removes the file, which nothing names any more. */
int store_drop_snapshot(struct store *store, const char *stream, struct nj_err *err)
{
    sqlite3_stmt *stmt;

    if (catalog_prepare(store, "DELETE FROM snapshot WHERE stream = ?", &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, stream, -1, SQLITE_STATIC);
    return catalog_run(store, stmt, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Segments: finished files that the catalog lists, with their digest: Parquet, and ledgers
 * (ledger.h). DuckDB does not notice flipped bits in a file, so each is hashed before its first
 * use after it changed. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/folders.h"
#include "store/internal.h"

const char *const segment_folders[SEGMENT_KINDS] = {
    [SEGMENT_VISITS] = "visits",
    [SEGMENT_TRAITS] = "traits",
    [SEGMENT_COUNTS] = "summaries/counts",
    [SEGMENT_SOURCES] = "summaries/sources",
    [SEGMENT_SAMPLES] = "samples",
    [SEGMENT_FIRST_LEDGERS] = "summaries/ledgers",
    [SEGMENT_LEDGERS] = "summaries/ledgers",
};

int fsync_path(const char *path, struct nj_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return nj_fail(err, NJ_IO, "open %s", path);
    if (fsync(fd) < 0) {
        (void)nj_fail(err, NJ_IO, "fsync %s", path);
        (void)close(fd);
        return -1;
    }
    (void)close(fd);
    return 0;
}

static int digest_file(const char *path, uint64_t size, uint64_t *ret_digest)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    XXH3_state_t *state = XXH3_createState();
    static const size_t block_size = 1u << 20;
    uint8_t *block = malloc(block_size);
    uint64_t total = 0;
    ssize_t got = -1;

    if (fd >= 0 && state != NULL && block != NULL) {
        (void)XXH3_64bits_reset(state);
        while ((got = read(fd, block, block_size)) > 0) {
            (void)XXH3_64bits_update(state, block, (size_t)got);
            total += (uint64_t)got;
        }
        *ret_digest = XXH3_64bits_digest(state);
    }
    free(block);
    (void)XXH3_freeState(state);
    if (fd >= 0)
        (void)close(fd);
    return got == 0 && total == size ? 0 : -1;
}

static int64_t mtime_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

int segment_seal(const char *path, struct segment *segment, struct nj_err *err)
{
    return fsync_path(path, err) < 0 ? -1 : segment_measure(path, segment, err);
}

int segment_measure(const char *path, struct segment *segment, struct nj_err *err)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return nj_fail(err, NJ_IO, "look at %s", path);
    segment->size = (uint64_t)st.st_size;
    segment->inode = (int64_t)st.st_ino;
    segment->mtime_ns = mtime_of(&st);
    if (digest_file(path, segment->size, &segment->digest) < 0)
        return nj_fail(err, NJ_IO, "read %s", path);
    return 0;
}

/* The file was copied or touched, its content is good: remember, so that it is hashed once.
 * A reader that may not write the catalog just hashes again next time. */
static void remember(struct store *store, const struct segment *segment, const struct stat *st)
{
    sqlite3_stmt *stmt;
    struct nj_err ignored;

    if (catalog_prepare(store, "UPDATE segment SET inode = ?, mtime_ns = ? WHERE id = ?", &stmt,
                        &ignored) < 0)
        return;
    (void)sqlite3_bind_int64(stmt, 1, (int64_t)st->st_ino);
    (void)sqlite3_bind_int64(stmt, 2, mtime_of(st));
    (void)sqlite3_bind_int64(stmt, 3, segment->id);
    (void)catalog_run(store, stmt, &ignored);
}

int segment_check(struct store *store, const struct segment *segment, bool hash, char why[160])
{
    char path[PATH_MAX];
    uint64_t digest = 0;
    struct stat st;
    bool same;

    (void)snprintf(path, sizeof(path), "%s/%s", store->dir, segment->path);
    if (stat(path, &st) < 0) {
        (void)snprintf(why, 160, "%s", strerror(errno));
        return SEGMENT_BAD;
    }
    if ((uint64_t)st.st_size != segment->size) {
        (void)snprintf(why, 160, "%lld bytes, expected %" PRIu64, (long long)st.st_size,
                       segment->size);
        return SEGMENT_BAD;
    }
    same = (int64_t)st.st_ino == segment->inode && mtime_of(&st) == segment->mtime_ns;
    if (same && !hash)
        return 0;
    if (digest_file(path, segment->size, &digest) < 0 || digest != segment->digest) {
        (void)snprintf(why, 160, "digest %016" PRIx64 ", expected %016" PRIx64, digest,
                       segment->digest);
        return SEGMENT_BAD;
    }
    if (!same)
        remember(store, segment, &st);
    return 0;
}

void segment_staged(const struct store *store, size_t number, char ret[PATH_MAX])
{
    (void)snprintf(ret, PATH_MAX, "%s/staging/%zu", store->dir, number);
}

static int publish(struct store *store, size_t number, struct segment *segment,
                   struct nj_err *err)
{
    static uint64_t serial;
    char staged[PATH_MAX], folder[PATH_MAX], path[PATH_MAX], day[16];
    time_t seconds = (time_t)segment->day * 86400;
    struct tm tm;

    (void)gmtime_r(&seconds, &tm);
    (void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
    (void)snprintf(folder, sizeof(folder), "%s/%s/day=%s", store->dir,
                   segment_folders[segment->kind], day);
    (void)snprintf(segment->path, sizeof(segment->path),
                   "%s/day=%s/c%08" PRId64 "-%" PRIu64 ".%s", segment_folders[segment->kind],
                   day, segment->commit, ++serial,
                   segment->kind == SEGMENT_LEDGERS ? "ledger" : "parquet");
    (void)snprintf(path, sizeof(path), "%s/%s", store->dir, segment->path);
    segment_staged(store, number, staged);
    if (nj_make_folder(folder, 0777, err) < 0)
        return -1;
    if (rename(staged, path) < 0)
        return nj_fail(err, NJ_IO, "rename %s to %s", staged, path);
    return fsync_path(folder, err);
}

int segments_publish(struct store *store, struct segment_list *list, int64_t commit,
                     struct nj_err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        list->items[i].commit = commit;
        if (publish(store, i, &list->items[i], err) < 0)
            return -1;
    }
    return 0;
}

int segment_list_add(struct segment_list *list, const struct segment *segment,
                     struct nj_err *err)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 64 : list->room * 2;
        struct segment *items = realloc(list->items, room * sizeof(*items));

        if (items == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu segments", room);
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = *segment;
    return 0;
}

void segment_list_done(struct segment_list *list)
{
    free(list->items);
    *list = (struct segment_list){0};
}

int segment_list(struct store *store, enum segment_kind kind, struct segment_list *ret,
                 struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc;

    *ret = (struct segment_list){0};
    if (catalog_prepare(
            store,
            "SELECT id, kind, path, day, commit_id, row_count, size, digest, inode,"
            " mtime_ns FROM segment WHERE retired_at IS NULL AND (?1 < 0 OR kind = ?1)"
            " ORDER BY kind, day, commit_id, id",
            &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_int(stmt, 1, kind == SEGMENT_KINDS ? -1 : (int)kind);
    while ((rc = catalog_next(store, stmt, err)) > 0) {
        struct segment segment = {
            .id = sqlite3_column_int64(stmt, 0),
            .kind = (enum segment_kind)sqlite3_column_int(stmt, 1),
            .day = sqlite3_column_int(stmt, 3),
            .commit = sqlite3_column_int64(stmt, 4),
            .rows = (uint64_t)sqlite3_column_int64(stmt, 5),
            .size = (uint64_t)sqlite3_column_int64(stmt, 6),
            .digest = (uint64_t)sqlite3_column_int64(stmt, 7),
            .inode = sqlite3_column_int64(stmt, 8),
            .mtime_ns = sqlite3_column_int64(stmt, 9),
        };

        (void)snprintf(segment.path, sizeof(segment.path), "%s",
                       (const char *)sqlite3_column_text(stmt, 2));
        rc = segment_list_add(ret, &segment, err);
        if (rc < 0)
            break;
    }
    (void)sqlite3_finalize(stmt);
    if (rc < 0)
        segment_list_done(ret);
    return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints of the later stages, and taking back what stands behind one
 * (derived_schema.c has the idea). */
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/folders.h"
#include "base/span.h"
#include "store/derived_write.h"

/* The newest so many are never thinned out. */
#define NEWEST_KEPT 3

int derived_checkpoints(struct derived *derived, struct checkpoint *ret, size_t *ret_count,
                        struct nj_err *err)
{
    sqlite3_stmt *stmt;
    size_t count = 0;
    int step;

    if (catalog_prepare(derived->store,
                        "SELECT id, position_us, path, digest, size FROM checkpoint"
                        " ORDER BY id DESC",
                        &stmt, err) < 0)
        return -1;
    while ((step = sqlite3_step(stmt)) == SQLITE_ROW && count <= CHECKPOINTS_MAX) {
        struct checkpoint *checkpoint = &ret[count++];

        checkpoint->id = sqlite3_column_int64(stmt, 0);
        checkpoint->position_us = sqlite3_column_int64(stmt, 1);
        (void)snprintf(checkpoint->path, sizeof(checkpoint->path), "%s",
                       (const char *)sqlite3_column_text(stmt, 2));
        checkpoint->digest = (uint64_t)sqlite3_column_int64(stmt, 3);
        checkpoint->size = (uint64_t)sqlite3_column_int64(stmt, 4);
    }
    (void)sqlite3_finalize(stmt);
    if (step != SQLITE_DONE && step != SQLITE_ROW)
        return catalog_fail(derived->store, err);
    *ret_count = count;
    return 0;
}

int derived_checkpoint_open(struct derived *derived, const struct checkpoint *checkpoint,
                            FILE **ret_in, struct nj_err *err)
{
    struct segment now = {0};
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s", derived->store->dir, checkpoint->path);
    if (segment_measure(path, &now, err) < 0 || now.digest != checkpoint->digest ||
        now.size != checkpoint->size)
        return CHECKPOINT_BAD;
    *ret_in = fopen(path, "rbe");
    return *ret_in == NULL ? nj_fail(err, NJ_IO, "open %s", path) : 0;
}

/* ---- writing ---- */

static int name_checkpoint(struct derived *derived, const struct checkpoint *checkpoint,
                           struct nj_err *err)
{
    struct binder b = {0};

    if (catalog_prepare(derived->store,
                        "INSERT INTO checkpoint VALUES(?, ?, ?, ?, ?,"
                        " (SELECT coalesce(max(id), 0) FROM event))",
                        &b.stmt, err) < 0)
        return -1;
    bind_int(&b, checkpoint->id);
    bind_int(&b, checkpoint->position_us);
    bind_text(&b, checkpoint->path);
    bind_int(&b, (int64_t)checkpoint->digest);
    bind_int(&b, (int64_t)checkpoint->size);
    return catalog_run(derived->store, b.stmt, err);
}

/* Numbers are never used twice, so that a row's era stays true. */
static int next_id(struct derived *derived, int64_t *ret_id, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc = -1;

    if (catalog_prepare(derived->store,
                        "SELECT 1 + max(checkpoint, (SELECT coalesce(max(id), 0) FROM"
                        " checkpoint)) FROM derive_mark",
                        &stmt, err) < 0)
        return -1;
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        *ret_id = sqlite3_column_int64(stmt, 0);
        rc = 0;
    } else {
        rc = catalog_fail(derived->store, err);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

/* Which of too many goes: of those that are not among the newest, the one whose neighbours
 * stand closest to each other for its age. `list` is newest first. */
static size_t thinnest(const struct checkpoint *list, size_t count)
{
    size_t worst = count - 1;
    double least = 0;

    for (size_t i = NEWEST_KEPT; i + 1 < count; i++) {
        double gap = (double)(list[i - 1].position_us - list[i + 1].position_us);
        double age = (double)(list[0].position_us - list[i].position_us) + (double)DAY_US;

        if (i == NEWEST_KEPT || gap / age < least) {
            least = gap / age;
            worst = i;
        }
    }
    return worst;
}

/* Old versions that no checkpoint needs go with them. */
static int drop_checkpoint(struct derived *derived, int64_t id, struct nj_err *err)
{
    static const char *const tables[] = {"episode", "link", "actor", "actor_source", "score"};
    sqlite3_stmt *stmt;

    if (catalog_prepare(derived->store, "DELETE FROM checkpoint WHERE id = ?", &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_int64(stmt, 1, id);
    if (catalog_run(derived->store, stmt, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        char sql[200];

        (void)snprintf(sql, sizeof(sql),
                       "DELETE FROM %s_old WHERE NOT EXISTS (SELECT 1 FROM checkpoint c"
                       " WHERE c.id > era AND c.id <= until)",
                       tables[i]);
        if (catalog_exec(derived->store, sql, err) < 0)
            return -1;
    }
    return 0;
}

int derived_checkpoint(struct derived *derived, int64_t position_us, store_snapshot_fn write,
                       void *ctx, int64_t *ret_id, struct nj_err *err)
{
    struct checkpoint list[CHECKPOINTS_MAX + 1], checkpoint = {.position_us = position_us};
    char path[PATH_MAX], folder[PATH_MAX];
    struct segment measured = {0};
    size_t count;

    /* rows go on being written beside the file: it takes none of the catalog's */
    if (next_id(derived, &checkpoint.id, err) < 0)
        return -1;
    (void)snprintf(checkpoint.path, sizeof(checkpoint.path), "checkpoints/k%08" PRId64,
                   checkpoint.id);
    (void)snprintf(folder, sizeof(folder), "%s/checkpoints", derived->store->dir);
    (void)snprintf(path, sizeof(path), "%s/%s", derived->store->dir, checkpoint.path);
    if (nj_make_folder(folder, 0777, err) < 0 ||
        state_write(path, write, ctx, &measured, err) < 0 || fsync_path(folder, err) < 0)
        return -1;
    checkpoint.digest = measured.digest;
    checkpoint.size = measured.size;
    if (derived_settle(derived, err) < 0 || name_checkpoint(derived, &checkpoint, err) < 0 ||
        derived_checkpoints(derived, list, &count, err) < 0)
        return -1;
    if (count > CHECKPOINTS_MAX &&
        drop_checkpoint(derived, list[thinnest(list, count)].id, err) < 0)
        return -1;
    *ret_id = checkpoint.id;
    return 0;
}

/* ---- going back ---- */

int derived_roll_back(struct derived *derived, int64_t checkpoint, struct nj_err *err)
{
    /* the columns of a kept table stand in its old versions' in the same order, so that all but
     * the last can be copied by name */
    static const struct {
        const char *name, *columns;
    } kept[] = {
        {"episode",
         "id, source, country, asn, declared, first_us, last_us, ceased_us, sessions, packets,"
         " targets, hours, bursts, rate, ports, ports_seen, sport_model, sport_min,"
         " sport_max, tool, stack, stacks, window, ttl_min, ttl_max, instances,"
         " repeats, answered, era"},
        {"link",
         "id, kind, hop, state, a, b, a_source, b_source, stopped_us, started_us, stated_us,"
         " first_stated_us, probability, bits, prior_bits, actor, evidence, refute, era"},
        {"actor", "id, stated_us, merged_into, merged_us, declared, era"},
        {"actor_source", "actor, source, from_us, to_us, era"},
        {"score", "source, at_us, grade, stage, version, reason, receipt, state, country, asn,"
                  " declared, first_us, last_us, sessions, targets, ports_seen, era"},
    };
    char sql[1600];

    if (derived_settle(derived, err) < 0)
        return -1;
    if (checkpoint == 0) /* without a condition SQLite drops a table's pages at once */
        return catalog_exec(derived->store,
                            "DELETE FROM episode; DELETE FROM episode_old; DELETE FROM link;"
                            "DELETE FROM link_old; DELETE FROM actor; DELETE FROM actor_old;"
                            "DELETE FROM actor_source; DELETE FROM actor_source_old;"
                            "DELETE FROM score; DELETE FROM score_old;"
                            "DELETE FROM score_history; DELETE FROM event;"
                            "DELETE FROM checkpoint",
                            err);
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        const char *name = kept[i].name, *columns = kept[i].columns;

        (void)snprintf(sql, sizeof(sql),
                       "DELETE FROM %s WHERE era >= %" PRId64 " AND era > 0;"
                       "INSERT INTO %s SELECT %s FROM %s_old WHERE until >= %" PRId64
                       " AND era < %" PRId64 ";"
                       "DELETE FROM %s_old WHERE until >= %" PRId64,
                       name, checkpoint, name, columns, name, checkpoint, checkpoint, name,
                       checkpoint);
        if (catalog_exec(derived->store, sql, err) < 0)
            return -1;
    }
    (void)snprintf(sql, sizeof(sql),
                   "DELETE FROM score_history WHERE era >= %" PRId64 " AND era > 0;"
                   "DELETE FROM event WHERE id > (SELECT last_event FROM checkpoint"
                   " WHERE id = %" PRId64 ");"
                   "DELETE FROM checkpoint WHERE id > %" PRId64,
                   checkpoint, checkpoint, checkpoint);
    return catalog_exec(derived->store, sql, err);
}

static bool named(struct derived *derived, const char *name)
{
    sqlite3_stmt *stmt;
    struct nj_err ignored;
    bool known = true; /* when in doubt, leave the file */

    if (catalog_prepare(derived->store, "SELECT 1 FROM checkpoint WHERE path = ?", &stmt,
                        &ignored) < 0)
        return true;
    (void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    known = sqlite3_step(stmt) == SQLITE_ROW;
    (void)sqlite3_finalize(stmt);
    return known;
}

void derived_sweep(struct derived *derived)
{
    char folder[PATH_MAX], path[PATH_MAX + 256], name[300];
    struct dirent *entry;
    DIR *dir;

    (void)snprintf(folder, sizeof(folder), "%s/checkpoints", derived->store->dir);
    dir = opendir(folder);
    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != 'k')
            continue;
        (void)snprintf(name, sizeof(name), "checkpoints/%s", entry->d_name);
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (!named(derived, name))
            (void)unlink(path);
    }
    (void)closedir(dir);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs in the catalog: an input is known by its sensor, its format and the digest of its
 * decompressed bytes up to the last commit, and up to the end that each run came to. The table
 * of ends is made when the first input grows. */
#include <stdlib.h>
#include <string.h>

#include "store/input.h"

#define INPUTS "SELECT * FROM input WHERE sensor = ?1 AND format = ?2"
#define ENDS                                                                                   \
    "SELECT 0, sensor, format, '', head_length, head_digest, position, digest, line, 1,"       \
    " 0, 0, 0, 0, 0, 0, 0, 0, last_us, '' FROM input_end WHERE sensor = ?1 AND format = ?2"
#define LONGEST_FIRST " ORDER BY position DESC, id = 0, id"

static const char ends_table[] =
    "CREATE TABLE IF NOT EXISTS input_end("
    "  sensor TEXT NOT NULL, format TEXT NOT NULL, head_length INTEGER NOT NULL,"
    "  head_digest INTEGER NOT NULL, position INTEGER NOT NULL, digest INTEGER NOT NULL,"
    "  line INTEGER NOT NULL, last_us INTEGER NOT NULL,"
    "  PRIMARY KEY(sensor, format, position, digest)) WITHOUT ROWID;";

static void copy_text(char *to, size_t size, sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    (void)snprintf(to, size, "%s", text == NULL ? "" : text);
}

static void input_from_row(sqlite3_stmt *stmt, struct store_input *input)
{
    int c = 0;

    memset(input, 0, sizeof(*input));
    input->id = sqlite3_column_int64(stmt, c++);
    copy_text(input->sensor, sizeof(input->sensor), stmt, c++);
    copy_text(input->format, sizeof(input->format), stmt, c++);
    copy_text(input->name, sizeof(input->name), stmt, c++);
    input->head_length = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->head_digest = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->position = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->digest = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->line = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->complete = sqlite3_column_int(stmt, c++) != 0;
    input->counts.packets = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->counts.sessions = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->counts.visits = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->counts.truncated = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->counts.malformed = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->counts.unsupported = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->counts.refused = (uint64_t)sqlite3_column_int64(stmt, c++);
    input->first_us = sqlite3_column_int64(stmt, c++);
    input->last_us = sqlite3_column_int64(stmt, c++);
    copy_text(input->note, sizeof(input->note), stmt, c++);
}

int store_find_inputs(struct store *store, const char *sensor, const char *format,
                      struct store_input **ret_inputs, size_t *ret_count, struct nj_err *err)
{
    struct store_input *inputs = NULL;
    size_t count = 0, room = 0;
    sqlite3_stmt *stmt;
    int rc = catalog_has(store, "input_end", err);

    if (rc < 0 ||
        catalog_prepare(store,
                        rc == 0 ? INPUTS LONGEST_FIRST
                                : "SELECT * FROM (" INPUTS " UNION ALL " ENDS ")" LONGEST_FIRST,
                        &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, sensor, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(stmt, 2, format, -1, SQLITE_STATIC);
    while ((rc = catalog_next(store, stmt, err)) > 0) {
        if (count == room) {
            struct store_input *more;

            room = room == 0 ? 16 : room * 2;
            more = realloc(inputs, room * sizeof(*more));
            if (more == NULL) {
                rc = nj_fail(err, NJ_NOMEM, "no memory for %zu inputs", room);
                break;
            }
            inputs = more;
        }
        input_from_row(stmt, &inputs[count++]);
    }
    (void)sqlite3_finalize(stmt);
    if (rc < 0) {
        free(inputs);
        return -1;
    }
    *ret_inputs = inputs;
    *ret_count = count;
    return 0;
}

int store_newest_input(struct store *store, int64_t *ret_id, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc;

    *ret_id = 0;
    if (catalog_prepare(store, "SELECT coalesce(max(id), 0) FROM input", &stmt, err) < 0)
        return -1;
    rc = catalog_next(store, stmt, err);
    if (rc > 0)
        *ret_id = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return rc < 0 ? -1 : 0;
}

/* Fewer packets may be alike by chance. */
#define TWIN_PACKETS 10

int store_input_twins(struct store *store, int64_t after_id, store_line_fn line, void *ctx,
                      struct nj_err *err)
{
    char text[1200], name[512], other[512];
    sqlite3_stmt *stmt;
    int rc;

    if (catalog_prepare(store,
                        "SELECT new.name, old.name, new.packets, min(old.id) FROM input AS new"
                        " JOIN input AS old ON old.id < new.id AND old.sensor = new.sensor"
                        " AND old.packets = new.packets AND old.first_us = new.first_us"
                        " AND old.last_us = new.last_us"
                        " WHERE new.id > ?1 AND new.last_us > new.first_us"
                        " AND new.packets >= ?2 GROUP BY new.id",
                        &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_int64(stmt, 1, after_id);
    (void)sqlite3_bind_int64(stmt, 2, TWIN_PACKETS);
    while ((rc = catalog_next(store, stmt, err)) > 0) {
        copy_text(name, sizeof(name), stmt, 0);
        copy_text(other, sizeof(other), stmt, 1);
        (void)snprintf(
            text, sizeof(text),
            "%s has as many packets as %s (%lld), from the same instant to the same"
            " instant: if it is the same traffic in another file, it counts twice now",
            name, other, (long long)sqlite3_column_int64(stmt, 2));
        line(ctx, text);
    }
    (void)sqlite3_finalize(stmt);
    return rc < 0 ? -1 : 0;
}

static int save_end(struct store *store, const struct store_input *input, struct nj_err *err)
{
    const struct store_end *end = &input->before;
    sqlite3_stmt *stmt;
    int c = 1;

    if (catalog_exec(store, ends_table, err) < 0 ||
        catalog_prepare(store, "INSERT OR IGNORE INTO input_end VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                        &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, c++, input->sensor, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(stmt, c++, input->format, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->head_length);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->head_digest);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)end->position);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)end->digest);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)end->line);
    (void)sqlite3_bind_int64(stmt, c++, end->last_us);
    return catalog_run(store, stmt, err);
}

int input_save(struct store *store, struct store_input *input, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int c = 1;

    if (input->before.position > 0 && input->position > input->before.position &&
        save_end(store, input, err) < 0)
        return -1;
    if (catalog_prepare(store,
                        "INSERT OR REPLACE INTO input VALUES"
                        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        &stmt, err) < 0)
        return -1;
    if (input->id == 0)
        (void)sqlite3_bind_null(stmt, c++);
    else
        (void)sqlite3_bind_int64(stmt, c++, input->id);
    (void)sqlite3_bind_text(stmt, c++, input->sensor, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(stmt, c++, input->format, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(stmt, c++, input->name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->head_length);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->head_digest);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->position);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->digest);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->line);
    (void)sqlite3_bind_int(stmt, c++, input->complete);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->counts.packets);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->counts.sessions);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->counts.visits);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->counts.truncated);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->counts.malformed);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->counts.unsupported);
    (void)sqlite3_bind_int64(stmt, c++, (int64_t)input->counts.refused);
    (void)sqlite3_bind_int64(stmt, c++, input->first_us);
    (void)sqlite3_bind_int64(stmt, c++, input->last_us);
    (void)sqlite3_bind_text(stmt, c++, input->note, -1, SQLITE_STATIC);
    if (catalog_run(store, stmt, err) < 0)
        return -1;
    if (input->id == 0)
        input->id = sqlite3_last_insert_rowid(store->catalog);
    return 0;
}

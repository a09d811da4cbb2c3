/* SPDX-License-Identifier: Apache-2.0 */
#include "store/kept.h"

#include <string.h>

#include "store/derived_internal.h"

static const char table[] =
    "CREATE TABLE IF NOT EXISTS kept_brief(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " made_us INTEGER NOT NULL, from_us INTEGER NOT NULL, to_us INTEGER NOT NULL,"
    " title TEXT NOT NULL, asked TEXT NOT NULL, facts TEXT NOT NULL)";

static int check_room(struct store *store, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int64_t count = KEPT_MAX;

    if (catalog_prepare(store, "SELECT count(*) FROM kept_brief", &stmt, err) < 0)
        return -1;
    if (sqlite3_step(stmt) == SQLITE_ROW)
        count = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    if (count >= KEPT_MAX)
        return nj_fail(err, NJ_LIMIT, "%d briefs are kept already: forget some first",
                       KEPT_MAX);
    return 0;
}

static int insert(struct store *store, const struct kept_brief *brief, struct nj_err *err)
{
    struct binder b = {0};

    if (catalog_prepare(store,
                        "INSERT INTO kept_brief(made_us, from_us, to_us, title, asked, facts)"
                        " VALUES(?, ?, ?, ?, ?, ?)",
                        &b.stmt, err) < 0)
        return -1;
    bind_int(&b, brief->made_us);
    bind_int(&b, brief->from_us);
    bind_int(&b, brief->to_us);
    (void)sqlite3_bind_text(b.stmt, ++b.next, brief->title, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(b.stmt, ++b.next, brief->asked, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(b.stmt, ++b.next, brief->facts, (int)brief->facts_length,
                            SQLITE_STATIC);
    return catalog_run(store, b.stmt, err);
}

int store_keep_brief(struct store *store, const struct kept_brief *brief, int64_t *ret_id,
                     struct nj_err *err)
{
    int rc;

    if (brief->facts_length > KEPT_BYTES_MAX)
        return nj_fail(err, NJ_LIMIT, "the brief has more than %u MB", KEPT_BYTES_MAX >> 20);
    if (catalog_begin(store, table, err) < 0)
        return -1;
    rc = check_room(store, err);
    if (rc == 0)
        rc = insert(store, brief, err);
    *ret_id = sqlite3_last_insert_rowid(store->catalog);
    return catalog_end(store, rc, err);
}

int store_kept_brief(struct store *store, int64_t id, json_t **ret_facts, struct nj_err *err)
{
    struct binder b = {0};
    json_t *facts = NULL;
    int rc = catalog_has(store, "kept_brief", err), step;

    if (rc <= 0)
        return rc < 0 ? -1 : STORE_UNKNOWN;
    if (catalog_prepare(store, "SELECT facts FROM kept_brief WHERE id = ?", &b.stmt, err) < 0)
        return -1;
    bind_int(&b, id);
    step = sqlite3_step(b.stmt);
    if (step == SQLITE_ROW)
        facts = json_loadb((const char *)sqlite3_column_text(b.stmt, 0),
                           (size_t)sqlite3_column_bytes(b.stmt, 0), 0, NULL);
    (void)sqlite3_finalize(b.stmt);
    if (step == SQLITE_DONE)
        return STORE_UNKNOWN;
    if (step != SQLITE_ROW)
        return catalog_fail(store, err);
    if (facts == NULL)
        return nj_fail(err, NJ_STORE, "the kept brief %lld can't be read", (long long)id);
    *ret_facts = facts;
    return 0;
}

static struct cell text_of(sqlite3_stmt *stmt, int column)
{
    return (struct cell){.kind = CELL_TEXT,
                         .text = (const char *)sqlite3_column_text(stmt, column),
                         .length = (size_t)sqlite3_column_bytes(stmt, column)};
}

int store_kept_briefs(struct store *store, unsigned limit, const struct row_sink *sink,
                      struct nj_err *err)
{
    static const char *const names[] = {"brief", "made",  "from", "to",
                                        "title", "asked", "bytes"};
    struct binder b = {0};
    int rc;

    if (sink->head(sink->ctx, names, 7, err) < 0)
        return -1;
    rc = catalog_has(store, "kept_brief", err);
    if (rc <= 0)
        return rc;
    if (catalog_prepare(store,
                        "SELECT id, made_us, from_us, to_us, title, asked, length(facts)"
                        " FROM kept_brief ORDER BY id DESC LIMIT ?",
                        &b.stmt, err) < 0)
        return -1;
    bind_int(&b, limit);
    while (rc >= 0 && (rc = catalog_next(store, b.stmt, err)) > 0) {
        struct cell cells[7];

        for (int i = 0; i < 4; i++)
            cells[i] = (struct cell){.kind = i == 0 ? CELL_INT : CELL_TIME,
                                     .number = sqlite3_column_int64(b.stmt, i)};
        cells[4] = text_of(b.stmt, 4);
        cells[5] = text_of(b.stmt, 5);
        cells[6] = (struct cell){.kind = CELL_INT, .number = sqlite3_column_int64(b.stmt, 6)};
        rc = sink->row(sink->ctx, cells, 7, err);
    }
    (void)sqlite3_finalize(b.stmt);
    return rc;
}

int store_forget_brief(struct store *store, int64_t id, struct nj_err *err)
{
    struct binder b = {0};
    int rc = catalog_has(store, "kept_brief", err);

    if (rc <= 0)
        return rc < 0 ? -1 : STORE_UNKNOWN;
    if (catalog_prepare(store, "DELETE FROM kept_brief WHERE id = ?", &b.stmt, err) < 0)
        return -1;
    bind_int(&b, id);
    if (catalog_run(store, b.stmt, err) < 0)
        return -1;
    return sqlite3_changes(store->catalog) == 1 ? 0 : STORE_UNKNOWN;
}

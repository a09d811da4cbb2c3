/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox/box.h"

#include <stdio.h>
#include <stdlib.h>

#include "outbox/box_statement.h"

static const char tables[] =
    "CREATE TABLE IF NOT EXISTS message(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " receiver TEXT NOT NULL, put_us INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE INDEX IF NOT EXISTS message_receiver ON message(receiver, id);"
    "CREATE TABLE IF NOT EXISTS receiver(name TEXT PRIMARY KEY, sent INTEGER NOT NULL DEFAULT "
    "0,"
    " dropped INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,"
    " next_us INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '',"
    " waiting INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    /* the counts of what waits, so that a bound costs no scan */
    "CREATE TRIGGER IF NOT EXISTS message_in AFTER INSERT ON message BEGIN"
    " INSERT INTO receiver(name, waiting, bytes) VALUES(NEW.receiver, 1, length(NEW.body))"
    " ON CONFLICT(name) DO UPDATE SET waiting = waiting + 1, bytes = bytes + length(NEW.body);"
    " END;"
    "CREATE TRIGGER IF NOT EXISTS message_out AFTER DELETE ON message BEGIN"
    " UPDATE receiver SET waiting = waiting - 1, bytes = bytes - length(OLD.body)"
    " WHERE name = OLD.receiver; END;"
    "CREATE TABLE IF NOT EXISTS position(who TEXT PRIMARY KEY, at_us INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS told(rule TEXT NOT NULL, key TEXT NOT NULL,"
    " subject TEXT NOT NULL, at_us INTEGER NOT NULL, sent INTEGER NOT NULL,"
    " PRIMARY KEY(rule, key)) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS told_at ON told(rule, at_us);"
    "CREATE TABLE IF NOT EXISTS listed(receiver TEXT NOT NULL, feed TEXT NOT NULL,"
    " entry TEXT NOT NULL, what TEXT NOT NULL, round INTEGER NOT NULL,"
    " PRIMARY KEY(receiver, feed, entry)) WITHOUT ROWID;";

int box_fault(struct box *box, struct nj_err *err)
{
    return nj_fail(err, NJ_STORE, "outbox: %s", sqlite3_errmsg(box->db));
}

static int execute(struct box *box, const char *sql, struct nj_err *err)
{
    return sqlite3_exec(box->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : box_fault(box, err);
}

int box_open(const char *store_dir, struct box **ret, struct nj_err *err)
{
    struct box *box = calloc(1, sizeof(*box));
    char *path = NULL;
    int rc = -1;

    if (box == NULL || asprintf(&path, "%s%s", store_dir == NULL ? ":memory:" : store_dir,
                                store_dir == NULL ? "" : "/outbox.db") < 0) {
        free(box);
        return nj_fail(err, NJ_NOMEM, "no memory for the outbox");
    }
    if (sqlite3_open_v2(path, &box->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK) {
        (void)nj_fail(err, NJ_STORE, "open %.180s: %s", path, sqlite3_errmsg(box->db));
    } else {
        (void)sqlite3_busy_timeout(box->db, 10000);
        rc = execute(box, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", err);
        if (rc == 0)
            rc = execute(box, "BEGIN IMMEDIATE", err);
        if (rc == 0)
            rc = box_end(box, execute(box, tables, err), err);
    }
    free(path);
    if (rc < 0) {
        box_close(box);
        return -1;
    }
    *ret = box;
    return 0;
}

void box_close(struct box *box)
{
    if (box == NULL)
        return;
    (void)sqlite3_close(box->db);
    free(box);
}

int box_begin(struct box *box, struct nj_err *err)
{
    return execute(box, "BEGIN IMMEDIATE", err);
}

int box_end(struct box *box, int rc, struct nj_err *err)
{
    if (rc >= 0 && execute(box, "COMMIT", err) == 0)
        return rc;
    (void)sqlite3_exec(box->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

/* ---- statements ---- */

int box_prepare(struct box *box, const char *sql, const struct box_value *values, size_t count,
                sqlite3_stmt **ret, struct nj_err *err)
{
    if (sqlite3_prepare_v2(box->db, sql, -1, ret, NULL) != SQLITE_OK)
        return box_fault(box, err);
    for (size_t i = 0; i < count; i++) {
        if (values[i].length > 0)
            (void)sqlite3_bind_blob(*ret, (int)i + 1, values[i].text, (int)values[i].length,
                                    SQLITE_STATIC);
        else if (values[i].text != NULL)
            (void)sqlite3_bind_text(*ret, (int)i + 1, values[i].text, -1, SQLITE_STATIC);
        else
            (void)sqlite3_bind_int64(*ret, (int)i + 1, values[i].number);
    }
    return 0;
}

int box_change(struct box *box, const char *sql, const struct box_value *values, size_t count,
               struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int step;

    if (box_prepare(box, sql, values, count, &stmt, err) < 0)
        return -1;
    step = sqlite3_step(stmt);
    (void)sqlite3_finalize(stmt);
    return step == SQLITE_DONE ? 0 : box_fault(box, err);
}
int box_ask(struct box *box, const char *sql, const struct box_value *values, size_t count,
            int64_t *ret, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int step;

    if (box_prepare(box, sql, values, count, &stmt, err) < 0)
        return -1;
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW)
        *ret = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return box_fault(box, err);
    return step == SQLITE_ROW ? 0 : BOX_NONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A list is written, or removed, in one transaction of its own. */
#include <stdlib.h>

#include "store/derived_internal.h"
#include "store/testimony.h"

static const char tables[] =
    "CREATE TABLE IF NOT EXISTS testimony_list(id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, source TEXT, licence TEXT, file TEXT,"
    " dated_us INTEGER, imported_us INTEGER NOT NULL, entries INTEGER NOT NULL,"
    " refused INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS testimony(first BLOB NOT NULL, last BLOB NOT NULL,"
    " list INTEGER NOT NULL, number INTEGER NOT NULL, from_us INTEGER, to_us INTEGER,"
    " value TEXT, PRIMARY KEY(list, first, last, number)) WITHOUT ROWID;";

struct testimony_writer {
    struct store *store;
    sqlite3_stmt *add, *forget;
    int64_t list, number;
};

/* The list's number. @return 0; STORE_UNKNOWN; -1 */
static int find_id(struct store *store, const char *name, int64_t *ret_id,
                   enum testimony_kind *ret_kind, struct nj_err *err)
{
    struct binder b = {0};
    int step;

    if (catalog_prepare(store, "SELECT id, kind FROM testimony_list WHERE name = ?", &b.stmt,
                        err) < 0)
        return -1;
    (void)sqlite3_bind_text(b.stmt, 1, name, -1, SQLITE_STATIC);
    step = sqlite3_step(b.stmt);
    if (step == SQLITE_ROW) {
        *ret_id = sqlite3_column_int64(b.stmt, 0);
        *ret_kind = (enum testimony_kind)sqlite3_column_int(b.stmt, 1);
    }
    (void)sqlite3_finalize(b.stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(store, err);
    return step == SQLITE_ROW ? 0 : STORE_UNKNOWN;
}

/* A statement with one number. */
static int run_with(struct store *store, const char *sql, int64_t number, struct nj_err *err)
{
    sqlite3_stmt *stmt;

    if (catalog_prepare(store, sql, &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_int64(stmt, 1, number);
    return catalog_run(store, stmt, err);
}

static int forget_all(struct store *store, int64_t list, struct nj_err *err)
{
    return run_with(store, "DELETE FROM testimony WHERE list = ?", list, err);
}

static int make_list(struct store *store, const struct testimony_list *list, int64_t *ret_id,
                     struct nj_err *err)
{
    struct binder b = {0};

    if (catalog_prepare(store,
                        "INSERT INTO testimony_list(name, kind, imported_us, entries, refused)"
                        " VALUES(?, ?, 0, 0, 0)",
                        &b.stmt, err) < 0)
        return -1;
    bind_text(&b, list->name);
    bind_int(&b, list->kind);
    if (catalog_run(store, b.stmt, err) < 0)
        return -1;
    *ret_id = sqlite3_last_insert_rowid(store->catalog);
    return 0;
}

/* The number behind the last of a list. */
static int next_number(struct store *store, int64_t list, int64_t *ret, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int step;

    if (catalog_prepare(store,
                        "SELECT coalesce(max(number), 0) + 1 FROM testimony WHERE list = ?",
                        &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_int64(stmt, 1, list);
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW)
        *ret = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return step == SQLITE_ROW ? 0 : catalog_fail(store, err);
}

static int open_list(struct testimony_writer *writer, const struct testimony_list *list,
                     bool replace, struct nj_err *err)
{
    struct store *store = writer->store;
    enum testimony_kind kind = list->kind;
    int rc = find_id(store, list->name, &writer->list, &kind, err);

    if (rc == STORE_UNKNOWN)
        rc = make_list(store, list, &writer->list, err);
    else if (rc == 0 && kind != list->kind)
        rc = nj_fail(err, NJ_CONFIG,
                     "there is a list %s of kind %s: remove it first, or choose another name",
                     list->name, kind < TESTIMONY_KINDS ? testimony_kinds[kind] : "?");
    else if (rc == 0 && replace)
        rc = forget_all(store, writer->list, err);
    if (rc == 0)
        rc = next_number(store, writer->list, &writer->number, err);
    if (rc == 0)
        rc = catalog_prepare(store, "INSERT INTO testimony VALUES(?, ?, ?, ?, ?, ?, ?)",
                             &writer->add, err);
    if (rc == 0)
        rc = catalog_prepare(store,
                             "DELETE FROM testimony WHERE first = ? AND last = ? AND list = ?",
                             &writer->forget, err);
    return rc;
}

int testimony_begin(struct store *store, const struct testimony_list *list, bool replace,
                    struct testimony_writer **ret_writer, struct nj_err *err)
{
    struct testimony_writer *writer = calloc(1, sizeof(*writer));

    if (writer == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a list");
    writer->store = store;
    if (catalog_exec(store, "BEGIN IMMEDIATE", err) < 0) {
        free(writer);
        return -1;
    }
    if (catalog_exec(store, tables, err) < 0 || open_list(writer, list, replace, err) < 0) {
        testimony_cancel(writer);
        return -1;
    }
    *ret_writer = writer;
    return 0;
}

/* Step a prepared statement and make it ready for the next values. */
static int step_again(struct testimony_writer *writer, sqlite3_stmt *stmt, struct nj_err *err)
{
    int rc = sqlite3_step(stmt) == SQLITE_DONE ? 0 : catalog_fail(writer->store, err);

    (void)sqlite3_reset(stmt);
    return rc;
}

int testimony_add(struct testimony_writer *writer, const struct prefix *net, int64_t from_us,
                  int64_t to_us, const char *value, struct nj_err *err)
{
    struct binder b = {.stmt = writer->add};

    bind_end(&b, net->first);
    bind_end(&b, net->last);
    bind_int(&b, writer->list);
    bind_int(&b, writer->number++);
    bind_some(&b, from_us);
    bind_some(&b, to_us);
    bind_text(&b, value);
    return step_again(writer, writer->add, err);
}

int testimony_forget(struct testimony_writer *writer, const struct prefix *net,
                     struct nj_err *err)
{
    struct binder b = {.stmt = writer->forget};

    bind_end(&b, net->first);
    bind_end(&b, net->last);
    bind_int(&b, writer->list);
    return step_again(writer, writer->forget, err);
}

static void writer_free(struct testimony_writer *writer)
{
    (void)sqlite3_finalize(writer->add);
    (void)sqlite3_finalize(writer->forget);
    free(writer);
}

int testimony_end(struct testimony_writer *writer, const struct testimony_list *list,
                  struct nj_err *err)
{
    struct store *store = writer->store;
    struct binder b = {0};
    int rc = catalog_prepare(store,
                             "UPDATE testimony_list SET source = ?, licence = ?, file = ?,"
                             " dated_us = ?, imported_us = ?, refused = ?, entries ="
                             " (SELECT count(*) FROM testimony WHERE list = ?7) WHERE id = ?7",
                             &b.stmt, err);

    if (rc == 0) {
        bind_text(&b, list->source);
        bind_text(&b, list->licence);
        bind_text(&b, list->file);
        bind_some(&b, list->dated_us);
        bind_int(&b, list->imported_us);
        bind_int(&b, (int64_t)list->refused);
        bind_int(&b, writer->list);
        rc = catalog_run(store, b.stmt, err);
    }
    rc = catalog_end(store, rc, err);
    writer_free(writer);
    return rc;
}

void testimony_cancel(struct testimony_writer *writer)
{
    if (writer == NULL)
        return;
    (void)sqlite3_exec(writer->store->catalog, "ROLLBACK", NULL, NULL, NULL);
    writer_free(writer);
}

int testimony_remove(struct store *store, const char *name, struct nj_err *err)
{
    enum testimony_kind kind;
    int64_t id = 0;
    int rc = catalog_has(store, "testimony", err);

    if (rc <= 0)
        return rc < 0 ? -1 : STORE_UNKNOWN;
    if (catalog_begin(store, NULL, err) < 0)
        return -1;
    rc = find_id(store, name, &id, &kind, err);
    if (rc == 0)
        rc = forget_all(store, id, err);
    if (rc == 0)
        rc = run_with(store, "DELETE FROM testimony_list WHERE id = ?", id, err);
    return catalog_end(store, rc, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/collection.h"

#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

#include "base/text.h"
#include "store/derived_internal.h"

static const char tables[] =
    "CREATE TABLE IF NOT EXISTS collection(name TEXT PRIMARY KEY, digest INTEGER NOT NULL,"
    " pass INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS collected(collection TEXT NOT NULL, id TEXT NOT NULL,"
    " type TEXT NOT NULL, version TEXT, digest INTEGER NOT NULL, pass INTEGER NOT NULL,"
    " added_us INTEGER NOT NULL, gone_us INTEGER, text TEXT NOT NULL,"
    " PRIMARY KEY(collection, id));"
    "CREATE UNIQUE INDEX IF NOT EXISTS collected_added ON collected(collection, added_us)";

/* A number of a statement with the collection's name as ?1. @return 0; -1; *ret stays if there
 * is no row, or NULL in it */
static int ask_number(struct store *store, const char *sql, const char *collection,
                      int64_t *ret, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int step;

    if (catalog_prepare(store, sql, &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, collection, -1, SQLITE_STATIC);
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
        *ret = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return step == SQLITE_ROW || step == SQLITE_DONE ? 0 : catalog_fail(store, err);
}

/* ---- publishing ---- */

struct publishing {
    struct store *store;
    const char *collection;
    sqlite3_stmt *find, *touch, *put;
    int64_t pass, next_us, now_us;
};

static int64_t digest_of(const struct collection_object *object)
{
    return (int64_t)XXH3_64bits(object->text, object->length);
}

static int step_done(struct publishing *p, sqlite3_stmt *stmt, struct nj_err *err)
{
    int step = sqlite3_step(stmt);

    (void)sqlite3_reset(stmt);
    return step == SQLITE_DONE ? 0 : catalog_fail(p->store, err);
}

/* Add an object anew. @param gone  it is its last version */
static int put(struct publishing *p, const struct collection_object *object, bool gone,
               struct nj_err *err)
{
    struct binder b = {.stmt = p->put};

    (void)sqlite3_bind_text(b.stmt, ++b.next, p->collection, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(b.stmt, ++b.next, object->id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(b.stmt, ++b.next, object->type, -1, SQLITE_STATIC);
    bind_text(&b, object->version);
    bind_int(&b, digest_of(object));
    bind_int(&b, p->pass);
    bind_int(&b, p->next_us++);
    if (gone)
        bind_int(&b, p->now_us);
    else
        bind_null(&b);
    (void)sqlite3_bind_text(b.stmt, ++b.next, object->text, (int)object->length, SQLITE_STATIC);
    return step_done(p, p->put, err);
}

/* The pass is noted where nothing else has changed. */
static int touch(struct publishing *p, const char *id, struct nj_err *err)
{
    struct binder b = {.stmt = p->touch};

    bind_int(&b, p->pass);
    (void)sqlite3_bind_text(b.stmt, ++b.next, p->collection, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(b.stmt, ++b.next, id, -1, SQLITE_STATIC);
    return step_done(p, p->touch, err);
}

static int publish_one(struct publishing *p, const struct collection_object *object,
                       struct nj_err *err)
{
    struct binder b = {.stmt = p->find};
    bool same = false;
    int step;

    (void)sqlite3_bind_text(b.stmt, ++b.next, p->collection, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(b.stmt, ++b.next, object->id, -1, SQLITE_STATIC);
    step = sqlite3_step(p->find);
    if (step == SQLITE_ROW)
        same = sqlite3_column_int64(p->find, 0) == digest_of(object) &&
               sqlite3_column_type(p->find, 1) == SQLITE_NULL;
    (void)sqlite3_reset(p->find);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(p->store, err);
    return same ? touch(p, object->id, err) : put(p, object, false, err);
}

/* What this pass did not name is gone; a last version of it may be told. */
static int end_others(struct publishing *p, collection_end_fn end, void *ctx,
                      struct nj_err *err)
{
    struct binder b = {0};
    int rc = 0;

    if (catalog_prepare(p->store,
                        "SELECT text FROM collected WHERE collection = ? AND pass <> ?"
                        " AND gone_us IS NULL ORDER BY +added_us", /* sorted first */
                        &b.stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(b.stmt, ++b.next, p->collection, -1, SQLITE_STATIC);
    bind_int(&b, p->pass);
    while (rc >= 0 && (rc = catalog_next(p->store, b.stmt, err)) > 0) {
        struct collection_object last;

        if (end(ctx, (const char *)sqlite3_column_text(b.stmt, 0),
                (size_t)sqlite3_column_bytes(b.stmt, 0), &last))
            rc = put(p, &last, true, err);
    }
    (void)sqlite3_finalize(b.stmt);
    return rc;
}

/* One statement about the collection with two numbers. */
static int run_on(struct publishing *p, const char *sql, int64_t first, int64_t second,
                  struct nj_err *err)
{
    struct binder b = {0};

    if (catalog_prepare(p->store, sql, &b.stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(b.stmt, ++b.next, p->collection, -1, SQLITE_STATIC);
    bind_int(&b, first);
    bind_int(&b, second);
    return catalog_run(p->store, b.stmt, err);
}

static int prepare(struct publishing *p, struct nj_err *err)
{
    int64_t last_us = 0, pass = 0;

    if (ask_number(p->store, "SELECT pass FROM collection WHERE name = ?1", p->collection,
                   &pass, err) < 0 ||
        ask_number(p->store, "SELECT max(added_us) FROM collected WHERE collection = ?1",
                   p->collection, &last_us, err) < 0)
        return -1;
    p->pass = pass + 1;
    p->next_us = p->now_us > last_us ? p->now_us : last_us + 1; /* the clock may go back */
    if (catalog_prepare(p->store,
                        "SELECT digest, gone_us FROM collected WHERE collection = ? AND id = ?",
                        &p->find, err) < 0 ||
        catalog_prepare(p->store,
                        "UPDATE collected SET pass = ? WHERE collection = ? AND id = ?",
                        &p->touch, err) < 0 ||
        catalog_prepare(p->store,
                        "INSERT OR REPLACE INTO collected(collection, id, type, version,"
                        " digest, pass, added_us, gone_us, text)"
                        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        &p->put, err) < 0)
        return -1;
    return 0;
}

static int publish(struct publishing *p, const struct collection_object *objects, size_t count,
                   int64_t digest, collection_end_fn end, void *ctx, struct nj_err *err)
{
    int rc = prepare(p, err);

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = publish_one(p, &objects[i], err);
    if (rc == 0)
        rc = end_others(p, end, ctx, err);
    (void)sqlite3_finalize(p->find);
    (void)sqlite3_finalize(p->touch);
    (void)sqlite3_finalize(p->put);
    if (rc == 0)
        rc = run_on(p,
                    "UPDATE collected SET gone_us = ?3 WHERE collection = ?1 AND pass <> ?2"
                    " AND gone_us IS NULL",
                    p->pass, p->now_us, err);
    if (rc == 0)
        rc = run_on(p, "DELETE FROM collected WHERE collection = ?1 AND gone_us < ?2 + ?3",
                    p->now_us, -COLLECTION_STAYS_US, err);
    if (rc == 0)
        rc = run_on(p, "INSERT OR REPLACE INTO collection(name, digest, pass) VALUES(?, ?, ?)",
                    digest, p->pass, err);
    return rc;
}

int store_publish(struct store *store, const char *collection,
                  const struct collection_object *objects, size_t count, int64_t now_us,
                  collection_end_fn end, void *ctx, struct nj_err *err)
{
    struct publishing p = {.store = store, .collection = collection, .now_us = now_us};
    uint64_t digest = count;
    int64_t known = 0;
    int rc = catalog_has(store, "collected", err);

    for (size_t i = 0; i < count; i++)
        digest = XXH3_64bits_withSeed(objects[i].text, objects[i].length, digest);
    if (digest == 0)
        digest = 1;
    if (rc > 0 && ask_number(store, "SELECT digest FROM collection WHERE name = ?1", collection,
                             &known, err) < 0)
        return -1;
    if (rc < 0 || (rc > 0 && known == (int64_t)digest))
        return rc < 0 ? -1 : 0;
    if (catalog_begin(store, tables, err) < 0)
        return -1;
    return catalog_end(store, publish(&p, objects, count, (int64_t)digest, end, ctx, err), err);
}

/* ---- asking ---- */

static void add_condition(struct text *sql, const char *column,
                          const struct collection_words *words)
{
    if (words->count == 0)
        return;
    text_add_z(sql, " AND ");
    text_add_z(sql, column);
    for (size_t i = 0; i < words->count; i++)
        text_add_z(sql, i == 0 ? " IN (?" : ", ?");
    text_add_z(sql, ")");
}

static void bind_words(struct binder *b, const struct collection_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        (void)sqlite3_bind_text(b->stmt, ++b->next, words->items[i], -1, SQLITE_STATIC);
}

/* When it was added, where the object says no version. */
#define VERSION                                                                                \
    "coalesce(version, strftime('%Y-%m-%dT%H:%M:%S.', added_us / 1000000, 'unixepoch')"        \
    " || printf('%06dZ', added_us % 1000000))"

static int send(struct store *store, sqlite3_stmt *stmt, collection_row_fn row, void *ctx,
                struct nj_err *err)
{
    int rc = 0;

    while (rc >= 0 && (rc = catalog_next(store, stmt, err)) > 0) {
        rc = row(ctx,
                 &(struct collection_row){
                     .id = (const char *)sqlite3_column_text(stmt, 0),
                     .version = (const char *)sqlite3_column_text(stmt, 1),
                     .added_us = sqlite3_column_int64(stmt, 2),
                     .text = (const char *)sqlite3_column_text(stmt, 3),
                     .length = (size_t)sqlite3_column_bytes(stmt, 3),
                 },
                 err);
    }
    return rc;
}

int store_collection(struct store *store, const char *collection,
                     const struct collection_question *question, collection_row_fn row,
                     void *ctx, struct nj_err *err)
{
    struct binder b = {0};
    struct text sql = {0};
    int rc = catalog_has(store, "collected", err);

    if (rc <= 0)
        return rc;
    text_add_z(&sql, "SELECT id, " VERSION ", added_us, text FROM collected"
                     " WHERE collection = ? AND added_us > ?");
    add_condition(&sql, "id", &question->ids);
    add_condition(&sql, "type", &question->types);
    add_condition(&sql, VERSION, &question->versions);
    text_add_z(&sql, " ORDER BY added_us LIMIT ?");
    text_add(&sql, "", 1);
    if (sql.no_memory) {
        text_done(&sql);
        return nj_fail(err, NJ_NOMEM, "no memory for a question");
    }
    rc = catalog_prepare(store, sql.bytes, &b.stmt, err);
    text_done(&sql);
    if (rc < 0)
        return -1;
    (void)sqlite3_bind_text(b.stmt, ++b.next, collection, -1, SQLITE_STATIC);
    bind_int(&b, question->after_us);
    bind_words(&b, &question->ids);
    bind_words(&b, &question->types);
    bind_words(&b, &question->versions);
    bind_int(&b, question->limit);
    rc = send(store, b.stmt, row, ctx, err);
    (void)sqlite3_finalize(b.stmt);
    return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox/box.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUND_BYTES (1u << 20)

struct box {
    sqlite3 *db;
};

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

static int refuse(struct box *box, struct nj_err *err)
{
    return nj_fail(err, NJ_STORE, "outbox: %s", sqlite3_errmsg(box->db));
}

static int execute(struct box *box, const char *sql, struct nj_err *err)
{
    return sqlite3_exec(box->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : refuse(box, err);
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

/* ---- statements ----------------------------------------------------------------------------
 */

/* The values of a statement: "t" a text, "i" a number. */
struct value {
    const char *text;
    int64_t number;
    size_t length; /* of bytes; 0: a text that ends with NUL, or a number */
};
#define TEXT(t)                                                                                \
    {                                                                                          \
        .text = (t)                                                                            \
    }
#define NUMBER(n)                                                                              \
    {                                                                                          \
        .number = (n)                                                                          \
    }

static int prepare(struct box *box, const char *sql, const struct value *values, size_t count,
                   sqlite3_stmt **ret, struct nj_err *err)
{
    if (sqlite3_prepare_v2(box->db, sql, -1, ret, NULL) != SQLITE_OK)
        return refuse(box, err);
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

static int change(struct box *box, const char *sql, const struct value *values, size_t count,
                  struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int step;

    if (prepare(box, sql, values, count, &stmt, err) < 0)
        return -1;
    step = sqlite3_step(stmt);
    (void)sqlite3_finalize(stmt);
    return step == SQLITE_DONE ? 0 : refuse(box, err);
}
#define CHANGE(box, sql, err, ...)                                                             \
    change(box, sql, (const struct value[]){__VA_ARGS__},                                      \
           sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value), err)

/* One number. @return 0; BOX_NONE: no row; -1 */
static int ask(struct box *box, const char *sql, const struct value *values, size_t count,
               int64_t *ret, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int step;

    if (prepare(box, sql, values, count, &stmt, err) < 0)
        return -1;
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW)
        *ret = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return refuse(box, err);
    return step == SQLITE_ROW ? 0 : BOX_NONE;
}
#define ASK(box, sql, ret, err, ...)                                                           \
    ask(box, sql, (const struct value[]){__VA_ARGS__},                                         \
        sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value), ret, err)

/* ---- the queue -----------------------------------------------------------------------------
 */

static int drop_oldest(struct box *box, const char *receiver, struct nj_err *err)
{
    return CHANGE(box,
                  "DELETE FROM message WHERE id = (SELECT min(id) FROM message"
                  " WHERE receiver = ?1)",
                  err, TEXT(receiver)) < 0
               ? -1
               : CHANGE(box,
                        "UPDATE receiver SET dropped = dropped + 1, why = 'the queue was full'"
                        " WHERE name = ?1",
                        err, TEXT(receiver));
}

int box_put(struct box *box, const char *receiver, const char *body, size_t length,
            int64_t now_us, struct nj_err *err)
{
    int64_t full = 0;

    if (length == 0 || length > BOX_BODY_MAX)
        return nj_fail(err, NJ_LIMIT, "a message of %zu bytes, from 1 to %u may be sent",
                       length, BOX_BODY_MAX);
    if (CHANGE(box, "INSERT INTO message(receiver, put_us, body) VALUES(?, ?, ?)", err,
               TEXT(receiver), NUMBER(now_us), {.text = body, .length = length}) < 0)
        return -1;
    for (;;) {
        if (ASK(box, "SELECT waiting > ?2 OR bytes > ?3 FROM receiver WHERE name = ?1", &full,
                err, TEXT(receiver), NUMBER(BOX_MESSAGES_MAX), NUMBER(BOX_BYTES_MAX)) < 0)
            return -1;
        if (full == 0)
            return 0;
        if (drop_oldest(box, receiver, err) < 0)
            return -1;
    }
}

static int take(struct box *box, sqlite3_stmt *stmt, struct box_message *ret,
                struct nj_err *err)
{
    const void *body = sqlite3_column_blob(stmt, 2);
    int length = sqlite3_column_bytes(stmt, 2);

    (void)box;
    *ret = (struct box_message){.id = sqlite3_column_int64(stmt, 0),
                                .put_us = sqlite3_column_int64(stmt, 1),
                                .body = malloc((size_t)length + 1),
                                .length = (size_t)length};
    if (ret->body == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for messages");
    if (length > 0)
        memcpy(ret->body, body, (size_t)length);
    ret->body[length] = '\0';
    return 0;
}

int box_next(struct box *box, const char *receiver, size_t max, struct box_message *ret,
             size_t *ret_count, struct nj_err *err)
{
    const struct value values[] = {TEXT(receiver), NUMBER((int64_t)max)};
    sqlite3_stmt *stmt;
    size_t count = 0, bytes = 0;
    int step = SQLITE_DONE, rc = 0;

    if (prepare(box,
                "SELECT id, put_us, body FROM message WHERE receiver = ?1 ORDER BY id LIMIT ?2",
                values, 2, &stmt, err) < 0)
        return -1;
    while (rc == 0 && count < max && bytes < ROUND_BYTES &&
           (step = sqlite3_step(stmt)) == SQLITE_ROW) {
        rc = take(box, stmt, &ret[count], err);
        if (rc == 0)
            bytes += ret[count++].length;
    }
    if (rc == 0 && step != SQLITE_ROW && step != SQLITE_DONE)
        rc = refuse(box, err);
    (void)sqlite3_finalize(stmt);
    for (size_t i = 0; rc < 0 && i < count; i++)
        box_message_done(&ret[i]);
    *ret_count = rc < 0 ? 0 : count;
    return rc;
}

void box_message_done(struct box_message *message)
{
    free(message->body);
    *message = (struct box_message){0};
}

/* Delete a run of messages and say so in one of the receiver's columns. */
static int remove_run(struct box *box, const char *receiver, int64_t first_id, int64_t last_id,
                      const char *said, const char *why, struct nj_err *err)
{
    int rc = box_begin(box, err);

    if (rc < 0)
        return -1;
    rc = CHANGE(box, said, err, TEXT(receiver), NUMBER(first_id), NUMBER(last_id), TEXT(why));
    if (rc == 0)
        rc = CHANGE(box, "DELETE FROM message WHERE receiver = ?1 AND id BETWEEN ?2 AND ?3",
                    err, TEXT(receiver), NUMBER(first_id), NUMBER(last_id));
    return box_end(box, rc, err);
}

#define RUN_COUNT "(SELECT count(*) FROM message WHERE receiver = ?1 AND id BETWEEN ?2 AND ?3)"

int box_sent(struct box *box, const char *receiver, int64_t first_id, int64_t last_id,
             struct nj_err *err)
{
    return remove_run(box, receiver, first_id, last_id,
                      "UPDATE receiver SET failures = 0, next_us = 0, why = ?4,"
                      " sent = sent + " RUN_COUNT " WHERE name = ?1",
                      "", err);
}

int box_refused(struct box *box, const char *receiver, int64_t first_id, int64_t last_id,
                const char *why, struct nj_err *err)
{
    return remove_run(box, receiver, first_id, last_id,
                      "UPDATE receiver SET failures = 0, next_us = 0, why = ?4,"
                      " dropped = dropped + " RUN_COUNT " WHERE name = ?1",
                      why, err);
}

int box_failed(struct box *box, const char *receiver, int64_t next_us, const char *why,
               struct nj_err *err)
{
    return CHANGE(box,
                  "UPDATE receiver SET failures = failures + 1, next_us = ?2, why = ?3"
                  " WHERE name = ?1",
                  err, TEXT(receiver), NUMBER(next_us), TEXT(why));
}

int box_expire(struct box *box, int64_t now_us, struct nj_err *err)
{
    int rc = box_begin(box, err);

    if (rc < 0)
        return -1;
    rc =
        CHANGE(box,
               "UPDATE receiver SET dropped = dropped + n, why = 'could not be sent for a week'"
               " FROM (SELECT receiver, count(*) AS n FROM message WHERE put_us < ?1"
               " GROUP BY receiver) WHERE receiver = name",
               err, NUMBER(now_us - BOX_AGE_US));
    if (rc == 0)
        rc = CHANGE(box, "DELETE FROM message WHERE put_us < ?1", err,
                    NUMBER(now_us - BOX_AGE_US));
    return box_end(box, rc, err);
}

static const char receivers_sql[] =
    "SELECT name, waiting, bytes, sent, dropped, failures,"
    " coalesce((SELECT min(put_us) FROM message WHERE receiver = name), 0), next_us, why"
    " FROM receiver WHERE ?1 = '' OR name = ?1 ORDER BY name";

static struct box_receiver receiver_at(sqlite3_stmt *stmt)
{
    struct box_receiver receiver = {
        .waiting = (uint64_t)sqlite3_column_int64(stmt, 1),
        .bytes = (uint64_t)sqlite3_column_int64(stmt, 2),
        .sent = (uint64_t)sqlite3_column_int64(stmt, 3),
        .dropped = (uint64_t)sqlite3_column_int64(stmt, 4),
        .failures = (uint64_t)sqlite3_column_int64(stmt, 5),
        .oldest_us = sqlite3_column_int64(stmt, 6),
        .next_us = sqlite3_column_int64(stmt, 7),
    };

    (void)snprintf(receiver.name, sizeof(receiver.name), "%s",
                   (const char *)sqlite3_column_text(stmt, 0));
    (void)snprintf(receiver.why, sizeof(receiver.why), "%s",
                   (const char *)sqlite3_column_text(stmt, 8));
    return receiver;
}

static int each_receiver(struct box *box, const char *name,
                         int (*fn)(void *ctx, const struct box_receiver *receiver,
                                   struct nj_err *err),
                         void *ctx, struct nj_err *err)
{
    const struct value values[] = {TEXT(name)};
    sqlite3_stmt *stmt;
    int step = SQLITE_DONE, rc = 0;

    if (prepare(box, receivers_sql, values, 1, &stmt, err) < 0)
        return -1;
    while (rc == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
        const struct box_receiver receiver = receiver_at(stmt);

        rc = fn(ctx, &receiver, err);
    }
    if (rc == 0 && step != SQLITE_DONE)
        rc = refuse(box, err);
    (void)sqlite3_finalize(stmt);
    return rc;
}

int box_receivers(struct box *box,
                  int (*fn)(void *ctx, const struct box_receiver *receiver, struct nj_err *err),
                  void *ctx, struct nj_err *err)
{
    return each_receiver(box, "", fn, ctx, err);
}

static int keep_receiver(void *ctx, const struct box_receiver *receiver, struct nj_err *err)
{
    (void)err;
    *(struct box_receiver *)ctx = *receiver;
    return 0;
}

int box_receiver(struct box *box, const char *name, struct box_receiver *ret,
                 struct nj_err *err)
{
    *ret = (struct box_receiver){0};
    return each_receiver(box, name, keep_receiver, ret, err);
}

int box_retry(struct box *box, const char *receiver, struct nj_err *err)
{
    return CHANGE(box, "UPDATE receiver SET next_us = 0 WHERE ?1 = '' OR name = ?1", err,
                  TEXT(receiver == NULL ? "" : receiver));
}

/* ---- what was told -------------------------------------------------------------------------
 */

int box_position(struct box *box, const char *who, int64_t *ret_us, struct nj_err *err)
{
    return ASK(box, "SELECT at_us FROM position WHERE who = ?", ret_us, err, TEXT(who));
}

int box_set_position(struct box *box, const char *who, int64_t at_us, struct nj_err *err)
{
    return CHANGE(box, "INSERT OR REPLACE INTO position VALUES(?, ?)", err, TEXT(who),
                  NUMBER(at_us));
}

int box_tell(struct box *box, const struct box_told *told, struct nj_err *err)
{
    if (CHANGE(box, "INSERT OR IGNORE INTO told VALUES(?, ?, ?, ?, ?)", err, TEXT(told->rule),
               TEXT(told->key), TEXT(told->subject), NUMBER(told->at_us),
               NUMBER(told->sent)) < 0)
        return -1;
    return sqlite3_changes(box->db) > 0 ? 0 : BOX_TOLD;
}

int box_is_told(struct box *box, const char *rule, const char *key, struct nj_err *err)
{
    int64_t count = 0;
    int rc = ASK(box, "SELECT count(*) FROM told WHERE rule = ?1 AND key = ?2", &count, err,
                 TEXT(rule), TEXT(key));

    return rc < 0 ? -1 : count > 0 ? BOX_TOLD : 0;
}

int box_told_count(struct box *box, const char *rule, const char *subject, int64_t from_us,
                   int64_t to_us, uint64_t *ret, struct nj_err *err)
{
    int64_t count = 0;
    int rc = ASK(box,
                 "SELECT count(*) FROM told WHERE rule = ?1 AND at_us BETWEEN ?2 AND ?3"
                 " AND sent AND (?4 = '' OR subject = ?4)",
                 &count, err, TEXT(rule), NUMBER(from_us), NUMBER(to_us),
                 TEXT(subject == NULL ? "" : subject));

    *ret = (uint64_t)count;
    return rc < 0 ? -1 : 0;
}

int box_forget_told(struct box *box, int64_t before_us, struct nj_err *err)
{
    return CHANGE(box, "DELETE FROM told WHERE at_us < ?", err, NUMBER(before_us));
}

/* ---- entries of feeds ----------------------------------------------------------------------
 */

int box_list(struct box *box, const char *receiver, const char *feed, const char *entry,
             const char *what, int64_t round, struct nj_err *err)
{
    int64_t same = 0;
    int rc = ASK(box,
                 "SELECT what = ?4 FROM listed WHERE receiver = ?1 AND feed = ?2"
                 " AND entry = ?3",
                 &same, err, TEXT(receiver), TEXT(feed), TEXT(entry), TEXT(what));

    if (rc < 0 ||
        CHANGE(box, "INSERT OR REPLACE INTO listed VALUES(?, ?, ?, ?, ?)", err, TEXT(receiver),
               TEXT(feed), TEXT(entry), TEXT(what), NUMBER(round)) < 0)
        return -1;
    return rc == 0 && same != 0 ? BOX_TOLD : 0;
}

int box_is_listed(struct box *box, const char *receiver, const char *feed, const char *entry,
                  const char *what, int64_t round, struct nj_err *err)
{
    if (CHANGE(box,
               "UPDATE listed SET round = ?5 WHERE receiver = ?1 AND feed = ?2 AND entry = ?3"
               " AND what = ?4",
               err, TEXT(receiver), TEXT(feed), TEXT(entry), TEXT(what), NUMBER(round)) < 0)
        return -1;
    return sqlite3_changes(box->db) > 0 ? BOX_TOLD : 0;
}

int box_unlist(struct box *box, const char *receiver, const char *feed, int64_t round,
               struct nj_err *err)
{
    return CHANGE(box, "DELETE FROM listed WHERE receiver = ? AND feed = ? AND round <> ?", err,
                  TEXT(receiver), TEXT(feed), NUMBER(round));
}

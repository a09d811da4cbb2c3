/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be sent, by receiver, oldest first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outbox/box_statement.h"

#define ROUND_BYTES (1u << 20)

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
    const struct box_value values[] = {TEXT(receiver), NUMBER((int64_t)max)};
    sqlite3_stmt *stmt;
    size_t count = 0, bytes = 0;
    int step = SQLITE_DONE, rc = 0;

    if (box_prepare(
            box,
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
        rc = box_fault(box, err);
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
    const struct box_value values[] = {TEXT(name)};
    sqlite3_stmt *stmt;
    int step = SQLITE_DONE, rc = 0;

    if (box_prepare(box, receivers_sql, values, 1, &stmt, err) < 0)
        return -1;
    while (rc == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
        const struct box_receiver receiver = receiver_at(stmt);

        rc = fn(ctx, &receiver, err);
    }
    if (rc == 0 && step != SQLITE_DONE)
        rc = box_fault(box, err);
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

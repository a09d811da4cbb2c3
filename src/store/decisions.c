/* SPDX-License-Identifier: Apache-2.0 */
#include "store/decisions.h"

#include <stdlib.h>
#include <string.h>

#include "store/derived_internal.h"

static const char tables[] =
    "CREATE TABLE IF NOT EXISTS policy(id INTEGER PRIMARY KEY, path TEXT NOT NULL,"
    " text TEXT NOT NULL, set_us INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS allow_size(path TEXT PRIMARY KEY, entries INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS decision(id INTEGER PRIMARY KEY, first BLOB NOT NULL,"
    " last BLOB NOT NULL, action INTEGER NOT NULL, since_us INTEGER NOT NULL,"
    " until_us INTEGER NOT NULL, ended_us INTEGER, rule TEXT NOT NULL, risk REAL NOT NULL,"
    " grade INTEGER NOT NULL, actor INTEGER, hop REAL, hop_from BLOB, reason TEXT NOT NULL,"
    " kept_us INTEGER NOT NULL, seen_us INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX IF NOT EXISTS decision_open ON decision(first, last)"
    " WHERE ended_us IS NULL;"
    "CREATE INDEX IF NOT EXISTS decision_first ON decision(first);"
    "CREATE TABLE IF NOT EXISTS decided(one INTEGER PRIMARY KEY CHECK(one = 1),"
    " at_us INTEGER NOT NULL);";

/* ---- the policy ---- */

int store_policy(struct store *store, char **ret_path, char **ret_text, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    char *path = NULL, *text = NULL;
    int rc = catalog_has(store, "decided", err), step;

    if (rc <= 0)
        return rc < 0 ? -1 : STORE_UNKNOWN;
    if (catalog_prepare(store, "SELECT path, text FROM policy ORDER BY id DESC LIMIT 1", &stmt,
                        err) < 0)
        return -1;
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW) {
        path = strdup((const char *)sqlite3_column_text(stmt, 0));
        text = strdup((const char *)sqlite3_column_text(stmt, 1));
    }
    (void)sqlite3_finalize(stmt);
    if (step == SQLITE_DONE)
        return STORE_UNKNOWN;
    if (step != SQLITE_ROW)
        return catalog_fail(store, err);
    if (path == NULL || text == NULL) {
        free(path);
        free(text);
        return nj_fail(err, NJ_NOMEM, "no memory for the policy");
    }
    *ret_path = path;
    *ret_text = text;
    return 0;
}

int store_set_policy(struct store *store, const char *path, const char *text, int64_t now_us,
                     struct nj_err *err)
{
    struct binder b = {0};
    int rc = catalog_begin(store, tables, err);

    if (rc == 0)
        rc = catalog_prepare(store, "INSERT INTO policy(path, text, set_us) VALUES(?, ?, ?)",
                             &b.stmt, err);
    if (rc == 0) {
        (void)sqlite3_bind_text(b.stmt, ++b.next, path, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(b.stmt, ++b.next, text, -1, SQLITE_STATIC);
        bind_int(&b, now_us);
        rc = catalog_run(store, b.stmt, err);
    }
    return catalog_end(store, rc, err);
}

int store_allow_size(struct store *store, const char *path, int64_t *ret_entries,
                     struct nj_err *err)
{
    struct binder b = {0};
    int rc = catalog_has(store, "decided", err), step;

    if (rc <= 0)
        return rc < 0 ? -1 : STORE_UNKNOWN;
    if (catalog_prepare(store, "SELECT entries FROM allow_size WHERE path = ?", &b.stmt, err) <
        0)
        return -1;
    (void)sqlite3_bind_text(b.stmt, ++b.next, path, -1, SQLITE_STATIC);
    step = sqlite3_step(b.stmt);
    if (step == SQLITE_ROW)
        *ret_entries = sqlite3_column_int64(b.stmt, 0);
    (void)sqlite3_finalize(b.stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(store, err);
    return step == SQLITE_ROW ? 0 : STORE_UNKNOWN;
}

int store_set_allow_size(struct store *store, const char *path, int64_t entries,
                         struct nj_err *err)
{
    struct binder b = {0};
    int rc = catalog_begin(store, tables, err);

    if (rc == 0)
        rc = catalog_prepare(store, "INSERT OR REPLACE INTO allow_size VALUES(?, ?)", &b.stmt,
                             err);
    if (rc == 0) {
        (void)sqlite3_bind_text(b.stmt, ++b.next, path, -1, SQLITE_STATIC);
        bind_int(&b, entries);
        rc = catalog_run(store, b.stmt, err);
    }
    return catalog_end(store, rc, err);
}

/* ---- decisions ---- */

/* What was decided last. @return 0; STORE_OLD: that is later than `at_us`; -1 */
static int check_order(struct store *store, int64_t at_us, struct nj_err *err)
{
    struct binder b = {0};
    int step;

    if (catalog_prepare(store, "SELECT 1 FROM decided WHERE at_us > ?", &b.stmt, err) < 0)
        return -1;
    bind_int(&b, at_us);
    step = sqlite3_step(b.stmt);
    (void)sqlite3_finalize(b.stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(store, err);
    return step == SQLITE_ROW ? STORE_OLD : 0;
}

static int step_and_reset(struct store *store, struct binder *b, struct nj_err *err)
{
    int step = sqlite3_step(b->stmt);

    (void)sqlite3_reset(b->stmt);
    b->next = 0;
    return step == SQLITE_DONE ? 0 : catalog_fail(store, err);
}

static void bind_net(struct binder *b, const struct decision *decision)
{
    bind_addr(b, decision->net.first);
    bind_addr(b, decision->net.last);
}

/* Still the same: only its time moves. Else the open one ends and a new one begins. */
static int keep_one(struct store *store, struct binder *same, struct binder *close,
                    struct binder *add, const struct decision *decision, int64_t at_us,
                    struct nj_err *err)
{
    bind_int(same, decision->until_us);
    bind_int(same, at_us);
    bind_net(same, decision);
    bind_int(same, (int64_t)decision->action);
    (void)sqlite3_bind_text(same->stmt, ++same->next, decision->rule, -1, SQLITE_STATIC);
    if (step_and_reset(store, same, err) < 0)
        return -1;
    if (sqlite3_changes(store->catalog) > 0)
        return 0;
    bind_int(close, at_us);
    bind_net(close, decision);
    if (step_and_reset(store, close, err) < 0)
        return -1;
    bind_net(add, decision);
    bind_int(add, (int64_t)decision->action);
    bind_int(add, decision->since_us);
    bind_int(add, decision->until_us);
    (void)sqlite3_bind_text(add->stmt, ++add->next, decision->rule, -1, SQLITE_STATIC);
    bind_real(add, decision->risk);
    bind_int(add, (int64_t)decision->grade);
    bind_some(add, (int64_t)decision->actor);
    if (decision->hop > 0)
        bind_real(add, decision->hop);
    else
        bind_null(add);
    bind_addr(add, decision->hop_from);
    (void)sqlite3_bind_text(add->stmt, ++add->next, decision->reason, -1, SQLITE_STATIC);
    bind_int(add, at_us);
    bind_int(add, at_us);
    return step_and_reset(store, add, err);
}

/* Ends what was not seen now, and notes the instant. */
static int finish(struct store *store, int64_t at_us, struct nj_err *err)
{
    struct binder b = {0};

    if (catalog_prepare(store,
                        "UPDATE decision SET ended_us = min(max(until_us, since_us), ?1)"
                        " WHERE ended_us IS NULL AND seen_us < ?1",
                        &b.stmt, err) < 0)
        return -1;
    bind_int(&b, at_us);
    if (catalog_run(store, b.stmt, err) < 0)
        return -1;
    b = (struct binder){0};
    if (catalog_prepare(store, "INSERT OR REPLACE INTO decided VALUES(1, ?)", &b.stmt, err) < 0)
        return -1;
    bind_int(&b, at_us);
    return catalog_run(store, b.stmt, err);
}

static int keep_all(struct store *store, const struct decision *decisions, size_t count,
                    int64_t at_us, struct nj_err *err)
{
    struct binder same = {0}, close = {0}, add = {0};
    int rc = check_order(store, at_us, err);

    if (rc != 0)
        return rc;
    if (catalog_prepare(store,
                        "UPDATE decision SET until_us = ?, seen_us = ? WHERE first = ?"
                        " AND last = ? AND ended_us IS NULL AND action = ? AND rule = ?",
                        &same.stmt, err) < 0 ||
        catalog_prepare(store,
                        "UPDATE decision SET ended_us = ? WHERE first = ? AND last = ?"
                        " AND ended_us IS NULL",
                        &close.stmt, err) < 0 ||
        catalog_prepare(store,
                        "INSERT INTO decision(first, last, action, since_us, until_us, rule,"
                        " risk, grade, actor, hop, hop_from, reason, kept_us, seen_us)"
                        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        &add.stmt, err) < 0)
        rc = -1;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (decisions[i].state == DECISION_ACTIVE)
            rc = keep_one(store, &same, &close, &add, &decisions[i], at_us, err);
    }
    (void)sqlite3_finalize(same.stmt);
    (void)sqlite3_finalize(close.stmt);
    (void)sqlite3_finalize(add.stmt);
    return rc < 0 ? -1 : finish(store, at_us, err);
}

int store_keep_decisions(struct store *store, const struct decision *decisions, size_t count,
                         int64_t at_us, struct nj_err *err)
{
    int rc = catalog_begin(store, tables, err);

    if (rc == 0)
        rc = keep_all(store, decisions, count, at_us, err);
    return catalog_end(store, rc, err);
}

/* ---- history ---- */

static struct cell time_at(sqlite3_stmt *stmt, int i)
{
    if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
        return (struct cell){.kind = CELL_NULL};
    return (struct cell){.kind = CELL_TIME, .number = sqlite3_column_int64(stmt, i)};
}

static int send_row(sqlite3_stmt *stmt, const struct row_sink *sink, struct nj_err *err)
{
    struct prefix net = {.first = addr_at(stmt, 0), .last = addr_at(stmt, 1)};
    int action = sqlite3_column_int(stmt, 2);
    char net_text[PREFIX_TEXT_MAX], actor[32] = "", grade[2] = {0};
    struct addr hop_from = addr_at(stmt, 11);
    struct cell cells[12];

    if (sqlite3_column_int64(stmt, 9) != 0)
        (void)snprintf(actor, sizeof(actor), "NJ-%06lld",
                       (long long)sqlite3_column_int64(stmt, 9));
    grade[0] = (char)('A' + (sqlite3_column_int(stmt, 8) & 3));
    cells[0] = text_cell(prefix_text(&net, net_text));
    cells[1] = text_cell(action >= 0 && action < ACTIONS ? action_names[action] : "");
    cells[2] = time_at(stmt, 3);
    cells[3] = time_at(stmt, 4);
    cells[4] = time_at(stmt, 5);
    cells[5] = text_cell((const char *)sqlite3_column_text(stmt, 6));
    cells[6] = (struct cell){.kind = CELL_REAL, .real = sqlite3_column_double(stmt, 7)};
    cells[7] = text_cell(grade);
    cells[8] = text_cell(actor);
    cells[9] = sqlite3_column_type(stmt, 10) == SQLITE_NULL
                   ? (struct cell){.kind = CELL_NULL}
                   : (struct cell){.kind = CELL_REAL, .real = sqlite3_column_double(stmt, 10)};
    cells[10] = addr_is_none(hop_from)
                    ? (struct cell){.kind = CELL_NULL}
                    : (struct cell){.kind = CELL_ADDRESS, .address = hop_from};
    cells[11] = text_cell((const char *)sqlite3_column_text(stmt, 12));
    return sink->row(sink->ctx, cells, 12, err);
}

int store_decision_history(struct store *store, struct addr source, unsigned limit,
                           const struct row_sink *sink, struct nj_err *err)
{
    static const char *const names[] = {"net",   "action", "since",    "until",
                                        "ended", "rule",   "risk",     "grade",
                                        "actor", "hop",    "hop_from", "reason"};
    struct binder b = {0};
    int rc = catalog_has(store, "decided", err);

    if (rc < 0)
        return -1;
    if (sink->head != NULL && sink->head(sink->ctx, names, 12, err) < 0)
        return -1;
    if (rc == 0)
        return 0;
    if (catalog_prepare(store,
                        "SELECT first, last, action, since_us, until_us, ended_us, rule,"
                        " round(risk, 2), grade, actor, round(hop, 6), hop_from, reason"
                        " FROM decision WHERE (?1 IS NULL OR (first <= ?1 AND last >= ?1))"
                        " ORDER BY kept_us DESC, id DESC LIMIT ?2",
                        &b.stmt, err) < 0)
        return -1;
    bind_addr(&b, source);
    bind_int(&b, limit == 0 ? -1 : (int64_t)limit);
    while (rc >= 0 && (rc = catalog_next(store, b.stmt, err)) > 0)
        rc = send_row(b.stmt, sink, err);
    (void)sqlite3_finalize(b.stmt);
    return rc;
}

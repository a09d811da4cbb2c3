/* SPDX-License-Identifier: Apache-2.0 */
#include "store/clients.h"

#include <stdlib.h>
#include <string.h>

#include "store/derived_internal.h"
#include "store/fields.h"
#include "store/rows.h"
#include "store/stage.h"

enum said { SAID_OTHER, SAID_CLIENT, SAID_OWN };

static const char table_sql[] =
    "CREATE TABLE IF NOT EXISTS walk(source BLOB NOT NULL, sensor TEXT NOT NULL,"
    " at_us INTEGER NOT NULL, said INTEGER NOT NULL, PRIMARY KEY(source, sensor))"
    " WITHOUT ROWID";

/* ---- keeping ---- */

static enum said said_by(const uint8_t *value, size_t length)
{
    static const struct {
        const char *begin;
        enum said said;
    } words[] = {{"client;", SAID_CLIENT}, {"benign;", SAID_CLIENT}, {"own host;", SAID_OWN}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t size = strlen(words[i].begin);

        if (length >= size && memcmp(value, words[i].begin, size) == 0)
            return words[i].said;
    }
    return SAID_OTHER;
}

static int keep(struct store *store, const struct trait_row *row, struct nj_err *err)
{
    struct binder b = {0};

    if (catalog_prepare(store,
                        "INSERT INTO walk VALUES(?, ?, ?, ?) ON CONFLICT(source, sensor)"
                        " DO UPDATE SET at_us = excluded.at_us, said = excluded.said"
                        " WHERE excluded.at_us >= at_us",
                        &b.stmt, err) < 0)
        return -1;
    bind_addr(&b, row->src);
    bind_text(&b, row->sensor);
    bind_int(&b, row->ts);
    bind_int(&b, said_by(store->stage->heap + row->value.start, row->value.length));
    return catalog_run(store, b.stmt, err);
}

int clients_keep(struct store *store, struct nj_err *err)
{
    const struct stage *stage = store->stage;
    bool made = false;

    /* in the order in which they were told: of one instant the last holds */
    for (size_t i = 0; i < stage->trait_count; i++) {
        if (strcmp(stage->traits[i].kind, "trw") != 0)
            continue;
        if (!made && catalog_exec(store, table_sql, err) < 0)
            return -1;
        made = true;
        if (keep(store, &stage->traits[i], err) < 0)
            return -1;
    }
    return 0;
}

int clients_expire(struct store *store, int64_t before_us, struct nj_err *err)
{
    struct binder b = {0};
    int has = catalog_has(store, "walk", err);

    if (has <= 0)
        return has;
    if (catalog_prepare(store, "DELETE FROM walk WHERE at_us < ?", &b.stmt, err) < 0)
        return -1;
    bind_int(&b, before_us);
    return catalog_run(store, b.stmt, err);
}

/* ---- the table for the engine ---- */

struct texts {
    char (*addresses)[ADDR_TEXT_MAX];
    char **sensors;
    const char **columns[3]; /* address, sensor, "true" for an own host */
    size_t count, room;
};

static void texts_done(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->sensors[i]);
    free(texts->sensors);
    free(texts->addresses);
    for (size_t i = 0; i < 3; i++)
        free(texts->columns[i]);
}

static int texts_grow(struct texts *texts, struct nj_err *err)
{
    size_t room = texts->room == 0 ? 256 : 2 * texts->room;
    void *addresses = reallocarray(texts->addresses, room, sizeof(*texts->addresses));
    void *sensors, *own;

    if (addresses != NULL)
        texts->addresses = addresses;
    sensors = reallocarray(texts->sensors, room, sizeof(*texts->sensors));
    if (sensors != NULL)
        texts->sensors = sensors;
    own = reallocarray(texts->columns[2], room, sizeof(*texts->columns[2]));
    if (own != NULL)
        texts->columns[2] = own;
    if (addresses == NULL || sensors == NULL || own == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %zu clients", room);
    texts->room = room;
    return 0;
}

static int texts_add(struct texts *texts, sqlite3_stmt *stmt, struct nj_err *err)
{
    const char *sensor = (const char *)sqlite3_column_text(stmt, 1);
    char *copy;

    if (sqlite3_column_bytes(stmt, 0) != 16 || sensor == NULL)
        return 0;
    if (texts->count == texts->room && texts_grow(texts, err) < 0)
        return -1;
    copy = strdup(sensor);
    if (copy == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %zu clients", texts->count);
    (void)uuid_text(addr_from_bytes(sqlite3_column_blob(stmt, 0)),
                    texts->addresses[texts->count]);
    texts->sensors[texts->count] = copy;
    texts->columns[2][texts->count++] =
        sqlite3_column_int(stmt, 2) == SAID_OWN ? "true" : "false";
    return 0;
}

static int texts_read(struct store *store, struct texts *texts, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int step, rc = 0, has = catalog_has(store, "walk", err);

    if (has <= 0)
        return has;
    if (catalog_prepare(store, "SELECT source, sensor, said FROM walk WHERE said <> 0", &stmt,
                        err) < 0)
        return -1;
    while (rc == 0 && (step = sqlite3_step(stmt)) != SQLITE_DONE)
        rc = step == SQLITE_ROW ? texts_add(texts, stmt, err) : catalog_fail(store, err);
    (void)sqlite3_finalize(stmt);
    return rc;
}

static int fill(struct store *store, struct texts *texts, struct nj_err *err)
{
    struct duck_value values[3];

    for (size_t i = 0; i < 2; i++) {
        texts->columns[i] = calloc(texts->count, sizeof(*texts->columns[i]));
        if (texts->columns[i] == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu clients", texts->count);
        for (size_t k = 0; k < texts->count; k++)
            texts->columns[i][k] = i == 0 ? texts->addresses[k] : texts->sensors[k];
    }
    for (size_t i = 0; i < 3; i++)
        values[i] = (struct duck_value){
            .kind = DUCK_TEXTS, .texts = texts->columns[i], .count = texts->count};
    return rows_run(store,
                    "CREATE OR REPLACE TEMP TABLE clients AS SELECT unnest(?)::UUID AS"
                    " client_src, unnest(?) AS client_sensor, unnest(?)::BOOLEAN AS"
                    " client_own",
                    values, 3, err);
}

int clients_make(struct store *store, bool *ret_any, struct nj_err *err)
{
    struct clients_version now = {.own = sqlite3_total_changes64(store->catalog)};
    struct texts texts = {0};
    int rc = store_generation(store, &now.others, err);

    if (rc == 0 && store->clients.known && store->clients.others == now.others &&
        store->clients.own == now.own) {
        *ret_any = store->clients.any;
        return 0;
    }
    if (rc == 0)
        rc = texts_read(store, &texts, err);
    if (rc == 0 && texts.count > 0)
        rc = fill(store, &texts, err);
    now.known = rc == 0;
    now.any = *ret_any = rc == 0 && texts.count > 0;
    store->clients = now;
    texts_done(&texts);
    return rc;
}

/* ---- sources that are nothing else ---- */

static const char only_sql[] =
    "SELECT DISTINCT client_src FROM clients WHERE client_src NOT IN (SELECT src FROM sources"
    " SEMI JOIN clients ON src = client_src WHERE " CLIENTS_COUNTED ")";

static int only_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct client_list *list = ctx;
    void *grown;

    if (count != 1 || cells[0].kind != CELL_ADDRESS)
        return 0;
    if ((list->count & (list->count - 1)) == 0) { /* full at each power of two */
        grown = reallocarray(list->sources, list->count == 0 ? 1 : 2 * list->count,
                             sizeof(*list->sources));
        if (grown == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu clients", list->count);
        list->sources = grown;
    }
    addr_to_bytes(cells[0].address, list->sources[list->count++]);
    return 0;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

int clients_only(struct store *store, struct client_list *ret, struct nj_err *err)
{
    struct client_list list = {0};
    const struct row_sink sink = {.row = only_row, .ctx = &list};
    bool any;

    if (clients_make(store, &any, err) < 0)
        return -1;
    if (any && rows_query(store, only_sql, NULL, 0, &sink, err) < 0) {
        clients_done(&list);
        return -1;
    }
    if (list.count > 0)
        qsort(list.sources, list.count, sizeof(*list.sources), by_bytes);
    *ret = list;
    return 0;
}

bool clients_have(const struct client_list *list, const uint8_t source[16])
{
    return list->count > 0 && bsearch(source, list->sources, list->count,
                                      sizeof(*list->sources), by_bytes) != NULL;
}

void clients_done(struct client_list *list)
{
    free(list->sources);
    *list = (struct client_list){0};
}

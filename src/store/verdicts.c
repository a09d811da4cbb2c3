/* SPDX-License-Identifier: Apache-2.0 */
#include "store/verdicts.h"

#include <stdlib.h>
#include <string.h>

#include "store/derived_internal.h"
#include "store/fields.h"
#include "store/rows.h"
#include "store/stage.h"

enum said { SAID_OTHER, SAID_CLIENT, SAID_OWN, SAID_SCANNER };

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
    } words[] = {{"client;", SAID_CLIENT},
                 {"benign;", SAID_CLIENT},
                 {"own host;", SAID_OWN},
                 {"user;", SAID_OWN},
                 {"scanner;", SAID_SCANNER}};

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

int verdicts_keep(struct store *store, struct nj_err *err)
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

int verdicts_expire(struct store *store, int64_t before_us, struct nj_err *err)
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

static const char engine_sql[] = "CREATE OR REPLACE TEMP TABLE verdicts(verdict_src UUID, "
                                 "verdict_sensor VARCHAR, verdict_own"
                                 " BOOLEAN, verdict_scans BOOLEAN)";

#define COLUMNS 4

struct filling {
    duckdb_appender appender;
    duckdb_data_chunk chunk;
    idx_t count; /* rows of the chunk */
    bool any;
};

static int flush(struct filling *filling, struct nj_err *err)
{
    duckdb_data_chunk_set_size(filling->chunk, filling->count);
    if (duckdb_append_data_chunk(filling->appender, filling->chunk) != DuckDBSuccess)
        return duck_fail(err, "verdicts", duckdb_appender_error(filling->appender));
    duckdb_data_chunk_reset(filling->chunk);
    filling->count = 0;
    return 0;
}

static int fill_row(struct filling *filling, sqlite3_stmt *stmt, struct nj_err *err)
{
    const char *sensor = (const char *)sqlite3_column_text(stmt, 1);
    duckdb_vector columns[COLUMNS];
    struct addr source;

    if (sqlite3_column_bytes(stmt, 0) != 16 || sensor == NULL)
        return 0;
    source = addr_from_bytes(sqlite3_column_blob(stmt, 0));
    for (idx_t i = 0; i < COLUMNS; i++)
        columns[i] = duckdb_data_chunk_get_vector(filling->chunk, i);
    ((duckdb_uhugeint *)duckdb_vector_get_data(columns[0]))[filling->count] = uuid_of(source);
    duckdb_vector_assign_string_element(columns[1], filling->count, sensor);
    ((bool *)duckdb_vector_get_data(columns[2]))[filling->count] =
        sqlite3_column_int(stmt, 2) == SAID_OWN;
    ((bool *)duckdb_vector_get_data(columns[3]))[filling->count] =
        sqlite3_column_int(stmt, 2) == SAID_SCANNER;
    filling->any = true;
    return ++filling->count == duckdb_vector_size() ? flush(filling, err) : 0;
}

static int fill(struct store *store, sqlite3_stmt *stmt, struct filling *filling,
                struct nj_err *err)
{
    int rc = 0;

    while (rc >= 0 && (rc = catalog_next(store, stmt, err)) > 0)
        rc = fill_row(filling, stmt, err);
    if (rc == 0 && filling->count > 0)
        rc = flush(filling, err);
    return rc;
}

static int fill_table(struct store *store, bool *ret_any, struct nj_err *err)
{
    static const duckdb_type kinds[COLUMNS] = {DUCKDB_TYPE_UUID, DUCKDB_TYPE_VARCHAR,
                                               DUCKDB_TYPE_BOOLEAN, DUCKDB_TYPE_BOOLEAN};
    duckdb_logical_type types[COLUMNS];
    struct filling filling = {0};
    sqlite3_stmt *stmt = NULL;
    int rc, has = catalog_has(store, "walk", err);

    if (has <= 0)
        return has;
    if (catalog_prepare(store, "SELECT source, sensor, said FROM walk WHERE said <> 0", &stmt,
                        err) < 0)
        return -1;
    rc = duck_exec(store->duck, err, engine_sql);
    for (size_t i = 0; i < COLUMNS; i++)
        types[i] = duckdb_create_logical_type(kinds[i]);
    filling.chunk = duckdb_create_data_chunk(types, COLUMNS);
    if (rc == 0 && duckdb_appender_create_ext(duck_connection(store->duck), "temp", NULL,
                                              "verdicts", &filling.appender) != DuckDBSuccess)
        rc = duck_fail(err, "verdicts", duckdb_appender_error(filling.appender));
    if (rc == 0)
        rc = fill(store, stmt, &filling, err);
    if (rc == 0 && duckdb_appender_close(filling.appender) != DuckDBSuccess)
        rc = duck_fail(err, "verdicts", duckdb_appender_error(filling.appender));
    (void)duckdb_appender_destroy(&filling.appender);
    duckdb_destroy_data_chunk(&filling.chunk);
    for (size_t i = 0; i < COLUMNS; i++)
        duckdb_destroy_logical_type(&types[i]);
    (void)sqlite3_finalize(stmt);
    *ret_any = filling.any;
    return rc;
}

static bool is_same(const struct verdicts_version *a, const struct verdicts_version *b)
{
    return a->known && b->known && a->others == b->others && a->own == b->own &&
           a->views == b->views;
}

/* The catalog and the views as they are. @return 0; -1 */
static int version_now(struct store *store, struct verdicts_version *ret, struct nj_err *err)
{
    *ret = (struct verdicts_version){
        .own = sqlite3_total_changes64(store->catalog), .views = store->views, .known = true};
    return store_generation(store, &ret->others, err);
}

int verdicts_make(struct store *store, bool *ret_any, struct nj_err *err)
{
    struct verdicts_version now;

    if (version_now(store, &now, err) < 0)
        return -1;
    if (!is_same(&now, &store->verdicts)) {
        store->verdicts.known = false;
        if (fill_table(store, &now.any, err) < 0)
            return -1;
        store->verdicts = now;
    }
    *ret_any = store->verdicts.any;
    return 0;
}

/* ---- sources that are nothing else ---- */

/* Scores know a source by what source_of() says. */
static const char only_sql[] =
    "WITH judged AS (SELECT DISTINCT source_of(verdict_src) AS source FROM verdicts"
    " WHERE NOT verdict_scans)"
    " SELECT source FROM judged WHERE source NOT IN (SELECT source_of(src) FROM sources"
    " WHERE source_of(src) IN (FROM judged) AND " VERDICTS_COUNTED ")";

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

int clients_only(struct store *store, const struct client_list **ret, struct nj_err *err)
{
    struct client_list list = {0};
    const struct row_sink sink = {.row = only_row, .ctx = &list};

    if (verdicts_make(store, &list.version.any, err) < 0)
        return -1;
    if (store->client_list != NULL && is_same(&store->client_list->version, &store->verdicts)) {
        *ret = store->client_list;
        return 0;
    }
    clients_free(store);
    store->client_list = malloc(sizeof(list));
    if (store->client_list == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for verdicts");
    if (list.version.any && rows_query(store, only_sql, NULL, 0, &sink, err) < 0) {
        *store->client_list = list;
        clients_free(store);
        return -1;
    }
    if (list.count > 0)
        qsort(list.sources, list.count, sizeof(*list.sources), by_bytes);
    list.version = store->verdicts;
    *store->client_list = list;
    *ret = store->client_list;
    return 0;
}

bool clients_have(const struct client_list *list, const uint8_t source[16])
{
    return list != NULL && list->count > 0 &&
           bsearch(source, list->sources, list->count, sizeof(*list->sources), by_bytes) !=
               NULL;
}

void clients_free(struct store *store)
{
    if (store->client_list == NULL)
        return;
    free(store->client_list->sources);
    free(store->client_list);
    store->client_list = NULL;
}

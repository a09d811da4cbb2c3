/* SPDX-License-Identifier: Apache-2.0 */
#include "store/joined.h"

#include "store/derived_internal.h"
#include "store/rows.h"

/* An actor of one source (its others left) joins nothing. */
static const char members_sql[] =
    "WITH m AS (SELECT source, max(actor) AS actor FROM actor_source WHERE to_us IS NULL"
    " GROUP BY source), w AS (SELECT actor, min(source) AS who, count(*) AS size FROM m"
    " GROUP BY actor) SELECT source, who FROM m JOIN w USING (actor) WHERE size > 1"
    " ORDER BY source";

/* Pairs of texts as the engine takes them: addresses as it reads UUIDs. */
struct pairs {
    char (*texts)[2][ADDR_TEXT_MAX];
    size_t count, room;
};

static int add_pair(struct pairs *pairs, sqlite3_stmt *stmt, struct nj_err *err)
{
    if (sqlite3_column_bytes(stmt, 0) != 16 || sqlite3_column_bytes(stmt, 1) != 16)
        return 0;
    if (pairs->count == pairs->room) {
        size_t room = pairs->room == 0 ? 256 : 2 * pairs->room;
        void *bigger = reallocarray(pairs->texts, room, sizeof(*pairs->texts));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu sources of actors", room);
        pairs->texts = bigger;
        pairs->room = room;
    }
    for (int i = 0; i < 2; i++)
        (void)uuid_text(addr_from_bytes(sqlite3_column_blob(stmt, i)),
                        pairs->texts[pairs->count][i]);
    pairs->count++;
    return 0;
}

static int read_members(struct store *store, struct pairs *pairs, struct nj_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int step, rc = 0;

    if (derived_present(store, NULL) < 0)
        return 0;
    if (catalog_prepare(store, members_sql, &stmt, err) < 0)
        return -1;
    while (rc == 0 && (step = sqlite3_step(stmt)) != SQLITE_DONE)
        rc = step == SQLITE_ROW ? add_pair(pairs, stmt, err) : catalog_fail(store, err);
    (void)sqlite3_finalize(stmt);
    return rc;
}

int joined_make(struct store *store, bool *ret_any, struct nj_err *err)
{
    struct duck_value values[2] = {{.kind = DUCK_TEXTS}, {.kind = DUCK_TEXTS}};
    const char **texts = NULL;
    struct pairs pairs = {0};
    int rc = read_members(store, &pairs, err);

    if (rc == 0) {
        texts = calloc(2 * pairs.count + 1, sizeof(*texts));
        if (texts == NULL)
            rc = nj_fail(err, NJ_NOMEM, "no memory for %zu sources of actors", pairs.count);
    }
    for (size_t i = 0; rc == 0 && i < 2; i++) {
        for (size_t k = 0; k < pairs.count; k++)
            texts[i * pairs.count + k] = pairs.texts[k][i];
        values[i].texts = texts + i * pairs.count;
        values[i].count = pairs.count;
    }
    if (rc == 0)
        rc = rows_run(store,
                      "CREATE OR REPLACE TEMP TABLE joined AS SELECT unnest(?)::UUID AS src,"
                      " unnest(?)::UUID AS who",
                      values, 2, err);
    if (rc == 0)
        *ret_any = pairs.count > 0;
    free(texts);
    free(pairs.texts);
    return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/ranking.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "model/decay.h"
#include "store/derived_internal.h"

/* What was ranked: the database as of a commit of others (data_version) or of our own, and the
 * instant. */
struct version {
    int64_t others, own, at_us;
};

struct ranking {
    struct version version;
    struct ranked *items;
    size_t count, room;
};

void ranking_free(struct ranking *ranking)
{
    if (ranking == NULL)
        return;
    free(ranking->items);
    free(ranking);
}

static int number(struct store *store, const char *sql, int64_t at_us, int64_t *ret,
                  struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int step;

    if (catalog_prepare(store, sql, &stmt, err) < 0)
        return -1;
    if (sqlite3_bind_parameter_count(stmt) > 0)
        (void)sqlite3_bind_int64(stmt, 1, at_us);
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW)
        *ret = sqlite3_column_int64(stmt, 0);
    else
        (void)catalog_fail(store, err);
    (void)sqlite3_finalize(stmt);
    return step == SQLITE_ROW ? 0 : -1;
}

static int32_t risk_of(sqlite3_stmt *stmt, int column, int64_t at_s)
{
    const uint8_t *bytes = sqlite3_column_blob(stmt, column);
    struct risk_state state;
    int uncapped, score;

    if (bytes == NULL ||
        !risk_state_unpack(bytes, (size_t)sqlite3_column_bytes(stmt, column), &state))
        return RANKING_UNKNOWN;
    (void)path_score(&state.path, at_s, NULL, &uncapped, &score);
    return score;
}

static int append(struct ranking *ranking, sqlite3_stmt *stmt, int64_t at_s, struct nj_err *err)
{
    struct ranked *item;

    if (sqlite3_column_bytes(stmt, 0) != sizeof(item->source))
        return 0;
    if (ranking->count == ranking->room) {
        size_t room = 2 * ranking->room + 1024;
        struct ranked *grown = reallocarray(ranking->items, room, sizeof(*grown));

        if (grown == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for a ranking");
        ranking->items = grown;
        ranking->room = room;
    }
    item = &ranking->items[ranking->count++];
    memcpy(item->source, sqlite3_column_blob(stmt, 0), sizeof(item->source));
    item->risk = risk_of(stmt, 1, at_s);
    return 0;
}

static int worst_first(const void *a, const void *b)
{
    const struct ranked *left = a, *right = b;

    if (left->risk != right->risk)
        return left->risk > right->risk ? -1 : 1;
    return memcmp(left->source, right->source, sizeof(left->source));
}

/* The newest state of each source that is not behind the instant. */
static const char newest_sql[] = "SELECT source, state FROM score";
static const char then_sql[] =
    "SELECT source, state FROM score WHERE at_us <= ?1 UNION ALL SELECT h.source, h.state"
    " FROM score n JOIN score_history h ON h.source = n.source AND h.at_us ="
    " (SELECT max(at_us) FROM score_history q WHERE q.source = n.source AND q.at_us <= ?1)"
    " WHERE n.at_us > ?1";

static int fill(struct store *store, struct ranking *ranking, int64_t asked_us,
                struct nj_err *err)
{
    int64_t at_us = ranking->version.at_us;
    int64_t at_s = nj_floor_div(at_us, US_PER_S);
    sqlite3_stmt *stmt;
    int rc = 0;

    ranking->count = 0;
    if (catalog_prepare(store, asked_us == INT64_MAX ? newest_sql : then_sql, &stmt, err) < 0)
        return -1;
    if (asked_us != INT64_MAX)
        (void)sqlite3_bind_int64(stmt, 1, at_us);
    while (rc >= 0 && (rc = catalog_next(store, stmt, err)) > 0)
        rc = append(ranking, stmt, at_s, err);
    (void)sqlite3_finalize(stmt);
    if (ranking->count > 0)
        qsort(ranking->items, ranking->count, sizeof(*ranking->items), worst_first);
    return rc;
}

int ranking_at(struct store *store, int64_t at_us, const struct ranked **ret_items,
               size_t *ret_count, struct nj_err *err)
{
    struct ranking *ranking = store->ranking;
    struct version now = {.own = sqlite3_total_changes64(store->catalog)};

    if (number(store, "PRAGMA data_version", 0, &now.others, err) < 0 ||
        number(store, "SELECT at_us FROM " SCORED_AT, at_us, &now.at_us, err) < 0)
        return -1;
    if (ranking == NULL) {
        ranking = store->ranking = calloc(1, sizeof(*ranking));
        if (ranking == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for a ranking");
        ranking->version.others = -1;
    }
    if (memcmp(&ranking->version, &now, sizeof(now)) != 0) {
        ranking->version = now;
        if (fill(store, ranking, at_us, err) < 0) {
            ranking->version.others = -1;
            return -1;
        }
    }
    *ret_items = ranking->items;
    *ret_count = ranking->count;
    return 0;
}

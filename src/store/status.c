/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds, as a JSON object: its inputs, its segments, what was derived. */
#include <string.h>

#include "store/derived_ask.h"
#include "store/derived_internal.h"
#include "store/internal.h"

static json_t *column_json(sqlite3_stmt *stmt, int i)
{
    switch (sqlite3_column_type(stmt, i)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(stmt, i));
    case SQLITE_FLOAT:
        return json_real(sqlite3_column_double(stmt, i));
    case SQLITE_NULL:
        return json_null();
    default:
        return json_string((const char *)sqlite3_column_text(stmt, i));
    }
}

static json_t *catalog_rows(struct store *store, const char *sql, struct nj_err *err)
{
    json_t *array = json_array();
    sqlite3_stmt *stmt;
    int rc;

    if (catalog_prepare(store, sql, &stmt, err) < 0) {
        json_decref(array);
        return NULL;
    }
    while ((rc = catalog_next(store, stmt, err)) > 0) {
        json_t *object = json_object();

        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            const char *name = sqlite3_column_name(stmt, i);

            (void)json_object_set_new(object, name,
                                      strcmp(name, "complete") == 0 /* SQLite has no booleans */
                                          ? json_boolean(sqlite3_column_int(stmt, i))
                                          : column_json(stmt, i));
        }
        (void)json_array_append_new(array, object);
    }
    (void)sqlite3_finalize(stmt);
    if (rc < 0) {
        json_decref(array);
        return NULL;
    }
    return array;
}

int store_status(struct store *store, json_t **ret, struct nj_err *err)
{
    static const struct {
        const char *name;
        const char *sql;
    } asked[] = {
        {"inputs",
         "SELECT name, sensor, format, packets, sessions, visits, truncated, malformed,"
         " unsupported, refused,"
         " CASE WHEN first_us = 0 THEN NULL ELSE strftime('%Y-%m-%dT%H:%M:%SZ',"
         " first_us / 1000000, 'unixepoch') END AS first,"
         " CASE WHEN last_us = 0 THEN NULL ELSE strftime('%Y-%m-%dT%H:%M:%SZ',"
         " last_us / 1000000, 'unixepoch') END AS last, complete, note FROM input ORDER BY id"},
        {"segments",
         "SELECT CASE kind WHEN 0 THEN 'visits' WHEN 1 THEN 'traits' WHEN 2 THEN 'counts'"
         " WHEN 3 THEN 'sources' WHEN 4 THEN 'samples' WHEN 5 THEN 'old ledgers'"
         " ELSE 'ledgers' END AS kind, count(*) AS segments, sum(row_count) AS rows,"
         " sum(size) AS bytes, count(DISTINCT day) AS days, date(min(day) * 86400, 'unixepoch')"
         " AS first_day, date(max(day) * 86400, 'unixepoch') AS last_day"
         " FROM segment WHERE retired_at IS NULL GROUP BY segment.kind ORDER BY segment.kind"},
        {"facts", "SELECT name, value FROM fact ORDER BY name"},
        {"derived",
         "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', m.position_us / 1000000, 'unixepoch') AS until,"
         " (SELECT count(*) FROM episode) AS episodes,"
         " (SELECT count(*) FROM link WHERE state = 1) AS links,"
         " (SELECT count(*) FROM link WHERE state = 1 AND kind = 2) AS hops,"
         " (SELECT count(*) FROM link WHERE state = 0) AS tentative,"
         " (SELECT count(*) FROM actor WHERE merged_into IS NULL) AS actors,"
         " (SELECT count(*) FROM score) AS suspects, (SELECT count(*) FROM event) AS events,"
         " (SELECT count(*) FROM checkpoint) AS checkpoints FROM derive_mark m"
         " WHERE m.position_us > -9223372036854775807"},
        {"derived_figures", "SELECT name, round(value, 6) AS value FROM derive_figure"},
    };
    json_t *object = json_object();

    (void)json_object_set_new(object, "store", json_string(store->dir));
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        struct nj_err ignored;
        json_t *rows;

        /* a store of the first version has nothing derived */
        if (strncmp(asked[i].name, "derived", 7) == 0 && derived_present(store, &ignored) < 0)
            continue;
        rows = catalog_rows(store, asked[i].sql, err);

        if (rows == NULL) {
            json_decref(object);
            return -1;
        }
        (void)json_object_set_new(object, asked[i].name, rows);
    }
    *ret = object;
    return 0;
}

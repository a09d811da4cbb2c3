/* SPDX-License-Identifier: Apache-2.0 */
#include "store/families.h"

#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "base/text.h"
#include "store/derived_internal.h"
#include "store/rows.h"

#define NAMES_MAX 1000 /* families that have one */

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS family_name(family TEXT PRIMARY KEY, name TEXT NOT NULL,"
    " noted_us INTEGER NOT NULL)";

/* The words of families stand in pieces, "NAME N WORDS" (relation/relation.h), in statements
 * about any source: all files are read for them. They are kept until the views
 * are made anew. */
static const char pieces_sql[] =
    "CREATE OR REPLACE TEMP TABLE family_piece AS SELECT DISTINCT split_part(value, ' ', 1) AS"
    " family, try_cast(split_part(value, ' ', 2) AS INTEGER) AS n,"
    " array_to_string(string_split(value, ' ')[3:], ' ') AS text FROM traits"
    " WHERE kind = 'family'";

static int keep_pieces(struct store *store, struct nj_err *err)
{
    if (store->family_views == store->views)
        return 0;
    if (duck_exec(store->duck, err, pieces_sql) < 0)
        return -1;
    store->family_views = store->views;
    return 0;
}

/* Statements on sources, "KEY;NAME TOOL BITS STATE", and the words of the families put together
 * again. The two bound lists are the given names. */
#define TOLD(traits)                                                                           \
    "WITH told AS (SELECT ts, src, packets, bits AS strength, split_part(value, ';', 1) AS"    \
    " key, string_split(split_part(value, ';', 2), ' ') AS part FROM " traits                  \
    " WHERE kind = 'relation'), stated AS (SELECT ts, src, packets, strength,"                 \
    " nullif(key, '') AS key, part[1] AS family, nullif(part[2], '-') AS tool,"                \
    " try_cast(part[3] AS INTEGER) AS bits, part[4] AS state FROM told WHERE len(part) = 4),"  \
    " words AS (SELECT family, string_agg(text, '' ORDER BY n) AS words FROM family_piece"     \
    " GROUP BY family), named AS (SELECT unnest(?) AS family, unnest(?) AS name) "

#define OF_ALL TOLD("traits")
#define OF_SOURCE TOLD("said") /* the traits that source.c has gathered */

struct given {
    size_t count;
    char *families[NAMES_MAX], *names[NAMES_MAX];
};

static void given_done(struct given *given)
{
    for (size_t i = 0; i < given->count; i++) {
        free(given->families[i]);
        free(given->names[i]);
    }
}

static int read_given(struct store *store, struct given *ret, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc;

    ret->count = 0;
    rc = catalog_has(store, "family_name", err);
    if (rc <= 0)
        return rc;
    if (catalog_prepare(store, "SELECT family, name FROM family_name ORDER BY noted_us DESC",
                        &stmt, err) < 0)
        return -1;
    while ((rc = catalog_next(store, stmt, err)) > 0 && ret->count < NAMES_MAX) {
        char *family = strdup((const char *)sqlite3_column_text(stmt, 0));
        char *name = strdup((const char *)sqlite3_column_text(stmt, 1));

        if (family == NULL || name == NULL) {
            free(family);
            free(name);
            rc = nj_fail(err, NJ_NOMEM, "no memory for the names of families");
            break;
        }
        ret->families[ret->count] = family;
        ret->names[ret->count++] = name;
    }
    (void)sqlite3_finalize(stmt);
    return rc < 0 ? -1 : 0;
}

/* Ask with the given names, and what is bound behind them; NULL: nothing. */
static json_t *ask(struct store *store, const char *sql, const struct duck_value *more,
                   struct nj_err *err)
{
    struct given *given = calloc(1, sizeof(*given));
    struct duck_value values[3] = {{.kind = DUCK_TEXTS}, {.kind = DUCK_TEXTS}};
    json_t *rows = NULL;

    if (given == NULL) {
        nj_fail(err, NJ_NOMEM, "no memory for a query");
        return NULL;
    }
    if (keep_pieces(store, err) == 0 && read_given(store, given, err) == 0) {
        values[0].texts = (const char *const *)given->families;
        values[1].texts = (const char *const *)given->names;
        values[0].count = values[1].count = given->count;
        if (more != NULL)
            values[2] = *more;
        rows = rows_json(store, sql, values, more == NULL ? 2 : 3, err);
    }
    given_done(given);
    free(given);
    return rows;
}

/* Ask about one family; NULL: about all. */
static json_t *ask_family(struct store *store, const char *sql, const char *family,
                          struct nj_err *err)
{
    const struct duck_value value = {.kind = family == NULL ? DUCK_NULL : DUCK_TEXT,
                                     .text = family};

    return ask(store, sql, &value, err);
}

/* ---- the list
 * --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum cell_kind kind;
} columns[] = {
    {"family", CELL_TEXT}, {"name", CELL_TEXT},   {"tool", CELL_TEXT}, {"bits", CELL_INT},
    {"words", CELL_TEXT},  {"sources", CELL_INT}, {"light", CELL_INT}, {"runs", CELL_INT},
    {"packets", CELL_INT}, {"first", CELL_TEXT},  {"last", CELL_TEXT},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const char list_sql[] = OF_ALL
    ", by_source AS (SELECT family, src, any_value(tool) AS tool, any_value(bits) AS bits,"
    " max(packets) AS packets, max(packets) <= 8 AS light, min(ts) AS first, max(ts) AS"
    " last FROM stated GROUP BY family, src),"
    " runs AS (SELECT family, count(DISTINCT key) AS runs FROM stated GROUP BY family)"
    " SELECT s.family, any_value(n.name) AS name, any_value(s.tool) AS tool,"
    " any_value(s.bits)::INTEGER AS bits, any_value(w.words) AS words, count(*)::BIGINT AS"
    " sources, count(*) FILTER (WHERE s.light)::BIGINT AS light,"
    " nullif(any_value(r.runs), 0)::BIGINT AS runs, sum(s.packets)::BIGINT AS packets,"
    " min(s.first) AS first, max(s.last) AS last FROM by_source s LEFT JOIN runs r"
    " USING (family) LEFT JOIN words w USING (family) LEFT JOIN named n USING (family)"
    " WHERE s.family = coalesce(?::VARCHAR, s.family) GROUP BY s.family"
    " ORDER BY sources DESC, s.family";

static struct cell cell_of(const json_t *value)
{
    if (json_is_string(value))
        return (struct cell){.kind = CELL_TEXT,
                             .text = json_string_value(value),
                             .length = json_string_length(value)};
    if (json_is_integer(value))
        return (struct cell){.kind = CELL_INT, .number = json_integer_value(value)};
    return (struct cell){.kind = CELL_NULL};
}

int store_families(struct store *store, const char *family, unsigned limit,
                   const struct row_sink *sink, struct nj_err *err)
{
    const char *names[COLUMNS];
    struct cell cells[COLUMNS];
    json_t *rows = ask_family(store, list_sql, family, err);
    json_t *row;
    size_t at;
    int rc;

    if (rows == NULL)
        return -1;
    if (family != NULL && json_array_size(rows) == 0) {
        json_decref(rows);
        return STORE_UNKNOWN;
    }
    for (size_t i = 0; i < COLUMNS; i++)
        names[i] = columns[i].name;
    rc = sink->head(sink->ctx, names, COLUMNS, err);
    json_array_foreach(rows, at, row)
    {
        if (rc < 0 || (limit > 0 && at == limit))
            break;
        for (size_t i = 0; i < COLUMNS; i++)
            cells[i] = cell_of(json_object_get(row, columns[i].name));
        rc = sink->row(sink->ctx, cells, COLUMNS, err);
    }
    json_decref(rows);
    return rc;
}

static const char *family_word(const void *rows, size_t i)
{
    return json_string_value(json_object_get(json_array_get(rows, i), "family"));
}

int store_family_hint(struct store *store, const char *typed, char *hint, struct nj_err *err)
{
    json_t *rows = ask_family(store, list_sql, NULL, err);

    if (rows == NULL)
        return -1;
    hint[0] = '\0';
    if (json_array_size(rows) > 0)
        (void)nj_suggest_text(typed, family_word, rows, json_array_size(rows), hint);
    json_decref(rows);
    return 0;
}

/* ---- one family
 * --------------------------------------------------------------------------------- */

static const char users_sql[] =
    OF_ALL "SELECT s.src AS source, max(s.packets)::BIGINT AS packets,"
           " max(s.strength)::DOUBLE AS strength, arg_max(s.state, s.ts) AS state,"
           " arg_max(s.key, s.ts) AS run, min(s.ts) AS first, max(s.ts) AS last"
           " FROM stated s LEFT JOIN named n USING (family) WHERE s.family = ?::VARCHAR"
           " GROUP BY s.src ORDER BY packets DESC, s.src LIMIT 500"; /* FAMILY_USERS_MAX */

int store_family(struct store *store, const char *family, json_t **ret_object,
                 struct nj_err *err)
{
    json_t *rows = ask_family(store, list_sql, family, err), *users, *object;

    if (rows == NULL)
        return -1;
    if (rows_only(rows, &object) == STORE_UNKNOWN)
        return STORE_UNKNOWN;
    users = ask_family(store, users_sql, family, err);
    if (users == NULL || json_object_set_new(object, "users", users) < 0) {
        json_decref(object);
        return users == NULL ? -1 : nj_fail(err, NJ_NOMEM, "no memory for the answer");
    }
    *ret_object = object;
    return 0;
}

/* ---- of one source
 * --------------------------------------------------------------------------------- */

static const char source_sql[] =
    OF_SOURCE "SELECT s.family, any_value(n.name) AS name, any_value(s.tool) AS tool,"
              " any_value(w.words) AS words, any_value(s.bits)::INTEGER AS bits, s.key,"
              " arg_max(s.state, s.ts) AS state, max(s.strength)::DOUBLE AS strength,"
              " max(s.packets)::BIGINT AS packets, min(s.ts) AS first, max(s.ts) AS last"
              " FROM stated s LEFT JOIN words w USING (family) LEFT JOIN named n USING (family)"
              " GROUP BY s.family, s.key ORDER BY first, s.family, s.key LIMIT 50";

int families_about(struct store *store, json_t *object, struct nj_err *err)
{
    json_t *rows = ask(store, source_sql, NULL, err);

    if (rows == NULL)
        return -1;
    (void)json_object_set_new(object, "relations", rows);
    return 0;
}

/* ---- names
 * --------------------------------------------------------------------------------- */

int store_name_family(struct store *store, const char *family, const char *name,
                      int64_t noted_us, struct nj_err *err)
{
    struct binder b = {0};
    json_t *rows;
    size_t known;

    if (strlen(name) > FAMILY_NAME_BYTES_MAX || !text_is_plain(name, strlen(name)))
        return nj_fail(err, NJ_CONFIG, "name: expected a line of UTF-8 of at most %d bytes",
                       FAMILY_NAME_BYTES_MAX);
    rows = ask_family(store, list_sql, family, err);
    if (rows == NULL)
        return -1;
    known = json_array_size(rows);
    json_decref(rows);
    if (known == 0)
        return STORE_UNKNOWN;
    if (catalog_exec(store, schema, err) < 0 ||
        catalog_prepare(store,
                        name[0] == '\0'
                            ? "DELETE FROM family_name WHERE family = ?1"
                            : "INSERT OR REPLACE INTO family_name(family, name, noted_us)"
                              " VALUES(?1, ?2, ?3)",
                        &b.stmt, err) < 0)
        return -1;
    bind_text(&b, family);
    if (name[0] != '\0') {
        bind_text(&b, name);
        bind_int(&b, noted_us);
    }
    return catalog_run(store, b.stmt, err);
}

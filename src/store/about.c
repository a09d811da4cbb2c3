/* SPDX-License-Identifier: Apache-2.0 */
/* What the later stages and people say of one source or actor, as JSON; and taking notes. */
#include <stdlib.h>
#include <string.h>

#include "store/derived_ask.h"
#include "store/derived_internal.h"
#include "store/rows.h"

#define NAMES_MAX 40

/* ---- lists ---- */

struct collector {
    json_t *array;
    const char *names[NAMES_MAX];
    const char *const *only; /* ended by NULL */
};

static int collect_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    struct collector *collector = ctx;

    (void)err;
    for (size_t i = 0; i < count && i < NAMES_MAX; i++)
        collector->names[i] = names[i];
    return 0;
}

static int collect_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct collector *collector = ctx;
    json_t *object = json_object();

    for (const char *const *name = collector->only; *name != NULL; name++)
        for (size_t i = 0; i < count && i < NAMES_MAX; i++)
            if (strcmp(collector->names[i], *name) == 0)
                (void)json_object_set_new(object, *name, cell_json(&cells[i]));
    if (json_array_append_new(collector->array, object) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for an answer");
    return 0;
}

/* Rows of a question under a name of the object. */
static int add_rows(struct store *store, const struct derived_question *question,
                    const char *const *only, const char *name, json_t *object,
                    struct nj_err *err)
{
    struct collector collector = {.array = json_array(), .only = only};
    const struct row_sink sink = {.head = collect_head, .row = collect_row, .ctx = &collector};

    if (collector.array == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for an answer");
    (void)json_object_set_new(object, name, collector.array);
    return store_derived(store, question, &sink, err);
}

/* ---- single statements ---------------------------------------------------------------------
 *
 * The name of a result's column says what it is: names that end in _us are times, "receipt" and
 * "evidence" are JSON, blobs are addresses. */

static json_t *value_of(sqlite3_stmt *stmt, int i, const char *name)
{
    size_t length = strlen(name);
    struct cell cell = {.kind = CELL_NULL};

    switch (sqlite3_column_type(stmt, i)) {
    case SQLITE_INTEGER:
        cell = (struct cell){
            .kind = length > 3 && strcmp(name + length - 3, "_us") == 0 ? CELL_TIME : CELL_INT,
            .number = sqlite3_column_int64(stmt, i)};
        break;
    case SQLITE_FLOAT:
        cell = (struct cell){.kind = CELL_REAL, .real = sqlite3_column_double(stmt, i)};
        break;
    case SQLITE_BLOB:
        if (sqlite3_column_bytes(stmt, i) == 16)
            cell = (struct cell){.kind = CELL_ADDRESS,
                                 .address = addr_from_bytes(sqlite3_column_blob(stmt, i))};
        break;
    case SQLITE_TEXT:
        cell = (struct cell){.kind = strcmp(name, "receipt") == 0 ? CELL_JSON : CELL_TEXT,
                             .text = (const char *)sqlite3_column_text(stmt, i),
                             .length = (size_t)sqlite3_column_bytes(stmt, i)};
        break;
    default:
        break;
    }
    return cell_json(&cell);
}

static json_t *object_of(sqlite3_stmt *stmt)
{
    json_t *object = json_object();

    for (int i = 0; i < sqlite3_column_count(stmt); i++) {
        const char *name = sqlite3_column_name(stmt, i);
        size_t length = strlen(name);
        char shown[64];

        (void)snprintf(shown, sizeof(shown), "%s", name);
        if (length > 3 && length < sizeof(shown) && strcmp(name + length - 3, "_us") == 0)
            shown[length - 3] = '\0';
        (void)json_object_set_new(object, shown, value_of(stmt, i, name));
    }
    return object;
}

/* The rows of a statement about ?1, an address or, if it is none, an actor's number. */
static int select_rows(struct store *store, const char *sql, struct addr source, uint64_t actor,
                       json_t *array, struct nj_err *err)
{
    struct binder b = {0};
    int rc;

    if (catalog_prepare(store, sql, &b.stmt, err) < 0)
        return -1;
    if (addr_is_none(source))
        bind_int(&b, (int64_t)actor);
    else
        bind_addr(&b, source);
    while ((rc = catalog_next(store, b.stmt, err)) > 0)
        (void)json_array_append_new(array, object_of(b.stmt));
    (void)sqlite3_finalize(b.stmt);
    return rc;
}

static const char note_sql[] =
    "SELECT noted_us, text, said_by AS source, confidence FROM note WHERE %s = ?1 ORDER BY id";

static int add_notes(struct store *store, struct addr source, uint64_t actor, json_t *object,
                     struct nj_err *err)
{
    json_t *notes = json_array();
    char sql[200];

    (void)snprintf(sql, sizeof(sql), note_sql, addr_is_none(source) ? "actor" : "source");
    (void)json_object_set_new(object, "notes", notes);
    return select_rows(store, sql, source, actor, notes, err);
}

/* ---- a source ---- */

/* As of the last packet. */
#define NOW "(SELECT " TOLD_END " AS at_us FROM derive_mark)"

static const char score_sql[] =
    "SELECT round(risk_at(state, t.at_us), 2) AS risk,"
    " level_name(coalesce(o.level, level_at(state, t.at_us))) AS level,"
    " level_name(previous_level_at(state, t.at_us)) AS previous_level,"
    " changed_at(state, t.at_us) AS changed_us, substr('ABCD', 1 + grade, 1) AS grade,"
    " grade_text(s.reason) AS grade_reason, stage_name(stage) AS stage,"
    " technique_name(stage) AS technique,"
    " CASE WHEN o.level IS NOT NULL THEN o.reason END AS override,"
    " level_name(level_at(state, t.at_us)) AS computed_level,"
    " round(uncapped_at(state, t.at_us), 2) AS uncapped, version AS formula,"
    " s.at_us AS scored_us, receipt_at(receipt, state, t.at_us) AS receipt"
    " FROM score s, " NOW " t LEFT JOIN " OVERRIDES " o ON o.source = s.source"
    " WHERE s.source = ?1";

static const char actor_sql[] =
    "SELECT printf('NJ-%06d', actor) AS actor, from_us, to_us FROM actor_source"
    " WHERE source = ?1 ORDER BY from_us, actor";

static const char history_sql[] =
    "SELECT at_us, round(risk_at(state, at_us), 2) AS risk,"
    " level_name(level_at(state, at_us)) AS level, fact_text(reason) AS reason"
    " FROM score_history WHERE source = ?1 AND changed_at(state, at_us) = at_us ORDER BY at_us";

static const char *const episode_names[] = {"first",   "last",      "state", "sessions",
                                            "targets", "top_ports", "tool",  NULL};
static const char *const hop_names[] = {"from",        "to",   "stopped", "started", "gap_s",
                                        "probability", "bits", "kind",    "state",   NULL};
static const char *const link_names[] = {"a",           "b",    "kind",  "state",
                                         "probability", "bits", "actor", NULL};

int derived_about(struct store *store, struct addr source, json_t *object, struct nj_err *err)
{
    const struct addr known_as = addr_source(source);
    struct derived_question question = {
        .what = DERIVED_EPISODES, .source = source, .all = true, .at_us = INT64_MAX};
    json_t *rows = json_array(), *actors = json_array(), *history = json_array();
    json_t *actor;
    size_t i;
    int rc = -1;

    if (derived_present(store, err) < 0) { /* what is not derived is not known */
        rc = 0;
        goto out;
    }
    if (select_rows(store, score_sql, known_as, 0, rows, err) < 0 ||
        select_rows(store, actor_sql, known_as, 0, actors, err) < 0 ||
        select_rows(store, history_sql, known_as, 0, history, err) < 0)
        goto out;
    if (json_array_size(rows) > 0)
        (void)json_object_update(object, json_array_get(rows, 0));
    (void)json_object_set_new(object, "actor", json_null());
    json_array_foreach(actors, i, actor)
    {
        if (json_is_null(json_object_get(actor, "to")))
            (void)json_object_set(object, "actor", json_object_get(actor, "actor"));
    }
    (void)json_object_set(object, "levels", history);
    if (add_rows(store, &question, episode_names, "episodes", object, err) < 0)
        goto out;
    question.what = DERIVED_HOPS;
    if (add_rows(store, &question, hop_names, "hops", object, err) < 0)
        goto out;
    question.what = DERIVED_LINKS;
    question.filter = "kind != succession";
    if (add_rows(store, &question, link_names, "links", object, err) < 0)
        goto out;
    rc = add_notes(store, source, 0, object, err);
out:
    json_decref(rows);
    json_decref(actors);
    json_decref(history);
    return rc;
}

/* ---- an actor ---- */

int actor_parse(const char *text, uint64_t *ret_actor, struct nj_err *err)
{
    const char *digits = text;
    char *end;

    if (strncasecmp(text, "NJ-", 3) == 0)
        digits = text + 3;
    *ret_actor = strtoull(digits, &end, 10);
    if (digits[0] < '0' || digits[0] > '9' || *end != '\0' || *ret_actor == 0 ||
        *ret_actor > INT64_MAX)
        return nj_fail(err, NJ_FORMAT, "\"%.60s\" is no actor like NJ-000042", text);
    return 0;
}

/* Follow merges. @return 0; STORE_UNKNOWN; -1 */
static int resolve(struct store *store, uint64_t *actor, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc = 0;

    if (catalog_prepare(store, "SELECT merged_into FROM actor WHERE id = ?", &stmt, err) < 0)
        return -1;
    for (unsigned hops = 0; hops < 10000; hops++) {
        (void)sqlite3_bind_int64(stmt, 1, (int64_t)*actor);
        if (sqlite3_step(stmt) != SQLITE_ROW)
            rc = STORE_UNKNOWN;
        if (rc != 0 || sqlite3_column_type(stmt, 0) == SQLITE_NULL)
            break;
        *actor = (uint64_t)sqlite3_column_int64(stmt, 0);
        (void)sqlite3_reset(stmt);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

static const char member_sql[] =
    "SELECT m.source AS source, m.from_us AS from_us, m.to_us AS to_us,"
    " round(risk_at(s.state, t.at_us), 2) AS risk,"
    " level_name(coalesce(o.level, level_at(s.state, t.at_us))) AS level,"
    " substr('ABCD', 1 + s.grade, 1) AS grade, max(e.country) AS country,"
    " max(e.asn) AS asn, min(e.first_us) AS first_us, max(e.last_us) AS last_us,"
    " sum(e.sessions) AS sessions FROM actor_source m, " NOW " t"
    " LEFT JOIN score s ON s.source = m.source LEFT JOIN " OVERRIDES " o"
    " ON o.source = m.source LEFT JOIN episode e ON e.source = m.source"
    " WHERE m.actor = ?1 GROUP BY m.source, m.from_us ORDER BY m.from_us, m.source";

static const char alias_sql[] =
    "WITH RECURSIVE alias(id) AS (SELECT id FROM actor WHERE merged_into = ?1"
    " UNION SELECT actor.id FROM actor JOIN alias ON actor.merged_into = alias.id)"
    " SELECT printf('NJ-%06d', id) AS actor FROM alias ORDER BY id";

int store_actor(struct store *store, uint64_t actor, json_t **ret, struct nj_err *err)
{
    static const char *const summary[] = {"actor", "first",    "last",  "sessions", "risk",
                                          "level", "declared", "label", "size",     NULL};
    const struct addr none = {0, 0};
    struct derived_question question = {
        .what = DERIVED_ACTORS, .all = true, .at_us = INT64_MAX};
    json_t *object, *members, *aliases, *alias;
    char name[64];
    size_t i;
    int rc;

    if (derived_present(store, err) < 0)
        return -1;
    rc = resolve(store, &actor, err);
    if (rc != 0)
        return rc;
    object = json_object();
    members = json_array();
    aliases = json_array();
    (void)snprintf(name, sizeof(name), "actor = NJ-%06llu", (unsigned long long)actor);
    question.filter = name;
    rc = -1;
    if (add_rows(store, &question, summary, "actors", object, err) < 0)
        goto out;
    (void)json_object_update(object, json_array_get(json_object_get(object, "actors"), 0));
    (void)json_object_del(object, "actors");
    if (json_object_get(object, "actor") == NULL) /* every link of it was withdrawn */
        (void)json_object_set_new(object, "actor", json_string(name + strlen("actor = ")));
    if (select_rows(store, alias_sql, none, actor, aliases, err) < 0 ||
        select_rows(store, member_sql, none, actor, members, err) < 0)
        goto out;
    json_array_foreach(aliases, i, alias)
    {
        (void)json_array_set(aliases, i, json_object_get(alias, "actor"));
    }
    (void)json_object_set(object, "aliases", aliases);
    (void)json_object_set(object, "sources", members);
    question =
        (struct derived_question){.what = DERIVED_HOPS, .actor = actor, .at_us = INT64_MAX};
    if (add_rows(store, &question, hop_names, "hops", object, err) < 0)
        goto out;
    question.what = DERIVED_LINKS;
    question.filter = "kind != succession";
    if (add_rows(store, &question, link_names, "links", object, err) < 0 ||
        add_notes(store, none, actor, object, err) < 0)
        goto out;
    *ret = json_incref(object);
    rc = 0;
out:
    json_decref(object);
    json_decref(members);
    json_decref(aliases);
    return rc;
}

/* ---- notes ---- */

static int write_note(struct store *store, const struct store_note *note, struct nj_err *err)
{
    struct binder b = {0};

    if (catalog_prepare(store,
                        "INSERT INTO note(source, actor, text, said_by, confidence, noted_us)"
                        " VALUES(?, ?, ?, ?, ?, ?)",
                        &b.stmt, err) < 0)
        return -1;
    bind_addr(&b, note->source);
    bind_some(&b, (int64_t)note->actor);
    bind_text(&b, note->text);
    bind_text(&b, note->said_by);
    bind_text(&b, note->confidence);
    bind_int(&b, note->noted_us);
    return catalog_run(store, b.stmt, err);
}

static int write_override(struct store *store, const struct store_note *note,
                          struct nj_err *err)
{
    struct binder b = {0};

    if (catalog_prepare(store,
                        "INSERT INTO override(source, level, reason, said_by, noted_us)"
                        " VALUES(?, ?, ?, ?, ?)",
                        &b.stmt, err) < 0)
        return -1;
    bind_addr(&b, addr_source(note->source)); /* it holds for the score */
    if (note->has_level)
        bind_int(&b, note->level);
    else
        bind_null(&b);
    bind_text(&b, note->text);
    bind_text(&b, note->said_by);
    bind_int(&b, note->noted_us);
    return catalog_run(store, b.stmt, err);
}

int store_add_note(struct store *store, const struct store_note *note, struct nj_err *err)
{
    int rc;

    if (catalog_begin(store, NULL, err) < 0)
        return -1;
    rc = write_note(store, note, err);
    if (rc == 0 && note->sets_level)
        rc = write_override(store, note, err);
    return catalog_end(store, rc, err);
}

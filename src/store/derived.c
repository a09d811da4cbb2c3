/* SPDX-License-Identifier: Apache-2.0 */
/* Writing what the later stages found: prepared statements, one transaction a pass. */
#include "store/derived.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "store/derived_internal.h"
#include "store/derived_write.h"

static const char *const statements[STATEMENTS] = {
    [KEEP_EPISODE] = "INSERT INTO episode_old SELECT *, ?2 FROM episode WHERE id = ?1"
                     " AND era < ?2",
    [SAVE_EPISODE] =
        "INSERT INTO episode "
        "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
        "?) ON CONFLICT(id) DO UPDATE SET country = excluded.country, asn = excluded.asn,"
        " declared = excluded.declared, first_us = excluded.first_us,"
        " last_us = excluded.last_us, ceased_us = excluded.ceased_us,"
        " sessions = excluded.sessions, packets = excluded.packets,"
        " targets = excluded.targets, hours = excluded.hours,"
        " bursts = excluded.bursts, rate = excluded.rate, ports = excluded.ports,"
        " ports_seen = excluded.ports_seen, sport_model = excluded.sport_model,"
        " sport_min = excluded.sport_min, sport_max = excluded.sport_max,"
        " tool = excluded.tool, stack = excluded.stack,"
        " stacks = excluded.stacks, window = excluded.window, ttl_min = excluded.ttl_min,"
        " ttl_max = excluded.ttl_max, instances = excluded.instances,"
        " repeats = excluded.repeats, answered = excluded.answered, era = excluded.era",
    [FIND_LINK] = "SELECT state FROM link WHERE id = ?",
    [SAVE_LINK] = "INSERT INTO link VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
                  " ON CONFLICT(id) DO UPDATE SET kind = excluded.kind, hop = excluded.hop,"
                  " state = excluded.state, a = excluded.a, b = excluded.b,"
                  " a_source = excluded.a_source, b_source = excluded.b_source,"
                  " stopped_us = excluded.stopped_us, started_us = excluded.started_us,"
                  " stated_us = excluded.stated_us,"
                  " first_stated_us = excluded.first_stated_us,"
                  " probability = excluded.probability, bits = excluded.bits,"
                  " prior_bits = excluded.prior_bits, actor = excluded.actor,"
                  " evidence = excluded.evidence, refute = excluded.refute,"
                  " era = excluded.era",
    [ADD_ACTOR] = "INSERT INTO actor VALUES(?, ?, NULL, NULL, ?, ?) ON CONFLICT(id) DO UPDATE"
                  " SET declared = max(declared, excluded.declared), era = excluded.era"
                  " WHERE declared < excluded.declared",
    [MERGE_ACTOR] = "UPDATE actor SET merged_into = ?, merged_us = ?, era = ? WHERE id = ?",
    [OPEN_SOURCES] = "SELECT source FROM actor_source WHERE actor = ? AND to_us IS NULL",
    [JOIN_ACTOR] = "INSERT INTO actor_source VALUES(?, ?, ?, NULL, ?)"
                   " ON CONFLICT DO UPDATE SET to_us = NULL, era = excluded.era"
                   " WHERE to_us IS NOT NULL",
    [LEAVE_ACTOR] = "UPDATE actor_source SET to_us = ?, era = ? WHERE actor = ? AND source = ?"
                    " AND to_us IS NULL",
    [IS_OF_ACTOR] = "SELECT 1 FROM actor_source WHERE actor = ? AND source = ?"
                    " AND to_us IS NULL",
    [KEEP_SCORE] = "INSERT INTO score_old SELECT *, ?2 FROM score WHERE source = ?1"
                   " AND era < ?2",
    [SAVE_SCORE] = "INSERT INTO score VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
                   " ON CONFLICT(source) DO UPDATE"
                   " SET at_us = excluded.at_us, grade = excluded.grade,"
                   " stage = excluded.stage, version = excluded.version,"
                   " reason = excluded.reason, receipt = excluded.receipt,"
                   " state = excluded.state, country = coalesce(excluded.country, country),"
                   " asn = coalesce(excluded.asn, asn),"
                   " declared = coalesce(excluded.declared, declared),"
                   " first_us = coalesce(excluded.first_us, first_us),"
                   " last_us = coalesce(excluded.last_us, last_us),"
                   " sessions = coalesce(excluded.sessions, sessions),"
                   " targets = coalesce(excluded.targets, targets),"
                   " ports_seen = coalesce(excluded.ports_seen, ports_seen),"
                   " era = excluded.era",
    [ADD_HISTORY] = "INSERT INTO score_history VALUES(?,?,?,?,?,?)",
    [ADD_EVENT] = "INSERT INTO event(at_us, packet_us, kind, source, other, actor, link,"
                  " episode, text) VALUES(?,?,?,?,?,?,?,?,?)",
    [WRITE_FIGURE] = "INSERT OR REPLACE INTO derive_figure VALUES(?, ?)",
    [WRITE_TOLD] = "INSERT OR REPLACE INTO derive_figure SELECT '" DERIVED_TOLD "', min(?,"
                   " coalesce(max(last_us), 0)) FROM input",
    [WRITE_MARK] = "UPDATE derive_mark SET position_us = ?, commit_id = ?, checkpoint = ?,"
                   " complete = ?",
};

int derived_open(struct store *store, struct derived **ret_derived, struct nj_err *err)
{
    struct derived *derived = calloc(1, sizeof(*derived));

    if (derived == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the later stages' tables");
    derived->store = store;
    derived->queue = derived_queue_new(derived);
    derived->held = derived_held_new();
    if (derived->queue == NULL || derived->held == NULL) {
        derived_close(derived);
        return nj_fail(err, NJ_NOMEM, "no memory for the later stages' tables");
    }
    for (unsigned i = 0; i < STATEMENTS; i++) {
        if (catalog_prepare(store, statements[i], &derived->statements[i], err) < 0) {
            derived_close(derived);
            return -1;
        }
    }
    *ret_derived = derived;
    return 0;
}

void derived_close(struct derived *derived)
{
    if (derived == NULL)
        return;
    derived_cancel(derived);
    derived_queue_free(derived->queue);
    derived_held_free(derived->held);
    for (unsigned i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(derived->statements[i]);
    free(derived);
}

struct binder derived_bind(struct derived *derived, enum statement which)
{
    return (struct binder){.stmt = derived->statements[which]};
}

int derived_step(struct derived *derived, const struct binder *b, struct nj_err *err)
{
    return catalog_step(derived->store, b->stmt, err);
}

/* Step a statement that asks for one number. @return 1 with *ret; 0: no row; -1 */
static int ask(struct derived *derived, const struct binder *b, int64_t *ret,
               struct nj_err *err)
{
    int step = sqlite3_step(b->stmt);

    if (step == SQLITE_ROW)
        *ret = sqlite3_column_int64(b->stmt, 0);
    (void)sqlite3_reset(b->stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(derived->store, err);
    return step == SQLITE_ROW;
}

/* ---- the transaction ---- */

int derived_read_mark(struct derived *derived, struct derived_mark *ret, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc = -1;

    if (catalog_prepare(derived->store,
                        "SELECT position_us, commit_id, checkpoint, complete FROM derive_mark",
                        &stmt, err) < 0)
        return -1;
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        *ret = (struct derived_mark){
            .position_us = sqlite3_column_int64(stmt, 0),
            .commit = sqlite3_column_int64(stmt, 1),
            .checkpoint = sqlite3_column_int64(stmt, 2),
            .complete = sqlite3_column_int(stmt, 3) != 0,
        };
        rc = 0;
    } else {
        rc = catalog_fail(derived->store, err);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

int derived_begin(struct derived *derived, struct nj_err *err)
{
    /* sources and episodes are met in no order that a small cache could use */
    if (catalog_exec(derived->store, "PRAGMA cache_size = -32768; BEGIN IMMEDIATE", err) < 0)
        return -1;
    derived->open = true;
    return 0;
}

int derived_commit(struct derived *derived, const struct derived_mark *mark, struct nj_err *err)
{
    struct binder b = derived_bind(derived, WRITE_MARK);

    if (derived_settle(derived, err) < 0)
        return -1;
    bind_int(&b, mark->position_us);
    bind_int(&b, mark->commit);
    bind_int(&b, mark->checkpoint);
    bind_int(&b, mark->complete);
    if (derived_step(derived, &b, err) < 0 || catalog_exec(derived->store, "COMMIT", err) < 0)
        return -1;
    derived->open = false;
    return 0;
}

int derived_figure(struct derived *derived, const char *name, double value, struct nj_err *err)
{
    struct binder b = derived_bind(derived, WRITE_FIGURE);

    if (derived_settle(derived, err) < 0)
        return -1;
    bind_text(&b, name);
    bind_real(&b, value);
    return derived_step(derived, &b, err);
}

int derived_told(struct derived *derived, int64_t until_us, struct nj_err *err)
{
    struct binder b = derived_bind(derived, WRITE_TOLD);

    if (derived_settle(derived, err) < 0)
        return -1;
    bind_int(&b, until_us);
    return derived_step(derived, &b, err);
}

void derived_cancel(struct derived *derived)
{
    derived_drop(derived);
    if (derived->open)
        (void)sqlite3_exec(derived->store->catalog, "ROLLBACK", NULL, NULL, NULL);
    derived->open = false;
}

/* ---- links and actors ---- */

static double two_decimals(double number)
{
    double scaled = number * 100;

    return (double)(int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5) / 100;
}

/* [{"feature": "ports", "bits": 7.25, "text": "..."}, ...] Taken; NULL when memory ends. */
static char *evidence_json(const struct link *link)
{
    json_t *array = json_array();
    char *text;

    for (uint32_t i = 0; i < link->evidence_count && i < LINK_EVIDENCE_MAX; i++) {
        const struct evidence_line *line = &link->evidence[i];
        json_t *object = json_object();

        (void)json_object_set_new(object, "feature", json_string(line->feature));
        (void)json_object_set_new(object, "bits", json_real(two_decimals((double)line->bits)));
        (void)json_object_set_new(object, "text", json_string(line->text));
        (void)json_array_append_new(array, object);
    }
    text = json_dumps(array, JSON_COMPACT | JSON_REAL_PRECISION(12));
    json_decref(array);
    return text;
}

int derived_link(struct derived *derived, int64_t era, const struct link *link, int *ret_before,
                 struct nj_err *err)
{
    struct binder find = derived_bind(derived, FIND_LINK);
    struct binder b = derived_bind(derived, SAVE_LINK);
    int64_t before = -1;
    char *evidence;
    int rc;

    if (derived_settle(derived, err) < 0)
        return -1;
    bind_int(&find, (int64_t)link->id);
    if (ask(derived, &find, &before, err) < 0)
        return -1;
    evidence = evidence_json(link);
    if (evidence == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a link");
    bind_int(&b, (int64_t)link->id);
    bind_int(&b, link->kind);
    bind_int(&b, link->hop);
    bind_int(&b, link->state);
    bind_int(&b, (int64_t)link->a);
    bind_int(&b, (int64_t)link->b);
    bind_addr(&b, link->a_src);
    bind_addr(&b, link->b_src);
    bind_int(&b, link->stopped_us);
    bind_int(&b, link->started_us);
    bind_int(&b, link->stated_us);
    bind_int(&b, link->first_stated_us);
    bind_real(&b, link->probability);
    bind_real(&b, two_decimals(link->bits));
    bind_real(&b, two_decimals(link->prior_bits));
    bind_some(&b, (int64_t)link->actor);
    bind_text(&b, evidence);
    bind_text(&b, link->refute);
    bind_int(&b, era);
    rc = derived_step(derived, &b, err);
    free(evidence);
    *ret_before = (int)before;
    return rc;
}

static int add_source(struct derived *derived, int64_t era, uint64_t actor, struct addr source,
                      int64_t from_us, struct nj_err *err)
{
    struct binder is = derived_bind(derived, IS_OF_ACTOR);
    struct binder b = derived_bind(derived, JOIN_ACTOR);
    int64_t one;
    int rc;

    bind_int(&is, (int64_t)actor);
    bind_addr(&is, source);
    rc = ask(derived, &is, &one, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    bind_int(&b, (int64_t)actor);
    bind_addr(&b, source);
    bind_int(&b, from_us);
    bind_int(&b, era);
    return derived_step(derived, &b, err);
}

static int remove_source(struct derived *derived, int64_t era, uint64_t actor,
                         struct addr source, int64_t to_us, struct nj_err *err)
{
    struct binder b = derived_bind(derived, LEAVE_ACTOR);

    bind_int(&b, to_us);
    bind_int(&b, era);
    bind_int(&b, (int64_t)actor);
    bind_addr(&b, source);
    return derived_step(derived, &b, err);
}

/* All sources of `other` are of `actor` from now on. */
static int move_sources(struct derived *derived, int64_t era, const struct actor_change *change,
                        struct nj_err *err)
{
    struct binder b = derived_bind(derived, OPEN_SOURCES);
    struct addr *sources = NULL;
    size_t count = 0, room = 0;
    int step, rc = 0;

    bind_int(&b, (int64_t)change->other);
    while ((step = sqlite3_step(b.stmt)) == SQLITE_ROW) {
        if (count == room) {
            struct addr *bigger = reallocarray(sources, room * 2 + 16, sizeof(*sources));

            if (bigger == NULL)
                break;
            sources = bigger;
            room = room * 2 + 16;
        }
        if (sqlite3_column_bytes(b.stmt, 0) == 16)
            sources[count++] = addr_from_bytes(sqlite3_column_blob(b.stmt, 0));
    }
    (void)sqlite3_reset(b.stmt);
    if (step != SQLITE_DONE)
        rc = step == SQLITE_ROW ? nj_fail(err, NJ_NOMEM, "no memory for an actor")
                                : catalog_fail(derived->store, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = remove_source(derived, era, change->other, sources[i], change->at_us, err);
        if (rc == 0)
            rc = add_source(derived, era, change->actor, sources[i], change->at_us, err);
    }
    free(sources);
    return rc;
}

int derived_actor(struct derived *derived, int64_t era, const struct actor_change *change,
                  struct nj_err *err)
{
    struct binder b;

    if (derived_settle(derived, err) < 0)
        return -1;
    switch (change->kind) {
    case ACTOR_NEW:
    case ACTOR_JOINED:
        b = derived_bind(derived, ADD_ACTOR);
        bind_int(&b, (int64_t)change->actor);
        bind_int(&b, change->at_us);
        bind_int(&b, change->declared);
        bind_int(&b, era);
        if (derived_step(derived, &b, err) < 0)
            return -1;
        if (addr_is_none(change->source))
            return 0;
        return add_source(derived, era, change->actor, change->source, change->at_us, err);
    case ACTOR_LEFT:
        return remove_source(derived, era, change->actor, change->source, change->at_us, err);
    case ACTOR_MERGED:
        if (move_sources(derived, era, change, err) < 0)
            return -1;
        b = derived_bind(derived, MERGE_ACTOR);
        bind_int(&b, (int64_t)change->actor);
        bind_int(&b, change->at_us);
        bind_int(&b, era);
        bind_int(&b, (int64_t)change->other);
        return derived_step(derived, &b, err);
    }
    return 0;
}

int derived_last_event(struct derived *derived, int64_t *ret_us, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int64_t last = DERIVED_NO_POSITION;
    int step;

    if (catalog_prepare(derived->store, "SELECT at_us FROM event ORDER BY id DESC LIMIT 1",
                        &stmt, err) < 0)
        return -1;
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW)
        last = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(derived->store, err);
    *ret_us = last;
    return 0;
}

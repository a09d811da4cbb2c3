/* SPDX-License-Identifier: Apache-2.0 */
/* Writing what the later stages found: prepared statements, one transaction a pass. */
#include "store/derived.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/derived_internal.h"
#include "store/derived_write.h"

const char *const event_names[EVENT_KINDS] = {
    [EVENT_STARTED] = "started", [EVENT_CEASED] = "ceased",       [EVENT_RESUMED] = "resumed",
    [EVENT_HOP] = "hop",         [EVENT_WITHDRAWN] = "withdrawn", [EVENT_ACTOR] = "actor",
    [EVENT_JOINED] = "joined",   [EVENT_LEFT] = "left",           [EVENT_MERGED] = "merged",
    [EVENT_LEVEL] = "level",
};

static const char *const statements[STATEMENTS] = {
    [SAVE_EPISODE] =
        "INSERT INTO episode "
        "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
        "?) ON CONFLICT(id) DO UPDATE SET country = excluded.country, asn = excluded.asn,"
        " declared = excluded.declared, first_us = excluded.first_us,"
        " last_us = excluded.last_us, ceased_us = excluded.ceased_us,"
        " sessions = excluded.sessions, packets = excluded.packets,"
        " targets = excluded.targets, sensors = excluded.sensors, hours = excluded.hours,"
        " bursts = excluded.bursts, rate = excluded.rate, ports = excluded.ports,"
        " ports_seen = excluded.ports_seen, sport_model = excluded.sport_model,"
        " sport_min = excluded.sport_min, sport_max = excluded.sport_max,"
        " sport_bands = excluded.sport_bands, tool = excluded.tool, stack = excluded.stack,"
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
    [SAVE_SCORE] =
        "INSERT INTO score VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(source) DO "
        "UPDATE"
        " SET at_us = excluded.at_us, risk = excluded.risk, uncapped = excluded.uncapped,"
        " level = excluded.level, previous_level = excluded.previous_level,"
        " changed_us = excluded.changed_us, grade = excluded.grade,"
        " grade_reason = excluded.grade_reason, reason = excluded.reason,"
        " receipt = excluded.receipt, stage = excluded.stage,"
        " technique = excluded.technique, version = excluded.version, state = excluded.state,"
        " era = excluded.era",
    [ADD_HISTORY] = "INSERT OR REPLACE INTO score_history VALUES(NULL,?,?,?,?,?,?,?,?,?)",
    [ADD_EVENT] = "INSERT INTO event(at_us, packet_us, kind, source, other, actor, link,"
                  " episode, text) VALUES(?,?,?,?,?,?,?,?,?)",
    [WRITE_FIGURE] = "INSERT OR REPLACE INTO derive_figure VALUES(?, ?)",
    [WRITE_MARK] = "UPDATE derive_mark SET position_us = ?, commit_id = ?, checkpoint = ?,"
                   " complete = ?",
};

int derived_open(struct store *store, struct derived **ret_derived, struct nj_err *err)
{
    struct derived *derived = calloc(1, sizeof(*derived));

    if (derived == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the later stages' tables");
    derived->store = store;
    derived->out = open_memstream(&derived->text, &derived->text_size);
    derived->queue = derived_queue_new(derived);
    if (derived->out == NULL || derived->queue == NULL) {
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
    for (unsigned i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(derived->statements[i]);
    if (derived->out != NULL)
        (void)fclose(derived->out);
    free(derived->text);
    free(derived);
}

static struct binder begin_statement(struct derived *derived, enum statement which)
{
    return (struct binder){.stmt = derived->statements[which]};
}

/* Step a statement that changes rows. */
static int run(struct derived *derived, const struct binder *b, struct nj_err *err)
{
    int step = sqlite3_step(b->stmt);

    (void)sqlite3_reset(b->stmt);
    return step == SQLITE_DONE ? 0 : catalog_fail(derived->store, err);
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

/* ---- the transaction ----------------------------------------------------------------------
 */

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
    if (catalog_exec(derived->store, "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -131072; BEGIN IMMEDIATE", err) < 0)
        return -1;
    derived->open = true;
    return 0;
}

int derived_commit(struct derived *derived, const struct derived_mark *mark, struct nj_err *err)
{
    struct binder b = begin_statement(derived, WRITE_MARK);

    if (derived_settle(derived, err) < 0)
        return -1;
    bind_int(&b, mark->position_us);
    bind_int(&b, mark->commit);
    bind_int(&b, mark->checkpoint);
    bind_int(&b, mark->complete);
    if (run(derived, &b, err) < 0 || catalog_exec(derived->store, "COMMIT", err) < 0)
        return -1;
    derived->open = false;
    return 0;
}

int derived_figure(struct derived *derived, const char *name, double value, struct nj_err *err)
{
    struct binder b = begin_statement(derived, WRITE_FIGURE);

    if (derived_settle(derived, err) < 0)
        return -1;
    bind_text(&b, name);
    bind_real(&b, value);
    return run(derived, &b, err);
}

void derived_cancel(struct derived *derived)
{
    derived_drop(derived);
    if (derived->open)
        (void)sqlite3_exec(derived->store->catalog, "ROLLBACK", NULL, NULL, NULL);
    derived->open = false;
}

/* ---- episodes ------------------------------------------------------------------------------
 */

static const char *sport_model_text(enum sport_model model)
{
    static const char *const names[] = {"", "fixed", "range", "even", "odd"};

    return names[model];
}

const char *proto_text(uint8_t proto, char text[8])
{
    switch (proto) {
    case PROTO_TCP:
        return "tcp";
    case PROTO_UDP:
        return "udp";
    case PROTO_ICMP:
        return "icmp";
    case PROTO_ICMPV6:
        return "icmpv6";
    case PROTO_SCTP:
        return "sctp";
    default:
        (void)snprintf(text, 8, "%u", proto);
        return text;
    }
}

/* [{"port": 22, "proto": "tcp", "sessions": 5}, ...] */
static void ports_json(const struct episode *episode, char *text, size_t size)
{
    char proto[8];
    size_t used = 0;

    used += (size_t)snprintf(text, size, "[");
    for (uint32_t i = 0; i < episode->port_count && i < EPISODE_PORTS; i++) {
        const struct episode_port *port = &episode->ports[i];

        used += (size_t)snprintf(
            text + used, size - used, "%s{\"port\":%u,\"proto\":\"%s\",\"sessions\":%u}",
            i == 0 ? "" : ",", port->port, proto_text(port->proto, proto), port->sessions);
    }
    (void)snprintf(text + used, size - used, "]");
}

static void instances_json(const struct episode *episode, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < EPISODE_INSTANCES && episode->instances[i] != 0; i++)
        used += (size_t)snprintf(text + used, size - used, "%s\"%016llx\"", i == 0 ? "[" : ",",
                                 (unsigned long long)episode->instances[i]);
    if (used > 0)
        (void)snprintf(text + used, size - used, "]");
}

int derived_write_episode(struct derived *derived, int64_t era, const struct episode *episode,
                          const struct nj_intern *names, struct nj_err *err)
{
    struct binder b = begin_statement(derived, SAVE_EPISODE);
    char ports[EPISODE_PORTS * 64 + 8], instances[EPISODE_INSTANCES * 24 + 8];

    ports_json(episode, ports, sizeof(ports));
    instances_json(episode, instances, sizeof(instances));
    bind_int(&b, (int64_t)episode->id);
    bind_addr(&b, episode->src);
    bind_text(&b, episode->country);
    bind_some(&b, episode->asn);
    bind_int(&b, episode->declared);
    bind_int(&b, episode->first_us);
    bind_int(&b, episode->last_us);
    bind_some(&b, episode->ceased_us);
    bind_int(&b, (int64_t)episode->sessions);
    bind_int(&b, (int64_t)episode->packets);
    bind_int(&b, (int64_t)episode->targets);
    bind_int(&b, (int64_t)episode->sensors);
    bind_int(&b, episode->hours);
    bind_int(&b, episode->bursts);
    bind_real(&b, episode->rate);
    bind_text(&b, ports);
    bind_int(&b, episode->ports_seen);
    bind_text(&b, sport_model_text(episode->sport_model));
    bind_int(&b, episode->sport_min);
    bind_int(&b, episode->sport_max);
    bind_int(&b, (int64_t)episode->sport_bands);
    bind_text(&b, nj_intern_text(names, episode->tool));
    bind_text(&b, nj_intern_text(names, episode->stack));
    bind_int(&b, episode->stacks);
    if (episode->no_fields) {
        bind_null(&b);
        bind_null(&b);
        bind_null(&b);
    } else {
        bind_int(&b, episode->window);
        bind_int(&b, episode->ttl_min);
        bind_int(&b, episode->ttl_max);
    }
    bind_text(&b, instances);
    bind_int(&b, (int64_t)episode->repeats);
    bind_int(&b, (int64_t)episode->answered);
    bind_int(&b, era);
    return run(derived, &b, err);
}

/* ---- links and actors ----------------------------------------------------------------------
 */

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
    struct binder find = begin_statement(derived, FIND_LINK);
    struct binder b = begin_statement(derived, SAVE_LINK);
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
    rc = run(derived, &b, err);
    free(evidence);
    *ret_before = (int)before;
    return rc;
}

static int add_source(struct derived *derived, int64_t era, uint64_t actor, struct addr source,
                      int64_t from_us, struct nj_err *err)
{
    struct binder is = begin_statement(derived, IS_OF_ACTOR);
    struct binder b = begin_statement(derived, JOIN_ACTOR);
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
    return run(derived, &b, err);
}

static int remove_source(struct derived *derived, int64_t era, uint64_t actor,
                         struct addr source, int64_t to_us, struct nj_err *err)
{
    struct binder b = begin_statement(derived, LEAVE_ACTOR);

    bind_int(&b, to_us);
    bind_int(&b, era);
    bind_int(&b, (int64_t)actor);
    bind_addr(&b, source);
    return run(derived, &b, err);
}

/* All sources of `other` are of `actor` from now on. */
static int move_sources(struct derived *derived, int64_t era, const struct actor_change *change,
                        struct nj_err *err)
{
    struct binder b = begin_statement(derived, OPEN_SOURCES);
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
        b = begin_statement(derived, ADD_ACTOR);
        bind_int(&b, (int64_t)change->actor);
        bind_int(&b, change->at_us);
        bind_int(&b, change->declared);
        bind_int(&b, era);
        if (run(derived, &b, err) < 0)
            return -1;
        if (addr_is_none(change->source))
            return 0;
        return add_source(derived, era, change->actor, change->source, change->at_us, err);
    case ACTOR_LEFT:
        return remove_source(derived, era, change->actor, change->source, change->at_us, err);
    case ACTOR_MERGED:
        if (move_sources(derived, era, change, err) < 0)
            return -1;
        b = begin_statement(derived, MERGE_ACTOR);
        bind_int(&b, (int64_t)change->actor);
        bind_int(&b, change->at_us);
        bind_int(&b, era);
        bind_int(&b, (int64_t)change->other);
        return run(derived, &b, err);
    }
    return 0;
}

/* ---- scores and events ---------------------------------------------------------------------
 */

/* Text between quotation marks; of names that are no UTF-8 nothing is left. */
static void json_text(FILE *out, const char *text)
{
    size_t plain = 0;
    json_t *string;
    char *quoted;

    while (text[plain] >= 0x20 && text[plain] < 0x7f && text[plain] != '"' &&
           text[plain] != '\\')
        plain++;
    if (text[plain] == '\0') {
        (void)fprintf(out, "\"%s\"", text);
        return;
    }
    string = json_string(text);
    quoted = string == NULL ? NULL : json_dumps(string, JSON_ENCODE_ANY);
    (void)fputs(quoted == NULL ? "\"\"" : quoted, out);
    free(quoted);
    json_decref(string);
}

/* [{"group": "tool", "points": 3.81, "text": "..."}, ...] into `derived->text`. */
static int receipt_json(struct derived *derived, const struct receipt *receipt,
                        struct nj_err *err)
{
    FILE *out = derived->out;

    rewind(out);
    (void)fputc('[', out);
    for (uint32_t i = 0; i < receipt->line_count && i <= RISK_GROUPS; i++) {
        const struct receipt_line *line = &receipt->lines[i];
        long hundredths = lround(100 * line->points);

        (void)fprintf(
            out, "%s{\"group\":\"%s\",\"points\":%s%ld.%02ld,\"text\":", i > 0 ? "," : "",
            line->group < RISK_GROUPS ? risk_group_names[line->group] : "cap",
            hundredths < 0 ? "-" : "", labs(hundredths) / 100, labs(hundredths) % 100);
        json_text(out, line->text);
        (void)fputc('}', out);
    }
    (void)fputc(']', out);
    (void)fputc('\0', out);
    return fflush(out) == 0 ? 0 : nj_fail(err, NJ_NOMEM, "no memory for a receipt");
}

static const char *reason_of(const struct derived_score *score)
{
    return score->receipt->line_count > 0 ? score->receipt->lines[0].text : "";
}

static void bind_state(struct binder *b, const uint8_t *state, size_t size)
{
    (void)sqlite3_bind_blob(b->stmt, ++b->next, state, (int)size, SQLITE_STATIC);
}

int derived_write_history(struct derived *derived, const struct derived_moment *moment,
                          struct nj_err *err)
{
    struct binder b = begin_statement(derived, ADD_HISTORY);

    bind_addr(&b, moment->src);
    bind_int(&b, moment->at_us);
    bind_real(&b, moment->risk);
    bind_int(&b, moment->level);
    bind_int(&b, moment->previous_level);
    bind_int(&b, moment->changed_us);
    bind_int(&b, moment->grade);
    bind_text(&b, moment->reason);
    bind_state(&b, moment->state, moment->state_size);
    return run(derived, &b, err);
}

int derived_write_score(struct derived *derived, int64_t era, const struct derived_score *score,
                        struct nj_err *err)
{
    const struct receipt *receipt = score->receipt;
    struct binder b = begin_statement(derived, SAVE_SCORE);
    uint8_t state[RISK_STATE_MAX];
    size_t size = risk_state_pack(score->state, state);

    if (receipt_json(derived, receipt, err) < 0)
        return -1;
    bind_addr(&b, score->src);
    bind_int(&b, receipt->at_us);
    bind_real(&b, receipt->score);
    bind_real(&b, receipt->uncapped);
    bind_int(&b, receipt->level);
    bind_int(&b, score->previous_level);
    bind_int(&b, score->changed_us);
    bind_int(&b, score->grade);
    bind_text(&b, score->grade_reason);
    bind_text(&b, reason_of(score));
    bind_text(&b, derived->text);
    bind_text(&b, score->stage);
    bind_text(&b, score->technique);
    bind_int(&b, receipt->version);
    bind_state(&b, state, size);
    bind_int(&b, era);
    return run(derived, &b, err);
}

int derived_write_event(struct derived *derived, const struct derived_event *event,
                        struct nj_err *err)
{
    struct binder b = begin_statement(derived, ADD_EVENT);

    bind_int(&b, event->at_us);
    bind_int(&b, event->packet_us);
    bind_text(&b, event_names[event->kind]);
    bind_addr(&b, event->source);
    bind_addr(&b, event->other);
    bind_some(&b, (int64_t)event->actor);
    bind_some(&b, (int64_t)event->link);
    bind_some(&b, (int64_t)event->episode);
    (void)sqlite3_bind_text(b.stmt, ++b.next, event->text, -1, SQLITE_STATIC);
    return run(derived, &b, err);
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

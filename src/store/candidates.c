/* SPDX-License-Identifier: Apache-2.0 */
#include "store/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "model/fact.h"
#include "store/candidate_rules.h"
#include "store/candidate_states.h"
#include "store/derived_internal.h"
#include "store/verdicts.h"

/* ---- findings ---- */

int store_candidates_findings(struct store *store, const struct candidate_finding *findings,
                              size_t count, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc = 0;

    if (catalog_exec(store,
                     "DROP TABLE IF EXISTS temp.candidate_finding;"
                     "CREATE TEMP TABLE candidate_finding(kind TEXT, port INTEGER, proto TEXT,"
                     " country TEXT, from_us INTEGER)",
                     err) < 0 ||
        catalog_prepare(store, "INSERT INTO temp.candidate_finding VALUES(?, ?, ?, ?, ?)",
                        &stmt, err) < 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct binder b = {.stmt = stmt};

        bind_text(&b, findings[i].kind);
        bind_int(&b, findings[i].port);
        bind_text(&b, findings[i].proto);
        (void)sqlite3_bind_text(b.stmt, ++b.next, findings[i].country, -1, SQLITE_STATIC);
        bind_int(&b, findings[i].from_us);
        rc = catalog_step(store, stmt, err);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

/* ---- hops ---- */

static const char accepted_sql[] =
    "SELECT l.a_source, l.b_source, coalesce(h.at_us, l.stated_us) AS at_us, l.probability"
    " FROM link l LEFT JOIN (SELECT link, max(at_us) AS at_us FROM event"
    " WHERE kind = event_kind('hop') AND at_us <= ?1 GROUP BY link) h ON h.link = l.id"
    " WHERE l.kind = 2 AND l.state = 1 AND coalesce(h.at_us, l.stated_us) <= ?1"
    " ORDER BY coalesce(h.at_us, l.stated_us), l.id";

struct hops {
    struct accepted_hop *items; /* in the order of acceptance */
    size_t count, room;
};

static int load_hops(struct store *store, int64_t at_us, struct hops *hops, struct nj_err *err)
{
    struct binder b = {0};
    int rc;

    if (catalog_prepare(store, accepted_sql, &b.stmt, err) < 0)
        return -1;
    bind_int(&b, at_us);
    while ((rc = catalog_next(store, b.stmt, err)) > 0) {
        if (hops->count == hops->room) {
            size_t room = 2 * hops->room + 64;
            struct accepted_hop *grown = reallocarray(hops->items, room, sizeof(*grown));

            if (grown == NULL) {
                rc = nj_fail(err, NJ_NOMEM, "no memory for hops");
                break;
            }
            hops->items = grown;
            hops->room = room;
        }
        hops->items[hops->count++] = (struct accepted_hop){
            .from = addr_at(b.stmt, 0),
            .to = addr_at(b.stmt, 1),
            .accepted_us = sqlite3_column_int64(b.stmt, 2),
            .probability = sqlite3_column_double(b.stmt, 3),
        };
    }
    (void)sqlite3_finalize(b.stmt);
    return rc;
}

/* ---- candidates ---- */

struct sending {
    struct rule_finder *rules;
    const struct client_list *clients;
    const struct candidate_sink *sink;
    struct candidate_state *states;
    size_t room;
};

static int make_room(struct sending *sending, size_t count, struct nj_err *err)
{
    struct candidate_state *grown;

    if (count <= sending->room)
        return 0;
    grown = reallocarray(sending->states, 2 * count, sizeof(*grown));
    if (grown == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the states of a source");
    sending->states = grown;
    sending->room = 2 * count;
    return 0;
}

static int send_source(void *ctx, const struct source_states *source, struct nj_err *err)
{
    struct sending *sending = ctx;
    const struct source_state *last = &source->items[source->count - 1];
    struct candidate candidate = {
        .source = source->source,
        .risk = last->risk,
        .level = last->level,
        .actor = last->actor,
        .hop = last->hop == NULL ? 0 : last->hop->probability,
        .hop_from = last->hop == NULL ? (struct addr){0, 0} : last->hop->from,
        .declared = source->seen.declared,
        .fact = source->fact,
        .fact_size = source->fact_size,
        .count = source->count,
    };
    uint8_t bytes[16];

    addr_to_bytes(source->source, bytes);
    if (clients_have(sending->clients, bytes))
        return 0;
    if (make_room(sending, source->count, err) < 0)
        return -1;
    for (size_t i = 0; i < source->count; i++) {
        const struct source_state *state = &source->items[i];

        sending->states[i] = (struct candidate_state){
            .from_us = state->from_us, .last_us = state->last_us, .grade = state->grade};
        if (rule_finder_find(sending->rules, source, state, &sending->states[i].rule, err) < 0)
            return -1;
    }
    candidate.states = sending->states;
    return sending->sink->source(sending->sink->ctx, &candidate, err);
}

int store_candidates(struct store *store, const struct candidate_question *question,
                     const struct candidate_sink *sink, struct nj_err *err)
{
    struct source_states_question states = {.at_us = question->at_us,
                                            .window_us = question->window_us};
    struct sending sending = {.sink = sink};
    struct hops hops = {0};
    int rc = -1;

    if (derived_present(store, err) < 0 ||
        rule_finder_new(store, question->rules, question->rule_count, &sending.rules, err) <
            0 ||
        clients_only(store, &sending.clients, err) < 0 || catalog_exec(store, "BEGIN", err) < 0)
        goto out;
    states.risks = rule_finder_asks_risk(sending.rules);
    rc = load_hops(store, question->at_us, &hops, err);
    if (rc == 0)
        rc = source_states_send(store, &states, hops.items, hops.count, send_source, &sending,
                                err);
    for (size_t i = 0; rc == 0 && i < hops.count; i++)
        rc = sink->hop(sink->ctx, &hops.items[i], err);
    rc = catalog_end(store, rc, err);
out:
    rule_finder_free(sending.rules);
    free(sending.states);
    free(hops.items);
    return rc;
}

/* ---- the instant ---- */

int store_instant(struct store *store, int64_t *ret_us, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int64_t instant = 0;
    int step;

    if (derived_present(store, err) < 0 ||
        catalog_prepare(store,
                        "SELECT CASE WHEN position_us > 0 THEN " TOLD_END " ELSE last END"
                        " FROM derive_mark, (SELECT max(last_us) AS last FROM input)"
                        " WHERE last > 0",
                        &stmt, err) < 0)
        return -1;
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW)
        instant = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(store, err);
    *ret_us = instant;
    return step == SQLITE_ROW ? 0 : STORE_UNKNOWN;
}

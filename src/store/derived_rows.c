/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that are many: episodes, scores, their history, events. What the stages tell of them
 * is made small and waits (derived_held.c) or goes to the writing thread (derived_queue.c),
 * which calls the first half. */
#include <stddef.h>
#include <string.h>

#include "store/derived_write.h"

/* NULL where there is nothing; borrowed until the statement was stepped. */
static void bind_some_bytes(struct binder *b, const uint8_t *bytes, size_t size)
{
    if (size == 0)
        bind_null(b);
    else
        (void)sqlite3_bind_blob(b->stmt, ++b->next, bytes, (int)size, SQLITE_STATIC);
}

static void bind_bytes(struct binder *b, const uint8_t *bytes, size_t size)
{
    (void)sqlite3_bind_blob(b->stmt, ++b->next, bytes, (int)size, SQLITE_STATIC);
}

/* Keep the version of a row that stands from an earlier era; before the first checkpoint there
 * is none. `b` has its key bound. */
static int keep(struct derived *derived, struct binder *b, int64_t era, struct nj_err *err)
{
    bind_int(b, era);
    return derived_step(derived, b, err);
}

int derived_write_episode(struct derived *derived, int64_t era, const struct episode_row *row,
                          struct nj_err *err)
{
    struct binder b;

    if (era > 0) {
        b = derived_bind(derived, KEEP_EPISODE);
        bind_int(&b, row->key.order);
        if (keep(derived, &b, era, err) < 0)
            return -1;
    }
    b = derived_bind(derived, SAVE_EPISODE);
    bind_int(&b, row->key.order);
    bind_addr(&b, row->key.src);
    bind_text(&b, row->country);
    bind_some(&b, row->asn);
    bind_int(&b, row->declared);
    bind_int(&b, row->first_us);
    bind_int(&b, row->last_us);
    bind_some(&b, row->ceased_us);
    bind_int(&b, (int64_t)row->sessions);
    bind_int(&b, (int64_t)row->packets);
    bind_int(&b, (int64_t)row->targets);
    bind_int(&b, row->hours);
    bind_int(&b, row->bursts);
    bind_real(&b, row->rate);
    bind_bytes(&b, row->bytes, row->ports_size);
    bind_int(&b, row->ports_seen);
    bind_some(&b, row->sport_model);
    bind_int(&b, row->sport_min);
    bind_int(&b, row->sport_max);
    bind_text(&b, nj_intern_text(row->names, row->tool));
    bind_text(&b, nj_intern_text(row->names, row->stack));
    bind_int(&b, row->stacks);
    if (row->no_fields) {
        bind_null(&b);
        bind_null(&b);
        bind_null(&b);
    } else {
        bind_int(&b, row->window);
        bind_int(&b, row->ttl_min);
        bind_int(&b, row->ttl_max);
    }
    bind_some_bytes(&b, row->bytes + row->ports_size, row->instances_size);
    bind_int(&b, (int64_t)row->repeats);
    bind_int(&b, (int64_t)row->answered);
    bind_int(&b, era);
    return derived_step(derived, &b, err);
}

int derived_write_score(struct derived *derived, int64_t era, const struct score_row *row,
                        struct nj_err *err)
{
    const uint8_t *state = row->bytes + row->reason_size, *receipt = state + row->state_size;
    struct binder b;

    if (era > 0) {
        b = derived_bind(derived, KEEP_SCORE);
        bind_addr(&b, row->src);
        if (keep(derived, &b, era, err) < 0)
            return -1;
    }
    b = derived_bind(derived, SAVE_SCORE);
    bind_addr(&b, row->src);
    bind_int(&b, row->at_us);
    bind_int(&b, row->grade);
    bind_int(&b, row->stage);
    bind_int(&b, row->version);
    bind_bytes(&b, row->bytes, row->reason_size);
    bind_bytes(&b, receipt, row->receipt_size);
    bind_bytes(&b, state, row->state_size);
    if (row->known) {
        bind_text(&b, row->country);
        bind_some(&b, row->asn);
        bind_int(&b, row->declared);
        bind_int(&b, row->first_us);
        bind_int(&b, row->last_us);
        bind_int(&b, (int64_t)row->sessions);
        bind_int(&b, (int64_t)row->targets);
        bind_int(&b, row->ports_seen);
    } else {
        for (unsigned i = 0; i < 8; i++)
            bind_null(&b);
    }
    bind_int(&b, era);
    return derived_step(derived, &b, err);
}

int derived_write_history(struct derived *derived, int64_t era, const struct history_row *row,
                          struct nj_err *err)
{
    struct binder b = derived_bind(derived, ADD_HISTORY);

    bind_addr(&b, row->key.src);
    bind_int(&b, row->key.order);
    bind_int(&b, row->grade);
    bind_bytes(&b, row->bytes + row->state_size, row->fact_size);
    bind_bytes(&b, row->bytes, row->state_size);
    bind_int(&b, era);
    return derived_step(derived, &b, err);
}

int derived_write_event(struct derived *derived, const struct event_row *row,
                        struct nj_err *err)
{
    struct binder b = derived_bind(derived, ADD_EVENT);

    bind_int(&b, row->at_us);
    bind_int(&b, row->packet_us);
    bind_int(&b, row->kind);
    bind_addr(&b, row->source);
    bind_addr(&b, row->other);
    bind_some(&b, (int64_t)row->actor);
    bind_some(&b, (int64_t)row->link);
    bind_some(&b, (int64_t)row->episode);
    if (row->says)
        (void)sqlite3_bind_text(b.stmt, ++b.next, (const char *)row->bytes, (int)row->size,
                                SQLITE_STATIC);
    else
        bind_bytes(&b, row->bytes, row->size);
    return derived_step(derived, &b, err);
}

/* ---- told by the stages ---- */

int derived_episode(struct derived *derived, int64_t era, const struct episode *episode,
                    const struct nj_intern *names, struct nj_err *err)
{
    struct episode_row row = {
        .key = {.src = episode->src, .order = (int64_t)episode->id},
        .names = names,
        .first_us = episode->first_us,
        .last_us = episode->last_us,
        .ceased_us = episode->ceased_us,
        .sessions = episode->sessions,
        .packets = episode->packets,
        .targets = episode->targets,
        .repeats = episode->repeats,
        .answered = episode->answered,
        .rate = episode->rate,
        .asn = episode->asn,
        .hours = episode->hours,
        .bursts = episode->bursts,
        .ports_seen = episode->ports_seen,
        .tool = episode->tool,
        .stack = episode->stack,
        .stacks = episode->stacks,
        .sport_min = episode->sport_min,
        .sport_max = episode->sport_max,
        .window = episode->window,
        .sport_model = (uint8_t)episode->sport_model,
        .ttl_min = episode->ttl_min,
        .ttl_max = episode->ttl_max,
        .declared = episode->declared,
        .no_fields = episode->no_fields,
    };
    size_t size = episode_ports_pack(episode, row.bytes);

    memcpy(row.country, episode->country, sizeof(row.country));
    row.ports_size = (uint16_t)size;
    row.instances_size = (uint8_t)episode_instances_pack(episode, row.bytes + size);
    size += offsetof(struct episode_row, bytes) + row.instances_size;
    return derived_hold(derived, ROW_EPISODE, era, &row, size, err);
}

int derived_history(struct derived *derived, int64_t era, const struct derived_score *score,
                    struct nj_err *err)
{
    const struct receipt *receipt = score->receipt;
    struct history_row row = {.key = {.src = score->src, .order = receipt->at_us}};

    row.grade = (uint8_t)grade_of_form(score->reason->form);
    row.state_size = (uint8_t)risk_state_pack(score->state, row.bytes);
    if (receipt->line_count > 0 && receipt->lines[0].group != RISK_CAP_LINE)
        row.fact_size =
            (uint16_t)risk_fact_pack(&receipt->lines[0].fact, row.bytes + row.state_size);
    return derived_hold(
        derived, ROW_HISTORY, era, &row,
        offsetof(struct history_row, bytes) + row.state_size + (size_t)row.fact_size, err);
}

int derived_score(struct derived *derived, int64_t era, const struct derived_score *score,
                  struct nj_err *err)
{
    const struct source_facts *facts = score->facts;
    struct score_row row;
    uint8_t *at = row.bytes;

    row.known = facts != NULL;
    if (facts != NULL) {
        memcpy(row.country, facts->country, sizeof(row.country));
        row.asn = facts->asn;
        row.declared = facts->declared;
        row.first_us = facts->first_us;
        row.last_us = facts->last_us;
        row.sessions = facts->sessions;
        row.targets = facts->targets;
        row.ports_seen = facts->ports_seen;
    }
    row.src = score->src;
    row.at_us = score->receipt->at_us;
    row.version = score->receipt->version;
    row.grade = (uint8_t)grade_of_form(score->reason->form);
    row.stage = (uint8_t)score->stage;
    row.reason_size = (uint8_t)grade_fact_pack(score->reason, at);
    at += row.reason_size;
    row.state_size = (uint8_t)risk_state_pack(score->state, at);
    at += row.state_size;
    row.receipt_size = (uint16_t)receipt_pack(score->receipt, at);
    at += row.receipt_size;
    return derived_queue_add(derived, ROW_SCORE, era, &row, (size_t)(at - (uint8_t *)&row),
                             err);
}

int derived_event(struct derived *derived, const struct derived_event *event,
                  struct nj_err *err)
{
    struct event_row row;
    const char *says = event->fact.form == EVENT_SAYS ? event->fact.says : NULL;

    row.at_us = event->at_us;
    row.packet_us = event->packet_us;
    row.source = event->source;
    row.other = event->other;
    row.actor = event->actor;
    row.link = event->link;
    row.episode = event->episode;
    row.kind = (uint8_t)event->kind;
    row.says = says != NULL;
    row.size =
        (uint16_t)(says != NULL ? strlen(says) : event_fact_pack(&event->fact, row.bytes));
    if (says != NULL)
        memcpy(row.bytes, says, row.size);
    return derived_queue_add(derived, ROW_EVENT, 0, &row,
                             offsetof(struct event_row, bytes) + row.size, err);
}

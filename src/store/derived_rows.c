/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that are many: episodes, scores, their history, events. Called by the writing thread
 * (derived_queue.c). */
#include "store/derived_write.h"
#include "store/episode_bytes.h"

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
    const struct episode *episode = &row->episode;
    uint8_t ports[EPISODE_PORTS * EPISODE_PORT_BYTES], instances[EPISODE_INSTANCES * 8];
    struct binder b;

    if (era > 0) {
        b = derived_bind(derived, KEEP_EPISODE);
        bind_int(&b, (int64_t)episode->id);
        if (keep(derived, &b, era, err) < 0)
            return -1;
    }
    b = derived_bind(derived, SAVE_EPISODE);
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
    bind_bytes(&b, ports, episode_ports_pack(episode, ports));
    bind_int(&b, episode->ports_seen);
    bind_some(&b, episode->sport_model);
    bind_int(&b, episode->sport_min);
    bind_int(&b, episode->sport_max);
    bind_int(&b, (int64_t)episode->sport_bands);
    bind_text(&b, nj_intern_text(row->names, episode->tool));
    bind_text(&b, nj_intern_text(row->names, episode->stack));
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
    bind_some_bytes(&b, instances, episode_instances_pack(episode, instances));
    bind_int(&b, (int64_t)episode->repeats);
    bind_int(&b, (int64_t)episode->answered);
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
    bind_int(&b, era);
    return derived_step(derived, &b, err);
}

int derived_write_history(struct derived *derived, int64_t era,
                          const struct derived_moment *row, struct nj_err *err)
{
    struct binder b = derived_bind(derived, ADD_HISTORY);

    bind_addr(&b, row->src);
    bind_int(&b, row->at_us);
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

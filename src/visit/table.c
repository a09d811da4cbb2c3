/* SPDX-License-Identifier: Apache-2.0 */
/* Packets to sessions to visits to parts: a packet's or row's way in. What it does to its visit
 * stands in count.c, how time ends visits in clock.c, and what comes out in part.c. */
#include "visit/table_state.h"

#include <stdlib.h>
#include <sys/random.h>

/* Rows that stand for more than this do not fit an open visit, and go straight to the sink. */
#define ROW_PACKETS_MAX (UINT64_C(1) << 30)
#define ROW_BYTES_MAX (UINT64_C(1) << 46)

#define LATE_NS HOUR_NS /* as long as a visit can last */

int visit_table_new_seeded(const struct visit_table_options *options, uint64_t seed,
                           uint64_t first_seq, visit_fn sink, void *sink_ctx,
                           struct visit_table **ret_table, struct nj_err *err)
{
    struct visit_table *table = calloc(1, sizeof(*table));
    struct visit_table_options *o;

    if (table == NULL)
        return nj_fail(err, NJ_NOMEM, "visit table");
    table->options = *options;
    o = &table->options;
    if (o->max_visits < 1)
        o->max_visits = 1;
    if (o->max_visits > 1u << 28)
        o->max_visits = 1u << 28;
    if (o->part_s < 1)
        o->part_s = 1;
    if (o->part_s > HOUR_S)
        o->part_s = HOUR_S;
    if (o->payload_bytes > VISIT_PAYLOAD_MAX)
        o->payload_bytes = VISIT_PAYLOAD_MAX;
    table->seed = seed;
    /* Without it the table works as well, but senders could aim at its index. */
    if (getrandom(&table->secret, sizeof(table->secret), GRND_NONBLOCK) < 0)
        table->secret = seed;
    table->sink = sink;
    table->sink_ctx = sink_ctx;
    table->next_seq = first_seq;
    table->clock_ns = table->latest_ns = INT64_MIN;
    if (open_visits_init(table, err) < 0 ||
        labels_init(&table->labels, &table->counts.labels_refused, err) < 0 ||
        session_table_new(o->max_sessions, &table->counts.sessions_evicted, &table->sessions,
                          err) < 0) {
        visit_table_free(table);
        return -1;
    }
    *ret_table = table;
    return 0;
}

int visit_table_new(const struct visit_table_options *options, uint64_t first_seq,
                    visit_fn sink, void *sink_ctx, struct visit_table **ret_table,
                    struct nj_err *err)
{
    return visit_table_new_seeded(options, VISIT_SEED, first_seq, sink, sink_ctx, ret_table,
                                  err);
}

void visit_table_free(struct visit_table *table)
{
    if (table == NULL)
        return;
    session_table_free(table->sessions);
    labels_done(&table->labels);
    open_visits_done(table);
    free(table);
}

const struct visit_table_counts *visit_table_counts(const struct visit_table *table)
{
    return &table->counts;
}

/* ---- a packet's way in ---- */

static void set_hour(struct visit_table *table, int64_t time_ns)
{
    if (time_ns >= table->hour_from && time_ns < table->hour_until)
        return;
    table->hour = (int32_t)nj_floor_div(time_ns, HOUR_NS);
    table->hour_from = hour_start_ns(table->hour);
    table->hour_until = table->hour_from + HOUR_NS;
}

/* Begin a visit in an entry whose part is empty. A used entry keeps its `last`, so that what
 * the wheel holds is never later than its end, even if a late packet begins it anew. */
static void begin(struct visit_table *table, struct open_visit *visit, uint32_t label,
                  int64_t gather_s)
{
    visit->opened = table->next_opened++ & OPENED_MASK;
    visit->label = label;
    visit->own = 0;
    visit->tool = 0;
    visit->instance = 0;
    if (visit->lone) /* one session, which lasts as long as packets belong to it */
        gather_s = visit->proto == PROTO_TCP ? SESSION_TCP_S : SESSION_OTHER_S;
    if (gather_s < 0)
        gather_s = 0;
    visit->gather_s = (uint64_t)(gather_s < HOUR_S ? gather_s : HOUR_S) & GATHER_MASK;
    table->counts.visits++;
}

/* The visit of an arrival, opened if there is none. */
static int arrive(struct visit_table *table, const struct arrival *a, uint64_t hash,
                  int64_t gather_s, struct nj_err *err)
{
    struct open_visit *visit = open_visit_find(table, hash, &a->key, a->hit.label);

    if (visit != NULL) {
        /* silent for too long, but the clock was ahead and did not move; or a session more */
        bool over = table->hour_from + (int64_t)a->from >= open_visit_end_ns(visit) ||
                    (visit->lone && a->hit.is_new);

        if (over) {
            if (part_hand_on(table, visit, table->clock_ns, err) < 0)
                return -1;
            begin(table, visit, a->hit.label, gather_s);
        }
        if (count_arrival(table, visit, a, err) < 0)
            return -1;
        /* the wheel holds it for the session before, and takes no earlier time: now, then */
        return over && visit->lone ? part_hand_on(table, visit, table->clock_ns, err) : 0;
    }
    if (table->counts.open == table->options.max_visits) {
        if (clock_close_one(table, err) < 0)
            return -1;
        table->counts.visits_forced++;
    }
    visit = open_visit_new(table, hash, &a->key);
    if (visit == NULL)
        return nj_fail(err, NJ_NOMEM, "index of %llu visits",
                       (unsigned long long)table->counts.open);
    begin(table, visit, a->hit.label, gather_s);
    if (count_arrival(table, visit, a, err) < 0)
        return -1;
    /* only now: the wheel takes no earlier time for what it holds */
    visit->early = visit->lone || (visit->own == 1 && visit->packets == a->packets &&
                                   a->packet->episode_packets <= EPISODE_NEW_PACKETS);
    open_visit_file(table, visit, table->clock_ns);
    return 0;
}

/* ---- log rows ---- */

static int add_row(struct visit_table *table, const struct packet *packet, int64_t time_ns,
                   int64_t gather_s, struct nj_err *err)
{
    int64_t until_ns = row_end_ns(packet, time_ns);
    struct arrival a = {
        .packet = packet,
        .hit = {.is_new = true, .answers = packet->answered},
        .packets = packet->row_packets > 0 ? packet->row_packets : 1,
        .bytes = packet->row_bytes,
        .from = (uint64_t)(time_ns - table->hour_from),
    };

    table->counts.packets += a.packets;
    if (packet->direction == DIRECTION_OUT) { /* nobody's attempt to reach us */
        table->counts.own += a.packets;
        return 0;
    }
    flow_visit_key(packet, false, &a.key);
    table->counts.sessions++;
    if (gather_s <= 0 || a.packets > ROW_PACKETS_MAX || a.bytes > ROW_BYTES_MAX)
        return part_give_row(table, &a, time_ns, err);
    a.until = (uint64_t)((until_ns < table->hour_until ? until_ns : table->hour_until - 1) -
                         table->hour_from);
    a.hit.label = labels_add(&table->labels, packet->class, packet->rule, packet->stack);
    a.key.class = (uint8_t)table->labels.list[a.hit.label].class;
    a.key.stack = table->labels.list[a.hit.label].stack;
    a.key.hour = table->hour;
    return arrive(table, &a, flow_visit_hash(table->secret, &a.key), gather_s, err);
}

/* ---- packets ---- */

void visit_table_prefetch(struct visit_table *table, struct packet *packet)
{
    uint64_t from, to;

    packet->flow_hash = packet->visit_hash = 0;
    if (packet->row)
        return;
    set_hour(table, clamp_time(packet->time_ns));
    from = flow_addr_hash(table->seed, packet->src);
    to = flow_addr_hash(table->seed, packet->dst);
    packet->flow_hash = flow_hash_of(table->seed, packet, from, to);
    packet->visit_hash =
        flow_visit_hash_of(flow_addr_hash(table->secret, packet->src), packet->sensor,
                           flow_has_ports(packet) ? packet->dport : 0, packet->proto,
                           (uint8_t)packet->class, packet->stack, table->hour);
    session_table_prefetch(table->sessions, packet->flow_hash);
    __builtin_prefetch(&table->index[(uint32_t)packet->visit_hash & table->index_mask]);
}

/* The visit that a packet will probably be counted in. */
static const struct open_visit *guess(const struct visit_table *table,
                                      const struct packet *packet)
{
    return &table->visits[open_visit_guess(table, (uint32_t)packet->visit_hash)];
}

void visit_table_prefetch_visit(const struct visit_table *table, const struct packet *packet)
{
    const char *visit = (const char *)guess(table, packet);

    __builtin_prefetch(visit, 1);
    __builtin_prefetch(visit + 64, 1);
}

void visit_table_prefetch_targets(const struct visit_table *table, const struct packet *packet)
{
    const struct open_visit *visit = guess(table, packet);

    if (visit->targets_set && !visit->targets_full)
        target_set_prefetch(&table->targets, visit->target[0],
                            flow_target(table->seed, packet->dst));
}

static bool attacks(uint32_t class)
{
    return class == CLASS_EXPLOIT || class == CLASS_CREDENTIAL;
}

/* A payload may say of its session what the SYN could not: this packet and all later ones go to
 * a visit of its own class and of the session's stack, and the session counts there, once. It
 * leaves the visit in which it was counted if that count has not been handed on; else both rows
 * have it, as what it was taken for and as what it is. */
static uint64_t reclassify(struct visit_table *table, struct arrival *a)
{
    const struct label *label = &table->labels.list[a->hit.label];
    struct open_visit *counted =
        open_visit_find(table, flow_visit_hash(table->secret, &a->key), &a->key, a->hit.label);

    a->hit.label = labels_add(&table->labels, a->packet->class, a->packet->rule, label->stack);
    label = &table->labels.list[a->hit.label];
    a->key.class = (uint8_t)label->class;
    a->key.stack = label->stack;
    a->moved = true;
    session_table_relabel(table->sessions, a->hit.label);
    if (counted != NULL && counted->sessions > 0)
        counted->sessions--;
    else
        table->counts.recounted++;
    return flow_visit_hash(table->secret, &a->key);
}

static int add_packet(struct visit_table *table, const struct packet *packet, int64_t time_ns,
                      int64_t gather_s, struct nj_err *err)
{
    uint64_t flow = packet->flow_hash;
    uint64_t hash = packet->visit_hash;
    uint64_t from = (uint64_t)(time_ns - table->hour_from);
    const struct label *label;
    struct arrival a = {
        .packet = packet,
        .packets = 1,
        .bytes = packet->ip_length,
        .from = from,
        .until = from,
    };

    if (flow == 0)
        flow = flow_hash(table->seed, packet);
    table->counts.packets++;
    session_table_add(table->sessions, flow, packet,
                      labels_add(&table->labels, packet->class, packet->rule, packet->stack),
                      &a.hit);
    if (a.hit.own) {
        table->counts.own++;
        return 0;
    }
    table->counts.sessions += a.hit.is_new;
    label = &table->labels.list[a.hit.label];
    flow_visit_key(packet, a.hit.reply, &a.key);
    a.key.class = (uint8_t)label->class;
    a.key.stack = label->stack;
    a.key.hour = table->hour;
    a.key.lone = gather_s <= 0;
    if (hash == 0 || a.hit.reply || a.key.lone || label->stack != packet->stack ||
        label->class != packet->class)
        hash = flow_visit_hash(table->secret, &a.key);
    if (attacks(packet->class) && !attacks(a.key.class) && !a.hit.is_new && !a.hit.reply)
        hash = reclassify(table, &a);
    return arrive(table, &a, hash, gather_s, err);
}

int visit_table_add(struct visit_table *table, const struct packet *packet, int64_t gather_s,
                    struct nj_err *err)
{
    int64_t time_ns = clamp_time(packet->time_ns);

    if (packet->sensor > UINT16_MAX)
        return nj_fail(err, NJ_LIMIT, "sensor number %u, at most %u", packet->sensor,
                       UINT16_MAX);
    if (time_ns > table->clock_ns
            ? clock_advance(table, time_ns, err) < 0
            : table->clock_ns - time_ns > LATE_NS && clock_turn_back(table, time_ns, err) < 0)
        return -1;
    table->latest_ns = time_ns;
    set_hour(table, time_ns);
    return packet->row ? add_row(table, packet, time_ns, gather_s, err)
                       : add_packet(table, packet, time_ns, gather_s, err);
}

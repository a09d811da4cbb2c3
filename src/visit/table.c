/* SPDX-License-Identifier: Apache-2.0 */
/* Packets to sessions to visits to parts. In reading order: a packet's way in (add), what it
 * does to its visit (count), and how time ends visits (advance). */
#include "visit/table_state.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define EPISODE_NEW_PACKETS 64 /* early parts are for the first packets of an episode */
#define SESSION_GATHER_TCP_S 120
#define SESSION_GATHER_S 60

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

/* ---- parts out ---- */

static int give(struct visit_table *table, int64_t handed_ns, struct nj_err *err)
{
    table->row.handed_ns = handed_ns;
    table->row.seq = table->next_seq++;
    table->counts.parts++;
    return table->sink(table->sink_ctx, &table->row, err);
}

static void row_from_side(struct visit *row, const struct side *side)
{
    row->app = side->app;
    row->conn_state = side->conn_state;
    row->country = side->country;
    row->payload_length = side->payload_length;
    memcpy(row->payload, side->payload, side->payload_length);
    row->user_length = side->user_length;
    memcpy(row->user, side->user, side->user_length);
}

/* Hand on the present part, if it has packets, and begin the next. */
static int hand_on(struct visit_table *table, struct open_visit *visit, int64_t handed_ns,
                   struct nj_err *err)
{
    const struct label *label = &table->labels.list[visit->label];
    const struct side *side = side_of(table, visit);
    int64_t hour_ns = hour_start_ns(visit->hour);
    struct visit *row = &table->row;

    if (visit->packets == 0)
        return 0;
    row->first_ns = hour_ns + (int64_t)visit->first;
    row->last_ns = hour_ns + (int64_t)visit->last;
    row->src = open_visit_src(table, visit);
    row->dst = open_visit_dst(table, visit);
    row->packets = visit->packets;
    row->bytes = visit->bytes;
    row->sessions = visit->sessions;
    row->targets = visit->targets;
    row->repeats = visit->repeats;
    row->answered = visit->answered;
    row->sport_bands = visit->sport_bands;
    row->instance = visit->instance;
    row->sensor = visit->sensor;
    row->rule = label->rule;
    row->tool = visit->tool;
    row->stack = label->stack;
    row->app = row->conn_state = row->country = 0;
    row->dport = visit->dport;
    row->sport = visit->sport;
    row->sport_min = visit->sport_min;
    row->sport_max = visit->sport_max;
    memset(row->sports, 0, sizeof(row->sports));
    memcpy(row->sports, visit->sports, visit->sports_count * sizeof(row->sports[0]));
    row->sports_count = visit->sports_count;
    row->proto = visit->proto;
    row->ttl = visit->ttl;
    row->ttl_min = visit->ttl_min;
    row->ttl_max = visit->ttl_max;
    row->tcp_flags = visit->tcp_flags;
    row->window = visit->window;
    row->class = (uint8_t)label->class;
    row->no_fields = !visit->has_fields;
    row->payload_length = row->user_length = 0;
    if (side != NULL)
        row_from_side(row, side);
    table->counts.targets_saturated += visit->targets_full;
    open_visit_reset_part(table, visit);
    return give(table, handed_ns, err);
}

/* ---- time ---- */

/* Something is due for this visit: the wheel has just shown `item`, which is taken out. */
static int look_at(struct visit_table *table, const struct wheel_item *item, struct nj_err *err)
{
    struct open_visit *visit = &table->visits[item->index];
    bool ended = open_visit_end_ns(visit) <= item->key_ns;
    bool due = visit->packets > 0 && open_visit_part_due_ns(table, visit) <= item->key_ns;
    int rc = 0;

    wheel_take(&table->wheel);
    if (item->order != (uint32_t)visit->opened) {
        /* it was begun anew since: it is to wait for its own turn among those due now */
        open_visit_file(table, visit, item->key_ns);
        return 0;
    }
    if (ended || due)
        rc = hand_on(table, visit, item->key_ns, err);
    if (ended)
        open_visit_free(table, visit);
    else
        open_visit_file(table, visit, item->key_ns);
    return rc;
}

static __attribute__((noinline)) int end_what_is_due(struct visit_table *table, int64_t now_ns,
                                                     struct nj_err *err)
{
    struct wheel_item item;

    while (wheel_next(&table->wheel, now_ns, &item)) {
        if (look_at(table, &item, err) < 0)
            return -1;
    }
    return 0;
}

/* Capture time reaches now_ns, which is later than the clock. */
static inline int advance(struct visit_table *table, int64_t now_ns, struct nj_err *err)
{
    if (wheel_may_be_due(&table->wheel, now_ns) && end_what_is_due(table, now_ns, err) < 0)
        return -1;
    table->clock_ns = now_ns;
    return 0;
}

/* Close the visit that is due first. */
static int close_one(struct visit_table *table, struct nj_err *err)
{
    struct wheel_item item;
    int rc = 0;

    while (wheel_next(&table->wheel, table->clock_ns + HOUR_NS, &item)) {
        struct open_visit *visit = &table->visits[item.index];
        struct wheel_item now;

        /* filed again, it comes to stand where it belongs today */
        wheel_take(&table->wheel);
        open_visit_file(table, visit, table->clock_ns);
        if (!wheel_next(&table->wheel, table->clock_ns + HOUR_NS, &now) ||
            now.index != item.index || now.order != item.order || now.key_ns != item.key_ns)
            continue;
        wheel_take(&table->wheel);
        rc = hand_on(table, visit, table->clock_ns, err);
        open_visit_free(table, visit);
        break;
    }
    return rc;
}

/* A packet of `time_ns` is too old to be late: an older file comes after a newer one. Nothing
 * that is open can go on with it, and its own time is where the clock stands from now on. */
static int turn_back(struct visit_table *table, int64_t time_ns, struct nj_err *err)
{
    while (table->counts.open > 0)
        if (close_one(table, err) < 0)
            return -1;
    wheel_clear(&table->wheel);
    session_table_turn_back(table->sessions, time_ns);
    table->clock_ns = time_ns;
    return 0;
}

static int64_t clamp_time(int64_t time_ns)
{
    if (time_ns > TIME_MAX_NS)
        return TIME_MAX_NS;
    return time_ns < -TIME_MAX_NS ? -TIME_MAX_NS : time_ns;
}

int visit_table_tick(struct visit_table *table, int64_t now_ns, struct nj_err *err)
{
    now_ns = clamp_time(now_ns);
    return now_ns > table->clock_ns ? advance(table, now_ns, err) : 0;
}

int visit_table_close(struct visit_table *table, struct nj_err *err)
{
    struct wheel_item item;
    struct wheel all = {.heap_count = 0};
    int rc = 0;

    /* a wheel of their own, by the order of opening alone */
    if (wheel_init(&all, table->options.max_visits + 1, err) < 0)
        return -1;
    for (size_t i = 0; i <= table->index_mask; i++) {
        uint32_t number = table->index[i].visit;

        if (number != 0)
            wheel_put(&all, (struct wheel_item){
                                .order = (uint32_t)table->visits[number].opened,
                                .index = number,
                            });
    }
    while (rc == 0 && wheel_next(&all, 0, &item)) {
        wheel_take(&all);
        rc = hand_on(table, &table->visits[item.index], table->clock_ns, err);
    }
    wheel_done(&all);
    open_visits_clear(table);
    return rc;
}

/* ---- a packet's way in ---- */

static void set_hour(struct visit_table *table, int64_t time_ns)
{
    if (time_ns >= table->hour_from && time_ns < table->hour_until)
        return;
    table->hour = (int32_t)floor_to(time_ns, HOUR_NS);
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
    if (visit->lone)
        gather_s = visit->proto == PROTO_TCP ? SESSION_GATHER_TCP_S : SESSION_GATHER_S;
    if (gather_s < 0)
        gather_s = 0;
    visit->gather_s = (uint64_t)(gather_s < HOUR_S ? gather_s : HOUR_S) & GATHER_MASK;
    table->counts.visits++;
}

/* A packet or row on its way to its visit. */
struct arrival {
    const struct packet *packet;
    struct visit_key key;
    struct session_hit hit;
    uint64_t packets, bytes;
    uint64_t from, until; /* ns from the start of the hour */
    bool moved;           /* its session was counted in a visit of a lesser class, and moves */
};

static void count_sport(struct open_visit *visit, uint16_t sport)
{
    unsigned known = 0, count = visit->sports_count;

    if (visit->sport_bands == 0 || sport < visit->sport_min)
        visit->sport_min = sport;
    if (visit->sport_bands == 0 || sport > visit->sport_max)
        visit->sport_max = sport;
    visit->sport_bands |= UINT64_C(1) << (sport >> 10);
    if (count == VISIT_SPORT_SAMPLES)
        return;
    while (known < count && visit->sports[known] != sport)
        known++;
    if (known == count) {
        visit->sports[count] = sport;
        visit->sports_count = (count + 1) & 7;
    }
}

static void count_fields(struct open_visit *visit, const struct packet *packet)
{
    if (!visit->has_fields) {
        visit->has_fields = 1;
        visit->ttl = visit->ttl_min = visit->ttl_max = packet->ttl;
        visit->window = packet->window;
    }
    if (packet->ttl < visit->ttl_min)
        visit->ttl_min = packet->ttl;
    if (packet->ttl > visit->ttl_max)
        visit->ttl_max = packet->ttl;
    if (packet->proto == PROTO_TCP)
        visit->tcp_flags |= packet->tcp_flags;
}

static void copy_user(const char *user, char *ret_user, uint8_t *ret_length)
{
    size_t length = strnlen(user, VISIT_USER_MAX);

    memcpy(ret_user, user, length);
    *ret_length = (uint8_t)length;
}

/* What only some packets carry: the first of each is kept. */
static void count_rest(struct visit_table *table, struct open_visit *visit,
                       const struct packet *packet)
{
    size_t length = packet->payload_length;
    struct side *side;

    if (length > table->options.payload_bytes)
        length = table->options.payload_bytes;
    if (length == 0 && packet->app == 0 && !packet->row)
        return;
    side = side_need(table, visit);
    if (side->payload_length == 0 && length > 0) {
        memcpy(side->payload, packet->payload, length);
        side->payload_length = (uint16_t)length;
    }
    if (side->app == 0)
        side->app = packet->app;
    if (side->user_length == 0 && packet->user != NULL)
        copy_user(packet->user, side->user, &side->user_length);
    if (!packet->row)
        return;
    if (side->conn_state == 0)
        side->conn_state = packet->conn_state;
    if (side->country == 0)
        side->country = packet->country;
}

static bool has_sport(const struct packet *packet)
{
    return flow_has_ports(packet) && !(packet->row && packet->sport == 0);
}

/* Is the packet, by its number in the visit and in the episode, one to hand the part on at?
 * A source that has sent elsewhere too is told at 1, 2, 4 ... 64, since its packets are spread
 * over visits; one that sends here alone at 1, 4, 16, 64. The first one of a further visit
 * waits for its fellows, but not for long (EARLY_PART_S). */
static bool ends_early_part(unsigned own, uint32_t episode_packets)
{
    if (own > EPISODE_NEW_PACKETS || episode_packets > EPISODE_NEW_PACKETS)
        return false;
    if (own == 1)
        return episode_packets == 1;
    return own == 4 || own == 16 || own == 64 ||
           ((own & (own - 1)) == 0 && own < episode_packets);
}

/* Count what a packet of the source shows. @return whether the part is to be handed on now */
static bool count_source(struct visit_table *table, struct open_visit *visit,
                         const struct packet *packet)
{
    visit->tool = packet->tool;
    if (packet->instance != 0)
        visit->instance = packet->instance;
    if (has_sport(packet))
        count_sport(visit, packet->sport);
    if (!packet->no_fields)
        count_fields(visit, packet);
    count_rest(table, visit, packet);
    if (visit->own > EPISODE_NEW_PACKETS)
        return false;
    visit->own = (visit->own + 1) & OWN_MASK;
    return !visit->lone && ends_early_part(visit->own, packet->episode_packets);
}

static void begin_part(struct visit_table *table, struct open_visit *visit,
                       const struct arrival *a)
{
    int64_t clock_us = (table->clock_ns - table->hour_from) / 1000;

    visit->part_clock_us = clock_us < PART_CLOCK_NONE ? (uint32_t)clock_us : PART_CLOCK_NONE;
    visit->first = a->from & OFFSET_MASK;
    visit->sport = a->key.sport;
    visit->label = a->hit.label; /* its rule may be another one */
}

static int count(struct visit_table *table, struct open_visit *visit, const struct arrival *a,
                 struct nj_err *err)
{
    if ((visit->packets >= OPEN_PACKETS_MAX || visit->bytes >= OPEN_BYTES_MAX) &&
        hand_on(table, visit, table->clock_ns, err) < 0)
        return -1;
    if (visit->packets == 0)
        begin_part(table, visit, a);
    if (a->from < visit->first)
        visit->first = a->from & OFFSET_MASK;
    if (a->until > visit->last)
        visit->last = a->until & OFFSET_MASK;
    visit->packets += (uint32_t)a->packets;
    visit->bytes = (visit->bytes + a->bytes) & BYTES_MASK;
    visit->sessions += a->hit.is_new || a->moved;
    visit->repeats += a->hit.repeat;
    visit->answered += a->hit.answers;
    if (!a->packet->row || !addr_is_none(a->key.dst))
        open_visit_add_target(table, visit, a->key.dst);
    if (a->hit.reply)
        return 0;
    if (count_source(table, visit, a->packet))
        return hand_on(table, visit, table->clock_ns, err);
    return 0;
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
            if (hand_on(table, visit, table->clock_ns, err) < 0)
                return -1;
            begin(table, visit, a->hit.label, gather_s);
        }
        if (count(table, visit, a, err) < 0)
            return -1;
        /* the wheel holds it for the session before, and takes no earlier time: now, then */
        return over && visit->lone ? hand_on(table, visit, table->clock_ns, err) : 0;
    }
    if (table->counts.open == table->options.max_visits) {
        if (close_one(table, err) < 0)
            return -1;
        table->counts.visits_forced++;
    }
    visit = open_visit_new(table, hash, &a->key);
    if (visit == NULL)
        return nj_fail(err, NJ_NOMEM, "index of %llu visits",
                       (unsigned long long)table->counts.open);
    begin(table, visit, a->hit.label, gather_s);
    if (count(table, visit, a, err) < 0)
        return -1;
    /* only now: the wheel takes no earlier time for what it holds */
    visit->early = visit->lone || (visit->own == 1 && visit->packets == a->packets &&
                                   a->packet->episode_packets <= EPISODE_NEW_PACKETS);
    open_visit_file(table, visit, table->clock_ns);
    return 0;
}

/* ---- log rows ---- */

static int64_t row_end_ns(const struct packet *packet, int64_t time_ns)
{
    int64_t most_us = (TIME_MAX_NS - time_ns) / 1000;

    if (packet->row_duration_us <= 0)
        return time_ns;
    return time_ns +
           (packet->row_duration_us < most_us ? packet->row_duration_us : most_us) * 1000;
}

/* A log row as a visit of its own. */
static int give_row(struct visit_table *table, const struct arrival *a, int64_t time_ns,
                    struct nj_err *err)
{
    const struct packet *packet = a->packet;
    struct visit *row = &table->row;
    size_t length = packet->payload_length;
    uint8_t user_length = 0;

    *row = (struct visit){
        .first_ns = time_ns,
        .last_ns = row_end_ns(packet, time_ns),
        .src = packet->src,
        .dst = packet->dst,
        .packets = a->packets,
        .bytes = a->bytes,
        .sessions = 1,
        .targets = addr_is_none(packet->dst) ? 0 : 1,
        .answered = packet->answered,
        .instance = packet->instance,
        .sensor = packet->sensor,
        .rule = packet->rule,
        .tool = packet->tool,
        .stack = packet->stack,
        .app = packet->app,
        .conn_state = packet->conn_state,
        .country = packet->country,
        .dport = a->key.dport,
        .sport = a->key.sport,
        .proto = packet->proto,
        .class = (uint8_t)packet->class,
        .no_fields = packet->no_fields,
    };
    if (has_sport(packet)) {
        row->sport_bands = UINT64_C(1) << (packet->sport >> 10);
        row->sport_min = row->sport_max = row->sports[0] = packet->sport;
        row->sports_count = 1;
    }
    if (!packet->no_fields) {
        row->ttl = row->ttl_min = row->ttl_max = packet->ttl;
        row->window = packet->window;
        row->tcp_flags = packet->proto == PROTO_TCP ? packet->tcp_flags : 0;
    }
    if (length > table->options.payload_bytes)
        length = table->options.payload_bytes;
    if (length > 0)
        memcpy(row->payload, packet->payload, length);
    row->payload_length = (uint16_t)length;
    if (packet->user != NULL)
        copy_user(packet->user, row->user, &user_length);
    row->user_length = user_length;
    table->counts.visits++;
    return give(table, table->clock_ns, err);
}

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

    flow_visit_key(packet, false, &a.key);
    table->counts.packets += a.packets;
    table->counts.sessions++;
    if (gather_s <= 0 || a.packets > ROW_PACKETS_MAX || a.bytes > ROW_BYTES_MAX)
        return give_row(table, &a, time_ns, err);
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
            ? advance(table, time_ns, err) < 0
            : table->clock_ns - time_ns > LATE_NS && turn_back(table, time_ns, err) < 0)
        return -1;
    table->latest_ns = time_ns;
    set_hour(table, time_ns);
    return packet->row ? add_row(table, packet, time_ns, gather_s, err)
                       : add_packet(table, packet, time_ns, gather_s, err);
}

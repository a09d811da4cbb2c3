/* SPDX-License-Identifier: Apache-2.0 */
#include "visit/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "visit/area.h"
#include "visit/session_bucket.h"

#define PAIR_BITS_START 12
#define LIMIT_LONG_US (SESSION_TCP_S * 1000000)
#define LIMIT_SHORT_US (SESSION_OTHER_S * 1000000)
#define GRACE_US 10000000 /* packets that come later than others by less find their session */
#define SAVE_WITHIN_US (LIMIT_LONG_US + 2 * GRACE_US)
#define GROW_SHARE 64 /* no doubling before 1/64 of the places has been filled anew */

struct session_table {
    struct bucket *buckets;
    struct place last; /* of the session that was last found */
    unsigned pair_bits, pair_bits_max;
    int64_t highest_us; /* latest time seen */
    uint64_t filled;    /* entries placed since the last doubling */
    uint64_t *evicted;  /* the caller's counter */
};

static size_t area_bytes(unsigned pair_bits)
{
    return sizeof(struct bucket) * 2 << pair_bits;
}

static bool is_live(struct place p, uint64_t now_us)
{
    enum session_kind kind = kind_of(p);

    return kind != SESSION_NONE &&
           is_near(now_us, last_of(p), kind == SESSION_PLAIN ? LIMIT_SHORT_US : LIMIT_LONG_US);
}

static size_t home_of(const struct session_table *table, uint32_t tag, uint32_t position)
{
    size_t pair = position >> (FLOW_POSITION_BITS - table->pair_bits);

    return pair << 1 | (tag >> 2 & 1);
}

static uint32_t position_of(uint64_t flow)
{
    return (uint32_t)(flow >> 32) & ((1u << FLOW_POSITION_BITS) - 1);
}

int session_table_new(size_t max_sessions, uint64_t *evicted, struct session_table **ret_table,
                      struct nj_err *err)
{
    struct session_table *table = calloc(1, sizeof(*table));

    if (table == NULL)
        return nj_fail(err, NJ_NOMEM, "session table");
    table->evicted = evicted;
    table->highest_us = INT64_MIN;
    table->pair_bits_max = PAIR_BITS_MIN;
    while (table->pair_bits_max < FLOW_POSITION_BITS &&
           (size_t)2 * 2 * WAYS << table->pair_bits_max <= max_sessions)
        table->pair_bits_max++;
    table->pair_bits =
        table->pair_bits_max < PAIR_BITS_START ? table->pair_bits_max : PAIR_BITS_START;
    table->buckets = area_new(area_bytes(table->pair_bits));
    if (table->buckets == NULL) {
        free(table);
        return nj_fail(err, NJ_NOMEM, "session table");
    }
    *ret_table = table;
    return 0;
}

void session_table_free(struct session_table *table)
{
    if (table == NULL)
        return;
    area_free(table->buckets, area_bytes(table->pair_bits));
    free(table);
}

void session_table_prefetch(const struct session_table *table, uint64_t flow)
{
    __builtin_prefetch(&table->buckets[home_of(table, (uint32_t)flow, position_of(flow))], 1);
}

/* What the entries of a flow say about a packet: the best of each kind. */
struct finds {
    struct place repeat; /* SYN with the same direction and sequence number */
    struct place syn;    /* live SYN session of either direction with the latest packet */
    struct place plain;  /* PLAIN of the same direction */
    struct place answer; /* PLAIN of the other direction */
    struct place own;    /* OWN of the same direction */
    struct place client; /* OWN of the other direction */
};

/* Of two live SYN sessions of one flow, is a the later? */
static bool is_later(struct place a, struct place b)
{
    int64_t later = difference(last_of(a), last_of(b));

    if (later != 0)
        return later > 0;
    if (a.bucket->seq[a.way] != b.bucket->seq[b.way])
        return a.bucket->seq[a.way] > b.bucket->seq[b.way];
    return (a.bucket->tag[a.way] & 1) < (b.bucket->tag[b.way] & 1);
}

static void look(struct bucket *bucket, uint32_t tag, uint32_t other, uint32_t seq,
                 uint64_t now_us, struct finds *finds)
{
    for (unsigned way = 0; way < WAYS; way++) {
        struct place p = {.bucket = bucket, .way = way};
        bool same = bucket->tag[way] == tag;

        if (!same && bucket->tag[way] != other)
            continue;
        switch (kind_of(p)) {
        case SESSION_NONE:
            break;
        case SESSION_SYN:
            if (same && bucket->seq[way] == seq)
                finds->repeat = p;
            if (is_live(p, now_us) && (finds->syn.bucket == NULL || is_later(p, finds->syn)))
                finds->syn = p;
            break;
        case SESSION_PLAIN:
            *(same ? &finds->plain : &finds->answer) = p;
            break;
        case SESSION_OWN:
            *(same ? &finds->own : &finds->client) = p;
            break;
        }
    }
}

/* Is an entry of the neighbour's here, so that the neighbour must look here too? */
static bool holds_strangers(const struct bucket *bucket, uint32_t home_bit)
{
    for (unsigned way = 0; way < WAYS; way++) {
        if ((bucket->meta[way] & META_KIND) != SESSION_NONE &&
            (bucket->tag[way] >> 2 & 1) != home_bit)
            return true;
    }
    return false;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The place of a bucket that matters least to a packet of now_us, which may be late, and to
 * those to come: an empty one, or the entry that is farthest from both. Which one it is can't
 * be predicted, so this has few branches. */
static struct place find_least(const struct session_table *table, struct bucket *bucket,
                               uint64_t now_us, uint64_t *ret_far)
{
    uint64_t high_us = low_us(table->highest_us);
    uint64_t far = distance(bucket, 0, high_us);
    uint64_t far_1 = distance(bucket, 1, high_us);
    uint64_t far_2 = distance(bucket, 2, high_us);
    unsigned way;

    if (now_us != high_us) {
        far = least(far, distance(bucket, 0, now_us));
        far_1 = least(far_1, distance(bucket, 1, now_us));
        far_2 = least(far_2, distance(bucket, 2, now_us));
    }
    way = far_1 > far ? 1 : 0;
    far = far_1 > far ? far_1 : far;
    way = far_2 > far ? 2 : way;
    *ret_far = far_2 > far ? far_2 : far;
    return (struct place){.bucket = bucket, .way = way};
}

/* May the place be taken, whose entry is so far away? */
static bool is_free(struct place p, uint64_t far)
{
    return far >= (kind_of(p) == SESSION_PLAIN ? LIMIT_SHORT_US : LIMIT_LONG_US) + GRACE_US;
}

static bool read_record(const struct session_table *table, size_t bucket, unsigned way,
                        struct session_record *ret_record)
{
    struct place p = {.bucket = &table->buckets[bucket], .way = way};
    unsigned low_bits = FLOW_POSITION_BITS - table->pair_bits;
    uint32_t low = p.bucket->meta[way] >> META_POSITION_SHIFT & ((1u << low_bits) - 1);

    *ret_record = (struct session_record){
        .tag = p.bucket->tag[way],
        .position = (uint32_t)(bucket >> 1) << low_bits | low,
        .seq = p.bucket->seq[way],
        .label = label_of(p),
        .kind = kind_of(p),
        .answered = (p.bucket->meta[way] & META_ANSWERED) != 0,
        .last_us = last_of(p),
        .delta_us = p.bucket->delta[way],
    };
    return ret_record->kind != SESSION_NONE;
}

/* Twice the size; false when at the bound, too soon, or out of memory. */
static bool grow(struct session_table *table)
{
    struct session_table wider = *table;
    size_t places = (size_t)2 * WAYS << table->pair_bits;

    if (table->pair_bits == table->pair_bits_max || table->filled * GROW_SHARE < places)
        return false;
    wider.pair_bits++;
    wider.filled = 0;
    wider.buckets = area_new(area_bytes(wider.pair_bits));
    if (wider.buckets == NULL)
        return false;
    for (size_t b = 0; b < (size_t)2 << table->pair_bits; b++) {
        for (unsigned way = 0; way < WAYS; way++) {
            struct session_record record;

            if (read_record(table, b, way, &record)) {
                size_t home = home_of(&wider, record.tag, record.position);
                struct place p = {.bucket = &wider.buckets[home]};

                while (kind_of(p) != SESSION_NONE) { /* six of a pair fit into two pairs */
                    if (++p.way == WAYS) {
                        p.bucket->state |= STATE_SPILLED;
                        p = (struct place){.bucket = &wider.buckets[home ^ 1]};
                    }
                }
                fill(p, &record);
            }
        }
    }
    area_free(table->buckets, area_bytes(table->pair_bits));
    *table = wider;
    return true;
}

static void place_record(struct session_table *table, const struct session_record *record)
{
    size_t home = home_of(table, record->tag, record->position);
    struct bucket *bucket = &table->buckets[home];
    uint64_t far, other_far;
    struct place p = find_least(table, bucket, record->last_us, &far);

    if (!is_free(p, far)) {
        struct place other =
            find_least(table, &table->buckets[home ^ 1], record->last_us, &other_far);

        if (!is_free(other, other_far)) {
            if (grow(table)) {
                place_record(table, record);
                return;
            }
            (*table->evicted)++;
        }
        if (other_far > far) {
            p = other;
            bucket->state |= STATE_SPILLED;
        }
    }
    fill(p, record);
    table->filled++;
}

static void answer(struct place p, struct session_hit *hit)
{
    hit->reply = true;
    hit->answers = (p.bucket->meta[p.way] & META_ANSWERED) == 0;
    p.bucket->meta[p.way] |= META_ANSWERED;
}

/* An entry for a packet that belongs to none: in place of `old` (of the same key), if any. */
static void start(struct session_table *table, struct place old, enum session_kind kind,
                  uint64_t flow, uint32_t seq, uint32_t label, uint64_t now_us)
{
    struct session_record record = {
        .tag = (uint32_t)flow,
        .position = position_of(flow),
        .seq = seq,
        .label = label,
        .kind = kind,
        .last_us = now_us,
    };

    if (old.bucket != NULL)
        fill(old, &record);
    else
        place_record(table, &record);
}

static bool is_syn(const struct packet *packet)
{
    return packet->proto == PROTO_TCP && !packet->fragment &&
           (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static void add_in(struct session_table *table, const struct finds *finds, uint64_t flow,
                   const struct packet *packet, uint32_t label, uint64_t now_us,
                   struct session_hit *hit)
{
    bool tcp = packet->proto == PROTO_TCP && !packet->fragment;

    if (is_syn(packet)) {
        if (finds->repeat.bucket != NULL &&
            mark_is_near(finds->repeat, now_us, LIMIT_LONG_US)) {
            touch_mark(finds->repeat, now_us);
            hit->repeat = true;
            hit->label = label_of(finds->repeat);
            table->last = finds->repeat;
            return;
        }
        hit->is_new = true;
        start(table, finds->repeat, SESSION_SYN, flow, packet->seq, label, now_us);
        return;
    }
    if (tcp && finds->syn.bucket != NULL) {
        hit->label = label_of(finds->syn);
        table->last = finds->syn;
        touch(finds->syn, now_us);
        if (finds->syn.bucket->tag[finds->syn.way] != (uint32_t)flow)
            answer(finds->syn, hit);
        return;
    }
    if (finds->client.bucket != NULL &&
        is_near(now_us, last_of(finds->client),
                packet->proto == PROTO_TCP ? LIMIT_LONG_US : LIMIT_SHORT_US)) {
        touch(finds->client, now_us);
        hit->own = true;
        return;
    }
    if (finds->plain.bucket != NULL && mark_is_near(finds->plain, now_us, LIMIT_SHORT_US)) {
        touch_mark(finds->plain, now_us);
        hit->label = label_of(finds->plain);
        table->last = finds->plain;
        return;
    }
    hit->is_new = true;
    start(table, finds->plain, SESSION_PLAIN, flow, 0, label, now_us);
}

static void add_out(struct session_table *table, const struct finds *finds, uint64_t flow,
                    const struct packet *packet, uint64_t now_us, struct session_hit *hit)
{
    struct place to = finds->answer;

    if (packet->proto == PROTO_TCP && !packet->fragment && finds->syn.bucket != NULL &&
        finds->syn.bucket->tag[finds->syn.way] != (uint32_t)flow)
        to = finds->syn;
    if (to.bucket != NULL && is_live(to, now_us)) {
        hit->label = label_of(to);
        touch(to, now_us);
        answer(to, hit);
        return;
    }
    hit->own = true;
    if (finds->own.bucket != NULL &&
        is_near(now_us, last_of(finds->own),
                packet->proto == PROTO_TCP ? LIMIT_LONG_US : LIMIT_SHORT_US))
        touch(finds->own, now_us);
    else
        start(table, finds->own, SESSION_OWN, flow, 0, 0, now_us);
}

/* A new session where nothing of its flow is known and no packet is late, as for nearly all
 * packets of scans: into the place whose turn it is. @return false if that is in use */
static inline bool start_quickly(struct session_table *table, struct bucket *bucket,
                                 uint64_t flow, const struct packet *packet, uint32_t label,
                                 uint64_t now_us)
{
    unsigned way = bucket->state >> STATE_TURN_SHIFT;
    bool syn = is_syn(packet);

    if (distance(bucket, way, now_us) < LIMIT_LONG_US + GRACE_US)
        return false;
    bucket->tag[way] = (uint32_t)flow;
    bucket->seq[way] = syn ? packet->seq : 0;
    bucket->meta[way] = (syn ? SESSION_SYN : SESSION_PLAIN) | label << META_LABEL_SHIFT |
                        position_of(flow) << META_POSITION_SHIFT;
    bucket->delta[way] = 0;
    bucket->last_low[way] = (uint32_t)now_us;
    bucket->last_high[way] = (uint8_t)(now_us >> 32);
    bucket->state = (uint8_t)((way == WAYS - 1 ? 0 : way + 1) << STATE_TURN_SHIFT);
    table->filled++;
    return true;
}

static __attribute__((noinline)) void add_with_care(struct session_table *table,
                                                    struct bucket *bucket, uint64_t flow,
                                                    const struct packet *packet, uint32_t label,
                                                    uint64_t now_us,
                                                    struct session_hit *ret_hit)
{
    uint32_t tag = (uint32_t)flow;
    uint32_t other = tag ^ (flow_has_ports(packet) && flow_is_icmp(packet) ? 3 : 1);
    struct finds finds = {.repeat = {.bucket = NULL}};

    look(bucket, tag, other, packet->seq, now_us, &finds);
    if ((bucket->state & STATE_SPILLED) != 0) {
        size_t home = (size_t)(bucket - table->buckets);
        struct bucket *buddy = &table->buckets[home ^ 1];

        look(buddy, tag, other, packet->seq, now_us, &finds);
        if (!holds_strangers(buddy, (uint32_t)(home ^ 1) & 1))
            bucket->state &= (uint8_t)~STATE_SPILLED;
    }
    if (packet->direction == DIRECTION_OUT)
        add_out(table, &finds, flow, packet, now_us, ret_hit);
    else
        add_in(table, &finds, flow, packet, label, now_us, ret_hit);
}

/* Is the flow, in either direction, in the bucket? The lowest two bits are the side. */
static bool has_flow(const struct bucket *bucket, uint32_t tag)
{
    unsigned any = 0;

    for (unsigned way = 0; way < WAYS; way++)
        any |= (unsigned)((bucket->tag[way] ^ tag) < 4);
    return any != 0;
}

void session_table_add(struct session_table *table, uint64_t flow, const struct packet *packet,
                       uint32_t label, struct session_hit *ret_hit)
{
    int64_t time_us = nj_floor_div(packet->time_ns, 1000);
    struct bucket *bucket = &table->buckets[home_of(table, (uint32_t)flow, position_of(flow))];

    *ret_hit = (struct session_hit){.label = label};
    if (time_us >= table->highest_us) {
        table->highest_us = time_us;
        if ((bucket->state & STATE_SPILLED) == 0 && !has_flow(bucket, (uint32_t)flow) &&
            packet->direction == DIRECTION_IN &&
            start_quickly(table, bucket, flow, packet, label, low_us(time_us))) {
            ret_hit->is_new = true;
            return;
        }
    }
    add_with_care(table, bucket, flow, packet, label, low_us(time_us), ret_hit);
}

void session_table_relabel(struct session_table *table, uint32_t label)
{
    uint32_t *meta = &table->last.bucket->meta[table->last.way];

    *meta =
        (*meta & ~((uint32_t)(LABELS_MAX - 1) << META_LABEL_SHIFT)) | label << META_LABEL_SHIFT;
}

void session_table_turn_back(struct session_table *table, int64_t time_ns)
{
    table->highest_us = nj_floor_div(time_ns, 1000);
}

bool session_table_each(const struct session_table *table, int64_t time_a_ns, int64_t time_b_ns,
                        size_t *cursor, struct session_record *ret_record)
{
    uint64_t a_us = low_us(nj_floor_div(time_a_ns, 1000)),
             b_us = low_us(nj_floor_div(time_b_ns, 1000));

    while (*cursor < (size_t)2 * WAYS << table->pair_bits) {
        size_t at = (*cursor)++;

        if (read_record(table, at / WAYS, (unsigned)(at % WAYS), ret_record) &&
            (is_near(ret_record->last_us, a_us, SAVE_WITHIN_US) ||
             is_near(ret_record->last_us, b_us, SAVE_WITHIN_US)))
            return true;
    }
    return false;
}

void session_table_put(struct session_table *table, const struct session_record *record,
                       int64_t clock_ns)
{
    table->highest_us = nj_floor_div(clock_ns, 1000);
    place_record(table, record);
}

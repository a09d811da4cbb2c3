/* SPDX-License-Identifier: Apache-2.0 */
/* The definitions of visit/visit_table.h and visit/session.h once more, slow and plain: lists
 * that are walked from end to end, nothing forgotten, no hashes. */
#ifndef NJ_TESTS_VISIT_NAIVE_H
#define NJ_TESTS_VISIT_NAIVE_H

#include "stream.h"

struct naive_flow {
    uint32_t sensor, seq;
    uint8_t proto;
    struct addr src, dst;
    uint16_t sport, dport;
    bool fragment;
};

struct naive_session {
    struct naive_flow flow;
    enum session_kind kind;
    int64_t last_ns, mark_ns;
    bool answered;
    uint32_t class, rule, stack;
};

#define NAIVE_TARGETS 32 /* the streams have fewer */

struct naive_visit {
    bool open;
    struct visit part;
    int32_t hour;
    int64_t last_ns, gather_ns, part_due_ns;
    uint64_t opened;
    unsigned own;
    bool fresh; /* opened by the packet at hand, not begun anew in place of one that is over */
    bool lone, has_fields;
    struct addr targets[NAIVE_TARGETS];
};

struct naive {
    struct naive_session *sessions;
    size_t session_count, session_room;
    struct naive_visit *visits; /* each one ever opened */
    size_t visit_count, visit_room;
    size_t open, max_visits;
    int64_t part_ns, clock_ns;
    size_t payload_bytes;
    uint64_t packets, session_total, own, forced, recounted;
    bool moved; /* the session of the packet at hand became an attack's with it */
    struct parts parts;
};

static inline bool naive_ports(const struct packet *p)
{
    return !p->fragment && (p->proto == PROTO_TCP || p->proto == PROTO_UDP ||
                            p->proto == PROTO_ICMP || p->proto == PROTO_ICMPV6);
}

static inline struct naive_flow naive_flow(const struct packet *p, bool reverse)
{
    bool ports = naive_ports(p), icmp = p->proto == PROTO_ICMP || p->proto == PROTO_ICMPV6;
    uint8_t echo = p->proto == PROTO_ICMP ? 8 : 128, answer = p->proto == PROTO_ICMP ? 0 : 129;
    struct naive_flow flow = {
        .sensor = p->sensor,
        .seq = p->seq,
        .proto = p->proto,
        .src = reverse ? p->dst : p->src,
        .dst = reverse ? p->src : p->dst,
        .sport = ports ? (reverse && !icmp ? p->dport : p->sport) : 0,
        .dport = ports ? (reverse && !icmp ? p->sport : p->dport) : 0,
        .fragment = p->fragment,
    };

    if (reverse && icmp && ports) { /* the tests use no other pairs of types */
        if (flow.dport >> 8 == answer)
            flow.dport = (uint16_t)(echo << 8 | (flow.dport & 0xff));
        else if (flow.dport >> 8 == echo)
            flow.dport = (uint16_t)(answer << 8 | (flow.dport & 0xff));
        else
            flow.dport = 0xffff; /* nothing answers this */
    }
    return flow;
}

static inline bool naive_same(const struct naive_flow *a, const struct naive_flow *b)
{
    return a->sensor == b->sensor && a->proto == b->proto && addr_equal(a->src, b->src) &&
           addr_equal(a->dst, b->dst) && a->sport == b->sport && a->dport == b->dport &&
           a->fragment == b->fragment;
}

static inline bool naive_near(int64_t a, int64_t b, int64_t seconds)
{
    return llabs(a - b) < seconds * NS_PER_S;
}

static inline int64_t naive_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline struct naive_session *naive_find(struct naive *n, enum session_kind kind,
                                               const struct naive_flow *flow, bool seq)
{
    for (size_t i = 0; i < n->session_count; i++) {
        struct naive_session *s = &n->sessions[i];

        if (s->kind == kind && naive_same(&s->flow, flow) && (!seq || s->flow.seq == flow->seq))
            return s;
    }
    return NULL;
}

/* The live SYN session of either direction with the latest packet. */
static inline struct naive_session *naive_syn(struct naive *n, const struct packet *p,
                                              bool *ret_reply)
{
    struct naive_flow there = naive_flow(p, false), back = naive_flow(p, true);
    struct naive_session *best = NULL;

    for (size_t i = 0; i < n->session_count; i++) {
        struct naive_session *s = &n->sessions[i];
        bool same = naive_same(&s->flow, &there);

        if (s->kind != SESSION_SYN || !naive_near(p->time_ns, s->last_ns, 120) ||
            !(same || naive_same(&s->flow, &back)))
            continue;
        if (best == NULL || s->last_ns > best->last_ns ||
            (s->last_ns == best->last_ns && s->flow.seq > best->flow.seq)) {
            best = s;
            *ret_reply = !same;
        }
    }
    return best;
}

static inline struct naive_session *naive_start(struct naive *n, struct naive_session *old,
                                                enum session_kind kind, const struct packet *p)
{
    struct naive_session *s = old;

    if (s == NULL) {
        if (n->session_count == n->session_room) {
            n->session_room = 2 * n->session_room + 64;
            n->sessions = realloc(n->sessions, n->session_room * sizeof(*n->sessions));
        }
        s = &n->sessions[n->session_count++];
    }
    *s = (struct naive_session){
        .flow = naive_flow(p, false),
        .kind = kind,
        .last_ns = p->time_ns,
        .mark_ns = p->time_ns,
        .class = p->class,
        .rule = p->rule,
        .stack = p->stack,
    };
    return s;
}

/* @return the packet's session, NULL for the sensor's own clients */
static inline struct naive_session *naive_session(struct naive *n, const struct packet *p,
                                                  struct session_hit *hit)
{
    struct naive_flow there = naive_flow(p, false), back = naive_flow(p, true);
    bool tcp = p->proto == PROTO_TCP && !p->fragment, reply = false;
    int64_t own_s = p->proto == PROTO_TCP ? 120 : 60;
    struct naive_session *s;

    *hit = (struct session_hit){.own = false};
    if (p->direction == DIRECTION_IN && tcp && (p->tcp_flags & TCP_SYN) != 0 &&
        (p->tcp_flags & TCP_ACK) == 0) {
        s = naive_find(n, SESSION_SYN, &there, true);
        hit->repeat = s != NULL && naive_near(p->time_ns, s->mark_ns, 120);
        hit->is_new = !hit->repeat;
        if (hit->is_new)
            return naive_start(n, s, SESSION_SYN, p);
        s->mark_ns = naive_max(s->mark_ns, p->time_ns);
        s->last_ns = naive_max(s->last_ns, p->time_ns);
        return s;
    }
    s = tcp ? naive_syn(n, p, &reply) : NULL;
    if (p->direction == DIRECTION_OUT) {
        if (s == NULL || !reply) {
            s = naive_find(n, SESSION_PLAIN, &back, false);
            reply = s != NULL && naive_near(p->time_ns, s->last_ns, 60);
        }
        if (!reply) {
            s = naive_find(n, SESSION_OWN, &there, false);
            if (s == NULL || !naive_near(p->time_ns, s->last_ns, own_s))
                s = naive_start(n, s, SESSION_OWN, p);
            s->last_ns = naive_max(s->last_ns, p->time_ns);
            return NULL;
        }
    }
    if (s != NULL) {
        s->last_ns = naive_max(s->last_ns, p->time_ns);
        hit->reply = reply;
        hit->answers = reply && !s->answered;
        s->answered = s->answered || reply;
        return s;
    }
    s = naive_find(n, SESSION_OWN, &back, false);
    if (s != NULL && naive_near(p->time_ns, s->last_ns, own_s)) {
        s->last_ns = naive_max(s->last_ns, p->time_ns);
        return NULL;
    }
    s = naive_find(n, SESSION_PLAIN, &there, false);
    hit->is_new = s == NULL || !naive_near(p->time_ns, s->mark_ns, 60);
    if (hit->is_new)
        s = naive_start(n, s, SESSION_PLAIN, p);
    s->mark_ns = naive_max(s->mark_ns, p->time_ns);
    s->last_ns = naive_max(s->last_ns, p->time_ns);
    return s;
}

static inline void naive_hand_on(struct naive *n, struct naive_visit *v, int64_t handed_ns)
{
    struct visit row = v->part;

    if (row.packets == 0)
        return;
    row.last_ns = v->last_ns;
    row.handed_ns = handed_ns;
    row.seq = n->parts.count + 1;
    row.no_fields = !v->has_fields;
    (void)parts_add(&n->parts, &row, NULL);
    v->part = (struct visit){
        .src = row.src,
        .sensor = row.sensor,
        .proto = row.proto,
        .sport = row.sport,
        .dport = row.dport,
        .class = row.class,
        .stack = row.stack,
        .tool = row.tool,
        .instance = row.instance,
    };
    v->has_fields = false;
}

static inline int64_t naive_end(const struct naive_visit *v)
{
    int64_t hour = (v->hour + 1) * HOUR_NS;
    int64_t silence = v->last_ns + v->gather_ns;

    return silence < hour ? silence : hour;
}

static inline int64_t naive_floor_us(int64_t time_ns)
{
    return time_ns - time_ns % 1000;
}

static inline void naive_advance(struct naive *n, int64_t now_ns)
{
    while (n->clock_ns < now_ns) {
        struct naive_visit *first = NULL;
        int64_t first_due = 0;

        for (size_t i = 0; i < n->visit_count; i++) {
            struct naive_visit *v = &n->visits[i];
            int64_t due;

            if (!v->open)
                continue;
            due = naive_end(v);
            if (v->part.packets > 0 && v->part_due_ns < due)
                due = v->part_due_ns;
            due = naive_max(due, n->clock_ns);
            if (due <= now_ns && (first == NULL || due < first_due)) {
                first = v; /* of equal ones the first opened: the list is in this order */
                first_due = due;
            }
        }
        if (first == NULL) {
            n->clock_ns = now_ns;
            return;
        }
        naive_hand_on(n, first, first_due);
        if (naive_end(first) <= first_due) {
            first->open = false;
            n->open--;
        }
    }
}

static inline void naive_close_first(struct naive *n)
{
    struct naive_visit *first = NULL;
    int64_t first_due = 0;

    for (size_t i = 0; i < n->visit_count; i++) {
        struct naive_visit *v = &n->visits[i];
        int64_t due = naive_end(v), part;

        if (!v->open)
            continue;
        part = v->part.packets > 0 ? v->part_due_ns
                                   : naive_floor_us(n->clock_ns) + 1000 + n->part_ns;
        due = naive_max(part < due ? part : due, n->clock_ns);
        if (first == NULL || due < first_due) {
            first = v;
            first_due = due;
        }
    }
    naive_hand_on(n, first, n->clock_ns);
    first->open = false;
    n->open--;
}

/* An older file after a newer one: what is open ends, and time begins anew. */
static inline void naive_turn_back(struct naive *n, int64_t time_ns)
{
    while (n->open > 0)
        naive_close_first(n);
    n->clock_ns = time_ns;
}

static inline void naive_count_source(struct naive_visit *v, const struct packet *p,
                                      size_t payload_bytes)
{
    struct visit *part = &v->part;
    size_t length = p->payload_length < payload_bytes ? p->payload_length : payload_bytes;
    bool known = false;

    part->tool = p->tool;
    if (p->instance != 0)
        part->instance = p->instance;
    if (naive_ports(p) && !(p->row && p->sport == 0)) {
        if (part->sport_bands == 0 || p->sport < part->sport_min)
            part->sport_min = p->sport;
        if (p->sport > part->sport_max)
            part->sport_max = p->sport;
        part->sport_bands |= 1ull << (p->sport / 1024);
        for (unsigned i = 0; i < part->sports_count; i++)
            known = known || part->sports[i] == p->sport;
        if (!known && part->sports_count < VISIT_SPORT_SAMPLES)
            part->sports[part->sports_count++] = p->sport;
    }
    if (!p->no_fields) {
        if (!v->has_fields) {
            part->ttl = part->ttl_min = part->ttl_max = p->ttl;
            part->window = p->window;
        }
        v->has_fields = true;
        if (p->ttl < part->ttl_min)
            part->ttl_min = p->ttl;
        if (p->ttl > part->ttl_max)
            part->ttl_max = p->ttl;
        if (p->proto == PROTO_TCP)
            part->tcp_flags |= p->tcp_flags;
    }
    if (part->payload_length == 0 && length > 0) {
        memcpy(part->payload, p->payload, length);
        part->payload_length = (uint16_t)length;
    }
    if (part->app == 0)
        part->app = p->app;
    if (p->row && part->country == 0)
        part->country = p->country;
    if (p->row && part->user_length == 0 && p->user != NULL) {
        part->user_length = (uint16_t)strlen(p->user);
        memcpy(part->user, p->user, part->user_length);
    }
}

static inline void naive_count(struct naive *n, struct naive_visit *v, const struct packet *p,
                               const struct session_hit *hit, uint32_t rule)
{
    struct naive_flow flow = naive_flow(p, hit->reply);
    struct visit *part = &v->part;
    uint64_t packets = p->row && p->row_packets > 0 ? p->row_packets : 1;
    int64_t until = p->time_ns + (p->row ? p->row_duration_us * 1000 : 0);

    bool begins = false, elsewhere;

    if (until >= (v->hour + 1) * HOUR_NS)
        until = (v->hour + 1) * HOUR_NS - 1;
    if (part->packets == 0) {
        part->first_ns = p->time_ns;
        part->dst = flow.dst;
        part->sport = flow.sport;
        part->rule = rule;
        v->part_due_ns = naive_floor_us(n->clock_ns) + 1000 + n->part_ns;
        begins = true;
    }
    if (p->time_ns < part->first_ns)
        part->first_ns = p->time_ns;
    v->last_ns = naive_max(v->last_ns, until);
    part->packets += packets;
    part->bytes += p->row ? p->row_bytes : p->ip_length;
    part->sessions += hit->is_new || n->moved;
    part->repeats += hit->repeat;
    part->answered += hit->answers;
    for (uint32_t i = 0;; i++) {
        if (i == part->targets)
            v->targets[part->targets++] = flow.dst;
        if (addr_equal(v->targets[i], flow.dst))
            break;
    }
    if (v->lone && begins && v->fresh && n->part_ns > 20 * NS_PER_S)
        v->part_due_ns += 20 * NS_PER_S - n->part_ns;
    if (hit->reply)
        return;
    naive_count_source(v, p, n->payload_bytes);
    v->own++;
    if (v->lone || p->episode_packets > 64 || v->own > 64)
        return;
    elsewhere = p->episode_packets > v->own;
    if (v->own == 1 ? p->episode_packets == 1
                    : v->own == 4 || v->own == 16 || v->own == 64 ||
                          (elsewhere && (v->own == 2 || v->own == 8 || v->own == 32)))
        naive_hand_on(n, v, n->clock_ns);
    else if (v->own == 1 && begins && v->fresh && n->part_ns > 10 * NS_PER_S)
        v->part_due_ns += 10 * NS_PER_S - n->part_ns;
}

static inline void naive_open(struct naive *n, struct naive_visit *v, int64_t gather_s,
                              uint8_t proto)
{
    v->open = true;
    v->opened = n->visit_count;
    v->own = 0;
    v->part.tool = 0;
    v->part.instance = 0;
    if (gather_s > HOUR_S)
        gather_s = HOUR_S;
    v->gather_ns =
        v->lone ? (proto == PROTO_TCP ? 120 : 60) * NS_PER_S : gather_s * NS_PER_S + 1;
}

static inline bool naive_attacks(uint32_t class)
{
    return class == CLASS_EXPLOIT || class == CLASS_CREDENTIAL;
}

/* The open visit of a packet of a session. */
static inline struct naive_visit *naive_visit_of(struct naive *n, const struct packet *p,
                                                 const struct naive_flow *flow,
                                                 const struct naive_session *s, bool lone)
{
    for (size_t i = 0; i < n->visit_count; i++) {
        struct naive_visit *known = &n->visits[i];

        if (known->open && known->hour == (int32_t)(p->time_ns / HOUR_NS) &&
            known->part.sensor == p->sensor && known->part.proto == p->proto &&
            addr_equal(known->part.src, flow->src) && known->part.dport == flow->dport &&
            known->part.class == s->class && known->part.stack == s->stack &&
            known->lone == lone &&
            (!lone ||
             (addr_equal(known->targets[0], flow->dst) && known->part.sport == flow->sport)))
            return known;
    }
    return NULL;
}

static inline void naive_add(struct naive *n, const struct packet *p, int64_t gather_s)
{
    struct session_hit hit = {.is_new = true, .answers = p->answered};
    struct naive_session row = {.class = p->class, .rule = p->rule, .stack = p->stack},
                         *s = &row;
    int32_t hour = (int32_t)(p->time_ns / HOUR_NS);
    bool lone = gather_s == 0;
    struct naive_flow flow;
    struct naive_visit *v = NULL;
    int64_t last_ns = INT64_MIN;
    bool over = false;

    if (p->time_ns < n->clock_ns && n->clock_ns - p->time_ns > HOUR_NS)
        naive_turn_back(n, p->time_ns);
    naive_advance(n, p->time_ns);
    n->packets += p->row && p->row_packets > 0 ? p->row_packets : 1;
    if (!p->row)
        s = naive_session(n, p, &hit);
    if (s == NULL) {
        n->own++;
        return;
    }
    n->session_total += hit.is_new;
    flow = naive_flow(p, hit.reply);
    if (p->row && lone) { /* a visit for a moment */
        struct naive_visit once = {.hour = 2000000, .lone = true};

        once.part = (struct visit){
            .src = p->src,
            .sensor = p->sensor,
            .proto = p->proto,
            .dport = flow.dport,
            .class = (uint8_t)s->class,
            .stack = s->stack,
        };
        once.last_ns = INT64_MIN;
        naive_count(n, &once, p, &hit, s->rule);
        naive_hand_on(n, &once, n->clock_ns);
        return;
    }
    v = naive_visit_of(n, p, &flow, s, lone);
    if (!p->row && naive_attacks(p->class) && !naive_attacks(s->class) && !hit.is_new &&
        !hit.reply) {
        if (v != NULL && v->part.sessions > 0)
            v->part.sessions--;
        else
            n->recounted++;
        s->class = p->class;
        s->rule = p->rule;
        n->moved = true;
        v = naive_visit_of(n, p, &flow, s, lone);
    }
    if (v != NULL && (p->time_ns >= v->last_ns + v->gather_ns || (lone && hit.is_new))) {
        naive_hand_on(n, v, n->clock_ns);
        v->open = false;
        n->open--;
        last_ns = v->last_ns;
        v = NULL;
        over = true;
    }
    if (v == NULL) {
        if (n->open == n->max_visits) {
            naive_close_first(n);
            n->forced++;
        }
        if (n->visit_count == n->visit_room) {
            n->visit_room = 2 * n->visit_room + 64;
            n->visits = realloc(n->visits, n->visit_room * sizeof(*n->visits));
        }
        v = &n->visits[n->visit_count];
        memset(v, 0, sizeof(*v));
        v->hour = hour;
        v->lone = lone;
        v->part = (struct visit){
            .src = flow.src,
            .sensor = p->sensor,
            .proto = p->proto,
            .dport = flow.dport,
            .class = (uint8_t)s->class,
            .stack = s->stack,
        };
        naive_open(n, v, gather_s, p->proto);
        v->fresh = !over;
        v->last_ns = last_ns;
        n->visit_count++;
        n->open++;
    }
    naive_count(n, v, p, &hit, s->rule);
    if (over && lone)
        naive_hand_on(n, v, n->clock_ns);
    n->moved = false;
    v->fresh = false;
}

static inline void naive_close(struct naive *n)
{
    for (size_t i = 0; i < n->visit_count; i++) {
        if (n->visits[i].open)
            naive_hand_on(n, &n->visits[i], n->clock_ns);
        n->visits[i].open = false;
    }
    n->open = 0;
}

static inline void naive_done(struct naive *n)
{
    free(n->sessions);
    free(n->visits);
    free(n->parts.list);
}

#endif

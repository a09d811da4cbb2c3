/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a visit table: table.c (a packet's way in), count.c (what it does to its
 * visit), clock.c (how time ends visits), part.c (what comes out), open.c (the set of open
 * visits), save.c and save_visit.c.
 *
 * Who holds what:
 *
 *   index  ->  open visits (128 bytes each)  ->  side (IPv6 halves, payload, user: if needed)
 *                                            ->  set of targets (if more than three)
 *   wheel: each open visit exactly once, at a time not after the next thing that will happen
 *   to it: its end by silence or hour, or the handing on of its part
 *
 * All areas have room for their maximum from the start, so nothing moves but the index. */
#ifndef NJ_VISIT_TABLE_STATE_H
#define NJ_VISIT_TABLE_STATE_H

#include <stdbool.h>
#include <string.h>

#include "base/span.h"
#include "visit/flow.h"
#include "visit/label.h"
#include "visit/session.h"
#include "visit/target.h"
#include "visit/visit_table.h"
#include "visit/wheel.h"

#define EARLY_PART_S 10 /* of a further visit of an episode */
#define LONE_PART_S 20  /* of a session that is a visit of its own: its row is not to wait */

#define TARGETS_HELD 2 /* beside `dst`; more go to a set */
#define PART_CLOCK_NONE UINT32_MAX

/* An open visit: its key, and what its present part has counted. Times within its hour are ns
 * (42 bits hold 73 minutes). */
struct open_visit {
    uint64_t src_lo, dst_lo; /* the upper halves are those of IPv4, or in the side */
    uint64_t sport_bands;
    uint64_t instance;
    uint64_t first : 42;    /* first packet of the part, from the start of the hour */
    uint64_t gather_s : 12; /* silence that it survives; if lone, that ends it */
    uint64_t own : 7;       /* packets of the source since it was opened, up to 127 */
    uint64_t lone : 1;
    uint64_t v6 : 1;
    uint64_t has_fields : 1; /* ttl, window are set */
    uint64_t last : 42;      /* latest packet of the visit */
    uint64_t sports_count : 3;
    uint64_t targets : 13;
    uint64_t targets_set : 1;  /* they stand in set number target[0] */
    uint64_t targets_full : 1; /* there may be more */
    uint64_t early : 1;        /* the part is due EARLY_PART_S, LONE_PART_S after it began */
    uint64_t opened : 40;      /* number in the order of opening */
    uint64_t ttl : 8, ttl_min : 8, ttl_max : 8;
    uint64_t bytes : 48;
    uint64_t window : 16;
    uint32_t packets; /* 0: nothing to hand on */
    uint32_t sessions, repeats, answered;
    uint32_t label;
    uint32_t tool;
    int32_t hour;
    uint32_t part_clock_us; /* clock when the part began, from the start of the hour */
    uint16_t dport, sport, sport_min, sport_max;
    uint16_t sports[VISIT_SPORT_SAMPLES];
    uint32_t side; /* number, 0 none */
    uint32_t target[TARGETS_HELD];
    uint16_t sensor;
    uint8_t proto, tcp_flags;
};

_Static_assert(sizeof(struct open_visit) == 128, "an open visit is two cache lines");
_Static_assert(TARGETS_MAX < 1 << 13, "targets fit their bits");

#define OFFSET_MASK ((UINT64_C(1) << 42) - 1)
#define OPENED_MASK ((UINT64_C(1) << 40) - 1)
#define BYTES_MASK ((UINT64_C(1) << 48) - 1)
#define GATHER_MASK 0xfffu
#define OWN_MASK 0x7fu
#define TARGETS_MASK 0x1fffu

#define OPEN_PACKETS_MAX (1u << 31) /* a part is handed on before its counts run over */
#define OPEN_BYTES_MAX (UINT64_C(1) << 47)

/* What few visits have. `payload` has the table's payload_bytes. */
struct side {
    uint64_t src_hi, dst_hi;
    uint32_t app, conn_state, country;
    uint16_t payload_length;
    uint8_t user_length;
    char user[VISIT_USER_MAX];
    uint8_t payload[];
};

struct index_slot {
    uint32_t tag;   /* low half of the visit hash; its place is tag & mask, then onwards */
    uint32_t visit; /* number, 0 empty */
};

struct visit_table {
    struct visit_table_options options;
    struct visit_table_counts counts;
    uint64_t seed;   /* of sessions and targets: part of what comes out, and of saved state */
    uint64_t secret; /* of the index of open visits, on which nothing that comes out depends */
    visit_fn sink;
    void *sink_ctx;
    uint64_t next_seq;
    uint64_t next_opened;
    int64_t clock_ns;  /* highest time seen; INT64_MIN before the first */
    int64_t latest_ns; /* time of the latest packet, which may be less */
    int64_t hour_from, hour_until;
    int32_t hour; /* of the latest packet: from, until */

    struct open_visit *visits; /* numbers from 1 */
    uint32_t used_visits;      /* numbers ever used */
    uint32_t free_visit;       /* list through `side`, 0 end */
    struct index_slot *index;
    uint32_t index_mask;

    uint8_t *sides;
    size_t side_size;
    uint32_t used_sides, free_side; /* list through the first word */

    struct session_table *sessions;
    struct labels labels;
    struct target_pool targets;
    struct wheel wheel;
    struct visit row; /* what goes to the sink */
};

static inline int64_t hour_start_ns(int32_t hour)
{
    return hour * HOUR_NS;
}

/** NULL if it has none. */
static inline struct side *side_of(const struct visit_table *table,
                                   const struct open_visit *visit)
{
    return visit->side == 0
               ? NULL
               : (struct side *)(void *)(table->sides + visit->side * table->side_size);
}

static inline struct addr open_visit_src(const struct visit_table *table,
                                         const struct open_visit *visit)
{
    return (struct addr){.hi = visit->v6 ? side_of(table, visit)->src_hi : 0,
                         .lo = visit->src_lo};
}

static inline struct addr open_visit_dst(const struct visit_table *table,
                                         const struct open_visit *visit)
{
    return (struct addr){.hi = visit->v6 ? side_of(table, visit)->dst_hi : 0,
                         .lo = visit->dst_lo};
}

/** First instant at which the visit is over: silence longer than gather, or the hour. */
static inline int64_t open_visit_end_ns(const struct open_visit *visit)
{
    /* a lone session is over when it is "not less than" its time-out silent */
    int64_t silence = (int64_t)visit->gather_s * NS_PER_S + (visit->lone ? 0 : 1);
    int64_t end = (int64_t)visit->last + silence;

    return hour_start_ns(visit->hour) + (end < HOUR_NS ? end : HOUR_NS);
}

static inline bool open_visit_has_key(const struct visit_table *table,
                                      const struct open_visit *visit,
                                      const struct visit_key *key, uint32_t label)
{
    if (visit->src_lo != key->src.lo || visit->hour != key->hour ||
        visit->dport != key->dport || visit->sensor != key->sensor ||
        visit->proto != key->proto || visit->lone != key->lone)
        return false;
    if (visit->label != label) { /* it may still differ in nothing but the rule */
        const struct label *own = &table->labels.list[visit->label];

        if (own->stack != key->stack || own->class != key->class)
            return false;
    }
    if ((visit->v6 || key->src.hi != 0) && open_visit_src(table, visit).hi != key->src.hi)
        return false;
    return !key->lone ||
           (visit->sport == key->sport && addr_equal(open_visit_dst(table, visit), key->dst));
}

/** @param label  one with the key's class and stack. @return NULL if there is none */
static inline struct open_visit *open_visit_find(const struct visit_table *table, uint64_t hash,
                                                 const struct visit_key *key, uint32_t label)
{
    uint32_t tag = (uint32_t)hash;

    for (uint32_t at = tag & table->index_mask; table->index[at].visit != 0;
         at = (at + 1) & table->index_mask) {
        struct open_visit *visit = &table->visits[table->index[at].visit];

        if (table->index[at].tag == tag && open_visit_has_key(table, visit, key, label))
            return visit;
    }
    return NULL;
}

/** Times so far off that sums would not fit count as the nearest that do. */
static inline int64_t clamp_time(int64_t time_ns)
{
    if (time_ns > TIME_MAX_NS)
        return TIME_MAX_NS;
    return time_ns < -TIME_MAX_NS ? -TIME_MAX_NS : time_ns;
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

/** Some logs tell no source port. */
static inline bool packet_has_sport(const struct packet *packet)
{
    return flow_has_ports(packet) && !(packet->row && packet->sport == 0);
}

static inline int64_t row_end_ns(const struct packet *packet, int64_t time_ns)
{
    int64_t most_us = (TIME_MAX_NS - time_ns) / 1000;

    if (packet->row_duration_us <= 0)
        return time_ns;
    return time_ns +
           (packet->row_duration_us < most_us ? packet->row_duration_us : most_us) * 1000;
}

static inline void copy_user(const char *user, char ret_user[VISIT_USER_MAX],
                             uint8_t *ret_length)
{
    size_t length = strnlen(user, VISIT_USER_MAX);

    memcpy(ret_user, user, length);
    *ret_length = (uint8_t)length;
}

/* table.c */

/** As visit_table_new with a seed of its own, for tests: the output must not depend on it. */
int visit_table_new_seeded(const struct visit_table_options *options, uint64_t seed,
                           uint64_t first_seq, visit_fn sink, void *sink_ctx,
                           struct visit_table **ret_table, struct nj_err *err);

/* count.c */

/** Packets of an episode up to which parts may be early ones. */
#define EPISODE_NEW_PACKETS 64

/** Count an arrival in its visit, which may hand a part on. @return 0; -1 */
int count_arrival(struct visit_table *table, struct open_visit *visit, const struct arrival *a,
                  struct nj_err *err);

/* part.c: rows for the sink. @return 0; -1 from it */

/** Hand on the present part, if it has packets, and begin the next. */
int part_hand_on(struct visit_table *table, struct open_visit *visit, int64_t handed_ns,
                 struct nj_err *err);

/** A log row as a visit of its own. */
int part_give_row(struct visit_table *table, const struct arrival *a, int64_t time_ns,
                  struct nj_err *err);

/* clock.c. @return 0; -1 from the sink */

/** Hand on and end what is due at now_ns. */
int clock_end_due(struct visit_table *table, int64_t now_ns, struct nj_err *err);

/** Close the visit that is due first. */
int clock_close_one(struct visit_table *table, struct nj_err *err);

/** A packet of `time_ns` is too old to be late: an older file comes after a newer one. Nothing
 * that is open can go on with it, and its own time is where the clock stands from now on. */
int clock_turn_back(struct visit_table *table, int64_t time_ns, struct nj_err *err);

/** Capture time reaches now_ns, which is later than the clock. */
static inline int clock_advance(struct visit_table *table, int64_t now_ns, struct nj_err *err)
{
    if (wheel_may_be_due(&table->wheel, now_ns) && clock_end_due(table, now_ns, err) < 0)
        return -1;
    table->clock_ns = now_ns;
    return 0;
}

/* open.c: the set of open visits */

int open_visits_init(struct visit_table *table, struct nj_err *err);
void open_visits_done(struct visit_table *table);
/** Forget all, without handing on. */
void open_visits_clear(struct visit_table *table);

/** The side of a visit, made if it has none. Never fails: there are as many as visits. */
struct side *side_need(struct visit_table *table, struct open_visit *visit);

struct visit_key open_visit_key(const struct visit_table *table,
                                const struct open_visit *visit);

/** The number of the visit with this tag, not compared further; 0 none. */
uint32_t open_visit_guess(const struct visit_table *table, uint32_t tag);
/** A fresh entry, in the index, with its key set. There must be room (counts.open). @return
 * NULL when out of memory */
struct open_visit *open_visit_new(struct visit_table *table, uint64_t hash,
                                  const struct visit_key *key);
void open_visit_free(struct visit_table *table, struct open_visit *visit);
/** Set all counts of the part to zero and give back what they lent. Keeps the key. */
void open_visit_reset_part(struct visit_table *table, struct open_visit *visit);
/** Count a destination of the part; the first becomes its `dst`. */
void open_visit_add_target(struct visit_table *table, struct open_visit *visit,
                           struct addr dst);
uint32_t open_visit_number(const struct visit_table *table, const struct open_visit *visit);
/** Put a visit into the wheel, as of now_ns. */
void open_visit_file(struct visit_table *table, const struct open_visit *visit, int64_t now_ns);

/** First instant at which a part that has packets is to be handed on; INT64_MAX if never. */
int64_t open_visit_part_due_ns(const struct visit_table *table, const struct open_visit *visit);

#endif

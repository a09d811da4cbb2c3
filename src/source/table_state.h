/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a source table, for the files of this folder.
 *
 *   index (keyed hash)  ->  places: one `struct source` each, 32 bytes, in the order of coming
 *                             ->  lights: what many of them have alike, each once
 *                             ->  followed: one `struct followed` each
 *   due: a heap of the instants at which silences are decided, one entry a followed source at
 *   most, never later than the source's own due time; those whose sensor is itself silent
 *   wait in the sensor's list instead
 *
 * Places and followed stand in chunks that never move. */
#ifndef NJ_SOURCE_TABLE_STATE_H
#define NJ_SOURCE_TABLE_STATE_H

#include <stdbool.h>

#include "base/index.h"
#include "base/shared.h"
#include "base/span.h"
#include "source/silence.h"
#include "source/source_table.h"

#define TIME_NONE INT64_MIN

#define FOLLOW_SESSIONS 8 /* docs/LINKING.md: fewer say too little */
#define FOLLOW_SOONER 4   /* sessions to three ports: few ask for so many, and those move */
#define MANY_PORTS 3u
#define NOBODY UINT32_MAX
#define SENSORS 64
#define LIGHT_PORTS 3
#define TOPS 3
#define STACKS 8
#define SPORTS 4
#define AHEAD 8u    /* rows between the two steps of loading a source */
#define MAP_WORDS 4 /* bitmaps of 256 bits that tell up to 680 distinct values apart */

/* First tier. Of a source that is followed only key and `followed` are kept up; its light stays
 * as it was, which checkpoints hold. */
struct source {
    uint64_t key; /* IPv4: the low half of its address; IPv6: the high half, which is its /64 */
    int64_t first_us, last_us;
    uint32_t light : 30; /* number in table->lights of what else is known; 0: nothing yet */
    uint32_t is_v4 : 1, is_followed : 1;
    union {
        uint32_t run_after_s; /* the present run began that long after first_us */
        uint32_t followed;    /* its number, if it is */
    };
};

_Static_assert(sizeof(struct source) == 32, "4 million light sources in 128 MB");

/* The rest of it, which many have alike: most have sent one packet to one port. */
struct light {
    uint64_t sensors;
    uint32_t packets;
    uint32_t days;
    uint16_t unasked[4]; /* sessions of classes that make no episodes: unasked_class */
    uint16_t port[LIGHT_PORTS];
    uint8_t port_proto[LIGHT_PORTS]; /* 0: free */
    uint8_t asked[3];                /* of scan, exploit, credential */
    uint8_t fresh;                   /* of these, since it came or was last followed */
    uint8_t run;                     /* of these, in the present run */
    uint8_t answered, repeats;
};

_Static_assert(sizeof(struct light) == 40, "without gaps: it is known by its bytes");

/* The values of most sessions (Metwally and others, Space-Saving, 2005). */
struct top {
    uint32_t value[TOPS];
    uint32_t count[TOPS]; /* 0: free */
};

struct top_key {
    uint64_t value[EPISODE_INSTANCES];
    uint32_t count[EPISODE_INSTANCES];
};

struct map {
    uint64_t word[MAP_WORDS];
};

/* Rows that overlap in time, taken together so that their sessions make gaps of the source and
 * not of one port. */
struct window {
    int64_t first_us, last_us; /* TIME_NONE: no window */
    int64_t handed_us;         /* of its first row */
    double sessions;
};

/* What of a followed source belongs to its present episode. */
struct run {
    uint64_t id; /* 0: not told yet */
    int64_t first_us, last_us, ceased_us;
    uint64_t sessions, packets, repeats, answered, sensors;
    uint64_t told_sessions;
    int64_t told_us;
    struct gaps gaps;
    struct window window;
    uint32_t hist[EPISODE_GAP_BINS];
    uint32_t day_hours[24];
    struct top tool, stack, ttl_window;
    struct top_key instance;
    struct map targets, ports;
    uint64_t sport_bands;
    uint32_t largest_part; /* targets */
    uint32_t hours, bursts;
    int32_t hour;                /* the last one counted */
    uint16_t stacks, stacks_met; /* met: bit i: followed.stacks[i] */
    uint16_t sport_min, sport_max;
    uint16_t sport[SPORTS];
    uint8_t sport_count; /* SPORTS + 1: more */
    uint8_t ttl_min, ttl_max;
    bool has_ports, has_fields;
    uint32_t sport_even, sport_odd; /* samples */
    float longest_s;                /* gap */
    bool quiet, told_quiet;         /* as episode.quiet, now and when it was last told */
};

/* A port that a followed source asked for. */
struct followed_port {
    uint16_t port;
    uint16_t before; /* sessions of earlier runs, to 65535 */
    uint8_t proto;
    uint32_t now; /* of this run */
};

struct followed {
    uint32_t place;                     /* of its struct source */
    uint32_t due_entry;                 /* in the heap; NOBODY */
    uint32_t waits_before, waits_after; /* in its sensor's list */
    uint32_t run_after_s;               /* what its struct source has no room for meanwhile */
    bool waits, dirty;
    bool unsaved; /* changed since the last flush */
    bool changed; /* facts */
    bool tell_ceased, tell_resumed;
    uint8_t home, home_lead; /* sensor of most sessions (Boyer, Moore: majority vote) */

    uint32_t asn;
    char country[2];
    bool declared;
    bool walked; /* the walk's newest verdict calls it a scanner */
    uint8_t ttl_min, ttl_max;
    int64_t first_us, last_us;
    int64_t last_x, alive_x; /* last packet, and last sign of life, by the home's exposure */
    int64_t needed_us;       /* silence that decides */
    int64_t quiet_us;        /* silence from which it is quiet */
    uint64_t recount_at;     /* sessions of the run at which needed_us is computed anew */
    uint64_t class_sessions[CLASS_COUNT];
    uint64_t strays; /* of class other those by TCP, while it was not known as a scanner */
    uint64_t packets, sensors, answered, repeats, fields;
    struct gaps before; /* of earlier runs */
    struct pauses pauses;
    double lone_pause_s;      /* between runs, not yet a habit */
    uint64_t program, former; /* instance key of the run's program and of the one before; 0 */
    bool mixed;               /* several programs at once, as behind a NAT */
    struct map targets, ports;
    uint32_t rule, tool, stack;
    bool rule_exploit;
    uint32_t tool_packets;
    float tool_bits;
    uint32_t largest_part;
    uint32_t hours, days;
    int32_t hour, day;
    uint32_t stack_list[STACKS];
    uint16_t stacks;

    struct followed_port *port; /* EPISODE_PORTS at most; most sources ask for one or two */
    uint8_t port_count, port_room;

    struct run run; /* sessions 0: none yet */
};

_Static_assert(sizeof(struct followed) <= 1080,
               "200,000 followed sources in 220 MB and their ports");

/* When a sensor itself shows nothing, its sources' silence does not count. Its usual gap is
 * measured between rows of different sources, so that a lone source is no proof of life. */
struct sensor_life {
    struct addr last_src;
    int64_t last_us;   /* latest sign of life; TIME_NONE */
    int64_t change_us; /* when last_src last became another */
    int64_t dead_us;   /* outages so far */
    int64_t lag_us;    /* rows come this late; 0: at once */
    uint64_t changes;
    double mean_s, longest_s;
    uint32_t waiting; /* first of the list of followed; not saved */
};

/* A change that can't be told from the table at the next step, because it has gone on. */
struct held {
    enum episode_change change;
    struct episode episode;
};

struct due {
    int64_t at_us;
    uint32_t followed;
};

struct source_table {
    struct source_options options;
    struct source_counts counts;
    int64_t now_us;     /* highest handed */
    int64_t decided_us; /* silences due until then are decided */
    uint64_t next_id;

    uint64_t secret;
    struct nj_index by_key;
    struct source **places;
    struct nj_shared lights;
    size_t place_count, place_hand;
    uint64_t ahead[AHEAD];       /* hashes of the last sources that were prefetched */
    uint32_t ahead_place[AHEAD]; /* places of those before them */
    uint32_t prefetched;

    struct followed **followed;
    size_t followed_count, followed_hand;

    struct due *due;
    size_t due_count, due_room;
    uint32_t *dirty; /* numbers; one that was evicted since may stand there */
    size_t dirty_count, dirty_room;
    struct held *held;
    size_t held_count, held_room;
    struct sensor_life sensors[SENSORS];
    double outages_s;
};

static inline double seconds(int64_t us)
{
    return (double)us / (double)US_PER_S;
}

/** Whether sessions of a class make episodes. */
static inline bool class_asks(unsigned class)
{
    return class == CLASS_SCAN || class == CLASS_EXPLOIT || class == CLASS_CREDENTIAL;
}

/** Sessions of a part that our side answered and the source went on with. Our SYN-ACK alone
 * goes to a forged address too; an acknowledgement comes from a real one. Logs tell of none,
 * but of what an application was told, over TCP behind a handshake. */
static inline uint32_t proven_answers(const struct visit *visit)
{
    bool went_on = visit->no_fields ? visit->app != 0 : (visit->tcp_flags & TCP_ACK) != 0;

    return visit->proto == PROTO_TCP && went_on ? visit->answered : 0;
}

/* When a row's packets came, and when it was handed on. First not after last, nor that after
 * handed_us. */
struct row_time {
    int64_t first_us, last_us, handed_us;
};

/* source_table.c */

/** Forget all. */
void source_table_clear(struct source_table *table);

/* place.c: the first tier */

int places_init(struct source_table *table, struct nj_err *err);
void places_clear(struct source_table *table);
void places_done(struct source_table *table);
struct source *place_at(const struct source_table *table, size_t i);
static inline struct addr place_src(const struct source *s)
{
    return s->is_v4 ? (struct addr){.lo = s->key} : (struct addr){.hi = s->key};
}
/** @return its number among the followed, NOBODY */
static inline uint32_t place_followed(const struct source *s)
{
    return s->is_followed ? s->followed : NOBODY;
}
/** From now on it is followed, or not any more. */
void place_follow(struct source *s, struct followed *f, uint32_t number);
void place_leave(struct source *s, const struct followed *f);
/** @return its number, NOBODY */
uint32_t place_find(const struct source_table *table, struct addr key);
/** Put a new source there, of which nothing is known but its key; when full the longest silent
 * of a few that are not followed leaves. @return NOBODY and *err when out of memory */
uint32_t place_new(struct source_table *table, struct addr key, struct nj_err *err);

/* light.c: what is counted in it */

void source_light(const struct source_table *table, const struct source *s, struct light *ret);
int source_light_set(struct source_table *table, struct source *s, const struct light *light,
                     struct nj_err *err);
/** Count a row. @param l  of `s`, to be set anew */
void source_light_add(struct source *s, struct light *l, const struct visit *visit,
                      struct row_time at);
/** With this row: enough to be followed? */
bool source_light_deserves(const struct light *l, const struct visit *visit);

/* follow.c: the second tier */

int followed_init(struct source_table *table, struct nj_err *err);
void followed_done(struct source_table *table);
struct followed *followed_at(const struct source_table *table, size_t i);
/** A fresh entry, for load. @return NULL and *err when out of memory */
struct followed *followed_append(struct source_table *table, struct nj_err *err);
/** One more port, of which nothing is known yet, of EPISODE_PORTS at most. @return NULL and
 * *err when out of memory */
struct followed_port *followed_port_add(struct followed *f, struct nj_err *err);
/** Follow a source of the first tier from now on. @return NULL and *err when out of memory */
struct followed *follow(struct source_table *table, uint32_t place, struct nj_err *err);
/** Something changed: it is looked at in the next step. */
int followed_touch(struct source_table *table, struct followed *f, struct nj_err *err);
/** Add a row of an eligible class, or of another. */
int followed_add(struct source_table *table, struct followed *f, const struct visit *visit,
                 uint32_t asn, const char *country, struct row_time at, struct nj_err *err);

/* run.c: what an episode counts */

/** Count a row of a class that makes episodes. */
void run_add(struct followed *f, const struct visit *visit, struct row_time at);
/** Count a key of a process that a row or a trait told. */
void run_add_instance(struct run *run, uint64_t key, uint32_t count);
/** The sessions that the first tier knew of: evenly between two instants. */
void run_begin_known(struct followed *f, uint32_t sessions, int64_t first_us, int64_t last_us);
/** The run is over: what it taught goes to the source, its counts to zero. */
void run_end(struct followed *f);
/** The gaps so far, with those of the open window. */
void run_histogram(const struct run *run, uint32_t ret[EPISODE_GAP_BINS]);
void map_set(struct map *map, uint64_t value);
/** Distinct values: a lower bound (one in a thousand is above the truth). */
uint32_t map_count(const struct map *map);
void top_add(struct top *top, uint32_t value, uint32_t count);
/** The most frequent value, 0 if none. */
uint32_t top_first(const struct top *top);
/** Gaps of the run and of its open window, leaning on those of earlier runs while few. */
struct gaps run_gaps(const struct followed *f);

/* tell.c */

void make_episode(const struct source_table *table, const struct followed *f,
                  struct episode *ret);
void make_facts(const struct source_table *table, const struct followed *f,
                struct source_facts *ret);
/** @return room for one more, zeroed; NULL and *err when out of memory */
struct held *held_append(struct source_table *table, struct nj_err *err);
/** Keep an episode as it is for the next step. */
int hold(struct source_table *table, const struct followed *f, enum episode_change change,
         struct nj_err *err);
/** As a step would tell a decided silence: growth first. */
int hold_ceased(struct source_table *table, struct followed *f, struct nj_err *err);
/** Whether an episode may be told: enough sessions, a tool or an instance. */
bool run_says_something(const struct followed *f);

/* due.c: silences */

/** The sensor of a row shows life. */
int sensor_seen(struct source_table *table, const struct visit *visit, int64_t last_us,
                int64_t handed_us, struct nj_err *err);
/** After a change: (re)file when its silence is due. */
int due_file(struct source_table *table, struct followed *f, struct nj_err *err);
void due_drop(struct source_table *table, struct followed *f);
/** Before its home changes: leave the list of the old one. */
void due_unwait(struct source_table *table, struct followed *f);
void due_recount(struct source_table *table, struct followed *f);
/** Decide all that is due until `until_us`, a whole minute. */
int due_decide(struct source_table *table, int64_t until_us, struct nj_err *err);
static inline struct sensor_life *home_of(const struct source_table *table,
                                          const struct followed *f)
{
    return (struct sensor_life *)&table->sensors[f->home];
}

static inline unsigned sensor_slot(uint32_t sensor)
{
    return sensor < SENSORS ? sensor : SENSORS - 1;
}

#endif

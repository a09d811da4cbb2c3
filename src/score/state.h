/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the score table, shared by table.c, entries.c, record.c, step.c, graph.c, suspect.c
 * and save.c.
 *
 * A source stands in two parts. Its entry is what lists, heap and links of others need, 64
 * bytes. Its record is what is known of it: 680 bytes, of which most sources fill a fifth. So
 * records lie packed, and those that were last changed are open.
 *
 * A source keeps what its own facts say, apart from everything that links add: what is
 * inherited is computed when asked, over the links that are accepted now. So a link that is
 * withdrawn leaves nothing behind, a chain that comes back to its beginning can't feed itself,
 * and the order of facts and links inside a step is of no effect. */
#ifndef NJ_SCORE_STATE_H
#define NJ_SCORE_STATE_H

#include "score/facts.h"
#include "score/flood.h"
#include "score/grade.h"
#include "score/index.h"
#include "score/reals.h"
#include "score/shelf.h"

#define FORGET_S (300ll * 24 * 3600) /* ten of the longest half-lives */
#define TIME_MAX_S (INT64_MAX / 1000000)
#define LINKS_PER_SOURCE 4
#define NO_LIST RISK_LEVELS
#define NEVER_TOLD INT64_MIN
#define PREFETCH_AHEAD 4u /* sources between loading the index and loading the entry */

struct entry {
    struct addr src;
    int64_t due_s;    /* when it is to be looked at if nothing happens */
    uint32_t heap_at; /* place in the heap + 1; 0: not in it */
    uint32_t older, newer;
    uint32_t first_link;   /* its link with the highest id, 0: none */
    uint32_t first_hop[2]; /* of them, succession from it, and to it */
    uint32_t open;         /* place of its record among the open ones + 1; 0: it is packed */
    uint32_t packed;       /* where on the shelf */
    uint8_t packed_units;  /* 0: nowhere, nothing is known yet */
    uint8_t list;          /* level under which it is kept; NO_LIST: none */
    bool used, dirty;
    bool unsaved; /* its state is to be told */
};

_Static_assert(sizeof(struct entry) == 64, "4 million scored sources in 256 MB and records");

struct record {
    struct decayed own[RISK_GROUPS]; /* RISK_EVASION: without links */
    struct notes notes;
    struct grade_facts grade;
    uint32_t crowd; /* largest flood it was seen in the shape of; 0: none */
    struct level_state level;
    struct path told;  /* what was last news; its base_s is NEVER_TOLD before the first */
    int64_t settled_s; /* when its level was last settled */
    int64_t touched_s; /* last fact, link or finding; TIME_MAX_S at most */
    struct risk_override *override; /* NULL: none */
};

/* As many as sources change in a minute on a busy telescope. */
#define RECORDS_OPEN 8192

struct open_record {
    uint32_t number; /* of its entry; 0: free */
    struct record record;
};

struct node { /* an accepted link */
    uint64_t id;
    uint32_t end[2];      /* entries: a, b */
    uint32_t next[2];     /* of the same entry, by falling id */
    uint32_t next_hop[2]; /* the same, of a succession: the next from end[0], to end[1] */
    double probability;
    int64_t started_s;
    uint8_t kind, hop;
    bool used, decoys;
    uint64_t process; /* of a hop: the program that went on while its address changed; or 0 */
};

struct score_table {
    struct score_options options;
    struct score_counts counts;
    struct flood flood;
    uint64_t secret;

    double
        *port_risks; /* of TCP, then of UDP ports: what the options say; NAN: not yet asked */
    struct entry *entries; /* from 1 */
    uint32_t entry_end, entry_room, entry_free;
    struct shelf shelf;
    struct reals reals;
    struct open_record *open; /* a ring in the order of opening */
    uint32_t open_room, open_next;
    struct index by_addr;
    uint64_t ahead[PREFETCH_AHEAD];       /* hashes of the last sources that were prefetched */
    uint32_t ahead_entry[PREFETCH_AHEAD]; /* entries of those before them; 0: none */
    unsigned prefetched;
    struct node *nodes; /* from 1 */
    uint32_t node_end, node_room, node_free;
    struct index by_id;

    uint32_t oldest[RISK_LEVELS], newest[RISK_LEVELS];
    uint32_t *dirty, *heap;
    size_t dirty_count, dirty_room, heap_count, heap_room;
    uint32_t *unsaved; /* may hold numbers of sources that have left, and twice the same */
    size_t unsaved_count, unsaved_room;
};

/* ---- entries.c ---- */

uint32_t entry_find(const struct score_table *table, struct addr src);
/** Found, or made. @return 0: refused (counted) with *ret_fault false, or out of memory */
uint32_t entry_make(struct score_table *table, struct addr src, bool *ret_fault);
int entry_mark(struct score_table *table, uint32_t number, struct nj_err *err);
void entry_list(struct score_table *table, uint32_t number, uint8_t list);
int entry_schedule(struct score_table *table, uint32_t number, int64_t due_s,
                   struct nj_err *err);
void entry_unschedule(struct score_table *table, uint32_t number);
/** Its state is to be told by the next flush. */
int entry_unsaved(struct score_table *table, uint32_t number, struct nj_err *err);
/** Its place is free again. It has no links. */
void entry_vacate(struct score_table *table, uint32_t number);

/* ---- record.c ---- */

/** What is known of a source. @param room  where it is unpacked if it has to be
 * @return borrowed until the source's record is opened or `room` is used again */
const struct record *record_see(const struct score_table *table, uint32_t number,
                                struct record *room);
/** The same, to be changed. @return borrowed until the next record_open; NULL: out of memory */
struct record *record_open(struct score_table *table, uint32_t number, struct nj_err *err);
/** Its place, open or on the shelf, is free again; its override too. */
void record_drop(struct score_table *table, uint32_t number);
/** Between steps: the shelf is packed anew if it got loose. */
void records_tidy(struct score_table *table);
/** Start loading what record_see and record_open will touch. */
void record_prefetch(const struct score_table *table, uint32_t number);

/* ---- table.c ---- */

void table_clear(struct score_table *table);

/* ---- graph.c ---- */

/** Add an accepted link, or change the one with this id. */
int node_set(struct score_table *table, const struct node *node, struct nj_err *err);
uint32_t node_find(const struct score_table *table, uint64_t id);
void node_remove(struct score_table *table, uint32_t number);
/** Everything that is scored by way of this source is to be looked at again. */
int graph_mark(struct score_table *table, uint32_t number, struct nj_err *err);

/* What links say of a source's evasion. */
struct evasion {
    double strength; /* 0 to 1 */
    int64_t at_s;
    uint32_t hop;   /* the node of the strongest hop, 0: none */
    uint32_t group; /* of the strongest parallel or split link */
    bool second, decoys;
};

/** @param touched_s  of the source's record */
void graph_evasion(const struct score_table *table, uint32_t number, int64_t touched_s,
                   struct evasion *ret);

#define REACH_MAX 64 /* predecessors that are looked at, likeliest first */

struct reach {
    uint32_t entry;
    uint64_t process;   /* that went on from there; 0: of whichever */
    double probability; /* product over the best chain of hops */
};

/** The source itself (probability 1) and those it took over from. @return how many */
unsigned graph_reach(const struct score_table *table, uint32_t number,
                     struct reach ret[REACH_MAX]);

/* ---- suspect.c ---- */

/* A source as of one time: what counts, and whose it is. */
struct view {
    struct path path;
    uint32_t from[RISK_GROUPS]; /* the entry that each contribution is of */
    double by[RISK_GROUPS];     /* with which probability it is inherited; 1: own */
};

/** @param record  the source's own */
void entry_view(const struct score_table *table, uint32_t number, const struct record *record,
                int64_t at_s, struct view *ret);
void entry_suspect(const struct score_table *table, uint32_t number,
                   const struct record *record, const struct view *view,
                   const struct level_state *level, int64_t at_us, struct suspect *ret);

bool override_valid(const struct risk_override *override);

#endif

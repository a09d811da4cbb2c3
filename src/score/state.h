/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the score table, shared by table.c, entries.c, record.c, pack.c, step.c, graph.c,
 * suspect.c and save.c.
 *
 * A source stands in two parts. Its entry is what lists, heap and links of others need, 40
 * bytes. Its record is what is known of it: 680 bytes, which for most sources are the same as
 * for others, but for the times. So records lie packed, 20 bytes for most, and those that were
 * last changed are open.
 *
 * A source keeps what its own facts say, apart from everything that links add: what is
 * inherited is computed when asked, over the links that are accepted now. So a link that is
 * withdrawn leaves nothing behind, a chain that comes back to its beginning can't feed itself,
 * and the order of facts and links inside a step is of no effect. */
#ifndef NJ_SCORE_STATE_H
#define NJ_SCORE_STATE_H

#include "base/index.h"
#include "base/shared.h"
#include "base/shelf.h"
#include "score/facts.h"
#include "score/flood.h"
#include "score/grade.h"
#include "score/reals.h"

#define FORGET_S (300ll * 24 * 3600) /* ten of the longest half-lives */
#define TIME_MAX_S (INT64_MAX / 1000000)
#define LINKS_PER_SOURCE 4
#define NO_LIST RISK_LEVELS
#define NEVER_TOLD INT64_MIN
#define PREFETCH_AHEAD 4u /* sources between loading the index and loading the entry */

/* How an address is kept: half of it, where the other half says nothing. */
enum form { FORM_LOW, FORM_HIGH, FORM_WIDE };

struct entry {
    uint64_t key;     /* IPv4: low half; IPv6 that ends in zeros: high half; FORM_WIDE: number
                       * in table->wide */
    int64_t due_s;    /* when it is to be looked at if nothing happens */
    uint32_t heap_at; /* place in the heap + 1; 0: not in it */
    uint32_t older, newer;
    uint32_t at;          /* its record: the place among the open ones, or on the shelf */
    uint32_t heads;       /* of its links, in table->heads; 0: it has none */
    uint8_t packed_units; /* 0: not on the shelf, nothing is known yet */
    uint8_t list;         /* level under which it is kept; NO_LIST: none */
    uint8_t form : 2;     /* enum form, of its address */
    bool is_open : 1, used : 1, dirty : 1;
    bool unsaved : 1; /* its state is to be told */
};

_Static_assert(sizeof(struct entry) == 40, "4 million scored sources in 160 MB and records");

/* Where the lists of a source's links begin. */
struct heads {
    uint32_t first_link;   /* with the highest id; 0: these heads are free */
    uint32_t first_hop[2]; /* of them, succession from it, and to it; free: the next free */
};

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
    uint32_t packed; /* its place on the shelf */
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

    double *port_risks;    /* of TCP, then of UDP ports, by the options; NAN: not yet asked */
    struct entry *entries; /* from 1 */
    uint32_t entry_end, entry_room, entry_free;
    struct addr *wide; /* addresses that need both halves; of a free one `lo` is wide_free */
    uint32_t wide_end, wide_room, wide_free; /* wide_free: the first free + 1, 0: none */
    struct nj_shelf shelf;                   /* packed records */
    struct nj_shared known, told;            /* what many of them have alike */
    struct reals reals;
    struct open_record *open; /* a ring in the order of opening */
    uint32_t open_room, open_next;
    struct nj_index by_addr;
    uint64_t ahead[PREFETCH_AHEAD];       /* hashes of the last sources that were prefetched */
    uint32_t ahead_entry[PREFETCH_AHEAD]; /* entries of those before them; 0: none */
    unsigned prefetched;
    struct node *nodes; /* from 1 */
    uint32_t node_end, node_room, node_free;
    struct heads *heads; /* from 1 */
    uint32_t heads_end, heads_room, heads_free;
    struct nj_index by_id;

    uint32_t oldest[RISK_LEVELS], newest[RISK_LEVELS];
    uint32_t *dirty, *heap;
    size_t dirty_count, dirty_room, heap_count, heap_room;
    uint32_t *unsaved; /* may hold numbers of sources that have left, and twice the same */
    size_t unsaved_count, unsaved_room;
};

/* ---- entries.c ---- */

struct addr entry_src(const struct score_table *table, uint32_t number);
/** Hash under which a source stands in the index. @param ctx  the table */
uint64_t entry_hash(const void *ctx, uint32_t number);
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

/* ---- pack.c ---- */

#define RECORD_PACKED_MAX 80 /* bytes */

/** @return how many bytes; 0: out of memory */
size_t record_pack(struct score_table *table, const struct record *record,
                   uint8_t ret_bytes[RECORD_PACKED_MAX]);
/** @param ret  nothing is known in it */
void record_unpack(const struct score_table *table, const uint8_t *bytes, size_t size,
                   struct record *ret);
/** These packed bytes will not be read any more. @return the override, which is the caller's */
struct risk_override *record_unshare(struct score_table *table, const uint8_t *bytes,
                                     size_t size);

/* ---- table.c ---- */

void table_clear(struct score_table *table);

/* ---- graph.c ---- */

/** Add an accepted link, or change the one with this id. */
int node_set(struct score_table *table, const struct node *node, struct nj_err *err);
uint64_t node_hash(const void *ctx, uint32_t number);
uint32_t node_find(const struct score_table *table, uint64_t id);
void node_remove(struct score_table *table, uint32_t number);
/** Its links go. */
void graph_cut(struct score_table *table, uint32_t number);
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

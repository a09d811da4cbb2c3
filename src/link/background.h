/* SPDX-License-Identifier: Apache-2.0 */
/* How often sources of this store show a value (docs/LINKING.md). Each source counts once per
 * value, with a weight that halves in two weeks (forward decay: a later source weighs more, so
 * that nothing need be scaled down but after fifteen years). Values that few or none show get
 * their chance by Good-Turing; within a tool class the chance backs off to that of all. */
#ifndef NJ_LINK_BACKGROUND_H
#define NJ_LINK_BACKGROUND_H

#include <stdbool.h>

#include "link/map.h"

enum value_kind {
    VALUE_TOOL,
    VALUE_STACK,
    VALUE_SET, /* the exact set of ports */
    VALUE_SPORT,
    VALUE_WINDOW,
    VALUE_TTL,
    VALUE_NET24, /* /24; IPv6: /64 */
    VALUE_NET16, /* /16; IPv6: /48 */
    VALUE_AS,
    VALUE_COUNTRY,
    VALUE_PORT, /* weighted by the source's share of sessions */
    VALUE_INSTANCE,
    VALUE_NEWCOMER,    /* one value: sources that began to be followed for the first time */
    VALUE_RETURN,      /* one value: episodes of sources that had one before */
    VALUE_SET_NOVEL,   /* as VALUE_SET, and the same values, for sets with a port that next to
                        * nobody shows: how often such are met again is estimated apart */
    VALUE_SPORT_FIXED, /* as VALUE_SPORT, of constant ones: how often they agree again is
                        * learned apart, since some programs draw theirs with each run */
    VALUE_KINDS,
};

struct background_entry {
    uint64_t key;
    double weight;
    uint32_t sources;
    uint32_t kind;
};

/* Where the entries of a value stand, as they were last looked for. */
struct background_places {
    uint64_t class, value;
    uint64_t version; /* of the entries */
    uint32_t kind;
    uint32_t all, there, class_total; /* LINK_NONE: nobody shows it */
};

struct background {
    struct link_map index;
    struct background_entry *entries;
    struct background_places *places; /* of values that were asked for, by hash */
    uint64_t version;                 /* another one when an entry is made or moves */
    uint32_t count, room, max;
    uint64_t once[VALUE_KINDS], twice[VALUE_KINDS]; /* values shown by 1 and by 2 sources */
    /* sets shown by a second one who was there beside the first, who can't be his next address;
     * as many as that stands for over all time. Below 0: not known, `twice` is taken */
    double novel_twice;
    int64_t landmark_us; /* weight 1; 0: nothing was added */
    int64_t now_us;      /* background_tick: the weight then */
    double now_weight, now_span_h;
    uint32_t total_at[VALUE_KINDS]; /* entries that count all sources; LINK_NONE: not known */
    uint64_t purged;
};

/** Most questions will be about that time. */
void background_tick(struct background *bg, int64_t now_us);

/** The entries were moved, or made by somebody else. */
void background_moved(struct background *bg);

/* An estimate with the counts behind it. */
struct frequency {
    double u;     /* chance that an unrelated source shows the value */
    double shown; /* sources that show it, without the pair; decayed */
    double total; /* sources that tell this kind of value; decayed */
};

int background_init(struct background *bg, uint32_t max, uint64_t secret, struct nj_err *err);
void background_done(struct background *bg);

/**
 * Count a source that shows a value, for all and within its class.
 *
 * @param class  of tools, 0: none
 * @param share  1, or the part of the source that shows it
 * @return 0; -1 NJ_NOMEM
 */
int background_add(struct background *bg, enum value_kind kind, uint64_t class, uint64_t value,
                   double share, int64_t at_us, struct nj_err *err);

/** Take back what was added with the same arguments. */
void background_drop(struct background *bg, enum value_kind kind, uint64_t class,
                     uint64_t value, double share, int64_t at_us);

/** @param exclude  sources among those that show it that are not to count: the pair's own */
struct frequency background_frequency(const struct background *bg, enum value_kind kind,
                                      uint64_t class, uint64_t value, double exclude,
                                      int64_t now_us);

/** Whether any source that counts shows the value. */
bool background_is_shown(const struct background *bg, enum value_kind kind, uint64_t value);

/** Sources that tell this kind of value; decayed. */
double background_total(const struct background *bg, enum value_kind kind, int64_t now_us);

/** Sources that showed a value ever, for all classes; not decayed. */
uint32_t background_sources(const struct background *bg, enum value_kind kind, uint64_t value);

/** How many an hour of VALUE_NEWCOMER or VALUE_RETURN, decayed like all. */
double background_arrivals(const struct background *bg, enum value_kind kind, int64_t now_us);

#endif

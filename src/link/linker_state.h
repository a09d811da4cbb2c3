/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a linker that its files share. */
#ifndef NJ_LINK_LINKER_STATE_H
#define NJ_LINK_LINKER_STATE_H

#include "base/span.h"
#include "link/accept.h"
#include "link/actor.h"
#include "link/background.h"
#include "link/candidate.h"
#include "link/compare.h"
#include "link/digest.h"
#include "link/likeness.h"
#include "link/linker.h"
#include "link/pair.h"

#define OVERLAP_US (30 * MINUTE_US) /* of a hand-over */

struct numbers {
    uint32_t *list;
    size_t count, room;
};

struct linker {
    struct linker_options options;
    struct linker_counts counts;

    struct digest *digests; /* by number; grows to max_episodes */
    uint32_t made, room;    /* numbers given out, places */
    uint32_t free;          /* first free number, chained by `older`; LINK_NONE */
    uint32_t oldest, newest;
    struct link_map by_id, by_source; /* episode's id; hash of source: its latest digest */

    struct background background;
    struct likeness likeness;
    struct candidates candidates;
    struct pairs pairs;
    struct actors actors;
    struct acceptance acceptance;

    struct numbers dirty;   /* digests told since the last step */
    uint8_t *change;        /* by digest number: bits of enum episode_change */
    struct numbers touched; /* pairs to be decided anew */
    struct numbers changed; /* pairs that have something to state */
    uint32_t *seen;         /* by digest number: the look-up that saw it last */
    uint32_t lookup;
    uint64_t next_link;
    uint64_t begun;                 /* episodes that began to be followed */
    uint64_t parallels;             /* accepted now, with instances */
    uint64_t stops;                 /* decided silences, less those that were wrong */
    uint64_t rare_stops;            /* of them, of sources with rare set-ups */
    uint64_t rare_hops, usual_hops; /* accepted now, of such and of others */
    double rare_likely;             /* of rare ones, by their probabilities: not accepted yet */
    bool of_age;                    /* PARALLEL_SOURCES were counted once */
    double copies[COPY_SKILLS];     /* begun beside rare set-ups, */
    double copied_h, copied_setups; /* in so many hours of so many of these */
    int64_t now_us;
};

#define HOP_REACH_US (14 * DAY_US) /* a successor begins within that, */
#define HOP_A_SESSIONS 8u          /* of one who sent as many */
#define HOP_B_SESSIONS 4u          /* and has sent as many */

/* Beside the bits of enum episode_change: it fell quiet; more is known of others than when
 * partners were last looked for. */
#define CHANGE_QUIET (1u << 6)
#define CHANGE_AGAIN (1u << 7)

#define RARE_SOURCES 100.0     /* counted, or nobody knows what is rare */
#define PARALLEL_SOURCES 300.0 /* counted: a young store can't know what is usual */

uint64_t linker_source_key(struct addr src);

/** The actor of a digest's source, 0: none; and how many sources that has. */
uint64_t linker_actor(const struct linker *l, const struct digest *d);
uint32_t linker_members(const struct linker *l, const struct digest *d);

/** Append; NULL-safe growth. @return 0; -1 NJ_NOMEM */
int numbers_add(struct numbers *numbers, uint32_t number, struct nj_err *err);

void numbers_sort(struct linker *l, struct numbers *numbers,
                  int (*order)(const void *, const void *, void *));

/* remember.c: digests taken over, counted in the background, forgotten. */
int remember_episode(struct linker *l, enum episode_change change, const struct episode *e,
                     struct nj_err *err);
int remember_settle(struct linker *l, uint32_t number, struct nj_err *err);
int remember_expire(struct linker *l, struct nj_err *err);

/** Next to nobody else shows its ports. The set of a young one is not known yet. */
bool remember_is_rare(const struct linker *l, const struct digest *d);

/** VALUE_SET_NOVEL if one of its ports is shown by next to nobody, else VALUE_SET. */
enum value_kind remember_set_kind(const struct linker *l, const struct digest *d);

/** The source turned out to be another's next address: what it shows is no independent sign
 * of how usual that is. */
void remember_uncount(struct linker *l, struct digest *d);

/** Twice as many digests. */
int remember_grow(struct linker *l, struct nj_err *err);

/** Partners are to be looked for anew, for it and all later episodes of its source. */
int remember_look_again(struct linker *l, uint32_t number, struct nj_err *err);

/* beginning.c: the first episodes of a newcomer, who may send in bursts. */

/** The first of the episodes to whose beginning `number` belongs, itself if it is that;
 * LINK_NONE: its source is no newcomer any more. */
uint32_t beginning_of(const struct linker *l, uint32_t number);

/** The next episode of the beginning that `first`, a newcomer's, began, behind `number`.
 * @return LINK_NONE: there is none */
uint32_t beginning_next(const struct linker *l, uint32_t first, uint32_t number);

/** Of a newcomer's first episodes the one that tells most; of others the episode itself. */
const struct digest *beginning_told(const struct linker *l, const struct digest *first);

/** From when a's source came to work until b's did: each with the tool that the episode shows,
 * in this and earlier episodes. */
int64_t beginning_apart(const struct linker *l, const struct digest *a, const struct digest *b);

/* partner.c: who may belong to a digest that changed; refuted pairs. */
int partner_look(struct linker *l, uint32_t number, unsigned changes, struct nj_err *err);

/** Compare a pair anew, and decide it at the end of the step. */
int partner_weigh(struct linker *l, uint32_t pair, struct nj_err *err);

/* decide.c: states of the pairs that were touched. */
int decide_touched(struct linker *l, struct nj_err *err);

/* odds.c: bits of evidence to probabilities. */

/** log2 odds of a pair before any evidence. */
double odds_prior(const struct pair *p, const struct linker *l);

/** Probability of one without rivals. */
double odds_alone(double weight, double prior);
double odds_probability(const struct linker *l, const struct pair *p);

/** Whether the sources of two digests are of one actor. */
bool odds_one_actor(const struct linker *l, const struct digest *x, const struct digest *y);

/** Whether an accepted pair has the stop or the start of p already. */
bool odds_taken(const struct linker *l, const struct pair *p);

/** Two hops from one source to two that are one actor, at nearly the same time. */
bool odds_is_split(const struct linker *l, const struct pair *p, const struct pair *q);

/* decoy.c: what chance makes of pairs that can't be hand-overs. `number` has just ceased. */
void decoy_look(struct linker *l, uint32_t number, uint32_t other);

/** Those that proved to be one actor since are no decoys. */
void decoy_review(struct linker *l);

/* copy.c: others who show what an operator shows. */
void copy_look(struct linker *l, uint32_t x, uint32_t y);
void copy_count(struct linker *l);

/** How sure it is that nobody copies all here: from none seen so far, in so many hours. */
double copy_free(const struct linker *l);

/** Odds that b is a copy of a, against chance: into the pair, and into all pairs. */
void copy_odds(const struct linker *l, struct pair *p);
void copy_odds_of_all(struct linker *l);

/** All that were seen. */
double copy_seen(const struct linker *l);

/* explain.c: a pair as a link with its evidence. */
void explain_pair(const struct linker *l, const struct pair *p, struct link *ret_link);
enum compare_as explain_as(const struct pair *p);

/** The pair's two sides, with what they have shown until now. */
void explain_compare(const struct linker *l, const struct pair *p, struct comparison *ret);

#endif

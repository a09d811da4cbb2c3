/* SPDX-License-Identifier: Apache-2.0 */
/* Two episodes that may belong together, as long as both are remembered. */
#ifndef NJ_LINK_PAIR_H
#define NJ_LINK_PAIR_H

#include "link/copy.h"
#include "link/digest.h"
#include "model/link.h"

enum zone {
    ZONE_NET24,
    ZONE_NET16,
    ZONE_AS,
    ZONE_COUNTRY,
    ZONE_ANYWHERE,
    ZONE_COUNT,
};

#define DELAYS 16 /* classes of delay: below a minute, then octaves, up to 14 days and more */

enum pair_state {
    PAIR_SILENT, /* nothing was stated */
    PAIR_TENTATIVE,
    PAIR_ACCEPTED,
};

struct pair {
    uint64_t link; /* id of the link; 0: nothing was stated */
    int64_t stopped_us, started_us, first_stated_us, stated_us;
    double weight; /* bits of evidence */
    /* log2 odds that b is a copy of each skill, against chance, for one begun in an hour */
    double copied[COPY_SKILLS];
    double after; /* as comparison.after */
    double copy;  /* copy_odds: what follows from these */
    double probability;
    double stated_probability;
    double likely; /* of linker.rare_likely */
    uint32_t a, b; /* digests */
    uint32_t next_a, next_b;
    uint32_t edge; /* of the actor, when accepted; LINK_NONE */
    uint8_t kind, hop, state;
    uint8_t stated_state; /* enum link_state + 1; 0: nothing was stated */
    bool used, refuted, touched, changed;
    bool rare;          /* counted among the hops of rare set-ups */
    uint64_t instance;  /* key that both show; 0: none */
    int16_t target_bin; /* where acceptance counts it; -1: nowhere */
};

struct pairs {
    struct pair *list;
    uint32_t made, room, max, used;
    uint32_t free; /* chained by next_a */
    /* accepted hops by zone and by delay; [1]: of rare set-ups, since bots' moves within their
     * provider's network say nothing about those of an operator */
    double zones[2][ZONE_COUNT], delays[2][DELAYS];
};

struct linker;

/** Whether a was in a long pause when b began, from which it is back. */
bool pair_slept(const struct pair *p, const struct digest *a);

void link_pairs_init(struct pairs *pairs, uint32_t max);
void link_pairs_done(struct pairs *pairs);

/** @return its number, LINK_NONE if there is none of this kind */
uint32_t pair_find(const struct linker *l, uint32_t a, uint32_t b, enum link_kind kind);

/** A new pair; the lightest of a's that says nothing makes room. LINK_NONE: no room. */
int pair_add(struct linker *l, uint32_t a, uint32_t b, enum link_kind kind, double weight,
             uint32_t *ret_pair, struct nj_err *err);
void pair_drop(struct linker *l, uint32_t pair);

/** It is no hop that is only likely: accepted, or dropped. */
void pair_not_likely(struct linker *l, struct pair *p);

/** To be decided anew at the end of the step. */
int pair_touch(struct linker *l, uint32_t pair, struct nj_err *err);

enum zone zone_of(const struct digest *a, const struct digest *b);
unsigned delay_of(int64_t gap_us);
uint64_t country_value(const char country[3]);

#endif

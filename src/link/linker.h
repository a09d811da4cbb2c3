/* SPDX-License-Identifier: Apache-2.0 */
/* Episodes to links, hops and actors (docs/LINKING.md). Bounded, deterministic, without a
 * clock. Called by pipeline/derive.c; one thread owns it.
 *
 * Instance keys come with the episode (up to EPISODE_INSTANCES, of any kind of
 * model/instance.h, whether made of packets or of traits). Each is an index of candidates, and
 * counted in the background kind by kind; what a kind is worth stands in that table. A key that
 * three unrelated networks show is a default and no secret, whatever its kind. */
#ifndef NJ_LINK_LINKER_H
#define NJ_LINK_LINKER_H

#include <stdio.h>

#include "base/intern.h"
#include "model/episode.h"
#include "model/link.h"

struct linker;

struct linker_options {
    const struct nj_intern *names; /* borrowed: texts of tools and stacks, for evidence */
    double fdr;                    /* accepted share of false hops, 0.01 */
    size_t max_episodes;           /* digests remembered at most */
};

struct linker_counts {
    uint64_t episodes;         /* remembered now */
    uint64_t episodes_evicted; /* before 30 days of silence */
    uint64_t candidates;       /* pairs compared */
    uint64_t keys_too_common;  /* lookups skipped because everybody has that key */
    uint64_t links[3];         /* stated, by enum link_state, now */
    uint64_t actors;
    uint64_t members_evicted; /* sources of actors, forgotten to make room (actor.h) */
    uint64_t joins_refused;   /* accepted links that could join nobody for lack of room */
};

/* Two estimates of the share of false hops among the accepted ones, and the threshold in force;
 * frozen at fixed steps of capture time. */
struct linker_fdr {
    double threshold; /* on the probability */
    double bayes;     /* mean of 1 - p of the accepted */
    double decoy;     /* by decoy partners, of the kind that says most */
    uint64_t targets; /* that reach the threshold; and decoys by kind (accept.h) */
    uint64_t decoys_before, decoys_week, decoys_place;
    int64_t frozen_us;
};

struct linker_sink {
    link_fn link;
    actor_fn actor;
    void *ctx;
};

int linker_new(const struct linker_options *options, struct linker **ret_linker,
               struct nj_err *err);
void linker_free(struct linker *linker);

/** What a step of the source table told. `episode` is borrowed for the call. */
int linker_episode(struct linker *linker, enum episode_change change,
                   const struct episode *episode, struct nj_err *err);

/** All episodes of the step `now_us` have been told: state links, decide, join actors. Links
 * come by id, then actors. */
int linker_step(struct linker *linker, int64_t now_us, const struct linker_sink *sink,
                struct nj_err *err);

const struct linker_counts *linker_counts(const struct linker *linker);
void linker_fdr(const struct linker *linker, struct linker_fdr *ret);

/** The whole state, as source_table_save. @return 0; -1 NJ_IO, NJ_NOMEM, NJ_FORMAT */
int linker_save(const struct linker *linker, const struct nj_intern *names, FILE *out,
                struct nj_err *err);
int linker_load(struct linker *linker, struct nj_intern *names, FILE *in, struct nj_err *err);

#endif

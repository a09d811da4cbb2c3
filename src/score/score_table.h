/* SPDX-License-Identifier: Apache-2.0 */
/* Risk of every followed source, kept over time: observations raise it at once, silence lets it
 * decay, accepted links hand it on (docs/RISK.md). Bounded, deterministic,
 * without a clock. Called by pipeline/derive.c; one thread owns it. */
#ifndef NJ_SCORE_SCORE_TABLE_H
#define NJ_SCORE_SCORE_TABLE_H

#include <stdio.h>

#include "base/intern.h"
#include "model/decay.h"
#include "model/link.h"
#include "model/risk.h"
#include "model/source.h"

struct score_table;

struct score_options {
    const struct nj_intern *names; /* borrowed: tools and rules, for the receipts */
    /* risk of a port, 0 to 1 (data/ports); NULL: all 0, no points for target intent */
    double (*port_risk)(void *ctx, uint16_t port, uint8_t proto);
    void *port_ctx;
    uint64_t addresses;    /* that the sensors watch; 0: unknown, nothing is extrapolated */
    uint32_t sensors;      /* configured or seen */
    size_t max_sources;    /* when full, those of the lowest level, longest silent, leave */
    uint32_t open_records; /* so many are worked with, the others lie packed; 0: the usual */
};

struct score_counts {
    uint64_t sources, links, overrides; /* now */
    uint64_t sources_evicted;           /* left to make room */
    uint64_t sources_forgotten;         /* silent for 300 days and below one point */
    uint64_t links_refused;             /* not remembered: four per source on average are */
    uint64_t flood_cells_evicted;       /* minutes forgotten while they might have grown */
};

/* What `suspects` shows of one source. The names in its facts are those of the options. */
struct suspect {
    struct addr src;
    struct receipt receipt; /* computed; an override changes nothing in it */
    struct risk_override override;
    double shown; /* score and level that hold: the override's, else the receipt's */
    enum risk_level shown_level;
    enum risk_level previous_level;
    int64_t changed_us; /* when the level last changed */
    enum grade grade;
    struct grade_fact reason;
    enum kill_stage stage;   /* in the kill chain */
    struct risk_state state; /* from which the score follows until something is seen */
    enum risk_level before;  /* its level before this step */
};

/** Borrowed for the call. */
typedef int (*score_fn)(void *ctx, const struct suspect *suspect, struct nj_err *err);

/* What is told of sources; each may be NULL. */
struct score_sink {
    /* In a step, by address: a source is scored for the first time, its level changed, or its
     * score is NEWS_POINTS off what the news before would have decayed to (NEWS_POINTS_LOW
     * while its level is LOW). Decay alone is no news, but for a level that falls. */
    score_fn news;
    /* A source's state as of the last step in which anything about it changed. Told once for
     * many changes: by score_table_flush, and when the source leaves the table. */
    score_fn state;
    void *ctx;
};

#define NEWS_POINTS 1
#define NEWS_POINTS_LOW 5

int score_table_new(const struct score_options *options, struct score_table **ret_table,
                    struct nj_err *err);
void score_table_free(struct score_table *table);

/** Start loading what new facts of this source will touch: some sources in advance, for all of
 * a step. Changes nothing. */
void score_table_prefetch(struct score_table *table, struct addr src);

/** New facts of a source, as of the step `now_us`. Without a session of class scan, exploit or
 * credential it is no suspect (a tool may be told of packets with wrong checksums). */
int score_table_observe(struct score_table *table, const struct source_facts *facts,
                        int64_t now_us, struct nj_err *err);

/** A link got a new state: evasion, and inheritance from a to b of a succession. */
int score_table_link(struct score_table *table, const struct link *link, struct nj_err *err);

/**
 * An accepted finding that a source is part of, as of `at_us`.
 *
 * @param p  chance of the finding without a cause; what isn't below 1 adds nothing
 */
int score_table_novelty(struct score_table *table, struct addr src, double p, uint16_t port,
                        uint8_t proto, int64_t at_us, struct nj_err *err);

/** Set (override->set) or clear an analyst's override. Nothing else ever clears it, and a
 * source that has one is never evicted. @return 0; -1 NJ_CONFIG (score, level, author or reason
 * isn't valid), NJ_LIMIT (max_sources have one), NJ_NOMEM */
int score_table_override(struct score_table *table, struct addr src,
                         const struct risk_override *override, struct nj_err *err);

/** Bring the scores to `now_us` and tell the news. @param sink  NULL: nobody listens */
int score_table_step(struct score_table *table, int64_t now_us, const struct score_sink *sink,
                     struct nj_err *err);

/** Tell the state of all that changed since the last flush, by address. What is told does not
 * depend on when or how often this is called. Before score_table_save. */
int score_table_flush(struct score_table *table, const struct score_sink *sink,
                      struct nj_err *err);

/** Risk and grade of a source as of `at_us`. @return whether it is known */
bool score_table_find(const struct score_table *table, struct addr src, int64_t at_us,
                      struct suspect *ret);

/** The facts that led to a source's stage, as a sentence; "" when it isn't known. */
void score_table_stage_text(const struct score_table *table, struct addr src, size_t size,
                            char *ret_text);

const struct score_counts *score_table_counts(const struct score_table *table);

/** The whole state, as source_table_save. @return 0; -1 NJ_IO, NJ_NOMEM, NJ_FORMAT */
int score_table_save(const struct score_table *table, const struct nj_intern *names, FILE *out,
                     struct nj_err *err);
int score_table_load(struct score_table *table, struct nj_intern *names, FILE *in,
                     struct nj_err *err);

#endif

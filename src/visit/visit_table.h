/* SPDX-License-Identifier: Apache-2.0 */
/* Packets to sessions to visits (system.md 1). Called by pipeline/. One thread owns it. */
#ifndef NJ_VISIT_VISIT_TABLE_H
#define NJ_VISIT_VISIT_TABLE_H

#include <stdio.h>

#include "base/intern.h"
#include "model/visit.h"

struct visit_table;

struct visit_table_options {
    size_t max_visits; /* open visits at most; full: the one that would end first is closed */
    size_t
        max_sessions; /* sessions remembered at most; full: the oldest of a few is forgotten */
    int64_t part_s;   /* an open visit is handed on at least this often, capture time */
    size_t payload_bytes; /* first payload bytes to keep per visit, 0 to VISIT_PAYLOAD_MAX */
};

struct visit_table_counts {
    uint64_t packets;
    uint64_t sessions;
    uint64_t visits;            /* visits opened */
    uint64_t parts;             /* rows handed on */
    uint64_t open;              /* open now */
    uint64_t own;               /* packets of the sensor's own clients: no session of ours */
    uint64_t visits_forced;     /* closed because the table was full */
    uint64_t sessions_evicted;  /* forgotten while still young enough to matter */
    uint64_t targets_saturated; /* parts whose `targets` reached the exact bound */
};

/** @param sink  gets the parts, seq rising by 1 from `first_seq` */
int visit_table_new(const struct visit_table_options *options, uint64_t first_seq,
                    visit_fn sink, void *sink_ctx, struct visit_table **ret_table,
                    struct nj_err *err);
void visit_table_free(struct visit_table *table);

/** Start loading what visit_table_add will touch. */
void visit_table_prefetch(struct visit_table *table, const struct packet *packet);

/**
 * Add one packet (or log row) to its session and visit.
 *
 * @param packet    borrowed for the call
 * @param gather_s  the sensor's gather time in seconds; 0: the row goes straight to the sink
 * @return 0; -1 from the sink, NJ_NOMEM
 *
 * Time is the packet's. It may step back: expiry goes by the highest time seen.
 * Cost: O(1), two to three cache lines.
 */
int visit_table_add(struct visit_table *table, const struct packet *packet, int64_t gather_s,
                    struct nj_err *err);

/** Capture time has reached `now_ns` without a packet: end what is due. */
int visit_table_tick(struct visit_table *table, int64_t now_ns, struct nj_err *err);

/** Close all open visits, oldest first. Sessions stay remembered. */
int visit_table_close(struct visit_table *table, struct nj_err *err);

const struct visit_table_counts *visit_table_counts(const struct visit_table *table);

/** Write and read the whole state: open visits, sessions young enough to matter, clock, next
 * seq. Name numbers are written as texts of `names`. */
int visit_table_save(const struct visit_table *table, const struct nj_intern *names, FILE *out,
                     struct nj_err *err);
int visit_table_load(struct visit_table *table, struct nj_intern *names, FILE *in,
                     struct nj_err *err);

#endif

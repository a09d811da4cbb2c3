/* SPDX-License-Identifier: Apache-2.0 */
/* Packets to sessions to visits (docs/ARCHITECTURE.md, "Words"). Called by pipeline/. One
 * thread owns it. */
#ifndef NJ_VISIT_VISIT_TABLE_H
#define NJ_VISIT_VISIT_TABLE_H

#include <stdio.h>

#include "base/intern.h"
#include "model/visit.h"

struct visit_table;

/* What ends a visit, and when a part of it is handed on (capture time; `handed_ns`):
 *
 *   - more than gather_s of silence; the end of its hour (UTC); visit_table_close
 *   - while episode_packets <= 64: the first packet of the episode; the source's packet number
 *     4, 16, 64 in the visit, and 2, 8, 32 if the episode had packets elsewhere too; for the
 *     packet that opens a further visit the first whole microsecond more than 10 s after it
 *   - the first whole microsecond more than part_s after the part's first packet came
 *
 * These instants are exact: they depend on packets and ticks, not on batches. Parts due at one
 * instant come in the order in which their visits were opened. A packet that is older than the
 * highest time seen joins the visit of its own hour, and what it would have ended ends when
 * the clock next moves. One that is older by more than an hour is not late but of another time
 * (an older file after a newer one): all open visits end, and the clock is its time.
 *
 * A part's `last_ns` is the latest packet of its visit so far, `tool` and `instance` the latest
 * known of it (instance: the latest that is not 0); ports, TTL, window, flags and payload are
 * those of the source's packets, `dst` and `sport` of the first packet or, if that was a reply,
 * of what it replies to.
 *
 * The first later packet of class exploit or credential in a session of another class makes
 * the session one of its class and rule, with the session's stack: it and all packets behind it
 * go to a visit of that class, where the session counts. It leaves the visit in which it was
 * counted if that count has not been handed on; else the rows of both classes have it, and
 * `recounted` says how often. `counts.sessions` has each session once.
 *
 * gather_s = 0: a log row goes straight to the sink; a session of packets is a visit of its own
 * (key: also dst and sport), which ends with the session's time-out (visit/session.h). That may
 * be minutes after its last packet, so its first part is handed on at the first whole
 * microsecond more than 20 s after its first packet came, and at once if it begins in the place
 * of a session that has not ended yet; later parts, which count no session again, after part_s
 * and at the end of its hour. */

struct visit_table_options {
    size_t max_visits;    /* open visits at most, from 1; full: the one that would end or be
                           * handed on first is closed */
    size_t max_sessions;  /* sessions remembered at most, at least 6144; full: the oldest of a
                           * few is forgotten. 21 bytes each, taken as they are needed */
    int64_t part_s;       /* an open visit is handed on at least this often, capture time, 1 to
                           * 3600 (others count as the nearer of these) */
    size_t payload_bytes; /* first payload bytes to keep per visit, 0 to VISIT_PAYLOAD_MAX */
};

struct visit_table_counts {
    uint64_t packets; /* those of all parts, and own */
    uint64_t sessions;
    uint64_t visits;            /* visits opened */
    uint64_t parts;             /* rows handed on */
    uint64_t open;              /* open now */
    uint64_t own;               /* packets of the sensor's own clients: no session of ours */
    uint64_t visits_forced;     /* closed because the table was full */
    uint64_t sessions_evicted;  /* forgotten while still young enough to matter */
    uint64_t targets_saturated; /* parts whose `targets` is a lower bound (more than 4096) */
    uint64_t recounted;         /* sessions that rows of two classes count */
    uint64_t labels_refused;    /* sessions counted as stack and rule "other": too many kinds */
};

/** @param sink  gets the parts, seq rising by 1 from `first_seq` */
int visit_table_new(const struct visit_table_options *options, uint64_t first_seq,
                    visit_fn sink, void *sink_ctx, struct visit_table **ret_table,
                    struct nj_err *err);
void visit_table_free(struct visit_table *table);

/** Set packet->flow_hash and visit_hash, and start loading what visit_table_add will touch.
 * To be called after class and stack are set. Best for some tens of packets in advance. */
void visit_table_prefetch(struct visit_table *table, struct packet *packet);
/** Further steps, each best some hundred ns after the one before: what that one has loaded says
 * what to load now. */
void visit_table_prefetch_visit(const struct visit_table *table, const struct packet *packet);
void visit_table_prefetch_targets(const struct visit_table *table, const struct packet *packet);

/**
 * Add one packet (or log row) to its session and visit.
 *
 * @param packet    borrowed for the call; its hashes are 0 or set by visit_table_prefetch of
 * this table
 * @param gather_s  the sensor's gather time in seconds, over 3600 as 3600; fixed for a visit
 *                  when it is opened
 * @return 0; -1 from the sink, NJ_NOMEM, NJ_LIMIT (sensor number over 65535)
 *
 * Time is the packet's. It may step back, see above: expiry goes by the highest time seen.
 * Cost: O(1), four to five cache lines, which the prefetch has loaded.
 */
int visit_table_add(struct visit_table *table, const struct packet *packet, int64_t gather_s,
                    struct nj_err *err);

/** Capture time has reached `now_ns` without a packet: end what is due. */
int visit_table_tick(struct visit_table *table, int64_t now_ns, struct nj_err *err);

/** Close all open visits, oldest first. Sessions stay remembered. */
int visit_table_close(struct visit_table *table, struct nj_err *err);

const struct visit_table_counts *visit_table_counts(const struct visit_table *table);

/**
 * Write and read the whole state: open visits, sessions young enough to matter, clock, next
 * seq, counts. Name numbers are written as texts of `names`. A table that goes on from a loaded
 * state gives the parts that the saved one would have given.
 *
 * Load takes exactly what save has written, into a table of the same payload_bytes and of room
 * enough; what the table held is dropped, also when it fails.
 * @return 0; -1 NJ_IO, NJ_NOMEM, NJ_FORMAT (damaged, cut, of another version), NJ_LIMIT (more
 *         open visits than max_visits)
 */
int visit_table_save(const struct visit_table *table, const struct nj_intern *names, FILE *out,
                     struct nj_err *err);
int visit_table_load(struct visit_table *table, struct nj_intern *names, FILE *in,
                     struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which session a packet belongs to. Inside of visit/ only.
 *
 * Three kinds of entries are remembered, all by the packet's flow hash (visit/flow.h):
 *
 *   SYN    begun by a TCP SYN; its five-tuple, direction and sequence number. The same SYN less
 *          than 120 s after the last such one is a repeat. Any other TCP packet of either
 *          direction belongs to it if the last packet of the session is less than 120 s away;
 *          of several such sessions to the one with the latest packet (then the greater
 *          sequence number).
 *   PLAIN  TCP without a known SYN, UDP, ICMP, others; directional. A packet less than 60 s
 *          from the last one of the same direction belongs to it. A packet from the sensor's
 *          prefixes in the other direction is a reply, if the last packet of either direction
 *          is less than 60 s away.
 *   OWN    packets from the sensor's prefixes that reply to nothing known: its own clients.
 * What comes back less than 120 s (TCP) or 60 s (others) after the last packet is theirs.
 *
 * "Less than 120 s" is meant to both sides, for packets that come out of order; times are whole
 * microseconds. A flow is compared by 51 bits of a keyed hash, and a SYN by 32 more bits of
 * sequence number: two live flows are taken for one with a probability of 2^-30 per entry
 * looked at (at most 6), and a time is mistaken for one 12.7 days before.
 *
 * The table is set-associative: a flow may stand in three places of its home bucket (one cache
 * line) or, if these are taken, in three of the bucket's neighbour. If all six hold live
 * entries the table doubles, up to its bound; then the oldest is forgotten and counted. Live is
 * what may match a packet less than 10 s before or after the present one or the highest time
 * seen: what only a later one would find may be forgotten uncounted. */
#ifndef NJ_VISIT_SESSION_H
#define NJ_VISIT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/packet.h"

/* From one packet of a session to its next at most. Chosen, not measured: longer than the gaps
 * between a system's repeats, which double from a second up to half a minute. */
#define SESSION_TCP_S 120
#define SESSION_OTHER_S 60

struct session_table;

enum session_kind {
    SESSION_NONE,
    SESSION_SYN,
    SESSION_PLAIN,
    SESSION_OWN,
};

struct session_hit {
    uint32_t label; /* of the session, see visit/label.h */
    bool own;       /* traffic of the sensor's own clients; nothing else is set */
    bool is_new;    /* the packet starts the session */
    bool repeat;    /* the session's SYN once more */
    bool reply;     /* from the other end: src and dst are exchanged */
    bool answers;   /* the first reply of the session */
};

/** One remembered entry, for saving. */
struct session_record {
    uint32_t tag, position; /* of the flow hash */
    uint32_t seq;
    uint32_t label;
    enum session_kind kind;
    bool answered;
    uint64_t last_us;  /* latest packet, the low 40 bits of microseconds since 1970 */
    uint32_t delta_us; /* how long before it the latest SYN or own packet was, saturating */
};

#define SESSION_US_BITS 40
#define SESSION_DELTA_BITS 27

/** @param max_sessions  rounded down to 6 * 2^n, at least 6144
 * @param evicted       the caller's counter of live entries that had to be forgotten
 * @return 0; -1 NJ_NOMEM */
int session_table_new(size_t max_sessions, uint64_t *evicted, struct session_table **ret_table,
                      struct nj_err *err);
void session_table_free(struct session_table *table);

/** Start loading the bucket of a flow. */
void session_table_prefetch(const struct session_table *table, uint64_t flow);

/**
 * Add one packet.
 *
 * @param flow   its flow hash
 * @param label  what a session that it starts is to remember
 */
void session_table_add(struct session_table *table, uint64_t flow, const struct packet *packet,
                       uint32_t label, struct session_hit *ret_hit);

/** Let the session of the last packet added remember another label, which its later packets
 * get. Only if that packet neither began the session nor came from its other end. */
void session_table_relabel(struct session_table *table, uint32_t label);

/** The highest time seen counts from `time_ns` on anew: an older file comes after
 * a newer one. */
void session_table_turn_back(struct session_table *table, int64_t time_ns);

/** Go through the entries whose last packet is less than 140 s from one of two times.
 * @param cursor  0 at first. @return false at the end */
bool session_table_each(const struct session_table *table, int64_t time_a_ns, int64_t time_b_ns,
                        size_t *cursor, struct session_record *ret_record);

/** Put a saved entry back; its numbers are within their bits.
 * @param clock_ns  the highest time seen */
void session_table_put(struct session_table *table, const struct session_record *record,
                       int64_t clock_ns);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Who scans a network in which hosts live: threshold random walk (Jung, Paxson, Berger,
 * Balakrishnan: "Fast Portscan Detection Using Sequential Hypothesis Testing", 2004). Called by
 * pipeline/ for each packet of a sensor with lit prefixes. One thread.
 *
 * Of each source the first contact to each own address counts, once:
 *
 *   answered             -2 bits   scanners 0.2, others 0.8
 *   failed               +2 bits   scanners 0.8, others 0.2
 *   to a dark address    +6 bits   others hit one in 80 (log2 of 0.8 / 0.0125)
 *
 * A TCP contact is answered when the handshake is complete: whom SYN+ACK is enough, and who
 * then sends RST, has not come to use the service. It has failed on RST, an ICMP error, or 3 s
 * of silence. At +17 bits (1 in 100,000 others) the source is a scanner, for as long as it is
 * remembered; at -7 bits (a scanner in 100) benign. Further TCP ports of an address that was
 * contacted already count when they fail, 2 bits each port: who comes by many doors is no
 * client for one that was open. TCP without a SYN (a scan by other flags, or a connection that
 * began before the capture) has failed on RST, is answered when our host goes on, and an ACK
 * alone never is: what follows it tells. Our own hosts are judged among themselves, and by rows
 * of logs elsewhere, in the same way, and are innocent until they are scanners. It never counts
 * when
 *
 *   - one of our hosts began the talk with that source, or sends from the UDP port that is
 *     contacted (reverse flows, answers, peers of a file exchange)
 *   - silence was the answer of a service that has answered others within the hour, or nothing
 *     at all left the sensor in the hour before: the capture may hold one direction only
 *   - it was a ping and answered: that is how scans begin, and says nothing of services
 *   - it is a row of a log that can't tell whether it was answered (but to a dark address)
 *   - the source is a dark address of our own, or the packet is of no class that scans
 *
 * What is told, each when it changes, with the bits of the walk as its strength:
 *
 *   "client; 2 of our addresses answered"    more were answered than failed, none is dark; too
 *   "client; 2 answered, 1 failed, 0 dark"   few to be sure
 *   "undecided; 1 answered, 1 failed, 0 dark"   after "client" only
 *   "own host; 0 answered, 0 failed, 0 dark"    with its first contact
 *   "benign; 4 answered, 0 failed, 0 dark"
 *   "user; 1 answered, 0 failed, 0 dark"     client or benign, and let in by a login (login.h)
 *   "scanner; 1 answered, 6 failed, 1 dark" */
#ifndef NJ_CLASSIFY_TRW_H
#define NJ_CLASSIFY_TRW_H

#include <stdio.h>

#include "model/packet.h"
#include "model/sensor.h"
#include "model/trait.h"

struct trw;

struct trw_counts {
    uint64_t contacts;  /* first ones that were looked at */
    uint64_t forgotten; /* contacts that lost their place while their answer was awaited */
};

/**
 * @param max_sources  remembered, rounded down to a power of two, at least 8; four contacts are
 *                     for each. 32 bytes a place; the one silent longest of eight makes room
 * @return 0; -1 NJ_NOMEM
 */
int trw_new(size_t max_sources, trait_fn sink, void *sink_ctx, struct trw **ret_trw,
            struct nj_err *err);
void trw_free(struct trw *trw);

/**
 * Count a packet or row; sensor, direction and class are set.
 *
 * @param src, dst  where its ends are at its sensor
 * @return 0; -1 from the sink
 *
 * Cost: two cache lines.
 */
int trw_add(struct trw *trw, const struct packet *packet, enum sensor_place src,
            enum sensor_place dst, struct nj_err *err);

const struct trw_counts *trw_counts(const struct trw *trw);

/** @param trw  NULL: nothing was counted. @return 0; -1 NJ_IO, NJ_NOMEM */
int trw_save(struct trw *trw, FILE *out, struct nj_err *err);
/** Into a new one, or into nothing (NULL). @return 0; -1 NJ_FORMAT, NJ_IO, NJ_NOMEM, and it is
 * empty */
int trw_load(struct trw *trw, FILE *in, struct nj_err *err);

#endif

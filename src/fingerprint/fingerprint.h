/* SPDX-License-Identifier: Apache-2.0 */
/* Who made this packet: the SYN signature, and the verdict on the sender's tool from all its
 * packets so far (fingerprints.md 1, 2, 6). Keeps a bounded table of senders. One thread. */
#ifndef NJ_FINGERPRINT_FINGERPRINT_H
#define NJ_FINGERPRINT_FINGERPRINT_H

#include <stdio.h>

#include "base/intern.h"
#include "model/packet.h"
#include "model/trait.h"

struct fingerprint;

struct fingerprint_counts {
    uint64_t senders;         /* in the table now */
    uint64_t senders_evicted; /* forced out because the table was full */
};

/**
 * @param names        borrowed; gets stack signatures and tool names
 * @param max_senders  bound of the sender table; the sender silent longest (of a few looked at)
 *                     makes room and is counted
 * @param sink         gets a "tool" trait when a sender's verdict changes, and at the end of
 * its episode when the evidence has grown at least fourfold since
 */
int fingerprint_new(struct nj_intern *names, size_t max_senders, trait_fn sink, void *sink_ctx,
                    struct fingerprint **ret_fingerprint, struct nj_err *err);
void fingerprint_free(struct fingerprint *fp);

/** Pure part: set packet->stack (TCP SYN without ACK only, else 0) and packet->src_hash (keyed
 * hash of sensor and source), and start loading the sender's table entry. */
void fingerprint_prepare(struct fingerprint *fp, struct packet *packet);

/** Add the packet to its sender's evidence; set packet->tool, packet->instance and
 * packet->episode_packets. Time may step back a little (clamped). @return 0; -1 from the sink
 */
int fingerprint_add(struct fingerprint *fp, struct packet *packet, struct nj_err *err);

/** End all episodes (traits for those that deserve one go to the sink). The table stays. */
int fingerprint_flush(struct fingerprint *fp, struct nj_err *err);

const struct fingerprint_counts *fingerprint_counts(const struct fingerprint *fp);

/** Write and read the whole state (numbers of names are written as texts). */
int fingerprint_save(const struct fingerprint *fp, FILE *out, struct nj_err *err);
int fingerprint_load(struct fingerprint *fp, FILE *in, struct nj_err *err);

#endif

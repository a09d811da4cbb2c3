/* SPDX-License-Identifier: Apache-2.0 */
/* Who made this packet: the SYN signature, and the verdict on the sender's tool from all its
 * packets of this episode so far. Keeps a bounded table of senders. One thread.
 *
 * docs/FINGERPRINTS.md has the notation of signatures, tool_judge() the keys of instances. */
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
 *                     makes room and is counted. Places of senders whose episode is over are
 *                     used again before the table grows
 * @param sink         gets a "tool" trait when a sender's verdict changes ("unknown" when it
 *                     is lost), and at the end of its episode when the evidence has grown at
 *                     least fourfold since
 */
int fingerprint_new(struct nj_intern *names, size_t max_senders, trait_fn sink, void *sink_ctx,
                    struct fingerprint **ret_fingerprint, struct nj_err *err);
void fingerprint_free(struct fingerprint *fp);

/** Pure part: set packet->stack (TCP SYN without ACK only, else 0) and packet->src_hash (hash
 * of sensor and source, the same in every run), and start loading what leads to the
 * sender's entry. Best called for a batch of some tens of packets before their
 * fingerprint_add. */
void fingerprint_prepare(struct fingerprint *fp, struct packet *packet);
/** Go on to the entry itself, some hundred ns later. */
void fingerprint_prefetch(const struct fingerprint *fp, const struct packet *packet);

/**
 * Add the packet to its sender's evidence; set packet->tool, packet->instance and
 * packet->episode_packets. A sender's episode ends with 30 minutes of silence. Packets of
 * direction out belong to no sender and get zeros; log rows without fields are counted in the
 * episode and judge nothing. Time may step back a little (clamped).
 *
 * @return 0; FINGERPRINT_SCANNER: its TCP flags are an answer's, or say nothing (SYN+ACK, ACK,
 * FIN with ACK), but it is what the sender's tool makes, with a right checksum; -1 NJ_NOMEM, or
 * from the sink
 */
#define FINGERPRINT_SCANNER 1
int fingerprint_add(struct fingerprint *fp, struct packet *packet, struct nj_err *err);

/** End all episodes (traits for those that deserve one go to the sink). The table stays. */
int fingerprint_flush(struct fingerprint *fp, struct nj_err *err);

const struct fingerprint_counts *fingerprint_counts(const struct fingerprint *fp);

/** Write the whole state. Rules and tools are written by name, sensors by number. */
int fingerprint_save(const struct fingerprint *fp, FILE *out, struct nj_err *err);

/** Read it back into a new one. More senders than max_senders: the surplus is evicted and
 * counted, without traits. @return 0; -1 NJ_FORMAT, NJ_IO, NJ_NOMEM, and *fp is empty */
int fingerprint_load(struct fingerprint *fp, FILE *in, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Relations between header fields that a source's packets obey, whichever program made them:
 * found without a list, told as traits, and tried on sources that send too little for a finding
 * of their own. One thread. docs/RELATIONS.md explains the method.
 *
 * Of each source the first 8 packets of an episode are kept (272 bytes, a pool of 16,384). With
 * the 8th it is lent room for 256 (6.2 KB, a pool of 1,024), until it is known whether it obeys
 * a relation: D + 20 packets for D bits that vary, some 60 to 150. What is known is looked at
 * once more when the room is full. Later packets of the episode cost one comparison.
 *
 * What is kept never depends on hashes. */
#ifndef NJ_RELATION_RELATION_H
#define NJ_RELATION_RELATION_H

#include <stdio.h>

#include "model/packet.h"
#include "model/trait.h"

struct relations;

struct relation_counts {
    uint64_t lent;       /* sources that were lent room */
    uint64_t evicted;    /* of these, who had to leave before anything was decided */
    uint64_t found;      /* obey a relation */
    uint64_t mixed;      /* of these, with other packets between them */
    uint64_t recognised; /* light ones that obey a family known before */
    uint64_t families;   /* known now */
    uint64_t families_evicted;
};

struct relation_options {
    size_t max_light;    /* sources whose first packets are kept; 0: 16,384 */
    size_t max_lent;     /* sources that are looked into at once; 0: 1,024 */
    size_t max_families; /* 0: 64 */
};

/**
 * @param sink  gets for a source
 *   "relation"  NAME TOOL BITS KEY STATE, blanks between, "-" for none:
 *               rel-7f3a12cd masscan 16 - whole
 *               NAME the family; TOOL the known program that it is; BITS of a random packet
 * that it decides; KEY 16 hexadecimal digits, the constants of this run (equal ones have one
 * origin) unless they are all zero; STATE whole, or mixed if only some of the source's packets
 * obey and for the first source of a family and a day "family"    NAME N WORDS: its
 * description, cut into pieces N = 0, 1, ...
 *
 * The bits of a trait are those of the bound that relations are spurious (relation/find.h), or
 * for a light source those of its packets; its packets are those that obey.
 */
int relations_new(const struct relation_options *options, trait_fn sink, void *sink_ctx,
                  struct relations **ret_relations, struct nj_err *err);
void relations_free(struct relations *relations);

/**
 * Look at a packet behind the fingerprint stage (src_hash, episode_packets). Sets
 * packet->instance if it is 0, no tool is known and the source obeys a family with constants of
 * its own: RELATION_KEY << 56 and a hash of them.
 *
 * @return 0; -1 from the sink
 */
int relations_add(struct relations *relations, struct packet *packet, struct nj_err *err);

#define RELATION_KEY 16u
#define RELATION_KEY_BITS 24u /* constants of fewer bits are no key */

const struct relation_counts *relations_counts(const struct relations *relations);

/** Forget all. */
void relations_clear(struct relations *relations);

/** @return 0; -1 NJ_IO, NJ_NOMEM */
int relations_save(struct relations *relations, FILE *out, struct nj_err *err);
/** Into an empty one. @return 0; -1 NJ_FORMAT, NJ_IO, NJ_NOMEM, and it is empty */
int relations_load(struct relations *relations, FILE *in, struct nj_err *err);

#endif

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
 * Whose tool has a name is looked into less: where the first 8 packets obey what is known of a
 * program no room is lent, and otherwise they are looked into once.
 *
 * What is kept never depends on hashes. */
#ifndef NJ_RELATION_RELATION_H
#define NJ_RELATION_RELATION_H

#include <stdio.h>

#include "base/intern.h"
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
    size_t max_light;        /* sources whose first packets are kept; 0: 16,384 */
    size_t max_lent;         /* sources that are looked into at once; 0: 1,024 */
    size_t max_families;     /* 0: 64 */
    struct nj_intern *names; /* of the packets' tools; NULL: they have none */
};

/**
 * @param sink  gets two kinds of traits.
 *
 * "relation", a statement on a source: KEY;NAME TOOL BITS STATE, as
 *
 *     4f0a91bb2c377d60;rel-7f3a12cd - 32 whole
 *     ;rel-234f97cc masscan 16 whole
 *
 * KEY: the constants of this run as 16 hexadecimal digits, equal ones have one origin
 * (model/instance.h); empty where they are all zero, fewer than 24 bits or have changed. NAME:
 * the family. TOOL: the known program that it is, or "-". BITS: of a random packet, that it
 * decides. STATE: whole, or mixed if only some of the packets obey. The trait's bits are those
 * of the bound that it is spurious (relation/find.h), of a light source those of its packets;
 * its packets are those that obey.
 *
 * "family", once a day for the first source that shows it: NAME N WORDS, the description of the
 * family, cut into pieces N = 0, 1, ...
 */
int relations_new(const struct relation_options *options, trait_fn sink, void *sink_ctx,
                  struct relations **ret_relations, struct nj_err *err);
void relations_free(struct relations *relations);

/** Start loading what relations_add will touch, in two steps, the second some hundred ns later.
 * packet->src_hash is set. */
void relations_prefetch_index(const struct relations *relations, const struct packet *packet);
void relations_prefetch(const struct relations *relations, const struct packet *packet);

/** Look at a packet behind the fingerprint stage (tool, src_hash, episode_packets).
 * @return 0; -1 from the sink */
int relations_add(struct relations *relations, const struct packet *packet, struct nj_err *err);

const struct relation_counts *relations_counts(const struct relations *relations);

/** Forget all. */
void relations_clear(struct relations *relations);

/** @return 0; -1 NJ_IO, NJ_NOMEM */
int relations_save(struct relations *relations, FILE *out, struct nj_err *err);
/** Into an empty one. @return 0; -1 NJ_FORMAT, NJ_IO, NJ_NOMEM, and it is empty */
int relations_load(struct relations *relations, FILE *in, struct nj_err *err);

#endif

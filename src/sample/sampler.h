/* SPDX-License-Identifier: Apache-2.0 */
/* Which packets are kept: few of each source, tool and port, the first ones always, and never
 * more a day than configured. Called by the packet side for each packet. One thread.
 *
 * Of the packets of one (sensor, source, tool, protocol, destination port) on one day of UTC
 * the first SAMPLER_FIRST are kept, and then one of each octave: one of the 4th to 7th, of the
 * 8th to 15th, ... at a place that a hash tells. So 1,000,000 packets leave some 20 samples
 * that are spread over all of them.
 *
 * A source that tries port after port is thinned: from its SAMPLER_SOURCE-th packet of an
 * episode on the n-th counts as a first one with SAMPLER_SOURCE / n, so that their number grows
 * with the logarithm.
 *
 * All of it draws on one budget that fills with capture time. While less than half of it is
 * left, first packets are kept of a share of the sources only that shrinks with it: a flood of
 * forged sources is sampled, and leaves room for others. Places of octaves are never thinned;
 * the last eighth is theirs.
 *
 * What is kept follows from the packets alone, in their order: no clock, no secret. Memory is
 * fixed: counts stand in lines of seven, of which the smallest makes room. A sender who finds
 * out how to make room can have more of his own packets kept, within the budget. */
#ifndef NJ_SAMPLE_SAMPLER_H
#define NJ_SAMPLE_SAMPLER_H

#include <stdio.h>

#include "base/intern.h"
#include "base/rng.h"
#include "model/sample.h"

#define SAMPLER_FIRST 3u
#define SAMPLER_SOURCE 32u

struct sampler;

struct sampler_counts {
    uint64_t kept;
    uint64_t refused; /* would have been kept, had the budget allowed it */
};

/**
 * @param per_day  samples that a day of capture time pays for, 0 to 10,000,000; an eighth of it
 *                 may come at once
 * @param names    borrowed: tools are told apart by their names
 */
int sampler_new(uint32_t per_day, const struct nj_intern *names, sample_fn sink, void *sink_ctx,
                struct sampler **ret_sampler, struct nj_err *err);
void sampler_free(struct sampler *sampler);

/** Start loading what sampler_add will touch. packet->src_hash is set. */
void sampler_prefetch(const struct sampler *sampler, const struct packet *packet);

/** Look at one packet, which all packet stages before the visits have seen, and hand it to the
 * sink if it is to be kept. Packets of our own side and log rows never are. @return 0; -1 from
 * the sink */
int sampler_add(struct sampler *sampler, const struct packet *packet, struct nj_err *err);

const struct sampler_counts *sampler_counts(const struct sampler *sampler);

/** Write what was counted, and read it back into a new one. @return 0; -1 NJ_IO, NJ_NOMEM,
 * NJ_FORMAT (damaged, cut, of another version), and the sampler is as new */
int sampler_save(const struct sampler *sampler, FILE *out, struct nj_err *err);
int sampler_load(struct sampler *sampler, FILE *in, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a stored packet, out of its bytes and into them. Not for other modules. */
#ifndef NJ_SAMPLE_REWRITE_H
#define NJ_SAMPLE_REWRITE_H

#include "model/sample.h"
#include "sample/mask.h"
#include "sample/ours.h"
#include "sample/relation.h"
#include "sample/shape.h"

void packet_addresses(const uint8_t *bytes, const struct shape *shape, struct addr *ret_src,
                      struct addr *ret_dst);

/** Set the words of an address. */
void probe_words(struct probe *probe, struct addr dst);

/** All fields; rules are left alone. */
void probe_read(struct probe *ret, const uint8_t *bytes, const struct shape *shape);

/**
 * Write the fields of `after` and replace all else that names us; make lengths and checksums
 * anew. The sample's addresses, ports and lengths follow.
 *
 * @param bytes  of the sample, with room for SAMPLE_BYTES_MAX
 */
void rewrite_packet(struct sample *sample, uint8_t *bytes, const struct probe *after,
                    const struct mask *mask, const struct ours *ours, bool strict);

#endif

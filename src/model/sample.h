/* SPDX-License-Identifier: Apache-2.0 */
/* A packet that is kept as it came, as a sample of what its source sends. */
#ifndef NJ_MODEL_SAMPLE_H
#define NJ_MODEL_SAMPLE_H

#include "model/packet.h"

#define SAMPLE_BYTES_MAX 512 /* of a packet, from its IP header on; the rest is cut off */

struct sample {
    int64_t time_ns;
    struct addr src, dst;
    uint32_t sensor, tool; /* name numbers; tool: the sender's verdict so far, 0 unknown */
    uint32_t length;       /* bytes of the IP packet on the wire */
    uint32_t nth;          /* of the packets of its (source, tool, port) this day, from 1; a
                            * lower bound where the sampler had to forget */
    uint16_t sport, dport; /* as in struct packet */
    uint8_t proto;
    uint8_t class;        /* enum class */
    uint16_t captured;    /* bytes at `bytes`, 1 to SAMPLE_BYTES_MAX */
    const uint8_t *bytes; /* borrowed: an IPv4 or IPv6 packet from its header on */
};

/** Takes samples one by one; `sample` and its bytes are borrowed for the call.
 * @return 0, or -1 with *err */
typedef int (*sample_fn)(void *ctx, const struct sample *sample, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Samples that may leave the house: nobody learns from them where the sensor is.
 *
 * The destination and every address of ours (ours.h) are replaced by stand-ins that depend on a
 * key alone (mask.h), wherever they hide: IP headers, also those quoted in ICMP errors and
 * tunnelled ones; fields that follow from the destination (relation.h), which keep their
 * relation with the stand-in, so that the tool stays recognisable; IP options; options of TCP;
 * payloads in text and binary (forms.h). Echoed timestamps, which tell our host's uptime, and
 * link layer addresses in neighbour discovery are replaced as well. Lengths and checksums are
 * made anew; what was cut off is cut a little earlier, where half an address might stand.
 *
 * That hides the sensor from everyone but who sent the packets: he can find his probe by its
 * time and numbers. `strict` draws those anew as well: the time within its day, sequence and
 * acknowledgement numbers, timestamps, IP and ICMP identifiers, flow labels. Equal numbers stay
 * equal, and relations stay true. What payload and ports say stays.
 *
 * Before it returns, the result is searched for what must not be in it. */
#ifndef NJ_SAMPLE_SANITIZE_H
#define NJ_SAMPLE_SANITIZE_H

#include "base/intern.h"
#include "model/sample.h"
#include "model/sensor.h"
#include "sample/mask.h"

struct sanitize_options {
    uint8_t key[MASK_KEY_BYTES];
    bool strict;
    const struct sensor *sensors; /* with their prefixes; borrowed for the call */
    size_t sensor_count;
    const struct nj_intern *names; /* of sample.tool, borrowed for the call */
    bool *ret_id_follows; /* one for each sample: its IPv4 identification follows from the
                           * destination, whatever the key made of it; NULL: nobody asks */
};

/**
 * Replace, in place.
 *
 * @param samples  in the order of time; items and `bytes` are changed, and each item's bytes
 *                 point into `bytes`. A payload of text may grow up to SAMPLE_BYTES_MAX
 * @param bytes    one for each sample
 * @return 0; -1 NJ_LIMIT when something of ours could not be replaced: nothing of the result
 *         may be used; NJ_CONFIG when the key leads back to one of our own prefixes; NJ_NOMEM
 */
int sanitize(struct sample *samples, uint8_t (*bytes)[SAMPLE_BYTES_MAX], size_t count,
             const struct sanitize_options *options, struct nj_err *err);

#endif

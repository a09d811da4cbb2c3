/* SPDX-License-Identifier: Apache-2.0 */
/* Sampled packets as a capture file, as they came or without what tells of the sensor: one
 * code for `nightjar sample` and the service. */
#ifndef NJ_ABOUT_SAMPLE_H
#define NJ_ABOUT_SAMPLE_H

#include <stdio.h>

#include "model/config.h"
#include "sample/sanitize.h"
#include "store/samples.h"

struct about_hiding {
    bool strict;                 /* sanitize.h */
    uint8_t key[MASK_KEY_BYTES]; /* the same key, the same stand-ins */
    bool drawn; /* nobody gave the key: one that leads back to us gives way to the next */
    const struct config *config; /* whose sensors are hidden */
};

/** A key for `about_hiding`. @return 0; -1 NJ_IO */
int about_key(uint8_t key[MASK_KEY_BYTES], struct nj_err *err);

/** @param hiding  NULL: as they came. @param ret  taken: store_samples_done; may be none
 * @return 0; -1: nothing of it may be used */
int about_samples(struct store *store, const struct samples_question *question,
                  const struct about_hiding *hiding, struct store_samples *ret,
                  struct nj_err *err);

/** The same packets with the sensor hidden.
 * @param ret  taken: store_samples_done; without names
 * @param ret_id_follows  one for each packet (sanitize.h)
 * @return 0; -1: nothing of it may be used */
int about_samples_hide(const struct store_samples *samples, const struct about_hiding *hiding,
                       struct store_samples *ret, bool *ret_id_follows, struct nj_err *err);

/** The capture file. @return 0; -1 NJ_IO */
int about_samples_write(FILE *out, const struct store_samples *samples, struct nj_err *err);

#endif

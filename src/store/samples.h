/* SPDX-License-Identifier: Apache-2.0 */
/* The sampled packets of some sources. */
#ifndef NJ_STORE_SAMPLES_H
#define NJ_STORE_SAMPLES_H

#include "model/sample.h"
#include "store/query.h"

struct samples_question {
    const struct addr *sources; /* borrowed */
    size_t source_count;        /* 1 to 1000 */
    int64_t from_us, to_us;     /* inclusive; INT64_MIN and INT64_MAX: no bound */
    unsigned limit; /* at most; 0: all. Chosen fairly: the first of each source, tool
                     * and port, then the second of each, ... */
};

/* Packets with bytes of their own, in the order of time. */
struct store_samples {
    struct sample *items; /* `sensor` and `tool` are places in `names` */
    size_t count;
    uint8_t (*bytes)[SAMPLE_BYTES_MAX]; /* of each */
    struct nj_intern *names;
};

/** @param ret  taken: store_samples_done. @return 0; -1 */
int store_samples(struct store *store, const struct samples_question *question,
                  struct store_samples *ret, struct nj_err *err);
void store_samples_done(struct store_samples *samples);

#endif

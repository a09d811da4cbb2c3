/* SPDX-License-Identifier: Apache-2.0 */
/* A stored statement about a source that no single visit holds. */
#ifndef NJ_MODEL_TRAIT_H
#define NJ_MODEL_TRAIT_H

#include "model/addr.h"

#define TRAIT_VALUE_MAX 128

struct trait {
    int64_t time_ns;
    struct addr src;
    uint32_t sensor;
    uint32_t packets;            /* how many the statement rests on */
    float bits;                  /* strength of the evidence, log2 */
    const char *kind;            /* static: "tool", ... */
    char value[TRAIT_VALUE_MAX]; /* NUL-terminated */
};

/** @return 0, or -1 with *err. `trait` is borrowed for the call. */
typedef int (*trait_fn)(void *ctx, const struct trait *trait, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The first distinct targets of a source, and what their order says. Pure.
 * Called by order.c. */
#ifndef NJ_ORDER_SAMPLE_H
#define NJ_ORDER_SAMPLE_H

#include "model/trait.h"
#include "order/order.h"

struct target_sample {
    uint32_t count;   /* distinct targets, in order of coming */
    uint32_t repeats; /* of a target that was not one of the last two */
    uint32_t once;    /* targets before the first of these repeats; no meaning without one */
    uint32_t dst[ORDER_TARGETS];
    uint16_t port[ORDER_TARGETS];
    int64_t time_ns[ORDER_TARGETS]; /* never goes back */
};

/* A statement; bits 0: nothing to say. */
struct order_statement {
    float bits;
    bool drawn; /* with replacement */
    char value[TRAIT_VALUE_MAX];
};

/** Add a target. @return whether it is new */
bool sample_add(struct target_sample *sample, uint32_t dst, uint16_t port, int64_t time_ns);

/** Whether addresses go up or down with time, as far as can be seen (from 5 of them on, and no
 * pool shows with fewer), be it with several ports of each. */
bool sample_is_sequential(const struct target_sample *sample);

/** From 20 targets on: sequential, in addresses or, at few of them, in ports; permuted,
 * permuted in passes, or random with repeats. */
void sample_order(const struct target_sample *sample, struct order_statement *ret);

/** Steady, in bursts, or with a step in the rate; from 20 targets on. */
void sample_schedule(const struct target_sample *sample, struct order_statement *ret);

/** The modulus that all targets share, 2 to 256; 0: none. `common` divides the differences of
 * all targets at this sensor, whoever sends there: 1 unless it is a strange one.
 * @param ret_bits  -log2 of the chance */
uint32_t sample_modulus(const struct target_sample *sample, uint32_t common, float *ret_bits);

#endif

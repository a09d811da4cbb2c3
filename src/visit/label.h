/* SPDX-License-Identifier: Apache-2.0 */
/* (class, rule, stack) as one small number, so that a session remembers all three in 18 bits.
 *
 * Bounded: when full, a new triple becomes (its class, "other", "other") and is counted. */
#ifndef NJ_VISIT_LABEL_H
#define NJ_VISIT_LABEL_H

#include <stdint.h>

#include "base/err.h"

#define LABEL_BITS 18
#define LABELS_MAX (1u << LABEL_BITS)

struct label {
    uint32_t rule, stack; /* name numbers */
    uint32_t class;
};

struct labels {
    struct label *list; /* by number; the first CLASS_COUNT are (class, other, other) */
    uint32_t *slots;    /* number + 1 by hash, 0 empty */
    uint32_t count;
    uint32_t room;     /* of `list`; there are twice as many slots */
    uint64_t *refused; /* the caller's counter */
};

/** @return 0; -1 NJ_NOMEM */
int labels_init(struct labels *labels, uint64_t *refused, struct nj_err *err);
void labels_done(struct labels *labels);

static inline uint32_t labels_hash(uint32_t class, uint32_t rule, uint32_t stack)
{
    uint64_t hash = ((uint64_t)rule << 32 | stack) * 0x9e3779b97f4a7c15ull + class;

    return (uint32_t)(hash >> 32 ^ hash >> 50);
}

uint32_t labels_add_new(struct labels *labels, uint32_t class, uint32_t rule, uint32_t stack);

/** The number of a label. `class` is below CLASS_COUNT. Never fails. */
static inline uint32_t labels_add(struct labels *labels, uint32_t class, uint32_t rule,
                                  uint32_t stack)
{
    uint32_t slot = labels_hash(class, rule, stack) & (2 * labels->room - 1);
    uint32_t number = labels->slots[slot];

    if (number != 0) {
        const struct label *known = &labels->list[number - 1];

        if (known->rule == rule && known->stack == stack && known->class == class)
            return number - 1;
    }
    return labels_add_new(labels, class, rule, stack);
}

#endif

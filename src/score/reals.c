/* SPDX-License-Identifier: Apache-2.0 */
#include "score/reals.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_BITS 17 /* half full at most */
#define SLOTS (1u << SLOT_BITS)

_Static_assert(SLOTS >= 2 * REALS_MAX, "short ways");

int reals_init(struct reals *reals, uint64_t secret)
{
    *reals = (struct reals){.values = malloc((REALS_MAX + 1) * sizeof(*reals->values)),
                            .slots = calloc(SLOTS, sizeof(*reals->slots)),
                            .secret = secret};
    return reals->values == NULL || reals->slots == NULL ? -1 : 0;
}

void reals_done(struct reals *reals)
{
    free(reals->values);
    free(reals->slots);
    *reals = (struct reals){.values = NULL};
}

void reals_clear(struct reals *reals)
{
    memset(reals->slots, 0, SLOTS * sizeof(*reals->slots));
    reals->count = 0;
}

uint32_t reals_number(struct reals *reals, double value)
{
    uint64_t bits;
    uint32_t at;

    memcpy(&bits, &value, sizeof(bits));
    at = (uint32_t)((bits ^ reals->secret) * 0x9e3779b97f4a7c15u >> (64 - SLOT_BITS));
    for (; reals->slots[at] != 0; at = (at + 1) & (SLOTS - 1))
        if (memcmp(&reals->values[reals->slots[at]], &value, sizeof(value)) == 0)
            return reals->slots[at];
    if (reals->count == REALS_MAX)
        return 0;
    reals->values[++reals->count] = value;
    return reals->slots[at] = reals->count;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The seed of a masscan run (model/masscan.h), where it is small, the second of the start
 * within the last day, or one that another source has shown. One packet tells it among all that
 * are tried, the next ones confirm it. Behind an address translation the sender hashes an
 * address that we don't see, and nothing is found. Called by order.c; one thread. */
#ifndef NJ_ORDER_SEED_H
#define NJ_ORDER_SEED_H

#include <stdbool.h>
#include <stdint.h>

#include "model/packet.h"

#define SEEDS_LEARNED 16u
#define SEED_CREDIT 512u  /* at most saved up */
#define SEED_CONFIRMED 3u /* packets that obey it */

/* Of a source. */
struct seed_guess {
    uint64_t seed;
    uint8_t hits; /* packets that obey it, up to SEED_CONFIRMED; 0: none found */
    bool tried;
    uint32_t known; /* seeds of others that it was tried with, by their total */
};

/* Of all. */
struct seed_memory {
    uint64_t learned[SEEDS_LEARNED];
    uint32_t count;  /* in use */
    uint32_t total;  /* ever learned */
    uint32_t credit; /* for 1024 seeds each, 25 us */
};

void seed_init(struct seed_memory *memory);

/** Call it for each packet: what they pay for. */
void seed_earn(struct seed_memory *memory, uint64_t packets);

/** A packet of a source that is masscan by its other fields. @return whether it is the one that
 * confirms a seed */
bool seed_add(struct seed_memory *memory, struct seed_guess *guess,
              const struct packet *packet);

/** -log2 of the chance that SEED_CONFIRMED random packets obey one of all seeds tried. */
#define SEED_BITS 78.0f

#endif

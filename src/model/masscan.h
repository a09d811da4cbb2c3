/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the sequence numbers of masscan (syn-cookie.c, main.c and main-conf.c of
 * robertdavidgraham/masscan): the low 32 bits of SipHash-2-4 over target and source as four
 * little-endian words (address, port, address, port), both halves of the key being the seed.
 *
 * The seed is drawn at random at each start, 64 bits, unless the user gives it: shards of one
 * scan must share it, so there it is a number that somebody typed, or `time`, the second of the
 * start. */
#ifndef NJ_MODEL_MASSCAN_H
#define NJ_MODEL_MASSCAN_H

#include <stdint.h>

struct masscan_probe {
    uint32_t src, dst;
    uint16_t sport, dport;
};

/** The sequence number of a SYN. Cost: some 20 ns. */
uint32_t masscan_seq(uint64_t seed, const struct masscan_probe *probe);

/** SipHash-2-4 of 16 bytes (Aumasson and Bernstein 2012), given and keyed as two little-endian
 * words each. */
uint64_t masscan_siphash(uint64_t key0, uint64_t key1, uint64_t first, uint64_t second);

#endif

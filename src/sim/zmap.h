/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which ZMap visits its targets, and what a telescope sees of it.
 *
 * ZMap walks x, g x, g^2 x, ... modulo a prime p just above the number of targets; g generates
 * the multiplicative group, so each number 1 .. p-1 comes exactly once (Durumeric, Wustrow,
 * Halderman: "ZMap", USENIX Security 2013, section 4.1). For the whole IPv4 space
 * p = 2^32 + 15; x - 1 is the index of an address among those that the block list allows, and
 * an x beyond the last address is skipped. A telescope sees the few steps at which the walk
 * lands on one of its own addresses:
 *
 *     steps  0 ............................................. 2^32 + 14
 *     seen   ----x---------x--x-----------------x----------x---------    65536 of a /16
 *
 * Walking 2^32 steps for a capture of thousands of packets would be waste. Discrete logarithms
 * give the step at which an address comes: with e = log(x) to a fixed root r, an address is
 * reached after n = (e - e0) / log(g) steps modulo p - 1. p - 1 = 2 3^2 5 131 364289 has small
 * factors only, so the logarithms are cheap (Pohlig and Hellman 1978), and those of the
 * telescope are computed once for all scans. */
#ifndef SIM_ZMAP_H
#define SIM_ZMAP_H

#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "sim/options.h"

#define ZMAP_FACTORS_MAX 5

/* A group as ZMap lists them. */
struct zmap_group {
    uint64_t prime;
    uint64_t root;                      /* a fixed generator, to which logarithms are taken */
    uint64_t factors[ZMAP_FACTORS_MAX]; /* of prime - 1: coprime prime powers, then 0 */
    uint64_t primes[ZMAP_FACTORS_MAX];  /* the primes of which these are powers */
};

extern const struct zmap_group zmap_ipv4;  /* 2^32 + 15: the whole address space */
extern const struct zmap_group zmap_small; /* 2^16 + 1 */

/** a b mod m, m < 2^40. */
uint64_t zmap_mul(uint64_t a, uint64_t b, uint64_t m);
uint64_t zmap_pow(uint64_t base, uint64_t exponent, uint64_t m);

/** Whether the powers of g are all of 1 .. prime - 1. */
int zmap_is_generator(const struct zmap_group *group, uint64_t g);

/** A random generator below `limit`. ZMap draws below 2^22 since 4.0, below 2^32 before. */
uint64_t zmap_generator(const struct zmap_group *group, uint64_t limit, struct nj_rng *rng);

struct zmap_logs;

/** Tables for logarithms in a group. @return NULL when out of memory */
struct zmap_logs *zmap_logs_new(const struct zmap_group *group);
void zmap_logs_free(struct zmap_logs *logs);

/** e with root^e = x, x in 1 .. prime - 1. Cost: about 2 us. */
uint64_t zmap_log(const struct zmap_logs *logs, uint64_t x);

/** The index that ZMap's default block list gives to an allowed address.
 *
 * @param block  4096: until 2024; 16384: since then. Blocks that are allowed whole come first,
 *               so each block that is not moves the addresses behind it by its whole size
 */
uint32_t zmap_index(uint32_t addr, uint32_t block);

struct zmap_telescope;

/** The telescope's addresses as a scanner numbers them. A telescope in reserved space counts
 * as allowed. @param logs borrowed as long as the telescope lives. @return NULL: no memory */
struct zmap_telescope *zmap_telescope_new(const struct zmap_logs *logs, struct sim_net net,
                                          uint32_t block);
void zmap_telescope_free(struct zmap_telescope *telescope);

/* A sighting: which address, and when in the scan, 0 its start, 2^32 its end. */
struct zmap_seen {
    uint32_t offset; /* of the address in the telescope */
    uint32_t at;
};

/**
 * What the telescope sees of one scan that ends with its `count`-th sighting.
 *
 * @param g      generator of the scan
 * @param start  log of the first x
 * @param count  at most the size of the telescope
 * @param ret_seen  holds `count`; in order of time
 * @return 0; -1 NJ_NOMEM. Cost: 2 ns for each address of the telescope, and a sort of `count`
 */
int zmap_scan(const struct zmap_telescope *telescope, uint64_t g, uint64_t start,
              uint32_t count, struct zmap_seen *ret_seen, struct nj_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the order in which ZMap visits its targets (cyclic.c, shard.c, constraint.c
 * and conf/blocklist.conf of zmap/zmap; Durumeric, Wustrow, Halderman: "ZMap", USENIX Security
 * 2013, section 4.1).
 *
 * ZMap walks x, g x, g^2 x, ... modulo a prime p just above the number of targets; g generates
 * the multiplicative group, so that each of 1 .. p-1 comes once. x - 1 is the index of an
 * address among those that its block list allows, behind it the index of the port in `bits`
 * bits; what has no target is skipped. Of S shards and threads together the i-th walks the
 * steps floor((p-1) / S) i and on. */
#ifndef NJ_MODEL_ZMAP_H
#define NJ_MODEL_ZMAP_H

#include "base/group.h"

extern const struct nj_group zmap_ipv4;  /* 2^32 + 15: the whole address space, one port */
extern const struct nj_group zmap_small; /* 2^16 + 1 */

#define ZMAP_ROOT_LIMIT (UINT64_C(1) << 22)     /* generators are below since 4.0 */
#define ZMAP_ROOT_LIMIT_OLD (UINT64_C(1) << 32) /* before */

/* The groups: the first that holds 2^(bits of the number of addresses + bits of the number of
 * ports), both rounded up (iterator.c, cyclic.c). Left out are 2^8 + 1, whose 128 generators
 * say nothing, and 2^44 + 7 and 2^48 + 21 of scans of more than 256 ports: there ZMap's
 * products of 64 bits overflow (shard.c) unless g is below 2^20, or 2^16, and no
 * walk is left. */
struct zmap_size {
    const struct nj_group *group;
    uint8_t bits;
    const char *name; /* "2^32 + 15" */
};

#define ZMAP_SIZES 8
/* By bits: 16, 24, 28, 32 to 34, 36, 40. */
extern const struct zmap_size zmap_sizes[ZMAP_SIZES];

extern const uint64_t zmap_prime_logs[NJ_GROUP_PRIMES]; /* in the largest of these groups */

/** @return NULL: none of these is large enough */
const struct zmap_size *zmap_size_for(unsigned bits);

#define ZMAP_BLOCK_OLD 4096u /* until 2024 */
#define ZMAP_BLOCK 16384u    /* since then */

/** The index that ZMap's default block list gives to an allowed address.
 *
 * @param block  ZMAP_BLOCK_OLD or ZMAP_BLOCK. Blocks that are allowed whole come first, so each
 *               block that is not moves the addresses behind it by its whole size */
uint32_t zmap_index(uint32_t addr, uint32_t block);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a telescope sees of a ZMap scan (model/zmap.h): the few steps at which the walk lands on
 * one of its own addresses.
 *
 *     steps  0 ............................................. 2^32 + 14
 *     seen   ----x---------x--x-----------------x----------x---------    65536 of a /16
 *
 * Walking 2^32 steps for a capture of thousands of packets would be waste. Discrete logarithms
 * give the step at which an address comes: with e = log(x) to a fixed root r, an address is
 * reached after n = (e - e0) / log(g) steps modulo p - 1. Those of the telescope are computed
 * once for all scans. */
#ifndef SIM_ZMAP_H
#define SIM_ZMAP_H

#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "model/zmap.h"
#include "sim/options.h"

/** A random generator below `limit` (ZMAP_ROOT_LIMIT, ZMAP_ROOT_LIMIT_OLD). */
uint64_t zmap_generator(const struct nj_group *group, uint64_t limit, struct nj_rng *rng);

struct zmap_telescope;

/** The telescope's addresses as a scanner numbers them. A telescope in reserved space counts
 * as allowed. @param logs borrowed as long as the telescope lives. @return NULL: no memory */
struct zmap_telescope *zmap_telescope_new(const struct nj_logs *logs, struct sim_net net,
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

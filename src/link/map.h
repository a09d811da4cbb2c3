/* SPDX-License-Identifier: Apache-2.0 */
/* 64-bit keys to 32-bit numbers: open addressing, linear probing, deletion by shifting back.
 * Positions are keyed by a secret of the process, since senders choose the keys; nothing that
 * comes out depends on positions. Grows by doubling up to what its user adds. */
#ifndef NJ_LINK_MAP_H
#define NJ_LINK_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define LINK_NONE UINT32_MAX

struct link_map {
    uint64_t *keys; /* 0: free; key 0 is kept as 1 */
    uint32_t *values;
    size_t mask, count;
    uint64_t secret;
};

int link_map_init(struct link_map *map, uint64_t secret, struct nj_err *err);
void link_map_done(struct link_map *map);

/** @return the number of the key, or LINK_NONE */
uint32_t link_map_find(const struct link_map *map, uint64_t key);

/** Set the number of a key, new or not. @return 0; -1 NJ_NOMEM */
int link_map_set(struct link_map *map, uint64_t key, uint32_t value, struct nj_err *err);
void link_map_remove(struct link_map *map, uint64_t key);

#endif

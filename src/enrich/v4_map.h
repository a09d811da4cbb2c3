/* SPDX-License-Identifier: Apache-2.0 */
/* A value for each IPv4 address: sorted borders ("from this address on: that value") and a
 * table of where each /16 begins, so that a look-up has few borders to search. Value 0 means
 * none. */
#ifndef NJ_ENRICH_V4_MAP_H
#define NJ_ENRICH_V4_MAP_H

#include <stddef.h>
#include <stdint.h>

#define V4_MAP_BLOCKS 65536u

struct v4_map {
    uint32_t *first, *value;
    size_t count, room;
    uint32_t from[V4_MAP_BLOCKS + 1]; /* number of borders below each /16 */
};

/** @return NULL when out of memory */
struct v4_map *v4_map_new(void);
void v4_map_free(struct v4_map *map);

/** Room for that many borders. @return 0; -1 out of memory */
int v4_map_room(struct v4_map *map, size_t count);

/** From `first` on, the value is `value`. Called with addresses that do not fall; the last word
 * on one address counts. @return 0; -1 out of memory */
int v4_map_add(struct v4_map *map, uint32_t first, uint32_t value);

/** All borders are in. To be called once, before the first look-up. */
void v4_map_finish(struct v4_map *map);

/** First and second step of loading what a look-up needs, for who has several to do. */
static inline void v4_map_prefetch(const struct v4_map *map, uint32_t a)
{
    __builtin_prefetch(&map->from[a >> 16]);
}

static inline void v4_map_prefetch_borders(const struct v4_map *map, uint32_t a)
{
    uint32_t low = map->from[a >> 16], high = map->from[(a >> 16) + 1];
    uint32_t middle = low + (high - low) / 2;

    if (high == 0) /* no border is that low, or there is none at all */
        return;
    __builtin_prefetch(&map->first[middle]);
    __builtin_prefetch(&map->value[middle]);
}

/** Cost: about 20 ns for 500,000 borders in random order. */
static inline uint32_t v4_map_find(const struct v4_map *map, uint32_t a)
{
    uint32_t low = map->from[a >> 16], high = map->from[(a >> 16) + 1];

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (map->first[middle] <= a)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? 0 : map->value[low - 1];
}

#endif

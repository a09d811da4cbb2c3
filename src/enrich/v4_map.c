/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/v4_map.h"

#include <stdlib.h>

#define FIRST_ROOM 4096u

struct v4_map *v4_map_new(void)
{
    return calloc(1, sizeof(struct v4_map));
}

void v4_map_free(struct v4_map *map)
{
    if (map == NULL)
        return;
    free(map->first);
    free(map->value);
    free(map);
}

int v4_map_room(struct v4_map *map, size_t room)
{
    uint32_t *first = realloc(map->first, room * sizeof(*first)), *value;

    if (first == NULL)
        return -1;
    map->first = first;
    value = realloc(map->value, room * sizeof(*value));
    if (value == NULL)
        return -1;
    map->value = value;
    map->room = room;
    return 0;
}

int v4_map_add(struct v4_map *map, uint32_t first, uint32_t value)
{
    if (map->count > 0 && map->first[map->count - 1] == first)
        map->count--;
    if ((map->count == 0 ? 0 : map->value[map->count - 1]) == value)
        return 0;
    if (map->count == map->room &&
        v4_map_room(map, map->room == 0 ? FIRST_ROOM : 2 * map->room) < 0)
        return -1;
    map->first[map->count] = first;
    map->value[map->count] = value;
    map->count++;
    return 0;
}

void v4_map_finish(struct v4_map *map)
{
    uint32_t n = 0;

    for (uint32_t block = 0; block < V4_MAP_BLOCKS; block++) {
        while (n < map->count && map->first[n] >> 16 < block)
            n++;
        map->from[block] = n;
    }
    map->from[V4_MAP_BLOCKS] = (uint32_t)map->count;
    if (map->count > 0)
        (void)v4_map_room(map, map->count); /* gives back what was not needed */
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "link/map.h"

#include <stdlib.h>

#include "base/huge.h"
#include "base/rng.h"

#define FIRST_SLOTS 1024u

int link_map_init(struct link_map *map, uint64_t secret, struct nj_err *err)
{
    *map = (struct link_map){.mask = FIRST_SLOTS - 1, .secret = secret};
    map->keys = calloc(FIRST_SLOTS, sizeof(*map->keys));
    map->values = calloc(FIRST_SLOTS, sizeof(*map->values));
    if (map->keys == NULL || map->values == NULL) {
        link_map_done(map);
        return nj_fail(err, NJ_NOMEM, "index of links");
    }
    return 0;
}

void link_map_done(struct link_map *map)
{
    free(map->keys);
    free(map->values);
    *map = (struct link_map){.mask = 0};
}

static size_t home(const struct link_map *map, uint64_t key)
{
    return (size_t)nj_mix64(key ^ map->secret) & map->mask;
}

static size_t slot_of(const struct link_map *map, uint64_t key)
{
    size_t i = home(map, key);

    while (map->keys[i] != 0 && map->keys[i] != key)
        i = (i + 1) & map->mask;
    return i;
}

uint32_t link_map_find(const struct link_map *map, uint64_t key)
{
    key = key == 0 ? 1 : key;
    size_t i = slot_of(map, key);

    return map->keys[i] == key ? map->values[i] : LINK_NONE;
}

static int grow(struct link_map *map, struct nj_err *err)
{
    size_t slots = (map->mask + 1) * 2;
    struct link_map bigger = {.mask = slots - 1, .count = map->count, .secret = map->secret};

    bigger.keys = nj_huge_zeroed(slots * sizeof(*bigger.keys));
    bigger.values = nj_huge_zeroed(slots * sizeof(*bigger.values));
    if (bigger.keys == NULL || bigger.values == NULL) {
        link_map_done(&bigger);
        return nj_fail(err, NJ_NOMEM, "index of links");
    }
    for (size_t i = 0; i <= map->mask; i++)
        if (map->keys[i] != 0) {
            size_t to = slot_of(&bigger, map->keys[i]);

            bigger.keys[to] = map->keys[i];
            bigger.values[to] = map->values[i];
        }
    free(map->keys);
    free(map->values);
    *map = bigger;
    return 0;
}

int link_map_set(struct link_map *map, uint64_t key, uint32_t value, struct nj_err *err)
{
    key = key == 0 ? 1 : key;
    if ((map->count + 1) * 3 > (map->mask + 1) * 2 && grow(map, err) < 0)
        return -1;

    size_t i = slot_of(map, key);

    if (map->keys[i] == 0) {
        map->keys[i] = key;
        map->count++;
    }
    map->values[i] = value;
    return 0;
}

void link_map_remove(struct link_map *map, uint64_t key)
{
    key = key == 0 ? 1 : key;
    size_t hole = slot_of(map, key);

    if (map->keys[hole] == 0)
        return;
    map->count--;
    for (size_t i = (hole + 1) & map->mask; map->keys[i] != 0; i = (i + 1) & map->mask) {
        size_t from_home = (i - home(map, map->keys[i])) & map->mask;
        size_t from_hole = (i - hole) & map->mask;

        if (from_home >= from_hole) { /* its home does not lie behind the hole */
            map->keys[hole] = map->keys[i];
            map->values[hole] = map->values[i];
            hole = i;
        }
    }
    map->keys[hole] = 0;
}

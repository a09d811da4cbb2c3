/* SPDX-License-Identifier: Apache-2.0 */
/* A set is a hash table with open addressing: a word that tells whether target 0 is in it, then
 * the targets, 0 where empty. How many there are the visit knows, so that a look at the set is
 * one cache line. It moves to the next size when half
 * full. A set's number holds its size in the lowest three bits. */
#include "visit/target.h"

#include <stdbool.h>
#include <string.h>

#include "visit/area.h"

static const uint32_t words[TARGET_SIZES] = {16, 64, 256, 1024, 4096, 8192};

#define SIZE_BITS 3

static uint32_t *set_at(const struct target_pool *pool, uint32_t set)
{
    uint32_t size = set & ((1u << SIZE_BITS) - 1);

    return pool->shelves[size].area + (size_t)(set >> SIZE_BITS) * words[size];
}

static uint32_t limit_of(uint32_t size)
{
    uint32_t limit = words[size] / 2;

    return limit < TARGETS_MAX ? limit : TARGETS_MAX;
}

static uint32_t slot_of(uint32_t target, uint32_t slots)
{
    uint32_t hash = target * 0x9e3779b1u;

    hash = (hash ^ hash >> 15) * 0x85ebca77u;
    return (uint32_t)((uint64_t)hash * slots >> 32);
}

int target_pool_init(struct target_pool *pool, size_t budget_bytes, struct nj_err *err)
{
    memset(pool, 0, sizeof(*pool));
    pool->budget_bytes = budget_bytes;
    for (unsigned i = 0; i < TARGET_SIZES; i++) {
        pool->shelves[i].area = area_new(budget_bytes);
        if (pool->shelves[i].area == NULL) {
            target_pool_done(pool);
            return nj_fail(err, NJ_NOMEM, "sets of targets, %zu bytes", budget_bytes);
        }
    }
    return 0;
}

void target_pool_done(struct target_pool *pool)
{
    for (unsigned i = 0; i < TARGET_SIZES; i++)
        area_free(pool->shelves[i].area, pool->budget_bytes);
    memset(pool, 0, sizeof(*pool));
}

void target_pool_clear(struct target_pool *pool)
{
    pool->used_bytes = 0;
    for (unsigned i = 0; i < TARGET_SIZES; i++) {
        pool->shelves[i].used = 0;
        pool->shelves[i].returned = 0;
    }
}

static uint32_t lend(struct target_pool *pool, uint32_t size)
{
    struct target_shelf *shelf = &pool->shelves[size];
    size_t bytes = words[size] * sizeof(uint32_t);
    uint32_t set;

    if (shelf->returned != 0) {
        set = (shelf->returned - 1) << SIZE_BITS | size;
        shelf->returned = set_at(pool, set)[0];
    } else {
        if (pool->used_bytes + bytes > pool->budget_bytes)
            return TARGET_SET_NONE;
        pool->used_bytes += bytes;
        set = shelf->used++ << SIZE_BITS | size;
    }
    memset(set_at(pool, set), 0, bytes);
    return set;
}

uint32_t target_set_new(struct target_pool *pool)
{
    return lend(pool, 0);
}

void target_set_free(struct target_pool *pool, uint32_t set)
{
    struct target_shelf *shelf = &pool->shelves[set & ((1u << SIZE_BITS) - 1)];

    set_at(pool, set)[0] = shelf->returned;
    shelf->returned = (set >> SIZE_BITS) + 1;
}

/* Where a target (not 0) stands or would stand. */
static uint32_t *find(uint32_t *base, uint32_t size, uint32_t target)
{
    uint32_t slots = words[size] - 1;
    uint32_t slot = slot_of(target, slots);

    while (base[1 + slot] != 0 && base[1 + slot] != target)
        slot = slot + 1 == slots ? 0 : slot + 1;
    return &base[1 + slot];
}

static bool grow(struct target_pool *pool, uint32_t *set)
{
    uint32_t size = *set & ((1u << SIZE_BITS) - 1);
    uint32_t wider = size + 1 < TARGET_SIZES ? lend(pool, size + 1) : TARGET_SET_NONE;
    const uint32_t *from;
    uint32_t *to;

    if (wider == TARGET_SET_NONE)
        return false;
    from = set_at(pool, *set);
    to = set_at(pool, wider);
    to[0] = from[0];
    for (uint32_t i = 1; i < words[size]; i++) {
        if (from[i] != 0)
            *find(to, size + 1, from[i]) = from[i];
    }
    target_set_free(pool, *set);
    *set = wider;
    return true;
}

enum target_result target_set_add(struct target_pool *pool, uint32_t *set, uint32_t count,
                                  uint32_t target)
{
    uint32_t size = *set & ((1u << SIZE_BITS) - 1);
    uint32_t *base = set_at(pool, *set);
    uint32_t *at = target == 0 ? base : find(base, size, target);

    if (*at != 0)
        return TARGET_KNOWN;
    if (count >= limit_of(size)) {
        if (count >= TARGETS_MAX || !grow(pool, set))
            return TARGET_FULL;
        base = set_at(pool, *set);
        at = target == 0 ? base : find(base, size + 1, target);
    }
    *at = target == 0 ? 1 : target;
    return TARGET_ADDED;
}

void target_set_prefetch(const struct target_pool *pool, uint32_t set, uint32_t target)
{
    uint32_t size = set & ((1u << SIZE_BITS) - 1);

    if (size < TARGET_SIZES) {
        const uint32_t *base = set_at(pool, set);

        __builtin_prefetch(base + 1 + slot_of(target, words[size] - 1), 1);
    }
}

int target_set_each(const struct target_pool *pool, uint32_t set, uint32_t *cursor,
                    uint32_t *ret_target)
{
    const uint32_t *base = set_at(pool, set);
    uint32_t size = set & ((1u << SIZE_BITS) - 1);

    if (*cursor == 0) {
        *cursor = 1;
        if (base[0] != 0) {
            *ret_target = 0;
            return 1;
        }
    }
    while (*cursor < words[size]) {
        *ret_target = base[(*cursor)++];
        if (*ret_target != 0)
            return 1;
    }
    return 0;
}

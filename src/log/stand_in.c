/* SPDX-License-Identifier: Apache-2.0 */
/* Two sets of hashes, each a table of open places that doubles and is at most half full: when
 * the newer one has its greatest size the older one is forgotten. */
#include "log/stand_in.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

#define PLACES_START 1024u
#define KEYS_MAX 524288u /* of one set: 8 MiB */

struct set {
    uint64_t *keys; /* 0: free */
    size_t places;  /* a power of two; 0: none yet */
    size_t count;
};

struct stand_ins {
    uint64_t secret; /* whose connections they are must not be able to choose places */
    struct set newer, older;
    bool over;
};

struct stand_ins *stand_ins_new(void)
{
    struct stand_ins *stand_ins = calloc(1, sizeof(*stand_ins));

    if (stand_ins != NULL &&
        getrandom(&stand_ins->secret, sizeof(stand_ins->secret), GRND_NONBLOCK) < 0)
        stand_ins->secret = 1;
    return stand_ins;
}

void stand_ins_free(struct stand_ins *stand_ins)
{
    if (stand_ins == NULL)
        return;
    free(stand_ins->newer.keys);
    free(stand_ins->older.keys);
    free(stand_ins);
}

/* Where the key stands, or may stand. */
static uint64_t *place_of(const struct set *set, uint64_t key)
{
    size_t at = (size_t)key & (set->places - 1);

    while (set->keys[at] != 0 && set->keys[at] != key)
        at = (at + 1) & (set->places - 1);
    return &set->keys[at];
}

static bool has(const struct set *set, uint64_t key)
{
    return set->count > 0 && *place_of(set, key) != 0;
}

static bool grow(struct set *set)
{
    struct set wider = {.places = set->places == 0 ? PLACES_START : 2 * set->places,
                        .count = set->count};

    wider.keys = calloc(wider.places, sizeof(*wider.keys));
    if (wider.keys == NULL)
        return false;
    for (size_t i = 0; i < set->places; i++)
        if (set->keys[i] != 0)
            *place_of(&wider, set->keys[i]) = set->keys[i];
    free(set->keys);
    *set = wider;
    return true;
}

/* What finds no memory is not remembered. */
static void put(struct stand_ins *stand_ins, uint64_t key)
{
    struct set *set = &stand_ins->newer;

    if (set->count == KEYS_MAX) {
        free(stand_ins->older.keys);
        stand_ins->older = *set;
        *set = (struct set){0};
    }
    if (2 * (set->count + 1) > set->places && !grow(set))
        return;
    *place_of(set, key) = key;
    set->count++;
}

bool stand_ins_add(struct stand_ins *stand_ins, enum stand_in_kind kind, const char *key,
                   size_t length)
{
    uint64_t hash = XXH3_64bits_withSeed(key, length, stand_ins->secret) | 1;

    stand_ins->over |= kind == STAND_IN_BETTER;
    if (kind == STAND_IN_ROW && stand_ins->over)
        return false;
    if (has(&stand_ins->newer, hash) || has(&stand_ins->older, hash))
        return kind == STAND_IN_NEVER;
    if (!stand_ins->over)
        put(stand_ins, hash);
    return true;
}

bool stand_ins_over(const struct stand_ins *stand_ins)
{
    return stand_ins->over;
}

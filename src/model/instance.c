/* SPDX-License-Identifier: Apache-2.0 */
#include "model/instance.h"

#include <string.h>

#include <xxhash.h>

#define VALUE_BITS 56

/* Bits: less than theory gives where habits of senders give part of a value away. */
static const struct instance_facts table[INSTANCE_KINDS] = {
    [INSTANCE_NONE] = {.words = "key", .bits = 16},
    [INSTANCE_BOT] = {.words = "process key", .bits = 28, .process = true},
    [INSTANCE_UNICORN] = {.words = "process key", .bits = 28},
    [INSTANCE_NMAP] = {.words = "process key", .bits = 28},
    [INSTANCE_START] = {.words = "start second", .bits = 20},
    [INSTANCE_RELATION] = {.trait = "relation", .words = "field constants", .bits = 20},
    [INSTANCE_GENERATOR] = {.trait = "zmap", .words = "ZMap generator", .bits = 20},
    [INSTANCE_POOL] = {.trait = "pool", .words = "pool of a divided scan", .bits = 16},
    /* users like the same numbers */
    [INSTANCE_SEED] = {.trait = "seed", .words = "masscan seed", .bits = 12},
};

const struct instance_facts *instance_facts(uint64_t key)
{
    uint64_t kind = key >> VALUE_BITS;

    return &table[kind < INSTANCE_KINDS ? kind : INSTANCE_NONE];
}

uint64_t instance_of_trait(const char *kind, const char *value)
{
    size_t length = strcspn(value, ";");

    if (length == 0)
        return 0;
    for (uint64_t i = 1; i < INSTANCE_KINDS; i++)
        if (table[i].trait != NULL && strcmp(table[i].trait, kind) == 0)
            return i << VALUE_BITS | XXH3_64bits(value, length) >> (64 - VALUE_BITS);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing by number; the texts stand one behind the other in blocks. */
#include "enrich/as_names.h"

#include <stdbool.h>
#include <stdlib.h>

#include "enrich/name.h"

#define BLOCK_SIZE 65536u
#define FIRST_BITS 10u

struct block {
    struct block *before;
    char texts[BLOCK_SIZE];
};

struct slot {
    const char *text; /* NULL: free */
    uint32_t asn;
};

struct as_names {
    struct slot *slots;
    unsigned bits; /* 2^bits slots, at most half of them taken */
    uint32_t count;
    struct block *block; /* the one being filled */
    size_t used;         /* of it */
};

static struct slot *slot_of(struct slot *slots, unsigned bits, uint32_t asn)
{
    uint32_t mask = (1u << bits) - 1;
    uint32_t at = asn * 2654435769u >> (32 - bits); /* 2^32 / phi spreads runs of numbers */

    while (slots[at].text != NULL && slots[at].asn != asn)
        at = (at + 1) & mask;
    return &slots[at];
}

static bool grow(struct as_names *names)
{
    unsigned bits = names->bits + 1;
    struct slot *slots = calloc(1u << bits, sizeof(*slots));

    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < 1u << names->bits; i++) {
        if (names->slots[i].text != NULL)
            *slot_of(slots, bits, names->slots[i].asn) = names->slots[i];
    }
    free(names->slots);
    names->slots = slots;
    names->bits = bits;
    return true;
}

struct as_names *as_names_new(uint32_t count)
{
    struct as_names *names = calloc(1, sizeof(*names));

    if (names == NULL)
        return NULL;
    names->bits = FIRST_BITS;
    while (2 * count > 1u << names->bits)
        names->bits++;
    names->slots = calloc(1u << names->bits, sizeof(*names->slots));
    if (names->slots == NULL) {
        free(names);
        return NULL;
    }
    return names;
}

void as_names_free(struct as_names *names)
{
    if (names == NULL)
        return;
    while (names->block != NULL) {
        struct block *before = names->block->before;

        free(names->block);
        names->block = before;
    }
    free(names->slots);
    free(names);
}

void as_names_add(struct as_names *names, uint32_t asn, const void *text, size_t length)
{
    struct slot *slot = slot_of(names->slots, names->bits, asn);
    char *copy;

    if (slot->text != NULL || names->count >= AS_NAMES_MAX)
        return;
    if (2 * (names->count + 1) > 1u << names->bits) {
        if (!grow(names))
            return;
        slot = slot_of(names->slots, names->bits, asn);
    }
    if (names->block == NULL || BLOCK_SIZE - names->used < AS_NAME_SIZE) {
        struct block *block = malloc(sizeof(*block));

        if (block == NULL)
            return;
        block->before = names->block;
        names->block = block;
        names->used = 0;
    }
    copy = names->block->texts + names->used;
    names->used += name_clean(text, length, copy, AS_NAME_SIZE) + 1;
    *slot = (struct slot){.text = copy, .asn = asn};
    names->count++;
}

const char *as_names_find(const struct as_names *names, uint32_t asn)
{
    return slot_of(names->slots, names->bits, asn)->text;
}

uint32_t as_names_count(const struct as_names *names)
{
    return names->count;
}

const char *as_names_next(const struct as_names *names, uint32_t *cursor, uint32_t *ret_asn)
{
    while (*cursor < 1u << names->bits) {
        const struct slot *slot = &names->slots[(*cursor)++];

        if (slot->text != NULL) {
            *ret_asn = slot->asn;
            return slot->text;
        }
    }
    return NULL;
}

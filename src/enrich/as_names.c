/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing by number; the texts stand one behind the other. Both are arrays without a
 * pointer, so that they are read from a file as they are. */
#include "enrich/as_names.h"

#include <stdbool.h>
#include <stdlib.h>

#include "enrich/name.h"

#define TEXTS_ROOM 65536u
#define FIRST_BITS 10u

struct slot {
    uint32_t asn;
    uint32_t text; /* where in `texts`; 0: free */
};

struct as_names {
    struct slot *slots;
    unsigned bits; /* 2^bits slots, as few as leave half of them free */
    uint32_t count;
    char *texts; /* the first is no name */
    uint32_t used, room;
};

static struct slot *slot_of(struct slot *slots, unsigned bits, uint32_t asn)
{
    uint32_t mask = (1u << bits) - 1;
    uint32_t at = asn * 2654435769u >> (32 - bits); /* 2^32 / phi spreads runs of numbers */

    while (slots[at].text != 0 && slots[at].asn != asn)
        at = (at + 1) & mask;
    return &slots[at];
}

/* @param count  so many names have a place */
static struct as_names *make(uint32_t count, uint32_t room)
{
    struct as_names *names = calloc(1, sizeof(*names));

    if (names == NULL)
        return NULL;
    names->bits = FIRST_BITS;
    while (2 * count > 1u << names->bits)
        names->bits++;
    names->slots = calloc(1u << names->bits, sizeof(*names->slots));
    names->texts = malloc(room);
    if (names->slots == NULL || names->texts == NULL) {
        as_names_free(names);
        return NULL;
    }
    names->texts[0] = '\0';
    names->used = 1;
    names->room = room;
    return names;
}

struct as_names *as_names_new(void)
{
    return make(0, TEXTS_ROOM);
}

void as_names_free(struct as_names *names)
{
    if (names == NULL)
        return;
    free(names->texts);
    free(names->slots);
    free(names);
}

static bool more_slots(struct as_names *names)
{
    unsigned bits = names->bits + 1;
    struct slot *slots = calloc(1u << bits, sizeof(*slots));

    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < 1u << names->bits; i++) {
        if (names->slots[i].text != 0)
            *slot_of(slots, bits, names->slots[i].asn) = names->slots[i];
    }
    free(names->slots);
    names->slots = slots;
    names->bits = bits;
    return true;
}

static bool more_texts(struct as_names *names)
{
    char *texts = realloc(names->texts, 2 * (size_t)names->room);

    if (texts == NULL)
        return false;
    names->texts = texts;
    names->room *= 2;
    return true;
}

void as_names_add(struct as_names *names, uint32_t asn, const void *text, size_t length)
{
    if (names->count >= AS_NAMES_MAX || as_names_find(names, asn) != NULL)
        return;
    if ((2 * (names->count + 1) > 1u << names->bits && !more_slots(names)) ||
        (names->room - names->used < AS_NAME_SIZE && !more_texts(names)))
        return;
    *slot_of(names->slots, names->bits, asn) = (struct slot){.asn = asn, .text = names->used};
    names->used +=
        (uint32_t)name_clean(text, length, names->texts + names->used, AS_NAME_SIZE) + 1;
    names->count++;
}

const char *as_names_find(const struct as_names *names, uint32_t asn)
{
    uint32_t text = slot_of(names->slots, names->bits, asn)->text;

    return text == 0 ? NULL : names->texts + text;
}

/* Whether each slot has a text that ends, and as many are free as there should be. */
static bool is_whole(const struct as_names *names)
{
    uint32_t taken = 0;

    for (uint32_t i = 0; i < 1u << names->bits; i++) {
        if (names->slots[i].text >= names->used)
            return false;
        taken += names->slots[i].text != 0;
    }
    return taken == names->count && names->texts[names->used - 1] == '\0';
}

int as_names_walk(struct nj_saved *saved, struct as_names **names, struct nj_err *err)
{
    struct as_names *all = *names;
    bool reading = nj_saved_reading(saved);
    uint32_t count = reading ? 0 : all->count, used = reading ? 0 : all->used;

    nj_saved_u32(saved, &count);
    nj_saved_u32(saved, &used);
    nj_saved_check(saved, count <= AS_NAMES_MAX && used > count &&
                              used <= 1 + count * (uint32_t)AS_NAME_SIZE);
    if (nj_saved_bad(saved))
        return 0;
    if (reading) {
        *names = all = make(count, used + TEXTS_ROOM);
        if (all == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for names");
        all->count = count;
        all->used = used;
    }
    nj_saved_bytes(saved, all->slots, sizeof(*all->slots) << all->bits);
    nj_saved_bytes(saved, all->texts, used);
    nj_saved_check(saved, !reading || is_whole(all));
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "link/pair.h"

#include <math.h>
#include <stdlib.h>

#include "link/linker_state.h"

#define PAIRS_OF_A 32u
#define PAIRS_OF_B 64u /* who may be one successor's predecessor is many */

void link_pairs_init(struct pairs *pairs, uint32_t max)
{
    *pairs = (struct pairs){.free = LINK_NONE, .max = max};
}

void link_pairs_done(struct pairs *pairs)
{
    free(pairs->list);
    pairs->list = NULL;
}

bool pair_slept(const struct pair *p, const struct digest *a)
{
    return a->woke_us > p->started_us && a->slept_us <= p->started_us + OVERLAP_US;
}

uint32_t pair_find(const struct linker *l, uint32_t a, uint32_t b, enum link_kind kind)
{
    uint32_t i = l->digests[a].as_a;

    while (i != LINK_NONE && (l->pairs.list[i].b != b || l->pairs.list[i].kind != kind))
        i = l->pairs.list[i].next_a;
    return i;
}

static void unchain(struct linker *l, uint32_t pair)
{
    struct pair *list = l->pairs.list;
    uint32_t *at = &l->digests[list[pair].a].as_a;

    while (*at != pair)
        at = &list[*at].next_a;
    *at = list[pair].next_a;
    at = &l->digests[list[pair].b].as_b;
    while (*at != pair)
        at = &list[*at].next_b;
    *at = list[pair].next_b;
}

void pair_not_likely(struct linker *l, struct pair *p)
{
    l->rare_likely = fmax(0, l->rare_likely - p->likely);
    p->likely = 0;
}

void pair_drop(struct linker *l, uint32_t pair)
{
    struct pair *p = &l->pairs.list[pair];

    pair_not_likely(l, p);
    unchain(l, pair);
    *p = (struct pair){.next_a = l->pairs.free};
    l->pairs.free = pair;
    l->pairs.used--;
}

/* Room in a digest's list, as a or as b of its pairs: the lightest silent one gives way to a
 * heavier. */
static bool make_room(struct linker *l, uint32_t number, bool as_a, double weight)
{
    const struct digest *d = &l->digests[number];
    uint32_t lightest = LINK_NONE;
    unsigned count = 0;

    for (uint32_t i = as_a ? d->as_a : d->as_b; i != LINK_NONE;
         i = as_a ? l->pairs.list[i].next_a : l->pairs.list[i].next_b) {
        const struct pair *p = &l->pairs.list[i];

        count++;
        if (p->state == PAIR_SILENT && !p->touched && !p->changed &&
            (lightest == LINK_NONE || p->weight < l->pairs.list[lightest].weight))
            lightest = i;
    }
    if (count < (as_a ? PAIRS_OF_A : PAIRS_OF_B))
        return true;
    if (lightest == LINK_NONE || l->pairs.list[lightest].weight >= weight)
        return false;
    acceptance_forget(&l->acceptance, &l->pairs.list[lightest]);
    pair_drop(l, lightest);
    return true;
}

int pair_add(struct linker *l, uint32_t a, uint32_t b, enum link_kind kind, double weight,
             uint32_t *ret_pair, struct nj_err *err)
{
    struct pairs *pairs = &l->pairs;
    uint32_t i;

    *ret_pair = LINK_NONE;
    if (!make_room(l, a, true, weight) || !make_room(l, b, false, weight) ||
        (pairs->free == LINK_NONE && pairs->made == pairs->max))
        return 0;
    if (pairs->free != LINK_NONE) {
        i = pairs->free;
        pairs->free = pairs->list[i].next_a;
    } else {
        if (pairs->made == pairs->room) {
            uint32_t room = pairs->room == 0 ? 256 : pairs->room * 2;
            struct pair *list = realloc(pairs->list, room * sizeof(*list));

            if (list == NULL)
                return nj_fail(err, NJ_NOMEM, "pairs of episodes");
            pairs->list = list;
            pairs->room = room;
        }
        i = pairs->made++;
    }
    pairs->used++;
    pairs->list[i] = (struct pair){
        .a = a,
        .b = b,
        .kind = (uint8_t)kind,
        .weight = weight,
        .copied = {NOT_COPIED, NOT_COPIED, NOT_COPIED},
        .next_a = l->digests[a].as_a,
        .next_b = l->digests[b].as_b,
        .edge = LINK_NONE,
        .used = true,
        .target_bin = -1,
    };
    l->digests[a].as_a = i;
    l->digests[b].as_b = i;
    *ret_pair = i;
    return 0;
}

int pair_touch(struct linker *l, uint32_t pair, struct nj_err *err)
{
    struct pair *p = &l->pairs.list[pair];

    if (p->touched)
        return 0;
    if (numbers_add(&l->touched, pair, err) < 0)
        return -1;
    p->touched = true;
    return 0;
}

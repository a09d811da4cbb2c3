/* SPDX-License-Identifier: Apache-2.0 */
/* Prefixes are inside of each other or apart. Sorted by first address, wider ones first, each
 * knows the next wider one around it: a search by halves finds the last that begins at or
 * before an address, and one of those around it, or itself, is the answer.
 *
 *   |------------ 0 ------------|   |-- 3 --|       around 1 is 0, around 2 is 1
 *      |------- 1 ------|
 *        |- 2 -|      x                             begins before x: 2; 1 holds x
 */
#include "model/nets.h"

#include <stdlib.h>

#include "base/intern.h"

#define NETS_LABELS_MAX 262144u /* distinct ones; further ones are "other" */

struct net {
    struct prefix prefix;
    uint32_t label; /* of `labels`, 0: none */
    uint32_t order; /* in which it was added */
    size_t wider;
};

struct nets {
    struct net *at;
    size_t count, room;
    struct nj_intern *labels;
};

struct nets *nets_new(void)
{
    struct nets *nets = calloc(1, sizeof(*nets));

    if (nets == NULL)
        return NULL;
    nets->labels = nj_intern_new(NETS_LABELS_MAX);
    if (nets->labels == NULL) {
        free(nets);
        return NULL;
    }
    return nets;
}

void nets_free(struct nets *nets)
{
    if (nets == NULL)
        return;
    nj_intern_free(nets->labels);
    free(nets->at);
    free(nets);
}

int nets_add(struct nets *nets, const struct prefix *net, const char *label, struct nj_err *err)
{
    if (nets->count == NETS_MAX)
        return nj_fail(err, NJ_LIMIT, "more than %u prefixes", NETS_MAX);
    if (nets->count == nets->room) {
        size_t room = nets->room == 0 ? 256 : 2 * nets->room;
        struct net *at = reallocarray(nets->at, room, sizeof(*at));

        if (at == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu prefixes", room);
        nets->at = at;
        nets->room = room;
    }
    nets->at[nets->count] = (struct net){
        .prefix = *net,
        .label = label == NULL ? NJ_INTERN_NONE : nj_intern_z(nets->labels, label),
        .order = (uint32_t)nets->count,
        .wider = NETS_NONE,
    };
    nets->count++;
    return 0;
}

static int wider_first(const void *left, const void *right)
{
    const struct net *a = left, *b = right;
    int order = addr_compare(a->prefix.first, b->prefix.first);

    if (order == 0)
        order = addr_compare(b->prefix.last, a->prefix.last);
    /* of equal ones the first added comes last: it is found */
    return order != 0 ? order : (a->order < b->order) - (a->order > b->order);
}

void nets_finish(struct nets *nets)
{
    size_t around = NETS_NONE;

    if (nets->count > 1)
        qsort(nets->at, nets->count, sizeof(*nets->at), wider_first);
    for (size_t i = 0; i < nets->count; i++) {
        while (around != NETS_NONE &&
               !prefix_has(&nets->at[around].prefix, nets->at[i].prefix.first))
            around = nets->at[around].wider;
        nets->at[i].wider = around;
        around = i;
    }
}

size_t nets_count(const struct nets *nets)
{
    return nets->count;
}

size_t nets_find(const struct nets *nets, struct addr a)
{
    size_t low = 0, high = nets->count, found;

    while (low < high) { /* the first that begins behind the address */
        size_t middle = low + (high - low) / 2;

        if (addr_compare(nets->at[middle].prefix.first, a) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    found = low == 0 ? NETS_NONE : low - 1;
    while (found != NETS_NONE && !prefix_has(&nets->at[found].prefix, a))
        found = nets->at[found].wider;
    return found;
}

size_t nets_wider(const struct nets *nets, size_t number)
{
    return nets->at[number].wider;
}

const struct prefix *nets_prefix(const struct nets *nets, size_t number)
{
    return &nets->at[number].prefix;
}

const char *nets_label(const struct nets *nets, size_t number)
{
    uint32_t label = nets->at[number].label;

    return label == 0 ? "" : nj_intern_text(nets->labels, label);
}

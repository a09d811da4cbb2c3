/* SPDX-License-Identifier: Apache-2.0 */
#include "visit/label.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "model/packet.h"

static uint32_t slot_of(const struct labels *labels, const struct label *label)
{
    return labels_hash(label->class, label->rule, label->stack) & (2 * labels->room - 1);
}

static uint32_t find(const struct labels *labels, const struct label *label)
{
    uint32_t slot = slot_of(labels, label);

    while (labels->slots[slot] != 0) {
        const struct label *known = &labels->list[labels->slots[slot] - 1];

        if (known->rule == label->rule && known->stack == label->stack &&
            known->class == label->class)
            break;
        slot = (slot + 1) & (2 * labels->room - 1);
    }
    return slot;
}

static bool make_room(struct labels *labels, uint32_t room)
{
    struct label *list = realloc(labels->list, room * sizeof(*list));
    uint32_t *slots;

    if (list == NULL)
        return false;
    labels->list = list;
    slots = calloc(2 * (size_t)room, sizeof(*slots));
    if (slots == NULL)
        return false;
    free(labels->slots);
    labels->slots = slots;
    labels->room = room;
    for (uint32_t i = 0; i < labels->count; i++)
        slots[find(labels, &list[i])] = i + 1;
    return true;
}

int labels_init(struct labels *labels, uint64_t *refused, struct nj_err *err)
{
    memset(labels, 0, sizeof(*labels));
    labels->refused = refused;
    if (!make_room(labels, 256)) {
        labels_done(labels);
        return nj_fail(err, NJ_NOMEM, "labels of sessions");
    }
    for (uint32_t class = 0; class < CLASS_COUNT; class ++)
        (void)labels_add(labels, class, NJ_INTERN_OTHER, NJ_INTERN_OTHER);
    return 0;
}

void labels_done(struct labels *labels)
{
    free(labels->list);
    free(labels->slots);
    memset(labels, 0, sizeof(*labels));
}

uint32_t labels_add_new(struct labels *labels, uint32_t class, uint32_t rule, uint32_t stack)
{
    struct label label = {.rule = rule, .stack = stack, .class = class};
    uint32_t slot = find(labels, &label);

    if (labels->slots[slot] != 0)
        return labels->slots[slot] - 1;
    if (labels->count == labels->room) {
        if (labels->room == LABELS_MAX || !make_room(labels, 2 * labels->room)) {
            (*labels->refused)++;
            return class;
        }
        slot = find(labels, &label);
    }
    labels->list[labels->count] = label;
    labels->slots[slot] = ++labels->count;
    return labels->count - 1;
}

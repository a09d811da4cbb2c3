/* SPDX-License-Identifier: Apache-2.0 */
#include "visit/wheel.h"

#include <string.h>

#include "visit/area.h"

#define NODE_ITEMS 7

/* Items of one slot; all nodes of a slot but its first are full. */
struct wheel_node {
    struct wheel_item items[NODE_ITEMS];
    uint32_t count, next;
    uint64_t pad; /* two cache lines */
};

static bool before(const struct wheel_item *a, const struct wheel_item *b)
{
    if (a->key_ns != b->key_ns)
        return a->key_ns < b->key_ns;
    return (int32_t)(a->order - b->order) < 0;
}

static void heap_push(struct wheel *wheel, struct wheel_item item)
{
    size_t at = wheel->heap_count++;

    while (at > 0) {
        size_t up = (at - 1) / 2;

        if (!before(&item, &wheel->heap[up]))
            break;
        wheel->heap[at] = wheel->heap[up];
        at = up;
    }
    wheel->heap[at] = item;
}

void wheel_take(struct wheel *wheel)
{
    struct wheel_item item = wheel->heap[--wheel->heap_count];
    size_t at = 0, count = wheel->heap_count;

    for (size_t down = 1; down < count; down = 2 * at + 1) {
        if (down + 1 < count && before(&wheel->heap[down + 1], &wheel->heap[down]))
            down++;
        if (!before(&wheel->heap[down], &item))
            break;
        wheel->heap[at] = wheel->heap[down];
        at = down;
    }
    wheel->heap[at] = item;
}

int wheel_init(struct wheel *wheel, size_t max_items, struct nj_err *err)
{
    memset(wheel, 0, sizeof(*wheel));
    wheel->max_items = max_items;
    wheel->max_nodes = max_items / NODE_ITEMS + WHEEL_SLOTS + 2;
    wheel->heap = area_new((max_items + 1) * sizeof(*wheel->heap));
    wheel->nodes = area_new(wheel->max_nodes * sizeof(*wheel->nodes));
    wheel->slots = area_new(WHEEL_SLOTS * sizeof(*wheel->slots));
    if (wheel->heap == NULL || wheel->nodes == NULL || wheel->slots == NULL) {
        wheel_done(wheel);
        return nj_fail(err, NJ_NOMEM, "time wheel for %zu visits", max_items);
    }
    wheel_clear(wheel);
    return 0;
}

void wheel_done(struct wheel *wheel)
{
    area_free(wheel->heap, (wheel->max_items + 1) * sizeof(*wheel->heap));
    area_free(wheel->nodes, wheel->max_nodes * sizeof(*wheel->nodes));
    area_free(wheel->slots, WHEEL_SLOTS * sizeof(*wheel->slots));
    memset(wheel, 0, sizeof(*wheel));
}

void wheel_clear(struct wheel *wheel)
{
    memset(wheel->slots, 0, WHEEL_SLOTS * sizeof(*wheel->slots));
    wheel->heap_count = 0;
    wheel->free_node = 0;
    wheel->used_nodes = 1; /* node 0 is nobody's: 0 is "none" */
    wheel->started = false;
    wheel->loaded = INT64_MAX; /* nothing can be due */
}

static uint32_t node_new(struct wheel *wheel)
{
    uint32_t node = wheel->free_node;

    if (node != 0)
        wheel->free_node = wheel->nodes[node].next;
    else
        node = wheel->used_nodes++;
    return node;
}

void wheel_put(struct wheel *wheel, struct wheel_item item)
{
    int64_t slot = item.key_ns >> WHEEL_SLOT_SHIFT;
    uint32_t *head = &wheel->slots[(uint64_t)slot % WHEEL_SLOTS];
    struct wheel_node *node;

    if (!wheel->started) {
        wheel->started = true;
        wheel->loaded = slot - 1;
    }
    if (slot <= wheel->loaded) {
        heap_push(wheel, item);
        return;
    }
    if (*head == 0 || wheel->nodes[*head].count == NODE_ITEMS) {
        uint32_t fresh = node_new(wheel);

        wheel->nodes[fresh].count = 0;
        wheel->nodes[fresh].next = *head;
        *head = fresh;
    }
    node = &wheel->nodes[*head];
    node->items[node->count++] = item;
}

static void hint_slot(const struct wheel *wheel, int64_t slot)
{
    uint32_t at = wheel->slots[(uint64_t)slot % WHEEL_SLOTS];

    for (; at != 0; at = wheel->nodes[at].next) {
        __builtin_prefetch(&wheel->nodes[wheel->nodes[at].next]);
        for (uint32_t i = 0; i < wheel->nodes[at].count; i++)
            wheel->hint(wheel->hint_ctx, &wheel->nodes[at].items[i], false);
    }
}

static void load_slot(struct wheel *wheel, int64_t slot)
{
    uint32_t *head = &wheel->slots[(uint64_t)slot % WHEEL_SLOTS];

    while (*head != 0) {
        uint32_t first = *head;
        struct wheel_node *node = &wheel->nodes[first];

        for (uint32_t i = 0; i < node->count; i++) {
            if (wheel->hint != NULL)
                wheel->hint(wheel->hint_ctx, &node->items[i], true);
            heap_push(wheel, node->items[i]);
        }
        *head = node->next;
        node->next = wheel->free_node;
        wheel->free_node = first;
    }
    if (wheel->hint != NULL)
        hint_slot(wheel, slot + 1);
}

bool wheel_next(struct wheel *wheel, int64_t limit_ns, struct wheel_item *ret_item)
{
    int64_t last = limit_ns >> WHEEL_SLOT_SHIFT;

    if (!wheel->started)
        return false;
    for (unsigned seen = 0; wheel->loaded < last && wheel->heap_count == 0; seen++) {
        if (seen == WHEEL_SLOTS) { /* been round: nothing is left */
            wheel->loaded = last;
            break;
        }
        load_slot(wheel, ++wheel->loaded);
    }
    if (wheel->heap_count == 0 || wheel->heap[0].key_ns > limit_ns)
        return false;
    *ret_item = wheel->heap[0];
    return true;
}

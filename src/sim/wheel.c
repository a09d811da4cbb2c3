/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/wheel.h"

#include <stdlib.h>

#define EVENTS_PER_SLOT 128u
#define SLOTS_MAX (1u << 22)
#define CHUNK_EVENTS 5u

/* Events of a later slot: a list of chunks, a cache line and a half each. */
struct chunk {
    uint32_t next, count; /* next: number + 1, 0 ends */
    struct sim_event events[CHUNK_EVENTS];
};

struct sim_wheel {
    int64_t from_ns, to_ns;
    unsigned shift;     /* a slot is 2^shift ns long */
    uint32_t slots, at; /* at: the slot whose turn it is */
    uint32_t *heads;    /* chunk number + 1, 0: empty */
    struct chunk *chunks;
    uint32_t chunk_count, chunk_space, free_chunk;
    struct sim_event *heap; /* of the present slot */
    uint32_t heap_count, heap_space;
};

struct sim_wheel *sim_wheel_new(int64_t from_ns, int64_t to_ns, uint64_t expected)
{
    struct sim_wheel *wheel = calloc(1, sizeof(*wheel));
    uint64_t wanted = expected / EVENTS_PER_SLOT + 1, span = (uint64_t)(to_ns - from_ns);

    if (wheel == NULL)
        return NULL;
    if (wanted > SLOTS_MAX)
        wanted = SLOTS_MAX;
    while (wheel->shift < 62 && span >> wheel->shift >= wanted)
        wheel->shift++;
    wheel->from_ns = from_ns;
    wheel->to_ns = to_ns;
    wheel->slots = (uint32_t)(span >> wheel->shift) + 1;
    wheel->heads = calloc(wheel->slots, sizeof(*wheel->heads));
    if (wheel->heads == NULL) {
        sim_wheel_free(wheel);
        return NULL;
    }
    return wheel;
}

void sim_wheel_free(struct sim_wheel *wheel)
{
    if (wheel == NULL)
        return;
    free(wheel->heads);
    free(wheel->chunks);
    free(wheel->heap);
    free(wheel);
}

/* ---- the heap ---- */

static int earlier(const struct sim_event *a, const struct sim_event *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->number < b->number;
}

static int heap_add(struct sim_wheel *wheel, struct sim_event event, struct nj_err *err)
{
    uint32_t i = wheel->heap_count;

    if (wheel->heap_count == wheel->heap_space) {
        uint32_t space = wheel->heap_space == 0 ? 1024 : wheel->heap_space * 2;
        struct sim_event *heap = realloc(wheel->heap, space * sizeof(*heap));

        if (heap == NULL)
            return nj_fail(err, NJ_NOMEM, "events");
        wheel->heap = heap;
        wheel->heap_space = space;
    }
    for (; i > 0 && earlier(&event, &wheel->heap[(i - 1) / 2]); i = (i - 1) / 2)
        wheel->heap[i] = wheel->heap[(i - 1) / 2];
    wheel->heap[i] = event;
    wheel->heap_count++;
    return 0;
}

static struct sim_event heap_take(struct sim_wheel *wheel)
{
    struct sim_event first = wheel->heap[0], last = wheel->heap[--wheel->heap_count];
    uint32_t i = 0;

    for (;;) {
        uint32_t child = 2 * i + 1;

        if (child >= wheel->heap_count)
            break;
        if (child + 1 < wheel->heap_count &&
            earlier(&wheel->heap[child + 1], &wheel->heap[child]))
            child++;
        if (!earlier(&wheel->heap[child], &last))
            break;
        wheel->heap[i] = wheel->heap[child];
        i = child;
    }
    wheel->heap[i] = last;
    return first;
}

/* ---- the slots ---- */

/* An empty chunk. @return its number + 1, 0: out of memory */
static uint32_t take_chunk(struct sim_wheel *wheel)
{
    uint32_t number = wheel->free_chunk;

    if (number != 0) {
        wheel->free_chunk = wheel->chunks[number - 1].next;
        return number;
    }
    if (wheel->chunk_count == wheel->chunk_space) {
        uint32_t space = wheel->chunk_space == 0 ? 4096 : wheel->chunk_space * 2;
        struct chunk *chunks = realloc(wheel->chunks, space * sizeof(*chunks));

        if (chunks == NULL)
            return 0;
        wheel->chunks = chunks;
        wheel->chunk_space = space;
    }
    return ++wheel->chunk_count;
}

int sim_wheel_add(struct sim_wheel *wheel, int64_t time_ns, uint32_t number, struct nj_err *err)
{
    struct sim_event event = {.time_ns = time_ns, .number = number};
    uint32_t slot, head;
    struct chunk *chunk;

    if (time_ns >= wheel->to_ns)
        return 0;
    slot = (uint32_t)((uint64_t)(time_ns - wheel->from_ns) >> wheel->shift);
    if (slot < wheel->at)
        return heap_add(wheel, event, err);
    head = wheel->heads[slot];
    if (head == 0 || wheel->chunks[head - 1].count == CHUNK_EVENTS) {
        uint32_t fresh = take_chunk(wheel);

        if (fresh == 0)
            return nj_fail(err, NJ_NOMEM, "events");
        wheel->chunks[fresh - 1].next = head;
        wheel->chunks[fresh - 1].count = 0;
        wheel->heads[slot] = head = fresh;
    }
    chunk = &wheel->chunks[head - 1];
    chunk->events[chunk->count++] = event;
    return 0;
}

/* Turn the next slot into the heap. */
static int open_slot(struct sim_wheel *wheel, sim_wheel_soon soon, void *ctx,
                     struct nj_err *err)
{
    uint32_t head = wheel->heads[wheel->at++];

    while (head != 0) {
        struct chunk *chunk = &wheel->chunks[head - 1];
        uint32_t next = chunk->next;

        if (next != 0)
            __builtin_prefetch(&wheel->chunks[next - 1]);
        for (uint32_t i = 0; i < chunk->count; i++) {
            soon(ctx, chunk->events[i].number);
            if (heap_add(wheel, chunk->events[i], err) < 0)
                return -1;
        }
        chunk->next = wheel->free_chunk;
        wheel->free_chunk = head;
        head = next;
    }
    if (wheel->at < wheel->slots && wheel->heads[wheel->at] != 0)
        __builtin_prefetch(&wheel->chunks[wheel->heads[wheel->at] - 1]);
    return 0;
}

int sim_wheel_take(struct sim_wheel *wheel, sim_wheel_soon soon, void *ctx,
                   struct sim_event *ret_event, struct nj_err *err)
{
    while (wheel->heap_count == 0) {
        if (wheel->at == wheel->slots)
            return 0;
        if (open_slot(wheel, soon, ctx, err) < 0)
            return -1;
    }
    *ret_event = heap_take(wheel);
    return 1;
}

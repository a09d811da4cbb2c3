/* SPDX-License-Identifier: Apache-2.0 */
/* The places of the table of scored sources, and the lists in which they stand:
 *
 *   index      address -> entry, by a keyed hash
 *   lists      per level, the longest untouched first: who leaves when the table is full
 *   dirty      entries with new facts or links since the last step
 *   heap       entries by the time at which silence alone will have changed them
 *   unsaved    entries whose state is to be told
 */
#include <stdlib.h>

#include <xxhash.h>

#include "base/huge.h"
#include "score/state.h"

static uint64_t hash_of(const struct score_table *table, struct addr src)
{
    return XXH3_64bits_withSeed(&src, sizeof(src), table->secret);
}

struct addr entry_src(const struct score_table *table, uint32_t number)
{
    const struct entry *entry = &table->entries[number];

    switch ((enum form)entry->form) {
    case FORM_LOW:
        return (struct addr){.lo = entry->key};
    case FORM_HIGH:
        return (struct addr){.hi = entry->key};
    case FORM_WIDE:
        break;
    }
    return table->wide[entry->key];
}

uint64_t entry_hash(const void *ctx, uint32_t number)
{
    const struct score_table *table = ctx;

    return hash_of(table, entry_src(table, number));
}

uint32_t entry_find(const struct score_table *table, struct addr src)
{
    uint64_t hash = hash_of(table, src);
    uint32_t cursor = 0, number;

    do
        number = nj_index_next(&table->by_addr, hash, &cursor);
    while (number != 0 && !addr_equal(entry_src(table, number), src));
    return number;
}

void score_table_prefetch(struct score_table *table, struct addr src)
{
    unsigned turn = table->prefetched++ % PREFETCH_AHEAD;
    uint64_t *ahead = &table->ahead[turn];
    uint32_t *entry = &table->ahead_entry[turn];
    uint32_t cursor = 0;

    if (*entry != 0)
        record_prefetch(table, *entry);
    *entry = nj_index_next(&table->by_addr, *ahead, &cursor);
    if (*entry != 0)
        __builtin_prefetch(&table->entries[*entry], 1);
    *ahead = hash_of(table, src);
    nj_index_prefetch(&table->by_addr, *ahead);
}

static int entry_room(struct score_table *table)
{
    uint32_t room = table->entry_room == 0 ? 64 : 2 * table->entry_room;
    struct entry *entries;

    if (table->entry_free != 0 || table->entry_end < table->entry_room)
        return 0;
    entries = nj_huge_grown(table->entries, table->entry_room, room, sizeof(*entries));
    if (entries == NULL)
        return -1;
    table->entries = entries;
    table->entry_room = room;
    return 0;
}

/* An entry of this address. @return false: out of memory */
static bool name_entry(struct score_table *table, struct addr src, struct entry *ret)
{
    *ret = (struct entry){.used = true, .list = NO_LIST};
    if (src.hi == 0 || src.lo == 0) {
        ret->form = src.hi == 0 ? FORM_LOW : FORM_HIGH;
        ret->key = src.hi == 0 ? src.lo : src.hi;
        return true;
    }
    if (table->wide_free == 0 && table->wide_end == table->wide_room) {
        uint32_t room = table->wide_room == 0 ? 16 : 2 * table->wide_room;
        struct addr *wide = reallocarray(table->wide, room, sizeof(*wide));

        if (wide == NULL)
            return false;
        table->wide = wide;
        table->wide_room = room;
    }
    ret->form = FORM_WIDE;
    if (table->wide_free != 0) {
        ret->key = table->wide_free - 1;
        table->wide_free = (uint32_t)table->wide[ret->key].lo;
    } else {
        ret->key = table->wide_end++;
    }
    table->wide[ret->key] = src;
    return true;
}

static void unname_entry(struct score_table *table, const struct entry *entry)
{
    if (entry->form != FORM_WIDE)
        return;
    table->wide[entry->key] = (struct addr){.lo = table->wide_free};
    table->wide_free = (uint32_t)entry->key + 1;
}

uint32_t entry_make(struct score_table *table, struct addr src, bool *ret_fault)
{
    uint32_t number = entry_find(table, src);
    struct entry entry;

    *ret_fault = false;
    if (number != 0)
        return number;
    if (table->counts.sources >= 2 * (uint64_t)table->options.max_sources) {
        table->counts.sources_evicted++;
        return 0;
    }
    *ret_fault = true;
    if (entry_room(table) < 0 || !name_entry(table, src, &entry))
        return 0;
    number = table->entry_free != 0 ? table->entry_free : table->entry_end;
    if (nj_index_add(&table->by_addr, hash_of(table, src), number) < 0) {
        unname_entry(table, &entry);
        return 0;
    }
    *ret_fault = false;
    if (number == table->entry_free)
        table->entry_free = table->entries[number].newer;
    else
        table->entry_end++;
    table->entries[number] = entry;
    table->counts.sources++;
    return number;
}

void entry_list(struct score_table *table, uint32_t number, uint8_t list)
{
    struct entry *e = &table->entries[number];

    if (e->list != NO_LIST) {
        *(e->older != 0 ? &table->entries[e->older].newer : &table->oldest[e->list]) = e->newer;
        *(e->newer != 0 ? &table->entries[e->newer].older : &table->newest[e->list]) = e->older;
    }
    e->list = list;
    e->older = e->newer = 0;
    if (list == NO_LIST)
        return;
    e->older = table->newest[list];
    *(e->older != 0 ? &table->entries[e->older].newer : &table->oldest[list]) = number;
    table->newest[list] = number;
}

static int push(uint32_t **list, size_t *count, size_t *room, uint32_t number,
                struct nj_err *err)
{
    if (*count == *room) {
        size_t more = *room == 0 ? 64 : 2 * *room;
        uint32_t *grown = realloc(*list, more * sizeof(*grown));

        if (grown == NULL)
            return nj_fail(err, NJ_NOMEM, "%zu scored sources", more);
        *list = grown;
        *room = more;
    }
    (*list)[(*count)++] = number;
    return 0;
}

int entry_mark(struct score_table *table, uint32_t number, struct nj_err *err)
{
    if (table->entries[number].dirty)
        return 0;
    if (push(&table->dirty, &table->dirty_count, &table->dirty_room, number, err) < 0)
        return -1;
    table->entries[number].dirty = true;
    return 0;
}

/* ---- the heap of times ---- */

static bool sooner(const struct score_table *table, uint32_t a, uint32_t b)
{
    const struct entry *left = &table->entries[a], *right = &table->entries[b];

    if (left->due_s != right->due_s)
        return left->due_s < right->due_s;
    return addr_compare(entry_src(table, a), entry_src(table, b)) < 0;
}

static void heap_put(struct score_table *table, size_t at, uint32_t number)
{
    table->heap[at] = number;
    table->entries[number].heap_at = (uint32_t)at + 1;
}

static void heap_up(struct score_table *table, size_t at)
{
    uint32_t number = table->heap[at];

    for (; at > 0 && sooner(table, number, table->heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap_put(table, at, table->heap[(at - 1) / 2]);
    heap_put(table, at, number);
}

static void heap_down(struct score_table *table, size_t at)
{
    uint32_t number = table->heap[at];
    size_t child;

    for (; (child = 2 * at + 1) < table->heap_count; at = child) {
        if (child + 1 < table->heap_count &&
            sooner(table, table->heap[child + 1], table->heap[child]))
            child++;
        if (!sooner(table, table->heap[child], number))
            break;
        heap_put(table, at, table->heap[child]);
    }
    heap_put(table, at, number);
}

void entry_unschedule(struct score_table *table, uint32_t number)
{
    size_t at = table->entries[number].heap_at;

    if (at == 0)
        return;
    table->entries[number].heap_at = 0;
    if (--table->heap_count == at - 1)
        return;
    heap_put(table, at - 1, table->heap[table->heap_count]);
    heap_up(table, at - 1);
    heap_down(table, table->entries[table->heap[at - 1]].heap_at - 1);
}

int entry_schedule(struct score_table *table, uint32_t number, int64_t due_s,
                   struct nj_err *err)
{
    size_t at = table->entries[number].heap_at;

    table->entries[number].due_s = due_s;
    if (at != 0) {
        heap_up(table, at - 1);
        heap_down(table, table->entries[number].heap_at - 1);
        return 0;
    }
    if (push(&table->heap, &table->heap_count, &table->heap_room, number, err) < 0)
        return -1;
    heap_up(table, table->heap_count - 1);
    return 0;
}

int entry_unsaved(struct score_table *table, uint32_t number, struct nj_err *err)
{
    if (!table->entries[number].unsaved &&
        push(&table->unsaved, &table->unsaved_count, &table->unsaved_room, number, err) < 0)
        return -1;
    table->entries[number].unsaved = true;
    return 0;
}

void entry_vacate(struct score_table *table, uint32_t number)
{
    struct entry *entry = &table->entries[number];

    if (entry->dirty) {
        size_t at = table->dirty_count - 1;

        while (table->dirty[at] != number)
            at--;
        table->dirty[at] = table->dirty[--table->dirty_count];
    }
    entry_unschedule(table, number);
    entry_list(table, number, NO_LIST);
    record_drop(table, number);
    nj_index_remove(&table->by_addr, entry_hash(table, number), number);
    unname_entry(table, entry);
    *entry = (struct entry){.newer = table->entry_free, .list = NO_LIST};
    table->entry_free = number;
    table->counts.sources--;
}

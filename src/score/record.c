/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of each source: open, as it is worked with, or packed, as most lie (pack.c).
 * The open ones stand in a ring; who is opened takes the place of the one that was opened
 * longest ago, which is packed. Packing loses nothing, so no score depends on who is open. */
#include <stdlib.h>
#include <string.h>

#include "score/state.h"

static size_t packed_size(const struct entry *entry)
{
    return (size_t)entry->packed_units * NJ_SHELF_UNIT;
}

/* @param entry  that is not open */
static void read_packed(const struct score_table *table, const struct entry *entry,
                        struct record *ret)
{
    memset(ret, 0, sizeof(*ret)); /* gaps between members too: records are compared */
    ret->told.base_s = NEVER_TOLD;
    if (entry->packed_units > 0)
        record_unpack(table, nj_shelf_at(&table->shelf, entry->at), packed_size(entry), ret);
}

/* What was packed there is not needed any more. @return its override */
static struct risk_override *give_packed(struct score_table *table, const struct entry *entry,
                                         uint32_t place)
{
    return entry->packed_units == 0
               ? NULL
               : record_unshare(table, nj_shelf_at(&table->shelf, place), packed_size(entry));
}

/* Put an open record on the shelf. */
static int close_one(struct score_table *table, struct open_record *open)
{
    struct entry *entry = &table->entries[open->number];
    uint8_t bytes[RECORD_PACKED_MAX];
    size_t size = record_pack(table, &open->record, bytes);
    unsigned units = nj_shelf_units(size);
    uint32_t place = open->packed;

    if (size == 0)
        return -1;
    if (units != entry->packed_units && nj_shelf_take(&table->shelf, units, &place) < 0) {
        (void)record_unshare(table, bytes, size);
        return -1;
    }
    (void)give_packed(table, entry, open->packed);
    if (units != entry->packed_units) {
        if (entry->packed_units > 0)
            nj_shelf_give(&table->shelf, open->packed, entry->packed_units);
        entry->packed_units = (uint8_t)units;
    }
    memcpy(nj_shelf_at(&table->shelf, place), bytes, size);
    entry->at = place;
    entry->is_open = false;
    open->number = 0;
    return 0;
}

const struct record *record_see(const struct score_table *table, uint32_t number,
                                struct record *room)
{
    const struct entry *entry = &table->entries[number];

    if (entry->is_open)
        return &table->open[entry->at].record;
    read_packed(table, entry, room);
    return room;
}

struct record *record_open(struct score_table *table, uint32_t number, struct nj_err *err)
{
    struct entry *entry = &table->entries[number];
    struct open_record *open;

    if (entry->is_open)
        return &table->open[entry->at].record;
    open = &table->open[table->open_next];
    if (open->number != 0 && close_one(table, open) < 0) {
        nj_fail(err, NJ_NOMEM, "%llu scored sources",
                (unsigned long long)table->counts.sources);
        return NULL;
    }
    read_packed(table, entry, &open->record);
    open->number = number;
    open->packed = entry->at;
    entry->is_open = true;
    entry->at = table->open_next;
    table->open_next = (table->open_next + 1) % table->open_room;
    return &open->record;
}

/* Where its place on the shelf is told. */
static uint32_t *packed_at(struct score_table *table, struct entry *entry)
{
    return entry->is_open ? &table->open[entry->at].packed : &entry->at;
}

void record_drop(struct score_table *table, uint32_t number)
{
    struct entry *entry = &table->entries[number];
    uint32_t place = *packed_at(table, entry);
    struct risk_override *override = give_packed(table, entry, place);

    if (entry->is_open) {
        override = table->open[entry->at].record.override;
        table->open[entry->at].number = 0;
    }
    free(override);
    if (entry->packed_units > 0)
        nj_shelf_give(&table->shelf, place, entry->packed_units);
    entry->is_open = false;
    entry->at = entry->packed_units = 0;
}

void records_tidy(struct score_table *table)
{
    struct nj_shelf tidy = {.boards = NULL};

    nj_shared_tidy(&table->known);
    nj_shared_tidy(&table->told);
    if (!nj_shelf_is_loose(&table->shelf) || nj_shelf_reserve(&tidy, table->shelf.taken) < 0)
        return; /* without memory it goes on as it is */
    for (uint32_t i = 1; i < table->entry_end; i++) {
        struct entry *entry = &table->entries[i];
        uint32_t *packed = packed_at(table, entry), place;

        if (entry->packed_units == 0)
            continue;
        (void)nj_shelf_take(&tidy, entry->packed_units, &place);
        memcpy(nj_shelf_at(&tidy, place), nj_shelf_at(&table->shelf, *packed),
               packed_size(entry));
        *packed = place;
    }
    nj_shelf_empty(&table->shelf);
    table->shelf = tidy;
}

void record_prefetch(const struct score_table *table, uint32_t number)
{
    const struct entry *entry = &table->entries[number];
    const uint8_t *from;
    size_t size;

    if (entry->is_open) {
        from = (const uint8_t *)&table->open[entry->at];
        size = sizeof(struct open_record);
    } else {
        size = packed_size(entry);
        from = size == 0 ? NULL : nj_shelf_at(&table->shelf, entry->at);
    }
    for (size_t at = 0; at < size; at += 64)
        __builtin_prefetch(from + at, 1);
}

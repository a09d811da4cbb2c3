/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tally.h"

#include <stdlib.h>
#include <string.h>

#define S(member) offsetof(struct source_row, member)
#define C(member) offsetof(struct count_row, member)

const struct field source_fields[] = {
    {"sensor", FIELD_TEXT, NULL_NEVER, S(sensor), "", "name of the sensor"},
    {"class", FIELD_TEXT, NULL_NEVER, S(class), "", "class of the sessions"},
    {"proto", FIELD_U8, NULL_NEVER, S(proto), "", "IP protocol number"},
    {"dport", FIELD_U16, NULL_NEVER, S(dport), "", "destination port"},
    {"src", FIELD_ADDRESS, NULL_NEVER, S(src), "", "source address"},
    {"tool", FIELD_TEXT, NULL_NEVER, S(tool), "", "tool as the rows say; NULL: unknown"},
    {"country", FIELD_TEXT, NULL_NEVER, S(country), "", "country at ingest; NULL: unknown"},
    {"asn", FIELD_U32, NULL_IF_ZERO, S(asn), "", "AS number at ingest; NULL: unknown"},
    {"sessions", FIELD_U64, NULL_NEVER, S(sessions), "", "sessions of the day"},
    {"packets", FIELD_U64, NULL_NEVER, S(packets), "", "packets of the day"},
    {"first", FIELD_TIME, NULL_NEVER, S(first), "UTC", "first packet of the day"},
    {"last", FIELD_TIME, NULL_NEVER, S(last), "UTC", "last packet of the day"},
};
const size_t source_field_count = sizeof(source_fields) / sizeof(source_fields[0]);

const struct field count_fields[] = {
    {"sensor", FIELD_TEXT, NULL_NEVER, C(sensor), "", "name of the sensor"},
    {"class", FIELD_TEXT, NULL_NEVER, C(class), "", "class of the sessions"},
    {"country", FIELD_TEXT, NULL_NEVER, C(country), "", "country at ingest; NULL: unknown"},
    {"proto", FIELD_U8, NULL_NEVER, C(proto), "", "IP protocol number"},
    {"dport", FIELD_U16, NULL_NEVER, C(dport), "", "destination port"},
    {"sessions", FIELD_U64, NULL_NEVER, C(sessions), "", "sessions of the day"},
    {"packets", FIELD_U64, NULL_NEVER, C(packets), "", "packets of the day"},
};
const size_t count_field_count = sizeof(count_fields) / sizeof(count_fields[0]);

#define AHEAD 16u /* rows to load in advance */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

/* Texts are interned: the same text has the same address, within one row array. */
static uint64_t mix_text(uint64_t hash, const char *text)
{
    return mix(hash, (uint64_t)(uintptr_t)text);
}

/* Empty slots for a group of at most `count` rows. */
static int clear_slots(struct tally *tally, size_t count, size_t *ret_mask, struct nj_err *err)
{
    size_t room = 16;

    while (room < 2 * count)
        room *= 2;
    if (room > tally->slot_room) {
        free(tally->slots);
        tally->slots = malloc(room * sizeof(*tally->slots));
        tally->slot_room = tally->slots == NULL ? 0 : room;
        if (tally->slots == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for a summary");
    }
    memset(tally->slots, 0, room * sizeof(*tally->slots));
    *ret_mask = room - 1;
    return 0;
}

static int make_room(void **rows, size_t *room, size_t need, size_t size, struct nj_err *err)
{
    size_t more = *room == 0 ? 1024 : *room;
    void *bigger;

    if (need <= *room)
        return 0;
    while (more < need)
        more *= 2;
    bigger = realloc(*rows, more * size);
    if (bigger == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a summary");
    *rows = bigger;
    *room = more;
    return 0;
}

static bool same_source(const struct source_row *sum, const struct row *row)
{
    return sum->dport == row->dport && sum->proto == row->proto && sum->class == row->class &&
           sum->tool == row->tool && sum->sensor == row->sensor &&
           sum->country == row->country && sum->asn == row->asn;
}

/* Where all packets had `sport`, the stored row has no more than that. */
static void add_sports(struct source_row *sum, const struct row *row)
{
    bool one = row->sport_min == row->sport && row->sport_max == row->sport;

    if (row->sport_min < sum->sport_min)
        sum->sport_min = row->sport_min;
    if (row->sport_max > sum->sport_max)
        sum->sport_max = row->sport_max;
    sum->sport_bands |= one ? UINT64_C(1) << row->sport / 1024 : row->sport_bands;
}

/* The rows of one source. */
static int add_source(struct tally *tally, int32_t day, const struct row *const *rows,
                      size_t count, struct nj_err *err)
{
    void *sources = tally->sources;
    size_t mask = 0;

    if (make_room(&sources, &tally->source_room, tally->source_count + count,
                  sizeof(*tally->sources), err) < 0)
        return -1;
    tally->sources = sources;
    if (clear_slots(tally, count, &mask, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct row *row = rows[i];
        int64_t last = row->ts + row->duration_us;
        uint64_t hash = mix_text(mix(row->proto, row->dport), row->tool);
        struct source_row *sum;
        size_t slot = (size_t)mix_text(hash, row->class) & mask;

        while (tally->slots[slot] != 0 &&
               !same_source(&tally->sources[tally->slots[slot] - 1], row))
            slot = (slot + 1) & mask;
        if (tally->slots[slot] == 0) {
            tally->sources[tally->source_count++] = (struct source_row){
                .first = row->ts,
                .last = last,
                .src = row->src,
                .sensor = row->sensor,
                .class = row->class,
                .tool = row->tool,
                .country = row->country,
                .asn = row->asn,
                .day = day,
                .dport = row->dport,
                .sport_min = row->sport_min,
                .sport_max = row->sport_max,
                .proto = row->proto,
            };
            tally->slots[slot] = (uint32_t)tally->source_count;
        }
        sum = &tally->sources[tally->slots[slot] - 1];
        sum->sessions += row->sessions;
        sum->packets += row->packets;
        sum->first = row->ts < sum->first ? row->ts : sum->first;
        sum->last = last > sum->last ? last : sum->last;
        add_sports(sum, row);
    }
    return 0;
}

static bool same_count(const struct count_row *sum, const struct source_row *row)
{
    return sum->dport == row->dport && sum->proto == row->proto && sum->class == row->class &&
           sum->country == row->country && sum->sensor == row->sensor;
}

/* The day's counts, from its sources' sums. */
static int add_counts(struct tally *tally, int32_t day, size_t from, struct nj_err *err)
{
    size_t count = tally->source_count - from;
    void *counts = tally->counts;
    size_t mask = 0;

    if (make_room(&counts, &tally->count_room, tally->count_count + count,
                  sizeof(*tally->counts), err) < 0)
        return -1;
    tally->counts = counts;
    if (clear_slots(tally, count, &mask, err) < 0)
        return -1;
    for (size_t i = from; i < tally->source_count; i++) {
        const struct source_row *row = &tally->sources[i];
        uint64_t hash = mix_text(mix(row->proto, row->dport), row->country);
        size_t slot = (size_t)mix_text(hash, row->class) & mask;
        struct count_row *sum;

        while (tally->slots[slot] != 0 &&
               !same_count(&tally->counts[tally->slots[slot] - 1], row))
            slot = (slot + 1) & mask;
        if (tally->slots[slot] == 0) {
            tally->counts[tally->count_count++] = (struct count_row){
                .sensor = row->sensor,
                .class = row->class,
                .country = row->country,
                .day = day,
                .dport = row->dport,
                .proto = row->proto,
            };
            tally->slots[slot] = (uint32_t)tally->count_count;
        }
        sum = &tally->counts[tally->slots[slot] - 1];
        sum->sessions += row->sessions;
        sum->packets += row->packets;
    }
    return 0;
}

/* Sorted rows stand scattered in memory. */
static void load_row(const struct row *const *rows, size_t count, size_t i)
{
    if (i >= count)
        return;
    for (size_t line = 0; line < sizeof(struct row); line += 64)
        __builtin_prefetch((const char *)rows[i] + line);
}

int tally_day(struct tally *tally, int32_t day, const struct row *const *rows, size_t count,
              struct nj_err *err)
{
    size_t before = tally->source_count;

    for (size_t start = 0, end; start < count; start = end) {
        for (end = start + 1; end < count && addr_equal(rows[end]->src, rows[start]->src);
             end++)
            load_row(rows, count, end + AHEAD);
        load_row(rows, count, start + AHEAD);
        if (add_source(tally, day, rows + start, end - start, err) < 0)
            return -1;
    }
    return add_counts(tally, day, before, err);
}

void tally_clear(struct tally *tally)
{
    tally->source_count = 0;
    tally->count_count = 0;
}

void tally_done(struct tally *tally)
{
    free(tally->sources);
    free(tally->counts);
    free(tally->slots);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that wait for a commit: filling and sorting.
 *
 * Sorting is ours: a radix sort over (day, source, time within the day) costs some 20 ns a
 * row, where DuckDB's general sort over all columns costs more than writing them. */
#include <stdlib.h>
#include <string.h>

#include "store/stage.h"

#include "base/huge.h"
#include "base/span.h"

static int32_t day_of(int64_t us)
{
    return (int32_t)((us - (us < 0 ? DAY_US - 1 : 0)) / DAY_US);
}

/* ---- filling ---- */

static int grow(void **items, size_t *room, size_t need, size_t size, struct nj_err *err)
{
    size_t more = *room == 0 ? 4096 : *room;
    void *bigger;

    if (need <= *room)
        return 0;
    while (more < need)
        more *= 2;
    bigger = nj_huge_grown(*items, *room, more, size);
    if (bigger == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %zu staged rows", more);
    *items = bigger;
    *room = more;
    return 0;
}

static int keep_bytes(struct stage *stage, const void *bytes, size_t length,
                      struct row_bytes *ret, struct nj_err *err)
{
    void *heap = stage->heap;

    if (length == 0) {
        *ret = (struct row_bytes){0, 0};
        return 0;
    }
    if (stage->heap_used + length > UINT32_MAX)
        return nj_fail(err, NJ_LIMIT, "staged payloads above 4 GiB");
    if (grow(&heap, &stage->heap_room, stage->heap_used + length, 1, err) < 0)
        return -1;
    stage->heap = heap;
    memcpy(stage->heap + stage->heap_used, bytes, length);
    *ret = (struct row_bytes){(uint32_t)stage->heap_used, (uint32_t)length};
    stage->heap_used += length;
    return 0;
}

static const char *text_of(struct stage *stage, const char *text)
{
    return nj_intern_text(stage->texts, nj_intern_z(stage->texts, text));
}

int store_add_visit(struct store *store, const struct visit *v, const char *sensor,
                    const struct store_place *place, const struct nj_intern *names,
                    struct nj_err *err)
{
    struct stage *stage = store->stage;
    void *rows = stage->rows;
    struct row *row;

    if (grow(&rows, &stage->room, stage->count + 1, sizeof(*row), err) < 0)
        return -1;
    stage->rows = rows;
    row = &stage->rows[stage->count];
    if (keep_bytes(stage, v->payload, v->payload_length, &row->payload, err) < 0 ||
        keep_bytes(stage, v->user, v->user_length, &row->user, err) < 0)
        return -1;
    row->ts = v->first_ns / 1000;
    row->duration_us = v->last_ns / 1000 - row->ts;
    row->handed = v->handed_ns / 1000;
    row->seq = v->seq;
    row->packets = v->packets;
    row->bytes = v->bytes;
    row->sport_bands = v->sport_bands;
    row->instance = v->instance;
    row->src = v->src;
    row->dst = v->dst;
    row->sensor = text_of(stage, sensor);
    row->class = class_names[v->class];
    row->rule = nj_intern_text(names, v->rule);
    row->tool = nj_intern_text(names, v->tool);
    row->stack = nj_intern_text(names, v->stack);
    row->app = nj_intern_text(names, v->app);
    row->conn_state = nj_intern_text(names, v->conn_state);
    row->country = text_of(stage, place->country);
    row->asn = place->asn;
    row->sessions = v->sessions;
    row->targets = v->targets;
    row->repeats = v->repeats;
    row->answered = v->answered;
    row->dport = v->dport;
    row->sport = v->sport;
    row->sport_min = v->sport_min;
    row->sport_max = v->sport_max;
    row->window = v->window;
    memcpy(row->sports, v->sports, sizeof(row->sports));
    row->sports_count = v->sports_count;
    row->proto = v->proto;
    row->ttl = v->ttl;
    row->ttl_min = v->ttl_min;
    row->ttl_max = v->ttl_max;
    row->tcp_flags = v->tcp_flags;
    row->no_fields = v->no_fields;
    stage->count++;
    return 0;
}

int store_add_trait(struct store *store, const struct trait *trait, const char *sensor,
                    struct nj_err *err)
{
    struct stage *stage = store->stage;
    void *rows = stage->traits;
    struct trait_row *row;

    if (grow(&rows, &stage->trait_room, stage->trait_count + 1, sizeof(*row), err) < 0)
        return -1;
    stage->traits = rows;
    row = &stage->traits[stage->trait_count];
    if (keep_bytes(stage, trait->value, strlen(trait->value), &row->value, err) < 0)
        return -1;
    row->ts = trait->time_ns / 1000;
    row->src = trait->src;
    row->sensor = text_of(stage, sensor);
    row->kind = trait->kind;
    row->packets = trait->packets;
    row->bits = trait->bits;
    stage->trait_count++;
    return 0;
}

int store_add_sample(struct store *store, const struct sample *sample, const char *sensor,
                     const struct nj_intern *names, struct nj_err *err)
{
    struct stage *stage = store->stage;
    void *rows = stage->samples;
    struct sample_row *row;

    if (grow(&rows, &stage->sample_room, stage->sample_count + 1, sizeof(*row), err) < 0)
        return -1;
    stage->samples = rows;
    row = &stage->samples[stage->sample_count];
    if (keep_bytes(stage, sample->bytes, sample->captured, &row->packet, err) < 0)
        return -1;
    row->ts = sample->time_ns / 1000;
    row->src = sample->src;
    row->dst = sample->dst;
    row->sensor = text_of(stage, sensor);
    row->class = class_names[sample->class];
    row->tool = nj_intern_text(names, sample->tool);
    row->length = sample->length;
    row->nth = sample->nth;
    row->sport = sample->sport;
    row->dport = sample->dport;
    row->proto = sample->proto;
    stage->sample_count++;
    return 0;
}

size_t store_staged(const struct store *store)
{
    return store->stage->count;
}

void stage_clear(struct stage *stage)
{
    stage->count = 0;
    stage->trait_count = 0;
    stage->sample_count = 0;
    stage->heap_used = 0;
    tally_clear(&stage->tally);
}

/* ---- sorting ---- */

/* 16 bits of day, 32 of address, 16 of time. IPv4 sorts whole; IPv6 by its first 32 bits,
 * and the exact order comes from the pass over equal neighbours. */
static uint64_t key_of(int64_t ts, struct addr src)
{
    uint64_t address = addr_is_v4(src) ? addr_v4(src) : src.hi >> 32;
    int64_t within = ts - (int64_t)day_of(ts) * DAY_US;

    return (uint64_t)(uint16_t)day_of(ts) << 48 | address << 16 |
           (uint64_t)within * 65536 / DAY_US;
}

/* Eight passes of a byte each, the lowest first, but for bytes that all keys share: those of
 * the day nearly always, half the address where one network sends. */
static void radix_sort(struct sort_key *keys, struct sort_key *spare, size_t count)
{
    uint32_t counts[8][256] = {0};
    struct sort_key *from = keys, *to = spare;

    for (size_t i = 0; i < count; i++)
        for (unsigned byte = 0; byte < 8; byte++)
            counts[byte][keys[i].key >> 8 * byte & 255]++;
    for (unsigned byte = 0; count > 0 && byte < 8; byte++) {
        uint32_t *starts = counts[byte];
        struct sort_key *t = from;
        uint32_t sum = 0;

        if (starts[keys[0].key >> 8 * byte & 255] == count)
            continue;
        for (unsigned d = 0; d < 256; d++) {
            uint32_t n = starts[d];

            starts[d] = sum;
            sum += n;
        }
        for (size_t i = 0; i < count; i++)
            to[starts[from[i].key >> 8 * byte & 255]++] = from[i];
        from = to;
        to = t;
    }
    if (from != keys)
        memcpy(keys, from, count * sizeof(*keys));
}

static int compare_rows(const void *a, const void *b, void *ctx)
{
    const struct row *rows = ctx;
    const struct row *x = &rows[((const struct sort_key *)a)->index];
    const struct row *y = &rows[((const struct sort_key *)b)->index];
    int by_address = addr_compare(x->src, y->src);

    if (by_address != 0)
        return by_address;
    if (x->ts != y->ts)
        return x->ts < y->ts ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int compare_traits(const void *a, const void *b, void *ctx)
{
    const struct trait_row *rows = ctx;
    const struct trait_row *x = &rows[((const struct sort_key *)a)->index];
    const struct trait_row *y = &rows[((const struct sort_key *)b)->index];
    int by_address = addr_compare(x->src, y->src);

    if (by_address != 0)
        return by_address;
    return x->ts < y->ts ? -1 : x->ts > y->ts;
}

static int compare_samples(const void *a, const void *b, void *ctx)
{
    const struct sample_row *rows = ctx;
    const struct sort_key *i = a, *j = b;
    const struct sample_row *x = &rows[i->index], *y = &rows[j->index];
    int by_address = addr_compare(x->src, y->src);

    if (by_address != 0)
        return by_address;
    if (x->ts != y->ts)
        return x->ts < y->ts ? -1 : 1;
    return i->index < j->index ? -1 : i->index > j->index;
}

/* Sort runs of equal keys by everything that the key has no room for. */
static void settle(struct sort_key *keys, size_t count, void *rows,
                   int (*compare)(const void *, const void *, void *))
{
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && keys[end].key == keys[i].key; end++)
            ;
        if (end - i > 1)
            qsort_r(keys + i, end - i, sizeof(*keys), compare, rows);
    }
}

/* One pass over the sorted rows of each day. */
static int make_summaries(struct stage *stage, struct nj_err *err)
{
    const struct row **sorted = malloc((stage->count + 1) * sizeof(*sorted));
    size_t end;
    int32_t day;
    int rc = 0;

    if (sorted == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory to sort %zu rows", stage->count);
    for (size_t i = 0; i < stage->count; i++)
        sorted[i] = &stage->rows[stage->order[i].index];
    tally_clear(&stage->tally);
    for (size_t start = 0; rc == 0 && stage_day(stage, start, &day, &end) != 0; start = end)
        rc = tally_day(&stage->tally, day, sorted + start, end - start, err);
    free((void *)sorted);
    return rc;
}

int stage_sort(struct stage *stage, struct nj_err *err)
{
    size_t most = stage->count > stage->trait_count ? stage->count : stage->trait_count;
    struct sort_key *spare;
    int rc = -1;

    if (stage->sample_count > most)
        most = stage->sample_count;
    spare = malloc((most + 1) * sizeof(*spare));
    free(stage->order);
    free(stage->trait_order);
    free(stage->sample_order);
    stage->order = malloc((stage->count + 1) * sizeof(*stage->order));
    stage->trait_order = malloc((stage->trait_count + 1) * sizeof(*stage->trait_order));
    stage->sample_order = malloc((stage->sample_count + 1) * sizeof(*stage->sample_order));
    if (spare == NULL || stage->order == NULL || stage->trait_order == NULL ||
        stage->sample_order == NULL) {
        nj_fail(err, NJ_NOMEM, "no memory to sort %zu rows", most);
        goto out;
    }
    for (uint32_t i = 0; i < stage->count; i++)
        stage->order[i] = (struct sort_key){key_of(stage->rows[i].ts, stage->rows[i].src), i};
    for (uint32_t i = 0; i < stage->trait_count; i++)
        stage->trait_order[i] =
            (struct sort_key){key_of(stage->traits[i].ts, stage->traits[i].src), i};
    for (uint32_t i = 0; i < stage->sample_count; i++)
        stage->sample_order[i] =
            (struct sort_key){key_of(stage->samples[i].ts, stage->samples[i].src), i};
    radix_sort(stage->order, spare, stage->count);
    radix_sort(stage->sample_order, spare, stage->sample_count);
    radix_sort(stage->trait_order, spare, stage->trait_count);
    settle(stage->order, stage->count, stage->rows, compare_rows);
    settle(stage->trait_order, stage->trait_count, stage->traits, compare_traits);
    settle(stage->sample_order, stage->sample_count, stage->samples, compare_samples);
    rc = make_summaries(stage, err);
out:
    free(spare);
    return rc;
}

int stage_day(const struct stage *stage, size_t from, int32_t *ret_day, size_t *ret_end)
{
    size_t end = from;

    if (from >= stage->count)
        return 0;
    *ret_day = day_of(stage->rows[stage->order[from].index].ts);
    while (end < stage->count && stage->order[end].key >> 48 == stage->order[from].key >> 48)
        end++;
    *ret_end = end;
    return 1;
}

int stage_trait_day(const struct stage *stage, size_t from, int32_t *ret_day, size_t *ret_end)
{
    size_t end = from;

    if (from >= stage->trait_count)
        return 0;
    *ret_day = day_of(stage->traits[stage->trait_order[from].index].ts);
    while (end < stage->trait_count &&
           stage->trait_order[end].key >> 48 == stage->trait_order[from].key >> 48)
        end++;
    *ret_end = end;
    return 1;
}

int stage_sample_day(const struct stage *stage, size_t from, int32_t *ret_day, size_t *ret_end)
{
    size_t end = from;

    if (from >= stage->sample_count)
        return 0;
    *ret_day = day_of(stage->samples[stage->sample_order[from].index].ts);
    while (end < stage->sample_count &&
           stage->sample_order[end].key >> 48 == stage->sample_order[from].key >> 48)
        end++;
    *ret_end = end;
    return 1;
}

struct handed stage_handed(const struct stage *stage, enum segment_kind kind, size_t start,
                           size_t end)
{
    struct handed handed = {.first_us = INT64_MAX, .last_us = INT64_MIN, .known = true};

    for (size_t i = start; i < end; i++) {
        int64_t us = kind == SEGMENT_VISITS ? stage->rows[stage->order[i].index].handed
                                            : stage->traits[stage->trait_order[i].index].ts;

        handed.first_us = us < handed.first_us ? us : handed.first_us;
        handed.last_us = us > handed.last_us ? us : handed.last_us;
    }
    return handed;
}

bool stage_summary_day(const struct stage *stage, enum segment_kind kind, size_t from,
                       int32_t day, size_t *ret_end)
{
    const struct tally *tally = &stage->tally;
    size_t end = from;

    if (kind == SEGMENT_SOURCES)
        while (end < tally->source_count && tally->sources[end].day == day)
            end++;
    else
        while (end < tally->count_count && tally->counts[end].day == day)
            end++;
    *ret_end = end;
    return end > from;
}

int stage_new(struct store *store, struct nj_err *err)
{
    store->stage = calloc(1, sizeof(*store->stage));
    if (store->stage == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the stage");
    store->stage->texts = nj_intern_new(1u << 16);
    if (store->stage->texts == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the stage");
    return stage_register(store, err);
}

void stage_free(struct stage *stage)
{
    if (stage == NULL)
        return;
    free(stage->rows);
    free(stage->traits);
    free(stage->samples);
    free(stage->heap);
    free(stage->order);
    free(stage->trait_order);
    free(stage->sample_order);
    nj_intern_free(stage->texts);
    tally_done(&stage->tally);
    free(stage);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/samples.h"

#include <string.h>

#include "store/named.h"
#include "store/rows.h"

#define NAMES_MAX (1u << 16)

/* In the order of the SELECT. */
enum {
    AT_TS,
    AT_SENSOR,
    AT_SRC,
    AT_DST,
    AT_PROTO,
    AT_SPORT,
    AT_DPORT,
    AT_CLASS,
    AT_TOOL,
    AT_NTH,
    AT_LENGTH,
    AT_PACKET,
    AT_COUNT,
};

struct gather {
    struct store_samples *to;
    size_t room;
};

static int on_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    (void)ctx;
    (void)names;
    return count == AT_COUNT ? 0 : nj_fail(err, NJ_STORE, "samples: %zu columns", count);
}

static int make_room(struct gather *gather, struct nj_err *err)
{
    struct store_samples *to = gather->to;
    size_t room = gather->room == 0 ? 64 : gather->room * 2;
    void *items, *bytes;

    if (to->count < gather->room)
        return 0;
    items = realloc(to->items, room * sizeof(*to->items));
    if (items != NULL)
        to->items = items;
    bytes = items == NULL ? NULL : realloc(to->bytes, room * sizeof(*to->bytes));
    if (bytes == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %zu packets", room);
    to->bytes = bytes;
    gather->room = room;
    return 0;
}

static uint8_t class_of(const struct cell *cell)
{
    for (uint8_t i = 0; i < CLASS_COUNT; i++)
        if (cell->kind == CELL_TEXT && strlen(class_names[i]) == cell->length &&
            memcmp(class_names[i], cell->text, cell->length) == 0)
            return i;
    return CLASS_OTHER;
}

static int on_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct gather *gather = ctx;
    struct store_samples *to = gather->to;
    const struct cell *packet = &cells[AT_PACKET];
    struct sample *sample;

    (void)count;
    if (packet->kind != CELL_BYTES || packet->length > SAMPLE_BYTES_MAX)
        return 0; /* no packet of ours */
    if (make_room(gather, err) < 0)
        return -1;
    sample = &to->items[to->count];
    *sample = (struct sample){
        .time_ns = cells[AT_TS].number * 1000,
        .src = cells[AT_SRC].address,
        .dst = cells[AT_DST].address,
        .length = (uint32_t)cells[AT_LENGTH].unsigned_number,
        .nth = (uint32_t)cells[AT_NTH].unsigned_number,
        .sport = (uint16_t)cells[AT_SPORT].unsigned_number,
        .dport = (uint16_t)cells[AT_DPORT].unsigned_number,
        .proto = (uint8_t)cells[AT_PROTO].unsigned_number,
        .class = class_of(&cells[AT_CLASS]),
        .captured = (uint16_t)packet->length,
    };
    if (cells[AT_SENSOR].kind == CELL_TEXT)
        sample->sensor =
            nj_intern(to->names, cells[AT_SENSOR].text, (uint32_t)cells[AT_SENSOR].length);
    if (cells[AT_TOOL].kind == CELL_TEXT)
        sample->tool =
            nj_intern(to->names, cells[AT_TOOL].text, (uint32_t)cells[AT_TOOL].length);
    memcpy(to->bytes[to->count], packet->text, packet->length);
    to->count++;
    return 0;
}

static char *question_sql(const struct samples_question *question)
{
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);

    if (out == NULL)
        return NULL;
    (void)fputs("WITH s AS (SELECT *, row_number() OVER (PARTITION BY src, tool, proto, dport"
                " ORDER BY ts, nth, sport) AS turn FROM samples WHERE ",
                out);
    named_where(question->sources, question->source_count, out);
    (void)fputs(" AND day BETWEEN CAST(make_timestamp(?) AS DATE) AND"
                " CAST(make_timestamp(?) AS DATE)"
                " AND ts BETWEEN make_timestamp(?) AND make_timestamp(?)"
                " ORDER BY turn, ts, src, sensor, proto, dport, nth",
                out);
    if (question->limit > 0)
        (void)fprintf(out, " LIMIT %u", question->limit);
    (void)fputs(") SELECT ts, sensor, src, dst, proto, sport, dport, class, tool, nth, length,"
                " packet FROM s ORDER BY ts, src, sensor, proto, dport, nth",
                out);
    return fclose(out) == 0 ? sql : NULL;
}

int store_samples(struct store *store, const struct samples_question *question,
                  struct store_samples *ret, struct nj_err *err)
{
    const struct duck_value from = {.kind = DUCK_INT,
                                    .integer =
                                        question->from_us == INT64_MIN ? 0 : question->from_us},
                            to = {.kind = DUCK_INT,
                                  .integer = question->to_us == INT64_MAX ? 253402300799999999
                                                                          : question->to_us};
    const struct duck_value values[] = {from, to, from, to};
    char *sql = question_sql(question);
    struct gather gather = {.to = ret};
    const struct row_sink sink = {.head = on_head, .row = on_row, .ctx = &gather};
    int rc;

    *ret = (struct store_samples){.names = nj_intern_new(NAMES_MAX)};
    if (sql == NULL || ret->names == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a query");
    else
        rc = rows_query(store, sql, values, 4, &sink, err);
    for (size_t i = 0; rc == 0 && i < ret->count; i++)
        ret->items[i].bytes = ret->bytes[i];
    if (rc < 0)
        store_samples_done(ret);
    free(sql);
    return rc;
}

void store_samples_done(struct store_samples *samples)
{
    free(samples->items);
    free(samples->bytes);
    nj_intern_free(samples->names);
    *samples = (struct store_samples){0};
}

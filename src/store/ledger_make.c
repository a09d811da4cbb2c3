/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of ledgers: at a commit from the sums that are made in passing (tally.c), at
 * compaction by SQL from the joined visits. */
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "duck/duck.h"
#include "store/ledger.h"
#include "store/ledger_layout.h"
#include "store/stage.h"

/* Where rows come from, one after the other. */
struct origin {
    int32_t day;
    /* staged: */
    const struct source_row *sums;
    size_t count;
    /* joined: */
    struct duck_query *query;
    uint64_t *ret_rows;
};

static uint32_t days_after(int32_t day, int64_t last_us)
{
    int64_t days = last_us / DAY_US - day;

    return days < 0 ? 0 : days > INT16_MAX ? INT16_MAX : (uint32_t)days;
}

static int add(struct ledger_writer *writer, const struct ledger_row *row,
               const struct origin *origin, struct nj_err *err)
{
    if (addr_is_none(row->src)) /* nobody's; its rows have no source, and nobody asks for it */
        return 0;
    ++*origin->ret_rows;
    return ledger_writer_add(writer, row, err);
}

static int write_file(struct store *store, store_snapshot_fn write, struct origin *origin,
                      struct segment_list *list, struct nj_err *err)
{
    struct segment segment = {.kind = SEGMENT_LEDGERS, .day = origin->day};
    char staged[PATH_MAX];

    origin->ret_rows = &segment.rows;
    segment_staged(store, list->count, staged);
    if (state_write(staged, write, origin, &segment, err) < 0)
        return nj_within(err, "write %s", segment_folders[SEGMENT_LEDGERS]);
    return segment_list_add(list, &segment, err);
}

/* ---- staged ---- */

static int by_source(const void *a, const void *b)
{
    const struct source_row *x = *(const struct source_row *const *)a;
    const struct source_row *y = *(const struct source_row *const *)b;
    int order = addr_compare(x->src, y->src);

    return order != 0 ? order : (x > y) - (x < y);
}

/* The stage sorts by 32 bits of an address: IPv6 stands among IPv4, and in turns. @return to be
 * freed; NULL: no memory */
static const struct source_row **in_order(const struct source_row *sums, size_t count)
{
    const struct source_row **order = calloc(count + 1, sizeof(*order));
    bool sorted = true;

    for (size_t i = 0; order != NULL && i < count; i++) {
        order[i] = &sums[i];
        sorted = sorted && (i == 0 || addr_compare(sums[i - 1].src, sums[i].src) <= 0);
    }
    if (!sorted)
        qsort((void *)order, count, sizeof(*order), by_source);
    return order;
}

static int write_staged(void *ctx, FILE *out, struct nj_err *err)
{
    const struct origin *origin = ctx;
    const struct source_row **order;
    struct ledger_writer *writer;
    int rc = ledger_writer_new(out, &writer, err);

    if (rc < 0)
        return -1;
    order = in_order(origin->sums, origin->count);
    if (order == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for ledgers");
    for (size_t i = 0; rc == 0 && i < origin->count; i++) {
        const struct source_row *sum = order[i];
        const struct ledger_row row = {
            .src = sum->src,
            .sensor = sum->sensor,
            .class = sum->class,
            .tool = sum->tool,
            .sessions = sum->sessions,
            .packets = sum->packets,
            .sport_bands = sum->sport_bands,
            .days = days_after(origin->day, sum->last),
            .dport = sum->dport,
            .sport_min = sum->sport_min,
            .sport_max = sum->sport_max,
            .proto = sum->proto,
        };

        rc = add(writer, &row, origin, err);
    }
    if (rc == 0)
        rc = ledger_writer_end(writer, err);
    ledger_writer_free(writer);
    free((void *)order);
    return rc;
}

int ledger_stage(struct store *store, size_t start, size_t end, int32_t day,
                 struct segment_list *list, struct nj_err *err)
{
    struct origin origin = {
        .day = day, .sums = store->stage->tally.sources + start, .count = end - start};

    return write_file(store, write_staged, &origin, list, err);
}

/* ---- joined ---- */

/* Columns up to the day, in their order. */
static const char join_sql[] =
    "SELECT src, sensor, class, tool, proto, dport, sum(sessions)::UBIGINT,"
    " sum(packets)::UBIGINT, min(coalesce(sport_min, sport)), max(coalesce(sport_max, sport)),"
    " bit_or(coalesce(sport_bands, 1::UBIGINT << (sport // 1024)::UBIGINT)),"
    " max(ts + to_microseconds(duration_us)) FROM %s WHERE src IS NOT NULL"
    " GROUP BY src, sensor, class, tool, proto, dport"
    " ORDER BY src, proto, dport, class, sensor, tool";

/* A copy that ends with a zero. @return text; "" for NULL */
static const char *text_at(duckdb_vector vector, idx_t row, struct nj_intern *texts)
{
    duckdb_string_t *text = (duckdb_string_t *)duckdb_vector_get_data(vector) + row;
    uint32_t number = NJ_INTERN_NONE;

    if (duckdb_validity_row_is_valid(duckdb_vector_get_validity(vector), row))
        number = nj_intern(texts, duckdb_string_t_data(text), duckdb_string_t_length(*text));
    return nj_intern_text(texts, number);
}

static int add_chunk(struct ledger_writer *writer, duckdb_data_chunk chunk,
                     const struct origin *origin, struct nj_intern *texts, struct nj_err *err)
{
    idx_t count = duckdb_data_chunk_get_size(chunk);
    duckdb_vector vectors[LEDGER_DAY];
    const void *at[LEDGER_DAY];

    for (idx_t i = 0; i < LEDGER_DAY; i++) {
        vectors[i] = duckdb_data_chunk_get_vector(chunk, i);
        at[i] = duckdb_vector_get_data(vectors[i]);
    }
    for (idx_t i = 0; i < count; i++) {
        const struct ledger_row row = {
            .src = addr_of_uuid(((const duckdb_uhugeint *)at[LEDGER_SRC])[i]),
            .sensor = text_at(vectors[LEDGER_SENSOR], i, texts),
            .class = text_at(vectors[LEDGER_CLASS], i, texts),
            .tool = text_at(vectors[LEDGER_TOOL], i, texts),
            .sessions = ((const uint64_t *)at[LEDGER_SESSIONS])[i],
            .packets = ((const uint64_t *)at[LEDGER_PACKETS])[i],
            .sport_bands = ((const uint64_t *)at[LEDGER_SPORT_BANDS])[i],
            .days = days_after(origin->day, ((const int64_t *)at[LEDGER_LAST])[i]),
            .dport = ((const uint16_t *)at[LEDGER_DPORT])[i],
            .sport_min = ((const uint16_t *)at[LEDGER_SPORT_MIN])[i],
            .sport_max = ((const uint16_t *)at[LEDGER_SPORT_MAX])[i],
            .proto = ((const uint8_t *)at[LEDGER_PROTO])[i],
        };

        if (add(writer, &row, origin, err) < 0)
            return -1;
    }
    return 0;
}

static int write_joined(void *ctx, FILE *out, struct nj_err *err)
{
    const struct origin *origin = ctx;
    struct nj_intern *texts = nj_intern_new(LEDGER_TEXTS_MAX);
    struct ledger_writer *writer = NULL;
    duckdb_data_chunk chunk;
    int rc = texts == NULL ? nj_fail(err, NJ_NOMEM, "no memory for ledgers")
                           : ledger_writer_new(out, &writer, err);

    while (rc == 0 && duck_query_next(origin->query, &chunk) == 0)
        rc = add_chunk(writer, chunk, origin, texts, err);
    if (rc == 0)
        rc = ledger_writer_end(writer, err);
    ledger_writer_free(writer);
    nj_intern_free(texts);
    return rc;
}

int ledger_join(struct store *store, const char *from, int32_t day, struct segment_list *list,
                struct nj_err *err)
{
    struct origin origin = {.day = day};
    char *sql = NULL;
    int rc;

    if (asprintf(&sql, join_sql, from) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    rc = duck_query_open(store->duck, sql, NULL, 0, &origin.query, err);
    if (rc == 0)
        rc = write_file(store, write_joined, &origin, list, err);
    duck_query_close(origin.query);
    free(sql);
    return rc;
}

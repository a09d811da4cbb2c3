/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of ledgers: at a commit of the visits that are staged, at compaction of those that
 * were joined. */
#include <stdlib.h>

#include "duck/duck.h"
#include "store/ledger_layout.h"
#include "store/ledger_sum.h"
#include "store/stage.h"

/* Where visits come from, one of the two. */
struct origin {
    int32_t day;
    const struct stage *stage; /* staged: [start, end) of its order */
    size_t start, end;
    struct duck_query *query; /* joined */
    uint64_t *ret_rows;
};

/* Each gives all visits, and ends the sums while their texts are there. */
static int give_staged(const struct origin *origin, struct ledger_sum *sum, struct nj_err *err);
static int give_joined(const struct origin *origin, struct ledger_sum *sum, struct nj_err *err);

static int write_ledger(void *ctx, FILE *out, struct nj_err *err)
{
    const struct origin *origin = ctx;
    struct ledger_writer *writer = NULL;
    struct ledger_sum *sum = NULL;
    int rc = ledger_writer_new(out, origin->day, &writer, err);

    if (rc == 0)
        rc = ledger_sum_new(writer, &sum, err);
    if (rc == 0)
        rc = origin->query == NULL ? give_staged(origin, sum, err)
                                   : give_joined(origin, sum, err);
    if (rc == 0)
        rc = ledger_writer_end(writer, err);
    ledger_sum_free(sum);
    ledger_writer_free(writer);
    return rc;
}

static int make_segment(struct store *store, struct origin *origin, struct segment_list *list,
                        struct nj_err *err)
{
    struct segment segment = {.kind = SEGMENT_LEDGERS, .day = origin->day};
    char staged[PATH_MAX];

    origin->ret_rows = &segment.rows;
    segment_staged(store, list->count, staged);
    if (state_write(staged, write_ledger, origin, &segment, err) < 0)
        return nj_within(err, "write %s", segment_folders[SEGMENT_LEDGERS]);
    return segment_list_add(list, &segment, err);
}

/* ---- staged ---- */

#define AHEAD 16u /* rows to load in advance; they stand scattered */

static int by_source(const void *a, const void *b)
{
    const struct row *x = *(const struct row *const *)a;
    const struct row *y = *(const struct row *const *)b;
    int order = addr_compare(x->src, y->src);

    return order != 0 ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

/* The stage sorts by 32 bits of an address: IPv6 stands among IPv4, and in turns. @return to be
 * freed; NULL: no memory */
static const struct row **in_order(const struct stage *stage, size_t start, size_t end)
{
    const struct row **order = calloc(end - start + 1, sizeof(*order));
    bool sorted = true;

    for (size_t i = 0; order != NULL && i < end - start; i++) {
        order[i] = &stage->rows[stage->order[start + i].index];
        sorted = sorted && (i == 0 || addr_compare(order[i - 1]->src, order[i]->src) <= 0);
    }
    if (!sorted)
        qsort((void *)order, end - start, sizeof(*order), by_source);
    return order;
}

/* As the view `visits` shows it: where all packets had `sport`, that is all. */
static struct ledger_visit staged_visit(const struct row *row)
{
    bool one = row->sport_min == row->sport && row->sport_max == row->sport;

    return (struct ledger_visit){
        .src = row->src,
        .ts = row->ts,
        .duration_us = row->duration_us,
        .sensor = row->sensor,
        .class = row->class,
        .rule = row->rule,
        .tool = row->tool,
        .stack = row->stack,
        .sessions = row->sessions,
        .packets = row->packets,
        .sport_bands = one ? UINT64_C(1) << row->sport / 1024 : row->sport_bands,
        .sports = one ? &row->sport : row->sports,
        .sport_count = one ? 1 : row->sports_count,
        .dport = row->dport,
        .sport_min = row->sport_min,
        .sport_max = row->sport_max,
        .proto = row->proto,
    };
}

static int give_staged(const struct origin *origin, struct ledger_sum *sum, struct nj_err *err)
{
    const struct row **order = in_order(origin->stage, origin->start, origin->end);
    size_t count = origin->end - origin->start;
    int rc = order == NULL ? nj_fail(err, NJ_NOMEM, "no memory for ledgers") : 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct ledger_visit visit = staged_visit(order[i]);

        for (size_t line = 0; i + AHEAD < count && line < sizeof(struct row); line += 64)
            __builtin_prefetch((const char *)order[i + AHEAD] + line);
        rc = ledger_sum_add(sum, &visit, err);
    }
    if (rc == 0)
        rc = ledger_sum_end(sum, origin->ret_rows, err);
    free((void *)order);
    return rc;
}

int ledger_stage(struct store *store, size_t start, size_t end, int32_t day,
                 struct segment_list *list, struct nj_err *err)
{
    struct origin origin = {.day = day, .stage = store->stage, .start = start, .end = end};

    return make_segment(store, &origin, list, err);
}

/* ---- joined ---- */

enum {
    SRC,
    TS,
    DURATION,
    SENSOR,
    CLASS,
    RULE,
    TOOL,
    STACK,
    PROTO,
    DPORT,
    SESSIONS,
    PACKETS,
    SPORT_MIN,
    SPORT_MAX,
    SPORT_BANDS,
    SPORTS,
    COLUMNS
};

static const char join_sql[] =
    "SELECT src, ts, duration_us, sensor, class, rule, tool, stack, proto, dport,"
    " sessions::UBIGINT, packets::UBIGINT, coalesce(sport_min, sport),"
    " coalesce(sport_max, sport),"
    " coalesce(sport_bands, 1::UBIGINT << (sport // 1024)::UBIGINT), coalesce(sports, [sport])"
    " FROM %s WHERE src IS NOT NULL";

/* A copy that ends with a zero, the same for the same text. @return text; "" for NULL */
static const char *text_at(duckdb_vector vector, idx_t row, struct nj_intern *texts)
{
    duckdb_string_t *text = (duckdb_string_t *)duckdb_vector_get_data(vector) + row;
    uint32_t number = NJ_INTERN_NONE;

    if (duckdb_validity_row_is_valid(duckdb_vector_get_validity(vector), row))
        number = nj_intern(texts, duckdb_string_t_data(text), duckdb_string_t_length(*text));
    return nj_intern_text(texts, number);
}

static int add_chunk(struct ledger_sum *sum, duckdb_data_chunk chunk, struct nj_intern *texts,
                     struct nj_err *err)
{
    idx_t count = duckdb_data_chunk_get_size(chunk);
    duckdb_vector vectors[COLUMNS];
    const void *at[COLUMNS];
    const uint16_t *sports;

    for (idx_t i = 0; i < COLUMNS; i++) {
        vectors[i] = duckdb_data_chunk_get_vector(chunk, i);
        at[i] = duckdb_vector_get_data(vectors[i]);
    }
    sports = duckdb_vector_get_data(duckdb_list_vector_get_child(vectors[SPORTS]));
    for (idx_t i = 0; i < count; i++) {
        duckdb_list_entry list = ((const duckdb_list_entry *)at[SPORTS])[i];
        const struct ledger_visit visit = {
            .src = addr_of_uuid(((const duckdb_uhugeint *)at[SRC])[i]),
            .ts = ((const int64_t *)at[TS])[i],
            .duration_us = ((const int64_t *)at[DURATION])[i],
            .sensor = text_at(vectors[SENSOR], i, texts),
            .class = text_at(vectors[CLASS], i, texts),
            .rule = text_at(vectors[RULE], i, texts),
            .tool = text_at(vectors[TOOL], i, texts),
            .stack = text_at(vectors[STACK], i, texts),
            .sessions = ((const uint64_t *)at[SESSIONS])[i],
            .packets = ((const uint64_t *)at[PACKETS])[i],
            .sport_bands = ((const uint64_t *)at[SPORT_BANDS])[i],
            .sports = sports + list.offset,
            .sport_count = list.length,
            .dport = ((const uint16_t *)at[DPORT])[i],
            .sport_min = ((const uint16_t *)at[SPORT_MIN])[i],
            .sport_max = ((const uint16_t *)at[SPORT_MAX])[i],
            .proto = ((const uint8_t *)at[PROTO])[i],
        };

        if (ledger_sum_add(sum, &visit, err) < 0)
            return -1;
    }
    return 0;
}

static int give_joined(const struct origin *origin, struct ledger_sum *sum, struct nj_err *err)
{
    struct nj_intern *texts = nj_intern_new(LEDGER_TEXTS_MAX);
    duckdb_data_chunk chunk;
    int rc = texts == NULL ? nj_fail(err, NJ_NOMEM, "no memory for ledgers") : 0;

    while (rc == 0 && (rc = duck_query_next(origin->query, &chunk)) == 0)
        rc = add_chunk(sum, chunk, texts, err);
    if (rc == DUCK_END)
        rc = ledger_sum_end(sum, origin->ret_rows, err);
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
        rc = make_segment(store, &origin, list, err);
    duck_query_close(origin.query);
    free(sql);
    return rc;
}

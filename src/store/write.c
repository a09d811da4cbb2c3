/* SPDX-License-Identifier: Apache-2.0 */
/* The first half of a commit, and nearly all of its work: staged rows and the state of the
 * packet stages become files of the staging folder, fsynced. It has a connection to DuckDB of
 * its own and leaves the catalog alone, so that another thread may use the store meanwhile. */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/ledger.h"

/* Rows in one run of DuckDB's Parquet writer; its own default, and what min/max
 * pruning sees. */
#define ROW_GROUP "122880"

int write_segment(struct store *store, struct duck *duck, const char *query,
                  enum segment_kind kind, int32_t day, struct segment_list *list,
                  struct nj_err *err)
{
    struct segment segment = {.kind = kind, .day = day};
    char staged[PATH_MAX];
    char *sql = NULL;
    int rc = -1;

    segment_staged(store, list->count, staged);
    if (asprintf(&sql,
                 "COPY (%s) TO '%s' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1,"
                 " PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 512, ROW_GROUP_SIZE " ROW_GROUP
                 ", KV_METADATA {nightjar_schema: '%d'})",
                 query, staged, SCHEMA_VERSION) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    if (duck_write(duck, sql, &segment.rows, err) < 0) {
        (void)nj_within(err, "write %s", segment_folders[kind]);
        goto out;
    }
    if (segment.rows == 0) {
        (void)unlink(staged);
        rc = 0;
        goto out;
    }
    if (segment_seal(staged, &segment, err) < 0 || segment_list_add(list, &segment, err) < 0)
        goto out;
    rc = 0;
out:
    free(sql);
    return rc;
}

/* Write rows [start, end) of a staged table. */
static int write_staged(struct store *store, const char *table, size_t start, size_t end,
                        enum segment_kind kind, int32_t day, struct nj_err *err)
{
    struct segment_list *list = &store->prepared.list;
    char query[96];

    (void)snprintf(query, sizeof(query), "FROM %s(%zu, %zu)", table, start, end);
    if (write_segment(store, store->writer, query, kind, day, list, err) < 0)
        return -1;
    if (kind == SEGMENT_VISITS || kind == SEGMENT_TRAITS)
        list->items[list->count - 1].handed = stage_handed(store->stage, kind, start, end);
    return 0;
}

static int write_days(struct store *store, struct nj_err *err)
{
    size_t start = 0, end, count = 0, count_end, source = 0, source_end;
    const struct stage *stage = store->stage;
    int32_t day;

    for (; stage_day(stage, start, &day, &end) != 0; start = end) {
        (void)stage_summary_day(stage, SEGMENT_COUNTS, count, day, &count_end);
        (void)stage_summary_day(stage, SEGMENT_SOURCES, source, day, &source_end);
        if (write_staged(store, "staged_visits", start, end, SEGMENT_VISITS, day, err) < 0 ||
            write_staged(store, "staged_counts", count, count_end, SEGMENT_COUNTS, day, err) <
                0 ||
            write_staged(store, "staged_sources", source, source_end, SEGMENT_SOURCES, day,
                         err) < 0 ||
            ledger_stage(store, start, end, day, &store->prepared.list, err) < 0)
            return -1;
        count = count_end;
        source = source_end;
    }
    for (start = 0; stage_trait_day(stage, start, &day, &end) != 0; start = end)
        if (write_staged(store, "staged_traits", start, end, SEGMENT_TRAITS, day, err) < 0)
            return -1;
    for (start = 0; stage_sample_day(stage, start, &day, &end) != 0; start = end)
        if (write_staged(store, "staged_samples", start, end, SEGMENT_SAMPLES, day, err) < 0)
            return -1;
    return 0;
}

void state_staged(const struct store *store, uint64_t number, char ret[PATH_MAX])
{
    (void)snprintf(ret, PATH_MAX, "%s/staging/state%" PRIu64, store->dir, number);
}

int store_write_state(struct store *store, uint64_t number, store_snapshot_fn write, void *ctx,
                      struct nj_err *err)
{
    char path[PATH_MAX];

    state_staged(store, number, path);
    if (state_put(path, write, ctx, err) == 0)
        return 0;
    (void)unlink(path); /* part of it: the disk may be full */
    return -1;
}

static int seal_state(struct store *store, uint64_t number, struct nj_err *err)
{
    char path[PATH_MAX];

    state_staged(store, number, path);
    store->prepared.state_number = number;
    return segment_seal(path, &store->prepared.state, err);
}

/* Staged rows are written by one task at a time. A second thread of DuckDB's would take it, and
 * the caller's would spin until it is done: time that the packet side needs. */
static int use_one_thread(struct store *store, struct nj_err *err)
{
    if (store->one_thread)
        return 0;
    store->one_thread = true;
    return duck_exec(store->writer, err, "SET threads = 1");
}

void prepared_done(struct prepared *prepared)
{
    segment_list_done(&prepared->list);
    *prepared = (struct prepared){.state_number = 0};
}

int store_write(struct store *store, uint64_t state, struct nj_err *err)
{
    prepared_done(&store->prepared);
    if (use_one_thread(store, err) == 0 && stage_sort(store->stage, err) == 0 &&
        write_days(store, err) == 0 && (state == 0 || seal_state(store, state, err) == 0))
        return 0;
    prepared_done(&store->prepared);
    return -1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Verify, compact, expire. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/derived_internal.h"
#include "store/ledger.h"
#include "store/verdicts.h"

#define SMALL_ROWS (STORE_COMMIT_ROWS / 4) /* a commit that was not waited for to fill */

int store_verify(struct store *store, store_line_fn line, void *ctx, struct store_report *ret,
                 struct nj_err *err)
{
    struct segment_list list;
    char why[160], text[400];

    *ret = (struct store_report){0};
    if (segment_list(store, SEGMENT_KINDS, &list, err) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++) {
        const struct segment *segment = &list.items[i];

        ret->segments++;
        ret->rows += segment->rows;
        ret->bytes += segment->size;
        if (segment_check(store, segment, true, why) == 0)
            continue;
        ret->damaged++;
        (void)snprintf(text, sizeof(text), "damaged: %s: %s (%" PRIu64 " rows)", segment->path,
                       why, segment->rows);
        line(ctx, text);
    }
    segment_list_done(&list);
    return ret->damaged == 0 ? 0 : STORE_DAMAGED;
}

/* ---- retiring
 * ----------------------------------------------------------------------------------- */

static int retire(struct store *store, const struct segment *segment, struct nj_err *err)
{
    sqlite3_stmt *stmt;

    if (catalog_prepare(store, "UPDATE segment SET retired_at = unixepoch() WHERE id = ?",
                        &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_int64(stmt, 1, segment->id);
    return catalog_run(store, stmt, err);
}

/* Unlink what was retired longer ago than any query runs. */
static int remove_retired(struct store *store, struct store_report *report, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc;

    if (catalog_prepare(store, "SELECT path FROM segment WHERE retired_at < unixepoch() - ?",
                        &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_int(stmt, 1, SEGMENT_GRACE_S);
    while ((rc = catalog_next(store, stmt, err)) > 0) {
        char path[PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s/%s", store->dir,
                       (const char *)sqlite3_column_text(stmt, 0));
        if (unlink(path) == 0)
            report->removed++;
    }
    (void)sqlite3_finalize(stmt);
    if (rc < 0 ||
        catalog_exec(store,
                     "DELETE FROM segment_span WHERE path IN (SELECT path FROM segment"
                     " WHERE retired_at IS NOT NULL)",
                     err) < 0)
        return -1;
    if (catalog_prepare(store, "DELETE FROM segment WHERE retired_at < unixepoch() - ?", &stmt,
                        err) < 0)
        return -1;
    (void)sqlite3_bind_int(stmt, 1, SEGMENT_GRACE_S);
    return catalog_run(store, stmt, err);
}

/* ---- compaction
 * ---------------------------------------------------------------------------------
 *
 * A day at a time: its visits are joined and sorted, and the summaries made anew from them, so
 * that compaction also mends a damaged summary. Rows are never merged. */

/* The segments of one day and what of them is damaged. */
struct day {
    struct segment_list kinds[SEGMENT_KINDS];
    bool damaged[SEGMENT_KINDS];
};

static void day_done(struct day *day)
{
    for (unsigned kind = 0; kind < SEGMENT_KINDS; kind++)
        segment_list_done(&day->kinds[kind]);
}

static int day_of_list(struct store *store, const struct segment_list *list, int32_t number,
                       store_line_fn line, void *ctx, struct store_report *report,
                       struct day *ret, struct nj_err *err)
{
    char why[160], text[400];

    *ret = (struct day){0};
    for (size_t i = 0; i < list->count; i++) {
        const struct segment *segment = &list->items[i];

        if (segment->day != number)
            continue;
        report->segments++;
        report->rows += segment->rows;
        if (segment_list_add(&ret->kinds[segment->kind], segment, err) < 0)
            return -1;
        if (segment_check(store, segment, false, why) != 0) {
            ret->damaged[segment->kind] = true;
            report->damaged++;
            (void)snprintf(text, sizeof(text), "damaged: %s: %s", segment->path, why);
            line(ctx, text);
        }
    }
    return 0;
}

/* "read_parquet(['a', 'b'])". The caller frees. */
static char *file_list(const struct store *store, const struct segment_list *list)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    (void)fputs("read_parquet([", out);
    for (size_t i = 0; i < list->count; i++)
        (void)fprintf(out, "%s'%s/%s'", i == 0 ? "" : ", ", store->dir, list->items[i].path);
    (void)fputs("], hive_partitioning = false)", out);
    return fclose(out) == 0 ? text : NULL;
}

static uint64_t rows_of(const struct segment_list *list)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < list->count; i++)
        rows += list->items[i].rows;
    return rows;
}

/* Write the joined segment of a kind that keeps its rows. */
static int join_rows(struct store *store, const struct segment_list *old, const char *order,
                     struct segment_list *new, struct nj_err *err)
{
    char *files = file_list(store, old);
    uint64_t before = rows_of(new);
    char *query = NULL;
    int rc = -1;

    if (files == NULL || asprintf(&query, "FROM %s ORDER BY %s", files, order) < 0) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        query = NULL;
        goto out;
    }
    if (write_segment(store, store->duck, query, old->items[0].kind, old->items[0].day, new,
                      err) < 0)
        goto out;
    if (rows_of(new) - before != rows_of(old)) {
        (void)nj_fail(err, NJ_STORE, "compact %s: rows differ, nothing changed",
                      old->items[0].path);
        goto out;
    }
    rc = 0;
out:
    free(files);
    free(query);
    return rc;
}

/* From the visits that were just joined, which stand in the order of their sources. */
static int make_summaries(struct store *store, int32_t day, struct segment_list *new,
                          struct nj_err *err)
{
    char joined[PATH_MAX], *from, *query;
    int rc = 0;

    segment_staged(store, 0, joined);
    if (asprintf(&from, "read_parquet('%s', hive_partitioning = false)", joined) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    for (enum segment_kind kind = SEGMENT_COUNTS; rc == 0 && kind <= SEGMENT_SOURCES; kind++) {
        query = summary_sql(kind, from);
        rc = query == NULL ? nj_fail(err, NJ_NOMEM, "no memory for a query")
                           : write_segment(store, store->duck, query, kind, day, new, err);
        free(query);
    }
    if (rc == 0)
        rc = ledger_join(store, from, day, new, err);
    free(from);
    return rc;
}

static int swap_segments(struct store *store, const struct day *old,
                         const bool replaced[SEGMENT_KINDS], const struct segment_list *new,
                         int64_t commit, struct nj_err *err)
{
    char text[32];

    if (catalog_exec(store, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    for (unsigned kind = 0; kind < SEGMENT_KINDS; kind++)
        for (size_t i = 0; replaced[kind] && i < old->kinds[kind].count; i++)
            if (retire(store, &old->kinds[kind].items[i], err) < 0)
                goto undo;
    for (size_t i = 0; i < new->count; i++)
        if (catalog_add_segment(store, &new->items[i], err) < 0)
            goto undo;
    (void)snprintf(text, sizeof(text), "%" PRId64, commit);
    if (store_set_fact(store, "last_commit", text, err) == 0 &&
        derived_follow(store, commit, err) == 0 && catalog_exec(store, "COMMIT", err) == 0)
        return 0;
undo:
    (void)sqlite3_exec(store->catalog, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

static int compact_day(struct store *store, const struct day *day, int32_t number,
                       int64_t commit, struct store_report *report, struct nj_err *err)
{
    const struct segment_list *visits = &day->kinds[SEGMENT_VISITS];
    const struct segment_list *traits = &day->kinds[SEGMENT_TRAITS];
    const struct segment_list *samples = &day->kinds[SEGMENT_SAMPLES];
    bool summaries_bad = day->damaged[SEGMENT_COUNTS] || day->damaged[SEGMENT_SOURCES] ||
                         day->damaged[SEGMENT_LEDGERS] ||
                         day->kinds[SEGMENT_LEDGERS].count < visits->count; /* an old store's */
    bool rows = !day->damaged[SEGMENT_VISITS] && (visits->count > 1 || summaries_bad);
    bool replaced[SEGMENT_KINDS] = {
        [SEGMENT_VISITS] = rows,
        [SEGMENT_COUNTS] = rows,
        [SEGMENT_SOURCES] = rows,
        [SEGMENT_LEDGERS] = rows,
        [SEGMENT_FIRST_LEDGERS] = rows,
        [SEGMENT_TRAITS] = !day->damaged[SEGMENT_TRAITS] && traits->count > 1,
        [SEGMENT_SAMPLES] = !day->damaged[SEGMENT_SAMPLES] && samples->count > 1,
    };
    struct segment_list new = {0};
    int rc = -1;

    if (!replaced[SEGMENT_VISITS] && !replaced[SEGMENT_TRAITS] && !replaced[SEGMENT_SAMPLES])
        return 0;
    if (replaced[SEGMENT_VISITS] && (join_rows(store, visits, "src, ts, seq", &new, err) < 0 ||
                                     make_summaries(store, number, &new, err) < 0))
        goto out;
    if (replaced[SEGMENT_TRAITS] && join_rows(store, traits, "src, ts", &new, err) < 0)
        goto out;
    if (replaced[SEGMENT_SAMPLES] &&
        join_rows(store, samples, "src, ts, sensor, proto, dport, nth", &new, err) < 0)
        goto out;
    if (segments_publish(store, &new, commit, err) < 0 ||
        swap_segments(store, day, replaced, &new, commit, err) < 0)
        goto out;
    report->written += new.count;
    rc = 0;
out:
    segment_list_done(&new);
    return rc;
}

/* Days in order, and how many of their segments are too many. */
struct days {
    int32_t *items;
    size_t count;
    uint64_t surplus;
};

/* By SQL of which each row is a day and a number of segments; ?1 is the kind of visits, ?2 how
 * many rows a small commit has at most. The caller frees. */
static int find_days(struct store *store, const char *sql, struct days *ret, struct nj_err *err)
{
    size_t room = 0;
    sqlite3_stmt *stmt;
    int rc;

    *ret = (struct days){0};
    if (catalog_prepare(store, sql, &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_int(stmt, 1, SEGMENT_VISITS);
    (void)sqlite3_bind_int(stmt, 2, SMALL_ROWS);
    while ((rc = catalog_next(store, stmt, err)) > 0) {
        if (ret->count == room) {
            int32_t *items;

            room = room == 0 ? 64 : 2 * room;
            items = realloc(ret->items, room * sizeof(*items));
            if (items == NULL) {
                rc = nj_fail(err, NJ_NOMEM, "no memory for %zu days", room);
                break;
            }
            ret->items = items;
        }
        ret->items[ret->count++] = sqlite3_column_int(stmt, 0);
        ret->surplus += (uint64_t)sqlite3_column_int64(stmt, 1);
    }
    (void)sqlite3_finalize(stmt);
    if (rc < 0)
        free(ret->items);
    return rc;
}

static int compact_days(struct store *store, const struct days *days, store_line_fn line,
                        void *ctx, struct store_report *report, struct nj_err *err)
{
    struct segment_list list;
    int64_t commit;
    int rc = 0;

    if (segment_list(store, SEGMENT_KINDS, &list, err) < 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < days->count; i++) {
        struct day day;

        if (next_commit(store, &commit, err) < 0) {
            rc = -1;
            break;
        }
        rc = day_of_list(store, &list, days->items[i], line, ctx, report, &day, err);
        if (rc == 0)
            rc = compact_day(store, &day, days->items[i], commit, report, err);
        day_done(&day);
    }
    segment_list_done(&list);
    return rc == 0 ? remove_retired(store, report, err) : rc;
}

int store_compact(struct store *store, store_line_fn line, void *ctx, struct store_report *ret,
                  struct nj_err *err)
{
    struct days days;
    int rc;

    *ret = (struct store_report){0};
    if (find_days(store,
                  "SELECT DISTINCT day, 0 FROM segment WHERE retired_at IS NULL ORDER BY day",
                  &days, err) < 0)
        return -1;
    rc = compact_days(store, &days, line, ctx, ret, err);
    free(days.items);
    return rc;
}

int store_tidy(struct store *store, store_line_fn line, void *ctx, struct store_report *ret,
               struct nj_err *err)
{
    struct days days;
    int rc = 0;

    *ret = (struct store_report){0};
    if (find_days(store,
                  "SELECT day, count(*) - 1 FROM segment WHERE retired_at IS NULL"
                  " AND kind = ?1 AND commit_id IN (SELECT commit_id FROM segment"
                  "  WHERE retired_at IS NULL AND kind = ?1 GROUP BY commit_id"
                  "  HAVING sum(row_count) <= ?2)"
                  " GROUP BY day HAVING count(*) > 1 ORDER BY day",
                  &days, err) < 0)
        return -1;
    if (days.surplus >= STORE_SMALL_SEGMENTS)
        rc = compact_days(store, &days, line, ctx, ret, err);
    free(days.items);
    return rc;
}

static int64_t limit_of(const struct store_limits *limits, enum segment_kind kind)
{
    switch (kind) {
    case SEGMENT_TRAITS:
        return limits->traits_us;
    case SEGMENT_SAMPLES:
        return limits->samples_us;
    default:
        return limits->visits_us;
    }
}

int store_expire(struct store *store, const struct store_limits *limits, store_line_fn line,
                 void *ctx, struct store_report *ret, struct nj_err *err)
{
    struct segment_list list;
    char text[300];
    int rc = -1;

    *ret = (struct store_report){0};
    if (segment_list(store, SEGMENT_KINDS, &list, err) < 0)
        return -1;
    if (catalog_exec(store, "BEGIN IMMEDIATE", err) < 0)
        goto out;
    for (size_t i = 0; i < list.count; i++) {
        int64_t limit_us = limit_of(limits, list.items[i].kind);

        if (list.items[i].day >= limit_us / 86400000000)
            continue;
        if (retire(store, &list.items[i], err) < 0) {
            (void)sqlite3_exec(store->catalog, "ROLLBACK", NULL, NULL, NULL);
            goto out;
        }
        ret->segments++;
        ret->rows += list.items[i].rows;
        ret->bytes += list.items[i].size;
        (void)snprintf(text, sizeof(text), "expired: %s (%" PRIu64 " rows)", list.items[i].path,
                       list.items[i].rows);
        line(ctx, text);
    }
    if (verdicts_expire(store, limits->visits_us, err) < 0) {
        (void)sqlite3_exec(store->catalog, "ROLLBACK", NULL, NULL, NULL);
        goto out;
    }
    if (catalog_exec(store, "COMMIT", err) < 0)
        goto out;
    rc = remove_retired(store, ret, err);
out:
    segment_list_done(&list);
    return rc;
}

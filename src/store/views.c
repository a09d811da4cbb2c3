/* SPDX-License-Identifier: Apache-2.0 */
/* What every question is asked of: the views visits, traits, samples, counts and sources, of
 * the Parquet files of their kind, and the table of the ledgers (ledger_table.c). All are made
 * of one list of healthy segments from the catalog; a damaged one is set aside with what
 * belongs to it (the summaries of its day and commit), so that all answers agree. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/fields.h"
#include "store/ledger.h"
#include "store/memory.h"
#include "store/query.h"

/* Visits can answer for ledgers (ledger_whole), not ledgers without their visits. */
static bool falls_with(const struct segment *segment, const struct segment *bad)
{
    static const int groups[SEGMENT_KINDS] = {[SEGMENT_TRAITS] = 1,
                                              [SEGMENT_SAMPLES] = 2,
                                              [SEGMENT_FIRST_LEDGERS] = 3,
                                              [SEGMENT_LEDGERS] = 4};

    return segment->day == bad->day && segment->commit == bad->commit &&
           (groups[segment->kind] == groups[bad->kind] ||
            (segment->kind == SEGMENT_LEDGERS && groups[bad->kind] == 0));
}

/* Drop damaged segments, and those that belong to them, from the list. */
static int set_aside(struct store *store, struct segment_list *list, store_line_fn line,
                     void *ctx, struct nj_err *err)
{
    struct segment_list bad = {0};
    char why[160], text[500];
    size_t kept = 0;
    int rc = -1;

    for (size_t i = 0; i < list->count; i++) {
        const struct segment *segment = &list->items[i];

        if (segment_check(store, segment, false, why) == 0)
            continue;
        if (segment_list_add(&bad, segment, err) < 0)
            goto out;
        (void)snprintf(
            text, sizeof(text),
            "segment %s is damaged (%s): set aside with its day's commit, the rest answers",
            segment->path, why);
        line(ctx, text);
    }
    for (size_t i = 0; i < list->count; i++) {
        bool good = true;

        for (size_t j = 0; j < bad.count; j++)
            good = good && !falls_with(&list->items[i], &bad.items[j]);
        if (good)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    rc = 0;
out:
    segment_list_done(&bad);
    return rc;
}

/* What a view gives when there is no segment yet: its columns without rows. */
static void empty_columns(FILE *out, enum segment_kind kind)
{
    static const char *const summaries[SEGMENT_KINDS] = {
        [SEGMENT_COUNTS] = "NULL::VARCHAR AS sensor, NULL::VARCHAR AS class,"
                           " NULL::VARCHAR AS country, NULL::UTINYINT AS proto,"
                           " NULL::USMALLINT AS dport, NULL::UBIGINT AS sessions,"
                           " NULL::UBIGINT AS packets",
        [SEGMENT_SOURCES] =
            "NULL::VARCHAR AS sensor, NULL::VARCHAR AS class,"
            " NULL::UTINYINT AS proto, NULL::USMALLINT AS dport,"
            " NULL::UUID AS src, NULL::VARCHAR AS tool, NULL::VARCHAR AS country,"
            " NULL::UINTEGER AS asn, NULL::UBIGINT AS sessions,"
            " NULL::UBIGINT AS packets, NULL::TIMESTAMP AS first,"
            " NULL::TIMESTAMP AS last",
    };
    const struct field *fields = trait_fields;
    size_t count = trait_field_count;

    if (kind == SEGMENT_VISITS) {
        fields = visit_fields;
        count = visit_field_count;
    } else if (kind == SEGMENT_SAMPLES) {
        fields = sample_fields;
        count = sample_field_count;
    }
    if (summaries[kind] != NULL) {
        (void)fprintf(out, "%s, ", summaries[kind]);
    } else {
        for (size_t i = 0; i < count; i++)
            (void)fprintf(out, "NULL::%s AS %s, ", field_type(&fields[i]), fields[i].name);
    }
    (void)fputs("NULL::DATE AS day WHERE false", out);
}

static int make_view(struct store *store, enum segment_kind kind,
                     const struct segment_list *list, struct nj_err *err)
{
    static const char *const names[SEGMENT_KINDS] = {
        [SEGMENT_VISITS] = "stored_visits", [SEGMENT_TRAITS] = "traits",
        [SEGMENT_COUNTS] = "counts",        [SEGMENT_SOURCES] = "sources",
        [SEGMENT_SAMPLES] = "samples",
    };
    char *sql = NULL;
    size_t size;
    bool any = false;
    FILE *out;
    int rc, kept = memory_follow(store, kind, list, err);

    if (kept < 0)
        return -1;
    out = open_memstream(&sql, &size);
    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a view");
    (void)fprintf(out, "CREATE OR REPLACE VIEW %s AS ", names[kind]);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != kind || kept == 0)
            continue;
        (void)fprintf(out, "%s'%s/%s'", any ? ", " : "SELECT * FROM read_parquet([", store->dir,
                      list->items[i].path);
        any = true;
    }
    if (kept == 0) {
        (void)fprintf(out, "SELECT * FROM %s()", memory_table(kind));
    } else if (any) {
        (void)fputs("], hive_partitioning = true, hive_types = {'day': DATE})", out);
    } else {
        (void)fputs("SELECT ", out);
        empty_columns(out, kind);
    }
    if (fclose(out) != 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a view");
    rc = duck_exec(store->duck, err, sql);
    free(sql);
    return rc;
}

/* Rows whose source port never changed store it once, and those that were handed on with their
 * last packet not when. */
static const char visits_view[] =
    "CREATE OR REPLACE VIEW visits AS SELECT * REPLACE ("
    " coalesce(sport_min, sport) AS sport_min, coalesce(sport_max, sport) AS sport_max,"
    " coalesce(sport_bands, 1::UBIGINT << (sport // 1024)::UBIGINT) AS sport_bands,"
    " coalesce(sports, [sport]) AS sports, " STORED_HANDED " AS handed) FROM stored_visits";

int store_prepare(struct store *store, store_line_fn line, void *ctx, struct nj_err *err)
{
    struct segment_list list;
    int rc = -1;

    if (segment_list(store, SEGMENT_KINDS, &list, err) < 0)
        return -1;
    if (set_aside(store, &list, line, ctx, err) < 0)
        goto out;
    for (enum segment_kind kind = 0; kind <= SEGMENT_SAMPLES; kind++)
        if (make_view(store, kind, &list, err) < 0)
            goto out;
    if (ledger_follow(store, &list, err) < 0)
        goto out;
    rc = duck_exec(store->duck, err, visits_view);
    store->views++;
out:
    segment_list_done(&list);
    return rc;
}

int store_generation(struct store *store, int64_t *ret, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc = -1;

    if (catalog_prepare(store, "PRAGMA data_version", &stmt, err) < 0)
        return -1;
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        *ret = sqlite3_column_int64(stmt, 0);
        rc = 0;
    } else {
        (void)catalog_fail(store, err);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

void store_interrupt(struct store *store)
{
    duckdb_interrupt(duck_connection(store->duck));
    sqlite3_interrupt(store->catalog);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/replay_spans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/fields.h"

/* @return 1 with the span the catalog knows; 0: it knows none; -1 */
static int known_span(struct replay_spans *spans, struct spanned *item, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int step;

    if (catalog_prepare(spans->store,
                        "SELECT first_us, last_us FROM segment_span WHERE path = ?", &stmt,
                        err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, item->segment.path, -1, SQLITE_STATIC);
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW) {
        item->first_us = sqlite3_column_int64(stmt, 0);
        item->last_us = sqlite3_column_int64(stmt, 1);
    }
    (void)sqlite3_finalize(stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(spans->store, err);
    return step == SQLITE_ROW;
}

static const char *time_column(enum segment_kind kind)
{
    return kind == SEGMENT_VISITS ? STORED_HANDED : "ts";
}

/* From the file itself. */
static int measure_span(struct replay_spans *spans, struct spanned *item, struct nj_err *err)
{
    const char *column = time_column(item->segment.kind);
    struct duck_query *query;
    duckdb_data_chunk chunk;
    char sql[PATH_MAX];
    int rc = -1;

    (void)snprintf(sql, sizeof(sql),
                   "SELECT epoch_us(min(%s)), epoch_us(max(%s)) FROM read_parquet('%s/%s')",
                   column, column, spans->store->dir, item->segment.path);
    if (duck_query_open(spans->store->duck, sql, NULL, 0, &query, err) < 0)
        return -1;
    if (duck_query_next(query, &chunk) == 0) {
        item->first_us =
            *(int64_t *)duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
        item->last_us =
            *(int64_t *)duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1));
        rc = 0;
    } else {
        (void)nj_fail(err, NJ_STORE, "segment %s: no rows", item->segment.path);
    }
    duck_query_close(query);
    return rc < 0 ? -1
                  : catalog_add_span(spans->store, item->segment.path, item->first_us,
                                     item->last_us, err);
}

/* Both lists are in the order of segment_list. */
static bool stands_before(const struct segment *x, const struct segment *y)
{
    if (x->kind != y->kind)
        return x->kind < y->kind;
    if (x->day != y->day)
        return x->day < y->day;
    return x->commit != y->commit ? x->commit < y->commit : x->id < y->id;
}

/* What the last look found of a segment; NULL: it was not in the list.
 * @param next  goes through the list with the segments that are asked for */
static const struct spanned *listed(const struct replay_spans *spans,
                                    const struct segment *segment, size_t *next)
{
    while (*next < spans->count && stands_before(&spans->items[*next].segment, segment))
        (*next)++;
    return *next < spans->count && spans->items[*next].segment.id == segment->id
               ? &spans->items[*next]
               : NULL;
}

static int take_segment(struct replay_spans *spans, const struct segment *segment,
                        const struct spanned *old, struct spanned *ret, struct nj_err *err)
{
    char why[160], text[400];
    int rc;

    *ret = (struct spanned){.segment = *segment, .first_us = INT64_MAX, .last_us = INT64_MIN};
    if (segment_check(spans->store, segment, false, why) != 0) {
        ret->damaged = true;
        if (old == NULL || !old->damaged) {
            (void)snprintf(
                text, sizeof(text),
                "segment %s is damaged (%s): what its rows would have told is missing",
                segment->path, why);
            spans->line(spans->line_ctx, text);
        }
        return 0;
    }
    if (old != NULL && !old->damaged) {
        ret->first_us = old->first_us;
        ret->last_us = old->last_us;
        return 0;
    }
    rc = known_span(spans, ret, err);
    if (rc == 0)
        rc = measure_span(spans, ret, err);
    return rc < 0 ? -1 : 0;
}

int replay_spans_look(struct replay_spans *spans, int64_t after, struct replay_span *ret,
                      struct nj_err *err)
{
    struct segment_list list;
    struct spanned *items = NULL;
    size_t count = 0, next = 0;
    int64_t commit;
    int rc = -1;

    *ret =
        (struct replay_span){.new_us = INT64_MAX, .first_us = INT64_MAX, .last_us = INT64_MIN};
    if (next_commit(spans->store, &commit, err) < 0 ||
        segment_list(spans->store, SEGMENT_KINDS, &list, err) < 0)
        return -1;
    ret->commit = commit - 1;
    items = calloc(list.count + 1, sizeof(*items));
    if (items == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for %zu segments", list.count);
        goto out;
    }
    for (size_t i = 0; i < list.count; i++) {
        const struct segment *segment = &list.items[i];
        struct spanned *item = &items[count];

        if (segment->kind != SEGMENT_VISITS && segment->kind != SEGMENT_TRAITS)
            continue;
        if (take_segment(spans, segment, listed(spans, segment, &next), item, err) < 0)
            goto out;
        count++;
        if (item->first_us < ret->first_us)
            ret->first_us = item->first_us;
        if (item->last_us > ret->last_us)
            ret->last_us = item->last_us;
        if (segment->commit > after && item->first_us < ret->new_us)
            ret->new_us = item->first_us;
    }
    free(spans->items);
    spans->items = items;
    spans->count = count;
    items = NULL;
    rc = 0;
out:
    free(items);
    segment_list_done(&list);
    return rc;
}

int replay_spans_files(const struct replay_spans *spans, enum segment_kind kind,
                       int64_t from_us, int64_t to_us, char **ret, struct nj_err *err)
{
    char *text = NULL;
    size_t size;
    bool any = false;
    FILE *out = open_memstream(&text, &size);

    *ret = NULL;
    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    for (size_t i = 0; i < spans->count; i++) {
        const struct spanned *item = &spans->items[i];

        if (item->segment.kind != kind || item->last_us < from_us || item->first_us >= to_us)
            continue;
        (void)fprintf(out, "%s'%s/%s'", any ? ", " : "read_parquet([", spans->store->dir,
                      item->segment.path);
        any = true;
    }
    (void)fputs("], hive_partitioning = false)", out);
    if (fclose(out) != 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    if (any)
        *ret = text;
    else
        free(text);
    return 0;
}

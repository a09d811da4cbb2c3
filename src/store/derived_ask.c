/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a list (derived_lists.c) for a question; the worst of the suspects; and the share of
 * false hops. */
#include "store/derived_ask.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/derived_internal.h"
#include "store/derived_lists.h"
#include "store/ranking.h"
#include "store/rows.h"
#include "store/verdicts.h"

/* ---- rows ---- */

static struct cell cell_at(sqlite3_stmt *stmt, int i, enum cell_kind kind)
{
    struct cell cell = {.kind = kind};

    if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
        return (struct cell){.kind = CELL_NULL};
    switch (kind) {
    case CELL_REAL:
        cell.real = sqlite3_column_double(stmt, i);
        break;
    case CELL_ADDRESS:
        if (sqlite3_column_bytes(stmt, i) != 16)
            return (struct cell){.kind = CELL_NULL};
        cell.address = addr_from_bytes(sqlite3_column_blob(stmt, i));
        break;
    case CELL_TEXT:
    case CELL_JSON:
        cell.text = (const char *)sqlite3_column_text(stmt, i);
        cell.length = (size_t)sqlite3_column_bytes(stmt, i);
        break;
    default:
        cell.number = sqlite3_column_int64(stmt, i);
        break;
    }
    return cell;
}

static size_t count_columns(const struct derived_list *list)
{
    size_t count = 0;

    while (count < LIST_COLUMNS && list->columns[count].name != NULL)
        count++;
    return count;
}

static int send_head(const struct derived_list *list, const struct row_sink *sink,
                     struct nj_err *err)
{
    const char *names[LIST_COLUMNS];
    size_t count = count_columns(list);

    for (size_t i = 0; i < count; i++)
        names[i] = list->columns[i].name;
    return sink->head == NULL ? 0 : sink->head(sink->ctx, names, count, err);
}

/* @param ret_sent  how many; may be NULL */
static int send_rows(struct store *store, sqlite3_stmt *stmt, const struct derived_list *list,
                     const struct row_sink *sink, size_t *ret_sent, struct nj_err *err)
{
    struct cell cells[LIST_COLUMNS];
    size_t count = count_columns(list), sent = 0;
    int step;

    for (; (step = sqlite3_step(stmt)) == SQLITE_ROW; sent++) {
        for (size_t i = 0; i < count; i++)
            cells[i] = cell_at(stmt, (int)i, list->columns[i].kind);
        if (sink->row(sink->ctx, cells, count, err) < 0)
            return -1;
    }
    if (ret_sent != NULL)
        *ret_sent = sent;
    return step == SQLITE_DONE ? 0 : catalog_fail(store, err);
}

/* @param limit  -1: none */
static void bind_limit(sqlite3_stmt *stmt, int64_t limit)
{
    (void)sqlite3_reset(stmt); /* a statement that has given rows takes no value */
    (void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, ":limit"), limit);
}

static void bind_values(sqlite3_stmt *stmt, const struct derived_question *question,
                        const struct filter *filter)
{
    struct binder b = {.stmt = stmt};

    bind_int(&b, question->at_us);
    bind_addr(&b, addr_source(question->source));
    bind_int(&b, (int64_t)question->actor);
    bind_filter(&b, filter);
    bind_limit(stmt, question->limit == 0 ? -1 : (int64_t)question->limit);
}

/* ?1 to ?3 are the question's own, the filter's follow. */
static char *make_sql(const struct derived_question *question, const struct filter *filter)
{
    const struct derived_list *list = &derived_lists[question->what];
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);

    if (out == NULL)
        return NULL;
    (void)fputs("SELECT ", out);
    for (size_t i = 0; i < LIST_COLUMNS && list->columns[i].name != NULL; i++)
        (void)fprintf(out, "%s\"%s\"", i == 0 ? "" : ", ", list->columns[i].name);
    (void)fprintf(out,
                  " FROM (%s) WHERE (?1 IS NOT NULL OR ?2 IS NULL OR ?3 IS NULL)"
                  " AND (%s)",
                  list->sql, filter->sql);
    if (!addr_is_none(question->source) && list->source != NULL)
        (void)fprintf(out, " AND %s", list->source);
    if (question->actor != 0 && list->actor != NULL)
        (void)fprintf(out, " AND %s", list->actor);
    if (!question->all && list->accepted != NULL)
        (void)fprintf(out, " AND %s", list->accepted);
    if (list->period != NULL && (question->from_us != 0 || question->to_us != 0) &&
        (question->from_us != INT64_MIN || question->to_us != INT64_MAX))
        (void)fprintf(out, " AND %s%" PRId64 " AND %" PRId64, list->period, question->from_us,
                      question->to_us);
    (void)fprintf(out, " ORDER BY %s", list->order);
    (void)fputs(" LIMIT :limit", out);
    return fclose(out) == 0 ? sql : NULL;
}

/* ---- suspects ------------------------------------------------------------------------------
 *
 * Worst first without a look at everybody: the ranking has the order by risk, and the rest is
 * looked up for the first of it until there are enough rows. Those of equal risk, which other
 * columns order, are looked up together. */

#define LOOKED_UP 64 /* sources at first; a filter that few satisfy makes it more and more */

/* The sources of an actor at any time. @param ret_count  of them */
static int suspects_of_actor(struct store *store, uint64_t actor, uint8_t **ret_sources,
                             size_t *ret_count, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    FILE *out;
    size_t size;
    int step;

    if (catalog_prepare(store, "SELECT DISTINCT source FROM actor_source WHERE actor = ?",
                        &stmt, err) < 0)
        return -1;
    out = open_memstream((char **)ret_sources, &size);
    (void)sqlite3_bind_int64(stmt, 1, (int64_t)actor);
    while ((step = sqlite3_step(stmt)) == SQLITE_ROW && out != NULL)
        if (sqlite3_column_bytes(stmt, 0) == 16)
            (void)fwrite(sqlite3_column_blob(stmt, 0), 16, 1, out);
    (void)sqlite3_finalize(stmt);
    if (out == NULL || fclose(out) != 0)
        return nj_fail(err, NJ_NOMEM, "no memory for suspects");
    *ret_count = size / 16;
    return step == SQLITE_DONE ? 0 : catalog_fail(store, err);
}

static int send_suspects(struct store *store, sqlite3_stmt *stmt, const uint8_t *sources,
                         size_t count, const struct row_sink *sink, size_t *ret_sent,
                         struct nj_err *err)
{
    (void)sqlite3_reset(stmt);
    (void)sqlite3_bind_blob64(stmt, 2, sources, 16 * (uint64_t)count, SQLITE_STATIC);
    return send_rows(store, stmt, &derived_lists[DERIVED_SUSPECTS], sink, ret_sent, err);
}

static int by_address(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

static int send_worst(struct store *store, sqlite3_stmt *stmt,
                      const struct derived_question *question,
                      const struct client_list *clients, const struct row_sink *sink,
                      struct nj_err *err)
{
    size_t left = question->limit, step = LOOKED_UP, from = 0, count, sent = 0;
    const struct ranked *ranked;
    uint8_t *sources;
    int rc = 0;

    if (ranking_at(store, question->at_us, &ranked, &count, err) < 0)
        return -1;
    if (question->limit == 0)
        step = count;
    else if (question->limit > step)
        step = question->limit;
    sources = calloc(count + 1, 16);
    if (sources == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for suspects");
    while (rc == 0 && from < count && (question->limit == 0 || left > 0)) {
        size_t until = from, taken = 0;

        for (; until < count &&
               (until - from < step || ranked[until].risk == ranked[until - 1].risk);
             until++)
            if (!clients_have(clients, ranked[until].source))
                memcpy(sources + 16 * taken++, ranked[until].source, 16);
        if (question->limit > 0)
            bind_limit(stmt, (int64_t)left);
        qsort(sources, taken, 16, by_address); /* as they are stored */
        rc = send_suspects(store, stmt, sources, taken, sink, &sent, err);
        left -= sent;
        from = until;
        step *= 2;
    }
    free(sources);
    return rc;
}

static int suspects(struct store *store, sqlite3_stmt *stmt,
                    const struct derived_question *question, const struct client_list *clients,
                    const struct row_sink *sink, struct nj_err *err)
{
    uint8_t source[16], *sources = NULL;
    size_t count = 0;
    int rc = -1;

    if (!addr_is_none(question->source)) {
        addr_to_bytes(addr_source(question->source), source);
        return send_suspects(store, stmt, source, 1, sink, NULL, err);
    }
    if (question->actor == 0)
        return send_worst(store, stmt, question, clients, sink, err);
    if (suspects_of_actor(store, question->actor, &sources, &count, err) == 0)
        rc = send_suspects(store, stmt, sources, count, sink, NULL, err);
    free(sources);
    return rc;
}

int store_derived(struct store *store, const struct derived_question *question,
                  const struct row_sink *sink, struct nj_err *err)
{
    const struct derived_list *list = &derived_lists[question->what];
    /* one state of the catalog for all statements */
    bool whole =
        question->what == DERIVED_SUSPECTS && sqlite3_get_autocommit(store->catalog) != 0;
    struct filter filter = {0};
    const struct client_list *clients = NULL;
    sqlite3_stmt *stmt = NULL;
    char *sql = NULL;
    int rc = -1;

    if (derived_present(store, err) < 0 ||
        (question->what == DERIVED_SUSPECTS && !question->all &&
         addr_is_none(question->source) && question->actor == 0 &&
         clients_only(store, &clients, err) < 0))
        return -1;
    if (filter_compile(question->filter == NULL ? "" : question->filter, list->fields,
                       list->field_count, &filter, err) < 0)
        goto out;
    if (whole && catalog_exec(store, "BEGIN", err) < 0) {
        whole = false;
        goto out;
    }
    sql = make_sql(question, &filter);
    if (sql == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        goto out;
    }
    if (catalog_prepare(store, sql, &stmt, err) < 0)
        goto out;
    bind_values(stmt, question, &filter);
    if (send_head(list, sink, err) < 0)
        goto out;
    if (question->what == DERIVED_SUSPECTS)
        rc = suspects(store, stmt, question, clients, sink, err);
    else
        rc = send_rows(store, stmt, list, sink, NULL, err);
out:
    (void)sqlite3_finalize(stmt);
    if (whole)
        (void)sqlite3_exec(store->catalog, "COMMIT", NULL, NULL, NULL);
    free(sql);
    filter_done(&filter);
    return rc;
}

int store_fdr(struct store *store, struct derived_fdr *ret, struct nj_err *err)
{
    double *const figures[] = {&ret->threshold,   &ret->bayes,         &ret->decoy,
                               &ret->targets,     &ret->decoys_before, &ret->decoys_week,
                               &ret->decoys_place};
    static const char *const names[] = {
        "fdr_threshold",     "fdr_bayes",       "fdr_decoy",       "fdr_targets",
        "fdr_decoys_before", "fdr_decoys_week", "fdr_decoys_place"};

    if (derived_present(store, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        sqlite3_stmt *stmt;
        int step;

        if (catalog_prepare(store, "SELECT value FROM derive_figure WHERE name = ?", &stmt,
                            err) < 0)
            return -1;
        (void)sqlite3_bind_text(stmt, 1, names[i], -1, SQLITE_STATIC);
        step = sqlite3_step(stmt);
        if (step == SQLITE_ROW)
            *figures[i] = sqlite3_column_double(stmt, 0);
        (void)sqlite3_finalize(stmt);
        if (step == SQLITE_DONE)
            return STORE_UNKNOWN;
        if (step != SQLITE_ROW)
            return catalog_fail(store, err);
    }
    return 0;
}

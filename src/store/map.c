/* SPDX-License-Identifier: Apache-2.0 */
/* Visits for the live map and its replay: few columns, in order, and a sample that says what it
 * stands for. */
#include <stdlib.h>
#include <string.h>

#include "store/map.h"
#include "store/rows.h"
#include "store/scope.h"

/* The sample is every k-th row by number, so that the same question gives the same rows. The
 * numbers of rows that a filter leaves may have a step of their own (a source that tries two
 * ports in turn): these are counted anew. */
static const char map_sql[] =
    "WITH w AS (SELECT ts, seq, src, country, asn, sensor, proto, dport, class, tool, app,"
    " sessions::BIGINT AS sessions, %s AS place FROM visits WHERE seq > ?::UBIGINT AND %s),"
    " t AS (SELECT count(*) AS n, sum(sessions)::BIGINT AS s FROM w)"
    " SELECT w.* EXCLUDE place, n AS rows_total, s AS sessions_total FROM w, t"
    " WHERE place %% greatest(1, (n + ? - 1) // ?) = 0 ORDER BY ts, seq";

enum column {
    TS,
    SEQ,
    SRC,
    COUNTRY,
    ASN,
    SENSOR,
    PROTO,
    DPORT,
    CLASS,
    TOOL,
    APP,
    SESSIONS,
    ROWS_TOTAL,
    SESSIONS_TOTAL,
    COLUMNS
};

struct reader {
    int (*visit)(void *ctx, const struct map_visit *visit, struct nj_err *err);
    void *ctx;
};

static void copy(char *to, size_t size, const struct cell *cell)
{
    size_t length = cell->kind == CELL_TEXT ? cell->length : 0;

    if (length >= size)
        length = size - 1;
    if (length > 0)
        memcpy(to, cell->text, length);
    to[length] = '\0';
}

static uint64_t number(const struct cell *cell)
{
    return cell->kind == CELL_UINT                       ? cell->unsigned_number
           : cell->kind == CELL_INT && cell->number >= 0 ? (uint64_t)cell->number
                                                         : 0;
}

static int on_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    const struct reader *reader = ctx;
    struct map_visit visit;

    if (count != COLUMNS)
        return nj_fail(err, NJ_STORE, "%zu columns for the map, expected %d", count, COLUMNS);
    visit = (struct map_visit){
        .ts_us = cells[TS].number,
        .seq = number(&cells[SEQ]),
        .src = cells[SRC].address,
        .asn = (uint32_t)number(&cells[ASN]),
        .proto = (uint8_t)number(&cells[PROTO]),
        .dport = (uint16_t)number(&cells[DPORT]),
        .sessions = number(&cells[SESSIONS]),
        .rows_total = number(&cells[ROWS_TOTAL]),
        .sessions_total = number(&cells[SESSIONS_TOTAL]),
    };
    copy(visit.country, sizeof(visit.country), &cells[COUNTRY]);
    copy(visit.sensor, sizeof(visit.sensor), &cells[SENSOR]);
    copy(visit.class, sizeof(visit.class), &cells[CLASS]);
    copy(visit.tool, sizeof(visit.tool), &cells[TOOL]);
    copy(visit.app, sizeof(visit.app), &cells[APP]);
    return reader->visit(reader->ctx, &visit, err);
}

int store_map(struct store *store, const struct map_question *question,
              int (*visit)(void *ctx, const struct map_visit *visit, struct nj_err *err),
              void *ctx, struct nj_err *err)
{
    struct reader reader = {.visit = visit, .ctx = ctx};
    const struct row_sink sink = {.row = on_row, .ctx = &reader};
    struct duck_value *values = NULL;
    struct scope scope;
    char *sql = NULL;
    size_t count;
    int rc = -1;

    if (scope_compile(store, &question->scope, &scope, err) < 0)
        return -1;
    count = scope.count + 3;
    values = calloc(count, sizeof(*values));
    if (values == NULL ||
        asprintf(&sql, map_sql,
                 question->scope.filter == NULL ? "seq" : "row_number() OVER (ORDER BY seq)",
                 scope.sql) < 0) {
        sql = NULL;
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        goto out;
    }
    values[0] = (struct duck_value){.kind = DUCK_INT, .integer = (int64_t)question->after_seq};
    for (size_t i = 0; i < scope.count; i++)
        values[1 + i] = scope.values[i];
    values[count - 1] =
        (struct duck_value){.kind = DUCK_INT, .integer = (int64_t)question->rows};
    values[count - 2] = values[count - 1];
    rc = rows_query(store, sql, values, count, &sink, err);
out:
    free(sql);
    free(values);
    scope_done(&scope);
    return rc;
}

static int on_span(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct map_span *span = ctx;

    (void)count;
    (void)err;
    if (cells[0].kind == CELL_TIME && cells[1].kind == CELL_TIME) {
        span->first_us = cells[0].number;
        span->last_us = cells[1].number;
    }
    span->last_seq = number(&cells[2]);
    return 0;
}

int store_span(struct store *store, struct map_span *ret, struct nj_err *err)
{
    const struct row_sink sink = {.row = on_span, .ctx = ret};

    *ret = (struct map_span){.first_us = INT64_MAX, .last_us = INT64_MIN};
    return rows_query(store,
                      "SELECT min(ts), max(ts + to_microseconds(duration_us)), max(seq) FROM"
                      " visits",
                      NULL, 0, &sink, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/scope.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "store/live.h"
#include "store/rows.h"
#include "store/verdicts.h"

const char *const view_names[] = {
    [VIEW_COUNTS] = "counts",
    [VIEW_SOURCES] = "sources",
    [VIEW_VISITS] = "visits",
};

/* Where a visit on its way to the store has the value. */
#define LIVE(name) .member = offsetof(struct live_row, name)

/* Fields of the filter language, in the order of the views that have them. One without LIVE is
 * refused by the live stream. */
static const struct filter_field fields[] = {
    {.name = "sensor", .type = FILTER_TEXT, .column = "sensor", LIVE(sensor)},
    {.name = "class",
     .type = FILTER_TEXT,
     .column = "class",
     .words = class_names,
     .word_count = CLASS_COUNT,
     LIVE(class)},
    {.name = "country", .type = FILTER_TEXT, .column = "country", .length = 2, LIVE(country)},
    {.name = "proto", .type = FILTER_PROTO, .column = "proto", LIVE(proto)},
    {.name = "dport",
     .type = FILTER_NUMBER,
     .column = "dport",
     .most = UINT16_MAX,
     LIVE(dport)},
    {.name = "src", .type = FILTER_ADDRESS, .column = "src", LIVE(src)},
    {.name = "asn", .type = FILTER_NUMBER, .column = "asn", .most = UINT32_MAX, LIVE(asn)},
    {.name = "tool", .type = FILTER_TEXT, .column = "tool", LIVE(tool)},
    {.name = "ts", .type = FILTER_TIME, .column = "ts", LIVE(ts_us)},
    {.name = "dst", .type = FILTER_ADDRESS, .column = "dst", LIVE(dst)},
    {.name = "sport",
     .type = FILTER_NUMBER,
     .column = "sport",
     .most = UINT16_MAX,
     LIVE(sport)},
    {.name = "rule", .type = FILTER_TEXT, .column = "rule", LIVE(rule)},
    {.name = "stack", .type = FILTER_TEXT, .column = "stack", LIVE(stack)},
    {.name = "app", .type = FILTER_TEXT, .column = "app", LIVE(app)},
    {.name = "user", .type = FILTER_TEXT, .column = "\"user\"", LIVE(user)},
    {.name = "conn_state", .type = FILTER_TEXT, .column = "conn_state", LIVE(conn_state)},
    {.name = "ttl", .type = FILTER_NUMBER, .column = "ttl", LIVE(ttl)},
    {.name = "window", .type = FILTER_NUMBER, .column = "\"window\"", LIVE(window)},
    {.name = "tcp_flags", .type = FILTER_NUMBER, .column = "tcp_flags", LIVE(tcp_flags)},
    {.name = "sessions", .type = FILTER_NUMBER, .column = "sessions", LIVE(sessions)},
    {.name = "packets", .type = FILTER_NUMBER, .column = "packets", LIVE(packets)},
    {.name = "targets", .type = FILTER_NUMBER, .column = "targets", LIVE(targets)},
    {.name = "repeats", .type = FILTER_NUMBER, .column = "repeats", LIVE(repeats)},
    {.name = "answered", .type = FILTER_NUMBER, .column = "answered", LIVE(answered)},
};

#define FIELD_CLASS 1      /* its place above */
#define FIELDS_OF_COUNTS 5 /* the first so many */
#define FIELDS_OF_SOURCES 8

const struct filter_field *store_filter_fields(size_t *ret_count)
{
    *ret_count = sizeof(fields) / sizeof(fields[0]);
    return fields;
}

static enum scope_view view_of(uint64_t used)
{
    if (used >> FIELDS_OF_COUNTS == 0)
        return VIEW_COUNTS;
    return used >> FIELDS_OF_SOURCES == 0 ? VIEW_SOURCES : VIEW_VISITS;
}

static void bind_int(struct scope *scope, int64_t number)
{
    scope->values[scope->count++] = (struct duck_value){.kind = DUCK_INT, .integer = number};
}

static void bind_filter(struct scope *scope)
{
    for (size_t i = 0; i < scope->filter.value_count; i++) {
        const struct filter_value *value = &scope->filter.values[i];

        switch (value->type) {
        case FILTER_TEXT:
            scope->values[scope->count++] =
                (struct duck_value){.kind = DUCK_TEXT, .text = value->text};
            break;
        case FILTER_ADDRESS:
            scope->values[scope->count++] = (struct duck_value){
                .kind = DUCK_TEXT, .text = uuid_text(value->address, scope->addresses[i])};
            break;
        default:
            bind_int(scope, value->number);
            break;
        }
    }
}

static bool starts_day(int64_t us)
{
    return us == INT64_MIN || us % DAY_US == 0;
}

/* The bounds of time: whole days by the day of the segment, which every view has. */
static void add_time(struct scope *scope, const struct store_scope *asked, FILE *sql)
{
    bool days = starts_day(asked->from_us) &&
                (asked->to_us == INT64_MAX || starts_day(asked->to_us + 1));

    if (!days)
        scope->view = VIEW_VISITS;
    if (asked->from_us != INT64_MIN) {
        (void)fputs(" AND day >= CAST(make_timestamp(?) AS DATE)", sql);
        bind_int(scope, asked->from_us);
    }
    if (asked->to_us != INT64_MAX) {
        (void)fputs(" AND day <= CAST(make_timestamp(?) AS DATE)", sql);
        bind_int(scope, asked->to_us);
    }
    if (!days) {
        (void)fputs(" AND ts BETWEEN make_timestamp(?) AND make_timestamp(?)", sql);
        bind_int(scope, asked->from_us == INT64_MIN ? 0 : asked->from_us);
        bind_int(scope, asked->to_us == INT64_MAX ? 253402300799999999 : asked->to_us);
    }
}

int scope_compile(struct store *store, const struct store_scope *asked, struct scope *ret,
                  struct nj_err *err)
{
    const char *text = asked->filter == NULL ? "" : asked->filter;
    struct scope scope = {0};
    size_t size;
    bool verdicts;
    FILE *sql;

    if (verdicts_make(store, &verdicts, err) < 0 ||
        filter_compile(text, fields, sizeof(fields) / sizeof(fields[0]), &scope.filter, err) <
            0)
        return -1;
    scope.values = calloc(scope.filter.value_count + 8, sizeof(*scope.values));
    scope.addresses = calloc(scope.filter.value_count + 1, sizeof(*scope.addresses));
    sql = open_memstream(&scope.sql, &size);
    if (scope.values == NULL || scope.addresses == NULL || sql == NULL) {
        if (sql != NULL)
            (void)fclose(sql);
        scope_done(&scope);
        return nj_fail(err, NJ_NOMEM, "no memory for a filter");
    }
    scope.view = view_of(scope.filter.fields_used);
    if (!asked->all_classes && (scope.filter.fields_used >> FIELD_CLASS & 1) == 0)
        scope.counted = verdicts ? VERDICTS_COUNTED : COUNTED_CLASSES;
    if (scope.counted != NULL && verdicts && scope.view < VIEW_SOURCES)
        scope.view = VIEW_SOURCES;
    (void)fprintf(sql, "(%s)", scope.filter.sql);
    bind_filter(&scope);
    if (scope.counted != NULL)
        (void)fprintf(sql, " AND %s", scope.counted);
    add_time(&scope, asked, sql);
    if (fclose(sql) != 0) {
        scope_done(&scope);
        return nj_fail(err, NJ_NOMEM, "no memory for a filter");
    }
    *ret = scope;
    return 0;
}

void scope_done(struct scope *scope)
{
    filter_done(&scope->filter);
    free(scope->values);
    free(scope->addresses);
    free(scope->sql);
}

int scope_rows(struct store *store, struct scope *scope, char *sql, const struct row_sink *sink,
               struct nj_err *err)
{
    int rc = sql == NULL ? nj_fail(err, NJ_NOMEM, "no memory for a query")
                         : rows_query(store, sql, scope->values, scope->count, sink, err);

    free(sql);
    scope_done(scope);
    return rc;
}

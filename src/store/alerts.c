/* SPDX-License-Identifier: Apache-2.0 */
#include "store/alerts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "store/derived_internal.h"
#include "store/rows.h"

static const char *const levels[] = {"LOW", "ELEVATED", "HIGH", "EXTREME"};
static const char *const grades[] = {"A", "B", "C", "D"};
static const char *const answers[] = {"no", "yes"};

#define WORDS(list)                                                                            \
    .type = FILTER_TEXT, .words = (list), .word_count = sizeof(list) / sizeof(*(list))
#define LEVEL_WORD(column)                                                                     \
    "(CASE " column " WHEN 0 THEN 'LOW' WHEN 1 THEN 'ELEVATED' WHEN 2 THEN 'HIGH'"             \
    " WHEN 3 THEN 'EXTREME' END)"

static const struct filter_field fields[] = {
    {.name = "event", .type = FILTER_TEXT, .column = "c.kind"},
    {.name = "time", .type = FILTER_TIME, .column = "c.packet_us"},
    {.name = "noticed", .type = FILTER_TIME, .column = "c.at_us"},
    {.name = "source", .type = FILTER_ADDRESS, .column = "source_of(c.source)"},
    {.name = "src", .type = FILTER_ADDRESS, .column = "source_of(c.source)"},
    {.name = "other", .type = FILTER_ADDRESS, .column = "source_of(c.other)"},
    {.name = "actor", .type = FILTER_TEXT, .column = "c.actor_name"},
    {.name = "watched",
     .column = "(CASE WHEN c.watched THEN 'yes' ELSE 'no' END)",
     WORDS(answers)},
    {.name = "risk", .type = FILTER_NUMBER, .column = "c.risk"},
    {.name = "level", .column = LEVEL_WORD("c.level"), WORDS(levels)},
    {.name = "before", .column = LEVEL_WORD("c.before"), WORDS(levels)},
    {.name = "grade", .column = "substr('ABCD', 1 + c.grade, 1)", WORDS(grades)},
    {.name = "hop", .type = FILTER_NUMBER, .column = "(c.hop * 100)"},
    {.name = "country", .type = FILTER_TEXT, .column = "c.country", .length = 2},
    {.name = "asn", .type = FILTER_NUMBER, .column = "c.asn", .most = UINT32_MAX},
    {.name = "declared",
     .column = "(CASE WHEN c.declared THEN 'yes' ELSE 'no' END)",
     WORDS(answers)},
    {.name = "port", .type = FILTER_NUMBER, .column = "c.port", .most = UINT16_MAX},
    {.name = "proto", .type = FILTER_PROTO, .column = "c.proto"},
    {.name = "sensor", .type = FILTER_TEXT, .column = "c.sensor"},
    {.name = "tool",
     .type = FILTER_TEXT,
     .column = "t.tool",
     .within = "episode t WHERE t.source = c.subject"},
    {.name = "dport",
     .type = FILTER_NUMBER,
     .most = UINT16_MAX,
     .column = "json_extract(j.value, '$.port')",
     .within = "episode p, json_each(ports_json(p.ports)) j WHERE p.source = c.subject"},
};

const struct filter_field *alert_fields(size_t *ret_count)
{
    *ret_count = sizeof(fields) / sizeof(fields[0]);
    return fields;
}

/* ---- gathering ---- */

static int add_watched(struct store *store, const uint64_t *actors, size_t actor_count,
                       const struct addr *sources, size_t source_count, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc = 0;

    if (catalog_prepare(store, "INSERT INTO temp.alert_watched VALUES(?, ?)", &stmt, err) < 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < actor_count + source_count; i++) {
        struct binder b = {.stmt = stmt};

        bind_some(&b, i < actor_count ? (int64_t)actors[i] : 0);
        if (i < actor_count)
            bind_null(&b);
        else
            bind_addr(&b, addr_source(sources[i - actor_count]));
        rc = catalog_step(store, stmt, err);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

int store_alerts_begin(struct store *store, const uint64_t *actors, size_t actor_count,
                       const struct addr *sources, size_t source_count, struct nj_err *err)
{
    static const char tables[] =
        "DROP TABLE IF EXISTS temp.alert_event; DROP TABLE IF EXISTS temp.alert_watched;"
        "CREATE TEMP TABLE alert_watched(actor INTEGER, source BLOB);"
        "CREATE TEMP TABLE alert_event(kind TEXT NOT NULL, key TEXT NOT NULL,"
        " at_us INTEGER NOT NULL, packet_us INTEGER, source BLOB, other BLOB, actor INTEGER,"
        " hop REAL, port INTEGER, proto INTEGER, country TEXT, sensor TEXT, text TEXT NOT NULL,"
        " for_rule INTEGER NOT NULL, before INTEGER)";

    if (derived_present(store, err) < 0 || catalog_exec(store, tables, err) < 0 ||
        add_watched(store, actors, actor_count, sources, source_count, err) < 0)
        return -1;
    return catalog_exec(store,
                        "INSERT INTO temp.alert_watched SELECT DISTINCT m.actor, NULL"
                        " FROM temp.alert_watched w JOIN actor_source m ON m.source = w.source",
                        err);
}

int store_alerts_add(struct store *store, const struct alert_event *event, struct nj_err *err)
{
    struct binder b = {0};

    if (store->add_alert == NULL &&
        catalog_prepare(store,
                        "INSERT INTO temp.alert_event"
                        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                        &store->add_alert, err) < 0)
        return -1;
    b.stmt = store->add_alert;
    bind_text(&b, event->kind);
    bind_text(&b, event->key);
    bind_int(&b, event->at_us);
    bind_some(&b, event->packet_us);
    bind_addr(&b, event->source);
    bind_addr(&b, event->other);
    bind_some(&b, (int64_t)event->actor);
    if (event->hop > 0)
        bind_real(&b, event->hop);
    else
        bind_null(&b);
    if (event->port < 0)
        bind_null(&b);
    else
        bind_int(&b, event->port);
    bind_some(&b, event->proto);
    bind_text(&b, event->country);
    bind_text(&b, event->sensor);
    (void)sqlite3_bind_text(b.stmt, ++b.next, event->text, -1, SQLITE_STATIC);
    bind_int(&b, event->for_rule);
    return catalog_step(store, b.stmt, err);
}

/* The numbers of events, links and actors follow from the rows and may change when older data
 * come in: the key is made of what does not. */
int store_alerts_stored(struct store *store, const char *kind, int64_t from_us, int64_t to_us,
                        struct nj_err *err)
{
    struct binder b = {0};

    if (catalog_prepare(store,
                        "INSERT INTO temp.alert_event SELECT ?1,"
                        " ?1 || '|' || coalesce(hex(e.source), '') || '|' ||"
                        " coalesce(hex(e.other), '') || '|' || e.at_us, e.at_us, e.packet_us,"
                        " e.source, e.other, e.actor, l.probability, NULL, NULL, NULL, NULL,"
                        " event_text(e.text), 4294967295, NULL FROM event e LEFT JOIN link l"
                        " ON ?1 = 'hop' AND l.id = e.link WHERE e.kind = event_kind(?1)"
                        " AND e.at_us BETWEEN ?2 AND ?3 ORDER BY e.at_us, e.id",
                        &b.stmt, err) < 0)
        return -1;
    bind_text(&b, kind);
    bind_int(&b, from_us);
    bind_int(&b, to_us);
    return catalog_run(store, b.stmt, err);
}

/* ---- touches ---- */

struct touching {
    struct store *store;
    const struct prefix *prefix;
    int64_t from_us;
};

static void copy_text(char *to, size_t size, const struct cell *cell)
{
    (void)snprintf(to, size, "%.*s", cell->kind == CELL_TEXT ? (int)cell->length : 0,
                   cell->kind == CELL_TEXT ? cell->text : "");
}

static int64_t whole(const struct cell *cell)
{
    return cell->kind == CELL_UINT ? (int64_t)cell->unsigned_number : cell->number;
}

/* src, first, dst, dport, proto, sensor, sessions of one day */
static int on_touch(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    const struct touching *touching = ctx;
    struct alert_event event = {.kind = "touch", .for_rule = ALERT_ANY_RULE, .port = -1};
    char source[ADDR_TEXT_MAX], other[ADDR_TEXT_MAX], first[ADDR_TEXT_MAX];

    if (count != 7 || cells[0].kind != CELL_ADDRESS || cells[2].kind != CELL_ADDRESS ||
        cells[1].number < touching->from_us)
        return 0;
    event.source = cells[0].address;
    event.at_us = event.packet_us = cells[1].number;
    event.other = cells[2].address;
    event.port = (int)whole(&cells[3]);
    event.proto = (uint8_t)whole(&cells[4]);
    copy_text(event.sensor, sizeof(event.sensor), &cells[5]);
    (void)snprintf(event.key, sizeof(event.key), "touch|%s|%s|%" PRId64,
                   addr_text(event.source, source), addr_text(touching->prefix->first, first),
                   (int64_t)(event.at_us / DAY_US));
    (void)snprintf(event.text, sizeof(event.text),
                   "first at %s port %d, %" PRId64 " sessions on that day",
                   addr_text(event.other, other), event.port, whole(&cells[6]));
    return store_alerts_add(touching->store, &event, err);
}

int store_alerts_touches(struct store *store, const struct prefix *prefixes, size_t count,
                         int64_t from_us, int64_t to_us, struct nj_err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct touching touching = {.store = store, .prefix = &prefixes[i], .from_us = from_us};
        const struct row_sink sink = {.row = on_touch, .ctx = &touching};
        char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];
        int64_t day_us = from_us < 0 ? 0 : from_us - from_us % DAY_US;
        const struct duck_value values[] = {
            {.kind = DUCK_TEXT, .text = uuid_text(prefixes[i].first, first)},
            {.kind = DUCK_TEXT, .text = uuid_text(prefixes[i].last, last)},
            {.kind = DUCK_INT, .integer = day_us},
            {.kind = DUCK_INT, .integer = day_us},
            {.kind = DUCK_INT, .integer = to_us},
        };

        if (rows_query(
                store,
                "SELECT src, min(ts), arg_min(dst, (ts, seq)), arg_min(dport, (ts, seq)),"
                " arg_min(proto, (ts, seq)), arg_min(sensor, (ts, seq)),"
                " sum(sessions)::BIGINT FROM visits"
                " WHERE dst BETWEEN ?::UUID AND ?::UUID"
                " AND day >= make_timestamp(?)::DATE AND ts >= make_timestamp(?)"
                " AND ts <= make_timestamp(?)"
                " GROUP BY src, ts::DATE ORDER BY 2, 1",
                values, sizeof(values) / sizeof(values[0]), &sink, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- silence ---- */

struct listening {
    struct store *store;
    int64_t span_us, from_us, to_us;
    unsigned for_rule;
    char sensor[SENSOR_NAME_MAX];
    int64_t last_us; /* of the sensor; INT64_MIN: nothing yet */
};

static int fell_silent(const struct listening *l, int64_t back_us, struct nj_err *err)
{
    struct alert_event event = {.kind = "silent",
                                .for_rule = l->for_rule,
                                .port = -1,
                                .packet_us = l->last_us,
                                .at_us = l->last_us + l->span_us};
    struct cell last = {.kind = CELL_TIME, .number = l->last_us}, back = last;
    char last_text[64], back_text[64];

    if (l->last_us == INT64_MIN || event.at_us > back_us || event.at_us < l->from_us ||
        event.at_us > l->to_us)
        return 0;
    back.number = back_us;
    (void)snprintf(event.sensor, sizeof(event.sensor), "%s", l->sensor);
    (void)snprintf(event.key, sizeof(event.key), "silent|%s|%" PRId64, l->sensor, l->last_us);
    (void)snprintf(event.text, sizeof(event.text), "no packet at sensor %s since %s%s%s",
                   l->sensor, time_text(&last, last_text), back_us < INT64_MAX ? " until " : "",
                   back_us < INT64_MAX ? time_text(&back, back_text) : "");
    return store_alerts_add(l->store, &event, err);
}

/* sensor, begin, end: in their order */
static int on_minute(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct listening *l = ctx;
    char sensor[SENSOR_NAME_MAX];

    if (count != 3)
        return 0;
    copy_text(sensor, sizeof(sensor), &cells[0]);
    if (l->last_us == INT64_MIN || strcmp(sensor, l->sensor) != 0) {
        if (fell_silent(l, INT64_MAX, err) < 0)
            return -1;
        memcpy(l->sensor, sensor, sizeof(sensor));
        l->last_us = cells[2].number;
        return 0;
    }
    if (fell_silent(l, cells[1].number, err) < 0)
        return -1;
    if (cells[2].number > l->last_us)
        l->last_us = cells[2].number;
    return 0;
}

int store_alerts_silent(struct store *store, int64_t span_us, unsigned for_rule,
                        int64_t from_us, int64_t to_us, struct nj_err *err)
{
    struct listening l = {.store = store,
                          .span_us = span_us,
                          .from_us = from_us,
                          .to_us = to_us,
                          .for_rule = for_rule,
                          .last_us = INT64_MIN};
    const struct row_sink sink = {.row = on_minute, .ctx = &l};
    /* a visit is up to an hour long */
    int64_t begin_us = from_us < INT64_MIN / 2 ? 0 : from_us - span_us - 2 * HOUR_US;
    const struct duck_value values[] = {
        {.kind = DUCK_INT, .integer = begin_us < 0 ? 0 : begin_us},
        {.kind = DUCK_INT, .integer = begin_us < 0 ? 0 : begin_us},
        {.kind = DUCK_INT, .integer = to_us},
    };

    if (rows_query(store,
                   "SELECT sensor, min(ts), max(ts + to_microseconds(duration_us::BIGINT))"
                   " FROM visits WHERE day >= make_timestamp(?)::DATE"
                   " AND ts >= make_timestamp(?) AND ts <= make_timestamp(?)"
                   " GROUP BY sensor, date_trunc('minute', ts) ORDER BY 1, 2",
                   values, sizeof(values) / sizeof(values[0]), &sink, err) < 0)
        return -1;
    return fell_silent(&l, INT64_MAX, err);
}

/* ---- conditions ---- */

/* Of a source that is not scored, such as a victim of floods. */
#define OF_EPISODES " FROM episode x WHERE x.source = w.subject)"

/* Risk, level and grade are those as of the event. */
static const char match_sql[] =
    " FROM (SELECT e.rowid AS place, e.*, w.subject AS subject,"
    " CASE WHEN e.actor IS NOT NULL THEN printf('NJ-%06d', e.actor) END AS actor_name,"
    " iif(n.at_us <= e.at_us, risk_at(n.state, n.at_us), risk_at(h.state, h.at_us)) AS risk,"
    " iif(n.at_us <= e.at_us, level_at(n.state, n.at_us), level_at(h.state, h.at_us))"
    " AS level, iif(n.at_us <= e.at_us, previous_level_at(n.state, n.at_us),"
    " previous_level_at(h.state, h.at_us)) AS before_level,"
    " CASE WHEN n.at_us <= e.at_us THEN n.grade ELSE h.grade END AS grade,"
    " coalesce(e.country, n.country, (SELECT max(country)" OF_EPISODES ") AS its_country,"
    " coalesce(n.asn, (SELECT max(asn)" OF_EPISODES ") AS asn,"
    " coalesce(n.declared, (SELECT max(declared)" OF_EPISODES ") AS declared,"
    " EXISTS (SELECT 1 FROM temp.alert_watched v WHERE v.actor = e.actor"
    " OR v.source = source_of(e.source)"
    " OR (e.kind = 'hop' AND v.source = source_of(e.other))) AS watched"
    " FROM temp.alert_event e JOIN (SELECT rowid AS place,"
    " source_of(CASE WHEN kind = 'hop' THEN other ELSE source END) AS subject"
    " FROM temp.alert_event) w"
    " ON w.place = e.rowid LEFT JOIN score n ON n.source = w.subject"
    " LEFT JOIN score_history h ON h.source = w.subject AND h.at_us = (SELECT max(i.at_us)"
    " FROM score_history i WHERE i.source = w.subject AND i.at_us <= e.at_us)) r";

static char *make_sql(const char *const *kinds, const struct filter *when,
                      const struct filter *unless)
{
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);

    if (out == NULL)
        return NULL;
    (void)fprintf(
        out,
        "SELECT kind, key, at_us, packet_us, source, other, actor, hop, port, proto,"
        " country, sensor, text, risk, level, before, grade, asn, watched"
        " FROM (SELECT place, kind, key, at_us, packet_us, source, other, subject,"
        " actor, actor_name, hop, port, proto, its_country AS country, sensor, text,"
        " risk, level, before_level AS before, grade, asn, declared, watched, for_rule"
        "%s) c WHERE c.for_rule IN (?1, 4294967295) AND c.kind IN (",
        match_sql);
    for (size_t i = 0; kinds[i] != NULL; i++)
        (void)fputs(i == 0 ? "?" : ", ?", out);
    (void)fprintf(out, ") AND (%s)", when->sql);
    if (unless != NULL)
        (void)fprintf(out, " AND (%s) IS NOT TRUE", unless->sql);
    (void)fputs(" ORDER BY c.at_us, c.place", out);
    return fclose(out) == 0 ? sql : NULL;
}

static void text_at(sqlite3_stmt *stmt, int i, char *to, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(stmt, i);

    (void)snprintf(to, size, "%s", text == NULL ? "" : text);
}

static int number_at(sqlite3_stmt *stmt, int i, int none)
{
    return sqlite3_column_type(stmt, i) == SQLITE_NULL ? none : sqlite3_column_int(stmt, i);
}

static struct alert_event event_at(sqlite3_stmt *stmt)
{
    struct alert_event event = {
        .at_us = sqlite3_column_int64(stmt, 2),
        .packet_us = sqlite3_column_int64(stmt, 3),
        .source = addr_at(stmt, 4),
        .other = addr_at(stmt, 5),
        .actor = (uint64_t)sqlite3_column_int64(stmt, 6),
        .hop = sqlite3_column_double(stmt, 7),
        .port = number_at(stmt, 8, -1),
        .proto = (uint8_t)sqlite3_column_int(stmt, 9),
        .risk =
            sqlite3_column_type(stmt, 13) == SQLITE_NULL ? -1 : sqlite3_column_double(stmt, 13),
        .level = (enum risk_level)number_at(stmt, 14, 0),
        .before = (enum risk_level)number_at(stmt, 15, 0),
        .grade = number_at(stmt, 16, -1),
        .asn = (uint32_t)sqlite3_column_int64(stmt, 17),
        .watched = sqlite3_column_int(stmt, 18) != 0,
        .for_rule = ALERT_ANY_RULE,
    };

    text_at(stmt, 0, event.kind, sizeof(event.kind));
    text_at(stmt, 1, event.key, sizeof(event.key));
    text_at(stmt, 10, event.country, sizeof(event.country));
    text_at(stmt, 11, event.sensor, sizeof(event.sensor));
    text_at(stmt, 12, event.text, sizeof(event.text));
    return event;
}

int store_alerts_match(struct store *store, const char *const *kinds, unsigned rule,
                       const struct filter *when, const struct filter *unless,
                       int (*fn)(void *ctx, const struct alert_event *event,
                                 struct nj_err *err),
                       void *ctx, struct nj_err *err)
{
    struct binder b = {0};
    char *sql = make_sql(kinds, when, unless);
    int rc = -1;

    if (sql == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the query of alerts");
    if (catalog_prepare(store, sql, &b.stmt, err) < 0)
        goto out;
    bind_int(&b, rule);
    for (size_t i = 0; kinds[i] != NULL; i++)
        (void)sqlite3_bind_text(b.stmt, ++b.next, kinds[i], -1, SQLITE_STATIC);
    bind_filter(&b, when);
    if (unless != NULL)
        bind_filter(&b, unless);
    while ((rc = catalog_next(store, b.stmt, err)) > 0) {
        const struct alert_event event = event_at(b.stmt);

        if (fn(ctx, &event, err) < 0) {
            rc = -1;
            break;
        }
    }
out:
    (void)sqlite3_finalize(b.stmt);
    free(sql);
    return rc;
}

/* Up to where the later stages came: what was stored behind that will be looked at by them. */
int store_alerts_now(struct store *store, int64_t *ret_us, struct nj_err *err)
{
    int64_t mark_us = 0, event_us = 0;
    sqlite3_stmt *stmt;
    int step;

    if (derived_present(store, err) < 0 ||
        catalog_prepare(store,
                        "SELECT position_us, (SELECT max(at_us) FROM event) FROM derive_mark",
                        &stmt, err) < 0)
        return -1;
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW) {
        mark_us = sqlite3_column_int64(stmt, 0);
        event_us = sqlite3_column_int64(stmt, 1);
    }
    (void)sqlite3_finalize(stmt);
    if (step != SQLITE_ROW)
        return catalog_fail(store, err);
    if (mark_us <= 0)
        return STORE_UNKNOWN;
    mark_us += 60000000; /* the minute that it names is looked at */
    *ret_us = event_us > mark_us ? event_us : mark_us;
    return 0;
}

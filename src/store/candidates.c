/* SPDX-License-Identifier: Apache-2.0 */
#include "store/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "store/derived_internal.h"
#include "store/rows.h"
#include "store/verdicts.h"

static const char *const levels[] = {"LOW", "ELEVATED", "HIGH", "EXTREME"};
static const char *const grades[] = {"A", "B", "C", "D"};
static const char *const answers[] = {"no", "yes"};

#define WORDS(list)                                                                            \
    .type = FILTER_TEXT, .words = (list), .word_count = sizeof(list) / sizeof(*(list))
#define PORTS_OF_SOURCE "episode p, json_each(ports_json(p.ports)) j WHERE p.source = c.source"
#define CLASS_FIELD 0   /* its place below: only then the summaries are asked */
#define FINDING_FIELD 1 /* its place below: only then findings are needed */

static const char *const finding_kinds[] = {"newcomer", "new-port", "burst", "neighbour",
                                            "share"};

static const struct filter_field fields[] = {
    {.name = "class",
     .type = FILTER_TEXT,
     .column = "k.class",
     .words = class_names,
     .word_count = CLASS_COUNT,
     .within = "candidate_class k WHERE k.source = c.source"},
    /* a port of the source is a finding of the whole or of its country, and the source came
     * since that week began */
    {.name = "finding",
     .column = "f.kind",
     WORDS(finding_kinds),
     .within = "temp.candidate_finding f, episode p, json_each(ports_json(p.ports)) j"
               " WHERE p.source = c.source AND p.last_us >= f.from_us"
               " AND f.port = json_extract(j.value, '$.port')"
               " AND f.proto = json_extract(j.value, '$.proto')"
               " AND (f.country = '' OR f.country = c.country)"},
    {.name = "source", .type = FILTER_ADDRESS, .column = "c.source"},
    {.name = "src", .type = FILTER_ADDRESS, .column = "c.source"},
    {.name = "actor", .type = FILTER_TEXT, .column = "c.actor"},
    {.name = "risk", .type = FILTER_NUMBER, .column = "c.risk"},
    {.name = "level", .column = "c.level", WORDS(levels)},
    {.name = "grade", .column = "c.grade", WORDS(grades)},
    {.name = "hop", .type = FILTER_NUMBER, .column = "c.hop_percent"},
    {.name = "country", .type = FILTER_TEXT, .column = "c.country", .length = 2},
    {.name = "asn", .type = FILTER_NUMBER, .column = "c.asn", .most = UINT32_MAX},
    {.name = "declared", .column = "c.declared", WORDS(answers)},
    {.name = "tool",
     .type = FILTER_TEXT,
     .column = "t.tool",
     .within = "episode t WHERE t.source = c.source"},
    {.name = "dport",
     .type = FILTER_NUMBER,
     .most = UINT16_MAX,
     .column = "json_extract(j.value, '$.port')",
     .within = PORTS_OF_SOURCE},
    {.name = "proto",
     .type = FILTER_PROTO,
     .column = "(CASE json_extract(j.value, '$.proto') WHEN 'icmp' THEN 1 WHEN 'tcp' THEN 6"
               " WHEN 'udp' THEN 17 WHEN 'icmpv6' THEN 58 WHEN 'sctp' THEN 132"
               " ELSE json_extract(j.value, '$.proto') END)",
     .within = PORTS_OF_SOURCE},
    {.name = "ports_seen", .type = FILTER_NUMBER, .column = "c.ports_seen"},
    {.name = "sessions", .type = FILTER_NUMBER, .column = "c.sessions"},
    {.name = "targets", .type = FILTER_NUMBER, .column = "c.targets"},
    {.name = "first", .type = FILTER_TIME, .column = "c.first"},
    {.name = "last", .type = FILTER_TIME, .column = "c.last"},
    {.name = "stage", .type = FILTER_TEXT, .column = "c.stage"},
    {.name = "technique", .type = FILTER_TEXT, .column = "c.technique"},
};

const struct filter_field *candidate_fields(size_t *ret_count)
{
    *ret_count = sizeof(fields) / sizeof(fields[0]);
    return fields;
}

/* ---- the question --------------------------------------------------------------------------
 *
 * ?1 is the instant asked for, ?2 the earliest end of a state, unless its source was seen in
 * the time before ?1 that is twice as long: what it does may have begun long before. A state
 * begins where the score moved, where it was scored last, and where a hop to the source was
 * accepted. */

#define ACCEPTED                                                                               \
    "accepted AS MATERIALIZED (SELECT l.id, l.a_source, l.b_source, l.stopped_us,"             \
    " l.started_us, l.probability, coalesce(h.at_us, l.stated_us) AS at_us FROM link l"        \
    " LEFT JOIN (SELECT link, max(at_us) AS at_us FROM event WHERE kind = event_kind('hop')"   \
    " AND at_us <= ?1 GROUP BY link) h ON h.link = l.id"                                       \
    " WHERE l.kind = 2 AND l.state = 1 AND coalesce(h.at_us, l.stated_us) <= ?1)"

static const char head_sql[] =
    "WITH " ACCEPTED ","
    " point AS (SELECT source, at_us FROM score_history WHERE at_us <= ?1"
    " UNION SELECT source, at_us FROM score WHERE at_us <= ?1"
    " UNION SELECT b_source, at_us FROM accepted),"
    " span AS (SELECT source, at_us, lead(at_us) OVER (PARTITION BY source ORDER BY at_us)"
    " AS to_us FROM point),"
    " state AS MATERIALIZED (SELECT p.source AS source, p.at_us AS from_us, p.to_us AS to_us,"
    " n.at_us <= p.at_us AS new, h.at_us AS old_us, n.reason AS grade_reason,"
    " stage_name(n.stage) AS stage, technique_name(n.stage) AS technique,"
    " iif(n.at_us <= p.at_us, risk_at(n.state, n.at_us), risk_at(h.state, h.at_us)) AS risk,"
    " iif(n.at_us <= p.at_us, level_at(n.state, n.at_us), level_at(h.state, h.at_us)) AS level,"
    " iif(n.at_us <= p.at_us, n.grade, h.grade) AS grade,"
    " iif(n.at_us <= p.at_us, n.receipt, h.reason) AS reason"
    " FROM span p JOIN score n ON n.source = p.source"
    " LEFT JOIN score_history h ON h.source = p.source AND h.at_us = (SELECT max(i.at_us)"
    " FROM score_history i WHERE i.source = p.source AND i.at_us <= p.at_us)"
    " WHERE p.to_us IS NULL OR p.to_us >= ?2"
    " OR EXISTS (SELECT 1 FROM episode g WHERE g.source = p.source AND g.first_us <= ?1"
    " AND g.last_us >= 2 * ?2 - ?1)),"
    " seen AS MATERIALIZED (SELECT source, max(country) AS country, max(asn) AS asn,"
    " min(first_us) AS first, max(min(last_us, ?1)) AS last, sum(sessions) AS sessions,"
    " max(targets) AS targets, max(ports_seen) AS ports_seen, max(declared) AS declared"
    " FROM episode WHERE first_us <= ?1 GROUP BY source),"
    " told AS MATERIALIZED (SELECT source, level FROM (SELECT source, level, row_number()"
    " OVER (PARTITION BY source ORDER BY id DESC) AS n FROM override) WHERE n = 1) "
    "SELECT source, from_us, to_us, (SELECT max(min(x.last_us, coalesce(c.to_us, ?1)))"
    " FROM episode x WHERE x.source = c.source AND x.first_us <= coalesce(c.to_us, ?1)),"
    " risk, level_number, grade_number, actor_number, hop, hop_from, declared_number,"
    " fact_text(reason), CASE WHEN new THEN grade_text(grade_reason) END, ";

static const char tail_sql[] =
    " FROM (SELECT s.source AS source, s.from_us AS from_us, s.to_us AS to_us,"
    " s.risk AS risk, coalesce(o.level, s.level) AS level_number,"
    " CASE coalesce(o.level, s.level) WHEN 0 THEN 'LOW' WHEN 1 THEN 'ELEVATED'"
    " WHEN 2 THEN 'HIGH' ELSE 'EXTREME' END AS level,"
    " s.grade AS grade_number, substr('ABCD', 1 + s.grade, 1) AS grade,"
    " m.actor AS actor_number, CASE WHEN m.actor IS NOT NULL THEN printf('NJ-%06d', m.actor)"
    " END AS actor, a.probability AS hop, a.probability * 100 AS hop_percent,"
    " a.a_source AS hop_from, e.declared AS declared_number,"
    " CASE WHEN e.declared THEN 'yes' ELSE 'no' END AS declared, s.reason AS reason,"
    " s.new AS new, s.grade_reason AS grade_reason, s.stage AS stage,"
    " s.technique AS technique, e.country AS country, e.asn AS asn, e.first AS first,"
    " e.last AS last, e.sessions AS sessions, e.targets AS targets,"
    " e.ports_seen AS ports_seen"
    " FROM state s LEFT JOIN seen e ON e.source = s.source"
    " LEFT JOIN told o ON o.source = s.source"
    " LEFT JOIN actor_source m ON m.source = s.source AND m.actor = (SELECT max(x.actor)"
    " FROM actor_source x WHERE x.source = s.source AND x.from_us <= s.from_us"
    " AND (x.to_us IS NULL OR x.to_us > s.from_us)) AND m.from_us <= s.from_us"
    " AND (m.to_us IS NULL OR m.to_us > s.from_us)"
    " LEFT JOIN accepted a ON a.id = (SELECT y.id FROM accepted y"
    " WHERE y.b_source = s.source AND y.at_us <= s.from_us"
    " ORDER BY y.at_us DESC, y.id DESC LIMIT 1)"
    " WHERE s.risk IS NOT NULL) c ORDER BY source, from_us";

static char *make_sql(const struct candidate_rule *rules, size_t count)
{
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);

    if (out == NULL)
        return NULL;
    (void)fputs(head_sql, out);
    if (count > 0)
        (void)fputs("CASE", out);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, " WHEN %s", rules[i].when->sql);
        if (rules[i].unless != NULL)
            (void)fprintf(out, " AND (%s) IS NOT TRUE", rules[i].unless->sql);
        (void)fprintf(out, " THEN %zu", i);
    }
    (void)fprintf(out, "%s%s", count > 0 ? " ELSE -1 END" : "-1", tail_sql);
    return fclose(out) == 0 ? sql : NULL;
}

/* ---- classes -------------------------------------------------------------------------------
 *
 * Only the summaries know them; they are copied beside the catalog when a rule asks. */

struct class_writer {
    struct store *store;
    sqlite3_stmt *add;
};

static int class_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    const struct class_writer *writer = ctx;
    struct binder b = {.stmt = writer->add};

    if (count != 2 || cells[0].kind != CELL_ADDRESS || cells[1].kind != CELL_TEXT)
        return 0;
    bind_addr(&b, cells[0].address);
    (void)sqlite3_bind_text(b.stmt, ++b.next, cells[1].text, (int)cells[1].length,
                            SQLITE_STATIC);
    return catalog_step(writer->store, b.stmt, err);
}

static int load_classes(struct store *store, const struct candidate_rule *rules, size_t count,
                        struct nj_err *err)
{
    struct class_writer writer = {.store = store};
    const struct row_sink sink = {.row = class_row, .ctx = &writer};
    uint64_t used = 0;
    int rc;

    for (size_t i = 0; i < count; i++)
        used |= rules[i].when->fields_used |
                (rules[i].unless != NULL ? rules[i].unless->fields_used : 0);
    if ((used >> CLASS_FIELD & 1) == 0)
        return 0;
    if (catalog_exec(store,
                     "DROP TABLE IF EXISTS temp.candidate_class;"
                     "CREATE TEMP TABLE candidate_class(source BLOB, class TEXT,"
                     " PRIMARY KEY(source, class)) WITHOUT ROWID",
                     err) < 0 ||
        catalog_prepare(store, "INSERT INTO temp.candidate_class VALUES(?, ?)", &writer.add,
                        err) < 0)
        return -1;
    rc = rows_query(store, "SELECT DISTINCT src, class FROM sources", NULL, 0, &sink, err);
    (void)sqlite3_finalize(writer.add);
    return rc;
}

/* ---- findings ------------------------------------------------------------------------------
 */

bool store_candidates_ask_findings(const struct candidate_rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t used = rules[i].when->fields_used |
                        (rules[i].unless != NULL ? rules[i].unless->fields_used : 0);

        if ((used >> FINDING_FIELD & 1) != 0)
            return true;
    }
    return false;
}

int store_candidates_findings(struct store *store, const struct candidate_finding *findings,
                              size_t count, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc = 0;

    if (catalog_exec(store,
                     "DROP TABLE IF EXISTS temp.candidate_finding;"
                     "CREATE TEMP TABLE candidate_finding(kind TEXT, port INTEGER, proto TEXT,"
                     " country TEXT, from_us INTEGER)",
                     err) < 0 ||
        catalog_prepare(store, "INSERT INTO temp.candidate_finding VALUES(?, ?, ?, ?, ?)",
                        &stmt, err) < 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct binder b = {.stmt = stmt};

        bind_text(&b, findings[i].kind);
        bind_int(&b, findings[i].port);
        bind_text(&b, findings[i].proto);
        (void)sqlite3_bind_text(b.stmt, ++b.next, findings[i].country, -1, SQLITE_STATIC);
        bind_int(&b, findings[i].from_us);
        rc = catalog_step(store, stmt, err);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

/* ---- answers -------------------------------------------------------------------------------
 */

static const char *text_at(sqlite3_stmt *stmt, int i)
{
    const char *text = (const char *)sqlite3_column_text(stmt, i);

    return text == NULL ? "" : text;
}

static struct candidate candidate_at(sqlite3_stmt *stmt)
{
    return (struct candidate){
        .source = addr_at(stmt, 0),
        .from_us = sqlite3_column_int64(stmt, 1),
        .to_us = sqlite3_column_type(stmt, 2) == SQLITE_NULL ? INT64_MAX
                                                             : sqlite3_column_int64(stmt, 2),
        .last_us = sqlite3_column_int64(stmt, 3),
        .risk = sqlite3_column_double(stmt, 4),
        .level = (enum risk_level)sqlite3_column_int(stmt, 5),
        .grade = (enum grade)sqlite3_column_int(stmt, 6),
        .actor = (uint64_t)sqlite3_column_int64(stmt, 7),
        .hop = sqlite3_column_double(stmt, 8),
        .hop_from = addr_at(stmt, 9),
        .declared = sqlite3_column_int(stmt, 10) != 0,
        .reason = text_at(stmt, 11),
        .grade_reason = text_at(stmt, 12),
        .rule = sqlite3_column_int(stmt, 13),
    };
}

int store_candidates(struct store *store, const struct candidate_rule *rules, size_t rule_count,
                     int64_t at_us, int64_t window_us, candidate_fn fn, void *ctx,
                     struct nj_err *err)
{
    const struct client_list *clients;
    struct binder b = {0};
    char *sql = NULL;
    int rc = -1;

    if (derived_present(store, err) < 0 || load_classes(store, rules, rule_count, err) < 0 ||
        clients_only(store, &clients, err) < 0)
        return -1;
    sql = make_sql(rules, rule_count);
    if (sql == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a policy's query");
        goto out;
    }
    if (catalog_prepare(store, sql, &b.stmt, err) < 0)
        goto out;
    bind_int(&b, at_us);
    bind_int(&b, at_us < INT64_MIN + window_us ? INT64_MIN : at_us - window_us);
    for (size_t i = 0; i < rule_count; i++) {
        bind_filter(&b, rules[i].when);
        if (rules[i].unless != NULL)
            bind_filter(&b, rules[i].unless);
    }
    while ((rc = catalog_next(store, b.stmt, err)) > 0) {
        const struct candidate candidate = candidate_at(b.stmt);
        uint8_t source[16];

        addr_to_bytes(candidate.source, source);
        if (!clients_have(clients, source) && fn(ctx, &candidate, err) < 0) {
            rc = -1;
            break;
        }
    }
out:
    (void)sqlite3_finalize(b.stmt);
    free(sql);
    return rc;
}

int store_accepted_hops(struct store *store, int64_t at_us, accepted_hop_fn fn, void *ctx,
                        struct nj_err *err)
{
    struct binder b = {0};
    int rc = 0;

    if (catalog_prepare(store,
                        "WITH " ACCEPTED " SELECT a_source, b_source, stopped_us, started_us,"
                        " at_us, probability FROM accepted ORDER BY at_us, id",
                        &b.stmt, err) < 0)
        return -1;
    bind_int(&b, at_us);
    while (rc >= 0 && (rc = catalog_next(store, b.stmt, err)) > 0) {
        rc = fn(ctx,
                &(struct accepted_hop){
                    .from = addr_at(b.stmt, 0),
                    .to = addr_at(b.stmt, 1),
                    .stopped_us = sqlite3_column_int64(b.stmt, 2),
                    .started_us = sqlite3_column_int64(b.stmt, 3),
                    .accepted_us = sqlite3_column_int64(b.stmt, 4),
                    .probability = sqlite3_column_double(b.stmt, 5),
                },
                err);
    }
    (void)sqlite3_finalize(b.stmt);
    return rc;
}

static void copy_text(sqlite3_stmt *stmt, int i, char *to, size_t size)
{
    (void)snprintf(to, size, "%s", text_at(stmt, i));
}

static void fill(sqlite3_stmt *stmt, struct decision *decision)
{
    if (sqlite3_column_type(stmt, 0) == SQLITE_NULL)
        return;
    decision->first_us = sqlite3_column_int64(stmt, 0);
    decision->sessions = (uint64_t)sqlite3_column_int64(stmt, 1);
    copy_text(stmt, 2, decision->country, sizeof(decision->country));
    decision->asn = (uint32_t)sqlite3_column_int64(stmt, 3);
    copy_text(stmt, 4, decision->tool, sizeof(decision->tool));
    copy_text(stmt, 5, decision->ports, sizeof(decision->ports));
    decision->actor_us = sqlite3_column_int64(stmt, 6);
}

int store_decisions_about(struct store *store, int64_t at_us, struct decision *decisions,
                          size_t count, struct nj_err *err)
{
    static const char sql[] =
        "SELECT min(first_us), CASE WHEN max(last_us) <= ?1 THEN sum(sessions) END, "
        "max(country), max(asn),"
        " (SELECT tool FROM episode t WHERE t.source = ?2 AND t.tool IS NOT NULL"
        " AND t.first_us <= ?1 GROUP BY tool ORDER BY sum(sessions) DESC, tool LIMIT 1),"
        " (SELECT group_concat(port, ',') FROM (SELECT json_extract(j.value, '$.port') AS port"
        " FROM episode p, json_each(ports_json(p.ports)) j WHERE p.source = ?2 AND p.first_us "
        "<= ?1"
        " GROUP BY port ORDER BY sum(json_extract(j.value, '$.sessions')) DESC, port LIMIT 9)),"
        " (SELECT stated_us FROM actor WHERE id = ?3)"
        " FROM episode WHERE source = ?2 AND first_us <= ?1";
    sqlite3_stmt *stmt;
    int rc = 0;

    if (catalog_prepare(store, sql, &stmt, err) < 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct binder b = {.stmt = stmt};

        bind_int(&b, at_us);
        bind_addr(&b, decisions[i].net.first);
        bind_int(&b, (int64_t)decisions[i].actor);
        if (sqlite3_step(stmt) == SQLITE_ROW)
            fill(stmt, &decisions[i]);
        else
            rc = catalog_fail(store, err);
        (void)sqlite3_reset(stmt);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

int store_last_packet(struct store *store, int64_t *ret_us, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int64_t last = 0;
    int step;

    if (catalog_prepare(store, "SELECT max(last_us) FROM input", &stmt, err) < 0)
        return -1;
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW)
        last = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(store, err);
    *ret_us = last;
    return last > 0 ? 0 : STORE_UNKNOWN;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/derived_lists.h"

#include "store/derived_internal.h"

#define ACTOR_NAME(of) "CASE WHEN " of " IS NOT NULL THEN printf('NJ-%06d', " of ") END"
#define FIELDS(list) .fields = (list), .field_count = sizeof(list) / sizeof((list)[0])

static const char *const levels[] = {"LOW", "ELEVATED", "HIGH", "EXTREME"};
static const char *const grades[] = {"A", "B", "C", "D"};
static const char *const episode_states[] = {"active", "ceased"};
static const char *const link_states[] = {"tentative", "accepted", "withdrawn"};
static const char *const link_kinds[] = {"instance", "parallel", "succession"};
static const char *const event_kinds[] = {"started", "ceased", "resumed", "hop",    "withdrawn",
                                          "actor",   "joined", "left",    "merged", "level"};
static const char *const hop_kinds[] = {"first", "return", "split"};

#define WORDS(list)                                                                            \
    .type = FILTER_TEXT, .words = (list), .word_count = sizeof(list) / sizeof(*(list))

static const struct filter_field episode_fields[] = {
    {.name = "source", .type = FILTER_ADDRESS, .column = "source"},
    {.name = "src", .type = FILTER_ADDRESS, .column = "source"},
    {.name = "country", .type = FILTER_TEXT, .column = "country", .length = 2},
    {.name = "asn", .type = FILTER_NUMBER, .column = "asn", .most = UINT32_MAX},
    {.name = "state", .column = "state", WORDS(episode_states)},
    {.name = "first", .type = FILTER_TIME, .column = "first"},
    {.name = "last", .type = FILTER_TIME, .column = "last"},
    {.name = "sessions", .type = FILTER_NUMBER, .column = "sessions"},
    {.name = "packets", .type = FILTER_NUMBER, .column = "packets"},
    {.name = "targets", .type = FILTER_NUMBER, .column = "targets"},
    {.name = "ports_seen", .type = FILTER_NUMBER, .column = "ports_seen"},
    {.name = "tool", .type = FILTER_TEXT, .column = "tool"},
    {.name = "stack", .type = FILTER_TEXT, .column = "stack"},
};

static const struct filter_field hop_fields[] = {
    {.name = "from", .type = FILTER_ADDRESS, .column = "\"from\""},
    {.name = "to", .type = FILTER_ADDRESS, .column = "\"to\""},
    {.name = "stopped", .type = FILTER_TIME, .column = "stopped"},
    {.name = "started", .type = FILTER_TIME, .column = "started"},
    {.name = "gap_s", .type = FILTER_NUMBER, .column = "gap_s"},
    {.name = "bits", .type = FILTER_NUMBER, .column = "bits"},
    {.name = "kind", .column = "kind", WORDS(hop_kinds)},
    {.name = "state", .column = "state", WORDS(link_states)},
    {.name = "actor", .type = FILTER_TEXT, .column = "actor"},
};

static const struct filter_field link_fields[] = {
    {.name = "a", .type = FILTER_ADDRESS, .column = "a"},
    {.name = "b", .type = FILTER_ADDRESS, .column = "b"},
    {.name = "kind", .column = "kind", WORDS(link_kinds)},
    {.name = "state", .column = "state", WORDS(link_states)},
    {.name = "bits", .type = FILTER_NUMBER, .column = "bits"},
    {.name = "stated", .type = FILTER_TIME, .column = "stated"},
    {.name = "actor", .type = FILTER_TEXT, .column = "actor"},
};

static const struct filter_field actor_fields[] = {
    {.name = "actor", .type = FILTER_TEXT, .column = "actor"},
    {.name = "size", .type = FILTER_NUMBER, .column = "size"},
    {.name = "first", .type = FILTER_TIME, .column = "first"},
    {.name = "last", .type = FILTER_TIME, .column = "last"},
    {.name = "sessions", .type = FILTER_NUMBER, .column = "sessions"},
    {.name = "risk", .type = FILTER_NUMBER, .column = "risk"},
    {.name = "level", .column = "level", WORDS(levels)},
    {.name = "label", .type = FILTER_TEXT, .column = "label"},
};

static const struct filter_field suspect_fields[] = {
    {.name = "source", .type = FILTER_ADDRESS, .column = "source"},
    {.name = "src", .type = FILTER_ADDRESS, .column = "source"},
    {.name = "risk", .type = FILTER_NUMBER, .column = "risk"},
    {.name = "level", .column = "level", WORDS(levels)},
    {.name = "grade", .column = "grade", WORDS(grades)},
    {.name = "previous_level", .column = "previous_level", WORDS(levels)},
    {.name = "changed", .type = FILTER_TIME, .column = "changed"},
    {.name = "actor", .type = FILTER_TEXT, .column = "actor"},
    {.name = "country", .type = FILTER_TEXT, .column = "country", .length = 2},
    {.name = "asn", .type = FILTER_NUMBER, .column = "asn", .most = UINT32_MAX},
    {.name = "first", .type = FILTER_TIME, .column = "first"},
    {.name = "last", .type = FILTER_TIME, .column = "last"},
    {.name = "sessions", .type = FILTER_NUMBER, .column = "sessions"},
    {.name = "stage", .type = FILTER_TEXT, .column = "stage"},
    {.name = "technique", .type = FILTER_TEXT, .column = "technique"},
};

static const struct filter_field event_fields[] = {
    {.name = "event", .column = "event", WORDS(event_kinds)},
    {.name = "time", .type = FILTER_TIME, .column = "time"},
    {.name = "noticed", .type = FILTER_TIME, .column = "noticed"},
    {.name = "source", .type = FILTER_ADDRESS, .column = "source"},
    {.name = "src", .type = FILTER_ADDRESS, .column = "source"},
    {.name = "other", .type = FILTER_ADDRESS, .column = "other"},
    {.name = "actor", .type = FILTER_TEXT, .column = "actor"},
};

/* Suspects among the sources of ?2, 16 bytes each (n): of the state that was the newest at the
 * instant, which stands in the score itself (c) or its history (h). What is not shown and no
 * filter asks for is not looked up. */
#define ACTOR_THEN                                                                             \
    "(SELECT max(actor) FROM actor_source a WHERE a.source = n.source AND from_us <= ?1"       \
    " AND (to_us IS NULL OR to_us > ?1))"
static const char suspects_sql[] =
    "WITH RECURSIVE n(i, source) AS (SELECT 0, substr(?2, 1, 16) WHERE length(?2) > 0"
    " UNION ALL SELECT i + 16, substr(?2, i + 17, 16) FROM n WHERE i + 16 < length(?2))"
    " SELECT n.source AS source,"
    " round(risk_at(iif(c.at_us <= ?1, c.state, h.state), t.at_us), 2) AS risk,"
    " level_name(coalesce(o.level,"
    " level_at(iif(c.at_us <= ?1, c.state, h.state), t.at_us))) AS level,"
    " substr('ABCD', 1 + iif(c.at_us <= ?1, c.grade, h.grade), 1) AS grade,"
    " level_name(previous_level_at(iif(c.at_us <= ?1, c.state, h.state), t.at_us))"
    " AS previous_level,"
    " changed_at(iif(c.at_us <= ?1, c.state, h.state), t.at_us) AS changed,"
    " c.country AS country, c.asn AS asn,"
    " iif(c.first_us <= ?1, c.first_us, NULL) AS first,"
    " iif(c.last_us <= ?1, c.last_us, NULL) AS last,"
    " iif(c.last_us <= ?1, c.sessions, NULL) AS sessions,"
    " fact_text(iif(c.at_us <= ?1, c.receipt, h.reason)) AS reason,"
    " stage_name(c.stage) AS stage, technique_name(c.stage) AS technique,"
    " level_name(level_at(iif(c.at_us <= ?1, c.state, h.state), t.at_us)) AS computed_level,"
    " CASE WHEN o.level IS NOT NULL THEN o.reason END AS override,"
    " CASE WHEN c.at_us <= ?1 THEN 0 WHEN level_at(h.state, h.at_us) = 0 THEN 5 ELSE 1 END"
    " AS within,"
    " " ACTOR_NAME(
        ACTOR_THEN) " AS actor, " ACTOR_THEN " AS actor_number"
                    " FROM n CROSS JOIN score c ON c.source = n.source CROSS JOIN " SCORED_AT
                    " t"
                    " LEFT JOIN score_history h ON c.at_us > ?1 AND h.source = n.source AND "
                    "h.at_us ="
                    " (SELECT max(at_us) FROM score_history q WHERE q.source = n.source AND "
                    "q.at_us <= ?1)"
                    " LEFT JOIN " OVERRIDES " o ON o.source = n.source"
                    " WHERE c.at_us <= ?1 OR h.at_us IS NOT NULL";

const struct derived_list derived_lists[DERIVED_KINDS] = {
    [DERIVED_EVENTS] =
        {
            .sql = "SELECT id, packet_us AS time, at_us AS noticed, event_name(kind) AS event,"
                   " source, other, " ACTOR_NAME(
                       "actor") " AS actor, link, event_text(text) AS text,"
                                " actor AS actor_number FROM event",
            .source = "(source = ?2 OR other = ?2)",
            .actor = "actor_number = ?3",
            .period = "noticed BETWEEN ",
            .order = "id DESC",
            FIELDS(event_fields),
            .columns = {{"id", CELL_INT}, /* those of event_columns (store/events.h) */
                        {"time", CELL_TIME},
                        {"noticed", CELL_TIME},
                        {"event", CELL_TEXT},
                        {"source", CELL_ADDRESS},
                        {"other", CELL_ADDRESS},
                        {"actor", CELL_TEXT},
                        {"link", CELL_INT},
                        {"text", CELL_TEXT}},
        },
    [DERIVED_EPISODES] =
        {
            .sql =
                "SELECT id AS episode, source, country, asn, first_us AS first,"
                " last_us AS last, ceased_us AS ceased,"
                " CASE WHEN ceased_us IS NULL THEN 'active' ELSE 'ceased' END AS state,"
                " sessions, packets, targets, ports_seen,"
                " (SELECT group_concat(p, ' ') FROM (SELECT json_extract(value, '$.port')"
                " || '/' || json_extract(value, '$.proto') AS p FROM "
                "json_each(ports_json(ports))"
                " ORDER BY json_extract(value, '$.sessions') DESC,"
                " json_extract(value, '$.port') LIMIT 2)) AS top_ports,"
                " ports_json(ports) AS ports, tool, stack, stacks, window, ttl_min, ttl_max,"
                " sport_model(sport_model) AS sport_model, sport_min, sport_max, rate, hours,"
                " bursts, repeats, answered, instances_json(instances) AS instances, declared"
                " FROM episode",
            .source = "source = ?2",
            .order = "last DESC, episode DESC",
            FIELDS(episode_fields),
            .columns =
                {{"episode", CELL_INT},    {"source", CELL_ADDRESS}, {"country", CELL_TEXT},
                 {"asn", CELL_INT},        {"first", CELL_TIME},     {"last", CELL_TIME},
                 {"ceased", CELL_TIME},    {"state", CELL_TEXT},     {"sessions", CELL_INT},
                 {"packets", CELL_INT},    {"targets", CELL_INT},    {"ports_seen", CELL_INT},
                 {"top_ports", CELL_TEXT}, {"ports", CELL_JSON},     {"tool", CELL_TEXT},
                 {"stack", CELL_TEXT},     {"stacks", CELL_INT},     {"window", CELL_INT},
                 {"ttl_min", CELL_INT},    {"ttl_max", CELL_INT},    {"sport_model", CELL_TEXT},
                 {"sport_min", CELL_INT},  {"sport_max", CELL_INT},  {"rate", CELL_REAL},
                 {"hours", CELL_INT},      {"bursts", CELL_INT},     {"repeats", CELL_INT},
                 {"answered", CELL_INT},   {"instances", CELL_JSON}, {"declared", CELL_BOOL}},
        },
    [DERIVED_LINKS] =
        {
            .sql = "SELECT id AS link, a_source AS a, b_source AS b,"
                   " CASE kind WHEN 0 THEN 'instance' WHEN 1 THEN 'parallel'"
                   " ELSE 'succession' END AS kind,"
                   " CASE state WHEN 0 THEN 'tentative' WHEN 1 THEN 'accepted'"
                   " ELSE 'withdrawn' END AS state,"
                   " round(probability, 6) AS probability, bits, prior_bits,"
                   " stated_us AS stated, " ACTOR_NAME(
                       "actor") " AS actor, a AS a_episode,"
                                " b AS b_episode, json(evidence) AS evidence, refute,"
                                " actor AS actor_number FROM link",
            .source = "(a = ?2 OR b = ?2)",
            .actor = "actor_number = ?3",
            .accepted = "state = 'accepted'",
            .order = "stated DESC, link DESC",
            FIELDS(link_fields),
            .columns = {{"link", CELL_INT},
                        {"a", CELL_ADDRESS},
                        {"b", CELL_ADDRESS},
                        {"kind", CELL_TEXT},
                        {"state", CELL_TEXT},
                        {"probability", CELL_REAL},
                        {"bits", CELL_REAL},
                        {"prior_bits", CELL_REAL},
                        {"stated", CELL_TIME},
                        {"actor", CELL_TEXT},
                        {"a_episode", CELL_INT},
                        {"b_episode", CELL_INT},
                        {"evidence", CELL_JSON},
                        {"refute", CELL_TEXT}},
        },
    [DERIVED_HOPS] =
        {
            .sql = "SELECT a_source AS \"from\", b_source AS \"to\", stopped_us AS stopped,"
                   " started_us AS started, round((started_us - stopped_us) / 1000000.0, 1) AS "
                   "gap_s,"
                   " round(probability, 6) AS probability, bits,"
                   " CASE hop WHEN 1 THEN 'first' WHEN 2 THEN 'return' WHEN 3 THEN 'split' END"
                   " AS kind, " ACTOR_NAME(
                       "actor") " AS actor,"
                                " CASE state WHEN 0 THEN 'tentative' WHEN 1 THEN 'accepted'"
                                " ELSE 'withdrawn' END AS state,"
                                " first_stated_us AS noticed, stated_us AS stated, prior_bits,"
                                " json(evidence) AS evidence, refute, id AS link, actor AS "
                                "actor_number"
                                " FROM link WHERE kind = 2",
            .source = "(\"from\" = ?2 OR \"to\" = ?2)",
            .actor = "actor_number = ?3",
            .accepted = "state = 'accepted'",
            .order = "started DESC, link DESC",
            FIELDS(hop_fields),
            .columns = {{"from", CELL_ADDRESS},
                        {"to", CELL_ADDRESS},
                        {"stopped", CELL_TIME},
                        {"started", CELL_TIME},
                        {"gap_s", CELL_REAL},
                        {"probability", CELL_REAL},
                        {"bits", CELL_REAL},
                        {"kind", CELL_TEXT},
                        {"actor", CELL_TEXT},
                        {"state", CELL_TEXT},
                        {"noticed", CELL_TIME},
                        {"stated", CELL_TIME},
                        {"prior_bits", CELL_REAL},
                        {"evidence", CELL_JSON},
                        {"refute", CELL_TEXT},
                        {"link", CELL_INT}},
        },
    [DERIVED_ACTORS] =
        {
            .sql = "SELECT printf('NJ-%06d', a.id) AS actor,"
                   " (SELECT json_group_array(address(source)) FROM (SELECT source FROM"
                   " actor_source n WHERE n.actor = a.id AND n.to_us IS NULL"
                   " ORDER BY from_us, source)) AS sources,"
                   " count(m.source) AS size, min(e.first) AS first, max(e.last) AS last,"
                   " sum(e.sessions) AS sessions,"
                   " round(actor_risk(CASE WHEN o.level IS NULL THEN s.state END, t.at_us,"
                   " a.declared), 2) AS risk,"
                   " level_name(max(max(coalesce(o.level, level_at(s.state, t.at_us))),"
                   " coalesce(level_of(actor_risk(CASE WHEN o.level IS NULL THEN s.state END,"
                   " t.at_us, a.declared)), 0))) AS level,"
                   " a.declared AS declared, CASE WHEN a.declared THEN 'declared scanners'"
                   " ELSE (SELECT tool FROM episode w WHERE w.tool IS NOT NULL AND w.source IN"
                   " (SELECT source FROM actor_source n WHERE n.actor = a.id"
                   " AND n.to_us IS NULL) GROUP BY tool ORDER BY sum(sessions) DESC, tool"
                   " LIMIT 1) END AS label,"
                   " coalesce(l.hops, 0) AS hops, a.id AS number"
                   " FROM actor a, " SCORED_AT " t"
                   " JOIN actor_source m ON m.actor = a.id AND m.to_us IS NULL"
                   " LEFT JOIN (SELECT source, min(first_us) AS first, max(last_us) AS last,"
                   " sum(sessions) AS sessions FROM episode WHERE source IN (SELECT source FROM"
                   " actor_source WHERE to_us IS NULL) GROUP BY source) e"
                   " ON e.source = m.source LEFT JOIN (SELECT actor, count(*) AS hops FROM link"
                   " WHERE state = 1 AND kind = 2 GROUP BY actor) l ON l.actor = a.id"
                   " LEFT JOIN score s ON s.source = m.source"
                   " LEFT JOIN " OVERRIDES " o ON o.source = m.source"
                   " WHERE a.merged_into IS NULL GROUP BY a.id",
            .source = "number IN (SELECT actor FROM actor_source WHERE source = ?2)",
            .order = "risk DESC, last DESC, number",
            FIELDS(actor_fields),
            .columns = {{"actor", CELL_TEXT},
                        {"sources", CELL_JSON},
                        {"size", CELL_INT},
                        {"first", CELL_TIME},
                        {"last", CELL_TIME},
                        {"sessions", CELL_INT},
                        {"risk", CELL_REAL},
                        {"level", CELL_TEXT},
                        {"declared", CELL_BOOL},
                        {"label", CELL_TEXT},
                        {"hops", CELL_INT}},
        },
    [DERIVED_SUSPECTS] =
        {
            .sql = suspects_sql,
            .actor = "actor_number = ?3",
            .order = "risk DESC, last DESC, source",
            FIELDS(suspect_fields),
            .columns = {{"source", CELL_ADDRESS},
                        {"risk", CELL_REAL},
                        {"level", CELL_TEXT},
                        {"grade", CELL_TEXT},
                        {"previous_level", CELL_TEXT},
                        {"changed", CELL_TIME},
                        {"actor", CELL_TEXT},
                        {"country", CELL_TEXT},
                        {"asn", CELL_INT},
                        {"first", CELL_TIME},
                        {"last", CELL_TIME},
                        {"sessions", CELL_INT},
                        {"reason", CELL_TEXT},
                        {"stage", CELL_TEXT},
                        {"technique", CELL_TEXT},
                        {"computed_level", CELL_TEXT},
                        {"override", CELL_TEXT},
                        {"within", CELL_INT}},
        },
};

const struct filter_field *derived_fields(enum derived_kind what, size_t *ret_count)
{
    *ret_count = derived_lists[what].field_count;
    return derived_lists[what].fields;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions are held against a state by SQL, so that they mean here what they mean in
 * `suspects`. Most policies ask for little, such as level and grade: states that do not differ
 * in what is asked have the same rule, and it is looked up. */
#include "store/candidate_rules.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "store/derived_internal.h"
#include "store/rows.h"

static const char *const levels[] = {"LOW", "ELEVATED", "HIGH", "EXTREME"};
static const char *const grades[] = {"A", "B", "C", "D"};
static const char *const answers[] = {"no", "yes"};

#define WORDS(list)                                                                            \
    .type = FILTER_TEXT, .words = (list), .word_count = sizeof(list) / sizeof(*(list))
#define PORTS_OF_SOURCE "episode p, json_each(ports_json(p.ports)) j WHERE p.source = c.source"

static const char *const finding_kinds[] = {"newcomer", "new-port", "burst", "neighbour",
                                            "share"};

/* Places of the fields that are not the same in all states of a source, or ask for more than
 * the catalog. */
enum { CLASS, FINDING, SOURCE, SRC, ACTOR, RISK, LEVEL, GRADE, HOP };

#define ASKED(field) (UINT64_C(1) << (field))
#define OF_STATE (ASKED(ACTOR) | ASKED(RISK) | ASKED(LEVEL) | ASKED(GRADE) | ASKED(HOP))

static const struct filter_field fields[] = {
    [CLASS] = {.name = "class",
               .type = FILTER_TEXT,
               .column = "k.class",
               .words = class_names,
               .word_count = CLASS_COUNT,
               .within = "candidate_class k WHERE k.source = c.source"},
    /* a port of the source is a finding of the whole or of its country, and the source came
     * since that week began */
    [FINDING] = {.name = "finding",
                 .column = "f.kind",
                 WORDS(finding_kinds),
                 .within =
                     "temp.candidate_finding f, episode p, json_each(ports_json(p.ports)) j"
                     " WHERE p.source = c.source AND p.last_us >= f.from_us"
                     " AND f.port = json_extract(j.value, '$.port')"
                     " AND f.proto = json_extract(j.value, '$.proto')"
                     " AND (f.country = '' OR f.country = c.country)"},
    [SOURCE] = {.name = "source", .type = FILTER_ADDRESS, .column = "c.source"},
    [SRC] = {.name = "src", .type = FILTER_ADDRESS, .column = "c.source"},
    [ACTOR] = {.name = "actor", .type = FILTER_TEXT, .column = "c.actor"},
    [RISK] = {.name = "risk", .type = FILTER_NUMBER, .column = "c.risk"},
    [LEVEL] = {.name = "level", .column = "c.level", WORDS(levels)},
    [GRADE] = {.name = "grade", .column = "c.grade", WORDS(grades)},
    [HOP] = {.name = "hop", .type = FILTER_NUMBER, .column = "c.hop_percent"},
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

static uint64_t asked_by(const struct candidate_rule *rules, size_t count)
{
    uint64_t asked = 0;

    for (size_t i = 0; i < count; i++)
        asked |= rules[i].when->fields_used |
                 (rules[i].unless != NULL ? rules[i].unless->fields_used : 0);
    return asked;
}

bool store_candidates_ask_findings(const struct candidate_rule *rules, size_t count)
{
    return (asked_by(rules, count) & ASKED(FINDING)) != 0;
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
    bind_addr(&b, addr_source(cells[0].address));
    (void)sqlite3_bind_text(b.stmt, ++b.next, cells[1].text, (int)cells[1].length,
                            SQLITE_STATIC);
    return catalog_step(writer->store, b.stmt, err);
}

static int load_classes(struct store *store, struct nj_err *err)
{
    struct class_writer writer = {.store = store};
    const struct row_sink sink = {.row = class_row, .ctx = &writer};
    int rc;

    if (catalog_exec(store,
                     "DROP TABLE IF EXISTS temp.candidate_class;"
                     "CREATE TEMP TABLE candidate_class(source BLOB, class TEXT,"
                     " PRIMARY KEY(source, class)) WITHOUT ROWID",
                     err) < 0 ||
        catalog_prepare(store, "INSERT OR IGNORE INTO temp.candidate_class VALUES(?, ?)",
                        &writer.add, err) < 0)
        return -1;
    rc = rows_query(store, "SELECT DISTINCT src, class FROM sources", NULL, 0, &sink, err);
    (void)sqlite3_finalize(writer.add);
    return rc;
}

/* ---- the question ---- */

/* One row with what conditions may name, of bound values: ?1 source, ?2 risk, ?3 level,
 * ?4 grade, ?5 actor, ?6 probability of the hop, and from ?7 on what is the source's. */
static const char head_sql[] =
    "WITH c AS (SELECT ?1 AS source, ?2 AS risk, CASE ?3 WHEN 0 THEN 'LOW'"
    " WHEN 1 THEN 'ELEVATED' WHEN 2 THEN 'HIGH' ELSE 'EXTREME' END AS level,"
    " substr('ABCD', 1 + ?4, 1) AS grade,"
    " CASE WHEN ?5 IS NOT NULL THEN printf('NJ-%06d', ?5) END AS actor,"
    " ?6 * 100 AS hop_percent, CASE WHEN ?7 THEN 'yes' ELSE 'no' END AS declared,"
    " stage_name(?8) AS stage, technique_name(?8) AS technique, ?9 AS country, ?10 AS asn,"
    " ?11 AS first, ?12 AS last, ?13 AS sessions, ?14 AS targets, ?15 AS ports_seen)"
    " SELECT ";

static char *make_sql(const struct candidate_rule *rules, size_t count)
{
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);

    if (out == NULL)
        return NULL;
    (void)fprintf(out, "%s%s", head_sql, count > 0 ? "CASE" : "-1");
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, " WHEN %s", rules[i].when->sql);
        if (rules[i].unless != NULL)
            (void)fprintf(out, " AND (%s) IS NOT TRUE", rules[i].unless->sql);
        (void)fprintf(out, " THEN %zu", i);
    }
    (void)fprintf(out, "%s FROM c", count > 0 ? " ELSE -1 END" : "");
    return fclose(out) == 0 ? sql : NULL;
}

/* ---- finding it ---- */

#define ANSWERS 1024u /* that are remembered */

/* What a rule depends on: all of it that no rule asks for is 0. */
struct asked {
    struct addr source;
    uint64_t actor;
    double risk, hop;
    uint64_t level, grade;
};

struct answer {
    struct asked asked;
    bool known;
    int rule;
};

struct rule_finder {
    struct store *store;
    sqlite3_stmt *stmt;
    uint64_t asked; /* bits of fields */
    struct answer answers[ANSWERS];
};

int rule_finder_new(struct store *store, const struct candidate_rule *rules, size_t count,
                    struct rule_finder **ret, struct nj_err *err)
{
    struct rule_finder *finder = calloc(1, sizeof(*finder));
    char *sql = make_sql(rules, count);
    struct binder b = {.next = 15};
    int rc = -1;

    if (finder == NULL || sql == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a policy's rules");
        goto out;
    }
    finder->store = store;
    finder->asked = asked_by(rules, count);
    if (((finder->asked & ASKED(CLASS)) != 0 && load_classes(store, err) < 0) ||
        catalog_prepare(store, sql, &finder->stmt, err) < 0)
        goto out;
    b.stmt = finder->stmt;
    for (size_t i = 0; i < count; i++) {
        bind_filter(&b, rules[i].when);
        if (rules[i].unless != NULL)
            bind_filter(&b, rules[i].unless);
    }
    *ret = finder;
    finder = NULL;
    rc = 0;
out:
    rule_finder_free(finder);
    free(sql);
    return rc;
}

void rule_finder_free(struct rule_finder *finder)
{
    if (finder == NULL)
        return;
    (void)sqlite3_finalize(finder->stmt);
    free(finder);
}

bool rule_finder_asks_risk(const struct rule_finder *finder)
{
    return (finder->asked & ASKED(RISK)) != 0;
}

static void bind_source(struct binder *b, const struct source_states *source)
{
    const struct source_seen *seen = &source->seen;

    bind_int(b, seen->declared);
    bind_int(b, source->stage);
    bind_text(b, seen->country);
    bind_some(b, seen->asn);
    if (seen->any) {
        bind_int(b, seen->first_us);
        bind_int(b, seen->last_us);
        bind_int(b, seen->sessions);
        bind_int(b, seen->targets);
        bind_int(b, seen->ports_seen);
    } else {
        for (int i = 0; i < 5; i++)
            bind_null(b);
    }
}

static int ask(struct rule_finder *finder, const struct source_states *source,
               const struct source_state *state, int *ret, struct nj_err *err)
{
    struct binder b = {.stmt = finder->stmt};
    int rc;

    bind_end(&b, source->source);
    bind_real(&b, state->risk);
    bind_int(&b, (int64_t)state->level);
    bind_int(&b, (int64_t)state->grade);
    bind_some(&b, (int64_t)state->actor);
    if (state->hop == NULL)
        bind_null(&b);
    else
        bind_real(&b, state->hop->probability);
    bind_source(&b, source);
    rc = catalog_next(finder->store, b.stmt, err);
    if (rc > 0)
        *ret = sqlite3_column_int(b.stmt, 0);
    (void)sqlite3_reset(b.stmt);
    return rc < 0 ? -1 : 0;
}

static struct asked asked_of(const struct rule_finder *finder,
                             const struct source_states *source,
                             const struct source_state *state)
{
    uint64_t asked = finder->asked;
    struct asked of;

    memset(&of, 0, sizeof(of));
    if ((asked & ~OF_STATE) != 0)
        of.source = source->source;
    if ((asked & ASKED(ACTOR)) != 0)
        of.actor = state->actor;
    if ((asked & ASKED(RISK)) != 0)
        of.risk = state->risk;
    if ((asked & ASKED(HOP)) != 0)
        of.hop = state->hop == NULL ? -1 : state->hop->probability;
    if ((asked & ASKED(LEVEL)) != 0)
        of.level = (uint64_t)state->level;
    if ((asked & ASKED(GRADE)) != 0)
        of.grade = (uint64_t)state->grade;
    return of;
}

int rule_finder_find(struct rule_finder *finder, const struct source_states *source,
                     const struct source_state *state, int *ret, struct nj_err *err)
{
    const struct asked asked = asked_of(finder, source, state);
    struct answer *answer = &finder->answers[XXH3_64bits(&asked, sizeof(asked)) % ANSWERS];

    if (!answer->known || memcmp(&answer->asked, &asked, sizeof(asked)) != 0) {
        answer->known = false;
        if (ask(finder, source, state, &answer->rule, err) < 0)
            return -1;
        answer->asked = asked;
        answer->known = true;
    }
    *ret = answer->rule;
    return 0;
}

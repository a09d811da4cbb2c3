/* SPDX-License-Identifier: Apache-2.0 */
/* The routes, and the functions that ask the store for them: the same questions as the commands
 * ask, so that the answers are the same. */
#include <math.h>
#include <string.h>

#include "about/about.h"
#include "server/columns.h"
#include "server/internal.h"

#define SCOPED (PARAM_FILTER | PARAM_FROM | PARAM_TO | PARAM_ALL)
#define PAGED (PARAM_LIMIT | PARAM_OFFSET)

/* One more than is shown says whether there is a next page. */
static unsigned rows_wanted(const struct query *query)
{
    return query->offset + query->limit + 1;
}

/* ---- rankings and rows ---------------------------------------------------------------------
 */

struct naming {
    struct server *server;
    char name[128];
};

static const char *as_name(void *ctx, uint32_t asn)
{
    struct naming *naming = ctx;

    lookup_as_name(naming->server, asn, naming->name, sizeof(naming->name));
    return naming->name;
}

/* "left_out": {"backscatter": 12, ...}: sessions of the classes that do not count here. */
static int left_out_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    json_t *left_out = ctx;

    char name[32];

    (void)count;
    (void)snprintf(name, sizeof(name), "%.*s", (int)cells[0].length,
                   cells[0].kind == CELL_TEXT ? cells[0].text : "");
    if (json_object_set_new(left_out, name, json_integer(cells[1].number)) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for the answer");
    return 0;
}

static int add_left_out(struct ask *ask, const struct store_scope *scope, struct nj_err *err)
{
    json_t *left_out = json_object();
    const struct row_sink sink = {.row = left_out_row, .ctx = left_out};
    int rc;

    if (left_out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the answer");
    rc = store_left_out(ask->store, scope, &sink, err);
    if (rc == 0) {
        text_add_z(&ask->answer->body, ",\"left_out\":");
        text_json_value(&ask->answer->body, left_out, false, 0);
    }
    json_decref(left_out);
    return rc;
}

static int top(struct ask *ask, struct nj_err *err)
{
    const struct query *query = ask->query;
    struct naming naming = {.server = ask->server};
    struct top_question question = {
        .field = query->field,
        .scope = query_scope(query),
        .by = query->by,
        .limit = query->by == PERIOD_NONE ? rows_wanted(query) : query->limit,
        .as_name = as_name,
        .as_ctx = &naming,
        .service = ports_service_for,
        .service_ctx = ask->server->options.ports,
    };
    struct answer_rows rows;
    struct row_sink sink;
    int rc;

    if (query->by != PERIOD_NONE && query->offset > 0)
        return nj_fail(err, NJ_CONFIG, "offset does not go with by: limit is of each period");
    answer_rows_init(&rows, ask->answer, query->offset,
                     query->by == PERIOD_NONE ? query->limit : UINT32_MAX);
    sink = answer_rows_sink(&rows);
    rc = store_top(ask->store, &question, &sink, err);
    if (rc == 0)
        rc = answer_rows_close(&rows, err);
    if (rc == 0)
        rc = add_left_out(ask, &question.scope, err);
    if (rc == 0)
        rc = answer_rows_end(&rows, err);
    answer_rows_done(&rows);
    return rc;
}

static int visits(struct ask *ask, struct nj_err *err)
{
    const struct query *query = ask->query;
    const struct store_scope scope = query_scope(query);
    struct answer_rows rows;
    struct row_sink sink;

    answer_rows_init(&rows, ask->answer, query->offset, query->limit);
    sink = answer_rows_sink(&rows);
    return answer_rows_finish(
        &rows, store_visits(ask->store, &scope, rows_wanted(query), &sink, err), err);
}

static int timeline(struct ask *ask, struct nj_err *err)
{
    const struct query *query = ask->query;
    struct store_scope scope = query_scope(query);
    struct answer_rows rows;
    struct row_sink sink;

    if (query->source_count == 0)
        return nj_fail(err, NJ_CONFIG, "sources: expected one to 100 addresses");
    answer_rows_init(&rows, ask->answer, 0, UINT32_MAX);
    sink = answer_rows_sink(&rows);
    return answer_rows_finish(
        &rows,
        store_timeline(ask->store, query->sources, query->source_count, &scope,
                       query->by == PERIOD_NONE ? PERIOD_DAY : query->by, &sink, err),
        err);
}

/* ---- objects -------------------------------------------------------------------------------
 */

static int source(struct ask *ask, struct nj_err *err)
{
    struct place_detail detail;
    json_t *object = NULL;
    int rc;

    lookup_detail(ask->server, ask->query->address, &detail);
    rc = about_source(ask->store, ask->query->address, &detail, &object, err);
    if (rc == STORE_UNKNOWN) {
        answer_error(ask->answer, 404, "the store holds nothing from this address");
        return 0;
    }
    if (rc == 0)
        rc = answer_object(ask->answer, object, err);
    json_decref(object);
    return rc;
}

static int port(struct ask *ask, struct nj_err *err)
{
    const struct store_scope scope = query_scope(ask->query);
    json_t *object = NULL;
    int rc = about_port(ask->store, ask->server->options.ports, ask->query->port,
                        ask->query->proto, &scope, &object, err);

    if (rc == 0)
        rc = answer_object(ask->answer, object, err);
    json_decref(object);
    return rc;
}

static int status(struct ask *ask, struct nj_err *err)
{
    json_t *object;
    int rc = store_status(ask->store, &object, err);

    if (rc < 0)
        return -1;
    rc = answer_object(ask->answer, object, err);
    json_decref(object);
    return rc;
}

/* From when to when the store has visits: the ends of a time bar. */
static int span(struct ask *ask, struct nj_err *err)
{
    struct map_span span;
    json_t *object = json_object();
    struct text first = {0}, last = {0};
    int rc = store_span(ask->store, &span, err);

    if (rc == 0) {
        bool none = span.first_us > span.last_us;

        text_time(&first, none ? 0 : span.first_us);
        text_time(&last, none ? 0 : span.last_us);
        (void)json_object_set_new(object, "first",
                                  none ? json_null() : json_stringn(first.bytes, first.length));
        (void)json_object_set_new(object, "last",
                                  none ? json_null() : json_stringn(last.bytes, last.length));
        rc = answer_object(ask->answer, object, err);
    }
    text_done(&first);
    text_done(&last);
    json_decref(object);
    return rc;
}

/* ---- what needs no store -------------------------------------------------------------------
 */

static const char *const sensor_columns[] = {"sensor", "lat", "lon", "gather_s", "prefixes"};

static int sensors(struct ask *ask, struct nj_err *err)
{
    const struct config *config = ask->server->settings->config;
    struct answer_rows rows;
    struct row_sink sink;
    int rc;

    answer_rows_init(&rows, ask->answer, 0, UINT32_MAX);
    sink = answer_rows_sink(&rows);
    rc = sink.head(sink.ctx, sensor_columns, 5, err);
    for (size_t i = 0; rc == 0 && i < config->sensor_count; i++) {
        const struct sensor *sensor = &config->sensors[i];
        enum cell_kind place = isnan(sensor->lat) ? CELL_NULL : CELL_REAL;
        const struct cell cells[] = {
            {.kind = CELL_TEXT, .text = sensor->name, .length = strlen(sensor->name)},
            {.kind = place, .real = sensor->lat},
            {.kind = place, .real = sensor->lon},
            {.kind = sensor->gather_s < 0 ? CELL_NULL : CELL_INT, .number = sensor->gather_s},
            {.kind = CELL_UINT, .unsigned_number = sensor->prefix_count},
        };

        rc = sink.row(sink.ctx, cells, 5, err);
    }
    return answer_rows_finish(&rows, rc, err);
}

static int openapi(struct ask *ask, struct nj_err *err)
{
    return answer_object(ask->answer, ask->server->openapi, err);
}

/* ---- the table -----------------------------------------------------------------------------
 */

static const char *const document_types[] = {
    "text/html; charset=utf-8", "text/markdown; charset=utf-8", "application/json", NULL};
static const char *const sample_types[] = {"application/vnd.tcpdump.pcap", NULL};
static const char *const feed_types[] = {"text/plain; charset=utf-8",
                                         "text/csv; charset=utf-8",
                                         "text/dns; charset=utf-8",
                                         "text/tab-separated-values; charset=utf-8",
                                         "application/json",
                                         "application/x-ndjson",
                                         TAXII_STIX_TYPE,
                                         NULL};

#define FEED_PARAMS                                                                            \
    (PARAM_AT | PARAM_ACTION | PARAM_FAMILY | PARAM_OF_ACTOR | PARAM_ENTRIES | PARAM_SET |     \
     PARAM_NAME | PARAM_HOST)

const struct route routes[] = {
    {.method = "GET",
     .path = "/api/v1/top/{field}",
     .kind = ROUTE_ROWS,
     .params = PARAM_FIELD | SCOPED | PARAM_BY | PAGED,
     .scope = SCOPE_READ,
     .tag = "questions",
     .summary = "A ranking: sessions, distinct sources, share and cumulative share.",
     .cached = true,
     .columns = top_row,
     .answer = top},
    {.method = "GET",
     .path = "/api/v1/source/{address}",
     .kind = ROUTE_OBJECT,
     .params = PARAM_ADDRESS,
     .scope = SCOPE_READ,
     .tag = "questions",
     .summary = "All that is known of one address.",
     .cached = true,
     .answer = source},
    {.method = "GET",
     .path = "/api/v1/timeline",
     .kind = ROUTE_ROWS,
     .params = PARAM_SOURCES | PARAM_FROM | PARAM_TO | PARAM_BY | PARAM_ALL,
     .scope = SCOPE_READ,
     .tag = "questions",
     .summary = "Counts over time of some addresses by destination port.",
     .cached = true,
     .columns = timeline_row,
     .answer = timeline},
    {.method = "GET",
     .path = "/api/v1/visits",
     .kind = ROUTE_ROWS,
     .params = SCOPED | PAGED,
     .scope = SCOPE_READ,
     .tag = "questions",
     .summary = "The stored rows, in the order of time.",
     .cached = true,
     .answer = visits},
    {.method = "GET",
     .path = "/api/v1/port/{port}",
     .kind = ROUTE_OBJECT,
     .params = PARAM_PORT | PARAM_PROTO | SCOPED,
     .scope = SCOPE_READ,
     .tag = "questions",
     .summary = "What a port is for, and its history.",
     .cached = true,
     .answer = port},
    {.method = "GET",
     .path = "/api/v1/findings",
     .kind = ROUTE_ROWS,
     .params = SCOPED | PAGED | PARAM_UNIT | PARAM_COUNTRIES,
     .scope = SCOPE_READ,
     .tag = "questions",
     .summary = "What changed: newcomers, bursts, neighbour ports, shares.",
     .cached = true,
     .columns = findings_row,
     .answer = route_findings},
    {.method = "GET",
     .path = "/api/v1/episodes",
     .kind = ROUTE_ROWS,
     .params = PARAM_FILTER | PARAM_SOURCE | PAGED,
     .scope = SCOPE_READ,
     .tag = "linker",
     .summary = "Runs of activity of one source, newest first.",
     .cached = true,
     .columns = episodes_row,
     .answer = route_episodes},
    {.method = "GET",
     .path = "/api/v1/hops",
     .kind = ROUTE_ROWS,
     .params = PARAM_FILTER | PARAM_SOURCE | PAGED | PARAM_OF_ACTOR | PARAM_ALL,
     .scope = SCOPE_READ,
     .tag = "linker",
     .summary = "Sources that went on from another address, newest first.",
     .cached = true,
     .columns = hops_row,
     .answer = route_hops},
    {.method = "GET",
     .path = "/api/v1/links",
     .kind = ROUTE_ROWS,
     .params = PARAM_FILTER | PARAM_SOURCE | PAGED | PARAM_OF_ACTOR | PARAM_ALL,
     .scope = SCOPE_READ,
     .tag = "linker",
     .summary = "Statements that two episodes have one operator, newest first.",
     .cached = true,
     .columns = links_row,
     .answer = route_links},
    {.method = "GET",
     .path = "/api/v1/actors",
     .kind = ROUTE_ROWS,
     .params = PARAM_FILTER | PARAM_SOURCE | PAGED,
     .scope = SCOPE_READ,
     .tag = "linker",
     .summary = "Sources joined by links, by risk.",
     .cached = true,
     .columns = actors_row,
     .answer = route_actors},
    {.method = "GET",
     .path = "/api/v1/actor/{actor}",
     .kind = ROUTE_OBJECT,
     .params = PARAM_ACTOR,
     .scope = SCOPE_READ,
     .tag = "linker",
     .summary = "All that is known of one actor.",
     .cached = true,
     .answer = route_actor},
    {.method = "GET",
     .path = "/api/v1/suspects",
     .kind = ROUTE_ROWS,
     .params = PARAM_FILTER | PARAM_SOURCE | PAGED | PARAM_AT,
     .scope = SCOPE_READ,
     .tag = "linker",
     .summary = "Sources by risk, worst first.",
     .cached = true,
     .columns = suspects_row,
     .answer = route_suspects},
    {.method = "GET",
     .path = "/api/v1/events",
     .kind = ROUTE_ROWS,
     .params = PARAM_FILTER | PARAM_FROM | PARAM_TO | PARAM_SOURCE | PAGED,
     .scope = SCOPE_READ,
     .tag = "linker",
     .summary = "What was noticed, newest first.",
     .columns = event_row,
     .cached = true,
     .answer = route_events},
    {.method = "GET",
     .path = "/api/v1/families",
     .kind = ROUTE_ROWS,
     .params = PAGED,
     .scope = SCOPE_READ,
     .tag = "linker",
     .summary = "Programs by the relations between the fields that they write, those of most"
                " sources first.",
     .cached = true,
     .columns = family_row,
     .answer = route_families},
    {.method = "GET",
     .path = "/api/v1/family/{family}",
     .kind = ROUTE_OBJECT,
     .params = PARAM_RELATION,
     .scope = SCOPE_READ,
     .tag = "linker",
     .summary = "One of them, and who uses it.",
     .cached = true,
     .answer = route_family},
    {.method = "POST",
     .path = "/api/v1/family/{family}",
     .kind = ROUTE_OBJECT,
     .params = PARAM_RELATION,
     .scope = SCOPE_WRITE,
     .tag = "people",
     .summary = "Call it by a name from now on; an empty one takes the name back.",
     .body = "family",
     .answer = route_family_name},
    {.method = "POST",
     .path = "/api/v1/note",
     .kind = ROUTE_OBJECT,
     .params = 0,
     .scope = SCOPE_WRITE,
     .tag = "people",
     .summary = "Say something about an address or actor; never overwritten.",
     .body = "note",
     .answer = route_note},
    {.method = "GET",
     .path = "/api/v1/sample/{subject}",
     .kind = ROUTE_FILE,
     .params = PARAM_SUBJECT | PARAM_SANITIZE | PARAM_FROM | PARAM_TO | PARAM_ENTRIES,
     .scope = SCOPE_READ,
     .cached = true,
     .tag = "people",
     .summary =
         "Sampled packets of an address or actor as a capture file, without what tells of"
         " the sensor.",
     .types = sample_types,
     .answer = route_sample},
    {.method = "GET",
     .path = "/api/v1/dossier/{subject}",
     .kind = ROUTE_FILE,
     .params = PARAM_SUBJECT | PARAM_FORMAT,
     .scope = SCOPE_READ,
     .cached = true,
     .tag = "documents",
     .summary = "The document on one address or actor.",
     .types = document_types,
     .answer = route_dossier},
    {.method = "GET",
     .path = "/api/v1/brief",
     .kind = ROUTE_FILE,
     .params = BRIEF_PARAMS | PARAM_FORMAT,
     .scope = SCOPE_READ,
     .cached = true,
     .tag = "documents",
     .summary = "The written report on a period (without one: the last full week).",
     .types = document_types,
     .answer = route_brief},
    {.method = "GET",
     .path = "/api/v1/briefs",
     .kind = ROUTE_ROWS,
     .params = PAGED,
     .scope = SCOPE_READ,
     .cached = true,
     .tag = "documents",
     .summary = "The briefs that were kept, newest first.",
     .columns = brief_row,
     .answer = route_briefs},
    {.method = "POST",
     .path = "/api/v1/briefs",
     .kind = ROUTE_OBJECT,
     .scope = SCOPE_WRITE,
     .tag = "documents",
     .summary = "Make a brief and keep it as it is now: {\"brief\": its number}.",
     .body = "brief",
     .answer = route_brief_keep},
    {.method = "GET",
     .path = "/api/v1/brief/{brief}",
     .kind = ROUTE_FILE,
     .params = PARAM_BRIEF | PARAM_FORMAT,
     .scope = SCOPE_READ,
     .cached = true,
     .tag = "documents",
     .summary = "A brief that was kept.",
     .types = document_types,
     .answer = route_brief_kept},
    {.method = "DELETE",
     .path = "/api/v1/brief/{brief}",
     .kind = ROUTE_OBJECT,
     .params = PARAM_BRIEF,
     .scope = SCOPE_WRITE,
     .tag = "documents",
     .summary = "Forget a brief that was kept.",
     .answer = route_brief_forget},
    {.method = "GET",
     .path = "/api/v1/decisions",
     .kind = ROUTE_ROWS,
     .params = PARAM_SOURCE | PARAM_ACTION | PARAM_ALL | PARAM_AT | PAGED,
     .scope = SCOPE_READ,
     .cached = true,
     .clock = true,
     .tag = "policy",
     .summary = "What the policy decides: with whom, what, why and until when; worst first.",
     .columns = decision_row,
     .answer = route_decisions},
    {.method = "GET",
     .path = "/api/v1/decisions/history",
     .kind = ROUTE_ROWS,
     .params = PARAM_SOURCE | PAGED,
     .scope = SCOPE_READ,
     .cached = true,
     .tag = "policy",
     .summary = "The decisions that were published, newest first.",
     .columns = history_row,
     .answer = route_decision_history},
    {.method = "GET",
     .path = "/api/v1/feeds",
     .kind = ROUTE_ROWS,
     .params = PARAM_AT,
     .scope = SCOPE_READ | SCOPE_FEEDS,
     .cached = true,
     .clock = true,
     .tag = "policy",
     .summary = "The feeds, and what is in each now.",
     .columns = feed_row,
     .answer = route_feeds},
    {.method = "GET",
     .path = "/feeds/{feed}",
     .kind = ROUTE_FILE,
     .params = PARAM_FEED | FEED_PARAMS,
     .scope = SCOPE_FEEDS,
     .cached = true,
     .clock = true,
     .dated = true,
     .tag = "policy",
     .summary =
         "The decisions in a consumer's format: the bytes of `nightjar feed`. Of a folder,"
         " its manifest.",
     .types = feed_types,
     .answer = route_feed},
    {.method = "GET",
     .path = "/feeds/{feed}/{file}",
     .kind = ROUTE_FILE,
     .params = PARAM_FEED | PARAM_FILE | FEED_PARAMS,
     .scope = SCOPE_FEEDS,
     .cached = true,
     .clock = true,
     .dated = true,
     .tag = "policy",
     .summary = "A file of a feed that is a folder (misp).",
     .types = feed_types,
     .answer = route_feed},
    {.method = "GET",
     .path = "/taxii2/",
     .kind = ROUTE_TAXII,
     .scope = SCOPE_FEEDS,
     .no_store = true,
     .tag = "taxii",
     .summary = "TAXII 2.1: what there is.",
     .answer = taxii_discovery},
    {.method = "GET",
     .path = "/taxii2/nightjar/",
     .kind = ROUTE_TAXII,
     .scope = SCOPE_FEEDS,
     .no_store = true,
     .tag = "taxii",
     .summary = "The API root.",
     .answer = taxii_root},
    {.method = "GET",
     .path = "/taxii2/nightjar/status/{status}/",
     .kind = ROUTE_TAXII,
     .scope = SCOPE_FEEDS,
     .no_store = true,
     .tag = "taxii",
     .summary = "There is none: nothing can be added.",
     .answer = taxii_status},
    {.method = "GET",
     .path = "/taxii2/nightjar/collections/",
     .kind = ROUTE_TAXII,
     .scope = SCOPE_FEEDS,
     .no_store = true,
     .tag = "taxii",
     .summary = "The collections.",
     .answer = taxii_collections},
    {.method = "GET",
     .path = "/taxii2/nightjar/collections/{collection}/",
     .kind = ROUTE_TAXII,
     .scope = SCOPE_FEEDS,
     .no_store = true,
     .tag = "taxii",
     .summary = "One collection.",
     .answer = taxii_collection},
    {.method = "GET",
     .path = "/taxii2/nightjar/collections/{collection}/manifest/",
     .kind = ROUTE_TAXII,
     .scope = SCOPE_FEEDS,
     .tag = "taxii",
     .summary = "Which objects are in it, and since when.",
     .answer = taxii_manifest},
    {.method = "GET",
     .path = "/taxii2/nightjar/collections/{collection}/objects/",
     .kind = ROUTE_TAXII,
     .scope = SCOPE_FEEDS,
     .tag = "taxii",
     .summary = "Its objects, in the order they were added.",
     .answer = taxii_objects},
    {.method = "POST",
     .path = "/taxii2/nightjar/collections/{collection}/objects/",
     .kind = ROUTE_TAXII,
     .scope = SCOPE_FEEDS,
     .no_store = true,
     .tag = "taxii",
     .summary = "Refused: the collection is read-only.",
     .answer = taxii_read_only},
    {.method = "GET",
     .path = "/taxii2/nightjar/collections/{collection}/objects/{object}/",
     .kind = ROUTE_TAXII,
     .scope = SCOPE_FEEDS,
     .tag = "taxii",
     .summary = "One object.",
     .answer = taxii_object},
    {.method = "DELETE",
     .path = "/taxii2/nightjar/collections/{collection}/objects/{object}/",
     .kind = ROUTE_TAXII,
     .scope = SCOPE_FEEDS,
     .no_store = true,
     .tag = "taxii",
     .summary = "Refused: the collection is read-only.",
     .answer = taxii_read_only},
    {.method = "GET",
     .path = "/taxii2/nightjar/collections/{collection}/objects/{object}/versions/",
     .kind = ROUTE_TAXII,
     .scope = SCOPE_FEEDS,
     .tag = "taxii",
     .summary = "The versions of an object that are kept: its newest.",
     .answer = taxii_versions},
    {.method = "GET",
     .path = "/api/v1/status",
     .kind = ROUTE_OBJECT,
     .scope = SCOPE_READ,
     .tag = "service",
     .summary = "What the store holds.",
     .answer = status},
    {.method = "GET",
     .path = "/api/v1/capture",
     .kind = ROUTE_OBJECT,
     .scope = SCOPE_READ,
     .no_store = true,
     .tag = "service",
     .summary = "What this service captures, and what is wrong with it.",
     .answer = route_capture},
    {.method = "GET",
     .path = "/api/v1/span",
     .kind = ROUTE_OBJECT,
     .scope = SCOPE_READ,
     .tag = "service",
     .summary = "From when to when the store has visits.",
     .cached = true,
     .answer = span},
    {.method = "GET",
     .path = "/api/v1/sensors",
     .kind = ROUTE_ROWS,
     .scope = SCOPE_READ,
     .no_store = true,
     .tag = "service",
     .summary = "The configured sensors and their places.",
     .columns = sensor_row,
     .answer = sensors},
    {.method = "GET",
     .path = "/api/v1/fields",
     .kind = ROUTE_ROWS,
     .scope = SCOPE_READ,
     .no_store = true,
     .tag = "service",
     .summary = "What filters may name, of each kind of rows.",
     .columns = field_row,
     .answer = route_fields},
    {.method = "GET",
     .path = "/api/v1/stream",
     .kind = ROUTE_STREAM,
     .scope = SCOPE_READ,
     .tag = "streams",
     .summary = "What happens, as Server-Sent Events."},
    {.method = "GET",
     .path = "/api/v1/replay",
     .kind = ROUTE_REPLAY,
     .params = PARAM_FROM | PARAM_TO | PARAM_SPEED | PARAM_SHOW | PARAM_FILTER,
     .scope = SCOPE_READ,
     .tag = "streams",
     .summary = "The same events from the store, at any speed."},
    {.method = "GET",
     .path = "/api/v1/openapi.json",
     .kind = ROUTE_OBJECT,
     .scope = SCOPE_READ,
     .no_store = true,
     .tag = "service",
     .summary = "This description.",
     .answer = openapi},
    {.method = "GET",
     .path = "/metrics",
     .kind = ROUTE_TEXT,
     .scope = SCOPE_READ,
     .no_store = true,
     .tag = "service",
     .summary = "Counters for Prometheus.",
     .answer = metrics_answer},
};

const size_t route_count = sizeof(routes) / sizeof(routes[0]);

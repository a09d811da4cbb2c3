/* SPDX-License-Identifier: Apache-2.0 */
#include "server/query.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "feed/options.h"
#include "model/packet.h"
#include "store/derived_ask.h"

static const char *const periods[] = {"hour", "day", "week", "month", NULL};
static const enum period period_of[] = {PERIOD_HOUR, PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH};
static const char *const truths[] = {"true", "false", NULL};
static const char *const protos[] = {"tcp", "udp", "icmp", "icmpv6", "sctp", NULL};
static const uint8_t proto_of[] = {PROTO_TCP, PROTO_UDP, PROTO_ICMP, PROTO_ICMPV6, PROTO_SCTP};
const char *const query_formats[] = {"html", "md", "json", NULL};
const char *const query_sanitize[] = {"true", "strict", "false", NULL};
const char *const query_units[] = {"sources", "actors", "sessions", NULL};

static const char *const fields[] = {"ports",  "countries", "networks", "sources", "tools",
                                     "stacks", "sensors",   "classes",  "apps",    NULL};
_Static_assert(sizeof(fields) / sizeof(fields[0]) == TOP_FIELDS + 1, "as top_names");

static const struct query_info params[] = {
    {.param = PARAM_FIELD,
     .name = "field",
     .in_path = true,
     .type = "string",
     .words = fields,
     .description = "What is ranked."},
    {.param = PARAM_ADDRESS,
     .name = "address",
     .in_path = true,
     .type = "string",
     .description = "An IPv4 or IPv6 address."},
    {.param = PARAM_ACTOR,
     .name = "actor",
     .in_path = true,
     .type = "string",
     .description = "An actor, as NJ-000042."},
    {.param = PARAM_PORT,
     .name = "port",
     .in_path = true,
     .type = "integer",
     .most = 65535,
     .description = "A destination port."},
    {.param = PARAM_SOURCES,
     .name = "sources",
     .type = "string",
     .description = "One to 100 addresses with commas between."},
    {.param = PARAM_SOURCE,
     .name = "source",
     .type = "string",
     .description = "Only what this address has a part in."},
    {.param = PARAM_OF_ACTOR,
     .name = "actor",
     .type = "string",
     .description = "Only what this actor has a part in."},
    {.param = PARAM_FILTER,
     .name = "filter",
     .type = "string",
     .description = "An expression of the filter language, as the commands take it."},
    {.param = PARAM_FROM,
     .name = "from",
     .type = "string",
     .description = "From this day or instant on (UTC)."},
    {.param = PARAM_TO,
     .name = "to",
     .type = "string",
     .description = "Up to and with this day or instant (UTC)."},
    {.param = PARAM_BY,
     .name = "by",
     .type = "string",
     .words = periods,
     .description = "A row or ranking for each period; `limit` is then of each."},
    {.param = PARAM_ALL,
     .name = "all",
     .type = "boolean",
     .words = truths,
     .description = "All classes, not only scan, exploit and credential; of links and hops:"
                    " tentative and withdrawn ones too."},
    {.param = PARAM_LIMIT,
     .name = "limit",
     .type = "integer",
     .least = 1,
     .most = QUERY_LIMIT_MAX,
     .description = "Rows at most (100)."},
    {.param = PARAM_OFFSET,
     .name = "offset",
     .type = "integer",
     .most = QUERY_OFFSET_MAX,
     .description = "Rows to step over: `next` of the page before."},
    {.param = PARAM_SPEED,
     .name = "speed",
     .type = "number",
     .least = 0.1,
     .most = QUERY_SPEED_MAX,
     .description = "Capture seconds in one second (1)."},
    {.param = PARAM_PROTO,
     .name = "proto",
     .type = "string",
     .words = protos,
     .description = "A protocol (all)."},
    {.param = PARAM_UNIT,
     .name = "unit",
     .type = "string",
     .words = query_units,
     .description = "What is counted (sources)."},
    {.param = PARAM_COUNTRIES,
     .name = "country",
     .type = "string",
     .description = "Countries, with commas between: findings test them besides the whole "
                    "(all), a brief has a"
                    " chapter on each."},
    {.param = PARAM_AT,
     .name = "at",
     .type = "string",
     .description = "As of this instant; now: the current minute (the last packet)."},
    {.param = PARAM_FEED,
     .name = "feed",
     .in_path = true,
     .type = "string",
     .description = "The name of a feed: those of /api/v1/feeds."},
    {.param = PARAM_FILE,
     .name = "file",
     .in_path = true,
     .type = "string",
     .description = "A file of a feed that is a folder, as manifest.json of misp."},
    {.param = PARAM_RELATION,
     .name = "family",
     .in_path = true,
     .type = "string",
     .description = "A family of relations, as rel-7f3a12cd."},
    {.param = PARAM_SUBJECT,
     .name = "subject",
     .in_path = true,
     .type = "string",
     .description = "An address, or an actor as NJ-000042."},
    {.param = PARAM_BRIEF,
     .name = "brief",
     .in_path = true,
     .type = "integer",
     .least = 1,
     .most = 9007199254740991,
     .description = "The number of a brief that was kept."},
    {.param = PARAM_FORMAT,
     .name = "format",
     .type = "string",
     .words = query_formats,
     .description = "A page (html), Markdown, or the facts that it is made of (json)."},
    {.param = PARAM_SANITIZE,
     .name = "sanitize",
     .type = "string",
     .words = query_sanitize,
     .description = "Hide the sensor from third parties (true), from the scanner too (strict),"
                    " or not at all."},
    {.param = PARAM_FAMILY,
     .name = "family",
     .type = "string",
     .description = "Addresses of IPv4 (4), of IPv6 (6), or both (the feed's own)."},
    {.param = PARAM_ACTION,
     .name = "action",
     .type = "string",
     .description =
         "block, quarantine, monitor; several with commas between (the feed's own)."},
    {.param = PARAM_ENTRIES,
     .name = "limit",
     .type = "integer",
     .most = 4000000,
     .description = "The worst N (the feed's own; 0: all)."},
    {.param = PARAM_NAME,
     .name = "name",
     .type = "string",
     .description = "Of tables, sets and sources (nightjar)."},
    {.param = PARAM_HOST,
     .name = "host",
     .type = "string",
     .description = "The host name in syslog messages."},
    {.param = PARAM_SET,
     .name = "set",
     .type = "string",
     .description = "nftables: refresh \"FAMILY TABLE SET\" and nothing else."},
    {.param = PARAM_NETWORKS,
     .name = "network",
     .type = "string",
     .description = "Count only these: AS numbers and prefixes with commas between."},
    {.param = PARAM_SENSORS,
     .name = "sensor",
     .type = "string",
     .description = "Count only what these sensors saw; with commas between."},
    {.param = PARAM_SHOW,
     .name = "show",
     .type = "integer",
     .most = QUERY_SHOW_MAX,
     .description = "Visits a second at most (500); more are sampled."},
};
#define PARAMS (sizeof(params) / sizeof(params[0]))

const struct query_info *query_params(size_t *ret_count)
{
    *ret_count = PARAMS;
    return params;
}

void query_init(struct query *query)
{
    *query = (struct query){
        .from_us = INT64_MIN,
        .to_us = INT64_MAX,
        .at_us = INT64_MAX,
        .limit = QUERY_LIMIT_DEFAULT,
        .speed = 1,
        .show = QUERY_SHOW_DEFAULT,
    };
}

void query_done(struct query *query)
{
    free(query->filter);
    free(query->networks);
    free(query->sensors);
    query->filter = query->networks = query->sensors = NULL;
}

/* ---- values --------------------------------------------------------------------------------
 */

static int fault(const struct query_info *info, const char *value, const char *expected,
                 struct nj_err *err)
{
    return nj_fail(err, NJ_CONFIG, "%s=%.60s: expected %s", info->name, value, expected);
}

/* The number of a word in the parameter's list. @return 0; -1 */
static int set_word(const struct query_info *info, const char *value, size_t *ret,
                    struct nj_err *err)
{
    char list[160] = "one of";
    size_t used = strlen(list);

    for (size_t i = 0; info->words[i] != NULL; i++) {
        if (strcmp(info->words[i], value) == 0) {
            *ret = i;
            return 0;
        }
        used += (size_t)snprintf(list + used, sizeof(list) - used, " %s", info->words[i]);
        if (used >= sizeof(list))
            break;
    }
    return fault(info, value, list, err);
}

static int set_number(const struct query_info *info, const char *value, double *ret,
                      struct nj_err *err)
{
    bool whole = strcmp(info->type, "integer") == 0;
    char expected[80], *end;

    *ret = strtod(value, &end);
    if (end != value && *end == '\0' && strspn(value, "0123456789.") == strlen(value) &&
        *ret >= info->least && *ret <= info->most && (!whole || floor(*ret) == *ret))
        return 0;
    (void)snprintf(expected, sizeof(expected), "a%s number from %g to %.0f",
                   whole ? " whole" : "", info->least, info->most);
    return fault(info, value, expected, err);
}

static int set_address(const struct query_info *info, const char *value, struct addr *ret,
                       struct nj_err *err)
{
    return addr_parse(value, ret, NULL) < 0 ? fault(info, value, "an address", err) : 0;
}

static int set_sources(struct query *query, const struct query_info *info, const char *value,
                       struct nj_err *err)
{
    const char *rest = value;
    char text[ADDR_TEXT_MAX + 2];

    do {
        size_t length = strcspn(rest, ",");

        if (query->source_count == QUERY_SOURCES_MAX)
            return fault(info, value, "at most 100 addresses", err);
        (void)snprintf(text, sizeof(text), "%.*s",
                       (int)(length < ADDR_TEXT_MAX ? length : ADDR_TEXT_MAX), rest);
        if (addr_parse(text, &query->sources[query->source_count++], NULL) < 0)
            return fault(info, value, "addresses with commas between", err);
        rest += length;
    } while (*rest++ == ',');
    return 0;
}

static int set_countries(struct query *query, const struct query_info *info, const char *value,
                         struct nj_err *err)
{
    const char *rest = value;
    size_t most = sizeof(query->countries) / sizeof(query->countries[0]);

    do {
        size_t length = strcspn(rest, ",");

        if (length != 2 || query->country_count == most)
            return fault(info, value, "up to 32 codes of two letters", err);
        (void)snprintf(query->countries[query->country_count++], 3, "%.2s", rest);
        rest += length;
    } while (*rest++ == ',');
    return 0;
}

static int set_actor(const struct query_info *info, const char *value, uint64_t *ret,
                     struct nj_err *err)
{
    return actor_parse(value, ret, NULL) < 0
               ? fault(info, value, "an actor like NJ-000042", err)
               : 0;
}

static int set_relation(struct query *query, const struct query_info *info, const char *value,
                        struct nj_err *err)
{
    if (strncmp(value, "rel-", 4) != 0 || strlen(value) != 12 ||
        strspn(value + 4, "0123456789abcdef") != 8)
        return fault(info, value, "a family like rel-7f3a12cd", err);
    (void)snprintf(query->relation, sizeof(query->relation), "%s", value);
    return 0;
}

static int set_time(const struct query_info *info, const char *value, bool last, int64_t *ret,
                    struct nj_err *err)
{
    return filter_parse_time(value, last, ret, NULL) < 0
               ? fault(info, value,
                       "a day or an instant, as 2014-09-23 or 2014-09-23T10:00:00Z", err)
               : 0;
}

/* A text of its own. */
static int set_text(const struct query_info *info, const char *value, char **ret,
                    struct nj_err *err)
{
    if (strlen(value) > QUERY_VALUE_MAX)
        return nj_fail(err, NJ_CONFIG, "%s: more than %u bytes", info->name, QUERY_VALUE_MAX);
    *ret = strdup(value);
    return *ret == NULL ? nj_fail(err, NJ_NOMEM, "no memory for a %s", info->name) : 0;
}

static int set_at(struct query *query, const struct query_info *info, const char *value,
                  struct nj_err *err)
{
    query->at_now = strcmp(value, "now") == 0;
    return query->at_now ? 0 : set_time(info, value, true, &query->at_us, err);
}

static int set_subject(struct query *query, const struct query_info *info, const char *value,
                       struct nj_err *err)
{
    if (addr_parse(value, &query->address, NULL) == 0 && !addr_is_none(query->address))
        return 0;
    query->address = (struct addr){0, 0};
    return actor_parse(value, &query->actor, NULL) < 0
               ? fault(info, value, "an address, or an actor like NJ-000042", err)
               : 0;
}

static int set_feed(struct query *query, const struct query_info *info, const char *value,
                    struct nj_err *err)
{
    const struct feed *feed = feed_find(value);

    if (feed == NULL)
        return fault(info, value, "the name of a feed (/api/v1/feeds has them)", err);
    query->feed = (unsigned)(feed - feeds);
    return 0;
}

/* A word that feed/options.h has read already. */
static int copy_word(const struct query_info *info, const char *value, int parsed, char *to,
                     size_t size, struct nj_err *err)
{
    if (parsed < 0)
        return nj_within(err, "%s", info->name);
    (void)snprintf(to, size, "%s", value);
    return 0;
}

/* What says how a list is made. */
static int set_list_option(struct query *query, const struct query_info *info,
                           const char *value, struct nj_err *err)
{
    int rc;

    switch (info->param) {
    case PARAM_FEED:
        return set_feed(query, info, value, err);
    case PARAM_FILE:
        rc = strlen(value) < sizeof(query->file) && value[0] != '.' ? 0 : -1;
        return rc < 0 ? fault(info, value, "the name of a file", err)
                      : copy_word(info, value, rc, query->file, sizeof(query->file), err);
    case PARAM_NAME:
        return copy_word(info, value, feed_parse_name(value, err), query->name,
                         sizeof(query->name), err);
    case PARAM_HOST:
        return copy_word(info, value, feed_parse_host(value, err), query->host,
                         sizeof(query->host), err);
    case PARAM_SET:
        return copy_word(info, value, feed_parse_set(value, err), query->set,
                         sizeof(query->set), err);
    case PARAM_FAMILY:
        return feed_parse_family(value, &query->family, err) < 0 ? nj_within(err, "family") : 0;
    default:
        return feed_parse_actions(value, &query->actions, err) < 0 ? nj_within(err, "action")
                                                                   : 0;
    }
}

static int set(struct query *query, const struct query_info *info, const char *value,
               struct nj_err *err)
{
    double number = 0;
    size_t word = 0;

    if (info->words != NULL && set_word(info, value, &word, err) < 0)
        return -1;
    if (info->most > 0 && set_number(info, value, &number, err) < 0)
        return -1;
    switch (info->param) {
    case PARAM_FIELD:
        query->field = (enum top_field)word;
        return 0;
    case PARAM_ADDRESS:
        return set_address(info, value, &query->address, err);
    case PARAM_SOURCE:
        return set_address(info, value, &query->source, err);
    case PARAM_SOURCES:
        return set_sources(query, info, value, err);
    case PARAM_ACTOR:
        return set_actor(info, value, &query->actor, err);
    case PARAM_OF_ACTOR:
        return set_actor(info, value, &query->of_actor, err);
    case PARAM_FILTER:
        return set_text(info, value, &query->filter, err);
    case PARAM_NETWORKS:
        return set_text(info, value, &query->networks, err);
    case PARAM_SENSORS:
        return set_text(info, value, &query->sensors, err);
    case PARAM_SUBJECT:
        return set_subject(query, info, value, err);
    case PARAM_RELATION:
        return set_relation(query, info, value, err);
    case PARAM_BRIEF:
        query->brief = (int64_t)number;
        return 0;
    case PARAM_FORMAT:
        query->format = (unsigned)word;
        return 0;
    case PARAM_SANITIZE:
        query->sanitize = (unsigned)word;
        return 0;
    case PARAM_ENTRIES:
        query->entries = (unsigned)number;
        return 0;
    case PARAM_FROM:
        return set_time(info, value, false, &query->from_us, err);
    case PARAM_TO:
        return set_time(info, value, true, &query->to_us, err);
    case PARAM_AT:
        return set_at(query, info, value, err);
    case PARAM_BY:
        query->by = period_of[word];
        return 0;
    case PARAM_ALL:
        query->all = word == 0;
        return 0;
    case PARAM_PORT:
        query->port = (uint16_t)number;
        return 0;
    case PARAM_LIMIT:
        query->limit = (unsigned)number;
        return 0;
    case PARAM_OFFSET:
        query->offset = (unsigned)number;
        return 0;
    case PARAM_SPEED:
        query->speed = number;
        return 0;
    case PARAM_SHOW:
        query->show = (unsigned)number;
        return 0;
    case PARAM_PROTO:
        query->proto = proto_of[word];
        return 0;
    case PARAM_UNIT:
        query->unit = (unsigned)word;
        return 0;
    case PARAM_COUNTRIES:
        return set_countries(query, info, value, err);
    default:
        return set_list_option(query, info, value, err);
    }
}

int query_set(struct query *query, uint64_t allowed, bool in_path, const char *name,
              const char *value, struct nj_err *err)
{
    const char *names[PARAMS];
    const char *near;
    size_t count = 0;

    for (size_t i = 0; i < PARAMS; i++) {
        if ((allowed & params[i].param) == 0 || params[i].in_path != in_path)
            continue;
        names[count++] = params[i].name;
        if (strcmp(params[i].name, name) != 0)
            continue;
        if ((query->given & params[i].param) != 0)
            return nj_fail(err, NJ_CONFIG, "%s stands twice", params[i].name);
        query->given |= params[i].param;
        return set(query, &params[i], value, err);
    }
    near = nj_suggest(name, names, count);
    return nj_fail(err, NJ_CONFIG, "there is no parameter \"%.40s\" here%s%s%s", name,
                   near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                   near == NULL ? "" : "\"?");
}

size_t query_split(char *text, const char **items, size_t max)
{
    char *rest = NULL;
    size_t count = 0;

    for (char *word = text == NULL ? NULL : strtok_r(text, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest)) {
        if (count == max)
            return max + 1;
        items[count++] = word;
    }
    return count;
}

int query_check(const struct query *query, struct nj_err *err)
{
    if (query->from_us > query->to_us)
        return nj_fail(err, NJ_CONFIG, "from is later than to");
    return 0;
}

struct store_scope query_scope(const struct query *query)
{
    return (struct store_scope){
        .filter = query->filter,
        .all_classes = query->all,
        .from_us = query->from_us,
        .to_us = query->to_us,
    };
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "server/query.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "feed/options.h"
#include "store/derived_ask.h"

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

/* ---- values ---- */

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

/* @return 0; QUERY_UNKNOWN */
static int set_feed(struct query *query, const char *value, struct nj_err *err)
{
    const struct feed *feed = feed_find(value);

    if (feed == NULL) {
        (void)nj_fail(err, NJ_CONFIG, "there is no feed \"%.60s\" (/api/v1/feeds has them)",
                      value);
        return QUERY_UNKNOWN;
    }
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
        return set_feed(query, value, err);
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
        query->by = query_period_of[word];
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
        query->proto = query_proto_of[word];
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
    const char *names[QUERY_PARAMS_MAX];
    const char *near;
    size_t count, near_count = 0;
    const struct query_info *params = query_params(&count);

    for (size_t i = 0; i < count; i++) {
        if ((allowed & params[i].param) == 0 || params[i].in_path != in_path)
            continue;
        names[near_count++] = params[i].name;
        if (strcmp(params[i].name, name) != 0)
            continue;
        if ((query->given & params[i].param) != 0)
            return nj_fail(err, NJ_CONFIG, "%s stands twice", params[i].name);
        query->given |= params[i].param;
        return set(query, &params[i], value, err);
    }
    near = nj_suggest(name, names, near_count);
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

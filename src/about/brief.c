/* SPDX-License-Identifier: Apache-2.0 */
#include "about/brief.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/span.h"
#include "base/text_json.h"

/* ---- what a user says ---- */

static int read_countries(const struct about_brief_question *question,
                          struct about_brief *brief, struct nj_err *err)
{
    if (question->country_count > BRIEF_WORDS_MAX)
        return nj_fail(err, NJ_CONFIG, "country: at most %d", BRIEF_WORDS_MAX);
    for (size_t i = 0; i < question->country_count; i++) {
        const char *word = question->countries[i];
        char *code = brief->country_codes[i];

        if (strlen(word) != 2 || !isalpha((unsigned char)word[0]) ||
            !isalpha((unsigned char)word[1]))
            return nj_fail(err, NJ_CONFIG,
                           "country %.40s: expected a code of two letters, as in CN", word);
        code[0] = (char)toupper((unsigned char)word[0]);
        code[1] = (char)toupper((unsigned char)word[1]);
        brief->countries[i] = code;
    }
    brief->question.countries = brief->countries;
    brief->question.country_count = question->country_count;
    return 0;
}

static int read_networks(const struct about_brief_question *question, struct about_brief *brief,
                         struct nj_err *err)
{
    struct text *filter = &brief->filter;

    for (size_t i = 0; i < question->network_count; i++) {
        const char *word = question->networks[i];
        const char *digits = strncasecmp(word, "AS", 2) == 0 ? word + 2 : word;
        struct prefix prefix;

        text_add_z(filter, i > 0 ? " or " : filter->length > 0 ? " and (" : "(");
        if (digits[0] != '\0' && strspn(digits, "0123456789") == strlen(digits) &&
            strlen(digits) <= 10)
            text_addf(filter, "asn = %s", digits);
        else if (prefix_parse(word, &prefix, err) == 0)
            text_addf(filter, "src in %s", word);
        else
            return nj_fail(err, NJ_CONFIG, "network %.60s: expected an AS number or a prefix",
                           word);
    }
    text_add_z(filter, question->network_count > 0 ? ")" : "");
    return 0;
}

static int read_sensors(const struct about_brief_question *question, struct about_brief *brief,
                        struct nj_err *err)
{
    struct text *filter = &brief->filter;

    for (size_t i = 0; i < question->sensor_count; i++) {
        const char *word = question->sensors[i];

        if (word[0] == '\0' || strpbrk(word, "\"\\\n") != NULL)
            return nj_fail(err, NJ_CONFIG, "sensor %.60s: no name of a sensor", word);
        text_add_z(filter, i > 0                ? ", "
                           : filter->length > 0 ? " and sensor in ("
                                                : "sensor in (");
        text_addf(filter, "\"%s\"", word);
    }
    text_add_z(filter, question->sensor_count > 0 ? ")" : "");
    return 0;
}

int about_brief_read(const struct about_brief_question *question, struct about_brief *ret,
                     struct nj_err *err)
{
    const char *filter = question->scope.filter;

    *ret = (struct about_brief){.question = {.scope = question->scope,
                                             .unit = question->unit,
                                             .notes = question->notes,
                                             .arguments = question->arguments}};
    if (filter != NULL && filter[0] != '\0')
        text_addf(&ret->filter, "(%s)", filter);
    if (read_countries(question, ret, err) < 0 || read_networks(question, ret, err) < 0 ||
        read_sensors(question, ret, err) < 0)
        return -1;
    if (ret->filter.length > 0)
        text_addf(&ret->selection, "Only what this selects is counted: %.*s.",
                  (int)ret->filter.length, ret->filter.bytes);
    text_add(&ret->filter, "", 1);
    text_add(&ret->selection, "", 1);
    if (ret->filter.no_memory || ret->selection.no_memory)
        return nj_fail(err, NJ_NOMEM, "no memory for the question");
    ret->question.scope.filter = ret->filter.bytes;
    ret->question.selection = ret->selection.bytes;
    return 0;
}

void about_brief_done(struct about_brief *brief)
{
    text_done(&brief->filter);
    text_done(&brief->selection);
}

/* ---- the period ---- */

struct days {
    int64_t first_us, last_us;
};

static int64_t day_of(const char *text)
{
    struct tm tm = {0};

    return strptime(text, "%Y-%m-%d", &tm) == NULL ? 0 : (int64_t)timegm(&tm) * 1000000;
}

/* The days of the store's visits. @return 0; STORE_UNKNOWN: it holds none; -1 */
static int stored_days(struct store *store, struct days *ret, struct nj_err *err)
{
    json_t *status, *row;
    size_t i;
    int rc = STORE_UNKNOWN;

    if (store_status(store, &status, err) < 0)
        return -1;
    json_array_foreach(json_object_get(status, "segments"), i, row)
    {
        if (strcmp(text_json_member(row, "kind"), "visits") != 0)
            continue;
        *ret = (struct days){.first_us = day_of(text_json_member(row, "first_day")),
                             .last_us = day_of(text_json_member(row, "last_day"))};
        rc = 0;
    }
    json_decref(status);
    return rc;
}

/* One end may be missing: the store's own counts then. None: its last full week. */
static int set_period(struct store *store, struct store_scope *scope, struct nj_err *err)
{
    struct days days;
    int rc;

    if (scope->from_us != INT64_MIN && scope->to_us != INT64_MAX)
        return 0;
    rc = stored_days(store, &days, err);
    if (rc == STORE_UNKNOWN)
        return nj_fail(err, NJ_CONFIG,
                       "the store holds no visits to take the period from; name both its ends");
    if (rc < 0)
        return -1;
    if (scope->from_us == INT64_MIN && scope->to_us == INT64_MAX) {
        brief_last_week(days.first_us, days.last_us, &scope->from_us, &scope->to_us);
        return 0;
    }
    if (scope->from_us == INT64_MIN)
        scope->from_us = days.first_us;
    if (scope->to_us == INT64_MAX)
        scope->to_us = days.last_us + DAY_US - 1;
    if (scope->from_us > scope->to_us)
        return nj_fail(err, NJ_CONFIG,
                       "the store holds no visits of the period; name both its ends");
    return 0;
}

int about_brief_make(struct store *store, struct about_brief *brief, const struct ports *ports,
                     const struct config *config, json_t **ret, struct nj_err *err)
{
    struct brief_question *question = &brief->question;
    struct reach_sensor *sensors = about_sensors(config);
    int rc;

    if (sensors == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for sensors");
    question->sensors = sensors;
    question->sensor_count = config->sensor_count;
    question->ports = ports;
    rc = set_period(store, &question->scope, err);
    if (rc == 0)
        rc = brief_facts(store, question, ret, err);
    free(sensors);
    question->sensors = NULL;
    question->sensor_count = 0;
    return rc;
}

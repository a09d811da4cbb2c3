/* SPDX-License-Identifier: Apache-2.0 */
#include "store/score_at.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "base/span.h"
#include "model/decay.h"
#include "model/fact.h"

#define ABOVE_LARGEST 1500 /* hundredths of a point */

/* ---- one source ---- */

bool score_state(const uint8_t *bytes, size_t size, int64_t us, struct risk_state *ret)
{
    if (!risk_state_unpack(bytes, size, ret))
        return false;
    risk_state_advance(ret, nj_floor_div(us, US_PER_S));
    return true;
}

double score_risk(const struct risk_state *state)
{
    int uncapped, score;

    (void)path_score(&state->path, state->path.base_s, NULL, &uncapped, &score);
    return score / 100.0;
}

/* @return whether the value is a state; it has gone on to the time then */
static bool state_of(sqlite3_value *value, sqlite3_value *us, struct risk_state *ret)
{
    const uint8_t *bytes = sqlite3_value_blob(value);

    return bytes != NULL &&
           score_state(bytes, (size_t)sqlite3_value_bytes(value), sqlite3_value_int64(us), ret);
}

enum what { RISK, UNCAPPED, LEVEL, PREVIOUS_LEVEL, CHANGED };

static void state_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    const enum what *what = sqlite3_user_data(context);
    struct risk_state state;
    int uncapped, score;

    (void)count;
    if (!state_of(values[0], values[1], &state))
        return;
    (void)path_score(&state.path, state.path.base_s, NULL, &uncapped, &score);
    switch (*what) {
    case RISK:
        sqlite3_result_double(context, score / 100.0);
        return;
    case UNCAPPED:
        sqlite3_result_double(context, uncapped / 100.0);
        return;
    case LEVEL:
        sqlite3_result_int(context, (int)state.level.level);
        return;
    case PREVIOUS_LEVEL:
        sqlite3_result_int(context, (int)state.level.previous);
        return;
    case CHANGED:
        sqlite3_result_int64(context, state.level.changed_s * US_PER_S);
        return;
    }
}

/* ---- a receipt ---- */

static json_t *line_of(const char *group, int points, const char *text)
{
    json_t *string = json_string(text);

    if (string == NULL) /* names of a log that are no UTF-8 */
        string = json_string("");
    return json_pack("{s:s, s:f, s:o}", "group", group, "points", points / 100.0, "text",
                     string);
}

/* The facts of a receipt's lines by group. @return bits of the groups that have one */
static unsigned facts_by_group(sqlite3_value *value, struct risk_fact ret[RISK_GROUPS])
{
    const uint8_t *bytes = sqlite3_value_blob(value);
    size_t left = (size_t)sqlite3_value_bytes(value), size;
    struct risk_fact fact;
    unsigned groups = 0;

    for (; left > 0 && (size = risk_fact_unpack(bytes, left, &fact)) > 0;
         bytes += size, left -= size) {
        ret[fact.group] = fact;
        groups |= 1u << fact.group;
    }
    return groups;
}

/* The lines with the points of now, those with most first; lines without points leave. */
static json_t *lines_at(const struct risk_fact facts[RISK_GROUPS], unsigned groups,
                        struct risk_state *state)
{
    json_t *now = json_array();
    int points[RISK_GROUPS], uncapped, score;
    enum risk_cap cap = path_score(&state->path, state->path.base_s, NULL, &uncapped, &score);
    char text[FACT_TEXT_MAX];

    /* what was too little for a line has no fact, and its points go to the others */
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        if ((groups >> k & 1) == 0)
            state->path.value[k] = 0;
    risk_points(state->path.value, uncapped, points);
    for (;;) {
        unsigned best = 0;

        for (unsigned k = 1; k < RISK_GROUPS; k++)
            if (points[k] > points[best])
                best = k;
        if (points[best] <= 0)
            break;
        if ((groups >> best & 1) != 0) {
            risk_fact_text(&facts[best], text);
            (void)json_array_append_new(now,
                                        line_of(risk_group_names[best], points[best], text));
        }
        points[best] = 0;
    }
    if (cap != RISK_CAP_NONE)
        (void)json_array_append_new(now, line_of("cap", score - uncapped, risk_cap_text(cap)));
    return now;
}

static void receipt_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct risk_fact facts[RISK_GROUPS];
    struct risk_state state;
    unsigned groups;
    json_t *now;

    (void)count;
    if (sqlite3_value_type(values[0]) != SQLITE_BLOB || !state_of(values[1], values[2], &state))
        return;
    groups = facts_by_group(values[0], facts);
    now = lines_at(facts, groups, &state);
    sqlite3_result_text(context, json_dumps(now, JSON_COMPACT | JSON_REAL_PRECISION(12)), -1,
                        free);
    json_decref(now);
}

static void fact_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    const uint8_t *bytes = sqlite3_value_blob(values[0]);
    char text[FACT_TEXT_MAX];
    struct risk_fact fact;

    (void)count;
    if (bytes == NULL ||
        risk_fact_unpack(bytes, (size_t)sqlite3_value_bytes(values[0]), &fact) == 0)
        return;
    risk_fact_text(&fact, text);
    sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

static void grade_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    const uint8_t *bytes = sqlite3_value_blob(values[0]);
    char text[FACT_TEXT_MAX];
    struct grade_fact fact;

    (void)count;
    if (bytes == NULL ||
        grade_fact_unpack(bytes, (size_t)sqlite3_value_bytes(values[0]), &fact) == 0)
        return;
    grade_fact_text(&fact, text);
    sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

/* ---- an actor ---- */

struct part {
    unsigned group;
    int64_t hour;
    double value;
};

struct sum { /* all zero at first */
    struct part *parts;
    size_t count, room;
    int largest; /* score of a source, in hundredths */
    bool any, declared, no_memory;
};

static void actor_step(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct sum *sum = sqlite3_aggregate_context(context, sizeof(*sum));
    struct risk_state stored, state;
    const uint8_t *bytes = sqlite3_value_blob(values[0]);
    int uncapped, score;

    (void)count;
    if (sum == NULL || !state_of(values[0], values[1], &state) ||
        !risk_state_unpack(bytes, (size_t)sqlite3_value_bytes(values[0]), &stored))
        return;
    (void)path_score(&state.path, state.path.base_s, NULL, &uncapped, &score);
    sum->any = true;
    sum->declared = sum->declared || sqlite3_value_int(values[2]) != 0;
    sum->largest = score > sum->largest ? score : sum->largest;
    if (sum->room - sum->count < RISK_GROUPS) {
        size_t room = 2 * sum->room + (size_t)4 * RISK_GROUPS;
        struct part *grown = reallocarray(sum->parts, room, sizeof(*grown));

        if (grown == NULL) {
            sum->no_memory = true;
            return;
        }
        sum->parts = grown;
        sum->room = room;
    }
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        if ((state.inherited >> k & 1) == 0) /* else it is one of the others' */
            sum->parts[sum->count++] = (struct part){
                .group = k, .hour = stored.path.base_s / HOUR_S, .value = state.path.value[k]};
}

static int by_group_hour(const void *a, const void *b)
{
    const struct part *left = a, *right = b;

    if (left->group != right->group)
        return left->group < right->group ? -1 : 1;
    if (left->hour != right->hour)
        return left->hour < right->hour ? -1 : 1;
    return (left->value < right->value) - (left->value > right->value);
}

static void actor_final(sqlite3_context *context)
{
    struct sum *sum = sqlite3_aggregate_context(context, 0);
    double rest = 1;
    int score, most;

    if (sum == NULL)
        return;
    if (sum->no_memory)
        sqlite3_result_error_nomem(context);
    if (!sum->any || sum->no_memory)
        goto out;
    qsort(sum->parts, sum->count, sizeof(*sum->parts), by_group_hour);
    for (size_t i = 0; i < sum->count; i++) {
        const struct part *part = &sum->parts[i];

        if (i == 0 || part->group != part[-1].group || part->hour != part[-1].hour)
            rest *= 1 - part->value;
    }
    most = sum->declared ? sum->largest : sum->largest + ABOVE_LARGEST;
    score = (int)lround(10000 * (1 - rest));
    /* a source's caps hold for what it adds, too: the sum is never below the largest source */
    if (score < sum->largest)
        score = sum->largest;
    score = score < most ? score : most;
    sqlite3_result_double(context, (score < 10000 ? score : 10000) / 100.0);
out:
    free(sum->parts);
}

/* ---- names ---- */

static void level_name_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    int level = sqlite3_value_int(values[0]);

    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_INTEGER && level >= 0 && level < RISK_LEVELS)
        sqlite3_result_text(context, risk_level_names[level], -1, SQLITE_STATIC);
}

/* The name of a stage, or of its technique: a list of names is the function's data. */
static void stage_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    const char *const *names = sqlite3_user_data(context);
    int stage = sqlite3_value_int(values[0]);

    (void)count;
    if (stage > STAGE_NONE && stage < STAGES)
        sqlite3_result_text(context, names[stage], -1, SQLITE_STATIC);
}

static void level_of_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    if (sqlite3_value_type(values[0]) != SQLITE_NULL)
        sqlite3_result_int(context, (int)risk_level_of(sqlite3_value_double(values[0])));
}

int score_functions(sqlite3 *catalog)
{
    static const struct {
        const char *name;
        enum what what;
    } of_state[] = {
        {"risk_at", RISK},       {"uncapped_at", UNCAPPED},
        {"level_at", LEVEL},     {"previous_level_at", PREVIOUS_LEVEL},
        {"changed_at", CHANGED},
    };
    static const struct {
        const char *name;
        int arguments;
        void (*function)(sqlite3_context *, int, sqlite3_value **);
        const void *data;
    } others[] = {
        {"receipt_at", 3, receipt_function, NULL},
        {"fact_text", 1, fact_function, NULL},
        {"grade_text", 1, grade_function, NULL},
        {"stage_name", 1, stage_function, stage_names},
        {"technique_name", 1, stage_function, stage_techniques},
        {"level_name", 1, level_name_function, NULL},
        {"level_of", 1, level_of_function, NULL},
    };
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    int rc = SQLITE_OK;

    for (size_t i = 0; i < sizeof(of_state) / sizeof(of_state[0]) && rc == SQLITE_OK; i++)
        rc = sqlite3_create_function(catalog, of_state[i].name, 2, flags,
                                     (void *)(uintptr_t)&of_state[i].what, state_function, NULL,
                                     NULL);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]) && rc == SQLITE_OK; i++)
        rc = sqlite3_create_function(catalog, others[i].name, others[i].arguments, flags,
                                     (void *)(uintptr_t)others[i].data, others[i].function,
                                     NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_create_function(catalog, "actor_risk", 3, flags, NULL, NULL, actor_step,
                                     actor_final);
    return rc == SQLITE_OK ? 0 : -1;
}

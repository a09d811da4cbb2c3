/* SPDX-License-Identifier: Apache-2.0 */
/* Briefs: made when they are asked for, and those that are kept. The same as the
 * command makes. */
#include <stdlib.h>
#include <string.h>

#include "about/brief.h"
#include "base/clock.h"
#include "server/body.h"
#include "server/document.h"
#include "server/internal.h"
#include "store/kept.h"

#define NOTES_BYTES_MAX 32768u

/* ---- making one ---- */

/* A word of a command line, in quotes where it needs them. */
static void add_word(struct text *line, const char *option, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-_./:,=";

    text_addf(line, " %s%s", option, option[0] == '\0' ? "" : " ");
    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        text_add_z(line, word);
        return;
    }
    text_add_z(line, "'");
    for (; *word != '\0'; word++)
        text_add_z(line, *word == '\'' ? "'\\''" : (char[]){*word, '\0'});
    text_add_z(line, "'");
}

/* Whole days as days. */
static void add_time(struct text *line, const char *option, int64_t us, bool last)
{
    struct text word = {0};

    if ((us + last) % DAY_US == 0)
        text_date(&word, (us + last) / DAY_US - last);
    else
        text_time(&word, us);
    text_addf(line, " %s %.*s", option, (int)word.length, word.bytes);
    text_done(&word);
}

/* The command that makes this brief again. */
static void say_command(const struct query *query, const struct about_brief_question *question,
                        struct text *line)
{
    text_add_z(line, "brief");
    if (query->from_us != INT64_MIN)
        add_time(line, "--from", query->from_us, false);
    if (query->to_us != INT64_MAX)
        add_time(line, "--to", query->to_us, true);
    for (size_t i = 0; i < question->country_count; i++)
        add_word(line, "--country", question->countries[i]);
    for (size_t i = 0; i < question->network_count; i++)
        add_word(line, "--network", question->networks[i]);
    for (size_t i = 0; i < question->sensor_count; i++)
        add_word(line, "--sensor", question->sensors[i]);
    if ((query->given & PARAM_UNIT) != 0)
        add_word(line, "--unit", query_units[query->unit]);
    if (query->all)
        text_add_z(line, " --all");
    if (query->filter != NULL && query->filter[0] != '\0')
        add_word(line, "", query->filter);
    text_add(line, "", 1);
}

struct made_brief {
    struct text command; /* NUL-terminated */
    json_t *facts;
    int64_t from_us, to_us;
};

static void made_done(struct made_brief *made)
{
    text_done(&made->command);
    json_decref(made->facts);
}

/* @param query  its texts are cut up. @param ret  made_done in every case */
static int make_brief(struct ask *ask, const struct query *query, const char *notes,
                      struct made_brief *ret, struct nj_err *err)
{
    const char *countries[QUERY_COUNTRIES_MAX], *networks[BRIEF_WORDS_MAX],
        *sensors[BRIEF_WORDS_MAX];
    char *network_words = query->networks == NULL ? NULL : strdup(query->networks);
    char *sensor_words = query->sensors == NULL ? NULL : strdup(query->sensors);
    struct about_brief_question question = {
        .scope = query_scope(query),
        .countries = countries,
        .country_count = query->country_count,
        .networks = networks,
        .network_count = query_split(network_words, networks, BRIEF_WORDS_MAX),
        .sensors = sensors,
        .sensor_count = query_split(sensor_words, sensors, BRIEF_WORDS_MAX),
        .unit = (enum unit)query->unit,
        .notes = notes,
    };
    struct about_brief brief;
    int rc;

    *ret = (struct made_brief){.facts = NULL};
    if (question.network_count > BRIEF_WORDS_MAX || question.sensor_count > BRIEF_WORDS_MAX) {
        free(network_words);
        free(sensor_words);
        return nj_fail(err, NJ_CONFIG, "%s: at most %d",
                       question.network_count > BRIEF_WORDS_MAX ? "network" : "sensor",
                       BRIEF_WORDS_MAX);
    }
    for (size_t i = 0; i < query->country_count; i++)
        countries[i] = query->countries[i];
    say_command(query, &question, &ret->command);
    if (!ret->command.no_memory) {
        question.arguments = ret->command.bytes + strlen("brief");
        question.arguments += question.arguments[0] == ' ';
    }
    rc = about_brief_read(&question, &brief, err);
    if (rc == 0)
        rc = about_brief_make(ask->store, &brief, ask->server->options.ports,
                              ask->server->settings->config, &ret->facts, err);
    ret->from_us = brief.question.scope.from_us;
    ret->to_us = brief.question.scope.to_us;
    about_brief_done(&brief);
    free(network_words);
    free(sensor_words);
    return rc;
}

static int answer_brief(struct ask *ask, const json_t *facts, struct nj_err *err)
{
    char name[40] = "brief";
    struct doc doc;
    int rc;

    brief_doc(facts, &doc);
    if (ask->query->brief != 0)
        (void)snprintf(name, sizeof(name), "brief-%lld", (long long)ask->query->brief);
    rc = document_answer(ask, name, &doc, facts, err);
    doc_done(&doc);
    return rc;
}

int route_brief(struct ask *ask, struct nj_err *err)
{
    struct made_brief made;
    int rc = make_brief(ask, ask->query, NULL, &made, err);

    if (rc == 0)
        rc = answer_brief(ask, made.facts, err);
    made_done(&made);
    return rc;
}

/* ---- briefs that are kept ---- */

/* A member of the body is a parameter of the same name, or the notes. */
static int read_member(struct query *query, const char *name, const json_t *value,
                       const char **ret_notes, struct nj_err *err)
{
    const char *text = json_is_true(value)    ? "true"
                       : json_is_false(value) ? "false"
                                              : json_string_value(value);

    if (json_is_null(value))
        return 0;
    if (text == NULL || (json_is_string(value) && strlen(text) != json_string_length(value)))
        return nj_fail(err, NJ_CONFIG, "%.40s: expected a text", name);
    if (strcmp(name, "notes") != 0)
        return query_set(query, BRIEF_PARAMS, false, name, text, err);
    if (strlen(text) > NOTES_BYTES_MAX)
        return nj_fail(err, NJ_CONFIG, "notes: at most %u bytes", NOTES_BYTES_MAX);
    *ret_notes = text;
    return 0;
}

static int keep(struct ask *ask, const struct made_brief *made, int64_t *ret_id,
                struct nj_err *err)
{
    char *facts = json_dumps(made->facts, JSON_COMPACT);
    struct kept_brief kept;
    struct doc doc;
    int rc;

    if (facts == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the brief");
    brief_doc(made->facts, &doc);
    text_add(&doc.title, "", 1);
    kept = (struct kept_brief){
        .made_us = nj_wall_us(),
        .from_us = made->from_us,
        .to_us = made->to_us,
        .title = doc.title.no_memory ? "" : doc.title.bytes,
        .asked = made->command.bytes,
        .facts = facts,
        .facts_length = strlen(facts),
    };
    rc = store_keep_brief(ask->store, &kept, ret_id, err);
    doc_done(&doc);
    free(facts);
    return rc;
}

/* {"brief": its number} */
static int answer_number(struct ask *ask, int64_t id, struct nj_err *err)
{
    json_t *object = json_pack("{sI}", "brief", (json_int_t)id);
    int rc = object == NULL ? nj_fail(err, NJ_NOMEM, "no memory for the answer")
                            : answer_object(ask->answer, object, err);

    json_decref(object);
    return rc;
}

int route_brief_keep(struct ask *ask, struct nj_err *err)
{
    const char *notes = NULL, *name;
    json_t *body, *value;
    struct made_brief made = {.facts = NULL};
    struct query query;
    int64_t id = 0;
    int rc = 0;

    if (body_object(ask, &body, err) < 0)
        return -1;
    query_init(&query);
    json_object_foreach(body, name, value)
    {
        if (rc == 0)
            rc = read_member(&query, name, value, &notes, err);
    }
    if (rc == 0)
        rc = query_check(&query, err);
    if (rc == 0)
        rc = make_brief(ask, &query, notes, &made, err);
    if (rc == 0)
        rc = keep(ask, &made, &id, err);
    if (rc == 0)
        rc = answer_number(ask, id, err);
    made_done(&made);
    query_done(&query);
    json_decref(body);
    return rc;
}

int route_briefs(struct ask *ask, struct nj_err *err)
{
    const struct query *query = ask->query;
    struct answer_rows rows;
    struct row_sink sink;

    answer_rows_init(&rows, ask->answer, query->offset, query->limit);
    sink = answer_rows_sink(&rows);
    return answer_rows_finish(
        &rows, store_kept_briefs(ask->store, query->offset + query->limit + 1, &sink, err),
        err);
}

int route_brief_kept(struct ask *ask, struct nj_err *err)
{
    json_t *facts;
    int rc = store_kept_brief(ask->store, ask->query->brief, &facts, err);

    if (rc == STORE_UNKNOWN) {
        answer_error(ask->answer, 404, "there is no such brief");
        return 0;
    }
    if (rc == 0) {
        rc = answer_brief(ask, facts, err);
        json_decref(facts);
    }
    return rc;
}

int route_brief_forget(struct ask *ask, struct nj_err *err)
{
    int rc = store_forget_brief(ask->store, ask->query->brief, err);

    if (rc == STORE_UNKNOWN) {
        answer_error(ask->answer, 404, "there is no such brief");
        return 0;
    }
    return rc < 0 ? -1 : answer_number(ask, ask->query->brief, err);
}
